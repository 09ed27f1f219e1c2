package facebook_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/facebook"
)

type usage struct {
	Type    string
	Calls   int `json:"call_count"`
	Minutes int `json:"estimated_time_to_regain_access"`
}

func businessUsage(t *testing.T, r reply, page string) usage {
	t.Helper()
	var h map[string][]usage
	if err := json.Unmarshal([]byte(r.Header.Get("X-Business-Use-Case-Usage")), &h); err != nil || len(h[page]) != 1 {
		t.Fatalf("usage %q: %v", r.Header.Get("X-Business-Use-Case-Usage"), err)
	}
	return h[page][0]
}

func TestSpoil(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	path := a.PlatformID + "/published_posts"
	right := s.get(path)
	code := func(status, code int) func(*testing.T, reply) {
		return func(t *testing.T, r reply) {
			if e := r.error(t); e.Status != status || e.Code != code {
				t.Errorf("got %+v, want status %d and code %d", e, status, code)
			}
		}
	}
	tests := []struct {
		name  string
		fault sandbox.Fault
		check func(t *testing.T, r reply)
	}{
		{"limit, in front of the platform", facebook.LimitReached(a.PlatformID, 17, http.StatusTooManyRequests), func(t *testing.T, r reply) {
			code(429, 80001)(t, r)
			if u := businessUsage(t, r, a.PlatformID); u.Minutes != 17 || u.Calls != 100 || u.Type != "pages" {
				t.Errorf("usage: %+v", u)
			}
		}},
		{"older limit", facebook.Refused(facebook.PageLimit()), code(403, 32)},
		{"trouble that passes", facebook.Refused(facebook.Trouble()), func(t *testing.T, r reply) {
			code(500, 2)(t, r)
			if !strings.Contains(string(r.body), `"is_transient":true`) {
				t.Errorf("got %s", r.body)
			}
		}},
		{"gone or forbidden", facebook.Refused(facebook.Missing()), code(400, 100)},
		{"page for people", sandbox.HTMLPage(502), func(t *testing.T, r reply) {
			if r.StatusCode != 502 || !strings.HasPrefix(string(r.body), "<!DOCTYPE html>") {
				t.Errorf("got status %d, %q", r.StatusCode, r.body)
			}
		}},
		{"wrong types", facebook.WrongTypes(), func(t *testing.T, r reply) {
			var p postPage
			if err := json.Unmarshal(r.body, &p); err == nil || !json.Valid(r.body) {
				t.Errorf("got %q, error %v", r.body, err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Faults.Spoil(tt.fault.At(facebook.OnEdge("published_posts")))
			if r := s.get(a.PlatformID); r.StatusCode != http.StatusOK {
				t.Errorf("a request that is not meant: status %d", r.StatusCode)
			}
			tt.check(t, s.get(path))
			if n := s.Faults.Pending(); n != 0 {
				t.Errorf("%d faults are left", n)
			}
			if r := s.get(path); string(r.body) != string(right.body) {
				t.Errorf("the next answer is spoiled too: %.100s", r.body)
			}
		})
	}
	s.Faults.Spoil(sandbox.HTMLPage(500).At(facebook.OnEdge("")).For(-1))
	if r := s.get(a.PlatformID); r.StatusCode != 500 {
		t.Errorf("an object itself: status %d", r.StatusCode)
	}
	s.Faults.Clear()
	if r := s.get(a.PlatformID); r.StatusCode != 200 {
		t.Errorf("after Clear: status %d", r.StatusCode)
	}
}

func TestReset(t *testing.T) {
	s := start(t, facebook.Options{})
	s.Faults.Spoil(sandbox.Reset(20))
	req, _ := http.NewRequest(http.MethodGet, s.URL+"/v25.0/"+ownerPage+"?access_token="+s.PageToken(ownerPage), nil)
	res, err := s.Client().Do(req)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got error %v, want a broken connection", err)
	}
}

// TestPageLimit: the header climbs, then calls are refused until it says.
func TestPageLimit(t *testing.T) {
	s := start(t, facebook.Options{PageCalls: 20})
	a := account(t, s.World, ownerPage)
	last := 0
	for i := range 20 {
		u := businessUsage(t, s.get(a.PlatformID), a.PlatformID)
		if u.Calls != (i+1)*5 || u.Calls <= last || u.Minutes != 0 {
			t.Fatalf("call %d: %+v", i, u)
		}
		last = u.Calls
		s.clock.Advance(time.Minute)
	}
	r := s.get(a.PlatformID)
	if e := r.error(t); e.Status != 403 || e.Code != 80001 {
		t.Errorf("call 21: %+v", e)
	}
	wait := businessUsage(t, r, a.PlatformID).Minutes
	if wait < 23*60 || wait > 24*60 {
		t.Errorf("told to wait %d minutes", wait)
	}
	if r := s.as(s.PageToken(otherPage), otherPage); r.StatusCode != 200 {
		t.Errorf("another Page is limited too: %s", r.body)
	}
	s.clock.Advance(time.Duration(wait) * time.Minute)
	if r := s.get(a.PlatformID); r.StatusCode != 200 {
		t.Errorf("after the wait: %s", r.body)
	}

	s = start(t, facebook.Options{AppUsers: 1})
	for range 200 {
		s.as(s.AppToken(), publicPage)
	}
	if e := s.as(s.AppToken(), publicPage).error(t); e.Status != 403 || e.Code != 4 {
		t.Errorf("call 201 of the app: %+v", e)
	}
	s.clock.Advance(time.Hour)
	if r := s.as(s.AppToken(), publicPage); r.StatusCode != 200 {
		t.Errorf("an hour later: %s", r.body)
	}
}

func TestTokenDies(t *testing.T) {
	s := start(t, facebook.Options{})
	for _, subcode := range []int{458, 459, 460, 463, 464, 467, 492} {
		s.Faults.KillToken(subcode, june.Add(time.Hour))
		if r := s.get(ownerPage); r.StatusCode != 200 {
			t.Errorf("%d, an hour before: status %d", subcode, r.StatusCode)
		}
		s.clock.Set(june.Add(time.Hour))
		r := s.get(ownerPage)
		if e := r.error(t); e.Code != 190 || e.Subcode != subcode || !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), `OAuth "Facebook Platform" "invalid_token"`) {
			t.Errorf("%d: got %+v", subcode, e)
		}
		if e := s.get(ownerPage + "/posts").error(t); e.Status != 401 {
			t.Errorf("%d on an edge: got %+v", subcode, e)
		}
		if r := s.as(s.AppToken(), publicPage); r.StatusCode != 200 {
			t.Errorf("%d: the app's token died too", subcode)
		}
		s.clock.Set(june)
	}
	s.Faults.KillToken(463, june.Add(-time.Hour))
	if e := s.get(ownerPage).error(t); !strings.Contains(e.Message, "Session has expired on Saturday, 01-Jun-24 04:00:00 PDT. The current time is Saturday, 01-Jun-24 05:00:00 PDT.") {
		t.Errorf("got %q", e.Message)
	}
}

func TestPostFaults(t *testing.T) {
	s := start(t, facebook.Options{})
	a := account(t, s.World, ownerPage)
	posts := s.World.Posts(a.Handle, june)
	path := a.PlatformID + "/published_posts"
	ids := func(pairs ...string) []string {
		t.Helper()
		var p postPage
		s.get(path, append([]string{"limit", "4"}, pairs...)...).decode(t, &p)
		return p.ids()
	}
	var before postPage
	s.get(path, "limit", "3").decode(t, &before)

	s.Faults.DeleteAfterListing(posts[1].PostID)
	for _, p := range []string{posts[1].PostID + "/insights", posts[1].PostID} {
		if e := s.get(p, "metric", "post_clicks").error(t); e.Code != 100 || e.Subcode != 33 {
			t.Errorf("%s after it was deleted: got %+v", p, e)
		}
	}
	if !slices.Contains(ids(), posts[1].PostID) {
		t.Error("the list has lost the post")
	}

	s.Faults.DeletePost(posts[2].PostID)
	if e := s.get(path, "after", before.Paging.Cursors.After).error(t); e.Code != 100 || e.Subcode != 0 {
		t.Errorf("cursor of a post that is gone: got %+v", e)
	}
	if got := ids(); slices.Contains(got, posts[2].PostID) || len(got) != 4 {
		t.Errorf("the list still has the post: %v", got)
	}
	s.Faults.Clear()

	s.Faults.HidePost(posts[0].PostID)
	s.Faults.ExpirePost(posts[1].PostID)
	if got := ids(); len(got) != 2 || slices.Contains(got, posts[0].PostID) {
		t.Errorf("hidden and expired: %v", got)
	}
	if got := ids("include_hidden", "true", "show_expired", "true"); len(got) != 4 {
		t.Errorf("with hidden and expired: %v", got)
	}
	s.Faults.Clear()

	for _, p := range posts[:4] {
		s.Faults.Withhold(p.PostID)
	}
	var empty postPage
	s.get(path, "limit", "4").decode(t, &empty)
	if len(empty.Data) != 0 || empty.Paging.Next == "" || empty.Paging.Cursors.After == "" {
		t.Errorf("empty page: %+v", empty)
	}
	s.Faults.Clear()

	s.Faults.HideSummaries()
	if r := s.get(path, "limit", "1", "fields", "reactions.limit(0).summary(total_count).as(r)"); strings.Contains(string(r.body), "summary\":") || !strings.Contains(string(r.body), `"r":{"data":[]}`) {
		t.Errorf("without summaries: %s", r.body)
	}
	s.Faults.RefuseSummaries()
	if e := s.get(path, "fields", "comments.summary(true)").error(t); e.Status != 403 || e.Code != 10 {
		t.Errorf("summaries refused: got %+v", e)
	}
	if r := s.get(path, "fields", "message"); r.StatusCode != 200 {
		t.Errorf("without asking for them: %s", r.body)
	}
	s.Faults.Clear()

	s.Faults.RefuseMetric("post_clicks")
	if e := s.get(posts[0].PostID+"/insights", "metric", "post_media_view,post_clicks").error(t); e.Code != 100 || e.Subcode != 0 {
		t.Errorf("a metric that was withdrawn: got %+v", e)
	}
	s.Faults.NoValue("post_media_view")
	s.Faults.NoValue("post_reactions_by_type_total")
	r := s.get(posts[0].PostID+"/insights", "metric", "post_media_view,post_reactions_by_type_total")
	if !strings.Contains(string(r.body), `"name":"post_media_view","period":"lifetime","values":[{}]`) || !strings.Contains(string(r.body), `"values":[{"value":{}}]`) {
		t.Errorf("without values: %s", r.body)
	}
}

func TestPageFaults(t *testing.T) {
	s := start(t, facebook.Options{})
	a, other := account(t, s.World, ownerPage), account(t, s.World, otherPage)
	day := time.Date(2024, 5, 31, 7, 0, 0, 0, time.UTC)
	s.Faults.LoseDay(day)
	s.Faults.NoValue("page_actions_post_reactions_total")
	s.Faults.NoValue("page_media_view")
	r := s.get(a.PlatformID+"/insights", "metric", "page_media_view,page_actions_post_reactions_total", "period", "day")
	if got := string(r.body); strings.Contains(got, "2024-05-31") || !strings.Contains(got, `"values":[{"end_time":"2024-06-01T07:00:00+0000"}]`) || !strings.Contains(got, `{"value":{},"end_time"`) {
		t.Errorf("a day less, and no values: %s", got)
	}
	s.Faults.Clear()
	s.Faults.Followers(a.Handle, 100)
	if r := s.get(a.PlatformID+"/insights", "metric", "page_media_view"); !strings.HasPrefix(string(r.body), `{"data":[],"paging"`) {
		t.Errorf("insights of a small Page: %s", r.body)
	}
	s.Faults.ForbidInsights(a.Handle)
	if e := s.get(a.PlatformID+"/insights", "metric", "page_media_view").error(t); e.Code != 10 {
		t.Errorf("insights without the permission: got %+v", e)
	}
	s.Faults.Disconnect(a.Handle)
	if e := s.get(a.PlatformID).error(t); e.Code != 190 || e.Subcode != 492 {
		t.Errorf("without our role: got %+v", e)
	}
	if r := s.as(s.Token(), "me/accounts"); strings.Contains(string(r.body), a.PlatformID) || !strings.Contains(string(r.body), other.PlatformID) {
		t.Errorf("my Pages: %s", r.body)
	}
	s.Faults.ClosePage(other.Handle)
	post := s.World.Posts(other.Handle, june)[0].PostID
	for _, path := range []string{other.PlatformID, other.PlatformID + "/posts", post, post + "/insights"} {
		if e := s.as(s.PageToken(other.Handle), path, "metric", "post_clicks").error(t); e.Code != 100 || e.Subcode != 33 {
			t.Errorf("%s of a closed Page: got %+v", path, e)
		}
	}
	s.Faults.Clear()
	if r := s.get(a.PlatformID); r.StatusCode != http.StatusOK {
		t.Errorf("after Clear: status %d", r.StatusCode)
	}
}
