package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/pressly/goose/v3"
)

// endless is a query that ends after an hour, or when it is killed.
const endless = "SELECT max(sipHash64(number, number)) FROM numbers(1000000000000)"

func TestStreamedResultTakesLittleMemory(t *testing.T) {
	conn := dial(open(t, Options{}))
	const rows = 5_000_000
	rs, err := conn.Query(t.Context(), "SELECT number, repeat('x', 100) FROM numbers(5000000)")
	if err != nil {
		t.Fatal(err)
	}
	before, peak := residentMB(), 0
	n := 0
	for ; rs.Next(); n++ {
		var id uint64
		var text string
		if err := rs.Scan(&id, &text); err != nil {
			t.Fatal(err)
		}
		if id != uint64(n) || len(text) != 100 {
			t.Fatalf("row %d: got %d and %d bytes", n, id, len(text))
		}
		if n%50_000 == 0 {
			peak = max(peak, residentMB())
		}
	}
	if err := rs.Err(); err != nil || n != rows {
		t.Fatalf("read %d rows, error %v; want %d", n, err, rows)
	}
	if grown := peak - before; grown > streamMB {
		t.Errorf("a result of 540 MB took %d MB more, want at most %d", grown, streamMB)
	}
}

func TestFailureInMidResult(t *testing.T) {
	conn := dial(open(t, Options{}))
	const sql = "SELECT throwIf(number = 3000000) FROM numbers(5000000) SETTINGS max_threads = 1"
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		n++
	}
	if exceptionCodeOf(rows.Err()) != 395 || n == 0 {
		t.Errorf("after %d rows: got %v, want rows and then exception 395", n, rows.Err())
	}

	// Through database/sql, which reads as many rows as there are.
	db := clickhouse.OpenDB(options(process.engine))
	defer db.Close()
	r, err := db.QueryContext(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for r.Next() {
	}
	if exceptionCodeOf(r.Err()) != 395 {
		t.Errorf("database/sql: got %v, want exception 395", r.Err())
	}
}

func TestCancel(t *testing.T) {
	e := open(t, Options{})
	conn := dial(e)
	mustExec(t, conn, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	for _, tt := range []struct{ name, sql string }{
		{"select", endless},
		{"insert select", "INSERT INTO t " + endless},
		{"explain", "EXPLAIN ANALYZE " + endless},
		{"streaming", "SELECT number, sleepEachRow(0.001) FROM numbers(100000000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			failed := make(chan error, 1)
			go func() { failed <- drain(ctx, conn, tt.sql) }()
			waitForQuery(t, e, tt.sql)
			within(t, time.Second, func() {
				cancel()
				if err := <-failed; !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled: got %v, want context.Canceled", err)
				}
				waitForQuiet(t, e)
			})
		})
	}

	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		within(t, 1300*time.Millisecond, func() {
			if err := conn.Exec(ctx, endless); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want context.DeadlineExceeded", err)
			}
			waitForQuiet(t, e)
		})
	})

	t.Run("max_execution_time", func(t *testing.T) {
		ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": "0.3"}))
		if err := conn.Exec(ctx, endless); exceptionCodeOf(err) != 159 {
			t.Errorf("got %v, want exception 159", err)
		}
	})

	t.Run("rows closed early", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := conn.Query(ctx, "SELECT number FROM numbers(10000000000)")
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		within(t, time.Second, func() {
			cancel()
			for rows.Next() {
			}
			waitForQuiet(t, e)
		})
	})

	t.Run("waiting for a connection", func(t *testing.T) {
		all, cancelAll := context.WithCancel(t.Context())
		var busy sync.WaitGroup
		for range cap(e.pool) {
			busy.Go(func() { conn.Exec(all, endless) })
		}
		waitForQueries(t, e, endless, cap(e.pool))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := conn.Exec(ctx, "SELECT 1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want context.DeadlineExceeded", err)
		}
		cancelAll()
		busy.Wait()
		waitForQuiet(t, e)
	})

	mustExec(t, conn, "SELECT 1")
	mustExec(t, conn, "DROP TABLE t SYNC") // no killed query holds it
}

// drain runs a query and reads its rows; Exec would not see them fail.
func drain(ctx context.Context, conn driver.Conn, sql string) error {
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Err()
}

// waitFor polls until the condition holds.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// waitForQuery waits until the engine runs the query.
func waitForQuery(t *testing.T, e *Engine, sql string) {
	t.Helper()
	waitForQueries(t, e, sql, 1)
}

// waitForQueries waits until the engine runs the query n times at once.
func waitForQueries(t *testing.T, e *Engine, sql string, want int) {
	t.Helper()
	waitFor(t, sql, func() bool {
		e.killLock.Lock()
		defer e.killLock.Unlock()
		n, err := e.kill.query("SELECT count() FROM system.processes WHERE elapsed > 0.02 AND endsWith(query, " + literal("*/ "+sql) + ")")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(n)) == fmt.Sprint(want)
	})
}

// waitForQuiet waits until every connection is back in the pool.
func waitForQuiet(t *testing.T, e *Engine) {
	t.Helper()
	waitFor(t, "connections to come back", func() bool { return len(e.pool) == cap(e.pool) })
}

func TestSmallResultsDoNotHoldConnections(t *testing.T) {
	conn := dial(open(t, Options{Connections: 2}))
	var all []driver.Rows
	for range 10 {
		rows, err := conn.Query(t.Context(), "SELECT number FROM numbers(1000)")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rows)
	}
	mustExec(t, conn, "SELECT 1")
	for _, rows := range all {
		n := 0
		for rows.Next() {
			n++
		}
		if n != 1000 || rows.Err() != nil {
			t.Errorf("got %d rows, error %v; want 1000", n, rows.Err())
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	e := open(t, Options{})
	conn := dial(e)
	mustExec(t, conn, "CREATE TABLE batches (batch UInt64, n UInt64) ENGINE = MergeTree ORDER BY (batch, n)")
	var all sync.WaitGroup
	for worker := range uint64(16) {
		all.Go(func() {
			for round := range uint64(5) {
				batch := worker*100 + round
				if err := insertBatch(t.Context(), conn, batch); err != nil {
					t.Errorf("insert %d: %v", batch, err)
					return
				}
				ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_threads": worker%4 + 1}))
				var rows, sum, threads uint64
				err := conn.QueryRow(ctx, "SELECT count(), sum(n), any(toUInt64(getSetting('max_threads'))) FROM batches WHERE batch = {batch:UInt64}",
					clickhouse.Named("batch", batch)).Scan(&rows, &sum, &threads)
				if err != nil || rows != batchRows || sum != batchRows*(batchRows-1)/2 || threads != worker%4+1 {
					t.Errorf("batch %d: got %d rows, sum %d, %d threads, %v", batch, rows, sum, threads, err)
				}
				if err := conn.Exec(t.Context(), "SELECT * FROM nowhere"); exceptionCodeOf(err) != 60 {
					t.Errorf("got %v, want exception 60", err)
				}
			}
		})
	}
	all.Wait()
	if got := one[uint64](t, conn, "SELECT count() FROM batches"); got != 16*5*batchRows {
		t.Errorf("got %d rows, want %d", got, 16*5*batchRows)
	}
	waitForQuiet(t, e)
}

func TestDatabaseSQLAndGoose(t *testing.T) {
	db := clickhouse.OpenDB(options(open(t, Options{})))
	defer db.Close()
	migrations := fstest.MapFS{
		"0001_t.sql": {Data: []byte("-- +goose Up\nCREATE TABLE IF NOT EXISTS t (id UInt64, text String) ENGINE = ReplacingMergeTree ORDER BY id;\nINSERT INTO t VALUES (1, 'a;b');\n-- +goose Down\nDROP TABLE t;\n")},
		"0002_t.sql": {Data: []byte("-- +goose Up\nALTER TABLE t ADD COLUMN IF NOT EXISTS maybe Nullable(Int64);\n")},
	}
	for round, want := range []int{2, 0} {
		p, err := goose.NewProvider(goose.DialectClickHouse, db, migrations)
		if err != nil {
			t.Fatal(err)
		}
		done, err := p.Up(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(done) != want {
			t.Errorf("round %d: %d migrations, want %d", round, len(done), want)
		}
		status, err := p.Status(t.Context())
		if err != nil || len(status) != 2 || status[1].State != goose.StateApplied {
			t.Errorf("round %d: status %v, %v", round, status, err)
		}
	}

	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	stmt, err := tx.PrepareContext(t.Context(), "INSERT INTO t (id, text, maybe)")
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(100) {
		if _, err := stmt.ExecContext(t.Context(), i+2, binary, sql.NullInt64{Int64: 0, Valid: i%2 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	var n, zero, null uint64
	row := db.QueryRowContext(t.Context(), "SELECT count(), countIf(maybe = 0), countIf(maybe IS NULL) FROM t WHERE id >= ?", 1)
	if err := row.Scan(&n, &zero, &null); err != nil || n != 101 || zero != 50 || null != 51 {
		t.Errorf("got %d rows, %d zero, %d null, %v; want 101, 50, 51", n, zero, null, err)
	}
	if err := db.QueryRowContext(t.Context(), "SELECT id FROM t WHERE id = 5000").Scan(&n); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("no row: got %v, want sql.ErrNoRows", err)
	}
	if _, err := db.ExecContext(t.Context(), "SELECT * FROM nowhere"); exceptionCodeOf(err) != 60 {
		t.Errorf("got %v, want exception 60", err)
	}
}

// A panicReader is a body whose Read panics.
type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("boom") }
func (panicReader) Close() error             { return nil }

func TestPanic(t *testing.T) {
	e := open(t, Options{Connections: 1})
	conn := dial(e)
	mustExec(t, conn, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	for _, address := range []string{
		"http://embedded/?query=INSERT+INTO+t+FORMAT+Native", // read by the query's goroutine
		"http://embedded/", // read by RoundTrip itself
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, panicReader{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.RoundTrip(req); err == nil || !strings.Contains(err.Error(), "panic: boom") {
			t.Errorf("%s: got error %v, want the panic", address, err)
		}
	}
	mustExec(t, conn, "INSERT INTO t VALUES (1)") // the only connection is back
}

func TestBrokenInsertBody(t *testing.T) {
	e := open(t, Options{Connections: 1})
	conn := dial(e)
	mustExec(t, conn, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	cut := errors.New("the client went away")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://embedded/?query=INSERT+INTO+t+FORMAT+TSV",
		io.MultiReader(strings.NewReader("1\n2\n"), &failingReader{cut}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.RoundTrip(req); !errors.Is(err, cut) {
		t.Errorf("got %v, want %v", err, cut)
	}
	if got := one[uint64](t, conn, "SELECT count() FROM t"); got != 0 {
		t.Errorf("%d rows of a broken insert were stored", got)
	}
}

type failingReader struct{ err error }

func (r *failingReader) Read([]byte) (int, error) { return 0, r.err }

func TestSignalsStayGos(t *testing.T) {
	open(t, Options{})
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGTSTP} {
		c := make(chan os.Signal, 1)
		signal.Notify(c, sig)
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
		select {
		case <-c:
		case <-time.After(5 * time.Second):
			t.Errorf("%v did not arrive", sig)
		}
		signal.Stop(c)
	}
	// A nil pointer is a SIGSEGV that the Go runtime makes a panic of.
	func() {
		defer func() {
			if recover() == nil {
				t.Error("following a nil pointer did not panic")
			}
		}()
		var c *conn
		c.database = "x"
	}()
}

func TestOneEngineAtATime(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	e := open(t, Options{Dir: dir})
	mustExec(t, dial(e), "CREATE TABLE t ENGINE = MergeTree ORDER BY a AS SELECT 1 AS a")
	for _, d := range []string{dir, other} {
		if _, err := Open(t.Context(), Options{Dir: d}); err == nil || !strings.Contains(err.Error(), "already has an engine") {
			t.Errorf("second engine on %s: got %v", d, err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if err := dial(e).Ping(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("query after Close: got %v, want ErrClosed", err)
	}
	if err := e.ServeSocket(); !errors.Is(err, ErrClosed) {
		t.Errorf("ServeSocket after Close: got %v, want ErrClosed", err)
	}
	for range 5 {
		e = open(t, Options{Dir: other})
		if got := one[uint64](t, dial(e), "SELECT count() FROM system.tables WHERE database = 'default'"); got != 0 {
			t.Errorf("%d tables of the other folder", got)
		}
		e.Close()
		e = open(t, Options{Dir: dir})
		if got := one[uint8](t, dial(e), "SELECT a FROM t"); got != 1 {
			t.Errorf("reopened: got %d, want 1", got)
		}
		e.Close()
	}
}

func TestCloseEndsQueries(t *testing.T) {
	e := open(t, Options{})
	conn := dial(e)
	short := make(chan error, 1)
	long := make(chan error, 1)
	const brief = "SELECT sleep(1)"
	go func() { short <- conn.Exec(t.Context(), brief) }()
	go func() { long <- conn.Exec(t.Context(), endless) }()
	waitForQuery(t, e, brief)
	waitForQuery(t, e, endless)
	within(t, closeGrace+2*time.Second, func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := <-short; err != nil {
		t.Errorf("a query that ends in time: %v", err)
	}
	if err := <-long; !errors.Is(err, ErrClosed) {
		t.Errorf("a query that does not: got %v, want ErrClosed", err)
	}
}

func TestEngineDefaults(t *testing.T) {
	e := open(t, Options{})
	conn := dial(e)
	if got := one[string](t, conn, "SELECT timezone()"); got != "UTC" {
		t.Errorf("time zone %s, want UTC whatever the machine's", got)
	}
	if e.Version() < "26.7.3" {
		t.Errorf("Version: got %s", e.Version())
	}
	for name, most := range map[string]uint64{"mark_cache_size": 128 << 20, "max_server_memory_usage": machineMemory(t)/2 + 1<<20} {
		const setting = "SELECT toUInt64(value) FROM system.server_settings WHERE name = {name:String}"
		if got := one[uint64](t, conn, setting, clickhouse.Named("name", name)); got == 0 || got > most {
			t.Errorf("%s: got %d, want at most %d", name, got, most)
		}
	}
	file := fmt.Sprintf("%s/backup", t.TempDir())
	mustExec(t, conn, "CREATE TABLE t ENGINE = MergeTree ORDER BY a AS SELECT 1 AS a")
	mustExec(t, conn, "BACKUP TABLE t TO File({file:String})", clickhouse.Named("file", file))
	mustExec(t, conn, "RESTORE TABLE t AS u FROM File("+literal(file)+")")
	if got := one[uint8](t, conn, "SELECT a FROM u"); got != 1 {
		t.Errorf("restored: got %d, want 1", got)
	}
}

// machineMemory is the memory of this machine in bytes.
func machineMemory(t *testing.T) uint64 {
	t.Helper()
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	var kb uint64
	if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kb); err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
