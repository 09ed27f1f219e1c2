package tiktok

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

func TestCollectDisplay(t *testing.T) {
	p := newPlatform(5)
	c := connect(t, p, false)
	c.PageSize = 2
	m, cur, err := collect(t, c, collector.Job{Account: testAccount, RunID: "run-1", OnUsage: func(percent float64) {
		t.Errorf("OnUsage is told %v %%, which nobody knows", percent)
	}})
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	all := m.all()
	if len(m.pages) != 3 || len(all.Posts) != 5 || len(all.Observations) != 5 || all.Calls != 4 || len(all.Raw) != 4 || all.Skipped != 0 {
		t.Errorf("got %d pages, %d posts, %d observations, %d calls, %d answers, %d skipped",
			len(m.pages), len(all.Posts), len(all.Observations), all.Calls, len(all.Raw), all.Skipped)
	}
	wantProfile := []schema.AccountObservation{{AccountID: "acc-1", Platform: "tiktok", ObservedAt: testNow,
		Followers: new(int64(64363)), Following: new(int64(0)), Posts: new(int64(300)), Likes: new(int64(812345678901)),
		Name: "Information Department", Handle: "pid.sindh", Bio: "محکمہ اطلاعات",
		AvatarURL: "https://p16-sign.tiktokcdn.com/a.jpeg?x-expires=1", Verified: new(true), RunID: "run-1"}}
	if d := cmp.Diff(wantProfile, m.pages[0].Profiles); d != "" {
		t.Errorf("profile of the first page (-want +got):\n%s", d)
	}
	id := videoID(1)
	wantPost := schema.Post{AccountID: "acc-1", PostID: id, Platform: "tiktok", NativeID: id, Text: "video 1 #Sindh #کراچی", Format: "video",
		Permalink: "https://www.tiktok.com/@pid.sindh/video/" + id, Hashtags: []string{"Sindh", "کراچی"}, PublishedAt: videoTime(1), CollectedAt: testNow,
		Seconds: new(int64(31)), ThumbnailURL: "https://p16-sign.tiktokcdn.com/c.jpeg?x-expires=1"}
	if d := cmp.Diff(wantPost, all.Posts[1]); d != "" {
		t.Errorf("post (-want +got):\n%s", d)
	}
	want := schema.Observation{AccountID: "acc-1", PostID: id, Platform: "tiktok", ObservedAt: testNow, Call: "videos", RunID: "run-1",
		Counters: schema.Counters{Views: new(int64(3_000_000_001)), Reactions: new(int64(10)), Comments: new(int64(2)), Shares: new(int64(1))},
		Extra:    map[string]int64{"view_count": 3_000_000_001, "like_count": 10, "comment_count": 2, "share_count": 1, "duration": 31, "is_aigc": 1}}
	if d := cmp.Diff(want, all.Observations[1]); d != "" {
		t.Errorf("observation (-want +got):\n%s", d)
	}
	if o := all.Observations[3]; o.Reactions != nil || *o.Comments != 6 {
		t.Errorf("counters of a video that tells no likes: %+v", o.Counters)
	}
	if got, want := all.Raw[2].Request, `POST `+c.BaseURL+`/v2/video/list/?fields=`; !strings.HasPrefix(got, want) ||
		!strings.HasSuffix(got, fmt.Sprintf(` {"cursor":%d,"max_count":2}`, videoTime(1).UnixMilli())) || all.Raw[2].APIVersion != "v2" {
		t.Errorf("kept answer to %q of version %q", got, all.Raw[2].APIVersion)
	}
}

func TestCollectBusiness(t *testing.T) {
	p := newPlatform(3)
	m, cur, err := collect(t, connect(t, p, true), collector.Job{Account: testAccount, RunID: "run-1"})
	if err != nil || cur != "" {
		t.Fatalf("Collect: cursor %q, error %v", cur, err)
	}
	all := m.all()
	if len(all.Posts) != 3 || all.Calls != 2 || all.Skipped != 0 || all.Raw[0].APIVersion != "v1.3" {
		t.Errorf("got %d posts, %d calls, %d skipped, version %q", len(all.Posts), all.Calls, all.Skipped, all.Raw[0].APIVersion)
	}
	wantProfile := []schema.AccountObservation{{AccountID: "acc-1", Platform: "tiktok", ObservedAt: testNow,
		Followers: new(int64(64363)), Following: new(int64(0)), Posts: new(int64(300)), Likes: new(int64(812345678901)),
		Name: "Information Department", Handle: "pid.sindh", Bio: "محکمہ اطلاعات", AvatarURL: "https://p16-sign.tiktokcdn.com/b.jpeg",
		Verified: new(true), Extra: map[string]int64{"is_business_account": 1}, RunID: "run-1"}}
	if d := cmp.Diff(wantProfile, all.Profiles); d != "" {
		t.Errorf("profile (-want +got):\n%s", d)
	}
	id := videoID(1)
	wantPost := schema.Post{AccountID: "acc-1", PostID: id, Platform: "tiktok", NativeID: id, Text: "video 1 #Sindh #کراچی", Format: "video",
		Permalink: "https://www.tiktok.com/@pid.sindh/video/" + id, Hashtags: []string{"Sindh", "کراچی"}, PublishedAt: videoTime(1), CollectedAt: testNow,
		Paid: new(true), Seconds: new(int64(30)), ThumbnailURL: "https://p16-sign.tiktokcdn.com/c.jpeg?x-expires=1"}
	if d := cmp.Diff(wantPost, all.Posts[1]); d != "" {
		t.Errorf("post, which is the same by either API (-want +got):\n%s", d)
	}
	want := schema.Observation{AccountID: "acc-1", PostID: id, Platform: "tiktok", ObservedAt: testNow, Call: "business_videos", RunID: "run-1",
		Counters: schema.Counters{Views: new(int64(3_000_000_001)), Reach: new(int64(900)), Reactions: new(int64(10)), Comments: new(int64(2)),
			Shares: new(int64(1)), Saves: new(int64(6)), Clicks: new(int64(4)), WatchSeconds: new(int64(1235))},
		Extra: map[string]int64{"video_views": 3_000_000_001, "reach": 900, "likes": 10, "comments": 2, "shares": 1, "favorites": 6,
			"video_duration_millis": 30_500, "total_time_watched": 1235, "average_time_watched_millis": 12_345,
			"full_video_watched_rate_millionths": 123_400, "new_followers": 1, "profile_views": 2, "website_clicks": 4,
			"phone_number_clicks": 4, "lead_submissions": 5, "app_download_clicks": 6, "email_clicks": 7, "address_clicks": 8}}
	if d := cmp.Diff(want, all.Observations[1]); d != "" {
		t.Errorf("observation (-want +got):\n%s", d)
	}
	if len(p.requests("/v2/user/info/")) != 0 {
		t.Error("the Display API was asked too")
	}
}

func TestRequests(t *testing.T) {
	p := newPlatform(4)
	c := connect(t, p, false)
	c.PageSize = 3
	if _, _, err := collect(t, c, collector.Job{Account: testAccount}); err != nil {
		t.Fatal(err)
	}
	lists := p.requests("/v2/video/list/")
	if lists[0].body != `{"max_count":3}` || lists[1].body != fmt.Sprintf(`{"cursor":%d,"max_count":3}`, videoTime(2).UnixMilli()) ||
		lists[0].Header.Get("Content-Type") != "application/json" || lists[0].Header["Idempotency-Key"] != nil {
		t.Errorf("lists are asked for with %s and %s, %v", lists[0].body, lists[1].body, lists[0].Header)
	}
	if got := query(t, lists[0].URL.RawQuery).Get("fields"); !strings.Contains(got, "cover_image_url") || !strings.Contains(got, "is_aigc") {
		t.Errorf("fields %s", got)
	}
	c = connect(t, p, true)
	c.PageSize = 100
	if _, _, err := collect(t, c, collector.Job{Account: testAccount}); err != nil {
		t.Fatal(err)
	}
	r := p.requests("/open_api/v1.3/business/video/list/")[0]
	q := query(t, r.URL.RawQuery)
	if q.Get("business_id") != testOpenID || q.Get("max_count") != "20" || q.Has("cursor") || r.Header.Get("Authorization") != "" || r.Header.Get("Access-Token") != testToken {
		t.Errorf("list is asked for with %v and %v", q, r.Header)
	}
}

func TestDepth(t *testing.T) {
	for _, business := range []bool{false, true} {
		c := connect(t, newPlatform(10), business)
		c.PageSize = 3
		m, cur, err := collect(t, c, collector.Job{Account: testAccount, Depth: videoTime(3)})
		if err != nil || cur != "" || len(m.ids()) != 6 {
			t.Errorf("business %v: %d videos, cursor %q, error %v; want the two pages down to the depth", business, len(m.ids()), cur, err)
		}
	}
}

// A pass that stops goes on below what it stored, by either API.
func TestResume(t *testing.T) {
	p := newPlatform(6)
	broken := false
	p.before = func(r *http.Request) (int, string) {
		if broken && strings.HasSuffix(r.URL.Path, "/video/list/") {
			return 500, refused("internal_error")
		}
		return 0, ""
	}
	c := connect(t, p, false)
	c.PageSize = 2
	m := new(memory)
	cur, err := c.Collect(t.Context(), collector.Job{Account: testAccount, Depth: videoTime(9)}, func(ctx context.Context, page collector.Page) error {
		broken = len(m.pages) == 1
		return m.store(ctx, page)
	})
	if !errors.Is(err, collector.ErrTransient) || len(m.ids()) != 4 || m.pages[1].Next != cur {
		t.Fatalf("Collect: %d videos, cursor %q, error %v", len(m.ids()), cur, err)
	}
	broken = false
	rest, end, err := collect(t, connect(t, p, true), collector.Job{Account: testAccount, Cursor: cur})
	if err != nil || end != "" || !slices.Equal(rest.ids(), []string{videoID(4), videoID(5)}) {
		t.Errorf("going on by the other API: videos %v, cursor %q, error %v", rest.ids(), end, err)
	}
	again, end, err := collect(t, c, collector.Job{Account: testAccount, Cursor: "before=now"})
	if err != nil || end != "" || len(again.ids()) != 6 {
		t.Errorf("a cursor that cannot be read: %d videos, cursor %q, error %v", len(again.ids()), end, err)
	}
}

// Pages may be empty although more follow.
func TestEmptyPages(t *testing.T) {
	page := func(videos, cursor, more string) string {
		return `{"data":{"videos":` + videos + `,"cursor":` + cursor + more + `},"error":{"code":"ok"}}`
	}
	at := func(i int) string { return fmt.Sprint(videoTime(i).UnixMilli()) }
	one := func(i int) string {
		return `[{"id":"` + videoID(i) + `","create_time":` + fmt.Sprint(videoTime(i).Unix()) + `}]`
	}
	const more, last = `,"has_more":true`, `,"has_more":false`
	tests := []struct {
		name   string
		pages  []string
		videos int
		calls  int
		want   collector.Outcome
		cursor bool // one is returned
	}{
		{"empty in the middle", []string{page(one(0), at(0), more), page("[]", at(2), more), page(one(3), at(3), last)}, 2, 4, "ok", false},
		{"empty list is null", []string{page(one(0), at(0), more), page("null", "0", last)}, 1, 3, "ok", false},
		{"all are private", []string{page("[]", "0", last)}, 0, 2, "ok", false},
		{"empty below the depth", []string{page(one(0), at(0), more), page("[]", at(200), more)}, 1, 3, "ok", false},
		{"has_more left out at the end", []string{page(one(0), at(0), more), page(one(1), at(1), ""), page("[]", "0", "")}, 2, 4, "ok", false},
		{"has_more left out without a cursor", []string{page(one(0), at(0), more), page(one(1), "0", "")}, 2, 3, "ok", false},
		{"has_more is a number", []string{page(one(0), at(0), `,"has_more":1`)}, 1, 2, "retry", false},
		{"cursor stands still", []string{page(one(0), at(0), more), page(one(1), at(0), more)}, 2, 3, "retry", true},
		{"cursor in seconds", []string{page(one(0), fmt.Sprint(videoTime(0).Unix()), more)}, 1, 2, "retry", false},
		{"cursor is text", []string{page(one(0), `"x"`, more)}, 1, 2, "retry", false},
		{"no list", []string{`{"data":{},"error":{"code":"ok"}}`}, 0, 2, "retry", false},
		{"list is a number", []string{page("7", "0", last)}, 0, 2, "retry", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(1)
			n := 0
			p.before = func(r *http.Request) (int, string) {
				if !strings.HasSuffix(r.URL.Path, "/video/list/") || n >= len(tt.pages) {
					return 0, ""
				}
				n++
				return 200, tt.pages[n-1]
			}
			m, cur, err := collect(t, connect(t, p, false), collector.Job{Account: testAccount, Depth: videoTime(100)})
			all := m.all()
			if got := collector.OutcomeOf(err); got != tt.want || len(all.Posts) != tt.videos || (cur != "") != tt.cursor || len(p.calls) != tt.calls || len(all.Profiles) != 1 {
				t.Errorf("outcome %q of %v, %d videos, cursor %q, %d calls; want %q, %d, %v, %d", got, err, len(all.Posts), cur, len(p.calls), tt.want, tt.videos, tt.cursor, tt.calls)
			}
		})
	}
}

// A list that never ends ends the run, and the next one goes on below.
func TestEmptyWithoutEnd(t *testing.T) {
	p := newPlatform(1)
	n := 0
	p.before = func(r *http.Request) (int, string) {
		if !strings.HasSuffix(r.URL.Path, "/video/list/") {
			return 0, ""
		}
		n++
		return 200, fmt.Sprintf(`{"data":{"videos":[],"cursor":%d,"has_more":true},"error":{"code":"ok"}}`, videoTime(n).UnixMilli())
	}
	_, cur, err := collect(t, connect(t, p, false), collector.Job{Account: testAccount})
	if pos, parseErr := parseCursor(cur); !errors.Is(err, collector.ErrTransient) || parseErr != nil || pos.before != videoTime(maxEmptyPages).UnixMilli() {
		t.Errorf("Collect: cursor %q, error %v", cur, err)
	}
}

func TestAccess(t *testing.T) {
	public, odd, other, byHandle, noID := testAccount, testAccount, testAccount, testAccount, testAccount
	public.Access, odd.Access, other.PlatformID, byHandle.PlatformID, noID.PlatformID = schema.AccessPublic, "friend", "someone-else", "", ""
	none := func(context.Context, schema.Account) (string, error) { return "", nil }
	broken := func(context.Context, schema.Account) (string, error) { return "", errors.New("disk on fire") }
	tests := []struct {
		name     string
		account  schema.Account
		set      func(*Connector)
		business bool
		want     collector.Outcome
		words    string
	}{
		{"public", public, nil, false, "fix_request", "authorised us"},
		{"unknown access", odd, nil, false, "fix_request", "unknown access"},
		{"token of another account", other, nil, false, "reconnect", "another account"},
		{"account without an id", byHandle, nil, false, "ok", ""},
		{"business without an id", noID, nil, true, "fix_request", "open_id"},
		{"no source", testAccount, func(c *Connector) { c.Token = nil }, false, "fix_request", "no source of tokens"},
		{"no token", testAccount, func(c *Connector) { c.Token = none }, false, "reconnect", "no token"},
		{"source fails", testAccount, func(c *Connector) { c.Token = broken }, false, "retry", "disk on fire"},
		{"business source fails", testAccount, func(c *Connector) { c.Business = broken }, false, "retry", "disk on fire"},
		{"business has none", testAccount, func(c *Connector) { c.Business = none }, false, "ok", ""},
		{"business alone", testAccount, func(c *Connector) { c.Token = nil }, true, "ok", ""},
		{"address", testAccount, func(c *Connector) { c.BaseURL = "open.tiktokapis.com" }, false, "fix_request", "base URL"},
		{"address of the other", testAccount, func(c *Connector) { c.BusinessURL = "%zz" }, false, "fix_request", "base URL"},
	}
	for _, tt := range tests {
		p := newPlatform(1)
		c := connect(t, p, tt.business)
		if tt.set != nil {
			tt.set(c)
		}
		m, _, err := collect(t, c, collector.Job{Account: tt.account})
		if got := collector.OutcomeOf(err); got != tt.want || err != nil && !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: outcome %q of %v, want %q", tt.name, got, err, tt.want)
		}
		if err != nil && len(m.pages) > 0 {
			t.Errorf("%s: stored %+v", tt.name, m.all())
		}
	}
}

// The union_id names the account as well: it is the same for all apps of one
// developer.
func TestUnionID(t *testing.T) {
	a := testAccount
	a.PlatformID = "union"
	if m, _, err := collect(t, connect(t, newPlatform(1), false), collector.Job{Account: a}); err != nil || len(m.ids()) != 1 {
		t.Errorf("Collect: videos %v, error %v", m.ids(), err)
	}
}

// A token that dies in the middle of a run is replaced once.
func TestTokenRenewed(t *testing.T) {
	for _, business := range []bool{false, true} {
		p := newPlatform(4)
		c := connect(t, p, business)
		c.PageSize = 2
		asked := 0
		source := func(context.Context, schema.Account) (string, error) {
			if asked++; asked == 1 {
				return "act.old-token", nil
			}
			return testToken, nil
		}
		c.Token, c.Business = source, nil
		if business {
			c.Business = source
		}
		m, cur, err := collect(t, c, collector.Job{Account: testAccount})
		if err != nil || cur != "" || len(m.ids()) != 4 || asked != 2 || m.all().Calls != 4 {
			t.Errorf("business %v: %d videos, %d calls, asked %d times, cursor %q, error %v", business, len(m.ids()), m.all().Calls, asked, cur, err)
		}
		c2 := connect(t, p, business)
		tokens := 0
		dead := func(context.Context, schema.Account) (string, error) {
			tokens++
			return fmt.Sprintf("act.dead-token-%d", tokens), nil
		}
		c2.Token = dead
		if business {
			c2.Business = dead
		}
		if _, _, err := collect(t, c2, collector.Job{Account: testAccount}); collector.OutcomeOf(err) != collector.OutcomeReconnect || tokens != 2 {
			t.Errorf("business %v: dead tokens: asked %d times, error %v", business, tokens, err)
		}
	}
}

func TestPageSize(t *testing.T) {
	for size, want := range map[int]int{-1: 20, 0: 20, 1: 1, 20: 20, 21: 20} {
		if got := (&Connector{PageSize: size}).pageSize(); got != want {
			t.Errorf("page size %d: got %d, want %d", size, got, want)
		}
	}
}

func TestCursor(t *testing.T) {
	p := position{before: videoTime(0).UnixMilli(), depth: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}
	if got, err := parseCursor(p.cursor()); err != nil || got != p {
		t.Errorf("parseCursor(%q): got %+v, %v, want %+v", p.cursor(), got, err, p)
	}
	for _, c := range []collector.Cursor{"x", "before=x", "before=-5", "before=0", "before=1700000000", "before=1700000000000&depth=x", "%zz"} {
		if got, err := parseCursor(c); err == nil {
			t.Errorf("parseCursor(%q): got %+v, want an error", c, got)
		}
	}
}
