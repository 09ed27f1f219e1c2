package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/embedded"
)

var lastLine = regexp.MustCompile(`^(\d+) posts, (\d+) observations, \d+ comments, (\d+) differences$`)

// startCheck begins hamawaz demo --check in a folder of its own.
func startCheck(t *testing.T, args ...string) (c *exec.Cmd, dir string, out, errs *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), faultsTimeout+time.Minute)
	dir = t.TempDir()
	c = program(ctx, t, append([]string{"demo", "--check", "--data", dir}, args...)...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	c.Stdout, c.Stderr = out, errs
	if err := c.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if c.ProcessState == nil { // the test failed before it waited
			c.Wait()
		}
	})
	return c, dir, out, errs
}

// endCheck waits for the check and returns the numbers of its last line.
func endCheck(t *testing.T, c *exec.Cmd, out, errs *bytes.Buffer) (posts, observations, differences int) {
	t.Helper()
	err := c.Wait()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	m := lastLine.FindStringSubmatch(lines[len(lines)-1])
	if m == nil {
		t.Fatalf("check ended with %v, last line %q\n%s", err, lines[len(lines)-1], errs)
	}
	posts, _ = strconv.Atoi(m[1])
	observations, _ = strconv.Atoi(m[2])
	differences, _ = strconv.Atoi(m[3])
	if err != nil || differences != 0 {
		t.Errorf("check ended with %v:\n%s", err, out)
	}
	t.Log(lines[len(lines)-1])
	return posts, observations, differences
}

// leastPosts is how many posts the worlds have between the moment and the
// demo's beginning.
func leastPosts(t *testing.T, since time.Time) int {
	t.Helper()
	platforms, err := sandboxSettings{Seed: 1, Modelled: true}.load()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, world := range platforms.worlds() {
		for _, a := range world.Accounts() {
			for _, p := range world.Posts(a.Handle, demoStart) {
				if !p.PublishedAt.Before(since) && p.Format != schema.FormatStory { // stories may vanish before they are read
					n++
				}
			}
		}
	}
	return n
}

func TestDemoCheck(t *testing.T) {
	c, _, out, errs := startCheck(t)
	posts, observations, _ := endCheck(t, c, out, errs)
	if least := leastPosts(t, time.Time{}); posts < least || observations < posts {
		t.Errorf("%d posts and %d observations, want at least %d posts, each read", posts, observations, least)
	}
}

// TestDemoCheckFaults lets all faults happen at random while the workers are
// killed three times and the queue's server is restarted, over the last ten days.
func TestDemoCheckFaults(t *testing.T) {
	t.Parallel() // with the next two: they wait for platforms and leases most of their time
	c, _, out, errs := startCheck(t, "--faults=all", "--speed=300", "--backfill=240h")
	posts, observations, _ := endCheck(t, c, out, errs)
	for what, want := range map[string]int{"check: work ended (signal: killed), starting it again": 3, "check: redis ended (signal: killed), starting it again": 1} {
		if got := strings.Count(errs.String(), what); got != want {
			t.Errorf("%q stands %d times in the log, want %d", what, got, want)
		}
	}
	if posts == 0 || observations < posts {
		t.Errorf("%d posts and %d observations, want each post read", posts, observations)
	}
}

// TestDemoCheckKilled kills the workers and the holder of the engine in the
// middle of the collection: nothing is lost, nothing counted twice.
func TestDemoCheckKilled(t *testing.T) {
	t.Parallel()
	c, dir, out, errs := startCheck(t, "--backfill=720h")
	kill := func(role string, after uint64) {
		t.Helper()
		waitForPosts(t, dir, after)
		pid := children(t, dir)[role]
		if pid == 0 {
			t.Fatalf("no process %q", role)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatalf("kill %s: %v", role, err)
		}
		t.Logf("killed %s (%d) after %d posts", role, pid, after)
	}
	kill("work", 500)
	kill("holder", 1500)
	kill("work", 3000)
	posts, observations, _ := endCheck(t, c, out, errs)
	if least := leastPosts(t, demoStart.Add(-720*time.Hour)); posts < least || observations < posts {
		t.Errorf("%d posts and %d observations, want at least %d posts, each read", posts, observations, least)
	}
	for _, role := range []string{"work", "holder"} {
		if !strings.Contains(errs.String(), "check: "+role+" ended (signal: killed)") {
			t.Errorf("%s was not seen to be killed:\n%s", role, errs)
		}
	}
}

// TestDemoCheckFindsDifferences changes what is stored while the check runs:
// a check that cannot fail would be none.
func TestDemoCheckFindsDifferences(t *testing.T) {
	t.Parallel()
	c, dir, out, errs := startCheck(t, "--backfill=720h")
	waitForPosts(t, dir, 500)
	s := openRunning(t, dir)
	defer s.Close()
	// A reading, of a post that is there, with a count that never was.
	err := s.Conn.Exec(t.Context(), `INSERT INTO observations
		SELECT * REPLACE (observed_at + INTERVAL 1 MILLISECOND AS observed_at, 123456789 AS reactions)
		FROM observations WHERE reactions IS NOT NULL ORDER BY account_id, post_id, observed_at LIMIT 1`)
	if err != nil {
		t.Fatal(err)
	}
	waitErr := c.Wait()
	if waitErr == nil || !strings.Contains(out.String(), "reactions 123456789 is stored") || !strings.HasSuffix(strings.TrimSpace(out.String()), " 1 differences") {
		t.Errorf("check ended with %v:\n%s\n%s", waitErr, out, errs)
	}
}

// children returns the process ids of a check's children, by role.
func children(t *testing.T, dir string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "processes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var pids map[string]int
	if err := json.Unmarshal(b, &pids); err != nil {
		t.Fatal(err)
	}
	return pids
}

// openRunning opens the store of a running check.
func openRunning(t *testing.T, dir string) *schema.Store {
	t.Helper()
	s, err := schema.Open(t.Context(), "embedded://"+dir, schema.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Holder {
		t.Fatal("the check's holder does not run")
	}
	return s
}

// waitForPosts returns once so many posts are stored.
func waitForPosts(t *testing.T, dir string, n uint64) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ; time.Now().Before(deadline); <-tick.C {
		if _, err := os.Stat(filepath.Join(dir, "processes.json")); err != nil || children(t, dir)["work"] == 0 {
			continue // the holder is not ready yet
		}
		if _, alive := embedded.Holder(dir); !alive {
			continue // it was killed: the test must not take its place
		}
		s, err := schema.Open(t.Context(), "embedded://"+dir, schema.OpenOptions{})
		if err != nil {
			continue
		}
		var stored uint64
		err = s.Conn.QueryRow(t.Context(), "SELECT uniqExact(account_id, post_id) FROM posts").Scan(&stored)
		s.Close()
		if err == nil && stored >= n {
			return
		}
	}
	t.Fatalf("fewer than %d posts after three minutes", n)
}
