package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runMain, set in the environment, makes the test's binary be the program
// itself: the tests start it as people do, and it starts its own children.
const runMain = "RUN_HAMAWAZ"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program returns the program as a command.
func program(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(ctx, self, args...)
	c.Env = append(os.Environ(), runMain+"=1")
	return c
}

// hamawaz runs the program to its end and returns its exit status and output.
func hamawaz(t testing.TB, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := program(ctx, t, args...)
	c.Env = append(c.Env, env...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if ctx.Err() != nil {
		t.Fatalf("hamawaz %s: does not end; %s", strings.Join(args, " "), errs.String())
	}
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	data := "--data=" + filepath.Join(dir, "data")
	tests := []struct {
		name string
		env  []string
		args []string
		want string // in the one sentence
	}{
		{"unknown flag", nil, []string{"up", "--colour"}, "--colour"},
		{"unknown command", nil, []string{"fly"}, "fly"},
		{"busy port", nil, []string{"up", data, "--listen", busy.Addr().String()}, "in use"},
		{"busy port of the demo", nil, []string{"demo", "--listen", busy.Addr().String()}, "in use"},
		{"no port", nil, []string{"up", data, "--listen", "nowhere"}, "--listen"},
		{"folder below a file", nil, []string{"up", "--data", file + "/data", "--listen", "127.0.0.1:0"}, "directory"},
		{"read-only folder", nil, []string{"up", "--data", "/proc/hamawaz", "--listen", "127.0.0.1:0"}, "/proc/hamawaz"},
		{"server that does not answer", nil, []string{"query", "posts", "--from", "2024-05-01", "--to", "2024-06-01", "--clickhouse", "clickhouse://127.0.0.1:1/x"}, "does not answer"},
		{"redis that does not answer", nil, []string{"up", data, "--redis", "redis://127.0.0.1:1/0", "--listen", "127.0.0.1:0"}, "does not answer"},
		{"server without redis", nil, []string{"work", "--clickhouse", "http://127.0.0.1:1/x"}, "does not answer"},
		{"wrong library", []string{"HAMAWAZ_LIBCHDB=" + file}, []string{"up", data, "--listen", "127.0.0.1:0"}, file},
		{"missing library", []string{"HAMAWAZ_LIBCHDB=" + file + ".so"}, []string{"up", data, "--listen", "127.0.0.1:0"}, "make build"},
		{"negative population", nil, []string{"query", "posts", "--from", "2024-05-01", "--to", "2024-06-01", data, "--population=-4"}, "want the number of people"},
		{"estimate without a population", nil, []string{"query", "net_reach_estimate", "--from", "2024-05-01", "--to", "2024-06-01", data}, "HAMAWAZ_POPULATION"},
		{"unknown zone", nil, []string{"query", "posts", "--from", "2024-05-01", "--to", "2024-06-01", data, "--zone", "Mars/Olympus"}, "Asia/Karachi"},
		{"unknown metric", nil, []string{"query", "joy", "--from", "2024-05-01", "--to", "2024-06-01", data}, "interactions"},
		{"a day that cannot be", nil, []string{"query", "posts", "--from", "2024-02-30", "--to", "2024-06-01", data}, "2024-02-30"},
		{"an empty period", nil, []string{"query", "posts", "--from", "2024-06-01", "--to", "2024-06-01", data}, "after the start"},
		{"a rate of activity", nil, []string{"query", "engagement_rate", "--view", "activity", "--from", "2024-05-01", "--to", "2024-06-01", data}, "life"},
		{"no e-mail address", nil, []string{"user", "add", "naila", "--name", "Naila", data}, "naila"},
		{"head without department", nil, []string{"user", "add", "a@b.example", "--name", "A", "--role", "department_head", data}, "--department"},
		{"short password", nil, []string{"user", "add", "a@b.example", "--name", "A", "--password-file", file, data}, "12 characters"},
		{"missing secret", nil, []string{"work", data, "--instagram-token-file", file + ".none"}, "file.none"},
		{"unknown account", nil, []string{"collect", "nobody", data}, "nobody"},
		{"account of no department", nil, []string{"account", "add", "x", "--department", "none", "--handle", "x", "--name", "X", "--reason", "r", data}, "departments"},
		{"no backfill", nil, []string{"collect", "--backfill", "1s", data}, "24h"},
		{"speed of nothing", nil, []string{"demo", "--speed", "0"}, "speed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, _, stderr := hamawaz(t, tt.env, tt.args...)
			if status == 0 {
				t.Errorf("exit status 0")
			}
			if !strings.Contains(stderr, tt.want) {
				t.Errorf("stderr %q, want it to say %q", stderr, tt.want)
			}
			if lines := strings.Count(strings.TrimSpace(stderr), "\n"); lines != 0 {
				t.Errorf("stderr has %d lines, want one sentence:\n%s", lines+1, stderr)
			}
			if strings.Contains(stderr, "panic") || strings.Contains(stderr, "goroutine") {
				t.Errorf("it panics:\n%s", stderr)
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"query", "--help"}} {
		if status, out, _ := hamawaz(t, nil, args...); status != 0 || !strings.Contains(out, "Usage: hamawaz") {
			t.Errorf("hamawaz %q: status %d, output %q", args, status, out)
		}
	}
	if status, out, _ := hamawaz(t, nil, "version"); status != 0 || strings.TrimSpace(out) != version {
		t.Errorf("version: status %d, output %q", status, out)
	}
}

// TestRegisterFromTheCommandLine makes a person, a department and an account
// in an empty folder, as the first administrator does.
func TestRegisterFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	data := "--data=" + filepath.Join(dir, "data")
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("a long enough password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must := func(want string, args ...string) {
		t.Helper()
		status, out, stderr := hamawaz(t, nil, append(args, data)...)
		if status != 0 || !strings.Contains(out, want) {
			t.Fatalf("hamawaz %s: status %d, output %q, %s", strings.Join(args, " "), status, out, stderr)
		}
	}
	refused := func(want string, args ...string) {
		t.Helper()
		status, _, stderr := hamawaz(t, nil, append(args, data)...)
		if status == 0 || !strings.Contains(stderr, want) {
			t.Fatalf("hamawaz %s: status %d, %q; want a refusal with %q", strings.Join(args, " "), status, stderr, want)
		}
	}
	must("may sign in", "user", "add", "Head@Office.example", "--name", "نائلہ", "--role", "administrator", "--password-file", password)
	refused("already", "user", "add", "head@office.example", "--name", "Again", "--password-file", password)
	must("نائلہ", "user", "list")
	refused("last active administrator", "user", "disable", "head@office.example")
	must("may sign in", "user", "add", "second@office.example", "--name", "Second", "--role", "administrator", "--password-file", password)
	must("", "user", "disable", "head@office.example")
	must("disabled", "user", "list")
	must("", "user", "enable", "head@office.example")
	must("", "user", "password", "head@office.example", "--password-file", password)

	must("", "account", "add-department", "health", "--name-en", "Health Department", "--name-ur", "محکمہ صحت")
	must("محکمہ صحت", "account", "departments")
	refused("health", "account", "add-department", "health", "--name-en", "Twice")
	refused("id", "account", "add-department", "Health Department", "--name-en", "Bad id")
	must("", "account", "add", "health-ig", "--department", "health", "--handle", "health", "--name", "Health", "--reason", "Letter 7 of 1 June")
	refused("registered already", "account", "add", "health-2", "--department", "health", "--handle", "health", "--name", "Health", "--reason", "Letter 8")
	refused("--platform-id", "account", "add", "h3", "--department", "health", "--handle", "h3", "--name", "H", "--access", "owner", "--reason", "r")
	must("health-ig", "account", "list")
	must("", "account", "close", "health-ig", "--reason", "Order 9")
	must("closed", "account", "list")

	// The doctor finds what is still to do, and nothing else.
	status, out, _ := hamawaz(t, nil, "doctor", data)
	if status != 1 || !strings.Contains(out, "no token is set") || strings.Count(out, "trouble") != 1 {
		t.Errorf("doctor: status %d\n%s", status, out)
	}
	if status, out, _ := hamawaz(t, nil, "doctor", "--quick", data); status != 0 {
		t.Errorf("doctor --quick: status %d\n%s", status, out)
	}
}

func TestDoctorNeedsNoLibraryBesideAServer(t *testing.T) {
	status, out, _ := hamawaz(t, []string{"HAMAWAZ_LIBCHDB=/nowhere.so"}, "doctor", "--clickhouse", "clickhouse://127.0.0.1:1/x")
	if status != 1 || strings.Contains(out, "nowhere") {
		t.Errorf("doctor: status %d\n%s", status, out)
	}
}
