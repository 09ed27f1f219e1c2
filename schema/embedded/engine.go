package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Options say which folder to open and how.
type Options struct {
	// Dir is the data folder. It is created with mode 0700 if missing.
	Dir string
	// Library is the path of libchdb.so. If empty it is looked for in
	// $HAMAWAZ_LIBCHDB, then next to the executable (libchdb.so and
	// lib/libchdb.so), then in node_modules/@chdb/ of the working directory,
	// of the executable's folder and of their parents.
	Library string
	// Connections is how many queries may run at once, 4 by default. One more
	// connection is kept for KILL QUERY.
	Connections int
	// Args are further arguments of the engine, such as "--max_threads=1". A
	// setting named here is the default of every query.
	Args []string
}

const (
	closeGrace = 5 * time.Second  // how long Close lets queries end by themselves
	killGrace  = 10 * time.Second // how long Close waits for killed queries
)

// process is what libchdb has once per process: the library itself, which
// cannot be unloaded, and the folder that its engine is on.
var process struct {
	sync.Mutex
	lib    *library
	engine *Engine // the one open engine, or nil
}

// An Engine is ClickHouse in this process, holding one folder. Its methods may
// be called from several goroutines.
type Engine struct {
	dir string
	lib *library

	pool  chan *conn
	conns []*conn // all of the pool

	kill     *conn // only for KILL QUERY
	killLock sync.Mutex

	name string // begins the mark of each query, unique among processes
	ids  atomic.Uint64

	lock    sync.Mutex // guards closed and the growth of running
	closed  bool
	running sync.WaitGroup
	alive   context.Context // ends when Close loses patience
	stop    context.CancelCauseFunc
	done    chan struct{} // closed when Close has finished
	closing error         // what Close returns

	socket *socket
}

// A conn is one session of the engine. It runs one statement at a time.
type conn struct {
	lib      *library
	handle   *uintptr
	database string            // current database; "" if unknown
	defaults map[string]string // settings given by Options.Args
}

// Open starts the engine on the folder; this process holds it until Close.
//
// It returns an *InUseError if another process holds the folder, an
// ErrLibraryMissing or ErrLibraryWrong if there is no library to load, and a
// plain error if the folder cannot be used or another engine is open in this
// process.
func Open(ctx context.Context, o Options) (*Engine, error) {
	dir, err := prepareDir(o.Dir)
	if err != nil {
		return nil, err
	}
	process.Lock()
	defer process.Unlock()
	if open := process.engine; open != nil {
		return nil, fmt.Errorf("open %q: this process already has an engine on %q, and can have only one; close it first, or use a database of its own there", dir, open.dir)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkFree(dir); err != nil {
		return nil, err
	}
	path, err := findLibrary(o.Library)
	if err != nil {
		return nil, err
	}
	if process.lib == nil {
		if process.lib, err = loadLibrary(path); err != nil {
			return nil, err
		}
	} else if path != process.lib.path {
		return nil, fmt.Errorf("%w: load %q: this process already has %q, and can have only one", ErrLibraryWrong, path, process.lib.path)
	}

	e := &Engine{dir: dir, lib: process.lib, done: make(chan struct{})}
	e.name = fmt.Sprintf("hamawaz-%d-%x", os.Getpid(), time.Now().UnixNano())
	e.alive, e.stop = context.WithCancelCause(context.Background())
	if err := e.connect(o); err != nil {
		return nil, err
	}
	process.engine = e
	return e, nil
}

// prepareDir makes the folder and proves that it can be written to, so that
// the engine, which tells its reasons to nobody, need not refuse it.
func prepareDir(name string) (string, error) {
	if name == "" {
		return "", errors.New("open embedded ClickHouse: no data folder given")
	}
	dir, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("open data folder %q: %w", name, err)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", fmt.Errorf("open data folder %q: it is a file, not a folder", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", folderError("create", dir, err)
	}
	probe, err := os.CreateTemp(dir, ".probe-")
	if err != nil {
		return "", folderError("write to", dir, err)
	}
	defer os.Remove(probe.Name())
	_, err = probe.Write(make([]byte, 4096))
	if err := errors.Join(err, probe.Close()); err != nil {
		return "", folderError("write to", dir, err)
	}
	return dir, nil
}

// connect opens the whole pool at once: each connect touches the process's
// signal handlers.
func (e *Engine) connect(o Options) error {
	config := filepath.Join(e.dir, configName)
	if err := os.WriteFile(config, []byte(configText), 0o600); err != nil {
		return folderError("write to", e.dir, err)
	}
	args := append([]string{"hamawaz", "--path=" + e.dir, "--config-file=" + config}, o.Args...)
	n := o.Connections
	if n <= 0 {
		n = 4
	}
	e.pool = make(chan *conn, n)
	for range n + 1 {
		c, err := e.lib.open(args)
		if err != nil {
			for _, c := range e.conns {
				c.close()
			}
			if busy := checkFree(e.dir); busy != nil {
				return busy
			}
			return fmt.Errorf("open data folder %q: %w", e.dir, err)
		}
		e.conns = append(e.conns, c)
	}
	e.kill = e.conns[n]
	e.conns = e.conns[:n]
	for _, c := range e.conns {
		e.pool <- c
	}
	return nil
}

// open makes one connection.
func (l *library) open(args []string) (*conn, error) {
	argv := make([]unsafe.Pointer, len(args))
	for i, a := range args {
		argv[i] = unsafe.Pointer(unsafe.StringData(a + "\x00"))
	}
	c := &conn{lib: l}
	keepSignals(func() { c.handle = l.connect(int32(len(args)), &argv[0]) })
	runtime.KeepAlive(argv)
	if c.handle == nil {
		return nil, fmt.Errorf("the engine refused to start with %s; its reason is on standard error", strings.Join(args[1:], " "))
	}
	rows, err := c.query("SELECT name, value FROM system.settings WHERE changed")
	if err != nil {
		c.close()
		return nil, err
	}
	c.defaults = make(map[string]string)
	for line := range bytes.Lines(rows) {
		name, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		c.defaults[name] = value
	}
	return c, nil
}

func (c *conn) close() { c.lib.close(c.handle) }

// query runs one of our own statements to its end; it answers in TSVRaw.
func (c *conn) query(sql string) ([]byte, error) {
	var out []byte
	err := c.lib.use((&params{}).start(c.lib.query, *c.handle, sql, "TSVRaw"), func(data []byte) error {
		out = bytes.Clone(data)
		return nil
	})
	return out, err
}

// acquire takes a connection out of the pool, waiting for one if need be.
func (e *Engine) acquire(ctx context.Context) (*conn, error) {
	select {
	case c := <-e.pool:
		return c, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// begin counts a request in, so that Close waits for it; end counts it out.
func (e *Engine) begin() error {
	e.lock.Lock()
	defer e.lock.Unlock()
	if e.closed {
		return ErrClosed
	}
	e.running.Add(1)
	return nil
}

func (e *Engine) end() { e.running.Done() }

// Version returns the version of libchdb, which is that of its ClickHouse
// without the last number: "26.7.3".
func (e *Engine) Version() string { return e.lib.version }

// Close ends the engine and gives the folder up. Running queries get five
// seconds to end and are killed then; new ones are refused with ErrClosed. It
// may be called again, and returns the same.
//
// If a query cannot be stopped the engine is left as it is, because closing a
// connection under a running query aborts the process; Close says so, and the
// folder is free when the process ends.
func (e *Engine) Close() error {
	e.lock.Lock()
	if e.closed {
		e.lock.Unlock()
		<-e.done
		return e.closing
	}
	e.closed = true
	socket := e.socket
	e.lock.Unlock()
	defer close(e.done)

	if socket != nil {
		socket.close()
	}
	if !e.idle(closeGrace) {
		e.stop(ErrClosed)
		if !e.idle(killGrace) {
			e.closing = fmt.Errorf("close data folder %q: a query does not stop", e.dir)
			return e.closing
		}
	}
	e.stop(ErrClosed)
	process.Lock()
	defer process.Unlock()
	// chdb_shutdown is not called: it would forbid a later Open in this process,
	// and closing the last connection already stops the engine.
	for _, c := range append(e.conns, e.kill) {
		c.close()
	}
	process.engine = nil
	return nil
}

// idle waits until no request is running, at most d.
func (e *Engine) idle(d time.Duration) bool {
	quiet := make(chan struct{})
	go func() {
		e.running.Wait()
		close(quiet)
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-quiet:
		return true
	case <-timer.C:
		return false
	}
}
