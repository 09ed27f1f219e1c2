package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/browsertest"
)

// startDemo runs hamawaz demo and returns its address and its folder.
func startDemo(t *testing.T, args ...string) (base, dir string) {
	t.Helper()
	address, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	c := program(ctx, t, append([]string{"demo", "--data", dir, "--listen", address}, args...)...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 20 * time.Second
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := c.Wait(); err != nil && c.ProcessState.ExitCode() != 0 {
			t.Errorf("the demo ended with %v:\n%s", err, &errs)
		}
	})
	return "http://" + address, dir
}

// TestDemoPages opens the pages of a real demo in a real browser: within a
// minute of its start they show figures that workers collected by HTTP.
func TestDemoPages(t *testing.T) {
	began := time.Now()
	base, dir := startDemo(t, "--speed", "30")
	waitForPage(t, base)
	tb := browsertest.Start(t).Tab(t, base)
	tb.Look(1280, false, "en")
	tb.SignIn(demoAdministrator, demoPassword) // whom every page is open to
	// Figures come by themselves: the page is not loaded again.
	for !browsertest.Eval[bool](tb, `/\d/.test(document.querySelector("#kpi-interactions .v")?.textContent ?? "")`) {
		if time.Since(began) > time.Minute {
			t.Fatal("no figure within a minute of the start")
		}
		tb.Wait("new Promise((done) => setTimeout(done, 200))")
	}
	t.Logf("first figure %s after the start", time.Since(began).Round(100*time.Millisecond))
	platforms, err := sandboxSettings{Seed: 1, Modelled: true}.load()
	if err != nil {
		t.Fatal(err)
	}
	accounts := 0
	for _, world := range platforms.worlds() {
		accounts += len(world.Accounts())
	}
	waitForAccounts(t, dir, accounts)

	tb.Open("/posts?sort=interactions")
	post := browsertest.Eval[string](tb, `[...document.querySelectorAll("main a")].map((a) => a.getAttribute("href")).find((h) => /^\/accounts\/[^/]+\/posts\//.test(h))`)
	axe := browsertest.Axe(t, "../..")
	type page struct{ name, path string }
	// The dashboard's own tests look at these in every way.
	for _, page := range []page{
		{"overview", "/"}, {"activity", "/?view=activity"}, {"last-year", "/?compare=year&metric=followers"},
		{"reach", "/reach"}, {"posts", "/posts?sort=interactions"}, {"post", post}, {"collection", "/collection"},
		{"imports", "/imports"}, {"import", "/imports/new"}, {"report", "/report?month=2024-05"}, {"reports", "/reports"},
		{"schedule", "/reports/schedule"}, {"connections", "/connections"},
	} {
		tb.Glance(axe, "demo-"+page.name, page.path)
	}
	for _, page := range []page{
		{"department", "/departments/sao-paulo"}, {"account", "/accounts/instagram-governosp?view=activity"},
		{"youtube", "/accounts/youtube-governosp.sandbox?metric=views"}, {"runs", "/collection/x-cdcgov"}, {"metrics", "/metrics"},
		{"people", "/people"}, {"person", "/people/demo-head"}, {"me", "/me"},
	} {
		tb.Looks(axe, "demo-"+page.name, page.path, nil)
	}
	// The page, the CSV and the command show the same numbers. Posts of
	// February are read once a month by now: nothing moves under our eyes.
	t.Run("query", func(t *testing.T) {
		tb.T = t
		tb.Look(1280, false, "en")
		tb.Open("/?from=2024-02-01&to=2024-02-29")
		shown := browsertest.Eval[string](tb, `document.querySelector("#kpi-interactions .v").textContent`)
		file := browsertest.Eval[string](tb, `fetch("/overview.csv?table=accounts&from=2024-02-01&to=2024-02-29").then((r) => r.text())`)
		rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
		if err != nil || len(rows) != accounts+1 {
			t.Fatalf("CSV: %d rows, %v", len(rows), err)
		}
		inCSV := map[string]string{}
		for _, r := range rows[1:] {
			inCSV[r[0]] = r[4]
		}
		status, out, errs := hamawaz(t, nil, "query", "interactions", "--by", "account", "--from", "2024-02-01", "--to", "2024-03-01", "--data", dir, "--json")
		var answer analytics.Answer
		if err := json.Unmarshal([]byte(out), &answer); status != 0 || err != nil {
			t.Fatalf("query: status %d, %v, %s", status, err, errs)
		}
		var sum float64
		for _, r := range answer.Rows {
			value := ""
			if r.Value != nil {
				value = strconv.FormatFloat(*r.Value, 'f', -1, 64)
				sum += *r.Value
			}
			if inCSV[r.Key] != value {
				t.Errorf("%s: the CSV says %q, query %q", r.Key, inCSV[r.Key], value)
			}
		}
		if got := strings.NewReplacer(",", "", " ", "", "\n", "").Replace(shown); got != strconv.FormatFloat(sum, 'f', -1, 64) || sum == 0 {
			t.Errorf("the page shows %q, the sum of query is %v", shown, sum)
		}
	})
	t.Run("report", func(t *testing.T) {
		tb.T = t
		checkReport(t, dir)
		tb.Look(1280, false, "en")
		// The demo's schedule, now and not in its evening; there is no mail server.
		tb.Open("/reports")
		if _, err := chromedp.RunResponse(tb.Ctx, chromedp.Click(chromedp.CSS(`form.send button`))); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(3 * time.Minute); ; {
			tb.Open("/reports")
			if browsertest.Eval[bool](tb, `document.querySelector("#deliveries table")?.textContent.includes("no mail server is set") ?? false`) {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("the page of reports shows no delivery:\n%s", browsertest.Eval[string](tb, `document.getElementById("runs").innerText`))
			}
			tb.Wait("new Promise((done) => setTimeout(done, 500))")
		}
		tb.Picture("demo-reports-en-1280")
		size := browsertest.Eval[string](tb, `fetch(document.querySelector("#runs a[download]").href).then((r) => r.arrayBuffer()).then((b) => new TextDecoder("latin1").decode(b.slice(0, 5)))`)
		if size != "%PDF-" {
			t.Errorf("the paper that was made begins with %q", size)
		}
	})
}

// waitForPage returns once the dashboard answers.
func waitForPage(t *testing.T, base string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 1500 {
		if resp, err := http.Get(base + "/healthz"); err == nil {
			resp.Body.Close()
			return
		}
		<-tick.C
	}
	t.Fatal("the dashboard does not answer within 30 s")
}

// waitForAccounts returns once so many accounts have been read in full and
// their figures derived.
func waitForAccounts(t *testing.T, dir string, n int) {
	t.Helper()
	s := openRunning(t, dir)
	defer s.Close()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 1200 {
		var done uint64
		err := s.Conn.QueryRow(t.Context(), `SELECT uniqExact(account_id) FROM runs WHERE complete AND account_id IN
			(SELECT account_id FROM account_daily WHERE view = 'life' AND metric = 'interactions' AND day < '2024-02-01')`).Scan(&done)
		if err != nil {
			t.Fatal(err)
		}
		if int(done) >= n {
			return
		}
		<-tick.C
	}
	t.Fatalf("fewer than %d accounts are collected within two minutes", n)
}
