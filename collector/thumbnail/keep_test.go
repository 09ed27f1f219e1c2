package thumbnail

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestMain(m *testing.M) { schematest.Main(m) }

// shelf is a store with posts, and a keeper whose clock the test drives.
type shelf struct {
	*Keeper
	store *schema.Store
	now   time.Time
}

func newShelf(t *testing.T, allowed string) *shelf {
	t.Helper()
	s := &shelf{store: schematest.Open(t), now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	s.Keeper = &Keeper{Conn: s.store.Conn, Fetcher: &Fetcher{Allowed: []string{allowed}}, Now: func() time.Time { return s.now }}
	return s
}

// post stores a post of account a.
func (s *shelf) post(t *testing.T, id, url string, published time.Time, change func(*schema.Post)) {
	t.Helper()
	p := schema.Post{AccountID: "a", PostID: id, Platform: schema.TikTok, ThumbnailURL: url, PublishedAt: published, CollectedAt: s.now}
	if change != nil {
		change(&p)
	}
	if err := collector.InsertPosts(t.Context(), s.Conn, []schema.Post{p}); err != nil {
		t.Fatal(err)
	}
}

func (s *shelf) keep(t *testing.T, kept, failed int) {
	t.Helper()
	gotKept, gotFailed, err := s.Keep(t.Context(), "a")
	if err != nil || gotKept != kept || gotFailed != failed {
		t.Errorf("Keep: %d kept, %d failed, error %v; want %d and %d", gotKept, gotFailed, err, kept, failed)
	}
}

func (s *shelf) rows(t *testing.T) map[string]schema.Thumbnail {
	t.Helper()
	var all []schema.Thumbnail
	if err := s.Conn.Select(t.Context(), &all, "SELECT * FROM thumbnails FINAL"); err != nil {
		t.Fatal(err)
	}
	out := map[string]schema.Thumbnail{}
	for _, row := range all {
		out[row.PostID] = row
	}
	return out
}

// The newest posts come first, sixty at a time, each once.
func TestKeepNewestFirst(t *testing.T) {
	server := httptest.NewServer(sandbox.Pictures())
	defer server.Close()
	s := newShelf(t, server.Listener.Addr().String())
	for i := range 70 {
		s.post(t, fmt.Sprint(i), fmt.Sprintf("%s/pictures/%x.jpg", server.URL, i), s.now.Add(-time.Duration(i)*time.Hour), nil)
	}
	s.post(t, "none", "", s.now, nil)
	s.post(t, "gone", server.URL+"/pictures/1.jpg", s.now, func(p *schema.Post) { p.DeletedAt = &s.now })
	s.post(t, "other", server.URL+"/pictures/1.jpg", s.now, func(p *schema.Post) { p.AccountID = "b" })
	s.keep(t, 60, 0)
	rows := s.rows(t)
	for _, id := range []string{"0", "59"} {
		if row := rows[id]; row.Image == "" || row.MediaType != MediaType || row.Width != 160 || row.Height != 90 || row.Error != "" || row.Tries != 0 || !row.FetchedAt.Equal(s.now) {
			t.Errorf("picture of %s: %d bytes, %+v", id, len(row.Image), row.Error)
		}
	}
	s.keep(t, 10, 0)
	s.keep(t, 0, 0)
	if n := len(s.rows(t)); n != 70 {
		t.Errorf("%d pictures of 70 posts", n)
	}
}

// What fails is noted and tried three times more, later each time, by the link
// of then.
func TestKeepTriesAgain(t *testing.T) {
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/expired", func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "expired", http.StatusForbidden)
	})
	mux.Handle("/pictures/", sandbox.Pictures())
	server := httptest.NewServer(mux)
	defer server.Close()
	s := newShelf(t, server.Listener.Addr().String())
	for _, id := range []string{"renewed", "lost"} {
		s.post(t, id, server.URL+"/expired", s.now, nil)
	}
	s.keep(t, 0, 2)
	if row := s.rows(t)["lost"]; row.Error != "status 403" || row.Tries != 1 || row.Image != "" {
		t.Errorf("after one try: %+v", row)
	}
	s.now = s.now.Add(59 * time.Minute)
	s.keep(t, 0, 0)
	s.now = s.now.Add(time.Minute)
	s.post(t, "renewed", server.URL+"/pictures/7.jpg", s.now, nil)
	s.keep(t, 1, 1)
	if row := s.rows(t)["renewed"]; row.Width != 160 || row.Error != "" {
		t.Errorf("by the new link: %+v", row.Error)
	}
	for _, wait := range []time.Duration{4 * time.Hour, 16 * time.Hour} {
		s.now = s.now.Add(wait - time.Minute)
		s.keep(t, 0, 0)
		s.now = s.now.Add(time.Minute)
		s.keep(t, 0, 1)
	}
	s.now = s.now.Add(1000 * time.Hour)
	s.keep(t, 0, 0)
	if n, row := asked.Load(), s.rows(t)["lost"]; n != 5 || row.Tries != 4 {
		t.Errorf("asked %d times, %d tries of the lost one; want 5 and 4", n, row.Tries)
	}
}

// Our own stop says nothing of a picture: it is not noted.
func TestKeepStopped(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}))
	defer server.Close()
	s := newShelf(t, server.Listener.Addr().String())
	s.post(t, "p", server.URL+"/", s.now, nil)
	if kept, failed, err := s.Keep(stopped, "a"); err == nil || kept+failed != 0 {
		t.Errorf("Keep: %d kept, %d failed, error %v", kept, failed, err)
	}
	if rows := s.rows(t); len(rows) != 0 {
		t.Errorf("noted: %+v", rows)
	}
}
