package youtube

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testRun returns a run that reads answers, and the answer with the body.
func testRun(body []byte) (*run, *api.Answer) {
	return &run{Connector: &Connector{Log: quiet}, job: collector.Job{Account: ownerAccount, RunID: "run-1"}},
		&api.Answer{Status: 200, At: testNow, Body: body, Request: "GET /"}
}

// decode reads a listing out of an answer that is well.
func decode[T any](t testing.TB, a *api.Answer) *listing[T] {
	t.Helper()
	body := new(listing[T])
	if odd, err := a.Decode(body); err != nil || odd != nil || body.Error != nil {
		t.Fatalf("Decode: odd %v, error %v, refusal %v", odd, err, body.Error)
	}
	return body
}

func TestRecordedChannels(t *testing.T) {
	tests := []struct {
		file string
		want []schema.AccountObservation
	}{
		{"channels-statistics-200.json", []schema.AccountObservation{{Followers: new(int64(2)), Posts: new(int64(3)), Views: new(int64(16))}}},
		{"channels-large-statistics-200.json", []schema.AccountObservation{{Followers: new(int64(19900000)), Posts: new(int64(2196)), Views: new(int64(8706674678))}}},
		{"channels-contentdetails-200.json", []schema.AccountObservation{{}}},
		{"channels-unknown-id-200.json", nil},
	}
	for _, tt := range tests {
		r, a := testRun(testdata(t, tt.file))
		for _, ch := range decode[channel](t, a).Items {
			r.addProfile(a, &ch)
		}
		for i := range tt.want {
			tt.want[i].AccountID, tt.want[i].Platform, tt.want[i].ObservedAt, tt.want[i].RunID = "acc-1", "youtube", testNow, "run-1"
		}
		if d := cmp.Diff(tt.want, r.page.Profiles); d != "" || r.page.Skipped != 0 {
			t.Errorf("%s: %d skipped, profiles (-want +got):\n%s", tt.file, r.page.Skipped, d)
		}
	}

	r, a := testRun(testdata(t, "channels-multi-200.json"))
	body := decode[channel](t, a)
	r.addProfile(a, &body.Items[0])
	got := r.page.Profiles[0]
	if len(body.Items) != 2 || got.Name != "Google" || got.Handle != "google" || *got.Followers != 10700000 || !strings.HasSuffix(got.AvatarURL, "=s800-c-k-c0x00ffffff-no-rj") ||
		body.Items[0].ContentDetails.RelatedPlaylists.Uploads != "UUK8sQmJBp8GCxrOtXWBpyEA" {
		t.Errorf("%d channels, the first %+v", len(body.Items), got)
	}
}

func TestRecordedLists(t *testing.T) {
	tests := []struct {
		file        string
		items       int
		first, next string
	}{
		{"playlistitems-page1-200.json", 10, "CvTApw9X8aA", "CAoQAA"},
		{"playlistitems-page2-200.json", 3, "6aSG8SdvkoU", ""},
		{"playlistitems-200.json", 4, "VKf6NF0OD5A", ""},
		{"playlistitems-empty-200.json", 0, "", ""},
	}
	for _, tt := range tests {
		_, a := testRun(testdata(t, tt.file))
		body := decode[item](t, a)
		first := ""
		for i := range body.Items {
			if first == "" {
				first = body.Items[i].id()
			}
			if body.Items[i].id() == "" {
				t.Errorf("%s: item %d has no video", tt.file, i)
			}
		}
		if len(body.Items) != tt.items || first != tt.first || body.Next != tt.next {
			t.Errorf("%s: %d items, the first %q, next page %q, want %d, %q, %q", tt.file, len(body.Items), first, body.Next, tt.items, tt.first, tt.next)
		}
	}
}

// itemsOf returns the list on which the videos would be.
func itemsOf(videos []video) []item {
	items := make([]item, len(videos))
	for i := range videos {
		items[i].Details.VideoID = videos[i].ID
		items[i].Details.PublishedAt = "2020-01-01T00:00:00Z"
	}
	return items
}

func TestRecordedVideo(t *testing.T) {
	r, a := testRun(testdata(t, "videos-one-invalid-id-200.json"))
	body := decode[video](t, a)
	items := append(itemsOf(body.Items), item{})
	items[1].Details.VideoID = "invalid"
	posts := r.add(a, items, body.Items)
	if len(posts) != 1 || r.page.Skipped != 0 {
		t.Fatalf("%d videos, %d skipped, want the one that was told of", len(posts), r.page.Skipped)
	}
	p := posts[0]
	if d := cmp.Diff([]string{"PSY", "싸이", "GANGNAMSTYLE", "강남스타일"}, p.Hashtags); d != "" {
		t.Errorf("hashtags (-want +got):\n%s", d)
	}
	if len(p.Links) != 11 || p.Links[0] != "https://youtu.be/Xvjnoagk6GU" {
		t.Errorf("links %q", p.Links)
	}
	if !strings.HasPrefix(p.Text, "PSY - GANGNAM STYLE(강남스타일) M/V\n\nPSY - ‘I LUV IT’ M/V @ https://youtu.be/Xvjnoagk6GU\n") {
		t.Errorf("text %q", p.Text)
	}
	if !p.PublishedAt.Equal(time.Date(2012, 7, 15, 7, 46, 32, 0, time.UTC)) || p.Permalink != "https://www.youtube.com/watch?v=9bZkp7q19f0" || p.Format != schema.FormatVideo {
		t.Errorf("video %+v", p)
	}
}

// TestRecordedCounts reads fifty videos of which ten do not tell all.
func TestRecordedCounts(t *testing.T) {
	r, a := testRun(testdata(t, "videos-statistics-status-50-200.json"))
	body := decode[video](t, a)
	for i := range body.Items {
		// The call did not ask for the time.
		body.Items[i].Snippet.PublishedAt = "2020-01-01T00:00:00Z"
	}
	r.add(a, itemsOf(body.Items), body.Items)
	unknown := map[string]int{}
	for _, o := range r.page.Observations {
		for name, n := range map[string]*int64{"views": o.Views, "likes": o.Reactions, "comments": o.Comments} {
			if n == nil {
				unknown[name]++
			} else if *n == 0 {
				t.Errorf("%s: %s are 0, and no zero was sent", o.PostID, name)
			}
		}
		for name := range o.Extra {
			if name == "favoriteCount" || name == "dislikeCount" {
				t.Errorf("%s: extra has %s", o.PostID, name)
			}
		}
	}
	if d := cmp.Diff(map[string]int{"views": 1, "likes": 8, "comments": 9}, unknown); d != "" || len(r.page.Observations) != 50 || r.page.Skipped != 0 {
		t.Errorf("%d readings, %d skipped, unknown (-want +got):\n%s", len(r.page.Observations), r.page.Skipped, d)
	}
	want := schema.Observation{AccountID: "acc-1", PostID: "DRh_4i-GKPk", Platform: "youtube", ObservedAt: testNow, Call: "videos",
		Counters: schema.Counters{Views: new(int64(1182500))}, Extra: map[string]int64{"viewCount": 1182500}, RunID: "run-1"}
	if d := cmp.Diff(want, r.page.Observations[1]); d != "" {
		t.Errorf("reading (-want +got):\n%s", d)
	}
}

func TestRecordedRefusals(t *testing.T) {
	for name, want := range map[string]collector.Outcome{
		"channels-autherror-401.json":            collector.OutcomeReconnect,
		"error-key-invalid-400.json":             collector.OutcomeFixRequest,
		"subscriptions-forbidden-403.json":       collector.OutcomeReconnect,
		"commentthreads-missing-filter-400.json": collector.OutcomeFixRequest,
		"analytics-revenue-403.json":             collector.OutcomeReconnect,
	} {
		p := newPlatform(1)
		body := testdata(t, name)
		p.before = func(string, *http.Request) (int, string) {
			var b struct{ Error struct{ Code int } }
			if err := json.Unmarshal(body, &b); err != nil {
				t.Error(err)
			}
			return b.Error.Code, string(body)
		}
		if _, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount}); collector.OutcomeOf(err) != want {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

func TestCursor(t *testing.T) {
	for _, p := range []position{
		{size: 50},
		{size: 50, page: "CAoQAA", list: uploadsID},
		{size: 1, page: "EAAaBlBUOkNESQ==", list: uploadsID, depth: time.Unix(1600000000, 0).UTC(), restarts: 1},
		{size: 50, rest: 2},
		{size: 7, depth: time.Unix(-5, 0).UTC(), restarts: 2},
	} {
		got, err := parseCursor(p.cursor())
		if err != nil || got != p {
			t.Errorf("parseCursor(%q): got %+v, %v, want %+v", p.cursor(), got, err, p)
		}
	}
	for _, c := range []collector.Cursor{"CAoQAA", "size=x", "size=0", "size=51", "size=5&page=x", "size=5&page=x&list=a,b", "size=5&page=a%00b&list=UU1", "size=5&depth=x", "%zz"} {
		if got, err := parseCursor(c); err == nil {
			t.Errorf("parseCursor(%q): got %+v, want an error", c, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no recorded answers", err)
	}
	for _, name := range files {
		f.Add(testdata(f, filepath.Base(name)))
	}
	f.Add([]byte(`{"items":[{"id":"v1","snippet":{"publishedAt":"2026-01-01T00:00:00Z","title":"#\u0000\ud800"},"statistics":{"viewCount":5}}]}`))
	f.Add([]byte(`{"items":[{"id":"v1","contentDetails":{"duration":"P1DT2H3M4.5S","caption":"true"},"liveStreamingDetails":{"actualStartTime":"2026-01-01T00:00:00Z","actualEndTime":"2026-01-01T01:00:00Z"}}]}`))
	f.Add([]byte(`{"kind":"youtubeAnalytics#resultTable","columnHeaders":[{"name":"day"},{"name":"views"},{"name":"likes"}],"rows":[["2026-11-01",5,-1],["x"],[],[7,8,9],["2026-11-02",1e300,null]]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, a := testRun(b)
		var refusal listing[json.RawMessage]
		if _, err := a.Decode(&refusal); err == nil && refusal.Error != nil {
			if err := newRefusal(a, refusal.Error, true); errors.Unwrap(err) == nil || len(err.Error()) > 1000 {
				t.Errorf("refusal %v has no class, or says too much", err)
			}
		}
		var channels listing[channel]
		if _, err := a.Decode(&channels); err == nil {
			for i := range channels.Items {
				r.addProfile(a, &channels.Items[i])
			}
		}
		var items listing[item]
		var videos listing[video]
		if _, err := a.Decode(&items); err != nil {
			return
		}
		if _, err := a.Decode(&videos); err != nil {
			return
		}
		r.add(a, append(items.Items, itemsOf(videos.Items)...), videos.Items)
		var threads listing[thread]
		if _, err := a.Decode(&threads); err == nil {
			r.addThreads(a, channelID, threads.Items, new(legacy))
		}
		if body, err := readReport(a); err == nil {
			r.addDays(a, dayMetrics, body)
		}
		for _, c := range r.page.Comments {
			if !isID(c.PostID) || !isCommentID(c.CommentID) || c.PublishedAt.IsZero() || !utf8.ValidString(c.Text) || strings.ContainsRune(c.Text, 0) ||
				c.Likes != nil && *c.Likes < 0 || c.Replies != nil && *c.Replies < 0 {
				t.Errorf("comment %+v", c)
			}
		}
		for _, i := range r.page.Insights {
			if i.Value == nil || *i.Value < 0 || i.Day.Before(firstVideo) || i.Day.After(testNow.AddDate(0, 0, 3)) {
				t.Errorf("figure of a day: %+v", i)
			}
		}
		for _, p := range r.page.Posts {
			if p.Seconds != nil && *p.Seconds <= 0 {
				t.Errorf("length of %d seconds", *p.Seconds)
			}
			if !isID(p.PostID) || p.PublishedAt.IsZero() {
				t.Errorf("video without id or time: %+v", p)
			}
			for _, s := range append(append([]string{p.Text, p.Permalink}, p.Links...), p.Hashtags...) {
				if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
					t.Errorf("text %q is not valid", s)
				}
			}
		}
		for _, o := range r.page.Observations {
			for name, n := range o.Extra {
				if n < 0 {
					t.Errorf("%s is %d", name, n)
				}
			}
		}
		for _, o := range r.page.Profiles {
			for _, s := range []string{o.Name, o.Handle, o.Bio, o.AvatarURL} {
				if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
					t.Errorf("text %q is not valid", s)
				}
			}
		}
	})
}
