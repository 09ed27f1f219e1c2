package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// childRole makes the test binary act as another process; see TestMain.
const childRole = "HAMAWAZ_TEST_ROLE"

func TestMain(m *testing.M) {
	dir := os.Getenv("HAMAWAZ_TEST_DIR")
	switch os.Getenv(childRole) {
	case "":
		os.Exit(m.Run())
	case "hold":
		childHold(dir)
	case "write":
		childWrite(dir)
	case "open":
		childOpen(dir)
	case "idle":
		childIdle(dir)
	}
}

// childHold holds the folder and serves it until its input ends.
func childHold(dir string) {
	e, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	if err := e.ServeSocket(); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	if err := e.Close(); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println("closed")
}

// childWrite inserts batch after batch and says so when each is stored.
func childWrite(dir string) {
	e, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	conn := dial(e)
	ctx := context.Background()
	if err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS batches (batch UInt64, n UInt64) ENGINE = MergeTree ORDER BY (batch, n)"); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	var start uint64
	fmt.Sscan(os.Getenv("HAMAWAZ_TEST_START"), &start)
	for batch := start; ; batch++ {
		if err := insertBatch(ctx, conn, batch); err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
		fmt.Println(batch)
	}
}

const batchRows = 1000

func insertBatch(ctx context.Context, conn driver.Conn, batch uint64) error {
	b, err := conn.PrepareBatch(ctx, "INSERT INTO batches")
	if err != nil {
		return err
	}
	for n := range uint64(batchRows) {
		if err := b.Append(batch, n); err != nil {
			return err
		}
	}
	return b.Send()
}

// childOpen tries to open the folder and says how that went.
func childOpen(dir string) {
	e, err := Open(context.Background(), Options{Dir: dir, Library: os.Getenv("HAMAWAZ_TEST_LIBRARY")})
	switch {
	case err == nil:
		fmt.Println("opened")
		e.Close()
	case errors.Is(err, ErrLibraryMissing):
		fmt.Println("missing:", err)
	case errors.Is(err, ErrLibraryWrong):
		fmt.Println("wrong:", err)
	default:
		fmt.Println("other:", err)
	}
}

// childIdle opens the folder and says how much memory this process takes.
func childIdle(dir string) {
	e, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	defer e.Close()
	if err := dial(e).Ping(context.Background()); err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println(residentMB())
}

// A child is the test binary in another role.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
	stdin io.Closer
}

func startChild(t *testing.T, role, dir string, env ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), append([]string{childRole + "=" + role, "HAMAWAZ_TEST_DIR=" + dir}, env...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, bufio.NewScanner(stdout), stdin}
	t.Cleanup(c.kill)
	return c
}

// line waits for the child's next line.
func (c *child) line(t *testing.T) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("child %v ended: %v", c.Env[len(c.Env)-2:], c.lines.Err())
	}
	return c.lines.Text()
}

func (c *child) kill() {
	c.Process.Kill()
	c.Wait()
}

func startHolder(t *testing.T, dir string) *child {
	t.Helper()
	c := startChild(t, "hold", dir)
	if got := c.line(t); got != "ready" {
		t.Fatalf("holder of %s: %s", dir, got)
	}
	return c
}

// open opens an engine on a fresh folder.
func open(t *testing.T, o Options) *Engine {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	e, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func options(rt http.RoundTripper) *clickhouse.Options {
	return &clickhouse.Options{
		Protocol:      clickhouse.HTTP,
		Addr:          []string{"embedded"},
		TransportFunc: func(*http.Transport) (http.RoundTripper, error) { return rt, nil },
		MaxOpenConns:  32,
	}
}

func dial(rt http.RoundTripper) driver.Conn {
	conn, err := clickhouse.Open(options(rt))
	if err != nil {
		panic(err)
	}
	return conn
}

func mustExec(t *testing.T, conn driver.Conn, sql string, args ...any) {
	t.Helper()
	if err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// one returns the only value that the query gives.
func one[T any](t *testing.T, conn driver.Conn, sql string, args ...any) T {
	t.Helper()
	return oneIn[T](t, t.Context(), conn, sql, args...)
}

func oneIn[T any](t *testing.T, ctx context.Context, conn driver.Conn, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(ctx, sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// exceptionCodeOf returns the ClickHouse code of an error, 0 if it has none.
func exceptionCodeOf(err error) int32 {
	var ex *clickhouse.Exception
	if errors.As(err, &ex) {
		return ex.Code
	}
	return 0
}

// residentMB is the memory of this process in MB.
func residentMB() int {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	if err != nil {
		panic(err)
	}
	return pages * os.Getpagesize() >> 20
}

// within fails the test if f takes longer than d.
func within(t *testing.T, d time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took > d {
		t.Errorf("took %v, want at most %v", took, d)
	}
}

func librarySource(t *testing.T) string {
	t.Helper()
	path, err := findLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
