package youtube

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// TestMissingCounts is what the platform leaves out, or sends and does not
// mean.
func TestMissingCounts(t *testing.T) {
	tests := []struct {
		name    string
		stats   map[string]any
		want    schema.Counters
		extra   map[string]int64
		skipped int
	}{
		{name: "likes hidden", stats: map[string]any{"viewCount": "5", "favoriteCount": "0", "commentCount": "0"},
			want: schema.Counters{Views: new(int64(5)), Comments: new(int64(0))}, extra: map[string]int64{"viewCount": 5, "commentCount": 0}},
		{name: "comments off", stats: map[string]any{"viewCount": "5", "likeCount": "0"},
			want: schema.Counters{Views: new(int64(5)), Reactions: new(int64(0))}, extra: map[string]int64{"viewCount": 5, "likeCount": 0}},
		{name: "views not told", stats: map[string]any{"favoriteCount": "0"}},
		{name: "no statistics"},
		{name: "favorites and dislikes are ignored", stats: map[string]any{"favoriteCount": "7", "dislikeCount": "8", "likeCount": "1"},
			want: schema.Counters{Reactions: new(int64(1))}, extra: map[string]int64{"likeCount": 1}},
		{name: "counts as numbers", stats: map[string]any{"viewCount": 96887746, "likeCount": 0},
			want: schema.Counters{Views: new(int64(96887746)), Reactions: new(int64(0))}, extra: map[string]int64{"viewCount": 96887746, "likeCount": 0}},
		{name: "views above 2^31", stats: map[string]any{"viewCount": "3507573655"},
			want: schema.Counters{Views: new(int64(3507573655))}, extra: map[string]int64{"viewCount": 3507573655}},
		{name: "null", stats: map[string]any{"viewCount": nil}},
		{name: "empty string", stats: map[string]any{"viewCount": ""}, skipped: 1},
		{name: "negative", stats: map[string]any{"viewCount": "-1"}, skipped: 1},
		{name: "beyond int64", stats: map[string]any{"viewCount": "18446744073709551615"}, skipped: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(1)
			p.videos[0]["statistics"] = tt.stats
			if tt.stats == nil {
				delete(p.videos[0], "statistics")
			}
			m, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
			if err != nil || len(m.all().Observations) != 1 {
				t.Fatalf("Collect: %d observations, error %v", len(m.all().Observations), err)
			}
			o := m.all().Observations[0]
			if d := cmp.Diff(tt.want, o.Counters); d != "" {
				t.Errorf("counters (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.extra, o.Extra); d != "" {
				t.Errorf("extra (-want +got):\n%s", d)
			}
			if got := m.all().Skipped; got != tt.skipped {
				t.Errorf("skipped %d, want %d", got, tt.skipped)
			}
		})
	}
}

func TestChannelCounts(t *testing.T) {
	tests := []struct {
		name                    string
		stats                   map[string]any
		followers, posts, views *int64
	}{
		{"rounded subscribers are kept as given", map[string]any{"subscriberCount": "10700000", "hiddenSubscriberCount": false, "videoCount": "2678", "viewCount": "3331930783"},
			new(int64(10700000)), new(int64(2678)), new(int64(3331930783))},
		{"hidden subscribers are left out", map[string]any{"hiddenSubscriberCount": true, "videoCount": "0"}, nil, new(int64(0)), nil},
		{"hidden subscribers are 0", map[string]any{"subscriberCount": "0", "hiddenSubscriberCount": true}, nil, nil, nil},
		{"nobody has subscribed", map[string]any{"subscriberCount": "0", "hiddenSubscriberCount": false}, new(int64(0)), nil, nil},
		{"comments are ignored", map[string]any{"commentCount": "12"}, nil, nil, nil},
		{"no statistics", nil, nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(1)
			p.channel["statistics"] = tt.stats
			m, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
			if err != nil || len(m.all().Profiles) != 1 {
				t.Fatalf("Collect: %d profiles, error %v", len(m.all().Profiles), err)
			}
			got := m.all().Profiles[0]
			if d := cmp.Diff([]*int64{tt.followers, tt.posts, tt.views, nil, nil}, []*int64{got.Followers, got.Posts, got.Views, got.Following, got.Likes}); d != "" {
				t.Errorf("followers, posts, views, following, likes (-want +got):\n%s", d)
			}
			if got.Extra != nil {
				t.Errorf("extra %v, want none", got.Extra)
			}
		})
	}
}

func TestMissingVideos(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*platform)
		want    string
		skipped int
	}{
		{"private or deleted, in the list", func(p *platform) { p.silent["vid00000001"] = true }, "0 2", 0},
		{"deleted since the list was read", func(p *platform) {
			p.before = func(call string, _ *http.Request) (int, string) {
				p.silent["vid00000001"] = call == "videos"
				return 0, ""
			}
		}, "0 2", 1},
		{"none of the page is told", func(p *platform) {
			p.before = func(call string, r *http.Request) (int, string) {
				if call == "videos" && r.URL.Query().Get("id") != "vid00000002" {
					return 200, `{"kind":"youtube#videoListResponse"}`
				}
				return 0, ""
			}
		}, "2", 2},
		{"private, shown to the owner", func(p *platform) { p.video(1, "status")["privacyStatus"] = "private" }, "0 2", 0},
		{"unlisted, shown to the owner", func(p *platform) { p.video(1, "status")["privacyStatus"] = "unlisted" }, "0 2", 0},
		{"scheduled", func(p *platform) { p.video(1, "status")["publishAt"] = "2026-11-21T09:00:00Z" }, "0 2", 0},
		{"was scheduled", func(p *platform) { p.video(1, "status")["publishAt"] = "2026-11-20T09:00:00Z" }, "0 1 2", 0},
		{"premiere to come", func(p *platform) { p.video(1, "snippet")["liveBroadcastContent"] = "upcoming" }, "0 2", 0},
		{"live", func(p *platform) {
			p.video(1, "snippet")["liveBroadcastContent"] = "live"
			p.video(1, "contentDetails")["duration"] = "P0D"
			p.video(1, "status")["uploadStatus"] = "uploaded"
		}, "0 1 2", 0},
		{"could not be processed", func(p *platform) { p.video(1, "status")["uploadStatus"] = "rejected" }, "0 2", 0},
		{"status not told", func(p *platform) { delete(p.videos[1], "status") }, "0 1 2", 0},
		{"no time", func(p *platform) { delete(p.video(1, "snippet"), "publishedAt") }, "0 2", 1},
		{"time in the future", func(p *platform) { p.video(1, "snippet")["publishedAt"] = "2027-01-01T00:00:00Z" }, "0 2", 1},
		{"time before YouTube", func(p *platform) { p.video(1, "snippet")["publishedAt"] = "1970-01-01T00:00:00Z" }, "0 2", 1},
		{"twice in the list", func(p *platform) { p.videos[1] = p.videos[0] }, "0 2", 0},
		{"id is another's", func(p *platform) {
			p.before = func(call string, r *http.Request) (int, string) {
				if call == "videos" && r.URL.Query().Get("id") != "vid00000002" {
					return 200, `{"items":[{"id":"someoneelse","snippet":{"publishedAt":"2026-11-20T09:00:00Z"}}]}`
				}
				return 0, ""
			}
		}, "2", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(3)
			tt.change(p)
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
			if err != nil || cur != "" || m.ids() != tt.want || m.all().Skipped != tt.skipped {
				t.Errorf("Collect: videos %s, %d skipped, cursor %q, error %v, want %s and %d", m.ids(), m.all().Skipped, cur, err, tt.want, tt.skipped)
			}
			if len(m.all().Posts) != len(m.all().Observations) {
				t.Errorf("%d videos and %d readings", len(m.all().Posts), len(m.all().Observations))
			}
		})
	}
}

// TestMissingChannel is about channels and lists of uploads that are not
// there.
func TestMissingChannel(t *testing.T) {
	gone := func(p *platform, _ *schema.Account) { p.channel = nil }
	tests := []struct {
		name     string
		change   func(*platform, *schema.Account)
		want     collector.Outcome
		profiles int
	}{
		{"terminated, by id", gone, collector.OutcomeGone, 0},
		{"terminated, by handle", func(p *platform, a *schema.Account) { gone(p, a); a.PlatformID = "" }, collector.OutcomeGone, 0},
		{"unknown handle", func(_ *platform, a *schema.Account) { a.PlatformID, a.Handle = "", "nobody" }, collector.OutcomeGone, 0},
		{"items left out", func(p *platform, _ *schema.Account) {
			p.before = func(string, *http.Request) (int, string) {
				return 200, `{"kind":"youtube#channelListResponse","pageInfo":{"totalResults":0}}`
			}
		}, collector.OutcomeGone, 0},
		{"another channel answers", func(p *platform, _ *schema.Account) {
			p.before = func(call string, _ *http.Request) (int, string) {
				return 200, `{"items":[{"id":"UCother"}]}`
			}
		}, collector.OutcomeGone, 0},
		{"answer that is no list is no proof", func(p *platform, _ *schema.Account) {
			p.before = func(string, *http.Request) (int, string) { return 200, `{}` }
		}, collector.OutcomeRetry, 0},
		{"items of another type are no proof", func(p *platform, _ *schema.Account) {
			p.before = func(string, *http.Request) (int, string) {
				return 200, `{"kind":"youtube#channelListResponse","items":{}}`
			}
		}, collector.OutcomeRetry, 0},
		{"no list of uploads is named", func(p *platform, _ *schema.Account) { delete(p.channel, "contentDetails") }, collector.OutcomeRetry, 1},
		{"list of uploads without a video", func(p *platform, _ *schema.Account) { p.videos = nil }, collector.OutcomeOK, 1},
		{"list of a channel that never had a video is not there", func(p *platform, _ *schema.Account) {
			p.noList = true
			p.channel["statistics"].(map[string]any)["videoCount"] = "0"
		}, collector.OutcomeOK, 1},
		{"and does not say how many videos it has", func(p *platform, _ *schema.Account) {
			p.noList = true
			delete(p.channel, "statistics")
		}, collector.OutcomeOK, 1},
		{"list of a channel with videos is not there", func(p *platform, _ *schema.Account) { p.noList = true }, collector.OutcomeGone, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, a := newPlatform(2), ownerAccount
			tt.change(p, &a)
			m, cur, err := collect(t, connect(t, p), collector.Job{Account: a})
			if got := collector.OutcomeOf(err); got != tt.want || cur != "" || len(m.all().Posts) != 0 {
				t.Errorf("Collect: outcome %q of %v, cursor %q, %d videos, want %q", got, err, cur, len(m.all().Posts), tt.want)
			}
			all := m.all()
			if len(all.Profiles) != tt.profiles || tt.want == collector.OutcomeOK && len(all.Raw) != 2 {
				t.Errorf("stored %d profiles and %d answers, want %d profiles", len(all.Profiles), len(all.Raw), tt.profiles)
			}
		})
	}
}

func TestPublishedAtDigits(t *testing.T) {
	for _, digits := range []string{"", ".0", ".000", ".012", ".012416"} {
		p := newPlatform(1)
		p.video(0, "snippet")["publishedAt"] = "2026-09-08T18:49:42" + digits + "Z"
		m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
		if err != nil || len(m.all().Posts) != 1 {
			t.Errorf("%q: %d videos, error %v", digits, len(m.all().Posts), err)
			continue
		}
		if got := m.all().Posts[0].PublishedAt; got.Truncate(time.Second) != time.Date(2026, 9, 8, 18, 49, 42, 0, time.UTC) || got.Location() != time.UTC {
			t.Errorf("%q: published at %v", digits, got)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ title, description, want string }{
		{"Title", "First line\nsecond", "Title\n\nFirst line\nsecond"},
		{"Title", "", "Title"},
		{"", "Only this", "Only this"},
		{"", "", ""},
		{"a\x00b", "\ud7ff", "a\ufffdb\n\n\ud7ff"},
	} {
		v := &video{ID: "v"}
		v.Snippet.Title, v.Snippet.Description, v.Snippet.PublishedAt = tt.title, tt.description, "2026-09-08T18:49:42Z"
		p, err := v.post("acc-1", testNow)
		if err != nil || p.Text != tt.want {
			t.Errorf("text of %q and %q: got %q, %v, want %q", tt.title, tt.description, p.Text, err, tt.want)
		}
	}
}

func TestLiveViewers(t *testing.T) {
	p := newPlatform(1)
	p.videos[0]["liveStreamingDetails"] = map[string]any{"actualStartTime": "2026-11-20T11:00:00Z", "concurrentViewers": "321"}
	m, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
	if err != nil {
		t.Fatal(err)
	}
	if o := m.all().Observations[0]; o.Extra["concurrentViewers"] != 321 || *o.Views != 1000 {
		t.Errorf("observation %+v, want the viewers beside the views", o)
	}
}

func TestThumbnails(t *testing.T) {
	for i, tt := range []struct{ high, medium, small, want string }{
		{"https://a/h", "https://a/m", "https://a/s", "https://a/h"},
		{"", "https://a/m", "https://a/s", "https://a/m"},
		{"", "", "http://a/s", "http://a/s"},
		{"javascript:alert(1)", "", "", ""},
	} {
		var pictures thumbnails
		pictures.High.URL, pictures.Medium.URL, pictures.Default.URL = tt.high, tt.medium, tt.small
		if got := pictures.url(); got != tt.want {
			t.Errorf("url of set %d: got %q, want %q", i, got, tt.want)
		}
	}
}

func TestIsHandle(t *testing.T) {
	for s, want := range map[string]bool{
		"pid.sindh": true, "PID-Sindh_1": true, "محکمہ": true, "a·b": true,
		"": false, "a b": false, "a,b": false, "a&b": false, "a\x00": false, fmt.Sprintf("%0200d", 1): false,
	} {
		if got := isHandle(s); got != want {
			t.Errorf("isHandle(%q): got %v, want %v", s, got, want)
		}
	}
}
