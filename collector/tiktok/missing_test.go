package tiktok

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

var _ collector.Finder = (*Connector)(nil)

// Twenty ids are asked for at a time; what the answer leaves out is gone.
func TestMissing(t *testing.T) {
	for _, business := range []bool{false, true} {
		p := newPlatform(45)
		posts := []schema.Post{{PostID: "imported-by-hand"}, {PostID: "7080213458555737386"}, {PostID: "7080213458555737386"}}
		for i := range 44 {
			posts = append(posts, schema.Post{PostID: videoID(i)})
		}
		p.videos = slices.Delete(p.videos, 30, 31)
		gone, calls, err := connect(t, p, business).Missing(t.Context(), collector.Job{Account: testAccount}, posts)
		want := map[string]schema.Absence{"7080213458555737386": schema.AbsenceGone, videoID(30): schema.AbsenceGone}
		if err != nil || !maps.Equal(gone, want) {
			t.Errorf("business %v: gone %v, error %v; want %v", business, gone, err, want)
		}
		least := 3
		if !business {
			least++ // whose token it is
		}
		if calls != least || len(p.calls) != least {
			t.Errorf("business %v: %d calls, %d sent, want %d", business, calls, len(p.calls), least)
		}
		if gone, calls, err := connect(t, p, business).Missing(t.Context(), collector.Job{Account: testAccount}, posts[:1]); len(gone)+calls != 0 || err != nil {
			t.Errorf("business %v: nothing to ask for: gone %v, %d calls, error %v", business, gone, calls, err)
		}
	}
}

// No answer but a list says that a video is gone.
func TestMissingDoubts(t *testing.T) {
	other := testAccount
	other.PlatformID = "-000someone-else"
	public := testAccount
	public.Access = schema.AccessPublic
	for _, tt := range []struct {
		name     string
		business bool
		account  schema.Account
		status   int
		body     string
		want     collector.Outcome
	}{
		{"trouble", false, testAccount, 500, refused("internal_error"), "retry"},
		{"no list", false, testAccount, 200, `{"data":{},"error":{"code":"ok"}}`, "retry"},
		{"list is null", false, testAccount, 200, `{"data":{"videos":null,"has_more":false},"error":{"code":"ok"}}`, "retry"},
		{"list is an object", false, testAccount, 200, `{"data":{"videos":{}},"error":{"code":"ok"}}`, "retry"},
		{"limit", false, testAccount, 429, refused("rate_limit_exceeded"), "wait"},
		{"scope", false, testAccount, 401, refused("scope_not_authorized"), "reconnect"},
		{"token of another account", false, other, 0, "", "reconnect"},
		{"no owner", false, public, 0, "", "fix_request"},
		{"business: no list", true, testAccount, 200, `{"code":0,"message":"OK","data":{}}`, "retry"},
		{"business: a wrong request", true, testAccount, 200, businessRefused(40002), "fix_request"},
		{"business: HTML", true, testAccount, 200, "<html>", "retry"},
	} {
		p := newPlatform(1)
		p.before = func(r *http.Request) (int, string) {
			if strings.Contains(r.URL.Path, "/video/") {
				return tt.status, tt.body
			}
			return 0, ""
		}
		gone, _, err := connect(t, p, tt.business).Missing(t.Context(), collector.Job{Account: tt.account}, []schema.Post{{PostID: videoID(7)}})
		if got := collector.OutcomeOf(err); got != tt.want || len(gone) != 0 {
			t.Errorf("%s: outcome %q of %v, gone %v; want %q and none", tt.name, got, err, gone, tt.want)
		}
	}
}

// The sandbox leaves out what turned private, and the requests fit the contract.
func TestMissingSandbox(t *testing.T) {
	for _, business := range []bool{false, true} {
		s, c, _ := startSandbox(t, business)
		a, _ := sandboxAccount(t, s.World, "scatarina.gen")
		var posts []schema.Post
		for _, p := range s.World.Posts(a.Handle, sandboxNow)[:25] {
			posts = append(posts, schema.Post{PostID: p.PostID})
		}
		s.Faults.MakePrivate(posts[3].PostID)
		s.Faults.MakePrivate(posts[22].PostID)
		gone, _, err := c.Missing(t.Context(), collector.Job{Account: a}, posts)
		if want := fmt.Sprint(slices.Sorted(slices.Values([]string{posts[3].PostID, posts[22].PostID}))); err != nil || fmt.Sprint(slices.Sorted(maps.Keys(gone))) != want {
			t.Errorf("business %v: gone %v, error %v; want %s", business, gone, err, want)
		}
	}
}
