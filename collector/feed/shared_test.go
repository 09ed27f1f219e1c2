package feed

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// answerOf returns the body that a handler answers with.
func answerOf(h http.HandlerFunc, target string) string {
	rec := httptest.NewRecorder()
	h(rec, httptest.NewRequest(http.MethodGet, target, nil))
	return rec.Body.String()
}

// spans returns where the texts and the values of attributes stand.
func spans(doc string) [][2]int {
	var out [][2]int
	for _, loc := range regexp.MustCompile(`>([^<]*)<|="([^"]*)"`).FindAllStringSubmatchIndex(doc, -1) {
		for i := 2; i < len(loc); i += 2 {
			if loc[i] >= 0 {
				out = append(out, [2]int{loc[i], loc[i+1]})
			}
		}
	}
	return out
}

// postsOf returns what would be stored of a document that came at testNow from
// the test account.
func postsOf(doc *document) []schema.Post {
	r := newRun()
	r.add(doc, r.address, testNow)
	return r.page.Posts
}

func newRun() *run {
	c := &Connector{Log: slog.New(slog.DiscardHandler)}
	c.initOnce.Do(c.init)
	address, _ := url.Parse(testAccount.URL)
	return &run{Connector: c, job: collector.Job{Account: testAccount, RunID: "run-1"}, address: address,
		pos: position{Page: 1}, posts: map[string]bool{}, pages: map[string]bool{}}
}

// A website is one of the test's making.
type website struct {
	t    testing.TB
	conn *Connector
	url  string
	now  time.Time

	handler http.HandlerFunc

	left  string    // by the last complete pass
	rest  time.Time // that the last run was told
	pages []collector.Page
}

// serve starts a website; its connector goes nowhere else.
func serve(t testing.TB, h http.HandlerFunc) *website {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	s := &website{t: t, now: testNow, handler: h}
	s.conn = &Connector{BaseURL: srv.URL, Now: func() time.Time { return s.now }, Skew: -1, Log: slog.New(slog.DiscardHandler)}
	s.url = testAccount.URL
	return s
}

// collect does one run, as collector.Collector does it.
func (s *website) collect(depth time.Time) error {
	s.t.Helper()
	s.pages, s.rest = nil, time.Time{}
	account := testAccount
	account.URL = s.url
	left := s.left
	cur, err := s.conn.Collect(s.t.Context(), collector.Job{
		Account: account, RunID: "run-1", Depth: depth, Left: s.left,
		Leave:  func(m string) { left = m },
		OnRest: func(until time.Time) { s.rest = until },
	}, func(_ context.Context, p collector.Page) error {
		s.pages = append(s.pages, p)
		return nil
	})
	if cur == "" && err == nil {
		s.left = left
	}
	return err
}

// must collects a feed that is well and returns the posts.
func (s *website) must(depth time.Time) []schema.Post {
	s.t.Helper()
	if err := s.collect(depth); err != nil {
		s.t.Fatal(err)
	}
	return s.posts()
}

func (s *website) posts() []schema.Post {
	var out []schema.Post
	for _, p := range s.pages {
		out = append(out, p.Posts...)
	}
	return out
}

// rssFeed returns a feed of RSS with the items.
func rssFeed(channel, items string) string {
	return `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" ` +
		`xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" ` +
		`xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><title>Health</title>` +
		`<link>http://health.example/</link>` + channel + items + `</channel></rss>`
}

func discard(context.Context, collector.Page) error { return nil }
