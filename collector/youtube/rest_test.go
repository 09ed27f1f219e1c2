package youtube

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

// remark is a comment as the platform tells it.
func remark(id, author, text string, at time.Time) map[string]any {
	return map[string]any{"kind": "youtube#comment", "id": id, "snippet": map[string]any{
		"authorChannelId": map[string]any{"value": author}, "authorDisplayName": "A Citizen", "textDisplay": text, "likeCount": 3,
		"publishedAt": at.Format(time.RFC3339), "updatedAt": at.Format(time.RFC3339)}}
}

func threadOf(top map[string]any, answers ...any) map[string]any {
	t := map[string]any{"kind": "youtube#commentThread", "id": top["id"], "snippet": map[string]any{"videoId": "vid00000000", "topLevelComment": top, "totalReplyCount": len(answers)}}
	if len(answers) > 0 {
		t["replies"] = map[string]any{"comments": answers}
	}
	return t
}

// leaving does one run and returns what it left.
func leaving(t *testing.T, c *Connector, job collector.Job) (*memory, string) {
	t.Helper()
	left := ""
	job.Leave = func(s string) { left = s }
	m, cur, err := collect(t, c, job)
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	return m, left
}

func TestComments(t *testing.T) {
	p := newPlatform(3)
	hour := func(n int) time.Time { return testNow.Add(-time.Duration(n) * time.Hour) }
	p.threads = []map[string]any{
		threadOf(remark("Ug1", "UCcitizen", "when? <3", hour(2)), remark("Ug1.a", channelID, "on Monday", hour(1))),
		threadOf(remark("Ug0", "UCcitizen", "old", hour(90))),
	}
	job := collector.Job{Account: publicAccount, RunID: "run-1", Comments: true}
	c := connect(t, p)
	m, left := leaving(t, c, job)
	citizen := schema.CommentAuthor(schema.YouTube, "UCcitizen")
	row := func(id, parent, text string, at time.Time, replies *int64) schema.Comment {
		return schema.Comment{AccountID: "acc-1", PostID: "vid00000000", CommentID: id, ParentID: parent, Platform: "youtube", Author: citizen,
			Text: text, PublishedAt: at, Likes: new(int64(3)), Replies: replies, CollectedAt: testNow, RunID: "run-1"}
	}
	answer := row("Ug1.a", "Ug1", "on Monday", hour(1), nil)
	answer.Author, answer.Official = schema.CommentAuthor(schema.YouTube, channelID), true
	want := []schema.Comment{row("Ug1", "", "when? <3", hour(2), new(int64(1))), answer, row("Ug0", "", "old", hour(90), new(int64(0)))}
	if d := cmp.Diff(want, m.all().Comments); d != "" {
		t.Errorf("comments (-want +got):\n%s", d)
	}
	for _, raw := range m.all().Raw {
		if strings.Contains(raw.Body, "Citizen") {
			t.Error("the answer with the names of citizens is kept")
		}
	}

	// Nothing is counted that is new: nothing is asked.
	job.Left = left
	if m, again := leaving(t, c, job); len(m.all().Comments) != 0 || p.count(callThreads) != 1 || again != left {
		t.Errorf("nothing new: %d comments after %d calls, left %q, then %q", len(m.all().Comments), p.count(callThreads), left, again)
	}
	// What is known is not taken again, what was held back for a while is.
	p.video(0, "statistics")["commentCount"] = "3"
	p.threads = slices.Insert(p.threads, 0, threadOf(remark("Ug2", "UCcitizen", "late", hour(20))))
	m, left = leaving(t, c, job)
	var ids []string
	for _, c := range m.all().Comments {
		ids = append(ids, c.CommentID)
	}
	if d := cmp.Diff([]string{"Ug2", "Ug1", "Ug1.a"}, ids); d != "" || parseLegacy(left).comments != hour(1) {
		t.Errorf("left %q, comments (-want +got):\n%s", left, d)
	}
	// Without the wish there is no call.
	job.Comments, job.Left = false, ""
	if leaving(t, c, job); p.count(callThreads) != 2 {
		t.Errorf("%d calls for comments", p.count(callThreads))
	}
}

// An owner's account uses the key for comments: its token has not the scope.
func TestCommentsWithTheKey(t *testing.T) {
	p := newPlatform(3)
	key, token := 0, 0
	p.before = func(call string, r *http.Request) (int, string) {
		if call == callThreads && r.Header.Get("X-Goog-Api-Key") != "" {
			key++
		} else if call == callThreads {
			token++
			return 403, errorBody(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
		}
		return 0, ""
	}
	c := connect(t, p)
	job := collector.Job{Account: ownerAccount, Comments: true}
	leaving(t, c, job)
	c.Key = nil
	m, _ := leaving(t, c, job)
	want := []schema.MetricStatus{{Platform: "youtube", Kind: callThreads, Metric: "comments", Status: schema.MetricRefused,
		Detail: "Request had insufficient authentication scopes.", AccountID: "acc-1", At: testNow}}
	if d := cmp.Diff(want, m.all().Metrics); d != "" || key != 1 || token != 1 {
		t.Errorf("%d calls with the key, %d with the token (-want +got):\n%s", key, token, d)
	}
}

func TestOddComments(t *testing.T) {
	for name, thread := range map[string]map[string]any{
		"no id":         threadOf(remark("", "UC1", "x", testNow)),
		"id is a path":  threadOf(remark("../x", "UC1", "x", testNow)),
		"no time":       threadOf(remark("Ug1", "UC1", "x", time.Time{})),
		"of the future": threadOf(remark("Ug1", "UC1", "x", testNow.AddDate(1, 0, 0))),
	} {
		p := newPlatform(3)
		p.threads = []map[string]any{thread}
		m, _ := leaving(t, connect(t, p), collector.Job{Account: publicAccount, Comments: true})
		if all := m.all(); len(all.Comments) != 0 || all.Skipped != 1 {
			t.Errorf("%s: %d comments, %d skipped", name, len(all.Comments), all.Skipped)
		}
	}
}

func TestDays(t *testing.T) {
	p := newPlatform(3)
	var asked []string
	p.before = func(call string, r *http.Request) (int, string) {
		if call == callReports {
			asked = append(asked, r.URL.RequestURI())
		}
		return 0, ""
	}
	c := connect(t, p)
	// Midnight of UTC is the day before in California.
	now := time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)
	c.Now = func() time.Time { return now }
	job := collector.Job{Account: ownerAccount, RunID: "run-1", Left: "insights=none", Depth: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	m, left := leaving(t, c, job)
	figure := func(day int, n int64) schema.AccountInsight {
		return schema.AccountInsight{AccountID: "acc-1", Platform: "youtube", Metric: "views", Day: time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC), Value: &n, ObservedAt: now, RunID: "run-1"}
	}
	if d := cmp.Diff([]schema.AccountInsight{figure(16, 120), figure(17, 130)}, m.all().Insights); d != "" {
		t.Errorf("figures of days (-want +got):\n%s", d)
	}
	if len(m.all().Raw) != m.all().Calls || len(m.all().Metrics) != 1 || m.all().Metrics[0].Status != schema.MetricGiven {
		t.Errorf("%d answers of %d calls, metrics %+v", len(m.all().Raw), m.all().Calls, m.all().Metrics)
	}
	// Once in a day, and then what may have changed.
	job.Left = left
	leaving(t, c, job)
	now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	leaving(t, c, job)
	want := []string{
		"/v2/reports?dimensions=day&endDate=2026-11-19&ids=channel%3D%3D" + channelID + "&metrics=views%2Clikes%2Ccomments%2Cshares%2CestimatedMinutesWatched%2CsubscribersGained%2CsubscribersLost&startDate=2026-09-30",
		"/v2/reports?dimensions=day&endDate=2026-11-20&ids=channel%3D%3D" + channelID + "&metrics=views%2Clikes%2Ccomments%2Cshares%2CestimatedMinutesWatched%2CsubscribersGained%2CsubscribersLost&startDate=2026-11-12",
	}
	if d := cmp.Diff(want, asked); d != "" {
		t.Errorf("reports (-want +got):\n%s", d)
	}
	// Nobody but the owner has them.
	job.Account, job.Left = publicAccount, "insights=none"
	if m, _ := leaving(t, c, job); len(m.all().Insights) != 0 || len(asked) != 2 {
		t.Errorf("%d figures of a public account", len(m.all().Insights))
	}
}

// The two APIs are two hosts, but for what stands in for both.
func TestAnalyticsURL(t *testing.T) {
	for _, tt := range []struct{ base, analytics, want string }{
		{"", "", "https://youtubeanalytics.googleapis.com/"},
		{DefaultBaseURL, "", "https://youtubeanalytics.googleapis.com/"},
		{"https://www.googleapis.com", "", "https://youtubeanalytics.googleapis.com/"},
		{"http://127.0.0.1:8080", "", "http://127.0.0.1:8080/"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:9090/a", "http://127.0.0.1:9090/a"},
	} {
		c := &Connector{BaseURL: tt.base, AnalyticsURL: tt.analytics}
		if c.init(); c.baseErr != nil || c.reportsBase.String() != tt.want {
			t.Errorf("base %q, analytics %q: reports of %v, error %v, want %s", tt.base, tt.analytics, c.reportsBase, c.baseErr, tt.want)
		}
	}
}

func TestOddReports(t *testing.T) {
	table := func(columns, rows string) string {
		return `{"kind":"youtubeAnalytics#resultTable","columnHeaders":[` + columns + `]` + rows + `}`
	}
	const day, views = `{"name":"day"}`, `{"name":"views"}`
	for name, tt := range map[string]struct {
		body    string
		figures int
		skipped int
		want    collector.Outcome
	}{
		"no rows":            {table(day+","+views, ""), 0, 0, collector.OutcomeOK},
		"rows are none":      {table(day+","+views, `,"rows":[]`), 0, 0, collector.OutcomeOK},
		"other order":        {table(views+","+day, `,"rows":[[5,"2026-11-01"]]`), 1, 0, collector.OutcomeOK},
		"null is not zero":   {table(day+","+views, `,"rows":[["2026-11-01",null],["2026-11-02",0]]`), 1, 0, collector.OutcomeOK},
		"short rows":         {table(day+","+views, `,"rows":[["2026-11-01"],[]]`), 0, 1, collector.OutcomeOK},
		"no day that is one": {table(day+","+views, `,"rows":[["today",1],[7,1],["2027-11-01",1],["1999-11-01",1]]`), 0, 4, collector.OutcomeOK},
		"no count":           {table(day+","+views, `,"rows":[["2026-11-01",-1],["2026-11-02","many"]]`), 0, 2, collector.OutcomeOK},
		"no days":            {table(views, `,"rows":[[50]]`), 0, 1, collector.OutcomeOK},
		"an unknown column":  {table(day+`,{"name":"new"}`, `,"rows":[["2026-11-01",1]]`), 0, 0, collector.OutcomeOK},
		"no table":           {`{}`, 0, 0, collector.OutcomeRetry},
		"rows is a number":   {table(day, `,"rows":5`), 0, 0, collector.OutcomeRetry},
		"errors within":      {table(day, `,"errors":{"code":"X"}`), 0, 0, collector.OutcomeRetry},
	} {
		p := newPlatform(3)
		p.before = func(call string, _ *http.Request) (int, string) {
			if call == callReports {
				return 200, tt.body
			}
			return 0, ""
		}
		m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, Left: "insights=none"})
		all := m.all()
		if got := collector.OutcomeOf(err); got != tt.want || len(all.Insights) != tt.figures || all.Skipped != tt.skipped || len(all.Posts) != 3 || (cur == "") != (err == nil) {
			t.Errorf("%s: outcome %q of %v, %d figures, %d skipped, %d videos, cursor %q", name, got, err, len(all.Insights), all.Skipped, len(all.Posts), cur)
		}
	}
}

func TestDaysNotPermitted(t *testing.T) {
	p := newPlatform(3)
	p.before = func(call string, _ *http.Request) (int, string) {
		if call == callReports {
			return 403, string(testdata(t, "analytics-revenue-403.json"))
		}
		return 0, ""
	}
	left := ""
	m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, Left: "insights=none", Leave: func(s string) { left = s }})
	if !errors.Is(err, collector.ErrNoInsights) || collector.OutcomeOf(err) != collector.OutcomeReconnect || cur != "" || len(m.all().Posts) != 3 {
		t.Errorf("Collect: %d videos, cursor %q, error %v", len(m.all().Posts), cur, err)
	}
	if l := parseLegacy(left); !l.insights.IsZero() || l.counted == "" {
		t.Errorf("left %q", left)
	}
}

// What comes after the list does not have the list read again, and is given up
// where it fails without end.
func TestRestFails(t *testing.T) {
	p := newPlatform(3)
	p.before = func(call string, _ *http.Request) (int, string) {
		if call == callReports {
			return 503, errorBody(503, "backendError", "Backend Error")
		}
		return 0, ""
	}
	c := connect(t, p)
	job := collector.Job{Account: ownerAccount, Left: "insights=none", Comments: true}
	runs := 0
	for {
		m, cur, err := collect(t, c, job)
		if runs++; err == nil {
			if cur != "" || m.all().Skipped != 1 || p.count(callThreads) != 1 {
				t.Errorf("last run: cursor %q, %d skipped, %d calls for comments", cur, m.all().Skipped, p.count(callThreads))
			}
			break
		}
		if job.Cursor = cur; runs > 9 || cur == "" || collector.OutcomeOf(err) != collector.OutcomeRetry {
			t.Fatalf("run %d: cursor %q, error %v", runs, cur, err)
		}
	}
	if p.count("playlistItems") != 2 || p.count(callReports) != runs || runs != maxRests {
		t.Errorf("%d pages of the list, %d reports in %d runs", p.count("playlistItems"), p.count(callReports), runs)
	}
}

// A name that is refused loses none of the others.
func TestSandboxWithdrawn(t *testing.T) {
	s, _, c := startSandbox(t, youtube.Options{})
	a := sandboxAccount(t, s.World, "governopr.sandbox")
	s.Faults.Withdraw("shares")
	s.Faults.Withdraw("paidProductPlacementDetails")
	job := collector.Job{Account: a, Left: "insights=none", Depth: sandboxNow.AddDate(0, 0, -20)}
	m, _ := leaving(t, c, job)
	states := map[string]schema.MetricState{}
	for _, st := range m.all().Metrics {
		if states[st.Kind+" "+st.Metric] != "" {
			t.Errorf("%s %s is told twice", st.Kind, st.Metric)
		}
		states[st.Kind+" "+st.Metric] = st.Status
		if st.Status == schema.MetricRefused && st.Detail == "" {
			t.Errorf("%+v has no words", st)
		}
	}
	want := map[string]schema.MetricState{"videos paidProductPlacementDetails": schema.MetricRefused, "reports shares": schema.MetricRefused}
	for _, name := range dayMetrics {
		if name != "shares" {
			want["reports "+name] = schema.MetricGiven
		}
	}
	if d := cmp.Diff(want, states); d != "" || len(m.all().Posts) < 20 || m.all().Posts[0].Paid != nil {
		t.Errorf("%d videos, states of metrics (-want +got):\n%s", len(m.all().Posts), d)
	}
	if len(m.all().Insights) == 0 {
		t.Error("no figures of days")
	}
}

// Comments and figures of days are the world's.
func TestSandboxRest(t *testing.T) {
	s, _, c := startSandbox(t, youtube.Options{})
	official := 0
	for _, known := range s.World.Accounts() {
		a := registered(known)
		m, left := leaving(t, c, collector.Job{Account: a, Comments: true, Left: "insights=none", Depth: sandboxNow.AddDate(0, 0, -60)})
		all := m.all()
		if len(all.Comments) < 100 || all.Skipped != 0 {
			t.Errorf("%s: %d comments, %d skipped", a.Handle, len(all.Comments), all.Skipped)
		}
		for _, got := range all.Comments {
			want := s.World.Comments(known, got.PostID, got.CollectedAt)
			i := slices.IndexFunc(want, func(w sandbox.Comment) bool { return w.CommentID == got.CommentID })
			if i < 0 {
				t.Fatalf("comment %+v was never written", got)
			}
			if w := (sandbox.Comment{CommentID: got.CommentID, ParentID: got.ParentID, Text: got.Text, Official: got.Official, PublishedAt: got.PublishedAt}); w != want[i] {
				t.Errorf("comment %+v, want %+v", w, want[i])
			}
			if got.Official {
				official++
			}
		}
		if owner := a.Access == schema.AccessOwner; owner != (len(all.Insights) > 50*len(dayMetrics)) || !owner && len(all.Insights) > 0 {
			t.Errorf("%s: %d figures of days", a.Handle, len(all.Insights))
		}
		for _, got := range all.Insights {
			if want, ok := s.World.Day(a.Handle, got.Day, got.ObservedAt)[got.Metric]; !ok || *got.Value != want {
				t.Fatalf("%s of %s: got %d, want %d", got.Metric, got.Day, *got.Value, want)
			}
		}
		if l := parseLegacy(left); l.comments.IsZero() || l.insights.IsZero() == (a.Access == schema.AccessOwner) {
			t.Errorf("%s leaves %q", a.Handle, left)
		}
	}
	if official < 50 {
		t.Errorf("%d official answers", official)
	}
	a := sandboxAccount(t, s.World, "governosp.sandbox")
	s.Faults.DisableComments(a.Handle)
	if m, _ := leaving(t, c, collector.Job{Account: a, Comments: true}); len(m.all().Comments) != 0 || m.all().Skipped != 0 {
		t.Errorf("comments are off: %d, %d skipped", len(m.all().Comments), m.all().Skipped)
	}
	owner := sandboxAccount(t, s.World, "governopr.sandbox")
	s.Faults.ForbidReports()
	if _, cur, err := collect(t, c, collector.Job{Account: owner, Left: "insights=none", Depth: sandboxNow.AddDate(0, 0, -2)}); !errors.Is(err, collector.ErrNoInsights) || cur != "" {
		t.Errorf("reports are forbidden: cursor %q, error %v", cur, err)
	}
}

// The end of the context during what comes last is no failure of it.
func TestRestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := newPlatform(3)
	p.before = func(call string, r *http.Request) (int, string) {
		if call == callReports {
			cancel()
			<-r.Context().Done()
		}
		return 0, ""
	}
	cur, err := connect(t, p).Collect(ctx, collector.Job{Account: ownerAccount}, new(memory).store)
	if pos, _ := parseCursor(cur); !errors.Is(err, context.Canceled) || pos.rest != 1 {
		t.Errorf("Collect: cursor %q, error %v", cur, err)
	}
}
