//go:build !linux

package pdf

import (
	"context"
	"os/exec"
)

// A group is the browser; what it started ends with its connection to us.
type group struct{ cmd *exec.Cmd }

func (g *group) lead(cmd *exec.Cmd) { g.cmd = cmd }

func (g *group) kill() {
	if g.cmd != nil && g.cmd.Process != nil {
		g.cmd.Process.Kill()
	}
}

func (g *group) watch(context.Context, int64, func(int64)) {}
