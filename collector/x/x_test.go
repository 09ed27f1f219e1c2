package x

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

func TestCollect(t *testing.T) {
	for _, v := range []Vocabulary{Legacy, New} {
		t.Run(string(v), func(t *testing.T) {
			p := newPlatform(5)
			p.vocabulary = v
			c := connect(t, p)
			c.Vocabulary = v
			var usage []float64
			m, cur, err := collect(t, c, collector.Job{Account: ownerAccount, RunID: "run-1", OnUsage: func(percent float64) { usage = append(usage, percent) }})
			if err != nil || cur != "" {
				t.Fatalf("Collect: cursor %q, error %v", cur, err)
			}
			all := m.all()
			// Three pages of posts with their insights, and the empty one.
			if len(m.pages) != 4 || len(all.Posts) != 5 || len(all.Observations) != 10 || all.Calls != 1+3*2+1 || len(all.Raw) != all.Calls || all.Skipped != 0 {
				t.Errorf("got %d pages, %d posts, %d observations, %d calls, %d answers, %d skipped",
					len(m.pages), len(all.Posts), len(all.Observations), all.Calls, len(all.Raw), all.Skipped)
			}
			if d := cmp.Diff([]float64{80, 80, 80, 80}, usage); d != "" {
				t.Errorf("usage, once for each page of the list (-want +got):\n%s", d)
			}
			if all.Raw[0].APIVersion != "2.163" {
				t.Errorf("raw answer of API version %q, want that of the answer", all.Raw[0].APIVersion)
			}
			wantProfile := []schema.AccountObservation{{AccountID: "acc-1", Platform: "x", ObservedAt: testNow,
				Followers: new(int64(64363)), Following: new(int64(0)), Posts: new(int64(1200)),
				Name: "Information Department", Handle: "pid_sindh", Bio: "محکمہ اطلاعات", Link: "https://sindh.gov.pk",
				AvatarURL: "https://pbs.twimg.com/profile_images/1/a_normal.jpg", Verified: new(true),
				Extra: map[string]int64{"listed_count": 81, "media_count": 300, "like_count": 17}, RunID: "run-1"}}
			if d := cmp.Diff(wantProfile, m.pages[0].Profiles); d != "" {
				t.Errorf("profile of the first page (-want +got):\n%s", d)
			}
			id := postID(1)
			wantPost := schema.Post{AccountID: "acc-1", PostID: id, Platform: "x", NativeID: id, Text: "post 1 & more #Sindh #کراچی https://t.co/1",
				Format: "video", Permalink: "https://x.com/pid_sindh/status/" + id, Links: []string{"https://sindh.gov.pk/1"},
				Hashtags: []string{"Sindh", "کراچی"}, AltText: new("a wall"), PublishedAt: testNow.Add(-2 * time.Hour), CollectedAt: testNow}
			if d := cmp.Diff(wantPost, all.Posts[1]); d != "" {
				t.Errorf("post with a video (-want +got):\n%s", d)
			}
			want := schema.Observation{AccountID: "acc-1", PostID: id, Platform: "x", ObservedAt: testNow, Call: "tweets", RunID: "run-1",
				Counters: schema.Counters{Views: new(int64(501)), Impressions: new(int64(1001)), Reactions: new(int64(10)), Comments: new(int64(2)),
					Shares: new(int64(2)), Saves: new(int64(3))},
				Extra: map[string]int64{"retweet_count": 1, "reply_count": 2, "like_count": 10, "quote_count": 1, "bookmark_count": 3,
					"impression_count": 1001, "view_count": 501}}
			if d := cmp.Diff(want, m.readings(callTweets)[id]); d != "" {
				t.Errorf("public counters (-want +got):\n%s", d)
			}
			want = schema.Observation{AccountID: "acc-1", PostID: id, Platform: "x", ObservedAt: testNow, Call: "insights", RunID: "run-1",
				Counters: schema.Counters{Clicks: new(int64(41))},
				Extra: map[string]int64{"impression_count": 1011, "url_link_clicks": 41, "user_profile_clicks": 7, "engagements": 90,
					"organic_metrics.impression_count": 901, "organic_metrics.like_count": 9, "organic_metrics.reply_count": 1,
					"organic_metrics.retweet_count": 1, "organic_metrics.url_link_clicks": 30, "organic_metrics.user_profile_clicks": 6}}
			if d := cmp.Diff(want, m.readings(callInsights)[id]); d != "" {
				t.Errorf("private counters (-want +got):\n%s", d)
			}
			if o := m.readings(callTweets)[postID(3)]; o.Reactions != nil || o.Views != nil || *o.Comments != 6 {
				t.Errorf("counters of a post that tells no likes and has no video: %+v", o.Counters)
			}
		})
	}
}

func TestCollectPublic(t *testing.T) {
	p := newPlatform(5)
	m, cur, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	if err != nil || cur != "" || len(m.all().Posts) != 5 || len(m.all().Observations) != 5 || len(p.requests("/2/tweets")) != 0 {
		t.Errorf("Collect: %d posts, %d observations, cursor %q, error %v; want 5 of each and no insights", len(m.all().Posts), len(m.all().Observations), cur, err)
	}
	if len(p.requests("/2/users/by/username/pid_sindh")) != 1 {
		t.Error("an account without an id was not looked up by its name")
	}
}

func TestRequests(t *testing.T) {
	depth := testNow.Add(-48 * time.Hour)
	tests := []struct {
		vocabulary         Vocabulary
		timeline, insights url.Values
	}{
		{Legacy,
			url.Values{"max_results": {"100"}, "start_time": {"2026-11-18T12:00:00Z"},
				"tweet.fields": {"id,text,attachments,created_at,edit_history_tweet_ids,entities,note_tweet,paid_partnership,public_metrics,referenced_tweets"},
				"media.fields": {mediaFields}, "expansions": {"attachments.media_keys"}},
			url.Values{"ids": {postID(0) + "," + postID(1)}, "tweet.fields": {"id,non_public_metrics,organic_metrics,promoted_metrics"}}},
		{New,
			url.Values{"max_results": {"100"}, "start_time": {"2026-11-18T12:00:00Z"},
				"post.fields":  {"id,text,attachments,created_at,entities,note_post,paid_partnership,public_metrics"},
				"media.fields": {mediaFields}, "expansions": {"attachments.media_keys,edit_history_post_ids,referenced_posts"}},
			url.Values{"ids": {postID(0) + "," + postID(1)}, "post.fields": {"id,non_public_metrics,organic_metrics,promoted_metrics"}}},
	}
	for _, tt := range tests {
		t.Run(string(tt.vocabulary), func(t *testing.T) {
			p := newPlatform(4)
			c := connect(t, p)
			c.Vocabulary = tt.vocabulary
			if _, _, err := collect(t, c, collector.Job{Account: ownerAccount, Depth: depth}); err != nil {
				t.Fatal(err)
			}
			lists := p.requests("/" + testUser + "/tweets")
			if d := cmp.Diff(tt.timeline, lists[0]); d != "" {
				t.Errorf("first page (-want +got):\n%s", d)
			}
			second := lists[1]
			if !second.Has("pagination_token") {
				t.Error("second page was asked for without a token")
			}
			second.Del("pagination_token")
			if d := cmp.Diff(tt.timeline, second); d != "" {
				t.Errorf("second page changes other parameters (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.insights, p.requests("/2/tweets")[0]); d != "" {
				t.Errorf("insights of a page (-want +got):\n%s", d)
			}
			if d := cmp.Diff(url.Values{"user.fields": {userFields}}, p.requests("/users/" + testUser)[0]); d != "" {
				t.Errorf("profile (-want +got):\n%s", d)
			}
		})
	}
}

func TestPageSize(t *testing.T) {
	for size, want := range map[int]string{0: "100", -1: "100", 3: "5", 50: "50", 500: "100"} {
		p := newPlatform(2)
		c := connect(t, p)
		c.PageSize = size
		if _, _, err := collect(t, c, collector.Job{Account: publicAccount}); err != nil {
			t.Fatal(err)
		}
		if got := p.requests("/" + testUser + "/tweets")[0].Get("max_results"); got != want {
			t.Errorf("PageSize %d: max_results=%s, want %s", size, got, want)
		}
	}
}

func TestCollectSettings(t *testing.T) {
	p := newPlatform(2)
	tests := []struct {
		name   string
		change func(*Connector, *schema.Account)
		want   collector.Outcome
	}{
		{"platform id is a path", func(_ *Connector, a *schema.Account) { a.PlatformID = "1/../me" }, collector.OutcomeFixRequest},
		{"platform id is too long", func(_ *Connector, a *schema.Account) { a.PlatformID = strings.Repeat("1", 20) }, collector.OutcomeFixRequest},
		{"no id and no handle", func(_ *Connector, a *schema.Account) { a.PlatformID, a.Handle = "", "" }, collector.OutcomeFixRequest},
		{"handle is a path", func(_ *Connector, a *schema.Account) { a.PlatformID, a.Handle = "", "../me" }, collector.OutcomeFixRequest},
		{"handle is too long", func(_ *Connector, a *schema.Account) { a.PlatformID, a.Handle = "", "abcdefghijklmnop" }, collector.OutcomeFixRequest},
		{"no access", func(_ *Connector, a *schema.Account) { a.Access = "" }, collector.OutcomeFixRequest},
		{"unknown vocabulary", func(c *Connector, _ *schema.Account) { c.Vocabulary = "newest" }, collector.OutcomeFixRequest},
		{"no source of tokens", func(c *Connector, _ *schema.Account) { c.Token = nil }, collector.OutcomeFixRequest},
		{"no token", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "", nil }
		}, collector.OutcomeReconnect},
		{"token is refused us", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "", collector.ErrUnauthorized }
		}, collector.OutcomeReconnect},
		{"bad address", func(c *Connector, _ *schema.Account) { c.BaseURL = "::" }, collector.OutcomeFixRequest},
		{"dead token", func(c *Connector, _ *schema.Account) {
			c.Token = func(context.Context, schema.Account) (string, error) { return "AAAAold", nil }
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
			if err != nil && !strings.HasPrefix(err.Error(), "x: ") {
				t.Errorf("Collect: error %q does not say where", err)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	hours := func(n float64) time.Time { return testNow.Add(-time.Duration(n * float64(time.Hour))) }
	for _, tt := range []struct {
		name  string
		depth time.Time
		cur   collector.Cursor
		posts int
	}{
		{"all", time.Time{}, "", 8},
		{"before X took a start_time", time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC), "", 8},
		{"one page", hours(1.5), "", 1},
		{"at a post", hours(4), "", 4},
		{"goes on", time.Time{}, position{until: parseIdent(postID(2))}.cursor(), 5},
		{"the deeper of both", hours(1), position{until: parseIdent(postID(2)), depth: hours(5)}.cursor(), 2},
		{"unreadable cursor", time.Time{}, "QVFI", 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, cur, err := collect(t, connect(t, newPlatform(8)), collector.Job{Account: publicAccount, Depth: tt.depth, Cursor: tt.cur})
			if err != nil || cur != "" || len(m.all().Posts) != tt.posts {
				t.Errorf("Collect: %d posts, cursor %q, error %v, want %d posts", len(m.all().Posts), cur, err, tt.posts)
			}
		})
	}
}

// A platform that does not know start_time must not make us read on.
func TestDepthWithoutStartTime(t *testing.T) {
	p := newPlatform(8)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		q.Del("start_time")
		r.URL.RawQuery = q.Encode()
		p.ServeHTTP(w, r)
	})
	m, cur, err := collect(t, connect(t, h), collector.Job{Account: publicAccount, Depth: testNow.Add(-210 * time.Minute)})
	if err != nil || cur != "" || len(m.all().Posts) != 4 {
		t.Errorf("Collect: %d posts, cursor %q, error %v, want the 4 of the pages down to the depth", len(m.all().Posts), cur, err)
	}
}

func TestOldPostOnTop(t *testing.T) {
	p := newPlatform(6)
	p.posts[0]["id"], p.posts[0]["created_at"] = "20", "2006-03-21T20:50:14.000Z"
	m, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	if err != nil || len(m.ids()) != 6 {
		t.Errorf("Collect: %d posts, error %v, want 6: an old post on top must not end the list", len(m.ids()), err)
	}
	for _, p := range m.pages[:1] {
		if p.Next != (position{until: parseIdent(postID(1))}).cursor() {
			t.Errorf("a later run goes on from %q, want below the last post of the page", p.Next)
		}
	}
}

func TestPageNext(t *testing.T) {
	p := newPlatform(3)
	m, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount, Depth: testNow.Add(-100 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var next []collector.Cursor
	for _, p := range m.pages {
		next = append(next, p.Next)
	}
	at := func(i int) collector.Cursor {
		return position{until: parseIdent(postID(i)), depth: testNow.Add(-100 * time.Hour)}.cursor()
	}
	if d := cmp.Diff([]collector.Cursor{at(1), at(2), at(2)}, next); d != "" {
		t.Errorf("where a later run goes on after each page (-want +got):\n%s", d)
	}
}

func TestPaginationTokenDies(t *testing.T) {
	p := newPlatform(6)
	p.before = func(r *http.Request) (int, string) {
		if r.URL.Query().Has("pagination_token") {
			return 400, invalid("pagination_token")
		}
		return 0, ""
	}
	m, cur, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	if err != nil || cur != "" || len(m.ids()) != 6 {
		t.Errorf("Collect: %d posts, cursor %q, error %v, want all 6, each page below the last", len(m.ids()), cur, err)
	}

	// Where the page brought nothing there is nothing to go on from.
	p = newPlatform(6)
	p.before = func(r *http.Request) (int, string) {
		switch {
		case r.URL.Query().Has("pagination_token"):
			return 400, invalid("pagination_token")
		case strings.HasSuffix(r.URL.Path, "/tweets"):
			return 200, `{"meta":{"result_count":0,"next_token":"a"}}`
		}
		return 0, ""
	}
	if _, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount}); collector.OutcomeOf(err) != collector.OutcomeFixRequest {
		t.Errorf("Collect: got %v, want %v", err, collector.ErrRequest)
	}
}

func TestOddLists(t *testing.T) {
	tests := []struct {
		name, body string
		want       collector.Outcome
	}{
		{"no list", `{}`, collector.OutcomeRetry},
		{"no meta", `{"data":[]}`, collector.OutcomeRetry},
		{"meta is a number", `{"data":[],"meta":1}`, collector.OutcomeRetry},
		{"list is an object", `{"data":{},"meta":{"result_count":1}}`, collector.OutcomeRetry},
		{"list is missing", `{"meta":{"result_count":1}}`, collector.OutcomeRetry},
		{"items are no objects", `{"data":[1,"x",null,[]],"meta":{"result_count":4}}`, collector.OutcomeOK},
		{"token is a number", `{"data":[],"meta":{"result_count":0,"next_token":7}}`, collector.OutcomeRetry},
		{"token is nothing", `{"data":[],"meta":{"result_count":0,"next_token":""}}`, collector.OutcomeRetry},
		{"token is null", `{"data":[],"meta":{"result_count":0,"next_token":null}}`, collector.OutcomeOK},
		{"round in circles", `{"data":[],"meta":{"result_count":0,"next_token":"a"}}`, collector.OutcomeRetry},
		{"problem with status 200", `{"title":"x","type":"https://api.x.com/2/problems/internal-error"}`, collector.OutcomeRetry},
		{"errors is a string", `{"errors":"x"}`, collector.OutcomeRetry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(2)
			p.before = func(r *http.Request) (int, string) {
				if strings.HasSuffix(r.URL.Path, "/tweets") {
					return 200, tt.body
				}
				return 0, ""
			}
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
			if got := collector.OutcomeOf(err); got != tt.want || cur != "" {
				t.Errorf("Collect: outcome %q of %v, cursor %q, want %q", got, err, cur, tt.want)
			}
			if all := m.all(); len(all.Profiles) != 1 || len(all.Posts) != 0 {
				t.Errorf("stored %d profiles and %d posts, want the profile alone", len(all.Profiles), len(all.Posts))
			}
		})
	}
}

func TestPagesWithoutAPost(t *testing.T) {
	n := 0
	p := newPlatform(0)
	p.before = func(r *http.Request) (int, string) {
		if !strings.HasSuffix(r.URL.Path, "/tweets") {
			return 0, ""
		}
		n++
		return 200, fmt.Sprintf(`{"meta":{"result_count":0,"next_token":"t%d"}}`, n)
	}
	_, cur, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	if !errors.Is(err, collector.ErrTransient) || n != maxEmptyPages || cur != "" {
		t.Errorf("Collect: cursor %q, error %v after %d pages, want %v after %d", cur, err, n, collector.ErrTransient, maxEmptyPages)
	}
}

func TestObservedAtIsTheAnswers(t *testing.T) {
	p := newPlatform(2)
	at := testNow
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at = at.Add(time.Second)
		// As X wrote it in 2021 and 2022.
		w.Header().Set("Date", strings.Replace(at.Format(http.TimeFormat), "GMT", "UTC", 1))
		p.ServeHTTP(w, r)
	})
	c := connect(t, h)
	c.Skew = time.Minute
	m, _, err := collect(t, c, collector.Job{Account: ownerAccount})
	if err != nil {
		t.Fatal(err)
	}
	got := []int{int(m.all().Profiles[0].ObservedAt.Sub(testNow) / time.Second)}
	for _, o := range m.all().Observations {
		got = append(got, int(o.ObservedAt.Sub(testNow)/time.Second))
	}
	if d := cmp.Diff([]int{1, 2, 2, 3, 3}, got); d != "" {
		t.Errorf("seconds of the profile, the page twice, its insights twice (-want +got):\n%s", d)
	}
}

func TestCursor(t *testing.T) {
	for _, p := range []position{
		{until: 1700000000},
		{until: maxIdent, depth: time.Unix(1600000000, 0).UTC()},
		{until: 1, depth: time.Unix(-5, 0).UTC(), stuck: 2},
	} {
		got, err := parseCursor(p.cursor())
		if err != nil || got != p {
			t.Errorf("parseCursor(%q): got %+v, %v, want %+v", p.cursor(), got, err, p)
		}
	}
	for _, c := range []collector.Cursor{"QVFIUk", "until=x", "until=-5", "until=0", "until=5&depth=x", "%zz", "until=99999999999999999999"} {
		if got, err := parseCursor(c); err == nil {
			t.Errorf("parseCursor(%q): got %+v, want an error", c, got)
		}
	}
}

func TestBelow(t *testing.T) {
	p := position{stuck: 2}
	for _, tt := range []struct{ last, want ident }{{0, 0}, {900, 900}, {1000, 900}, {99, 99}, {0, 99}} {
		if p = p.below(tt.last); p.until != tt.want {
			t.Errorf("below(%d): got %d, want %d", tt.last, p.until, tt.want)
		}
	}
	if p.stuck != 0 {
		t.Errorf("a position that moved is still stuck after %d runs", p.stuck)
	}
	left := []schema.Post{{NativeID: "70"}, {NativeID: "80"}}
	if to := p.backTo(left, true); to.until != 81 || to.stuck != 0 {
		t.Errorf("backTo: got %+v, want just above the newest", to)
	}
	at := position{until: 81, stuck: 1}
	if to := at.backTo(left, true); to.until != 81 || to.stuck != 2 {
		t.Errorf("backTo of the same place: got %+v, want one run more", to)
	}
	if to := at.backTo(left, false); to.stuck != 1 {
		t.Errorf("backTo without trouble: got %+v", to)
	}
}

func TestIdent(t *testing.T) {
	for s, want := range map[string]ident{
		"": 0, "0": 0, "007": 0, "-1": 0, "+1": 0, "1e3": 0, "1.0": 0, "x": 0, "1/2": 0, "٣": 0,
		"20": 20, "9223372036854775808": 9223372036854775808, "9999999999999999999": maxIdent, "10000000000000000000": 0,
	} {
		if got := parseIdent(s); got != want {
			t.Errorf("parseIdent(%q): got %d, want %d", s, got, want)
		}
	}
	ids := []ident{parseIdent("1576994789110992896"), parseIdent("999999999999999999"), parseIdent("9223372036854775808")}
	if slices.Max(ids) != ids[2] || slices.Min(ids) != ids[1] {
		t.Error("ids compare as text, or as signed")
	}
}
