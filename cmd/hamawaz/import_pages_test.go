package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestImportInTheBrowser brings the demo's sample file through the pages of a
// running demo: in two chunks with a break between them, looked at, imported,
// shown, and taken back.
func TestImportInTheBrowser(t *testing.T) {
	base, _ := startDemo(t, "--speed", "1")
	waitForPage(t, base)
	client, err := newBrowser()
	if err != nil {
		t.Fatal(err)
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := func(path string) (int, string) {
		t.Helper()
		resp, err := client.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if to := resp.Header.Get("Location"); to != "" {
			return resp.StatusCode, to
		}
		return resp.StatusCode, string(body)
	}
	token := func(path string) string {
		t.Helper()
		_, body := page(path)
		m := tokenPattern.FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("no token on %s:\n%s", path, body)
		}
		return m[1]
	}
	send := func(method, path, kind string, body []byte, tok string) (int, string, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("X-Token", tok)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		said, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(said), resp.Header.Get("Location")
	}
	const form, bytesOf = "application/x-www-form-urlencoded", "application/octet-stream"
	if status, said, to := send("POST", "/sign-in", form, []byte(url.Values{"token": {token("/sign-in")}, "email": {demoEmail}, "password": {demoPassword}}.Encode()), ""); status != 303 || to != "/" {
		t.Fatalf("sign in: %d %s %s", status, said, to)
	}

	_, sample := page("/imports/sample.csv")
	rows, err := csv.NewReader(strings.NewReader(sample)).ReadAll()
	if err != nil || len(rows) != 6 {
		t.Fatalf("sample: %d rows, %v\n%s", len(rows), err, sample)
	}
	last, err := time.Parse("2006-01-02 15:04", rows[5][1])
	if err != nil {
		t.Fatal(err)
	}
	tok := token("/imports/new")
	begin := url.Values{"platform": {"instagram"}, "map": {"hamawaz"}, "account": {"columns"}, "as_of": {last.AddDate(0, 0, 10).Format(time.DateOnly)}, "name": {"sample.csv"}, "size": {strconv.Itoa(len(sample))}}
	status, said, _ := send("POST", "/imports/uploads", form, []byte(begin.Encode()), tok)
	var upload struct{ Upload string }
	if status != 201 || json.Unmarshal([]byte(said), &upload) != nil {
		t.Fatalf("begin: %d %s", status, said)
	}
	chunk := func(from, to, want int) {
		t.Helper()
		if status, said, _ := send("PUT", fmt.Sprintf("%s/0?offset=%d", upload.Upload, from), bytesOf, []byte(sample[from:to]), tok); status != want {
			t.Fatalf("chunk at %d: %d %s, want %d", from, status, said, want)
		}
	}
	chunk(0, 200, 200)
	chunk(300, len(sample), 409) // the line was cut: what came between is missing
	if _, said := page(upload.Upload + "/0"); said != `{"size":200}` {
		t.Fatalf("after the break: %s", said)
	}
	chunk(200, len(sample), 200)

	// until asks for the page until it holds the words, or leads on.
	until := func(path, words string) string {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		var body string
		for range 400 {
			if _, body = page(path); strings.Contains(body, words) {
				return body
			}
			<-tick.C
		}
		t.Fatalf("%s never says %q:\n%s", path, words, body)
		return ""
	}
	preview := until(upload.Upload, "Import?")
	for _, want := range []string{"Below zero.", "The date cannot be", "2024-02-30", "HamawazSmp1", "2,300"} {
		if !strings.Contains(preview, want) {
			t.Errorf("preview lacks %q:\n%s", want, preview)
		}
	}
	if status, said, to := send("POST", upload.Upload+"/import", form, nil, tok); status != 303 {
		t.Fatalf("start: %d %s %s", status, said, to)
	}
	address := until(upload.Upload, "/imports/import-")
	address, _, _ = strings.Cut(address, "?")
	_, result := page(address)
	plain := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(result, " ")
	for _, want := range []string{"of  5  rows", "710", "36", "unknown in  2", "Whole row"} { // 120+310+75+205 reactions, 14+22 comments
		if !strings.Contains(plain, want) {
			t.Errorf("result lacks %q:\n%s", want, plain)
		}
	}
	if _, file := page(address + "/refusals.csv"); strings.Count(file, "\n") != 3 || !strings.Contains(file, "'-3") {
		t.Errorf("refusals:\n%s", file)
	}
	account := regexp.MustCompile(`/accounts/([^"/]+)"`).FindStringSubmatch(result)
	if account == nil {
		t.Fatalf("no account on the page:\n%s", result)
	}
	post := "/accounts/" + account[1] + "/posts/HamawazSmp1"
	if status, body := page(post); status != 200 || !strings.Contains(body, "Made up, for trying the import") {
		t.Errorf("post: %d\n%s", status, body)
	}

	// A figure typed in for it stays when the import goes: so does its post.
	typed := url.Values{"day": {last.AddDate(0, 0, 12).Format(time.DateOnly)}, "clock": {"09:00"}, "reactions": {"150"}}
	if status, said, to := send("POST", post+"/figures", form, []byte(typed.Encode()), tok); status != 303 {
		t.Fatalf("typed figures: %d %s %s", status, said, to)
	}
	if _, body := page(post); !strings.Contains(body, "typed in by Demo analyst") {
		t.Errorf("post with a typed figure:\n%s", body)
	}

	if status, body := page(address + "/undo"); status != 200 || !strings.Contains(body, "Take all of it back?") {
		t.Fatalf("undo asks: %d\n%s", status, body)
	}
	if status, said, _ := send("POST", address+"/undo", form, nil, tok); status != 303 {
		t.Fatalf("undo: %d %s", status, said)
	}
	until(address, "was taken back")
	if status, _ := page("/accounts/" + account[1] + "/posts/HamawazSmp2"); status != 404 {
		t.Errorf("a post of an import that was taken back: got %d, want 404", status)
	}
	if status, _ := page(post); status != 200 {
		t.Errorf("a post that a typed figure tells of: got %d, want 200", status)
	}
}
