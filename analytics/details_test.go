package analytics

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestPostDetails(t *testing.T) {
	db := sampleDB(t)
	schematest.Exec(t, &schema.Store{Conn: db.Conn}, `
		INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at, text, alt_text, captions, paid, duration_seconds, deleted_at, absence) VALUES
			('h1', 'eve', 'instagram', 'live', '2024-05-02 20:00:00', '2024-05-03 07:00:00', 'on air', '', true, true, 3725, '2024-05-04 06:00:00', 'private');
		INSERT INTO thumbnails (account_id, post_id, image, media_type, width, height, error, tries, fetched_at) VALUES
			('h1', 'eve', 'picture', 'image/webp', 64, 36, '', 1, '2024-05-03 07:00:00'),
			('h1', 'new', '', '', 0, 0, 'gone', 3, '2024-05-03 07:00:00');
		INSERT INTO observations (account_id, post_id, platform, observed_at, call, extra) VALUES
			('h1', 'eve', 'instagram', '2024-05-03 07:00:00', 'insights', map('promoted_metrics.impression_count', 5, 'organic_metrics.impression_count', 70, 'organic_metrics.like_count', 3)),
			('h1', 'eve', 'instagram', '2024-05-03 08:00:00', 'insights', map('promoted_metrics.impression_count', 9, 'post_media_view.is_from_ads', 40, 'post_video_views_paid', 1, 'post_video_views_organic', 2, 'views', 7))`)
	want := PostDetails{Text: "on air", AltText: new(""), Captions: new(true), Paid: new(true), Seconds: new(int64(3725)), Absence: schema.AbsencePrivate, Thumbnail: true}
	page, err := db.Posts(t.Context(), PostsQuestion{Selection: Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01"), View: ViewLife}, Account: "h1"})
	if err != nil || len(page.Rows) != 2 {
		t.Fatalf("Posts = %d rows, %v", len(page.Rows), err)
	}
	if d := cmp.Diff(want, page.Rows[0].PostDetails); d != "" {
		t.Errorf("in the list (-want +got):\n%s", d)
	}
	if d := page.Rows[1].PostDetails; d.AltText != nil || d.Captions != nil || d.Paid != nil || d.Seconds != nil || d.Thumbnail {
		t.Errorf("what nobody told is %+v", d)
	}
	p, err := db.Post(t.Context(), "h1", "eve")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, p.PostDetails); d != "" {
		t.Errorf("by itself (-want +got):\n%s", d)
	}
	eight := schematest.Time(t, "2024-05-03 08:00:00")
	if d := cmp.Diff([]PaidNumber{
		{Name: "impression_count", Paid: v(9), Organic: v(70), At: eight},
		{Name: "post_media_view", Paid: v(40), At: eight},
		{Name: "post_video_views", Paid: v(1), Organic: v(2), At: eight},
	}, p.PaidFor); d != "" {
		t.Errorf("paid numbers (-want +got):\n%s", d)
	}
	picture, err := db.Thumbnail(t.Context(), "h1", "eve")
	if d := cmp.Diff(Thumbnail{"picture", "image/webp", 64, 36}, picture); d != "" || err != nil {
		t.Errorf("picture: %v (-want +got):\n%s", err, d)
	}
	for _, post := range []string{"new", "none"} {
		if _, err := db.Thumbnail(t.Context(), "h1", post); !errors.Is(err, schema.ErrNotFound) {
			t.Errorf("picture of %s: %v, want not found", post, err)
		}
	}
}

func TestPaidName(t *testing.T) {
	for name, want := range map[string]struct {
		rest string
		paid bool
	}{
		"promoted_metrics.like_count":        {"like_count", true},
		"organic_metrics.like_count":         {"like_count", false},
		"post_media_view.is_from_ads":        {"post_media_view", true},
		"post_media_view.is_from_ads.true":   {"post_media_view", true},
		"post_media_view.is_from_ads.0":      {"post_media_view", false},
		"post_video_views_paid_unique":       {"post_video_views_unique", true},
		"post_video_views_organic":           {"post_video_views", false},
		"post_video_complete_views_30s_paid": {"post_video_complete_views_30s", true},
	} {
		if rest, paid := paidName(name); rest != want.rest || paid != want.paid {
			t.Errorf("paidName(%q) = %q, %v; want %q, %v", name, rest, paid, want.rest, want.paid)
		}
	}
}

func TestComments(t *testing.T) {
	db := sampleDB(t) // its clock stands at 08:00 on 10 May
	schematest.Exec(t, &schema.Store{Conn: db.Conn}, `
		INSERT INTO comments (account_id, post_id, comment_id, parent_id, platform, author, official, text, published_at, likes, hidden, collected_at) VALUES
			('h1', 'new', 'a',  '',     'instagram', 1, false, 'asked, never answered', '2024-05-03 06:00:00', 2, NULL, '2024-05-09 06:00:00'),
			('h1', 'new', 'b',  '',     'instagram', 2, false, 'asked',    '2024-05-04 06:00:00', NULL, true, '2024-05-09 06:00:00'),
			('h1', 'new', 'b1', 'b',    'instagram', 9, true,  'answered', '2024-05-04 07:00:00', NULL, NULL, '2024-05-09 06:00:00'),
			('h1', 'new', 'b2', 'b1',   'instagram', 2, false, 'thanks',   '2024-05-04 08:00:00', NULL, NULL, '2024-05-09 06:00:00'),
			('h1', 'new', 'c',  '',     'instagram', 3, false, 'within the day', '2024-05-09 09:00:00', NULL, NULL, '2024-05-09 10:00:00'),
			('h1', 'new', 'd',  'gone', 'instagram', 4, false, 'answers what is not stored', '2024-05-05 06:00:00', NULL, NULL, '2024-05-09 06:00:00'),
			('h1', 'new', 'e',  '',     'instagram', 9, true,  'pinned by the account', '2024-05-02 06:00:00', NULL, NULL, '2024-05-09 06:00:00'),
			('h1', 'old', 'z',  '',     'instagram', 1, false, 'elsewhere', '2024-05-02 06:00:00', NULL, NULL, '2024-05-09 06:00:00');
		INSERT INTO comments (account_id, post_id, comment_id, parent_id, platform, author, official, text, published_at, collected_at) VALUES
			('h1', 'new', 'a', '', 'instagram', 1, false, 'asked, edited', '2024-05-03 06:00:00', '2024-05-09 07:00:00')`)
	page, err := db.Comments(t.Context(), "h1", "new", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, th := range page.Threads {
		line := th.CommentID
		for _, a := range th.Answers {
			line += " " + a.CommentID
		}
		got = append(got, line)
	}
	if d := cmp.Diff([]string{"c", "d", "b b1 b2", "a", "e"}, got); d != "" {
		t.Errorf("threads (-want +got):\n%s", d)
	}
	// a and d wait for more than a day; c for less, and e is the account's own.
	if page.Total != 7 || page.Official != 2 || page.Begun != 5 || page.Unanswered != 2 {
		t.Errorf("%d comments, %d official, %d threads, %d unanswered; want 7, 2, 5, 2", page.Total, page.Official, page.Begun, page.Unanswered)
	}
	if page.ReadAt == nil || !page.ReadAt.Equal(schematest.Time(t, "2024-05-09 10:00:00")) {
		t.Errorf("read at %v", page.ReadAt)
	}
	if a := page.Threads[3]; a.Text != "asked, edited" || a.Likes != nil {
		t.Errorf("a as last seen = %+v", a.Comment)
	}
	if page, err = db.Comments(t.Context(), "h1", "new", 3); err != nil || len(page.Threads) != 2 || page.Threads[0].CommentID != "a" || page.Begun != 5 {
		t.Errorf("after three threads: %+v, %v", page, err)
	}
	if page, err = db.Comments(t.Context(), "h2", "hid", 0); err != nil || page.Total != 0 || page.ReadAt != nil {
		t.Errorf("without comments: %+v, %v", page, err)
	}
	all, err := db.AllComments(t.Context(), "h1", "new", 3)
	if err != nil || len(all) != 3 || all[0].CommentID != "c" || all[2].CommentID != "b2" {
		t.Errorf("the newest three = %+v, %v", all, err)
	}
}

func TestMetricStatus(t *testing.T) {
	s := schematest.Open(t)
	db := &DB{Conn: s.Conn, Zone: time.UTC, Now: time.Now}
	schematest.Exec(t, s, `
		INSERT INTO metric_status (platform, kind, metric, status, detail, at) VALUES
			('facebook', 'post', 'reach', 'given', '', '2024-05-01 06:00:00'),
			('facebook', 'post', 'reach', 'refused', '(#100) old words', '2024-05-02 06:00:00');
		INSERT INTO metric_status (platform, kind, metric, status, detail, at) VALUES
			('facebook', 'post', 'reach', 'refused', '(#100) must be a valid insights metric', '2024-05-03 06:00:00'),
			('facebook', 'reel', 'reach', 'refused', 'for a while', '2024-05-02 06:00:00'),
			('facebook', 'reel', 'reach', 'given', '', '2024-05-03 06:00:00'),
			('tiktok', 'video', 'reach', 'refused', 'never taken', '2024-05-03 06:00:00')`)
	first, second, third := schematest.Time(t, "2024-05-01 06:00:00"), schematest.Time(t, "2024-05-02 06:00:00"), schematest.Time(t, "2024-05-03 06:00:00")
	got, err := db.MetricStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []MetricStatus{
		{schema.Facebook, "post", "reach", &first, &third, "(#100) must be a valid insights metric"},
		{schema.Facebook, "reel", "reach", &third, &second, "for a while"},
		{schema.TikTok, "video", "reach", nil, &third, "never taken"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("status (-want +got):\n%s", d)
	}
	for i, refused := range []bool{true, false, true} {
		if got[i].IsRefused() != refused {
			t.Errorf("%s of %s refused: %v, want %v", got[i].Metric, got[i].Kind, !refused, refused)
		}
	}
}

func TestInsights(t *testing.T) {
	s := schematest.Open(t)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: time.Now}
	schematest.Exec(t, s, `
		INSERT INTO account_insights (account_id, platform, metric, day, value, observed_at) VALUES
			('a', 'facebook', 'page_media_view', '2024-05-01', 100, '2024-05-02 06:00:00'),
			('a', 'facebook', 'page_media_view', '2024-05-02', NULL, '2024-05-03 06:00:00'),
			('a', 'facebook', 'page_media_view', '2024-05-04', 0, '2024-05-05 06:00:00'),
			('a', 'facebook', 'page_media_view', '2024-05-05', 9, '2024-05-06 06:00:00'),
			('a', 'facebook', 'page_never', '2024-05-01', NULL, '2024-05-02 06:00:00'),
			('b', 'facebook', 'page_media_view', '2024-05-01', 7, '2024-05-02 06:00:00');
		INSERT INTO account_insights (account_id, platform, metric, day, value, observed_at) VALUES
			('a', 'facebook', 'page_media_view', '2024-05-01', 120, '2024-05-03 06:00:00')`)
	got, err := db.Insights(t.Context(), "a", days(t, db.Zone, "2024-05-01", "2024-05-05"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Insight{{"page_media_view", []*float64{v(120), nil, nil, v(0)}}}, got); d != "" {
		t.Errorf("own figures (-want +got):\n%s", d)
	}
}
