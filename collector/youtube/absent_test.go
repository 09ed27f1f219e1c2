package youtube

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

var _ collector.Finder = (*Connector)(nil)

func known(ids ...string) []schema.Post {
	posts := make([]schema.Post, len(ids))
	for i, id := range ids {
		posts[i] = schema.Post{PostID: id, NativeID: id}
	}
	return posts
}

func TestMissing(t *testing.T) {
	p := newPlatform(6)
	p.silent["vid00000001"] = true // listed as a private video
	p.video(2, "status")["privacyStatus"] = "private"
	p.video(3, "status")["privacyStatus"] = "unlisted"
	p.video(4, "status")["uploadStatus"] = "deleted"
	p.video(5, "status")["uploadStatus"] = "rejected"
	posts := known("vid00000000", "vid00000001", "vid00000002", "vid00000003", "vid00000004", "vid00000005", "gone0000001", "a,b", "")
	gone, calls, err := connect(t, p).Missing(t.Context(), collector.Job{Account: ownerAccount}, posts)
	want := map[string]schema.Absence{"vid00000001": schema.AbsencePrivate, "vid00000002": schema.AbsencePrivate, "vid00000004": schema.AbsenceDeleted,
		"vid00000005": schema.AbsenceGone, "gone0000001": schema.AbsenceGone}
	if d := cmp.Diff(want, gone); d != "" || err != nil || calls != 3 {
		t.Errorf("Missing: %d calls, error %v (-want +got):\n%s", calls, err, d)
	}
	p.noList = true
	if gone, _, err := connect(t, p).Missing(t.Context(), collector.Job{Account: ownerAccount}, posts[1:2]); err != nil || gone["vid00000001"] != schema.AbsenceGone {
		t.Errorf("Missing without a list of uploads: %v, error %v", gone, err)
	}
	// Without the channel's id its list is not known.
	if gone, calls, err := connect(t, p).Missing(t.Context(), collector.Job{Account: publicAccount}, posts[1:2]); err != nil || calls != 1 || gone["vid00000001"] != schema.AbsenceGone {
		t.Errorf("Missing of a channel without an id: %v after %d calls, error %v", gone, calls, err)
	}
}

// Fifty are asked for at once, and few of those that are gone by themselves.
func TestMissingInBatches(t *testing.T) {
	var ids []string
	for i := range 120 {
		ids = append(ids, fmt.Sprintf("gone%07d", i))
	}
	p := newPlatform(1)
	c := connect(t, p)
	gone, calls, err := c.Missing(t.Context(), collector.Job{Account: ownerAccount}, known(ids...))
	if len(gone) != 120 || calls != 3+maxLooks || p.count("videos") != 3 || err != nil {
		t.Errorf("Missing: %d of 120 after %d calls, error %v", len(gone), calls, err)
	}
	p.before = func(call string, _ *http.Request) (int, string) {
		if call == "videos" && p.count("videos") == 5 {
			return 403, errorBody(403, "quotaExceeded", "quota")
		}
		return 0, ""
	}
	gone, _, err = c.Missing(t.Context(), collector.Job{Account: ownerAccount}, known(ids...))
	if collector.OutcomeOf(err) != collector.OutcomeWait || len(gone) != 50 {
		t.Errorf("Missing: %d, error %v, want the first fifty and a wait", len(gone), err)
	}
}

func TestSandboxMissing(t *testing.T) {
	s, _, c := startSandbox(t, youtube.Options{})
	for _, handle := range []string{"governopr.sandbox", "governosp.sandbox"} {
		a := sandboxAccount(t, s.World, handle)
		var ids []string
		for _, p := range s.World.Posts(handle, sandboxNow)[:60] {
			ids = append(ids, p.PostID)
		}
		s.Faults.DeleteVideo(ids[2])
		s.Faults.MakePrivate(ids[55])
		gone, _, err := c.Missing(t.Context(), collector.Job{Account: a}, known(ids...))
		want := map[string]schema.Absence{ids[2]: schema.AbsenceGone, ids[55]: schema.AbsencePrivate}
		if d := cmp.Diff(want, gone); d != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", handle, err, d)
		}
		s.Faults.Clear()
	}
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]int64{
		"PT5M37S": 337, "PT1H": 3600, "P1DT1S": 86401, "P1W": 604800, "PT1.9S": 1, "P0D": 0, "PT0S": 0, "": 0, "PT": 0, "P": 0, "5M": 0, "PT-5S": 0, "PT99999999999S": 0,
	} {
		if got := seconds(text); got != want {
			t.Errorf("seconds(%q): got %d, want %d", text, got, want)
		}
	}
}

func TestDetails(t *testing.T) {
	const times = `"liveStreamingDetails":{"scheduledStartTime":"2026-11-01T09:00:00Z","actualStartTime":"2026-11-01T09:01:00Z"`
	for name, tt := range map[string]struct {
		video    string
		format   schema.Format
		seconds  *int64
		captions *bool
		paid     *bool
	}{
		"nothing told":              {`"snippet":{}`, "video", nil, nil, nil},
		"a video":                   {`"contentDetails":{"duration":"PT10S","caption":"false"}`, "video", new(int64(10)), new(false), nil},
		"captions and placement":    {`"contentDetails":{"caption":"true"},"paidProductPlacementDetails":{"hasPaidProductPlacement":true}`, "video", nil, new(true), new(true)},
		"no placement":              {`"contentDetails":{"caption":"maybe"},"paidProductPlacementDetails":{"hasPaidProductPlacement":false}`, "video", nil, nil, new(false)},
		"wrong types":               {`"contentDetails":{"duration":5,"caption":true},"paidProductPlacementDetails":{"hasPaidProductPlacement":"x"}`, "video", nil, nil, nil},
		"announced":                 {`"contentDetails":{"duration":"P0D"},"liveStreamingDetails":{"scheduledStartTime":"2026-11-01T09:00:00Z"}`, "video", nil, nil, nil},
		"under way":                 {`"contentDetails":{"duration":"P0D"},` + times + `}`, "live", nil, nil, nil},
		"over":                      {`"contentDetails":{"duration":"PT1H"},` + times + `,"actualEndTime":"2026-11-01T10:01:09Z"}`, "live", new(int64(3600)), nil, nil},
		"over, and not worked upon": {`"contentDetails":{"duration":"P0D"},` + times + `,"actualEndTime":"2026-11-01T10:01:09Z"}`, "live", new(int64(3609)), nil, nil},
		"ends before it begins":     {times + `,"actualEndTime":"2026-11-01T08:01:09Z"}`, "live", nil, nil, nil},
	} {
		_, a := testRun([]byte(`{"items":[{"id":"v1",` + tt.video + `}]}`))
		var body listing[video]
		if _, err := a.Decode(&body); err != nil {
			t.Fatal(err)
		}
		v := &body.Items[0]
		v.Snippet.PublishedAt = "2026-11-01T09:01:00Z"
		v.Snippet.Thumbnails.High.URL, v.Snippet.Thumbnails.Medium.URL = "https://a/h", "https://a/m"
		p, err := v.post("acc-1", testNow)
		if d := cmp.Diff([]any{tt.format, tt.seconds, tt.captions, tt.paid, "https://a/m"}, []any{p.Format, p.Seconds, p.Captions, p.Paid, p.ThumbnailURL}); d != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", name, err, d)
		}
	}
}
