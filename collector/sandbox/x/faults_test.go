package x_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/x"
)

func TestAccountFaults(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("parana_gen")
	post := s.World.Posts(a.Handle, june)[0].PostID
	tests := []struct {
		name     string
		fault    func()
		timeline string // the title of the error
		detail   string
		user     string // of the profile; "": it is shown
		post     string
	}{
		{"closed", func() { s.Faults.CloseAccount(a.Handle) }, "Not Found Error", "Could not find user with id: [" + a.PlatformID + "].", "Not Found Error", "Not Found Error"},
		{"suspended", func() { s.Faults.Suspend(a.Handle) }, "Forbidden", "User has been suspended: [" + a.PlatformID + "].", "Forbidden", "Not Found Error"},
		{"protected", func() { s.Faults.Protect(a.Handle) }, "Authorization Error", "Sorry, you are not authorized to see the user with id: [" + a.PlatformID + "].", "", "Authorization Error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer s.Faults.Clear()
			tt.fault()
			r := s.get("/2/users/" + a.PlatformID + "/tweets")
			ans := r.answer(t)
			if r.StatusCode != http.StatusOK || ans.Data != nil || ans.Meta != nil || len(ans.Errors) != 1 || ans.Errors[0].Title != tt.timeline || ans.Errors[0].Detail != tt.detail {
				t.Errorf("timeline: %d %s", r.StatusCode, r.body)
			}
			for _, path := range []string{"/2/users/" + a.PlatformID, "/2/users/by/username/" + a.Handle} {
				ans = s.get(path, "user.fields", "protected").answer(t)
				if (ans.Data == nil) != (tt.user != "") || tt.user != "" && ans.Errors[0].Title != tt.user {
					t.Errorf("%s: %+v", path, ans)
				}
				if tt.user == "" && !strings.Contains(string(ans.Data), `"protected":true`) {
					t.Errorf("%s: %s", path, ans.Data)
				}
			}
			ans = s.get("/2/tweets", "ids", post).answer(t)
			if ans.Data != nil || ans.Errors[0].Title != tt.post {
				t.Errorf("post: %+v", ans)
			}
			s.token = s.UserToken(a.Handle)
			defer func() { s.token = s.Token() }()
			if own := s.get("/2/users/" + a.PlatformID + "/tweets").answer(t); (own.Data != nil) != (tt.name == "protected") {
				t.Errorf("timeline for the owner: %+v", own)
			}
		})
	}
	if ans := s.get("/2/users/" + a.PlatformID + "/tweets").answer(t); ans.Data == nil {
		t.Errorf("after Clear: %+v", ans)
	}
}

func TestDeletedPost(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("CDCgov")
	posts := s.World.Posts(a.Handle, june)
	s.Faults.DeletePost(posts[1].PostID)
	list := s.get("/2/users/"+a.PlatformID+"/tweets", "max_results", "5").answer(t).tweets(t)
	if list[0].ID != posts[0].PostID || list[1].ID != posts[2].PostID {
		t.Errorf("the timeline still has the post: %v", list)
	}
	ans := s.get("/2/tweets", "ids", posts[1].PostID+","+posts[2].PostID).answer(t)
	if len(ans.tweets(t)) != 1 || ans.Errors[0].Detail != "Could not find tweet with ids: ["+posts[1].PostID+"]." || ans.Errors[0].ResourceType != "tweet" {
		t.Errorf("lookup: %+v", ans)
	}
	var u struct {
		Data struct {
			Metrics map[string]int64 `json:"public_metrics"`
		}
	}
	s.get("/2/users/"+a.PlatformID, "user.fields", "public_metrics").decode(t, &u)
	if got := u.Data.Metrics["tweet_count"]; got != int64(len(posts)-1) {
		t.Errorf("tweet_count: got %d, want %d", got, len(posts)-1)
	}
}

// The timeline has the newest version; a lookup of the older id has that one,
// with what it had come to when it was edited.
func TestEditedPost(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("saopaulo_gen")
	p := s.World.Posts(a.Handle, june)[0]
	edited := p.PublishedAt.Add(10 * time.Minute)
	id := s.Faults.EditPost(p.PostID, "Corrected & signed [generated]", edited)
	fields := []string{"tweet.fields", "created_at,public_metrics,edit_controls", "expansions", "edit_history_tweet_ids"}
	ans := s.get("/2/users/"+a.PlatformID+"/tweets", append(fields, "max_results", "5")...).answer(t)
	got := ans.tweets(t)[0]
	truth, _ := s.World.Truth(a.Handle, p.PostID, june)
	if got.ID != id || got.Text != "Corrected &amp; signed [generated]" || len(got.Edits) != 2 || got.Edits[0] != p.PostID || got.Edits[1] != id ||
		!got.Created.Equal(edited) || got.Public["like_count"] != *truth.Reactions {
		t.Errorf("timeline: got %+v", got)
	}
	if len(ans.Includes.Tweets) != 1 || ans.Includes.Tweets[0]["id"] != p.PostID {
		t.Errorf("includes: got %v", ans.Includes.Tweets)
	}
	before, _ := s.World.Truth(a.Handle, p.PostID, edited)
	list := s.get("/2/tweets", append(fields, "ids", p.PostID+","+id)...).answer(t).tweets(t)
	if len(list) != 2 || list[0].Text != p.Text || list[0].Public["like_count"] != *before.Reactions || list[1].ID != id {
		t.Errorf("lookup: got %+v", list)
	}
	r := s.get("/2/tweets/"+id, fields...)
	if !strings.Contains(string(r.body), `"edits_remaining":4,`) {
		t.Errorf("edit_controls: %s", r.body)
	}
	s.Faults.EditsAsText()
	if r := s.get("/2/tweets/"+id, fields...); !strings.Contains(string(r.body), `"edits_remaining":"4",`) {
		t.Errorf("edit_controls as text: %s", r.body)
	}
	s.Faults.DeletePost(p.PostID)
	if ans := s.get("/2/tweets", "ids", p.PostID+","+id).answer(t); ans.Data != nil || len(ans.Errors) != 2 {
		t.Errorf("deleted: %+v", ans)
	}
}

func TestSpoil(t *testing.T) {
	s := start(t, x.Options{})
	a := s.account("CDCgov")
	reset := june.Add(7 * time.Minute)
	tests := []struct {
		name   string
		fault  sandbox.Fault
		status int
		text   string
	}{
		{"limit", x.LimitReached(reset), 429, `"title":"Too Many Requests"`},
		{"limit in the older form", x.OldLimitReached(reset), 429, `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`},
		{"cap", x.Refused(x.UsageCapExceeded(http.StatusForbidden)), 403, `"type":"https://api.twitter.com/2/problems/usage-capped"`},
		{"no money", x.Refused(x.CreditsDepleted()), 402, `"detail":"credits depleted","type":"https://api.twitter.com/2/problems/credits-depleted"`},
		{"app without access", x.Refused(x.ClientForbidden()), 403, `/problems/client-forbidden"`},
		{"trouble", x.Refused(x.Trouble()), 503, `/problems/internal-error"`},
		{"a page for people", sandbox.HTMLPage(502), 502, "<h1>"},
		{"wrong types", x.WrongTypes(), 200, `"id":17`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Faults.Spoil(tt.fault.At(x.OnPath("/2/users/{id}/tweets")))
			if r := s.get("/2/users/" + a.PlatformID); r.StatusCode != http.StatusOK {
				t.Errorf("a request that is not meant: status %d", r.StatusCode)
			}
			r := s.get("/2/users/" + a.PlatformID + "/tweets")
			if r.StatusCode != tt.status || !strings.Contains(string(r.body), tt.text) {
				t.Errorf("got %d %s", r.StatusCode, r.body)
			}
			if tt.status == 429 && r.Header.Get("X-Rate-Limit-Reset") != strconv.FormatInt(reset.Unix(), 10) {
				t.Errorf("headers %v", r.Header)
			}
			if n := s.Faults.Pending(); n != 0 {
				t.Errorf("%d faults are left", n)
			}
		})
	}
}

func TestDateAndToken(t *testing.T) {
	s := start(t, x.Options{})
	s.Faults.DateInUTC()
	r := s.get("/2/tweets", "ids", "1")
	if got := r.Header.Get("Date"); got != "Sat, 01 Jun 2024 12:00:00 UTC" {
		t.Errorf("Date: got %q", got)
	}
	s.Faults.KillToken(s.Token())
	if r := s.get("/2/tweets", "ids", "1"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("dead token: status %d", r.StatusCode)
	}
	s.Faults.Clear()
	if r := s.get("/2/tweets", "ids", "1"); r.StatusCode != http.StatusOK || !strings.HasSuffix(r.Header.Get("Date"), "GMT") {
		t.Errorf("after Clear: %d, %q", r.StatusCode, r.Header.Get("Date"))
	}
}
