package tiktok

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	tiktoksandbox "github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
	"github.com/hamawaz/hamawaz/schema"
)

const commentPath = "/open_api/v1.3/business/comment/list/"

// What is stored of comments is what people wrote, answers and who is official
// included.
func TestSandboxComments(t *testing.T) {
	s, c, _ := startSandbox(t, true)
	a, known := sandboxAccount(t, s.World, "parana.gen")
	job := collector.Job{Account: a, Comments: true, Depth: sandboxNow.AddDate(0, 0, -40), RunID: "run-1"}
	m, cur, err := collect(t, c, job)
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	all := m.all()
	official, answers, hidden := 0, 0, 0
	posts, authors := map[string]int{}, map[uint64]bool{}
	for _, got := range all.Comments {
		truth := s.World.Comments(known, got.PostID, got.CollectedAt)
		i := slices.IndexFunc(truth, func(w sandbox.Comment) bool { return w.CommentID == got.CommentID })
		if i < 0 {
			t.Fatalf("comment %s under %s was never written", got.CommentID, got.PostID)
		}
		if w := truth[i]; got.Text != w.Text || got.Official != w.Official || got.ParentID != w.ParentID || !got.PublishedAt.Equal(w.PublishedAt) {
			t.Fatalf("comment %+v, want %+v", got, w)
		}
		if got.Author == 0 || got.Hidden == nil || got.Likes == nil || got.Replies == nil || got.RunID != "run-1" || got.AccountID != a.ID {
			t.Fatalf("comment %+v", got)
		}
		posts[got.PostID]++
		authors[got.Author] = true
		if got.Official {
			official++
		}
		if got.ParentID != "" {
			answers++
		}
		if *got.Hidden {
			hidden++
		}
	}
	if official == 0 || answers <= official || hidden == 0 || len(posts) < 2 || len(authors) < len(all.Comments)/4 {
		t.Errorf("%d comments under %d videos: %d official, %d answers, %d hidden, %d authors", len(all.Comments), len(posts), official, answers, hidden, len(authors))
	}
	for _, p := range all.Posts {
		if posts[p.PostID] > 0 && p.PublishedAt.Before(sandboxNow.Add(-commentAge)) {
			t.Errorf("comments under an old video of %s", p.PublishedAt)
		}
	}
	for _, raw := range all.Raw {
		if strings.Contains(raw.Request, "/comment/") {
			t.Errorf("an answer that names citizens is kept: %s", raw.Request)
		}
	}

	// What is not due, or not asked for, costs no call.
	calls := all.Calls
	job.InsightsDue = func(schema.Post) bool { return false }
	if m, _, err := collect(t, c, job); err != nil || len(m.all().Comments) != 0 || m.all().Calls >= calls {
		t.Errorf("nothing is due: %d comments, %d calls, error %v", len(m.all().Comments), m.all().Calls, err)
	}
	job.InsightsDue, job.Comments = nil, false
	if m, _, err := collect(t, c, job); err != nil || len(m.all().Comments) != 0 {
		t.Errorf("not asked for: %d comments, error %v", len(m.all().Comments), err)
	}
}

// Trouble with comments costs the videos nothing.
func TestCommentsTrouble(t *testing.T) {
	s, c, loose := startSandbox(t, true)
	a, _ := sandboxAccount(t, s.World, "parana.gen")
	job := collector.Job{Account: a, Comments: true, Depth: sandboxNow.AddDate(0, 0, -40)}
	well, _, err := collect(t, c, job)
	if err != nil {
		t.Fatal(err)
	}
	on := tiktoksandbox.OnPath(commentPath)
	for _, tt := range []struct {
		name  string
		fault sandbox.Fault
	}{
		{"limit", tiktoksandbox.Refused(tiktoksandbox.BusinessTooManyRequests())},
		{"trouble", tiktoksandbox.Refused(tiktoksandbox.BusinessTrouble())},
		{"gone", tiktoksandbox.Refused(tiktoksandbox.BusinessInvalidParams("video_id: Not a valid video."))},
		{"HTML", sandbox.HTMLPage(http.StatusOK)},
		{"cut body", sandbox.CutBody(200)},
		{"wrong types", sandbox.Fault{Body: []byte(`{"code":0,"message":"OK","request_id":"1","data":{"comments":[{"comment_id":{},"create_time":[]},{"comment_id":"1"}],"cursor":"x","has_more":7}}`)}},
	} {
		*loose = true
		s.Faults.Spoil(tt.fault.At(on))
		m, cur, err := collect(t, c, job)
		if err != nil || cur != "" || !slices.Equal(m.ids(), well.ids()) || m.all().Skipped == 0 {
			t.Errorf("%s: %d videos, %d skipped, cursor %q, error %v", tt.name, len(m.ids()), m.all().Skipped, cur, err)
		}
		s.Faults.Clear()
		*loose = false
	}
	s.Faults.WithholdScope(a.Handle, "comment.list")
	m, cur, err := collect(t, c, job)
	refused := slices.ContainsFunc(m.all().Metrics, func(x schema.MetricStatus) bool {
		return x.Metric == "comments" && x.Kind == "business/comment/list" && x.Status == schema.MetricRefused
	})
	if !errors.Is(err, collector.ErrNoInsights) || cur != "" || !slices.Equal(m.ids(), well.ids()) || !refused {
		t.Errorf("no scope: %d videos, cursor %q, refusal noted %v, error %v", len(m.ids()), cur, refused, err)
	}
}

// Both ways in which answers may stand are read, in numbers and in words, and
// so many pages as there is a bound for.
func TestDecodeComments(t *testing.T) {
	p := newPlatform(1)
	at := strconv.FormatInt(videoTime(0).Unix()+60, 10)
	pages := 0
	p.before = func(r *http.Request) (int, string) {
		if r.URL.Path != commentPath {
			return 0, ""
		}
		pages++
		return 200, `{"code":0,"message":"OK","request_id":"1","data":{"cursor":` + strconv.Itoa(pages) + `,"has_more":true,"comments":[
			{"comment_id":"11","user_id":5,"create_time":"` + at + `","text":"a\u0000","likes":"3","replies":2,"owner":false,"status":"PUBLIC","parent_comment_id":"0","reply_list":[
				{"comment_id":"12","user_id":"6","create_time":` + at + `,"text":"b","owner":true}]},
			{"comment_id":13,"user_id":"` + testOpenID + `","create_time":` + at + `,"text":"c","status":"HIDDEN","parent_comment_id":"11","reply_list":{}},
			{"comment_id":"14","create_time":1,"text":"of 1970"},
			{"comment_id":"x","create_time":` + at + `}]}}`
	}
	p.videos[0]["comments"] = 9
	c := connect(t, p, true)
	m, _, err := collect(t, c, collector.Job{Account: testAccount, Comments: true})
	if err != nil || pages != maxCommentPages {
		t.Fatalf("%d pages, error %v", pages, err)
	}
	got := m.all().Comments[:3]
	for i, want := range []schema.Comment{
		{CommentID: "11", Text: "a\ufffd", Author: schema.CommentAuthor("tiktok", "5"), Likes: new(int64(3)), Replies: new(int64(2)), Hidden: new(false)},
		{CommentID: "12", ParentID: "11", Text: "b", Author: schema.CommentAuthor("tiktok", "6"), Official: true},
		{CommentID: "13", ParentID: "11", Text: "c", Author: schema.CommentAuthor("tiktok", testOpenID), Official: true, Hidden: new(true)},
	} {
		g := got[i]
		same := func(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
		if g.CommentID != want.CommentID || g.ParentID != want.ParentID || g.Text != want.Text || g.Author != want.Author || g.Official != want.Official ||
			!same(g.Likes, want.Likes) || !same(g.Replies, want.Replies) || (g.Hidden == nil) != (want.Hidden == nil) || g.Hidden != nil && *g.Hidden != *want.Hidden {
			t.Errorf("comment %d: got %+v, want %+v", i, g, want)
		}
	}
	// Two of each page cannot be stored, and one has a list of another type.
	if n := m.all().Skipped; n != 3*maxCommentPages {
		t.Errorf("%d skipped", n)
	}
}

// The account's own figures are those of the world, sixty days of them once a
// day, and seven days on the next.
func TestSandboxDays(t *testing.T) {
	for _, handle := range handles {
		s, c, _ := startSandbox(t, true)
		a, _ := sandboxAccount(t, s.World, handle)
		left := ""
		job := collector.Job{Account: a, Depth: sandboxNow.AddDate(0, 0, -3), Leave: func(l string) { left = l }, RunID: "run-1"}
		m, _, err := collect(t, c, job)
		if err != nil || left != "2024-06-01" {
			t.Fatalf("%s: left %q, error %v", handle, left, err)
		}
		days, names := map[time.Time]bool{}, map[string]bool{}
		for _, got := range m.all().Insights {
			days[got.Day], names[got.Metric] = true, true
			n, ok := s.World.Day(handle, got.Metric, got.Day)
			if !ok || got.Value == nil || *got.Value != n || got.AccountID != a.ID || got.RunID != "run-1" || got.ObservedAt.IsZero() {
				t.Fatalf("%s of %s: got %+v, want %d, known %v", got.Metric, got.Day, got, n, ok)
			}
		}
		want := map[bool]int{true: 16, false: 11}[handle == "parana.gen"] // a registered business counts five kinds of clicks more
		if len(days) != daysBack || len(names) != want {
			t.Errorf("%s: %d days of %d figures", handle, len(days), len(names))
		}
		calls := m.all().Calls

		// The same day again asks for nothing and leaves what there was.
		job.Left, left = left, ""
		if m, _, err := collect(t, c, job); err != nil || len(m.all().Insights) != 0 || left != "2024-06-01" || m.all().Calls != calls-1 {
			t.Errorf("%s: again: %d figures, left %q, %d calls after %d, error %v", handle, len(m.all().Insights), left, m.all().Calls, calls, err)
		}
		job.Left = "2024-05-31"
		m, _, err = collect(t, c, job)
		days = map[time.Time]bool{}
		for _, got := range m.all().Insights {
			days[got.Day] = true
		}
		if err != nil || len(days) != 8 || left != "2024-06-01" {
			t.Errorf("%s: on the next day: %d days, left %q, error %v", handle, len(days), left, err)
		}
	}
}

// Trouble with the figures of days costs the pass nothing, and they are read
// the next time.
func TestDaysTrouble(t *testing.T) {
	s, c, loose := startSandbox(t, true)
	a, _ := sandboxAccount(t, s.World, "parana.gen")
	for _, tt := range []struct {
		name    string
		spoil   func()
		figures bool
		left    string
		noRight bool
	}{
		{"scope", func() { s.Faults.WithholdScope(a.Handle, "user.insights") }, false, "2024-06-01", true},
		{"a name that is retired", func() { s.Faults.RetireField("engaged_audience") }, true, "2024-06-01", false},
		{"trouble", func() {
			s.Faults.Spoil(tiktoksandbox.Refused(tiktoksandbox.BusinessTrouble()).For(-1).At(func(r *http.Request) bool { return r.URL.Query().Has("start_date") }))
		}, false, "old", false},
		{"wrong types", func() {
			*loose = true
			s.Faults.Spoil(sandbox.Fault{Body: []byte(`{"code":0,"message":"OK","request_id":"1","data":{"metrics":[{"date":"2023-01-01","likes":1},{"likes":1},{"date":7},
				{"date":"2024-05-30","likes":null,"shares":-1,"comments":"4","video_views":{}}]}}`)}.At(func(r *http.Request) bool { return r.URL.Query().Has("start_date") }))
		}, true, "2024-06-01", false},
	} {
		left := ""
		tt.spoil()
		m, cur, err := collect(t, c, collector.Job{Account: a, Depth: sandboxNow.AddDate(0, 0, -3), Left: "old", Leave: func(l string) { left = l }})
		if cur != "" || len(m.ids()) == 0 || left != tt.left || (len(m.all().Insights) > 0) != tt.figures || errors.Is(err, collector.ErrNoInsights) != tt.noRight || err != nil && !tt.noRight {
			t.Errorf("%s: %d videos, %d figures, left %q, cursor %q, error %v", tt.name, len(m.ids()), len(m.all().Insights), left, cur, err)
		}
		if tt.name == "wrong types" {
			for _, got := range m.all().Insights {
				if unknown := got.Metric == "likes"; unknown != (got.Value == nil) || !unknown && (got.Metric != "comments" || *got.Value != 4) {
					t.Errorf("figure %+v", got)
				}
			}
		}
		s.Faults.Clear()
		*loose = false
	}
}

// The Display API has neither, and what it would leave is nobody's.
func TestDisplayHasNoExtras(t *testing.T) {
	p := newPlatform(2)
	m, _, err := collect(t, connect(t, p, false), collector.Job{Account: testAccount, Comments: true, Leave: func(string) { t.Error("something is left") }})
	if all := m.all(); err != nil || len(all.Comments)+len(all.Insights) != 0 || len(p.calls) != 2 {
		t.Errorf("%d comments, %d figures, %d calls, error %v", len(all.Comments), len(all.Insights), len(p.calls), err)
	}
}

// FuzzExtras reads any bytes as comments and as figures of days.
func FuzzExtras(f *testing.F) {
	for _, s := range []string{
		`{"code":0,"message":"OK","request_id":"1","data":{"comments":[{"comment_id":"11","user_id":5,"create_time":"1648492283","text":"a","status":"PUBLIC","reply_list":[{"comment_id":"12","owner":true}]}],"cursor":30,"has_more":true}}`,
		`{"code":0,"message":"OK","request_id":"1","data":{"metrics":[{"date":"2026-11-19","likes":null,"shares":"7","video_views":1e9}]}}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r, a := testRun(body)
		b := newAccounts(r)
		var comments commentsBody
		if _, err := a.Decode(&comments); err == nil {
			b.addThreads(&comments, videoID(0), a.At)
		}
		var days daysBody
		if _, err := a.Decode(&days); err == nil {
			today := testNow.Truncate(24 * time.Hour)
			b.addSeries(a, &days, today.AddDate(0, 0, -daysBack), today)
		}
		for _, c := range r.page.Comments {
			if !isIdent([]byte(c.CommentID)) || c.PublishedAt.Before(firstVideo) || c.Likes != nil && *c.Likes < 0 {
				t.Errorf("comment %+v", c)
			}
			checkPage(t, collector.Page{Profiles: []schema.AccountObservation{{Name: c.Text}}})
		}
		for _, i := range r.page.Insights {
			if i.Value != nil && *i.Value < 0 || i.Day.After(testNow) || testNow.Sub(i.Day) > 61*24*time.Hour {
				t.Errorf("figure %+v", i)
			}
		}
	})
}
