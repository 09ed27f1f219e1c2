package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	if pid, alive := Holder(dir); pid != 0 || alive {
		t.Errorf("Holder of a fresh folder: got %d, %v", pid, alive)
	}
	holder := startHolder(t, dir)

	_, err := Open(t.Context(), Options{Dir: dir})
	var inUse *InUseError
	if !errors.As(err, &inUse) {
		t.Fatalf("Open of a held folder: got %v, want an InUseError", err)
	}
	if inUse.PID != holder.Process.Pid || inUse.Dir != dir || !strings.Contains(inUse.Command, filepath.Base(os.Args[0])) {
		t.Errorf("InUseError: got %+v, want process %d", *inUse, holder.Process.Pid)
	}
	if want := fmt.Sprintf("is in use by process %d (", holder.Process.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("message: got %q, want %q in it", err, want)
	}
	if pid, alive := Holder(dir); pid != holder.Process.Pid || !alive {
		t.Errorf("Holder: got %d, %v; want %d, true", pid, alive, holder.Process.Pid)
	}

	holder.kill()
	if pid, alive := Holder(dir); pid != holder.Process.Pid || alive {
		t.Errorf("Holder of a dead process's folder: got %d, %v; want %d, false", pid, alive, holder.Process.Pid)
	}
	open(t, Options{Dir: dir})
	if pid, alive := Holder(dir); pid != os.Getpid() || !alive {
		t.Errorf("Holder of our own folder: got %d, %v; want %d, true", pid, alive, os.Getpid())
	}
}

func TestSocket(t *testing.T) {
	// A path that is too long for a socket address.
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	holder := startHolder(t, dir)
	info, err := os.Stat(filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode of the socket: got %v, want 0600", info.Mode())
	}

	conn := dial(DialSocket(dir))
	mustExec(t, conn, createKinds)
	b, err := conn.PrepareBatch(t.Context(), "INSERT INTO kinds")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range sampleKinds() {
		if err := b.AppendStruct(&k); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	var got []kinds
	if err := conn.Select(t.Context(), &got, "SELECT * FROM kinds ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleKinds(), got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := one[uint64](t, conn, "SELECT sum(number) FROM (SELECT number FROM numbers(3000000))"); got != 4499998500000 {
		t.Errorf("sum: got %d", got)
	}
	if err := drain(t.Context(), conn, "SELECT number FROM numbers(3000000)"); err != nil {
		t.Error(err)
	}
	if rows, err := conn.Query(t.Context(), "SELECT id FROM kinds WHERE 0"); err != nil || len(rows.Columns()) != 1 {
		t.Errorf("empty result: got %v, %v", rows, err)
	}
	if err := conn.Exec(t.Context(), "SELECT * FROM nowhere"); exceptionCodeOf(err) != 60 {
		t.Errorf("got %v, want exception 60", err)
	}
	if err := drain(t.Context(), conn, "SELECT throwIf(number = 3000000) FROM numbers(5000000)"); exceptionCodeOf(err) != 395 {
		t.Errorf("failure in mid-result: got %v, want exception 395", err)
	}

	// The client's deadline reaches the holder: the query ends there.
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := conn.Exec(ctx, endless); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	waitFor(t, "the query's end", func() bool {
		return one[uint64](t, conn, "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%'") == 1 // this one
	})

	holder.stdin.Close()
	if got := holder.line(t); got != "closed" {
		t.Errorf("holder: got %q, want closed", got)
	}
	if _, err := os.Stat(filepath.Join(dir, socketName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("socket after Close: got %v, want none", err)
	}
}

func TestHolderRestarts(t *testing.T) {
	dir := t.TempDir()
	first := startHolder(t, dir)
	conn := dial(DialSocket(dir))
	mustExec(t, conn, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
	mustExec(t, conn, "INSERT INTO t VALUES (1)")

	inFlight := make(chan error, 1)
	go func() { inFlight <- conn.Exec(t.Context(), endless) }()
	other := dial(DialSocket(dir))
	waitFor(t, "the query", func() bool {
		return one[uint64](t, other, "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number, number)%'") == 2
	})
	first.kill()
	// What was sent is not sent again.
	if err := <-inFlight; err == nil || exceptionCodeOf(err) != 0 {
		t.Errorf("query under way when the holder died: got %v, want a broken connection", err)
	}

	inserted := make(chan error, 1)
	go func() { inserted <- conn.Exec(t.Context(), "INSERT INTO t VALUES (2)") }()
	startHolder(t, dir) // finds a stale socket
	if err := <-inserted; err != nil {
		t.Errorf("insert while the holder was away: %v", err)
	}
	if got := one[uint64](t, conn, "SELECT count() FROM t"); got != 2 {
		t.Errorf("got %d rows, want 2", got)
	}
}

func TestNobodyServes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	within(t, 2*time.Second, func() {
		err := dial(DialSocket(t.TempDir())).Exec(ctx, "SELECT 1")
		if err == nil || !strings.Contains(err.Error(), "none answers") && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that none answers", err)
		}
	})
}

func TestAcknowledgedBatchesSurviveKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := make(map[uint64]bool)
	for round := range uint64(3) {
		writer := startChild(t, "write", dir, fmt.Sprintf("HAMAWAZ_TEST_START=%d", round*1_000_000))
		for range 20 {
			batch, err := strconv.ParseUint(writer.line(t), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			acknowledged[batch] = true
		}
		if err := writer.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for writer.lines.Scan() { // said before the kill arrived
			if batch, err := strconv.ParseUint(writer.lines.Text(), 10, 64); err == nil {
				acknowledged[batch] = true
			}
		}
		writer.Wait()
	}

	conn := dial(open(t, Options{Dir: dir}))
	var stored []struct {
		Batch uint64 `ch:"batch"`
		Rows  uint64 `ch:"rows"`
	}
	if err := conn.Select(t.Context(), &stored, "SELECT batch, count() AS rows FROM batches GROUP BY batch"); err != nil {
		t.Fatal(err)
	}
	for _, b := range stored {
		if b.Rows != batchRows {
			t.Errorf("batch %d has %d rows, want %d: not atomic", b.Batch, b.Rows, batchRows)
		}
		delete(acknowledged, b.Batch)
	}
	if len(acknowledged) > 0 {
		t.Errorf("acknowledged batches are missing: %v", acknowledged)
	}
}

func TestSignalsEndAHolder(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		holder := startHolder(t, t.TempDir())
		if err := holder.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		holder.Wait()
		status := holder.ProcessState.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != sig {
			t.Errorf("holder after %v: got %v", sig, holder.ProcessState)
		}
	}
}

func TestLibraries(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	real, err := os.ReadFile(libcPath(t))
	if err != nil {
		t.Fatal(err)
	}
	foreign := append([]byte(nil), real...)
	foreign[18], foreign[19] = 8, 0 // e_machine: MIPS
	object := append([]byte(nil), real...)
	object[16] = 1 // e_type: relocatable

	for _, tt := range []struct {
		name, library, env, want string
	}{
		{"text file", file("text.so", []byte("not a library\n")), "", "wrong: not a usable libchdb: \"" + dir + "/text.so\" is not a shared library"},
		{"empty file", file("empty.so", nil), "", "wrong: not a usable libchdb: \"" + dir + "/empty.so\" is not a shared library"},
		{"other functions", file("libc.so", real), "", "has no function chdb_set_signal_handlers_enabled; run make build"},
		{"cut off", file("cut.so", real[:len(real)/4]), "", "wrong: not a usable libchdb: "},
		{"other machine", file("mips.so", foreign), "", "is for EM_MIPS, this machine is"},
		{"object file", file("object.so", object), "", "but not a shared library"},
		{"folder", dir, "", "wrong: not a usable libchdb: "},
		{"no such file", filepath.Join(dir, "none.so"), "", "missing: libchdb is missing: Library names it"},
		{"no such file by environment", "", filepath.Join(dir, "none.so"), "missing: libchdb is missing: HAMAWAZ_LIBCHDB names it"},
		{"by environment", "", librarySource(t), "opened"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := startChild(t, "open", t.TempDir(), "HAMAWAZ_TEST_LIBRARY="+tt.library, "HAMAWAZ_LIBCHDB="+tt.env)
			if got := c.line(t); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}

	t.Run("nowhere", func(t *testing.T) {
		t.Setenv("HAMAWAZ_LIBCHDB", "")
		t.Chdir("/")
		_, err := findLibrary("")
		if !errors.Is(err, ErrLibraryMissing) {
			t.Fatalf("got %v, want ErrLibraryMissing", err)
		}
		for _, want := range []string{"/node_modules/@chdb/" + npmPackage() + "/libchdb.so", "run make build, or set HAMAWAZ_LIBCHDB"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %q, want %q in it", err, want)
			}
		}
	})
}

// libcPath is the C library that this process runs with.
func libcPath(t *testing.T) string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if f := strings.Fields(line); len(f) == 6 && strings.HasPrefix(filepath.Base(f[5]), "libc.so") {
			return f[5]
		}
	}
	t.Fatal("this process has no C library")
	return ""
}

func TestUnusableFolders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ dir, want string }{
		{"", "no data folder given"},
		{file, "it is a file, not a folder"},
		{filepath.Join(file, "below"), "a part of the path is a file"},
		{"/proc/self", "data folder \"/proc/self\":"},
		{"/sys/kernel/hamawaz", "create data folder \"/sys/kernel/hamawaz\":"},
	} {
		_, err := Open(t.Context(), Options{Dir: tt.dir})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Open(%q): got %v, want %q in it", tt.dir, err, tt.want)
		}
	}

	for errno, want := range map[syscall.Errno]string{
		syscall.ENOSPC: "the disk is full", syscall.EDQUOT: "the disk is full", syscall.EROFS: "read-only",
		syscall.EACCES: "this user may not write there", syscall.EPERM: "this user may not write there",
	} {
		err := folderError("write to", "/data", &fs.PathError{Op: "write", Path: "/data/x", Err: errno})
		if !strings.Contains(err.Error(), want) || !errors.Is(err, errno) {
			t.Errorf("folderError(%v): got %v, want %q in it", errno, err, want)
		}
	}
}

func TestIdleMemory(t *testing.T) {
	c := startChild(t, "idle", t.TempDir())
	mb, err := strconv.Atoi(c.line(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("an idle process with an engine takes %d MB", mb)
	if mb > 350 {
		t.Errorf("an idle process takes %d MB, want at most 350", mb)
	}
}

func TestLockFolder(t *testing.T) {
	dir := t.TempDir()
	lock := func(stay bool) (*os.File, error) { return LockFolder(dir, stay) }
	var inUse *InUseError

	command, err := lock(false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(true); !errors.As(err, &inUse) {
		t.Errorf("a process that stays, beside a command: %v, want an InUseError", err)
	}
	if _, err := lock(false); !errors.As(err, &inUse) {
		t.Errorf("a second command: %v, want an InUseError", err)
	}
	command.Close()

	first, err := lock(true)
	if err != nil {
		t.Fatal(err)
	}
	second, err := lock(true)
	if err != nil {
		t.Fatalf("a second process that stays: %v", err)
	}
	first.Close()
	if _, err := lock(false); !errors.As(err, &inUse) {
		t.Errorf("a command beside one that stays: %v, want an InUseError", err)
	}
	second.Close()
	last, err := lock(false)
	if err != nil {
		t.Errorf("a command after all have gone: %v", err)
	}
	last.Close()
}
