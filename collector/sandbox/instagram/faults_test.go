package instagram_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
)

func TestSpoil(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	right := s.get(a.PlatformID + "/media")
	tests := []struct {
		name  string
		fault sandbox.Fault
		check func(t *testing.T, r reply)
	}{
		{"limit, in front of the platform", instagram.LimitReached(a.PlatformID, 17, http.StatusTooManyRequests), func(t *testing.T, r reply) {
			if e := r.error(t); e.Status != 429 || e.Code != 80002 {
				t.Errorf("got %+v", e)
			}
			var h map[string][]usage
			if err := json.Unmarshal([]byte(r.Header.Get("X-Business-Use-Case-Usage")), &h); err != nil || h[a.PlatformID][0].Minutes != 17 || h[a.PlatformID][0].Calls != 100 {
				t.Errorf("usage: got %q", r.Header.Get("X-Business-Use-Case-Usage"))
			}
		}},
		{"trouble that passes", instagram.Refused(instagram.Trouble()), func(t *testing.T, r reply) {
			if e := r.error(t); e.Status != 500 || e.Code != 2 || !strings.Contains(string(r.body), `"is_transient":true`) {
				t.Errorf("got %s", r.body)
			}
		}},
		{"a story that few saw", instagram.Refused(instagram.NotEnoughViewers()), func(t *testing.T, r reply) {
			if e := r.error(t); e.Status != 400 || e.Code != 10 || e.Message != "(#10) Not enough viewers for the media to show insights" {
				t.Errorf("got %+v", e)
			}
		}},
		{"page for people, 500", sandbox.HTMLPage(500), func(t *testing.T, r reply) {
			if r.StatusCode != 500 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") || !strings.HasPrefix(string(r.body), "<!DOCTYPE html>") {
				t.Errorf("got status %d, %q", r.StatusCode, r.body)
			}
		}},
		{"page for people, 200", sandbox.HTMLPage(200), func(t *testing.T, r reply) {
			if r.StatusCode != 200 || json.Valid(r.body) {
				t.Errorf("got status %d, %q", r.StatusCode, r.body)
			}
		}},
		{"cut body", sandbox.CutBody(100), func(t *testing.T, r reply) {
			if string(r.body) != string(right.body[:100]) {
				t.Errorf("got %q", r.body)
			}
		}},
		{"huge body", sandbox.HugeBody(3 << 20), func(t *testing.T, r reply) {
			if len(r.body) != len(right.body)+3<<20 || !json.Valid(r.body) {
				t.Errorf("got %d bytes", len(r.body))
			}
		}},
		{"wrong types", instagram.WrongTypes(), func(t *testing.T, r reply) {
			var p mediaPage
			if err := json.Unmarshal(r.body, &p); err == nil || !json.Valid(r.body) {
				t.Errorf("got %q, error %v", r.body, err)
			}
		}},
		{"a header and a status of one's own", sandbox.Fault{Status: 503, Header: http.Header{"retry-after": {"7"}}}, func(t *testing.T, r reply) {
			if r.StatusCode != 503 || r.Header.Get("Retry-After") != "7" || string(r.body) != string(right.body) {
				t.Errorf("got status %d, %q", r.StatusCode, r.Header)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Faults.Spoil(tt.fault.At(instagram.OnEdge("media")))
			if r := s.get(a.PlatformID); r.StatusCode != http.StatusOK {
				t.Errorf("a request that is not meant: status %d", r.StatusCode)
			}
			tt.check(t, s.get(a.PlatformID+"/media"))
			if n := s.Faults.Pending(); n != 0 {
				t.Errorf("%d faults are left", n)
			}
			if r := s.get(a.PlatformID + "/media"); string(r.body) != string(right.body) {
				t.Errorf("the next answer is spoiled too: %.100s", r.body)
			}
		})
	}
}

func TestSpoilSeveral(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	s.Faults.Spoil(sandbox.HTMLPage(502).For(2), sandbox.HTMLPage(503).At(instagram.OnEdge("discovery")).For(-1), sandbox.HTMLPage(500).At(instagram.OnEdge("")))
	var got []int
	for range 4 {
		got = append(got, s.get(a.PlatformID).StatusCode)
	}
	if want := []int{502, 502, 500, 200}; !equal(got, want) {
		t.Errorf("statuses: got %v, want %v", got, want)
	}
	for range 3 {
		if r := s.get(s.OfficeUserID(), "fields", "business_discovery.username(governosp){id}"); r.StatusCode != 503 {
			t.Errorf("discovery: status %d", r.StatusCode)
		}
	}
	s.Faults.Clear()
	if n := s.Faults.Pending(); n != 0 {
		t.Errorf("after Clear %d faults are left", n)
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestReset(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	s.Faults.Spoil(sandbox.Reset(200))
	res, err := s.Client().Get(s.URL + "/v25.0/" + a.PlatformID + "/media?fields=caption&access_token=" + s.Token())
	if err == nil {
		var body []byte
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
		if len(body) > 200 {
			t.Errorf("got %d bytes, want at most 200", len(body))
		}
	}
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got error %v, want a broken connection", err)
	}
	if r := s.get(a.PlatformID); r.StatusCode != http.StatusOK {
		t.Errorf("the next request: status %d", r.StatusCode)
	}
}

func TestSlow(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	s.Faults.Spoil(sandbox.Slow(time.Hour))
	client := *s.Client()
	client.Timeout = 20 * time.Millisecond
	if _, err := client.Get(s.URL + "/v25.0/" + a.PlatformID + "?access_token=" + s.Token()); err == nil {
		t.Error("an answer that takes an hour came at once")
	}
}

func TestDeletedMedia(t *testing.T) {
	s := start(t, instagram.Options{})
	a := account(t, s.World, "governosp")
	posts := listed(s.World, a.Handle, june)
	var before, after mediaPage
	s.get(a.PlatformID+"/media", "limit", "3").decode(t, &before)
	count := func() int64 {
		var u struct {
			N int64 `json:"media_count"`
		}
		s.get(a.PlatformID, "fields", "media_count").decode(t, &u)
		return u.N
	}
	all := count()

	// Deleted between the list and its insights.
	s.Faults.DeleteAfterListing(posts[1].PostID)
	if e := s.get(posts[1].NativeID+"/insights", "metric", "reach").error(t); e.Code != 100 || e.Subcode != 33 {
		t.Errorf("insights of a media that is gone: got %+v", e)
	}
	s.get(a.PlatformID+"/media", "limit", "3").decode(t, &after)
	if len(after.Data) != 3 || after.Data[1].ID != posts[1].NativeID {
		t.Errorf("the list has lost the media: %v", after.Data)
	}

	// Deleted for good: its cursor dies with it.
	s.Faults.DeleteMedia(posts[2].PostID)
	if e := s.get(a.PlatformID+"/media", "after", before.Paging.Cursors.After).error(t); e.Code != 100 {
		t.Errorf("cursor of a media that is gone: got %+v", e)
	}
	s.get(a.PlatformID+"/media", "limit", "3").decode(t, &after)
	if len(after.Data) != 3 || after.Data[2].ID != posts[3].NativeID {
		t.Errorf("the list still has the media: %v", after.Data)
	}
	if got := count(); got != all-1 {
		t.Errorf("media_count: got %d, want %d", got, all-1)
	}
	if e := s.get(posts[2].NativeID).error(t); e.Code != 100 || e.Subcode != 33 {
		t.Errorf("a media that is gone: got %+v", e)
	}
}

func TestAccountFaults(t *testing.T) {
	s := start(t, instagram.Options{})
	a, other := account(t, s.World, "governosp"), account(t, s.World, "governope")
	posts := listed(s.World, a.Handle, june)

	s.Faults.RefuseMetric("views")
	if e := s.get(posts[0].NativeID+"/insights", "metric", "reach,views").error(t); e.Code != 100 {
		t.Errorf("a metric that was withdrawn: got %+v", e)
	}
	if r := s.get(posts[0].NativeID+"/insights", "metric", "reach"); r.StatusCode != http.StatusOK {
		t.Errorf("the others: status %d", r.StatusCode)
	}

	s.Faults.ProfessionalSince(a.Handle, posts[10].PublishedAt)
	if e := s.get(posts[11].NativeID+"/insights", "metric", "reach").error(t); e.Code != 100 || e.Subcode != 2108006 {
		t.Errorf("media of before the account was professional: got %+v", e)
	}
	if r := s.get(posts[10].NativeID+"/insights", "metric", "reach"); r.StatusCode != http.StatusOK {
		t.Errorf("media since: status %d", r.StatusCode)
	}

	s.Faults.Disconnect(a.Handle)
	for _, path := range []string{a.PlatformID, a.PlatformID + "/media", posts[0].NativeID + "/insights"} {
		r := s.get(path, "metric", "reach")
		if e := r.error(t); e.Code != 190 || e.Subcode != 492 || r.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s without our role: got %+v", path, e)
		}
	}
	if r := s.get(other.PlatformID); r.StatusCode != http.StatusOK {
		t.Errorf("another account: status %d", r.StatusCode)
	}

	s.Faults.CloseAccount(other.Handle)
	if e := s.get(other.PlatformID).error(t); e.Code != 100 || e.Subcode != 33 {
		t.Errorf("an account that is closed: got %+v", e)
	}
	if e := s.get(s.OfficeUserID(), "fields", "business_discovery.username("+other.Handle+"){id}").error(t); e.Code != 110 || e.Subcode != 2207013 {
		t.Errorf("discovery of an account that is closed: got %+v", e)
	}
	s.Faults.Clear()
	if r := s.get(other.PlatformID); r.StatusCode != http.StatusOK {
		t.Errorf("after Clear: status %d", r.StatusCode)
	}
}
