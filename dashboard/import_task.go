package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/collector/importer"
)

// A taskState is how far the work on an upload has come.
type taskState string

const (
	taskNone      taskState = "none" // nothing was begun
	taskWaiting   taskState = "waiting"
	taskChecking  taskState = "checking"
	taskReady     taskState = "ready" // checked: a person decides
	taskImporting taskState = "importing"
	taskDone      taskState = "done"
	taskUndoing   taskState = "undoing"
	taskFailed    taskState = "failed"
)

// taskClass returns the class of a state: how much it is a person's business.
func taskClass(s taskState) string {
	switch s {
	case taskReady, taskDone:
		return "ok"
	case taskChecking, taskImporting, taskUndoing:
		return "run"
	case taskFailed:
		return "act"
	}
	return "wait"
}

// An importTask is work on an upload, or the undoing of an import, that goes on
// while nobody waits for it.
type importTask struct {
	State    taskState
	Import   string // id of the import, as soon as it is known
	Progress importer.Progress
	Preview  *importer.Preview // of a check that is done
	Result   *importer.Result  // of an import that is done
	Err      error             // why it failed
	Late     bool              // the daily figures could not be asked for
	Ended    time.Time         // by the machine's clock; zero: it has not

	cancel context.CancelFunc
}

func (t importTask) going() bool {
	return t.State == taskWaiting || t.State == taskChecking || t.State == taskImporting || t.State == taskUndoing
}

// importTasks are what this process does and did of late.
type importTasks struct {
	mu    sync.Mutex
	byKey map[string]*importTask // by the upload's id, or undoKey
	slots chan struct{}          // how many work at once
	ctx   context.Context        // ends when the server does
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// tasksAtOnce is how many files are read at once: each takes a core.
const tasksAtOnce = 2

func newImportTasks() *importTasks {
	t := &importTasks{byKey: map[string]*importTask{}, slots: make(chan struct{}, tasksAtOnce)}
	t.ctx, t.stop = context.WithCancel(context.Background())
	return t
}

func undoKey(id string) string { return "undo " + id }

// end stops what is under way and waits for it, some seconds at most. An import
// that was stopped is gone on with by asking for it again.
func (ts *importTasks) end() error {
	ts.stop()
	ended := make(chan struct{})
	go func() { ts.done.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
	}
	return nil
}

// of returns the task as it stands now.
func (ts *importTasks) of(key string) importTask {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t := ts.byKey[key]; t != nil {
		return *t
	}
	return importTask{State: taskNone}
}

func (ts *importTasks) busy(upload string) bool { return ts.of(upload).going() }

// imports reports whether the import is under way in this process.
func (ts *importTasks) imports(id string) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.byKey {
		if t.Import == id && t.State == taskImporting {
			return true
		}
	}
	return false
}

// ofImport returns the tasks of the import.
func (ts *importTasks) ofImport(id string) []importTask {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var list []importTask
	for _, t := range ts.byKey {
		if t.Import == id {
			list = append(list, *t)
		}
	}
	return list
}

// start begins the work unless the key's is under way. What was done before of
// the key is forgotten. work tells its progress and, at its end, sets what came
// of it.
func (ts *importTasks) start(key string, state taskState, id string, work func(ctx context.Context, progress func(importer.Progress)) (func(*importTask), error)) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t := ts.byKey[key]; t != nil && t.going() {
		return false
	}
	for k, t := range ts.byKey { // what nobody asks for any more
		if !t.Ended.IsZero() && time.Since(t.Ended) > spoolFor {
			delete(ts.byKey, k)
		}
	}
	ctx, cancel := context.WithCancel(ts.ctx)
	t := &importTask{State: taskWaiting, Import: id, cancel: cancel}
	ts.byKey[key] = t
	set := func(f func()) { ts.mu.Lock(); defer ts.mu.Unlock(); f() }
	ts.done.Go(func() {
		defer cancel()
		select {
		case ts.slots <- struct{}{}:
			defer func() { <-ts.slots }()
		case <-ctx.Done():
		}
		set(func() { t.State = state })
		finish, err := safely(func() (func(*importTask), error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return work(ctx, func(p importer.Progress) { set(func() { t.Progress = p }) })
		})
		set(func() {
			t.Ended = time.Now()
			if err != nil {
				t.State, t.Err = taskFailed, err
				return
			}
			finish(t)
		})
	})
	return true
}

// forget stops the key's work and drops what came of it.
func (ts *importTasks) forget(key string) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t := ts.byKey[key]; t != nil {
		t.cancel()
		delete(ts.byKey, key)
	}
}

// safely turns a panic into an error.
func safely[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v: %w\n%s", r, errPanic, debug.Stack())
		}
	}()
	return f()
}

var errPanic = errors.New("a fault of the program")

// previewRows is how many rows of an upload a preview shows.
const previewRows = 20

// checkUpload reads the upload's files, unless that is done or under way.
func (s *Server) checkUpload(u upload) {
	if t := s.tasks.of(u.ID); t.State != taskNone {
		return
	}
	s.tasks.start(u.ID, taskChecking, "", func(ctx context.Context, progress func(importer.Progress)) (func(*importTask), error) {
		preview, err := s.Imports.Preview(ctx, s.request(u, u.Person), previewRows, progress)
		if err != nil {
			s.Log.Info("import refused", "upload", u.ID, "error", err.Error())
			return nil, err
		}
		return func(t *importTask) { t.State, t.Preview, t.Import = taskReady, preview, preview.ID }, nil
	})
}

// runImport imports the upload for the person, and asks for the daily figures
// of the accounts anew.
func (s *Server) runImport(u upload, person string) {
	s.tasks.start(u.ID, taskImporting, u.Import, func(ctx context.Context, progress func(importer.Progress)) (func(*importTask), error) {
		result, err := s.Imports.Import(ctx, s.request(u, person), progress)
		if err != nil {
			s.Log.Error("import failed", "upload", u.ID, "import", u.Import, "error", err.Error())
			return nil, err
		}
		late := s.rollUp(ctx, result.Accounts)
		if err := s.spool.remove(u.ID); err != nil {
			s.Log.Error("upload not removed", "upload", u.ID, "error", err.Error())
		}
		return func(t *importTask) { t.State, t.Import, t.Result, t.Late = taskDone, result.ID, result, late }, nil
	})
}

// rollUp asks for the daily figures of the accounts anew, and reports whether
// that failed: then they come with the next run of each account.
func (s *Server) rollUp(ctx context.Context, accounts []importer.AccountResult) (late bool) {
	for _, a := range accounts {
		if err := s.Queue.RollUp(ctx, a.ID, a.Earliest); err != nil {
			s.Log.Error("daily figures not asked for", "account", a.ID, "error", err.Error())
			late = true
		}
	}
	return late
}

func (s *Server) request(u upload, actor string) importer.Request {
	return importer.Request{Platform: u.Platform, Map: u.Map, Files: s.spool.files(u), Account: u.Account, AccountBy: u.AccountBy, AsOf: u.AsOf, Actor: actor}
}

// A fault is an error of an import for people: what the reader of the files
// says (one English sentence), or, of a fault that is not theirs, nothing.
func fault(err error) string {
	var (
		path   *fs.PathError
		store  *clickhouse.Exception
		remote net.Error
	)
	if errors.As(err, &path) || errors.As(err, &store) || errors.As(err, &remote) || errors.Is(err, errPanic) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return ""
	}
	return strings.TrimPrefix(err.Error(), "import: ")
}
