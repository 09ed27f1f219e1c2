package schema_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

var update = flag.Bool("update", false, "rewrite schema.sql")

func TestMain(m *testing.M) { schematest.Main(m) }

func TestMigrateAgain(t *testing.T) {
	s := schematest.Open(t) // migrates once
	applied, err := s.Migrate(t.Context())
	if err != nil || len(applied) != 0 {
		t.Errorf("second Migrate applied %q, %v; want nothing", applied, err)
	}
	if n, err := s.Pending(t.Context()); err != nil || n != 0 {
		t.Errorf("Pending = %d, %v", n, err)
	}
	// Each statement can run again: a migration that was cut off is repeated.
	schematest.Exec(t, s, "TRUNCATE TABLE goose_db_version")
	applied, err = s.Migrate(t.Context())
	files, globErr := filepath.Glob("migrations/*.sql")
	if err != nil || globErr != nil || len(applied) != len(files) {
		t.Errorf("Migrate over existing tables applied %d of %d, %v", len(applied), len(files), err)
	}
}

// TestSchemaFile keeps schema.sql, which is for reading, in step with the
// migrations.
func TestSchemaFile(t *testing.T) {
	s := schematest.Open(t)
	var tables []struct {
		Name string `ch:"name"`
		SQL  string `ch:"create_table_query"`
	}
	if err := s.Conn.Select(t.Context(), &tables, `SELECT name, formatQuery(create_table_query) AS create_table_query
		FROM system.tables WHERE database = currentDatabase() AND name != 'goose_db_version' ORDER BY name`); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("-- The tables as the migrations leave them, for reading. go test ./schema -update rewrites it.\n")
	for _, x := range tables {
		b.WriteString("\n" + strings.ReplaceAll(x.SQL, s.Database()+".", "") + ";\n")
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("schema.sql is out of date: run go test ./schema -update (-file +tables):\n%s", d)
	}
}

func directoryOn(t *testing.T) *schema.Directory {
	t.Helper()
	return &schema.Directory{Store: schematest.Open(t), Now: func() time.Time { return schematest.Time(t, "2024-06-01 12:00:00") }}
}

func TestDirectoryKeepsVersions(t *testing.T) {
	d := directoryOn(t)
	p := schema.Person{ID: "1", Email: " Naila@Example.ORG ", Name: "نائلہ", Role: schema.RoleAnalyst, Status: schema.StatusActive, Version: schema.Version{ChangedBy: "test"}}
	if err := d.SavePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	got, err := d.PersonByEmail(t.Context(), "NAILA@example.org")
	if err != nil || got.Name != "نائلہ" || got.Number != 1 || got.Email != "naila@example.org" || !got.ChangedAt.Equal(d.Now()) {
		t.Fatalf("PersonByEmail = %+v, %v", got, err)
	}
	got.Name = "نائلہ بلوچ"
	if err := d.SavePerson(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	// Somebody who still has version 1 before them is refused.
	if err := d.SavePerson(t.Context(), got); !errors.Is(err, schema.ErrConflict) {
		t.Errorf("saving an old version: %v, want ErrConflict", err)
	}
	if again, err := d.Person(t.Context(), "1"); err != nil || again.Number != 2 || again.Name != "نائلہ بلوچ" {
		t.Errorf("Person = %+v, %v", again, err)
	}
	if all, err := d.People(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("People = %d rows, %v", len(all), err)
	}
	if _, err := d.Person(t.Context(), "nobody"); !errors.Is(err, schema.ErrNotFound) {
		t.Errorf("Person(nobody): %v, want ErrNotFound", err)
	}
	var versions uint64
	if err := d.Store.Conn.QueryRow(t.Context(), "SELECT count() FROM people FINAL").Scan(&versions); err != nil || versions != 2 {
		t.Errorf("%d versions are kept, want 2 (%v)", versions, err)
	}
}

func TestSaveNeedsIDAndWriter(t *testing.T) {
	d := directoryOn(t)
	if err := d.SaveDepartment(t.Context(), schema.Department{Version: schema.Version{ChangedBy: "x"}}); err == nil {
		t.Error("a record without an id is saved")
	}
	if err := d.SaveDepartment(t.Context(), schema.Department{ID: "d"}); err == nil {
		t.Error("a record is saved and nobody changed it")
	}
}

func TestForks(t *testing.T) {
	d := directoryOn(t)
	if err := d.SaveAccount(t.Context(), schema.Account{ID: "a", Version: schema.Version{ChangedBy: "one"}}); err != nil {
		t.Fatal(err)
	}
	if forks, err := d.Forks(t.Context()); err != nil || len(forks) != 0 {
		t.Errorf("Forks = %q, %v; want none", forks, err)
	}
	schematest.Exec(t, d.Store, "INSERT INTO accounts (account_id, version, changed_by) VALUES ('a', 1, 'two')")
	if forks, err := d.Forks(t.Context()); err != nil || len(forks) != 1 || forks[0] != "a" {
		t.Errorf("Forks = %q, %v; want a", forks, err)
	}
}

func TestAuditChain(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	clock := func() time.Time { now = now.Add(time.Second); return now }
	one := &schema.AuditLog{Store: s, Now: clock}
	two := &schema.AuditLog{Store: s, Now: clock}
	for i, l := range []*schema.AuditLog{one, one, two, one, two} {
		if err := l.Audit(t.Context(), schema.AuditEntry{Actor: "x", Action: "session.refuse", Subject: "a@b", Details: strings.Repeat("'", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := one.CountAudit(t.Context(), "session.refuse", "a@b", schematest.Time(t, "2024-06-01 12:00:03")); err != nil || n != 3 {
		t.Errorf("CountAudit of the last three seconds = %d, %v; want 3", n, err)
	}
	verify := func(want string) {
		t.Helper()
		rows, faults, err := one.VerifyAudit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && (len(faults) > 0 || rows != 5) {
			t.Errorf("VerifyAudit: %d rows, faults %q; want five whole rows", rows, faults)
		}
		if want != "" && !strings.Contains(strings.Join(faults, "; "), want) {
			t.Errorf("VerifyAudit: faults %q, want one with %q", faults, want)
		}
	}
	verify("")
	schematest.Exec(t, s, "ALTER TABLE audit_log UPDATE subject = 'c@d' WHERE number = 2 AND details = '''' SETTINGS mutations_sync = 1")
	verify("row 2 of chain")
	schematest.Exec(t, s, "ALTER TABLE audit_log UPDATE subject = 'a@b' WHERE number = 2 SETTINGS mutations_sync = 1")
	verify("")
	schematest.Exec(t, s, "ALTER TABLE audit_log DELETE WHERE number = 2 AND details = '''' SETTINGS mutations_sync = 1")
	verify("is gone")
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, tt := range []struct{ dsn, want string }{
		{"", "want embedded:///folder"},
		{"mysql://x/y", "unknown kind"},
		{"embedded://relative/path", "absolute"},
		{"embedded://" + file + "/below", "not a directory"},
		{"clickhouse://user:geheim@127.0.0.1:1/db", "does not answer"},
		{"http://user:geheim@127.0.0.1:1/db", "does not answer"},
	} {
		_, err := schema.Open(ctx, tt.dsn, schema.OpenOptions{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Open(%q): %v, want an error with %q", tt.dsn, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("Open(%q): the password stands in the error: %v", tt.dsn, err)
		}
	}
}

func TestParametersAreNotSQL(t *testing.T) {
	s := schematest.Open(t)
	nasty := "x'); DROP TABLE posts; --\\\n\x00 \u200fہم آواز {a:String}"
	var got string
	if err := s.Conn.QueryRow(t.Context(), "SELECT {v:String}", clickhouse.Named("v", nasty)).Scan(&got); err != nil || got != nasty {
		t.Errorf("parameter came back as %q, %v", got, err)
	}
}

func TestClock(t *testing.T) {
	real := schematest.Time(t, "2026-01-01 00:00:00")
	c := schema.Clock{Start: schematest.Time(t, "2024-06-01 00:00:00"), Real: real, Factor: 300}
	if got, want := c.At(real.Add(time.Second)), schematest.Time(t, "2024-06-01 00:05:00"); !got.Equal(want) {
		t.Errorf("a second later the clock shows %s, want %s", got, want)
	}
	if got := c.RealDuration(time.Hour); got != 12*time.Second {
		t.Errorf("an hour takes %s, want 12s", got)
	}
	again, err := schema.ParseClock(c.String())
	if err != nil || again != c {
		t.Errorf("ParseClock(%q) = %v, %v", c, again, err)
	}
	for _, bad := range []string{"x", "2024@2025x", "2024-06-01T00:00:00Z@2024-06-01T00:00:00Zx0", "2024-06-01T00:00:00Z@2024-06-01T00:00:00ZxNaN"} {
		if _, err := schema.ParseClock(bad); err == nil {
			t.Errorf("ParseClock(%q) succeeds", bad)
		}
	}
	if c, err := schema.ParseClock("real"); err != nil || c.Factor != 0 || c.String() != "real" {
		t.Errorf("ParseClock(real) = %v, %v", c, err)
	}
}
