package instagram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/schema"
)

func (m *memory) store(_ context.Context, p collector.Page) error {
	m.pages = append(m.pages, p)
	return nil
}

// calls returns the observations of one call, by post.
func (m *memory) calls(call string) map[string]schema.Observation {
	rows := make(map[string]schema.Observation)
	for _, o := range m.all().Observations {
		if o.Call == call {
			rows[o.PostID] = o
		}
	}
	return rows
}

func collect(t *testing.T, c *Connector, job collector.Job) (*memory, collector.Cursor, error) {
	t.Helper()
	m := new(memory)
	cur, err := c.Collect(t.Context(), job, m.store)
	return m, cur, err
}

func none(schema.Post) bool { return false }

func TestCollectOwner(t *testing.T) {
	p := newPlatform(5)
	p.usage = `{"1":[{"type":"instagram","call_count":80}]}`
	c := connect(t, p)
	var mu sync.Mutex
	usage := map[float64]int{}
	onUsage := func(percent float64) {
		mu.Lock()
		defer mu.Unlock()
		usage[percent]++
	}
	m, cur, err := collect(t, c, collector.Job{Account: ownerAccount, RunID: "run-1", OnUsage: onUsage})
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	all := m.all()
	wantProfile := []schema.AccountObservation{{AccountID: "acc-1", Platform: "instagram", ObservedAt: testNow,
		Followers: new(int64(64363)), Following: new(int64(0)), Posts: new(int64(5)), Name: "Information Department",
		Handle: "pid.sindh", Bio: "محکمہ اطلاعات", Link: "https://sindh.gov.pk", RunID: "run-1"}}
	if d := cmp.Diff(wantProfile, all.Profiles); d != "" {
		t.Errorf("profile (-want +got):\n%s", d)
	}
	if len(m.pages) != 3 || len(all.Posts) != 5 || len(all.Observations) != 10 || all.Calls != 2+3+5 || len(all.Raw) != 9 || all.Skipped != 0 {
		t.Errorf("got %d pages, %d posts, %d observations, %d calls, %d answers, %d skipped", len(m.pages), len(all.Posts), len(all.Observations), all.Calls, len(all.Raw), all.Skipped)
	}
	if usage[80] != all.Calls {
		t.Errorf("usage was told as %v, want once for each of %d calls", usage, all.Calls)
	}
	if len(m.pages[0].Profiles) != 1 {
		t.Error("profile is not on the first page")
	}
	want := schema.Observation{AccountID: "acc-1", PostID: "C00001", Platform: "instagram", ObservedAt: testNow, Call: "insights", RunID: "run-1",
		Counters: schema.Counters{Reach: new(int64(1500)), Views: new(int64(1501)), Saves: new(int64(1504)), Shares: new(int64(1505)), WatchSeconds: new(int64(1))},
		Extra: map[string]int64{"reach": 1500, "views": 1501, "likes": 1502, "comments": 1503, "saved": 1504, "shares": 1505,
			"total_interactions": 1506, "reposts": 1507, "ig_reels_avg_watch_time": 1508, "ig_reels_video_view_total_time": 1509}}
	if d := cmp.Diff(want, m.calls(callInsights)["C00001"]); d != "" {
		t.Errorf("insights of a reel (-want +got):\n%s", d)
	}
	want = schema.Observation{AccountID: "acc-1", PostID: "C00003", Platform: "instagram", ObservedAt: testNow, Call: "media", RunID: "run-1",
		Counters: schema.Counters{Comments: new(int64(3))}}
	if d := cmp.Diff(want, m.calls(callMedia)["C00003"]); d != "" {
		t.Errorf("media with hidden likes (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Sindh", "کراچی"}, all.Posts[2].Hashtags); d != "" {
		t.Errorf("hashtags (-want +got):\n%s", d)
	}
}

func TestCollectPublic(t *testing.T) {
	p := newPlatform(5)
	p.media[1]["view_count"] = 77
	c := connect(t, p)
	m, cur, err := collect(t, c, collector.Job{Account: publicAccount, RunID: "run-1"})
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	all := m.all()
	// The last list of this platform has a cursor, which leads to nothing.
	if len(all.Posts) != 5 || len(all.Observations) != 5 || len(all.Profiles) != 1 || all.Calls != 4 || len(all.Raw) != 4 {
		t.Errorf("got %d posts, %d observations, %d profiles, %d calls, %d answers", len(all.Posts), len(all.Observations), len(all.Profiles), all.Calls, len(all.Raw))
	}
	o := m.calls(callMedia)["C00001"]
	if d := cmp.Diff(schema.Counters{Reactions: new(int64(10)), Comments: new(int64(1)), Views: new(int64(77))}, o.Counters); d != "" {
		t.Errorf("counters (-want +got):\n%s", d)
	}

	gone := publicAccount
	gone.PlatformID = "17841400000000099"
	if _, _, err := collect(t, c, collector.Job{Account: gone}); collector.OutcomeOf(err) != collector.OutcomeGone {
		t.Errorf("Collect of a name that is another's now: got %v, want %v", err, collector.ErrGone)
	}
	gone.Handle, gone.PlatformID = "nobody", ""
	if _, _, err := collect(t, c, collector.Job{Account: gone}); collector.OutcomeOf(err) != collector.OutcomeGone {
		t.Errorf("Collect of an unknown name: got %v, want %v", err, collector.ErrGone)
	}
}

func TestCollectSettings(t *testing.T) {
	p := newPlatform(2)
	tests := []struct {
		name   string
		change func(*Connector, *schema.Account)
		want   collector.Outcome
	}{
		{"no platform id", func(_ *Connector, a *schema.Account) { a.PlatformID = "" }, collector.OutcomeFixRequest},
		{"platform id is a path", func(_ *Connector, a *schema.Account) { a.PlatformID = "1/../me" }, collector.OutcomeFixRequest},
		{"no access", func(_ *Connector, a *schema.Account) { a.Access = "" }, collector.OutcomeFixRequest},
		{"handle is a query", func(_ *Connector, a *schema.Account) { a.Access, a.Handle = schema.AccessPublic, "a){id},x(" }, collector.OutcomeFixRequest},
		{"no office", func(c *Connector, a *schema.Account) { a.Access, c.OfficeUserID = schema.AccessPublic, "" }, collector.OutcomeFixRequest},
		{"no source of tokens", func(c *Connector, _ *schema.Account) { c.Token = nil }, collector.OutcomeFixRequest},
		{"no token", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "", nil }
		}, collector.OutcomeReconnect},
		{"token is refused us", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "", collector.ErrUnauthorized }
		}, collector.OutcomeReconnect},
		{"bad address", func(c *Connector, _ *schema.Account) { c.BaseURL = "::" }, collector.OutcomeFixRequest},
		{"dead token", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "EAAold", nil }
		}, collector.OutcomeReconnect},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, a := connect(t, p), ownerAccount
			tt.change(c, &a)
			_, cur, err := collect(t, c, collector.Job{Account: a, Cursor: "until=1700000000"})
			if got := collector.OutcomeOf(err); got != tt.want || cur != "until=1700000000" {
				t.Errorf("Collect: outcome %q of %v with cursor %q, want %q and the old cursor", got, err, cur, tt.want)
			}
			if !strings.HasPrefix(err.Error(), "instagram: ") {
				t.Errorf("Collect: error %q does not say where", err)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	for _, tt := range []struct {
		name  string
		depth time.Time
		cur   collector.Cursor
		posts int
	}{
		{"all", time.Time{}, "", 8},
		{"first page", testNow.Add(-90 * time.Minute), "", 2},
		{"at a post", testNow.Add(-4 * time.Hour), "", 6}, // the post at the depth itself ends its page
		{"the deeper of both", testNow.Add(-time.Hour), cursorAt(testNow.Add(-3*time.Hour), testNow.Add(-5*time.Hour)), 4},
		{"unreadable cursor", time.Time{}, "QVFI", 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, newPlatform(8))
			c.Log = quiet
			m, cur, err := collect(t, c, collector.Job{Account: ownerAccount, Depth: tt.depth, Cursor: tt.cur, InsightsDue: none})
			if err != nil || cur != "" || len(m.all().Posts) != tt.posts {
				t.Errorf("Collect: %d posts, cursor %q, error %v, want %d posts", len(m.all().Posts), cur, err, tt.posts)
			}
		})
	}
}

func TestPinnedPost(t *testing.T) {
	p := newPlatform(6)
	p.media[0]["timestamp"] = "2015-01-01T00:00:00+0000"
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, Depth: testNow.Add(-210 * time.Minute), InsightsDue: none})
	if err != nil || len(m.all().Posts) != 4 {
		t.Errorf("Collect: %d posts, error %v, want 4: an old post on top must not end the list", len(m.all().Posts), err)
	}
}

func TestCursorDiesWithItsItem(t *testing.T) {
	p := newPlatform(6)
	c := connect(t, p)
	m := new(memory)
	cur, err := c.Collect(t.Context(), collector.Job{Account: ownerAccount, InsightsDue: none}, func(ctx context.Context, page collector.Page) error {
		if len(m.pages) == 0 {
			p.media = append(p.media[:1:1], p.media[2:]...) // the one under the cursor
		}
		return m.store(ctx, page)
	})
	posts := map[string]bool{}
	for _, p := range m.all().Posts {
		posts[p.PostID] = true
	}
	if err != nil || cur != "" || len(posts) != 6 {
		t.Errorf("Collect: %d posts, cursor %q, error %v, want all 6", len(posts), cur, err)
	}
}

func TestOddLists(t *testing.T) {
	tests := []struct {
		name, body string
		want       collector.Outcome
	}{
		{"empty", `{"data":[]}`, collector.OutcomeOK},
		{"no list", `{}`, collector.OutcomeRetry},
		{"list is an object", `{"data":{}}`, collector.OutcomeRetry},
		{"items are no objects", `{"data":[1,"x",null,[]]}`, collector.OutcomeOK},
		{"next without a cursor", `{"data":[],"paging":{"next":"https://graph.facebook.com/"}}`, collector.OutcomeRetry},
		{"next with a cursor of evil", `{"data":[],"paging":{"cursors":{"after":"a)"},"next":"https://x"}}`, collector.OutcomeRetry},
		{"round in circles", `{"data":[],"paging":{"cursors":{"after":"a"},"next":"https://x"}}`, collector.OutcomeRetry},
		{"round in a larger circle", "circle", collector.OutcomeRetry},
		{"error with status 200", errorBody(2, 0, "x"), collector.OutcomeRetry},
		{"error is a string", `{"error":"x"}`, collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(2)
			n := 0
			p.before = func(path string) (int, string) {
				if strings.HasSuffix(path, "/media") {
					if n++; tt.body == "circle" {
						return 200, fmt.Sprintf(`{"data":[],"paging":{"cursors":{"after":"c%d"},"next":"https://x"}}`, n%3)
					}
					return 200, tt.body
				}
				return 0, ""
			}
			c := connect(t, p)
			c.Log = quiet
			m, cur, err := collect(t, c, collector.Job{Account: ownerAccount})
			if got := collector.OutcomeOf(err); got != tt.want || cur != "" {
				t.Errorf("Collect: outcome %q of %v, cursor %q, want %q", got, err, cur, tt.want)
			}
			if all := m.all(); len(all.Profiles) != 1 || len(all.Posts) != 0 {
				t.Errorf("stored %d profiles and %d posts, want the profile alone", len(all.Profiles), len(all.Posts))
			}
		})
	}
}

func TestInsightsDue(t *testing.T) {
	p := newPlatform(4)
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, InsightsDue: func(p schema.Post) bool { return p.PostID == "C00002" }})
	if rows := m.calls(callInsights); err != nil || len(rows) != 1 || rows["C00002"].PostID == "" || p.count("/insights") != 1 {
		t.Errorf("Collect: insights %v after %d calls, error %v", rows, p.count("/insights"), err)
	}
}

func TestNoInsightsForOnePost(t *testing.T) {
	for name, tt := range map[string]struct {
		status  int
		body    string
		skipped int
	}{
		"few viewers": {403, errorBody(10, 0, "(#10) Not enough viewers for the media to show insights"), 0},
		"too old":     {400, errorBody(100, 2108006, "media posted before business account conversion"), 1},
		"deleted":     {400, errorBody(100, 33, "Unsupported get request."), 1},
		"all refused": {400, errorBody(100, 0, "(#100) no"), 1},
		"not yet":     {200, `{"data":[]}`, 0},
		"no number":   {200, `{"data":[{"name":"reach","values":[{}]},{"name":"views"}]}`, 0},
		"an object":   {200, `{"data":[{"name":"reach","values":[{"value":{"a":1}}]}]}`, 1},
		"evil name":   {200, `{"data":[{"name":"a b","values":[{"value":1}]}]}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(4)
			id := fmt.Sprint(p.media[1]["id"])
			p.insight = func(asked string) (int, string) {
				if asked == id {
					return tt.status, tt.body
				}
				return 0, ""
			}
			c := connect(t, p)
			c.Log = quiet
			m, cur, err := collect(t, c, collector.Job{Account: ownerAccount})
			rows := m.calls(callInsights)
			if err != nil || cur != "" || len(rows) != 3 || len(m.all().Posts) != 4 {
				t.Errorf("Collect: %d posts, insights of %d, cursor %q, error %v, want 4 and 3", len(m.all().Posts), len(rows), cur, err)
			}
			if _, ok := rows["C00001"]; ok {
				t.Error("a row without a number was stored")
			}
			if got := m.all().Skipped; got != tt.skipped {
				t.Errorf("skipped %d, want %d", got, tt.skipped)
			}
			for product, names := range metricsOf {
				if left := c.reader.Refused.Without(product, names); len(left) != len(names) {
					t.Errorf("metrics of %q refused for good because of one post: %v are left", product, left)
				}
			}
		})
	}
}

func TestRefusedMetrics(t *testing.T) {
	p := newPlatform(6)
	p.refuse = []string{"reposts", "reach", "ig_reels_avg_watch_time", "impressions"}
	p.media[5]["timestamp"] = "2024-07-01T23:59:59+0000"
	c := connect(t, p)
	c.Log = quiet
	now := testNow
	c.Now = func() time.Time { return now }
	m, _, err := collect(t, c, collector.Job{Account: ownerAccount})
	rows := m.calls(callInsights)
	if err != nil || len(rows) != 6 || m.all().Skipped != 0 {
		t.Fatalf("Collect: insights of %d posts, %d skipped, error %v", len(rows), m.all().Skipped, err)
	}
	for id, o := range rows {
		if o.Reach != nil || o.Views == nil || o.Saves == nil || o.Impressions != nil {
			t.Errorf("insights of %s: %+v", id, o)
		}
	}
	status := map[string]schema.MetricStatus{}
	for _, m := range m.all().Metrics {
		if _, twice := status[m.Kind+" "+m.Metric]; twice {
			t.Errorf("%s of %s is told twice", m.Metric, m.Kind)
		}
		status[m.Kind+" "+m.Metric] = m
	}
	wantStatus := schema.MetricStatus{Platform: "instagram", Kind: "REELS", Metric: "reposts", Status: "refused",
		Detail: "(#100) The value must be a valid insights metric", AccountID: "acc-1", At: testNow}
	if d := cmp.Diff(wantStatus, status["REELS reposts"]); d != "" {
		t.Errorf("status of a refused metric (-want +got):\n%s", d)
	}
	if m := status["REELS views"]; m.Status != "given" || m.Detail != "" {
		t.Errorf("status of a metric that is given: %+v", m)
	}
	before := p.count("/insights")
	if _, _, err := collect(t, c, collector.Job{Account: ownerAccount}); err != nil {
		t.Fatal(err)
	}
	if got := p.count("/insights") - before; got != 6 {
		t.Errorf("second pass: %d insights calls, want 6: the names were to be remembered", got)
	}

	// A day later all are asked for again, and one that returned is there.
	p.refuse = p.refuse[1:]
	now = now.Add(24 * time.Hour)
	m, _, err = collect(t, c, collector.Job{Account: ownerAccount})
	if err != nil {
		t.Fatal(err)
	}
	for id, o := range m.calls(callInsights) {
		if _, ok := o.Extra["reposts"]; !ok {
			t.Errorf("insights of %s a day later: %+v", id, o)
		}
	}
}

func TestImpressions(t *testing.T) {
	p := newPlatform(3)
	for _, m := range p.media {
		m["timestamp"] = "2024-07-01T23:59:59+0000"
	}
	p.media[0]["timestamp"] = "2024-07-02T00:00:00+0000"
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
	if err != nil {
		t.Fatal(err)
	}
	rows := m.calls(callInsights) // of a new picture, an old reel and an old picture
	if rows["C00000"].Impressions != nil || rows["C00001"].Impressions != nil || rows["C00002"].Impressions == nil {
		t.Errorf("impressions: %v", rows)
	}
}

func TestInsightsNotPermitted(t *testing.T) {
	p := newPlatform(5)
	p.insight = func(string) (int, string) {
		return 403, errorBody(10, 0, "(#10) Application does not have permission for this action")
	}
	m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
	if !errors.Is(err, collector.ErrUnauthorized) || cur != "" || len(m.all().Posts) != 5 || p.count("/insights") > 2 {
		t.Errorf("Collect: %d posts, %d insights calls, cursor %q, error %v; want all posts, then a person", len(m.all().Posts), p.count("/insights"), cur, err)
	}
}

func TestInsightsStopInTheMiddle(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   collector.Outcome
	}{
		{"quota", 403, errorBody(80002, 0, "too many"), collector.OutcomeWait},
		{"token", 400, errorBody(190, 460, "dead"), collector.OutcomeReconnect},
		{"trouble", 500, "<html>", collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(8)
			bad := fmt.Sprint(p.media[5]["id"])
			p.insight = func(id string) (int, string) {
				if id == bad {
					return tt.status, tt.body
				}
				return 0, ""
			}
			c := connect(t, p)
			c.PageSize, c.Concurrency = 4, 1
			m, cur, err := collect(t, c, collector.Job{Account: ownerAccount})
			if got := collector.OutcomeOf(err); got != tt.want {
				t.Errorf("Collect: outcome %q of %v, want %q", got, err, tt.want)
			}
			if len(m.all().Posts) != 8 || m.calls(callInsights)["C00004"].PostID == "" {
				t.Errorf("stored %d posts and insights %v, want all that was read", len(m.all().Posts), m.calls(callInsights))
			}
			p.insight = nil
			m2, cur, err := collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur})
			if err != nil || cur != "" {
				t.Fatalf("second Collect: cursor %q, error %v", cur, err)
			}
			for id := range m.calls(callMedia) {
				if m.calls(callInsights)[id].PostID == "" && m2.calls(callInsights)[id].PostID == "" {
					t.Errorf("insights of %s were lost", id)
				}
			}
			if got := len(m2.all().Posts); got > 4 {
				t.Errorf("second Collect sent %d posts, want none of the pages that were complete", got)
			}
		})
	}
}

func TestPoisonedPost(t *testing.T) {
	p := newPlatform(4)
	bad := fmt.Sprint(p.media[1]["id"])
	p.insight = func(id string) (int, string) {
		if id == bad {
			return 500, errorBody(1, 0, "An unknown error has occurred.")
		}
		return 0, ""
	}
	c := connect(t, p)
	c.Log = quiet
	var cur collector.Cursor
	runs, posts := 0, map[string]bool{}
	for ; runs < 10; runs++ {
		var m *memory
		var err error
		m, cur, err = collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur})
		for _, p := range m.all().Posts {
			posts[p.PostID] = true
		}
		if err == nil {
			break
		}
	}
	if runs != graph.MaxStuck+1 || len(posts) != 4 || cur != "" {
		t.Errorf("after %d runs %d posts, cursor %q; want all after %d", runs, len(posts), cur, graph.MaxStuck+1)
	}
}

func TestInsightsConcurrency(t *testing.T) {
	p := newPlatform(12)
	var mu sync.Mutex
	most, running := 0, 0
	release := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/insights") {
			mu.Lock()
			running++
			most = max(most, running)
			if running == 3 {
				select {
				case <-release:
				default:
					close(release)
				}
			}
			mu.Unlock()
			<-release
			defer func() { mu.Lock(); running--; mu.Unlock() }()
		}
		p.ServeHTTP(w, r)
	})
	c := connect(t, h)
	c.PageSize, c.Concurrency = 12, 3
	m, _, err := collect(t, c, collector.Job{Account: ownerAccount})
	if err != nil || len(m.calls(callInsights)) != 12 || most != 3 {
		t.Errorf("Collect: insights of %d posts, %d at once, error %v, want 12 and 3", len(m.calls(callInsights)), most, err)
	}
}

func TestMoreFields(t *testing.T) {
	p := newPlatform(1)
	p.media[0]["saved_count"], p.media[0]["total_views_count"] = 7, "12"
	c := connect(t, p)
	c.MoreFields = []string{"saved_count", "total_views_count"}
	m, _, err := collect(t, c, collector.Job{Account: ownerAccount, InsightsDue: none})
	if err != nil {
		t.Fatal(err)
	}
	o := m.calls(callMedia)["C00000"]
	if d := cmp.Diff(map[string]int64{"saved_count": 7, "total_views_count": 12}, o.Extra); d != "" || o.Saves != nil || o.Views != nil {
		t.Errorf("extra (-want +got):\n%s\ncounters %+v", d, o.Counters)
	}
}

func TestObservedAtIsTheAnswers(t *testing.T) {
	p := newPlatform(2)
	var mu sync.Mutex
	at := testNow
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		at = at.Add(time.Second)
		w.Header().Set("Date", at.Format(http.TimeFormat))
		mu.Unlock()
		p.ServeHTTP(w, r)
	})
	c := connect(t, h)
	c.Skew, c.Concurrency = time.Minute, 1
	m, _, err := collect(t, c, collector.Job{Account: ownerAccount})
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	got = append(got, int(m.all().Profiles[0].ObservedAt.Sub(testNow)/time.Second))
	for _, o := range m.all().Observations {
		got = append(got, int(o.ObservedAt.Sub(testNow)/time.Second))
	}
	if d := cmp.Diff([]int{1, 3, 3, 4, 5}, got); d != "" {
		t.Errorf("seconds of the profile, after that of the stories the page twice, each insights (-want +got):\n%s", d)
	}
}
