package importer

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
)

// importChild, set in the environment, makes the test's binary import what the
// JSON in it says, in a process and a store of its own.
const importChild = "RUN_IMPORT"

type childJob struct {
	Store    string // folder
	Files    []File
	Map      string
	Accounts []schema.Account
	AsOf     time.Time
	By       AccountBy
	Look     bool // only say what the store holds
}

// runChild imports, with a line for each step that was written, and then says
// what the store holds.
func runChild() int {
	var job childJob
	if err := json.Unmarshal([]byte(os.Getenv(importChild)), &job); err != nil {
		return childFails(err)
	}
	ctx := context.Background()
	s, err := schema.Open(ctx, "embedded://"+job.Store, schema.OpenOptions{})
	if err != nil {
		return childFails(err)
	}
	defer s.Close()
	if _, err := s.Migrate(ctx); err != nil {
		return childFails(err)
	}
	im := on(s)
	if !job.Look {
		for _, a := range job.Accounts {
			a.ChangedBy = "test"
			if _, err := im.Directory.Account(ctx, a.ID); err == nil {
				continue
			}
			if err := im.Directory.SaveAccount(ctx, a); err != nil {
				return childFails(err)
			}
		}
		m, err := LoadMap(job.Map)
		if err != nil {
			return childFails(err)
		}
		_, err = im.Import(ctx, Request{Platform: schema.Instagram, Map: m, Files: job.Files, AsOf: job.AsOf, AccountBy: job.By, Actor: "test"},
			func(p Progress) {
				if p.Writing {
					fmt.Printf("rows %d\n", p.Rows)
				}
			})
		if err != nil {
			return childFails(err)
		}
	}
	held, err := holds(ctx, s)
	if err != nil {
		return childFails(err)
	}
	fmt.Println("holds", held)
	return 0
}

func childFails(err error) int {
	fmt.Println("fails", err)
	return 1
}

// holds returns all that the store holds of imports, in one line.
func holds(ctx context.Context, s *schema.Store) (string, error) {
	var parts []string
	for _, query := range []string{
		`SELECT concat('posts ', toString(count()), ' ', toString(groupBitXor(cityHash64(account_id, post_id, text, published_at, permalink, run_id, collected_at)))) FROM posts FINAL`,
		`SELECT concat('readings ', toString(count()), ' ', toString(groupBitXor(cityHash64(account_id, post_id, observed_at, call, ifNull(reactions, -1), ifNull(comments, -1), run_id)))) FROM observations FINAL`,
		`SELECT concat('likes ', toString(ifNull(sum(reactions), 0)), ' unknown ', toString(countIf(reactions IS NULL)), ' comments ', toString(ifNull(sum(comments), 0)), ' unknown ', toString(countIf(comments IS NULL))) FROM observations FINAL`,
		`SELECT concat('wordings ', toString(uniqExact(account_id, post_id, content_hash))) FROM post_versions`,
		`SELECT concat('refusals ', toString(count()), ' ', toString(groupBitXor(cityHash64(file, line, field, reason, detail, value)))) FROM import_refusals FINAL`,
		`SELECT concat('imports ', toString(count()), ' ', any(state), ' ', toString(any(kept)), ' ', toString(any(refused)), ' ', toString(any(unread))) FROM imports FINAL`,
	} {
		var part string
		if err := s.Conn.QueryRow(ctx, query).Scan(&part); err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; "), nil
}

// child runs the job to its end, or kills it when it has written so many rows.
// It returns what the store holds, or "" if it was killed.
func child(t *testing.T, job childJob, killAt int) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), importChild+"="+string(b))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	held := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var rows int
		if _, err := fmt.Sscanf(lines.Text(), "rows %d", &rows); err == nil && killAt > 0 && rows >= killAt {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			break
		}
		if said, ok := strings.CutPrefix(lines.Text(), "fails "); ok {
			t.Errorf("the child fails: %s", said)
		}
		if said, ok := strings.CutPrefix(lines.Text(), "holds "); ok {
			held = said
		}
	}
	c.Wait()
	return held
}

// killAndRepeat imports once undisturbed, and once with a SIGKILL at a random
// row and a repetition: both must end the same, and so must a second time.
func killAndRepeat(t *testing.T, job childJob, rows int) string {
	t.Helper()
	job.Store = filepath.Join(t.TempDir(), "undisturbed")
	want := child(t, job, 0)
	if want == "" {
		t.Fatal("the undisturbed import says nothing")
	}
	if again := child(t, job, 0); again != want {
		t.Errorf("importing twice changes something (-once +twice):\n%s", cmp.Diff(want, again))
	}
	job.Store = filepath.Join(t.TempDir(), "killed")
	at := 1 + rand.IntN(rows)
	if held := child(t, job, at); held != "" {
		t.Errorf("the import was to be killed at row %d and ended", at)
	}
	look := job
	look.Look = true
	t.Logf("killed at row %d of %d: %s", at, rows, child(t, look, 0))
	if got := child(t, job, 0); got != want {
		t.Errorf("killed at row %d and repeated (-undisturbed +killed):\n%s", at, cmp.Diff(want, got))
	}
	return want
}
