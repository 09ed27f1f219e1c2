package feed_test

import (
	"compress/gzip"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/feed"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
)

const (
	blog     = "/feeds/khabar/feed/"
	newsroom = "/feeds/newsroom/atom.xml"
	radio    = "/feeds/radio/podcast.xml"
)

func start(t *testing.T) (*sandboxtest.Feed, *sandboxtest.Clock) {
	clock := sandboxtest.NewClock(june)
	return sandboxtest.StartFeed(t, feed.Options{Now: clock.Now}), clock
}

// get asks for a path with headers in pairs, and follows no redirect.
func get(t *testing.T, s *sandboxtest.Feed, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var in io.Reader = resp.Body
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if in, err = gzip.NewReader(in); err != nil {
			t.Fatal(err)
		}
	}
	body, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// Every page is well-formed XML and has the items that are out, newest first.
func TestPages(t *testing.T) {
	s, _ := start(t)
	for path, sizes := range map[string][]int{
		blog: {10, 10}, blog + "?paged=2": {10, 10}, newsroom: {10, 10}, newsroom + "?page=3": {10, 10}, radio: {20, 24},
	} {
		resp, body := get(t, s, path)
		items := strings.Count(body, "<item>") + strings.Count(body, "<entry>")
		if resp.StatusCode != http.StatusOK || items < sizes[0] || items > sizes[1] {
			t.Errorf("%s: status %d, %d items, want %v", path, resp.StatusCode, items, sizes)
		}
		d := xml.NewDecoder(strings.NewReader(body))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v", path, err)
				break
			}
		}
	}
	if _, body := get(t, s, newsroom+"?page=100"); strings.Contains(body, "<entry>") {
		t.Error("the newsroom has a hundred pages")
	}
	for path, want := range map[string]int{blog + "?paged=100": 404, "/feeds/nobody/feed/": 404, "/": 404, "/feeds/radio/other.xml": 404, "/feeds/radio/": 200} {
		if resp, body := get(t, s, path); resp.StatusCode != want || !strings.Contains(body, "<html>") {
			t.Errorf("%s: status %d, want %d and a page for people", path, resp.StatusCode, want)
		}
	}
	if _, body := get(t, s, "/feeds/newsroom/"); !strings.Contains(body, `<link rel="alternate" type="application/atom+xml" href="/feeds/newsroom/atom.xml">`) {
		t.Errorf("the newsroom's page does not lead to its feed: %s", body)
	}
}

func TestNotModified(t *testing.T) {
	s, clock := start(t)
	for _, path := range []string{blog, newsroom, radio} {
		clock.Set(june)
		resp, body := get(t, s, path)
		tag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
		if tag == "" || modified == "" || body == "" {
			t.Fatalf("%s: ETag %q, Last-Modified %q", path, tag, modified)
		}
		for _, headers := range [][]string{{"If-None-Match", tag}, {"If-None-Match", `"x", W/` + strings.TrimPrefix(tag, "W/")}, {"If-Modified-Since", modified}} {
			if resp, body := get(t, s, path, headers...); resp.StatusCode != http.StatusNotModified || body != "" || resp.Header.Get("ETag") != tag {
				t.Errorf("%s with %v: status %d, %d bytes", path, headers, resp.StatusCode, len(body))
			}
		}
		if resp, _ := get(t, s, path, "If-None-Match", `"other"`, "If-Modified-Since", modified); resp.StatusCode != http.StatusOK {
			t.Errorf("%s with another ETag and the right date: status %d, want 200", path, resp.StatusCode)
		}
		clock.Advance(30 * 24 * time.Hour)
		if resp, _ := get(t, s, path, "If-None-Match", tag); resp.StatusCode != http.StatusOK || resp.Header.Get("ETag") == tag {
			t.Errorf("%s a month later: status %d", path, resp.StatusCode)
		}
	}
}

// New comments change the blog's feed, but not its validators.
func TestBlogCommentsAreNoChange(t *testing.T) {
	s, clock := start(t)
	before, old := get(t, s, blog)
	clock.Advance(40 * time.Minute)
	after, text := get(t, s, blog)
	for after.Header.Get("ETag") != before.Header.Get("ETag") || old == text {
		clock.Advance(40 * time.Minute)
		before, old = after, text
		if after, text = get(t, s, blog); clock.Now().After(june.Add(10 * 24 * time.Hour)) {
			t.Fatal("in ten days no comment came without an item")
		}
	}
}

func TestFaults(t *testing.T) {
	s, _ := start(t)
	s.Faults.Kill("khabar")
	s.Faults.Lose("radio")
	s.Faults.Move("newsroom")
	for path, want := range map[string]int{blog: 410, radio: 404, newsroom: 301, newsroom + "moved/": 200} {
		if resp, _ := get(t, s, path); resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, resp.StatusCode, want)
		}
	}
	if resp, _ := get(t, s, newsroom+"?page=2"); resp.Header.Get("Location") != newsroom+"moved/?page=2" {
		t.Errorf("moved to %q", resp.Header.Get("Location"))
	}
	s.Faults.Clear()
	if resp, _ := get(t, s, newsroom+"moved/"); resp.StatusCode != 404 {
		t.Errorf("after all is right: status %d at the new place, want 404", resp.StatusCode)
	}
	s.Faults.Spoil(feed.Windows1256().At(feed.OnFeed("khabar")), sandbox.CutBody(10).At(feed.OnFeed("radio")))
	if _, body := get(t, s, radio); len(body) != 10 {
		t.Errorf("cut body has %d bytes", len(body))
	}
	if resp, body := get(t, s, blog); !strings.Contains(resp.Header.Get("Content-Type"), "windows-1256") || !strings.Contains(body, `encoding="windows-1256"`) || strings.Contains(body, "خبر") {
		t.Errorf("Windows-1256: %s, %.100q", resp.Header.Get("Content-Type"), body)
	}
	s.Faults.Spoil(sandbox.Drip(time.Microsecond))
	if _, body := get(t, s, blog); !strings.HasSuffix(body, "</rss>\n") {
		t.Error("a slow answer is not whole")
	}
	if s.Faults.Pending() != 0 {
		t.Errorf("%d faults are left", s.Faults.Pending())
	}
}
