package facebook

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
	p.usage = `{"1":[{"type":"pages","call_count":80}]}`
	c := connect(t, p)
	var mu sync.Mutex
	usage := map[float64]int{}
	m, cur, err := collect(t, c, collector.Job{Account: ownerAccount, RunID: "run-1", OnUsage: func(percent float64) {
		mu.Lock()
		defer mu.Unlock()
		usage[percent]++
	}})
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	all := m.all()
	wantProfile := []schema.AccountObservation{{AccountID: "acc-1", Platform: "facebook", ObservedAt: testNow,
		Followers: new(int64(64363)), Extra: map[string]int64{"fan_count": 60000}, Name: "Information Department",
		Handle: "pid.sindh", Bio: "محکمہ اطلاعات", Link: "https://sindh.gov.pk", AvatarURL: "https://scontent.invalid/p.jpg", Verified: new(true), RunID: "run-1"}}
	if d := cmp.Diff(wantProfile, all.Profiles); d != "" {
		t.Errorf("profile (-want +got):\n%s", d)
	}
	if len(m.pages) != 3 || len(all.Posts) != 5 || len(all.Observations) != 10 || all.Calls != 1+3+5 || len(all.Raw) != 9 || all.Skipped != 0 {
		t.Errorf("got %d pages, %d posts, %d observations, %d calls, %d answers, %d skipped", len(m.pages), len(all.Posts), len(all.Observations), all.Calls, len(all.Raw), all.Skipped)
	}
	if usage[80] != all.Calls {
		t.Errorf("usage was told as %v, want once for each of %d calls", usage, all.Calls)
	}
	if len(m.pages[0].Profiles) != 1 {
		t.Error("profile is not on the first page")
	}
	want := schema.Observation{AccountID: "acc-1", PostID: postID(1), Platform: "facebook", ObservedAt: testNow, Call: "insights", RunID: "run-1",
		Counters: schema.Counters{Views: new(int64(1500)), Reach: new(int64(1501)), Clicks: new(int64(1502)), WatchSeconds: new(int64(1))},
		Extra: map[string]int64{"post_media_view": 1500, "post_total_media_view_unique": 1501, "post_clicks": 1502,
			"post_clicks_by_type.photo view": 3, "post_clicks_by_type.other clicks": 4, "post_activity_by_action_type.like": 2,
			"post_reactions_like_total": 1504, "post_reactions_love_total": 1505, "post_reactions_wow_total": 1506, "post_reactions_haha_total": 1507,
			"post_reactions_sorry_total": 1508, "post_reactions_anger_total": 1509, "post_video_views": 1512, "post_video_views_organic": 1513,
			"post_video_views_paid": 1514, "post_video_views_15s": 1515, "post_video_avg_time_watched": 1516, "post_video_view_time": 1517}}
	if d := cmp.Diff(want, m.calls(callInsights)[postID(1)]); d != "" {
		t.Errorf("insights of a reel (-want +got):\n%s", d)
	}
	if o := m.calls(callInsights)[postID(0)]; o.WatchSeconds != nil || len(o.Extra) != 12 {
		t.Errorf("insights of a picture: %+v", o)
	}
	want = schema.Observation{AccountID: "acc-1", PostID: postID(1), Platform: "facebook", ObservedAt: testNow, Call: "posts", RunID: "run-1",
		Counters: schema.Counters{Reactions: new(int64(10)), Comments: new(int64(1)), Shares: new(int64(1))},
		Extra:    map[string]int64{"LIKE": 9, "LOVE": 1, "WOW": 0, "HAHA": 0, "SAD": 0, "ANGRY": 0, "CARE": 0}}
	if d := cmp.Diff(want, m.calls(callPosts)[postID(1)]); d != "" {
		t.Errorf("post (-want +got):\n%s", d)
	}
	if d := cmp.Diff(schema.Counters{Comments: new(int64(3)), Shares: new(int64(3))}, m.calls(callPosts)[postID(3)].Counters); d != "" {
		t.Errorf("post whose reactions were not told (-want +got):\n%s", d)
	}
	if d := cmp.Diff(new(int64(0)), m.calls(callPosts)[postID(2)].Shares); d != "" {
		t.Errorf("shares that were left out (-want +got):\n%s", d)
	}
	wantPost := schema.Post{AccountID: "acc-1", PostID: postID(1), NativeID: postID(1), Platform: "facebook", Text: "post 1 #Sindh #کراچی https://sindh.gov.pk/1",
		Format: "reel", Permalink: "https://www.facebook.com/reel/900000001/", Links: []string{"https://sindh.gov.pk/1"}, Hashtags: []string{"Sindh", "کراچی"},
		PublishedAt: testNow.Add(-2 * time.Hour), CollectedAt: testNow}
	if d := cmp.Diff(wantPost, all.Posts[1]); d != "" {
		t.Errorf("post (-want +got):\n%s", d)
	}
}

func TestCollectPublic(t *testing.T) {
	p := newPlatform(5)
	c := connect(t, p)
	c.AppSecret = testSecret
	m, cur, err := collect(t, c, collector.Job{Account: publicAccount, RunID: "run-1"})
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	all := m.all()
	if len(all.Posts) != 5 || len(all.Observations) != 5 || len(all.Profiles) != 1 || all.Calls != 4 || len(all.Raw) != 4 {
		t.Errorf("got %d posts, %d observations, %d profiles, %d calls, %d answers", len(all.Posts), len(all.Observations), len(all.Profiles), all.Calls, len(all.Raw))
	}
	if all.Posts[0].PostID != postID(0) || m.calls(callPosts)[postID(1)].Reactions == nil {
		t.Errorf("post %+v", all.Posts[0])
	}
	for _, u := range p.requests("") {
		if u.Query().Get("appsecret_proof") == "" || u.Query().Has("include_hidden") {
			t.Errorf("request %s", u)
		}
	}
	for _, raw := range all.Raw {
		if proof := proof(testSecret, testToken); strings.Contains(raw.Request, proof) || strings.Contains(raw.Body, proof) {
			t.Errorf("the proof is in the raw answer of %s", raw.Request)
		}
	}

	gone := publicAccount
	gone.PlatformID = "104000000000099"
	if _, _, err := collect(t, c, collector.Job{Account: gone}); collector.OutcomeOf(err) != collector.OutcomeGone {
		t.Errorf("Collect of an unknown id: got %v, want %v", err, collector.ErrGone)
	}
	gone.Handle, gone.PlatformID = "nobody", ""
	if _, _, err := collect(t, c, collector.Job{Account: gone}); collector.OutcomeOf(err) != collector.OutcomeGone {
		t.Errorf("Collect of an unknown name: got %v, want %v", err, collector.ErrGone)
	}
}

// The proof is that of the platform's documentation: HMAC-SHA256 of the token
// under the secret. The vector is RFC 4231's second.
func TestProof(t *testing.T) {
	if got, want := proof("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"; got != want {
		t.Errorf("proof: got %s, want %s", got, want)
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
		{"platform id of a public account is a path", func(_ *Connector, a *schema.Account) { a.PlatformID, a.Access = "..", schema.AccessPublic }, collector.OutcomeFixRequest},
		{"no access", func(_ *Connector, a *schema.Account) { a.Access = "" }, collector.OutcomeFixRequest},
		{"handle is a path", func(_ *Connector, a *schema.Account) {
			a.Access, a.PlatformID, a.Handle = schema.AccessPublic, "", "me/accounts"
		}, collector.OutcomeFixRequest},
		{"handle leads up", func(_ *Connector, a *schema.Account) {
			a.Access, a.PlatformID, a.Handle = schema.AccessPublic, "", ".."
		}, collector.OutcomeFixRequest},
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
		{"secret of another app", func(c *Connector, _ *schema.Account) { c.AppSecret = "another0123456789" }, collector.OutcomeFixRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, a := connect(t, p), ownerAccount
			tt.change(c, &a)
			_, cur, err := collect(t, c, collector.Job{Account: a, Cursor: "until=1700000000"})
			if got := collector.OutcomeOf(err); got != tt.want || cur != "until=1700000000" {
				t.Errorf("Collect: outcome %q of %v with cursor %q, want %q and the old cursor", got, err, cur, tt.want)
			}
			if !strings.HasPrefix(err.Error(), "facebook: ") {
				t.Errorf("Collect: error %q does not say where", err)
			}
		})
	}
}

// TestMergedPage: the id of one Page leads to another.
func TestMergedPage(t *testing.T) {
	p := newPlatform(2)
	p.profile["id"] = "104000000000002"
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
	if collector.OutcomeOf(err) != collector.OutcomeFixRequest || len(m.pages) != 0 {
		t.Errorf("Collect: %d pages, error %v, want none and %v", len(m.pages), err, collector.ErrRequest)
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
			m, cur, err := collect(t, connect(t, newPlatform(8)), collector.Job{Account: ownerAccount, Depth: tt.depth, Cursor: tt.cur, InsightsDue: none})
			if err != nil || cur != "" || len(m.all().Posts) != tt.posts {
				t.Errorf("Collect: %d posts, cursor %q, error %v, want %d posts", len(m.all().Posts), cur, err, tt.posts)
			}
		})
	}
}

func TestPinnedPost(t *testing.T) {
	p := newPlatform(6)
	p.posts[0]["created_time"] = "2015-01-01T00:00:00+0000"
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
			p.posts = append(p.posts[:1:1], p.posts[2:]...) // the one under the cursor
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
	empty := `{"data":[],"paging":{"cursors":{"after":"%s"},"next":"https://x"}}`
	tests := []struct {
		name, body string
		want       collector.Outcome
	}{
		{"empty", `{"data":[]}`, collector.OutcomeOK},
		{"no list", `{}`, collector.OutcomeRetry},
		{"list is an object", `{"data":{}}`, collector.OutcomeRetry},
		{"items are no objects", `{"data":[1,"x",null,[]]}`, collector.OutcomeOK},
		{"next without a cursor", `{"data":[],"paging":{"next":"https://graph.facebook.com/"}}`, collector.OutcomeRetry},
		{"next with a cursor of evil", `{"data":[],"paging":{"cursors":{"after":"a b"},"next":"https://x"}}`, collector.OutcomeRetry},
		{"round in circles", fmt.Sprintf(empty, "a"), collector.OutcomeRetry},
		{"error with status 200", errorBody(2, 0, "x"), collector.OutcomeRetry},
		{"error is a string", `{"error":"x"}`, collector.OutcomeRetry},
		{"code that says to come back", `{"error":{"message":"x","code":999,"is_transient":true}}`, collector.OutcomeRetry},
		{"limit of the Page", errorBody(32, 0, "(#32) Page request limit reached"), collector.OutcomeWait},
		{"limit of the app", errorBody(4, 0, "x"), collector.OutcomeWait},
		{"limit of the user", errorBody(17, 0, "x"), collector.OutcomeWait},
		{"custom limit", errorBody(613, 0, "x"), collector.OutcomeWait},
		{"session", errorBody(102, 0, "x"), collector.OutcomeReconnect},
		{"blocked", errorBody(368, 0, "x"), collector.OutcomeReconnect},
		{"no permission", errorBody(200, 0, "(#200) x"), collector.OutcomeReconnect},
		{"dead version", errorBody(2635, 0, "x"), collector.OutcomeFixRequest},
		{"gone", errorBody(100, 33, "x"), collector.OutcomeGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(2)
			p.before = func(r *http.Request) (int, string) {
				if strings.HasSuffix(r.URL.Path, "/published_posts") {
					return 200, tt.body
				}
				return 0, ""
			}
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
			if got := collector.OutcomeOf(err); got != tt.want || cur != "" {
				t.Errorf("Collect: outcome %q of %v, cursor %q, want %q", got, err, cur, tt.want)
			}
			if all := m.all(); len(all.Profiles) != 1 || len(all.Posts) != 0 {
				t.Errorf("stored %d profiles and %d posts, want the profile alone", len(all.Profiles), len(all.Posts))
			}
		})
	}
}

// TestEmptyPages: pages without a post may have a next one, but not for ever.
func TestEmptyPages(t *testing.T) {
	for empty, want := range map[int]collector.Outcome{3: collector.OutcomeOK, graph.MaxEmptyPages: collector.OutcomeRetry} {
		p := newPlatform(3)
		n := 0
		p.before = func(r *http.Request) (int, string) {
			if !strings.HasSuffix(r.URL.Path, "/published_posts") || n == empty {
				if n == empty { // from the top, whatever the cursor
					q := r.URL.Query()
					q.Del("after")
					r.URL.RawQuery = q.Encode()
					n++
				}
				return 0, ""
			}
			if n > empty {
				return 0, ""
			}
			n++
			return 200, fmt.Sprintf(`{"data":[],"paging":{"cursors":{"after":"c%d"},"next":"https://x"}}`, n)
		}
		m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, InsightsDue: none})
		if got := collector.OutcomeOf(err); got != want || want == collector.OutcomeOK && len(m.all().Posts) != 3 {
			t.Errorf("after %d empty pages: %d posts, outcome %q of %v, want %q", empty, len(m.all().Posts), got, err, want)
		}
	}
}

// TestCountsNotPermitted: reactions and comments may refuse the whole call.
func TestCountsNotPermitted(t *testing.T) {
	p := newPlatform(5)
	p.before = func(r *http.Request) (int, string) {
		if strings.Contains(r.URL.Query().Get("fields"), "reactions") {
			return 403, errorBody(10, 0, "(#10) This endpoint requires the 'pages_read_user_content' permission")
		}
		return 0, ""
	}
	for _, post := range p.posts {
		delete(post, "r")
		delete(post, "c")
	}
	m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
	if !errors.Is(err, collector.ErrNoInsights) || collector.OutcomeOf(err) != collector.OutcomeReconnect || cur != "" {
		t.Errorf("Collect: cursor %q, error %v, want %v", cur, err, collector.ErrNoInsights)
	}
	if len(m.all().Posts) != 5 || len(m.calls(callInsights)) != 5 || m.calls(callPosts)[postID(1)].Reactions != nil || m.all().Calls != 1+1+3+5 {
		t.Errorf("stored %d posts and insights of %d with %d calls; want all, with one call more", len(m.all().Posts), len(m.calls(callInsights)), m.all().Calls)
	}
}

func TestInsightsDue(t *testing.T) {
	p := newPlatform(4)
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount, InsightsDue: func(p schema.Post) bool { return p.PostID == postID(2) }})
	if rows := m.calls(callInsights); err != nil || len(rows) != 1 || rows[postID(2)].PostID == "" || len(p.requests("/insights")) != 1 {
		t.Errorf("Collect: insights %v after %d calls, error %v", rows, len(p.requests("/insights")), err)
	}
}

func TestNoInsightsForOnePost(t *testing.T) {
	for name, tt := range map[string]struct {
		status  int
		body    string
		skipped int
		calls   int // of its insights
	}{
		"deleted":            {400, errorBody(100, 33, "Unsupported get request."), 1, 1},
		"gone or forbidden":  {400, errorBody(100, 0, "(#100) Object does not exist, cannot be loaded due to missing permission"), 1, 1},
		"all refused":        {400, errorBody(100, 0, "(#100) no"), 1, 3},
		"not yet":            {200, `{"data":[]}`, 0, 1},
		"no number":          {200, `{"data":[{"name":"post_clicks","values":[{}]},{"name":"post_media_view"}]}`, 0, 1},
		"nothing":            {200, `{"data":[{"name":"post_reactions_by_type_total","values":[{"value":{}}]}]}`, 0, 1},
		"null":               {200, `{"data":[{"name":"post_clicks","values":[{"value":null}]}]}`, 0, 1},
		"parts are no count": {200, `{"data":[{"name":"post_clicks_by_type","values":[{"value":{"a":-1,"b":"x"}}]}]}`, 2, 1},
		"evil name":          {200, `{"data":[{"name":"a<b","values":[{"value":1}]},{"name":"","values":[{"value":{"x":1}}]}]}`, 2, 1},
		"several values":     {200, `{"data":[{"name":"post_media_view","values":[{"value":1},{"value":2}]}]}`, 1, 1},
		"by day":             {200, `{"data":[{"name":"post_video_views","period":"day","values":[{"value":1},{"value":2}]}]}`, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(4)
			p.insight = func(asked string) (int, string) {
				if asked == postID(1) {
					return tt.status, tt.body
				}
				return 0, ""
			}
			c := connect(t, p)
			m, cur, err := collect(t, c, collector.Job{Account: ownerAccount})
			rows := m.calls(callInsights)
			if err != nil || cur != "" || len(rows) != 3 || len(m.all().Posts) != 4 {
				t.Errorf("Collect: %d posts, insights of %d, cursor %q, error %v, want 4 and 3", len(m.all().Posts), len(rows), cur, err)
			}
			if _, ok := rows[postID(1)]; ok {
				t.Error("a row without a number was stored")
			}
			if got := m.all().Skipped; got != tt.skipped {
				t.Errorf("skipped %d, want %d", got, tt.skipped)
			}
			if got := len(p.requests(postID(1) + "/insights")); got != tt.calls {
				t.Errorf("%d calls, want %d", got, tt.calls)
			}
			for kind, names := range metricsOf {
				if left := c.reader.Refused.Without(kind, names); len(left) != len(names) {
					t.Errorf("metrics of a %s refused for good because of one post: %v are left", kind, left)
				}
			}
		})
	}
}

func TestRefusedMetrics(t *testing.T) {
	p := newPlatform(6)
	p.refuse = []string{"post_clicks", "post_total_media_view_unique", "post_video_avg_time_watched"}
	c := connect(t, p)
	now := testNow
	c.Now = func() time.Time { return now }
	m, _, err := collect(t, c, collector.Job{Account: ownerAccount})
	rows := m.calls(callInsights)
	if err != nil || len(rows) != 6 || m.all().Skipped != 0 {
		t.Fatalf("Collect: insights of %d posts, %d skipped, error %v", len(rows), m.all().Skipped, err)
	}
	for id, o := range rows {
		if o.Reach != nil || o.Views == nil || o.Clicks != nil || o.Extra["post_clicks_by_type.photo view"] != 3 {
			t.Errorf("insights of %s: %+v", id, o)
		}
	}
	if o := rows[postID(1)]; o.WatchSeconds == nil {
		t.Errorf("insights of a reel: %+v", o)
	}
	status := map[string]schema.MetricStatus{}
	for _, m := range m.all().Metrics {
		if _, twice := status[m.Kind+" "+m.Metric]; twice {
			t.Errorf("%s of %s is told twice", m.Metric, m.Kind)
		}
		status[m.Kind+" "+m.Metric] = m
	}
	wantStatus := schema.MetricStatus{Platform: "facebook", Kind: "video", Metric: "post_clicks", Status: "refused",
		Detail: "(#100) The value must be a valid insights metric", AccountID: "acc-1", At: testNow}
	if d := cmp.Diff(wantStatus, status["video post_clicks"]); d != "" {
		t.Errorf("status of a refused metric (-want +got):\n%s", d)
	}
	if m := status["video post_media_view"]; m.Status != "given" || m.Detail != "" {
		t.Errorf("status of a metric that is given: %+v", m)
	}
	before := len(p.requests("/insights"))
	if _, _, err := collect(t, c, collector.Job{Account: ownerAccount}); err != nil {
		t.Fatal(err)
	}
	if got := len(p.requests("/insights")) - before; got != 6 {
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
		if _, ok := o.Extra["post_clicks"]; !ok {
			t.Errorf("insights of %s a day later: %+v", id, o)
		}
	}
}

func TestInsightsNotPermitted(t *testing.T) {
	for _, code := range []int{10, 200, 283} {
		p := newPlatform(5)
		p.insight = func(string) (int, string) {
			return 403, errorBody(code, 0, "Application does not have permission for this action")
		}
		m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
		if !errors.Is(err, collector.ErrNoInsights) || !errors.Is(err, collector.ErrUnauthorized) || cur != "" || len(m.all().Posts) != 5 || len(p.requests("/insights")) > 2 {
			t.Errorf("Collect with code %d: %d posts, %d insights calls, cursor %q, error %v; want all posts, then a person", code, len(m.all().Posts), len(p.requests("/insights")), cur, err)
		}
	}
}

func TestInsightsStopInTheMiddle(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   collector.Outcome
	}{
		{"quota", 403, errorBody(80001, 0, "too many"), collector.OutcomeWait},
		{"token", 400, errorBody(190, 460, "dead"), collector.OutcomeReconnect},
		{"trouble", 500, "<html>", collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(8)
			p.insight = func(id string) (int, string) {
				if id == postID(5) {
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
			if len(m.all().Posts) != 8 || m.calls(callInsights)[postID(4)].PostID == "" {
				t.Errorf("stored %d posts and insights %v, want all that was read", len(m.all().Posts), m.calls(callInsights))
			}
			p.insight = nil
			m2, cur, err := collect(t, c, collector.Job{Account: ownerAccount, Cursor: cur})
			if err != nil || cur != "" {
				t.Fatalf("second Collect: cursor %q, error %v", cur, err)
			}
			for id := range m.calls(callPosts) {
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
	p.insight = func(id string) (int, string) {
		if id == postID(1) {
			return 500, errorBody(1, 0, "An unknown error has occurred.")
		}
		return 0, ""
	}
	c := connect(t, p)
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
