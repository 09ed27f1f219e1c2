package collector

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

// finding is a fake that can be asked for posts too.
type finding struct {
	fake
	asked [][]string
	gone  map[string]schema.Absence
	err   error
}

func (f *finding) Missing(_ context.Context, _ Job, posts []schema.Post) (map[string]schema.Absence, int, error) {
	var ids []string
	for _, p := range posts {
		ids = append(ids, p.PostID)
	}
	f.asked = append(f.asked, ids)
	return f.gone, 1, f.err
}

// A platform with four posts, of which a pass lists those that are named.
func platformOf(now *time.Time, listed *[]string) (fake, []schema.Post) {
	var all []schema.Post
	for i, id := range []string{"p1", "p2", "p3", "imported"} {
		p := schema.Post{AccountID: "a", PostID: id, Platform: schema.Instagram, NativeID: id, Text: "سیلاب " + id, Hashtags: []string{"x"},
			ThumbnailURL: "https://example.org/" + id, PublishedAt: now.Add(-time.Duration(i+1) * time.Hour)}
		if id == "imported" {
			p.NativeID = ""
		}
		all = append(all, p)
	}
	return func(ctx context.Context, _ Job, store Store) (Cursor, error) {
		var page Page
		for _, p := range all {
			if slices.Contains(*listed, p.PostID) {
				p.CollectedAt = *now
				page.Posts = append(page.Posts, p)
			}
		}
		return "", store(ctx, page)
	}, all
}

// gone returns the posts that are stored as gone, with the reason and text.
func gone(t *testing.T, s *schema.Store) map[string]string {
	t.Helper()
	var rows []schema.Post
	if err := s.Conn.Select(t.Context(), &rows, "SELECT * FROM posts FINAL WHERE deleted_at IS NOT NULL"); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range rows {
		found[r.PostID] = string(r.Absence) + " " + r.DeletedAt.Format(time.TimeOnly) + " " + r.Text
	}
	return found
}

func TestUnlistedPostsAreLookedFor(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	listed := []string{"p1", "p2", "p3", "imported"}
	f := &finding{}
	c := collectorOn(t, s, &now, nil)
	f.fake, _ = platformOf(&now, &listed)
	c.Connectors[schema.Instagram] = f
	collect := func() Run {
		t.Helper()
		run, err := c.Collect(t.Context(), testAccount, true)
		if err != nil || !run.Complete {
			t.Fatalf("run %+v, %v", run, err)
		}
		return run
	}
	if collect(); len(f.asked) != 0 {
		t.Fatalf("asked for %v though everything was listed", f.asked)
	}

	// Two are not listed any more: one is gone, one is there all the same.
	now = now.Add(2 * time.Hour)
	listed, f.gone = []string{"p1"}, map[string]schema.Absence{"p2": schema.AbsencePrivate}
	run := collect()
	if d := cmp.Diff([][]string{{"p2", "p3"}}, f.asked); d != "" || run.Calls != 1 {
		t.Errorf("asked for, with %d calls (-want +got):\n%s", run.Calls, d)
	}
	if d := cmp.Diff(map[string]string{"p2": "private 14:00:00 سیلاب p2"}, gone(t, s)); d != "" {
		t.Errorf("gone (-want +got):\n%s", d)
	}

	// What is known to be gone is not asked for again. What is listed again is
	// back. A platform in trouble loses nothing.
	now = now.Add(2 * time.Hour)
	f.asked, f.gone, f.err = nil, nil, ErrTransient
	listed = []string{"p1", "p2"}
	collect()
	if d := cmp.Diff([][]string{{"p3"}}, f.asked); d != "" {
		t.Errorf("asked for (-want +got):\n%s", d)
	}
	if left := gone(t, s); len(left) != 0 {
		t.Errorf("gone: %v, want p2 to be back", left)
	}

	// A platform that wants to be left alone is.
	now = now.Add(2 * time.Hour)
	f.err = &RateLimitError{RetryAfter: time.Hour}
	run, err := c.Collect(t.Context(), testAccount, true)
	if !errors.Is(err, f.err) || !run.Complete || run.Outcome != OutcomeWait || run.RetryAt == nil {
		t.Errorf("run %+v, %v, want a complete one that waits", run, err)
	}
}

func TestVerifyForgetsWhatIsGone(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	listed := []string{"p1", "p2", "p3", "imported"}
	f := &finding{gone: map[string]schema.Absence{"p2": schema.AbsenceGone}}
	c := collectorOn(t, s, &now, nil)
	c.Forget = map[schema.Platform]bool{schema.Instagram: true}
	f.fake, _ = platformOf(&now, &listed)
	c.Connectors[schema.Instagram] = f
	if _, err := c.Collect(t.Context(), testAccount, true); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"INSERT INTO thumbnails (account_id, post_id, image) VALUES ('a', 'p1', 'x'), ('a', 'p2', 'x')",
		"INSERT INTO comments (account_id, post_id, comment_id) VALUES ('a', 'p1', '1'), ('a', 'p2', '2')",
		"INSERT INTO raw_answers (account_id, platform, received_at, body) VALUES ('a', 'instagram', '2024-06-01 12:00:00', 'old'), ('a', 'instagram', '2024-06-02 12:30:00', 'new'), ('b', 'x', '2024-06-01 12:00:00', 'other')",
	} {
		if err := s.Conn.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(25 * time.Hour)
	n, err := c.Verify(t.Context(), testAccount, now.Add(-day))
	if err != nil || n != 1 {
		t.Fatalf("Verify: %d gone, %v", n, err)
	}
	if d := cmp.Diff(map[string]string{"p2": "gone 13:00:00 "}, gone(t, s)); d != "" {
		t.Errorf("gone (-want +got):\n%s", d)
	}
	for query, want := range map[string]uint64{
		"SELECT count() FROM posts WHERE post_id = 'p2'":                       1,
		"SELECT count() FROM posts WHERE text LIKE '%p2%'":                     0,
		"SELECT count() FROM post_versions WHERE post_id = 'p2'":               0,
		"SELECT count() FROM post_versions FINAL WHERE post_id IN ('p1','p3')": 2,
		"SELECT count() FROM thumbnails":                                       1,
		"SELECT count() FROM comments":                                         1,
	} {
		if got := count(t, s, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if n, err := c.Verify(t.Context(), testAccount, now.Add(-day)); n != 0 || err != nil || len(f.asked) != 1 {
		t.Errorf("second Verify: %d gone, %v, asked %v; want nothing to ask for", n, err, f.asked)
	}

	if err := c.ForgetAnswers(t.Context(), schema.Instagram, now.Add(-day)); err != nil {
		t.Fatal(err)
	}
	if got := count(t, s, "SELECT count() FROM raw_answers"); got != 2 {
		t.Errorf("%d raw answers are left, want the new one and the other platform's", got)
	}
	delete(c.Connectors, schema.Instagram)
	if _, err := c.Verify(t.Context(), testAccount, now); !errors.Is(err, ErrRequest) {
		t.Errorf("Verify without a connector: %v", err)
	}
}

// A post that the platform lists as hidden is gone since it was first seen so.
func TestHiddenPostKeepsItsMoment(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	c := collectorOn(t, s, &now, func(ctx context.Context, _ Job, store Store) (Cursor, error) {
		at := now
		return "", store(ctx, Page{Posts: []schema.Post{{AccountID: "a", PostID: "p", Platform: schema.Instagram, Text: "text", PublishedAt: now.Add(-time.Hour),
			CollectedAt: now, DeletedAt: &at, Absence: schema.AbsencePrivate}}})
	})
	for range 2 {
		if _, err := c.Collect(t.Context(), testAccount, true); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	if d := cmp.Diff(map[string]string{"p": "private 12:00:00 text"}, gone(t, s)); d != "" {
		t.Errorf("gone (-want +got):\n%s", d)
	}
}
