package importer

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestMain(m *testing.M) {
	if os.Getenv(importChild) != "" {
		os.Exit(runChild())
	}
	schematest.Main(m)
}

// testNow is after every export that the tests read.
var testNow = time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)

// open returns an importer into a fresh store with the accounts.
func open(t testing.TB, accounts ...schema.Account) *Importer {
	t.Helper()
	im := on(emptyStore(t))
	for _, a := range accounts {
		a.Department, a.Name, a.Access, a.Status = "d", a.Handle, schema.AccessPublic, schema.StatusApproved
		a.ChangedBy = "test"
		if err := im.Directory.SaveAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	return im
}

// shared is a migrated store that the tests, one after the other, find empty:
// migrating takes longer than most of them.
var shared *schema.Store

func emptyStore(t testing.TB) *schema.Store {
	t.Helper()
	if shared == nil {
		s, err := schema.Open(context.Background(), "embedded://"+schematest.Open(t).Dir+"?database=shared", schema.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		shared = s
	}
	for _, table := range []string{"departments", "accounts", "posts", "post_versions", "observations", "post_daily", "account_daily",
		"imports", "import_refusals", "audit_log"} {
		schematest.Exec(t, shared, "TRUNCATE TABLE "+table)
	}
	return shared
}

func on(s *schema.Store) *Importer {
	now := func() time.Time { return testNow }
	return &Importer{
		Store: s, Directory: &schema.Directory{Store: s, Now: now}, Audit: &schema.AuditLog{Store: s, Now: now},
		Now: now, Zone: time.UTC,
	}
}

// file writes a file of the test's own and returns it.
func file(t testing.TB, name, content string) File {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return File{name, path}
}

// builtIn returns the built-in map.
func builtIn(t testing.TB, name string) Map {
	t.Helper()
	m, err := LoadMap(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parseMap reads a map, or ends the test.
func parseMap(t testing.TB, text string) Map {
	t.Helper()
	m, err := ParseMap([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run imports, or ends the test.
func run(t testing.TB, im *Importer, req Request) *Result {
	t.Helper()
	req.Actor = "test"
	r, err := im.Import(t.Context(), req, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ask returns one number from the store; NULL is -1.
func ask(t testing.TB, im *Importer, query string) int64 {
	t.Helper()
	var n int64
	if err := im.Store.Conn.QueryRow(t.Context(), "SELECT toInt64(ifNull(("+query+"), -1))").Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// day returns the last second of a day in UTC.
func day(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := ParseAsOf(text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
