// Package schematest gives tests a fresh store on the real engine.
package schematest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

var (
	holder  *schema.Store // the process's engine; each test has a database of its own
	counter atomic.Int64
)

// Main runs the package's tests with an engine in a folder of its own, which
// is taken away afterwards. Call it from TestMain: a process has one engine.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hamawaz-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "schematest:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	holder, err = schema.Open(ctx, "embedded://"+dir, schema.OpenOptions{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "schematest: make build fetches the engine:", err)
		return 1
	}
	defer holder.Close()
	return m.Run()
}

// Open returns a migrated, empty store for this test.
func Open(t testing.TB) *schema.Store {
	t.Helper()
	if holder == nil {
		t.Fatal("schematest: the package lacks a TestMain that calls schematest.Main")
	}
	name := fmt.Sprintf("test_%d", counter.Add(1))
	s, err := schema.Open(t.Context(), "embedded://"+holder.Dir+"?database="+url.QueryEscape(name), schema.OpenOptions{})
	if err != nil {
		t.Fatalf("open a store: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := s.Conn.Exec(context.Background(), "DROP DATABASE "+name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
		s.Close()
	})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return s
}

// Time reads "2024-05-01 10:30:00" (UTC), or ends the test.
func Time(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		t.Fatalf("time %q: %v", text, err)
	}
	return at
}

// Exec runs each statement, or ends the test.
func Exec(t testing.TB, s *schema.Store, statements string) {
	t.Helper()
	for _, one := range strings.Split(statements, ";") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		if err := s.Conn.Exec(t.Context(), one); err != nil {
			t.Fatalf("%s: %v", one, err)
		}
	}
}
