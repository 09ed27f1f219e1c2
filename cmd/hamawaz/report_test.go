package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/analytics"
)

// checkReport prints a month of a running demo and compares the paper with the
// numbers of query.
func checkReport(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(file, []byte("an older one"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := hamawaz(t, nil, "report", "--month", "2024-02", "--lang", "both", "--data", dir, "--out", file)
	if status != 0 || !strings.Contains(out, "SHA-256") {
		t.Fatalf("report: status %d, %q, %s", status, out, errs)
	}
	if info, err := os.Stat(file); err != nil || info.Size() >= 1_000_000 {
		t.Errorf("the PDF: %v, %v", info, err)
	}
	status, out, errs = hamawaz(t, nil, "query", "interactions", "--by", "platform", "--from", "2024-02-01", "--to", "2024-03-01", "--data", dir, "--json")
	var answer analytics.Answer
	if err := json.Unmarshal([]byte(out), &answer); status != 0 || err != nil {
		t.Fatalf("query: status %d, %v, %s", status, err, errs)
	}
	var sum float64
	for _, r := range answer.Rows {
		if r.Value != nil {
			sum += *r.Value
		}
	}
	words, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v: make test installs it, or apt-get install poppler-utils", err)
	}
	digits := strings.ReplaceAll(strings.Join(strings.Fields(string(words)), " "), ",", "")
	for _, want := range []string{strconv.FormatFloat(sum, 'f', 0, 64), "Social media report: February 2024", "modelled", "Modelled: how the numbers grew"} {
		if !strings.Contains(digits, want) {
			t.Errorf("the paper lacks %q:\n%s", want, digits)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files are left beside the PDF, %v", len(entries)-1, err)
	}
}

// What cannot be printed leaves what was there, and says why in a sentence.
func TestReportIsRefused(t *testing.T) {
	dir := t.TempDir()
	data := "--data=" + filepath.Join(dir, "data")
	file := filepath.Join(dir, "report.pdf")
	if err := os.WriteFile(file, []byte("an older one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"nothing collected", nil, []string{"--month", "2024-05"}, "Nothing has been collected yet"},
		{"in Urdu", nil, []string{"--month", "2024-05", "--lang", "ur"}, "معلومات حاصل نہیں"},
		{"a month that cannot be", nil, []string{"--month", "2024-13"}, "2024-13"},
		{"no month", nil, nil, "--month"},
		{"another language", nil, []string{"--month", "2024-05", "--lang", "fr"}, "fr"},
		{"no such department", nil, []string{"--month", "2024-05", "--department", "none"}, "none"},
		{"no folder", nil, []string{"--month", "2024-05", "--out", filepath.Join(dir, "none", "report.pdf")}, "folder"},
		{"no Chromium", []string{"HAMAWAZ_CHROMIUM=" + filepath.Join(dir, "none")}, []string{"--month", "2024-05"}, "HAMAWAZ_CHROMIUM"},
	} {
		args := append([]string{"report", data}, tt.args...)
		if !strings.Contains(strings.Join(tt.args, " "), "--out") {
			args = append(args, "--out", file)
		}
		status, _, stderr := hamawaz(t, tt.env, args...)
		if status == 0 || !strings.Contains(stderr, tt.want) || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
			t.Errorf("%s: status %d, %q, want one sentence with %q", tt.name, status, stderr, tt.want)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "an older one" {
		t.Errorf("the file that was there: %q, %v", b, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestMailSettings(t *testing.T) {
	dir := t.TempDir()
	data := "--data=" + filepath.Join(dir, "data")
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"in the open", []string{"--smtp-host", "mail.example.org", "--smtp-tls", "none", "--smtp-from", "a@b.example"}, "in the open"},
		{"no sender", []string{"--smtp-host", "mail.example.org"}, "HAMAWAZ_SMTP_FROM"},
		{"no such file", []string{"--smtp-host", "mail.example.org", "--smtp-from", "a@b.example", "--smtp-user", "u", "--smtp-password-file", filepath.Join(dir, "none")}, "none"},
		{"unknown policy", []string{"--smtp-host", "mail.example.org", "--smtp-tls", "maybe"}, "maybe"},
	} {
		status, _, stderr := hamawaz(t, nil, append([]string{"up", data, "--listen", "127.0.0.1:0"}, tt.args...)...)
		if status == 0 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: status %d, %q, want %q", tt.name, status, stderr, tt.want)
		}
	}
	// The doctor connects and sends nothing.
	status, out, _ := hamawaz(t, nil, "doctor", data, "--smtp-host", "127.0.0.1", "--smtp-port", "1", "--smtp-from", "a@b.example")
	if status != 1 || !strings.Contains(out, "mail server 127.0.0.1:1") || !strings.Contains(out, "chromium") {
		t.Errorf("doctor: status %d\n%s", status, out)
	}
}
