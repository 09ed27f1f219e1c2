package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema/embedded"
)

// A supervisor runs this program's other roles as child processes and starts
// again those that die.
type supervisor struct {
	environment []string
	file        string // where the children's process ids are written, for whoever wants to look or to kill

	mu    sync.Mutex
	pids  map[string]int
	stops []func() // of the children, in the order of their start
}

func newSupervisor(file string, environment []string) *supervisor {
	return &supervisor{
		file: file, pids: map[string]int{},
		environment: append(withoutOurs(os.Environ()), environment...),
	}
}

// start starts the role as a child with the arguments, and keeps it running
// until the supervisor is stopped.
func (s *supervisor) start(role string, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start %s: %w", role, err)
	}
	return s.startProgram(role, self, args...)
}

// startProgram is start for another program than ours.
func (s *supervisor) startProgram(role, program string, args ...string) error {
	ctx, cancel := context.WithCancel(context.Background())
	child, err := s.launch(ctx, role, program, args)
	if err != nil {
		cancel()
		return err
	}
	done := make(chan struct{})
	s.stops = append(s.stops, func() { cancel(); <-done })
	go func() {
		defer close(done)
		for {
			err := child.Wait()
			if ctx.Err() != nil {
				return
			}
			fmt.Fprintf(stderr, "check: %s ended (%v), starting it again\n", role, err)
			// A child that cannot start must not eat the machine.
			select {
			case <-ctx.Done():
				return
			case <-time.After(200 * time.Millisecond):
			}
			if child, err = s.launch(ctx, role, program, args); err != nil {
				fmt.Fprintln(stderr, "check:", err)
				return
			}
		}
	}()
	return nil
}

// launch starts one child. It is asked to stop when the supervisor is, and
// killed ten seconds later.
func (s *supervisor) launch(ctx context.Context, role, program string, args []string) (*exec.Cmd, error) {
	child := exec.CommandContext(ctx, program, args...)
	child.Env = s.environment
	child.Stderr = os.Stderr
	child.SysProcAttr = diesWithUs()
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = 10 * time.Second
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pids[role] = child.Process.Pid
	return child, s.writePids()
}

// kill ends the role's process at once, as a power cut would. It is started
// again.
func (s *supervisor) kill(role string) error {
	s.mu.Lock()
	pid := s.pids[role]
	s.mu.Unlock()
	if pid == 0 {
		return fmt.Errorf("kill %s: no such process", role)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// writePids replaces the file of process ids whole: somebody may be reading it.
func (s *supervisor) writePids() error {
	b, err := json.Marshal(s.pids)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.file+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(s.file+".new", s.file)
}

// stop ends the children, the last started first, so that each still has what
// it stands on while it ends.
func (s *supervisor) stop() {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
	os.Remove(s.file)
}

// waitForHolder returns once a process serves the folder's engine.
func (s *supervisor) waitForHolder(ctx context.Context, dir string) error {
	for {
		if _, alive := embedded.Holder(dir); alive {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("the engine's process did not start"), context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// freePort returns a loopback address that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// named is a query's named parameter that holds one of our kinds of text.
func named[T ~string](name string, value T) any { return clickhouse.Named(name, string(value)) }
