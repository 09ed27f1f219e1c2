package youtube_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
)

// Faults that spoil answers do so once, where they are meant to, and leave the
// rest alone.
func TestSpoiledAnswers(t *testing.T) {
	s := start(t, youtube.Options{})
	a := s.account("governosp.sandbox")
	ask := func() reply { return s.get("channels", "id", a.PlatformID, "part", "snippet") }
	for _, tt := range []struct {
		name  string
		fault sandbox.Fault
		want  apiError
	}{
		{"quota", youtube.Refused(youtube.QuotaExceeded()), apiError{Status: 403, Reason: "quotaExceeded"}},
		{"rate", youtube.Refused(youtube.RateLimited()), apiError{Status: 429, Reason: "rateLimitExceeded", Word: "RESOURCE_EXHAUSTED", Info: "RATE_LIMIT_EXCEEDED"}},
		{"key", youtube.Refused(youtube.KeyInvalid()), apiError{Status: 400, Reason: "keyInvalid"}},
		{"switched off", youtube.Refused(youtube.AccessNotConfigured()), apiError{Status: 403, Reason: "accessNotConfigured"}},
		{"token", youtube.Refused(youtube.AuthError()), apiError{Status: 401, Reason: "authError"}},
		{"trouble", youtube.Refused(youtube.Trouble()), apiError{Status: 503, Reason: "backendError"}},
	} {
		s.Faults.Spoil(tt.fault.At(youtube.OnCall("channels")))
		if r := s.get("videos", "id", "x", "part", "id"); r.StatusCode != http.StatusOK {
			t.Errorf("%s: another call has status %d", tt.name, r.StatusCode)
		}
		got := ask().error(t)
		if got.Domain, got.Message, got.LocationType, got.Location = "", "", "", ""; got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
		if r := ask(); r.StatusCode != http.StatusOK {
			t.Errorf("after %s: status %d", tt.name, r.StatusCode)
		}
	}
	s.Faults.Spoil(sandbox.HTMLPage(http.StatusOK), sandbox.CutBody(20), youtube.WrongTypes())
	if r := ask(); !strings.Contains(r.Header.Get("Content-Type"), "html") {
		t.Errorf("HTML page: %s", r.body)
	}
	if r := ask(); len(r.body) != 20 {
		t.Errorf("cut body: %s", r.body)
	}
	if r := ask(); !strings.Contains(string(r.body), `"many"`) {
		t.Errorf("wrong types: %s", r.body)
	}
	s.Faults.Spoil(sandbox.Reset(30))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/youtube/v3/channels?part=id&id=UC1&key="+s.Key(), nil)
	if res, err := s.Client().Do(req); err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
		if err == nil {
			t.Error("the connection was not broken")
		}
	}
	if n := s.Faults.Pending(); n != 0 {
		t.Errorf("%d faults are left", n)
	}
}

func TestDeadCredentials(t *testing.T) {
	s := start(t, youtube.Options{})
	s.Faults.KillKey()
	if e := s.get("channels", "part", "id", "id", "UC1").error(t); e.Reason != "keyInvalid" {
		t.Errorf("dead key: got %+v", e)
	}
	s.Faults.KillToken(june.Add(time.Hour))
	if r := s.ownerOf("governopr.sandbox")("channels", "part", "id", "mine", "true"); r.StatusCode != http.StatusOK {
		t.Errorf("token before its end: status %d", r.StatusCode)
	}
	s.clock.Advance(time.Hour)
	if e := s.ownerOf("governopr.sandbox")("channels", "part", "id", "mine", "true").error(t); e.Reason != "authError" {
		t.Errorf("dead token: got %+v", e)
	}
	s.Faults.Clear()
	if r := s.get("channels", "part", "id", "id", "UC1"); r.StatusCode != http.StatusOK {
		t.Errorf("after Clear: status %d", r.StatusCode)
	}
}

// What happens to a video shows in the list, in the videos and in the
// channel's numbers.
func TestVideoFaults(t *testing.T) {
	s := start(t, youtube.Options{})
	a := s.account("governopr.sandbox")
	var ids []string
	for _, p := range s.World.Posts(a.Handle, june) {
		if len(s.World.Told(a, p, "videos")) == 3 {
			ids = append(ids, p.PostID)
		}
	}
	deleted, private, unreadable, likeless, mute := ids[0], ids[1], ids[2], ids[3], ids[4]
	s.Faults.DeleteVideo(deleted)
	s.Faults.MakePrivate(private)
	s.Faults.DeleteAfterListing(unreadable)
	s.Faults.HideLikes(likeless)
	s.Faults.SwitchCommentsOff(mute)

	got := s.list("videos", "id", strings.Join(ids[:6], ","), "part", "statistics")
	if !slices.Equal(got.ids(), ids[3:6]) {
		t.Fatalf("videos: got %v, want %v", got.ids(), ids[3:6])
	}
	for i, missing := range []string{"likeCount", "commentCount", ""} {
		for _, name := range []string{"viewCount", "likeCount", "commentCount"} {
			if _, there := got.Items[i].Statistics[name]; there != (name != missing) {
				t.Errorf("%s of video %d is there: %v", name, i, there)
			}
		}
	}
	if n := s.list("channels", "id", a.PlatformID, "part", "statistics").Items[0].Statistics["videoCount"]; n != count(s.World.Profile(a.Handle, june).Posts, -2) {
		t.Errorf("videoCount: got %v", n)
	}
	titles := map[string]item{}
	listed, _ := s.walk(a, s.get)
	for _, i := range listed {
		titles[i.ContentDetails.VideoID] = i
	}
	if i := titles[deleted]; i.Snippet.Title != "Deleted video" || i.ContentDetails.VideoPublishedAt != "" || i.Status.PrivacyStatus != "" {
		t.Errorf("deleted: %+v", i)
	}
	if i := titles[private]; i.Snippet.Title != "Private video" || i.ContentDetails.VideoPublishedAt != "" || i.Status.PrivacyStatus != "private" {
		t.Errorf("private: %+v", i)
	}
	if i := titles[unreadable]; i.ContentDetails.VideoPublishedAt == "" || i.Status.PrivacyStatus != "public" {
		t.Errorf("deleted after it was listed: %+v", i)
	}
	var own listing
	s.ownerOf(a.Handle)("videos", "id", private+","+deleted, "part", "status").decode(t, &own)
	if len(own.Items) != 1 || own.Items[0].ID != private || own.Items[0].Status.PrivacyStatus != "private" {
		t.Errorf("owner's: %+v", own)
	}
}

func count(n *int64, plus int64) any {
	b := sandbox.AppendInt(nil, *n+plus)
	return string(b)
}

func TestChannelFaults(t *testing.T) {
	s := start(t, youtube.Options{})
	a, other := s.account("governosp.sandbox"), s.account("governosc.sandbox")
	s.Faults.HideSubscribers(other.Handle)
	if stats := s.list("channels", "id", other.PlatformID, "part", "statistics").Items[0].Statistics; stats["subscriberCount"] != "0" || stats["hiddenSubscriberCount"] != true {
		t.Errorf("hidden subscribers: %v", stats)
	}
	video := s.World.Posts(a.Handle, june)[0].PostID
	s.Faults.TerminateChannel(a.Handle)
	if l := s.list("channels", "id", a.PlatformID+","+other.PlatformID, "part", "id"); !slices.Equal(l.ids(), []string{other.PlatformID}) {
		t.Errorf("terminated channel: got %v", l.ids())
	}
	if l := s.list("channels", "forHandle", a.Handle, "part", "id"); len(l.Items) != 0 {
		t.Errorf("terminated channel by handle: got %v", l.ids())
	}
	if e := s.get("playlistItems", "playlistId", uploads(a), "part", "id").error(t); e.Reason != "playlistNotFound" {
		t.Errorf("its list: got %+v", e)
	}
	if l := s.list("videos", "id", video, "part", "id"); len(l.Items) != 0 {
		t.Errorf("its videos: got %v", l.ids())
	}
}
