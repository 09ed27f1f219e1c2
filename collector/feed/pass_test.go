package feed

import (
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
)

const oneItem = `<item><guid>a</guid><title>A</title><pubDate>Mon, 05 Oct 2026 09:30:00 GMT</pubDate></item>`

// TestConditional follows the validators from pass to pass: they go back as
// they came, "not modified" completes a pass without a row, and neither a
// deeper pass nor one after FullEvery asks with them.
func TestConditional(t *testing.T) {
	const tag, modified = `W/"abc\"`, "Mon, 05 Oct 2026 09:30:00 GMT"
	var asked []string
	changed := false
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match")+"|"+r.Header.Get("If-Modified-Since"))
		w.Header().Set("ETag", tag)
		w.Header().Set("Last-Modified", modified)
		if r.Header.Get("If-None-Match") == tag && !changed {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, rssFeed("", oneItem))
	})
	week := testNow.Add(-7 * 24 * time.Hour)

	if n := len(s.must(week)); n != 1 {
		t.Fatalf("first pass: %d posts, want 1", n)
	}
	s.now = s.now.Add(time.Hour)
	posts := s.must(testNow.Add(-24 * time.Hour))
	if len(posts) != 0 || len(s.pages) != 1 || len(s.pages[0].Profiles) != 0 || len(s.pages[0].Observations) != 0 || s.pages[0].Calls != 1 {
		t.Errorf("not modified: pages %+v, want one without a row, of one call", s.pages)
	}
	if raw := s.pages[0].Raw; len(raw) != 1 || raw[0].Status != http.StatusNotModified {
		t.Errorf("not modified: stored answers %+v, want the 304", raw)
	}
	changed = true
	if n := len(s.must(week)); n != 1 {
		t.Errorf("changed: %d posts, want 1", n)
	}
	changed = false
	s.must(week.Add(-24 * time.Hour)) // deeper than what was read
	s.now = s.now.Add(DefaultFullEvery)
	s.must(week)
	want := []string{"|", tag + "|" + modified, tag + "|" + modified, "|", "|"}
	if d := cmp.Diff(want, asked); d != "" {
		t.Errorf("validators that were sent (-want +got):\n%s", d)
	}
}

// A pass that fails leaves what the one before it left.
func TestValidatorsOutliveFailures(t *testing.T) {
	var status int
	var asked string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("If-None-Match")
		w.Header().Set("ETag", `"1"`)
		switch status {
		case 0:
			fmt.Fprint(w, rssFeed("", oneItem))
		case http.StatusOK:
			fmt.Fprint(w, "<!DOCTYPE html><html><body>Under maintenance</body></html>")
		default:
			w.WriteHeader(status)
		}
	})
	s.must(time.Time{})
	for _, status = range []int{http.StatusOK, http.StatusInternalServerError, http.StatusBadGateway} {
		if err := s.collect(time.Time{}); collector.OutcomeOf(err) != collector.OutcomeRetry {
			t.Errorf("status %d: %v, want a retry", status, err)
		}
		if len(s.posts()) != 0 {
			t.Errorf("status %d: posts are stored", status)
		}
	}
	if asked != `"1"` {
		t.Errorf("after failures the feed is asked with %q, want the validator", asked)
	}
	// A person gave the account another address: what was left is about the old.
	status, s.url = 0, "http://health.example/other/"
	s.must(time.Time{})
	if asked != "" {
		t.Errorf("another address is asked with %q, want no validator", asked)
	}
}

func TestStatuses(t *testing.T) {
	tests := []struct {
		status int
		header [2]string
		want   collector.Outcome
		wait   time.Duration
	}{
		{http.StatusTooManyRequests, [2]string{"Retry-After", "120"}, collector.OutcomeWait, 2 * time.Minute},
		{http.StatusTooManyRequests, [2]string{"Retry-After", testNow.Add(90 * time.Second).Format(http.TimeFormat)}, collector.OutcomeWait, 90 * time.Second},
		{http.StatusTooManyRequests, [2]string{}, collector.OutcomeWait, time.Hour},
		{http.StatusServiceUnavailable, [2]string{"Retry-After", "30"}, collector.OutcomeWait, 30 * time.Second},
		{http.StatusServiceUnavailable, [2]string{}, collector.OutcomeRetry, 0},
		{http.StatusUnauthorized, [2]string{}, collector.OutcomeReconnect, 0},
		{http.StatusForbidden, [2]string{}, collector.OutcomeFixRequest, 0},
		{http.StatusNotAcceptable, [2]string{}, collector.OutcomeFixRequest, 0},
		{http.StatusRequestTimeout, [2]string{}, collector.OutcomeRetry, 0},
		{http.StatusGone, [2]string{}, collector.OutcomeGone, 0},
		{http.StatusNotFound, [2]string{}, collector.OutcomeFixRequest, 0}, // never read before
		{http.StatusNoContent, [2]string{}, collector.OutcomeRetry, 0},
		{http.StatusNotModified, [2]string{}, collector.OutcomeRetry, 0}, // nobody asked
		{http.StatusMultipleChoices, [2]string{}, collector.OutcomeRetry, 0},
		{http.StatusInternalServerError, [2]string{}, collector.OutcomeRetry, 0},
	}
	for _, tt := range tests {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if tt.header[0] != "" {
				w.Header().Set(tt.header[0], tt.header[1])
			}
			w.WriteHeader(tt.status)
		})
		err := s.collect(time.Time{})
		if got := collector.OutcomeOf(err); got != tt.want {
			t.Errorf("status %d: outcome %q of %v, want %q", tt.status, got, err, tt.want)
		}
		if limit, ok := errors.AsType[*collector.RateLimitError](err); ok && limit.RetryAfter != tt.wait {
			t.Errorf("status %d, %s: wait %s, want %s", tt.status, tt.header[1], limit.RetryAfter, tt.wait)
		}
	}
}

// A feed that is not found has some days to come back.
func TestNotFoundForDays(t *testing.T) {
	lost := false
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if lost {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, rssFeed("", oneItem))
	})
	s.must(time.Time{})
	lost = true
	for _, tt := range []struct {
		after time.Duration
		want  collector.Outcome
	}{{time.Hour, collector.OutcomeRetry}, {71 * time.Hour, collector.OutcomeRetry}, {73 * time.Hour, collector.OutcomeGone}} {
		s.now = testNow.Add(tt.after)
		if err := s.collect(time.Time{}); collector.OutcomeOf(err) != tt.want {
			t.Errorf("not found after %s: %v, want %q", tt.after, err, tt.want)
		}
		if tt.want == collector.OutcomeRetry && !s.rest.Equal(s.now.Add(time.Hour)) {
			t.Errorf("not found after %s: rest until %s, want an hour", tt.after, s.rest)
		}
	}
	lost, s.now = false, testNow.Add(74*time.Hour)
	s.must(time.Time{})
}

func TestRedirects(t *testing.T) {
	var asked []string
	back := false
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host+r.URL.Path)
		switch r.Host + r.URL.Path {
		case "health.example/feed/":
			if back {
				fmt.Fprint(w, rssFeed("", oneItem))
				return
			}
			http.Redirect(w, r, "/new/", http.StatusMovedPermanently)
		case "health.example/new/":
			if back {
				http.NotFound(w, r)
				return
			}
			http.Redirect(w, r, "https://www.health.example/newer/", http.StatusPermanentRedirect)
		case "www.health.example/newer/":
			http.Redirect(w, r, "http://cdn.example/today/", http.StatusFound)
		case "cdn.example/today/":
			fmt.Fprint(w, rssFeed("", oneItem))
		case "health.example/away/":
			http.Redirect(w, r, "http://elsewhere.example/rss", http.StatusMovedPermanently)
		case "elsewhere.example/rss":
			fmt.Fprint(w, rssFeed("", oneItem))
		case "health.example/ftp/":
			w.Header().Set("Location", "ftp://health.example/feed")
			w.WriteHeader(http.StatusFound)
		case "health.example/password/":
			w.Header().Set("Location", "http://user:pass@health.example/feed/")
			w.WriteHeader(http.StatusFound)
		case "health.example/loop/":
			http.Redirect(w, r, "/loop/", http.StatusFound)
		}
	})
	s.must(time.Time{})
	if calls := s.pages[0].Calls; calls != 4 {
		t.Errorf("%d calls are counted, want 4", calls)
	}
	if h := s.pages[0].Profiles[0].Handle; h != "health.example-newer" {
		t.Errorf("handle after the move is %q, want health.example-newer", h)
	}
	// From the last of those that are for good, and no further.
	asked = nil
	s.must(time.Time{})
	if d := cmp.Diff([]string{"www.health.example/newer/", "cdn.example/today/"}, asked); d != "" {
		t.Errorf("asked after the move (-want +got):\n%s", d)
	}

	// A site that is not where it said that it went is asked at the old place.
	s = serve(t, s.handler)
	s.must(time.Time{})
	s.left = strings.Replace(s.left, "https://www.health.example/newer/", "http://health.example/new/", 1)
	back = true
	s.must(time.Time{})
	back = false

	for _, tt := range []struct {
		path string
		want collector.Outcome
	}{{"ftp", collector.OutcomeFixRequest}, {"password", collector.OutcomeFixRequest}, {"loop", collector.OutcomeRetry}} {
		s.url, s.left = "http://health.example/"+tt.path+"/", ""
		if err := s.collect(time.Time{}); collector.OutcomeOf(err) != tt.want || strings.Contains(err.Error(), "user:pass") {
			t.Errorf("redirect to %s: %v, want %q and no password", tt.path, err, tt.want)
		}
	}

	// Another site is followed, but not taken for the account's.
	s.url, s.left = "http://health.example/away/", ""
	s.must(time.Time{})
	asked = nil
	s.must(time.Time{})
	if len(asked) != 2 || s.pages[0].Profiles[0].Handle != "elsewhere.example" {
		t.Errorf("asked %v, handle %q: want the old address first, and the new handle", asked, s.pages[0].Profiles[0].Handle)
	}
}

func TestRest(t *testing.T) {
	// testNow is a Tuesday, 12:00 GMT.
	at := func(h, m int) time.Time { return time.Date(2026, 10, 6, h, m, 0, 0, time.UTC) }
	tests := []struct {
		name, channel string
		cache         string
		want          time.Time
	}{
		{"no wish", "", "", time.Time{}},
		{"ttl", "<ttl>90</ttl>", "", at(13, 30)},
		{"max-age", "", "public, max-age=7200", at(14, 0)},
		{"the longer of the two", "<ttl>90</ttl>", "max-age=60", at(13, 30)},
		{"syndication", "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", "", at(18, 0)},
		{"a year", "<sy:updatePeriod>yearly</sy:updatePeriod>", "max-age=31536000", at(36, 0)},
		{"no-cache", "", "no-cache, max-age=7200", time.Time{}},
		{"nonsense", "<ttl>soon</ttl>", "max-age=-5", time.Time{}},
		{"hours to skip", "<skipHours><hour>13</hour><hour>14</hour></skipHours>", "", at(15, 0)},
		{"days to skip", "<skipDays><day>Tuesday</day><day>Wednesday</day></skipDays>", "", at(48, 0)},
		{"every hour", "<ttl>90</ttl><skipDays><day>Monday</day><day>Tuesday</day><day>Wednesday</day><day>Thursday</day><day>Friday</day><day>Saturday</day><day>Sunday</day></skipDays>", "", at(13, 30)},
	}
	for _, tt := range tests {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			if tt.cache != "" {
				w.Header().Set("Cache-Control", tt.cache)
			}
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, rssFeed(tt.channel, oneItem))
		})
		// The second answer has no body, and the wish holds on.
		for _, which := range []string{"feed", "not modified"} {
			s.must(time.Time{})
			if !s.rest.Equal(tt.want) {
				t.Errorf("%s, %s: rest until %s, want %s", tt.name, which, s.rest, tt.want)
			}
		}
	}
}

// TestPaging: pages are read until one has nothing as young as the depth; what
// is not there is the end, and what leads in circles too.
func TestPaging(t *testing.T) {
	item := func(n int) string {
		return fmt.Sprintf(`<item><guid>%d</guid><pubDate>%s</pubDate></item>`, n, testNow.Add(-time.Duration(n)*24*time.Hour).Format(time.RFC1123Z))
	}
	const generator = "<generator>https://wordpress.org/?v=6</generator>"
	wordpress := func(beyond http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			n := 0
			fmt.Sscan(r.URL.Query().Get("paged"), &n)
			if n > 3 {
				beyond(w, r)
				return
			}
			n = max(n, 1)
			fmt.Fprint(w, rssFeed(generator, item(2*n-1)+item(2*n)))
		}
	}
	linked := func(next string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "p=2" {
				fmt.Fprint(w, rssFeed(`<atom:link rel="next" href="`+next+`"/>`, item(3)))
				return
			}
			if r.URL.RawQuery != "" {
				http.NotFound(w, r)
				return
			}
			fmt.Fprint(w, rssFeed(`<atom:link rel="self" href="/feed/"/><atom:link rel="next" href="/feed/?p=2"/>`, item(1)+item(2)))
		}
	}
	tests := []struct {
		name  string
		site  http.HandlerFunc
		days  int // of depth
		posts int
		pages int
	}{
		{"WordPress to its end", wordpress(http.NotFound), 100, 6, 4},
		{"WordPress to the depth", wordpress(http.NotFound), 3, 6, 3},
		{"WordPress, the first page alone", wordpress(http.NotFound), 0, 2, 1},
		{"WordPress that shows its last page again", wordpress(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, rssFeed(generator, item(5)+item(6)))
		}), 100, 6, 4},
		{"WordPress that leads home", wordpress(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://health.example/index.html?paged=x", http.StatusFound)
		}), 100, 6, 4},
		{"links", linked("/feed/?p=3"), 100, 3, 3},
		{"links in a circle", linked("/feed/"), 100, 3, 2},
		{"link to another site", linked("http://other.example/feed/?p=3"), 100, 3, 2},
		{"link to a file", linked("file:///etc/passwd"), 100, 3, 2},
	}
	for _, tt := range tests {
		site := tt.site
		if strings.Contains(tt.name, "leads home") {
			pages := site
			site = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/index.html" {
					fmt.Fprint(w, "<html><body>Welcome</body></html>")
					return
				}
				pages(w, r)
			}
		}
		s := serve(t, site)
		posts := s.must(testNow.Add(-time.Duration(tt.days) * 24 * time.Hour))
		if len(posts) != tt.posts || len(s.pages) != tt.pages {
			t.Errorf("%s: %d posts on %d pages, want %d on %d", tt.name, len(posts), len(s.pages), tt.posts, tt.pages)
		}
	}
}

// TestFirstSight: an item without a date keeps the moment at which it was first
// seen from pass to pass.
func TestFirstSight(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, rssFeed("", "<item><guid>a</guid><title>A</title></item>"))
	})
	first := s.must(time.Time{})
	s.now = s.now.Add(30 * 24 * time.Hour)
	again := s.must(time.Time{})
	if !first[0].PublishedAt.Equal(testNow) || !again[0].PublishedAt.Equal(testNow) {
		t.Errorf("published %s, then %s, want %s both times", first[0].PublishedAt, again[0].PublishedAt, testNow)
	}
}

func TestBodies(t *testing.T) {
	small := rssFeed("", oneItem)
	zip := func(w http.ResponseWriter, parts ...string) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for _, p := range parts {
			fmt.Fprint(z, p)
		}
		z.Close()
	}
	spaces := strings.Repeat(" ", DefaultMaxBody)
	tests := []struct {
		name string
		site http.HandlerFunc
		fine bool
	}{
		{"gzip", func(w http.ResponseWriter, _ *http.Request) { zip(w, small) }, true},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request) { zip(w, small, spaces) }, false},
		{"huge", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, small, spaces) }, false},
		{"just below the limit", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, small, spaces[len(small):]) }, true},
		{"cut gzip", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte("\x1f\x8b\x08\x00\x00"))
		}, false},
		{"unknown encoding", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			fmt.Fprint(w, small)
		}, false},
	}
	for _, tt := range tests {
		s := serve(t, tt.site)
		err := s.collect(time.Time{})
		if tt.fine && (err != nil || len(s.posts()) != 1) {
			t.Errorf("%s: %d posts, error %v, want one post", tt.name, len(s.posts()), err)
		}
		if !tt.fine && (collector.OutcomeOf(err) != collector.OutcomeRetry || len(s.posts()) != 0) {
			t.Errorf("%s: %d posts, error %v, want none and a retry", tt.name, len(s.posts()), err)
		}
	}
}

// A cursor that is not ours begins a new pass; addresses that are none are
// refused before anybody is asked.
func TestCursorsAndAddresses(t *testing.T) {
	asked := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		fmt.Fprint(w, rssFeed("", oneItem))
	})
	for _, cur := range []collector.Cursor{"nonsense", "{}", `{"page":2,"next":"file:///etc/passwd"}`, `{"page":2,"next":"http://other.example/","memo":{"account":"x"}}`} {
		got, err := s.conn.Collect(t.Context(), collector.Job{Account: testAccount, Cursor: cur}, discard)
		if got != "" || err != nil {
			t.Errorf("cursor %q: got %q, %v, want a complete pass", cur, got, err)
		}
	}
	asked = 0
	for _, address := range []string{"", "health.example/feed", "ftp://health.example/feed", "file:///etc/passwd", "http://user:secret@health.example/feed", "http://", "http://[::1", "https://%zz/"} {
		s.url = address
		if err := s.collect(time.Time{}); collector.OutcomeOf(err) != collector.OutcomeFixRequest || strings.Contains(err.Error(), "secret") {
			t.Errorf("address %q: %v, want a request to be fixed, and no secret", address, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests were sent to addresses that are none", asked)
	}
}
