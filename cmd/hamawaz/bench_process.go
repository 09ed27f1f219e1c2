package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// benchProcess measures the program as a whole: its size, its start to the
// first page, and its memory when nothing happens.
func benchProcess(ctx context.Context, report func(measure) error) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	info, err := os.Stat(self)
	if err != nil {
		return err
	}
	if err := report(measure{Name: "binary_size", Value: float64(info.Size()) / (1 << 20), Unit: "MiB"}); err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "hamawaz-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var starts []time.Duration
	for try := range 3 { // the first one also makes the tables
		took, memory, err := startOnce(ctx, self, dir, try == 2)
		if err != nil {
			return err
		}
		starts = append(starts, took)
		if memory > 0 {
			if err := report(measure{Name: "idle_memory", Value: memory, Unit: "MB",
				Notes: []string{"resident memory of hamawaz up with the engine, the queue and no accounts, 20 s after its start"}}.below(400)); err != nil {
				return err
			}
		}
	}
	return report(measure{Name: "start_to_first_page", Value: starts[2].Seconds(), Unit: "s",
		Detail: map[string]any{"first_start_seconds": starts[0].Seconds()}})
}

// startOnce starts hamawaz up, waits for its sign-in page and, if asked, until
// it idles, and ends it.
func startOnce(ctx context.Context, self, dir string, weigh bool) (took time.Duration, memory float64, err error) {
	address, err := freePort()
	if err != nil {
		return 0, 0, err
	}
	child := exec.CommandContext(ctx, self, "up", "--data", filepath.Join(dir, "data"), "--listen", address, "--log-level", "error")
	child.Env = withoutOurs(os.Environ())
	child.Stderr = os.Stderr
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = 15 * time.Second
	began := time.Now()
	if err := child.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		child.Process.Signal(syscall.SIGTERM)
		if e := child.Wait(); e != nil && err == nil {
			err = fmt.Errorf("hamawaz up: %w", e)
		}
	}()
	for {
		if _, err := get(ctx, http.DefaultClient, "http://"+address+"/sign-in"); err == nil {
			break
		}
		if time.Since(began) > 30*time.Second {
			return 0, 0, errors.New("no page within 30 s")
		}
		time.Sleep(5 * time.Millisecond)
	}
	took = time.Since(began)
	if weigh {
		time.Sleep(20 * time.Second)
		memory, err = residentMemory(child.Process.Pid)
	}
	return took, memory, err
}

// residentMemory returns the resident memory of a process in MB (10⁶ bytes).
func residentMemory(pid int) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if kib, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(kib, "kB")), 64)
			return n * 1024 / 1e6, err
		}
	}
	return 0, errors.Join(errors.New("no VmRSS"), lines.Err())
}
