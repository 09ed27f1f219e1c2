package jobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// onX is a platform that is asked for posts.
type onX struct {
	asked map[schema.AccountID]int
	limit schema.AccountID // whose posts are refused for now
}

func (*onX) Collect(context.Context, collector.Job, collector.Store) (collector.Cursor, error) {
	return "", errors.New("nobody collects here")
}

func (x *onX) Missing(_ context.Context, job collector.Job, posts []schema.Post) (map[string]schema.Absence, int, error) {
	x.asked[job.Account.ID] += len(posts)
	if job.Account.ID == x.limit {
		return nil, 1, &collector.RateLimitError{RetryAfter: time.Hour}
	}
	return map[string]schema.Absence{"gone": schema.AbsenceGone}, 1, nil
}

func TestTermsAreKept(t *testing.T) {
	o := openOffice(t, []string{"reader"}, []string{""})
	writer := collector.NewWriter(o.Directory.Store.Conn)
	defer writer.Close()
	x := &onX{asked: map[schema.AccountID]int{}}
	o.Collector = &collector.Collector{Conn: o.Directory.Store.Conn, Writer: writer, Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler),
		Connectors: map[schema.Platform]collector.Connector{schema.X: x, schema.YouTube: x}, Forget: map[schema.Platform]bool{schema.X: true}}
	o.Terms = Terms{schema.X: 24 * time.Hour}
	var page collector.Page
	for _, id := range []schema.AccountID{"x-a", "x-b", "yt"} {
		platform := schema.X
		if id == "yt" {
			platform = schema.YouTube
		}
		if err := o.Directory.SaveAccount(t.Context(), schema.Account{ID: id, Platform: platform, Status: schema.StatusApproved, Version: schema.Version{ChangedBy: "test"}}); err != nil {
			t.Fatal(err)
		}
		for _, post := range []string{"gone", "there"} {
			page.Posts = append(page.Posts, schema.Post{AccountID: id, PostID: post, NativeID: post, Platform: platform, Text: "text", PublishedAt: o.now.Add(-time.Hour), CollectedAt: o.now})
		}
	}
	if err := writer.Store(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	keep := func(after time.Duration) error {
		o.setClock(o.now.Add(after))
		return o.Mux().ProcessTask(t.Context(), task(t, NewKeepTerms))
	}
	if err := keep(23 * time.Hour); err != nil || len(x.asked) != 0 {
		t.Fatalf("asked for %v after 23 hours, %v", x.asked, err)
	}
	x.limit = "x-a"
	if err := keep(2 * time.Hour); err != nil || x.asked["x-a"] != 2 || x.asked["x-b"] != 0 {
		t.Fatalf("asked for %v, %v; want to stop at the platform's wish", x.asked, err)
	}
	x.limit = ""
	if err := keep(time.Hour); err != nil || x.asked["x-a"] != 4 || x.asked["x-b"] != 2 || x.asked["yt"] != 0 {
		t.Fatalf("asked for %v, %v; want both accounts on X", x.asked, err)
	}
	var left, gone uint64
	if err := o.Directory.Store.Conn.QueryRow(t.Context(), "SELECT countIf(text != ''), countIf(absence = 'gone') FROM posts FINAL").Scan(&left, &gone); err != nil || left != 4 || gone != 2 {
		t.Errorf("%d posts with text and %d gone, %v; want 4 and 2", left, gone, err)
	}
}
