package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/browsertest"
	"github.com/hamawaz/hamawaz/schema/schematest"
	"github.com/xuri/excelize/v2"
)

// A sheet is a table as somebody sees it: the key of a row, the heading of a
// column, and what stands there. What is unknown is "" in files and – on pages.
type sheet map[string]map[string]string

// only leaves the named columns.
func (s sheet) only(names ...string) sheet {
	less := sheet{}
	for key, row := range s {
		less[key] = map[string]string{}
		for _, n := range names {
			less[key][n] = row[n]
		}
	}
	return less
}

// TestSampleEverywhere holds the figures of schematest.Sample, computed by
// hand, against everything that tells them: page, query, CSV and XLSX.
func TestSampleEverywhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("a long enough password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const person = "analyst@office.example"
	if status, _, errs := hamawaz(t, nil, "user", "add", person, "--name", "Analyst", "--password-file", password, "--data", dir); status != 0 {
		t.Fatal(errs)
	}
	base := startUp(t, dir)
	store := openRunning(t, dir)
	schematest.Exec(t, store, schematest.Sample)
	store.Close()

	const may = "from=2024-05-01&to=2024-05-31"
	// Health in May: new 20+2, eve 5+0, hid's 4 comments and unknown reactions.
	// Its April: old 101+12. Police: a 1000+0; nothing in April.
	// Of the rate new and eve count, 27 over 1000 followers each.
	departments := []struct {
		key                                        string
		posts, reactions, comments, interactions   string
		before, change, rate, followers, gained, n string
	}{
		{"health", "3", "25", "6", "27", "113", exact((27.0 - 113) / 113), exact(27.0 / 2000), "1490", "-10", "1"},
		{"police", "1", "1000", "0", "1000", "0", "", "", "9999", "0", "0"},
	}
	want := sheet{}
	for _, d := range departments {
		want[d.key] = map[string]string{"Posts": d.posts, "Reactions": d.reactions, "Comments": d.comments, "Interactions": d.interactions,
			"Interactions, period before": d.before, "Change": d.change, "Engagement rate": d.rate, "Followers": d.followers, "Followers gained": d.gained, "Posts not known": d.n}
	}
	columns := []string{"Posts", "Reactions", "Comments", "Interactions", "Interactions, period before", "Change", "Engagement rate", "Followers", "Followers gained", "Posts not known"}

	t.Run("query", func(t *testing.T) {
		for metric, column := range map[string]string{"posts": "Posts", "reactions": "Reactions", "comments": "Comments", "interactions": "Interactions",
			"engagement_rate": "Engagement rate", "followers": "Followers"} {
			got, unknown := queried(t, dir, metric, "department")
			for key, row := range want {
				if got[key] != row[column] {
					t.Errorf("%s of %s: got %q, want %q", metric, key, got[key], row[column])
				}
				if metric == "interactions" && strconv.FormatUint(unknown[key], 10) != row["Posts not known"] {
					t.Errorf("%s of %s: %d unknown, want %s", metric, key, unknown[key], row["Posts not known"])
				}
			}
		}
	})
	client, err := newBrowser()
	if err != nil {
		t.Fatal(err)
	}
	if err := signIn(t.Context(), client, base, person, "a long enough password"); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"csv", "xlsx"} {
		t.Run(kind, func(t *testing.T) {
			got := fetchSheet(t, client, base+"/overview."+kind+"?table=departments&"+may, "Key")
			if d := cmp.Diff(want, got.only(columns...)); d != "" {
				t.Errorf("departments (-want +got):\n%s", d)
			}
		})
	}

	posts := sheet{}
	for _, p := range []struct{ key, reactions, comments, interactions, rate string }{
		{"new", "20", "2", "22", exact(22.0 / 1000)},
		{"eve", "5", "0", "5", exact(5.0 / 1000)},
		{"hid", "", "4", "", ""},
		{"a", "1000", "0", "1000", ""},
	} {
		posts[p.key] = map[string]string{"Reactions": p.reactions, "Comments": p.comments, "Interactions": p.interactions, "Engagement rate": p.rate}
	}
	t.Run("posts", func(t *testing.T) {
		for _, kind := range []string{"csv", "xlsx"} {
			got := fetchSheet(t, client, base+"/posts."+kind+"?"+may, "Key")
			if d := cmp.Diff(posts, got.only("Reactions", "Comments", "Interactions", "Engagement rate")); d != "" {
				t.Errorf("%s (-want +got):\n%s", kind, d)
			}
		}
		for metric, column := range map[string]string{"reactions": "Reactions", "comments": "Comments", "interactions": "Interactions"} {
			got, _ := queried(t, dir, metric, "post")
			for key, row := range posts {
				account := map[string]string{"new": "h1", "eve": "h1", "hid": "h2", "a": "p1"}[key]
				if got[account+"/"+key] != row[column] {
					t.Errorf("query %s of %s: got %q, want %q", metric, key, got[account+"/"+key], row[column])
				}
			}
		}
	})

	t.Run("pages", func(t *testing.T) {
		tb := browsertest.Start(t).Tab(t, base)
		tb.Look(1280, false, "en")
		tb.SignIn(person, "a long enough password")
		for _, page := range []struct {
			path, table string
			want        sheet
		}{
			{"/?" + may, "#departments", sheet{
				"Health": {"Posts": "3", "Interactions": "27", "Change": "−76.1%", "Engagement rate": "1.35%", "Followers": "1,490", "Unknown (posts)": "1"},
				"Police": {"Posts": "1", "Interactions": "1,000", "Change": "new", "Engagement rate": "–", "Followers": "9,999", "Unknown (posts)": "0"},
			}},
			{"/posts?" + may, "#posts", sheet{
				"new text":     {"Reactions": "20", "Comments": "2", "Interactions": "22", "Rate": "2.20%"},
				"eve text":     {"Reactions": "5", "Comments": "0", "Interactions": "5", "Rate": "0.50%"},
				"hidden likes": {"Reactions": "–", "Comments": "4", "Interactions": "–", "Rate": "–"},
				"police":       {"Reactions": "1,000", "Comments": "0", "Interactions": "1,000", "Rate": "–"},
			}},
		} {
			tb.Open(page.path)
			rows := browsertest.Eval[[][]string](tb, `[...document.querySelectorAll("`+page.table+` tr")].map((r) => [...r.children].map((c) => c.innerText))`)
			got := sheet{}
			for _, r := range rows[1:] {
				name, _, _ := strings.Cut(r[0], "\n")
				got[name] = map[string]string{}
				for i, v := range r {
					got[name][rows[0][i]] = v
				}
			}
			var columns []string
			for _, row := range page.want {
				columns = slices.AppendSeq(columns[:0], maps.Keys(row))
			}
			if d := cmp.Diff(page.want, got.only(columns...)); d != "" {
				t.Errorf("%s (-want +got):\n%s", page.path, d)
			}
		}
	})
}

// startUp runs hamawaz up on the folder and returns its address.
func startUp(t *testing.T, dir string) string {
	t.Helper()
	address, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := program(ctx, t, "up", "--data", dir, "--listen", address)
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
			t.Errorf("up ended with %v:\n%s", err, &errs)
		}
	})
	waitForPage(t, "http://"+address)
	return "http://" + address
}

// exact writes a number as a file has it; a workbook keeps 15 digits.
func exact(v float64) string { return strconv.FormatFloat(v, 'g', 14, 64) }

// queried returns what hamawaz query says of May, by key: "" is unknown.
func queried(t *testing.T, dir, metric, by string) (values map[string]string, unknown map[string]uint64) {
	t.Helper()
	status, out, errs := hamawaz(t, nil, "query", metric, "--by", by, "--from", "2024-05-01", "--to", "2024-06-01", "--data", dir, "--json")
	var answer analytics.Answer
	if err := json.Unmarshal([]byte(out), &answer); status != 0 || err != nil {
		t.Fatalf("query %s: status %d, %v, %s", metric, status, err, errs)
	}
	values, unknown = map[string]string{}, map[string]uint64{}
	for _, r := range answer.Rows {
		values[r.Key], unknown[r.Key] = "", r.Unknown
		if r.Value != nil {
			values[r.Key] = exact(*r.Value)
		}
	}
	return values, unknown
}

// fetchSheet returns a CSV or XLSX file by the column that names its rows.
func fetchSheet(t *testing.T, client *http.Client, address, key string) sheet {
	t.Helper()
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: status %d, %v\n%.300s", address, resp.StatusCode, err, body)
	}
	var rows [][]string
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/csv") {
		rows, err = csv.NewReader(bytes.NewReader(body)).ReadAll()
	} else {
		var f *excelize.File
		if f, err = excelize.OpenReader(bytes.NewReader(body)); err == nil {
			defer f.Close()
			rows, err = f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
		}
	}
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", address, len(rows), err)
	}
	at := slices.Index(rows[0], key)
	if at < 0 {
		t.Fatalf("%s has no column %q: %q", address, key, rows[0])
	}
	s := sheet{}
	for _, r := range rows[1:] {
		row := map[string]string{}
		for i, v := range r { // a row of a workbook ends with its last value
			if n, err := strconv.ParseFloat(v, 64); err == nil {
				v = exact(n)
			}
			row[rows[0][i]] = v
		}
		s[r[at]] = row
	}
	return s
}
