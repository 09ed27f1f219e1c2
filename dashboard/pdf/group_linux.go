package pdf

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A group is the browser and all processes that it starts: they end together.
type group struct {
	mu  sync.Mutex
	cmd *exec.Cmd
}

// lead makes the command the first of a new process group, which dies with us.
func (g *group) lead(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cmd = cmd
}

// id returns the group's number, or 0 before it has begun.
func (g *group) id() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cmd == nil || g.cmd.Process == nil {
		return 0
	}
	return g.cmd.Process.Pid
}

// kill ends every process of the group. It may be called at any time.
func (g *group) kill() {
	if id := g.id(); id > 1 {
		syscall.Kill(-id, syscall.SIGKILL)
	}
}

// watch looks four times a second how much memory the group has for itself,
// and calls beyond once when that is more than limit bytes.
func (g *group) watch(ctx context.Context, limit int64, beyond func(used int64)) {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if id := g.id(); id > 1 {
				if used := memoryOf(id); used > limit {
					beyond(used)
					return
				}
			}
		}
	}
}

// memoryOf adds the resident memory of the group's processes, without what
// they share.
func memoryOf(id int) int64 {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	var pages int64
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		// "pid (name) state ppid pgrp …": the name may hold anything.
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if len(fields) < 3 || fields[2] != strconv.Itoa(id) {
			continue
		}
		statm, err := os.ReadFile("/proc/" + e.Name() + "/statm")
		if err != nil {
			continue
		}
		if f := strings.Fields(string(statm)); len(f) > 2 {
			resident, _ := strconv.ParseInt(f[1], 10, 64)
			shared, _ := strconv.ParseInt(f[2], 10, 64)
			pages += resident - shared
		}
	}
	return pages * int64(os.Getpagesize())
}
