package jobs

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/thumbnail"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// A run that stored posts asks for their pictures once, and the task fetches
// them.
func TestThumbnails(t *testing.T) {
	pictures := httptest.NewServer(sandbox.Pictures())
	defer pictures.Close()
	r := startRedis(t)
	posts := 1
	w := workerOn(t, r, schema.Clock{}, func(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
		now := time.Now().UTC()
		page := collector.Page{Posts: []schema.Post{{AccountID: job.Account.ID, PostID: "p", Platform: schema.Instagram,
			ThumbnailURL: pictures.URL + "/pictures/1f.jpg", PublishedAt: now.Add(-time.Hour), CollectedAt: now}}}
		page.Posts = page.Posts[:posts]
		return "", store(ctx, page)
	})
	collect := func() {
		t.Helper()
		if err := w.Mux().ProcessTask(t.Context(), task(t, func() (*asynq.Task, error) { return NewCollectAccount("a", true) })); err != nil {
			t.Fatal(err)
		}
	}
	asked := func() (n int) {
		for _, x := range pending(t, r, QueueCollect) {
			if x == TypeThumbnails+` {"account":"a"}` {
				n++
			}
		}
		return n
	}
	collect()
	if n := asked(); n != 0 {
		t.Errorf("%d tasks although no pictures are kept here", n)
	}
	w.Pictures = &thumbnail.Keeper{Conn: w.Collector.Conn, Now: w.Clock.Now,
		Fetcher: &thumbnail.Fetcher{Allowed: []string{strings.TrimPrefix(pictures.URL, "http://")}}}
	posts = 0
	collect()
	if n := asked(); n != 0 {
		t.Errorf("%d tasks after a run without posts", n)
	}
	posts = 1
	collect()
	collect()
	if n := asked(); n != 1 {
		t.Errorf("%d tasks after two runs, want one", n)
	}
	for range 2 { // the second has nothing to do
		if err := w.Mux().ProcessTask(t.Context(), task(t, func() (*asynq.Task, error) { return NewThumbnails("a") })); err != nil {
			t.Fatal(err)
		}
	}
	var rows uint64
	if err := w.Collector.Conn.QueryRow(t.Context(), "SELECT count() FROM thumbnails WHERE account_id = 'a' AND post_id = 'p' AND width = 160").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d pictures, error %v; want one", rows, err)
	}
}
