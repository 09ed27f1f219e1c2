package tiktok

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// testRun returns a run that reads answers, and the answer with the body.
func testRun(body string) (*run, *api.Answer) {
	c := &Connector{Log: quiet}
	c.initOnce.Do(c.init)
	return &run{Connector: c, job: collector.Job{Account: testAccount, RunID: "run-1"}, handle: "pid.sindh"},
		&api.Answer{Status: 200, At: testNow, Body: []byte(body), Request: "GET /"}
}

// decode reads one video of either API.
func decode(t *testing.T, business bool, v string) *run {
	t.Helper()
	body := `{"data":{"videos":[` + v + `]}}`
	r, a := testRun(body)
	l := &list{answer: a, call: callVideos}
	if business {
		var b businessVideosBody
		odd, err := a.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		r.odd(odd)
		for i := range b.Data.Videos {
			l.videos = append(l.videos, b.Data.Videos[i].video())
		}
	} else {
		var b videosBody
		odd, err := a.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		r.odd(odd)
		for i := range b.Data.Videos {
			l.videos = append(l.videos, b.Data.Videos[i].video())
		}
	}
	r.add(l)
	return r
}

func TestPost(t *testing.T) {
	const id = "7080213458555737386"
	good := func() object {
		return object{"id": id, "item_id": id, "create_time": 1648492283, "title": "x", "caption": "x", "share_url": "https://www.tiktok.com/@a.b/video/" + id}
	}
	tests := []struct {
		name    string
		change  object
		want    func(*schema.Post)
		skipped int // more than none: the post or a value is left out
		none    bool
	}{
		{name: "as promised"},
		{name: "id as a number", change: object{"id": json.Number(id), "item_id": json.Number(id)}},
		{name: "no id", change: object{"id": nil, "item_id": nil}, skipped: 1, none: true},
		{name: "id that is a path", change: object{"id": "../1", "item_id": "../1"}, skipped: 1, none: true},
		{name: "negative id", change: object{"id": -7, "item_id": -7}, skipped: 1, none: true},
		{name: "rounded id", change: object{"id": json.Number("7.08e18"), "item_id": json.Number("7.08e18")}, skipped: 1, none: true},
		{name: "id of 21 digits", change: object{"id": strings.Repeat("7", 21), "item_id": strings.Repeat("7", 21)}, skipped: 1, none: true},
		{name: "time as a string", change: object{"create_time": "1648492283"}},
		{name: "no time", change: object{"create_time": nil}, skipped: 1, none: true},
		{name: "time in milliseconds", change: object{"create_time": 1648492283000}, skipped: 1, none: true},
		{name: "negative time", change: object{"create_time": -1648492283}, skipped: 1, none: true},
		{name: "time in the future", change: object{"create_time": testNow.AddDate(1, 0, 0).Unix()}, skipped: 1, none: true},
		{name: "time before TikTok", change: object{"create_time": 1}, skipped: 1, none: true},
		{name: "text is a number", change: object{"title": 5, "caption": 5}, want: func(p *schema.Post) { p.Text = "" }},
		{name: "NUL and half runes", change: object{"title": "a\x00b", "caption": "a\x00b"}, want: func(p *schema.Post) { p.Text = "a\ufffdb" }},
		{name: "no link", change: object{"share_url": nil}, want: func(p *schema.Post) { p.Permalink = "https://www.tiktok.com/@pid.sindh/video/" + id }},
		{name: "link with the name of our app", change: object{"share_url": "https://www.tiktok.com/@a.b/video/" + id + "?utm_source=awx#top"}},
		{name: "link of someone else", change: object{"share_url": "https://tiktok.com.example.org/@a.b/video/" + id},
			want: func(p *schema.Post) { p.Permalink = "https://www.tiktok.com/@pid.sindh/video/" + id }},
		{name: "link that is a script", change: object{"share_url": "javascript:alert(1)"},
			want: func(p *schema.Post) { p.Permalink = "https://www.tiktok.com/@pid.sindh/video/" + id }},
		{name: "link with a name and a password", change: object{"share_url": "https://a:b@www.tiktok.com/x"},
			want: func(p *schema.Post) { p.Permalink = "https://www.tiktok.com/@pid.sindh/video/" + id }},
		{name: "negative likes", change: object{"like_count": -1, "likes": -1}, skipped: 1},
		{name: "likes as an object", change: object{"like_count": object{"n": 1}, "likes": object{"n": 1}}, skipped: 1},
	}
	for _, tt := range tests {
		for _, business := range []bool{false, true} {
			m := good()
			for k, v := range tt.change {
				if m[k] = v; v == nil {
					delete(m, k)
				}
			}
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			r := decode(t, business, string(b))
			if r.page.Skipped != tt.skipped {
				t.Errorf("%s, business %v: skipped %d, want %d", tt.name, business, r.page.Skipped, tt.skipped)
			}
			want := []schema.Post{{AccountID: "acc-1", PostID: id, Platform: "tiktok", NativeID: id, Text: "x", Format: "video",
				Permalink: "https://www.tiktok.com/@a.b/video/" + id, PublishedAt: time.Date(2022, 3, 28, 18, 31, 23, 0, time.UTC), CollectedAt: testNow}}
			if tt.want != nil {
				tt.want(&want[0])
			}
			if tt.none {
				want = nil
			}
			got := r.page.Posts
			if len(got) == 0 {
				got = nil
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, business %v (-want +got):\n%s", tt.name, business, d)
			}
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ title, description, want string }{
		{"", "", ""},
		{"a", "", "a"},
		{"", "b", "b"},
		{"same", "same", "same"},
		{"cut", "cut short", "cut short"},
		{"longer one", "longer", "longer one"},
		{"title", "description", "title\n\ndescription"},
	} {
		v := displayVideo{Title: text(tt.title), Description: text(tt.description)}
		if got := v.text(); got != tt.want {
			t.Errorf("text of %q and %q: got %q, want %q", tt.title, tt.description, got, tt.want)
		}
	}
}

func TestFormat(t *testing.T) {
	for link, want := range map[string]schema.Format{
		"https://www.tiktok.com/@a/video/1": "video", "": "video", "%zz": "video",
		"https://www.tiktok.com/@a/photo/1?x=1": "", "https://www.tiktok.com/@photo/video/1": "video",
	} {
		if got := (&displayVideo{Link: text(link)}).format(); got != want {
			t.Errorf("format of %s: got %q, want %q", link, got, want)
		}
	}
	for kind, want := range map[string]schema.Format{"": "video", "VIDEO": "video", "video": "video", "PHOTO": ""} {
		if got := (&businessVideo{MediaType: text(kind)}).format(); got != want {
			t.Errorf("format of media type %s: got %q, want %q", kind, got, want)
		}
	}
}

func TestCounters(t *testing.T) {
	largest := strconv.Itoa(math.MaxInt64)
	tests := []struct {
		business bool
		fields   string
		want     schema.Counters
		extra    map[string]int64
		skipped  int
	}{
		{false, `"view_count":` + largest, schema.Counters{Views: new(int64(math.MaxInt64))}, map[string]int64{"view_count": math.MaxInt64}, 0},
		{false, `"view_count":9223372036854775808`, schema.Counters{}, nil, 1},
		{false, `"view_count":"12","like_count":0,"share_count":null`, schema.Counters{Views: new(int64(12)), Reactions: new(int64(0))},
			map[string]int64{"view_count": 12, "like_count": 0}, 0},
		{false, `"comment_count":-3,"share_count":1.5,"duration":"long"`, schema.Counters{}, nil, 3},
		{false, `"is_aigc":false`, schema.Counters{}, map[string]int64{"is_aigc": 0}, 0},
		{false, `"is_aigc":null`, schema.Counters{}, nil, 0},
		{false, `"is_aigc":1`, schema.Counters{}, nil, 1},
		{true, `"total_time_watched":0`, schema.Counters{WatchSeconds: new(int64(0))}, map[string]int64{"total_time_watched": 0}, 0},
		{true, `"total_time_watched":"99.999"`, schema.Counters{WatchSeconds: new(int64(99))}, map[string]int64{"total_time_watched": 99}, 0},
		{true, `"total_time_watched":1e300`, schema.Counters{}, nil, 1},
		{true, `"total_time_watched":-0.5,"average_time_watched":"NaN","full_video_watched_rate":"0x1p3","video_duration":"Inf"`, schema.Counters{}, nil, 4},
		{true, `"average_time_watched":17.5,"full_video_watched_rate":"0.0349"`, schema.Counters{},
			map[string]int64{"average_time_watched_millis": 17_500, "full_video_watched_rate_millionths": 34_900}, 0},
		{true, `"full_video_watched_rate":9007199254740991`, schema.Counters{}, nil, 1},
		{true, `"reach":"7","favorites":8,"website_clicks":"9"`, schema.Counters{Reach: new(int64(7)), Saves: new(int64(8)), Clicks: new(int64(9))},
			map[string]int64{"reach": 7, "favorites": 8, "website_clicks": 9}, 0},
		{true, `"likes":null,"comments":"","shares":[]`, schema.Counters{}, nil, 2},
	}
	for _, tt := range tests {
		r := decode(t, tt.business, `{"id":"7080213458555737386","item_id":"7080213458555737386","create_time":1648492283,`+tt.fields+`}`)
		o := r.page.Observations[0]
		if d := cmp.Diff([]any{tt.want, tt.extra}, []any{o.Counters, o.Extra}); d != "" || r.page.Skipped != tt.skipped {
			t.Errorf("%s: %d skipped, want %d (-want +got):\n%s", tt.fields, r.page.Skipped, tt.skipped, d)
		}
	}
}

// One video that cannot be read costs no other, and one that comes twice is
// one.
func TestMixedPage(t *testing.T) {
	r := decode(t, false, `7,null,"x",{"id":"1","create_time":1648492283},{"id":"2"},{"id":"1","create_time":1648492283},{"id":3,"create_time":1648492283}`)
	var ids []string
	for _, p := range r.page.Posts {
		ids = append(ids, p.PostID)
	}
	if d := cmp.Diff([]string{"1", "3"}, ids); d != "" || len(r.page.Observations) != 2 || r.page.Skipped != 5 {
		t.Errorf("%d readings, %d skipped (-want +got):\n%s", len(r.page.Observations), r.page.Skipped, d)
	}
}

func TestOpenID(t *testing.T) {
	for id, want := range map[string]bool{testOpenID: true, "-000abc_DEF": true, "723f24d7-e717-40f8-a2b6-cb8464cd23b4": true,
		"": false, "a/b": false, "a b": false, "a&b": false, "ا": false, strings.Repeat("a", 129): false} {
		if got := isOpenID(id); got != want {
			t.Errorf("isOpenID(%q): got %v, want %v", id, got, want)
		}
	}
}

func TestHandle(t *testing.T) {
	for handle, want := range map[string]bool{"pid.sindh": true, "a_1": true, "": false, "..": false, "a/b": false, "a?b": false, "کراچی": false} {
		if got := isHandle(handle); got != want {
			t.Errorf("isHandle(%q): got %v, want %v", handle, got, want)
		}
	}
}

// A fault is read from each of its forms, and what is none is no success.
func TestFault(t *testing.T) {
	for body, want := range map[string]fault{
		`{"code":"ok","message":"","log_id":"20260526060322"}`: {Code: "ok"},
		`{"code":"x","message":7,"log_id":20260526060322}`:     {Code: "x"},
		`{"code":40105,"message":"m"}`:                         {Message: "m"},
		`"invalid_grant"`:                                      {Code: "invalid_grant"},
		`null`:                                                 {},
		`[]`:                                                   {},
		`7`:                                                    {},
	} {
		var b struct{ Error *fault }
		if err := json.Unmarshal([]byte(`{"error":`+body+`}`), &b); err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if got := (&displayBody{Error: b.Error}).fault(); got != want {
			t.Errorf("%s: got %+v, want %+v", body, got, want)
		}
	}
}

func seeds(f *testing.F) {
	for _, s := range []string{
		`{"data":{"user":{"follower_count":0,"following_count":0,"likes_count":0,"video_count":0}},"error":{"code":"ok","message":"","log_id":"2026052606032252FCD7AE07CE2B1A70E5"}}`,
		`{"data":{"videos":[],"cursor":0,"has_more":false},"error":{"code":"ok","message":"","log_id":"2026052606032252FCD7AE07CE2B1A70E5"}}`,
		`{"data":{"videos":[{"id":7080213458555737386,"create_time":"1648492283","title":"#\u0000\ud800","share_url":"https://www.tiktok.com/x?y","view_count":9223372036854775807,"is_aigc":true}],"cursor":1648492283000,"has_more":true},"error":{"code":"ok"}}`,
		`{"code":0,"message":"OK","request_id":"202403040357439E497F7E6668D60F2700","data":{"videos":[{"item_id":"7080213458555737386","create_time":1648492283,"reach":"5","total_time_watched":1e15,"average_time_watched":"1.5","full_video_watched_rate":0.5}],"cursor":1,"has_more":true}}`,
		`{"code":0,"message":"OK","data":{"display_name":"a","followers_count":"5","is_business_account":true,"username":"b"}}`,
		`{"code":40105,"message":"Access token is incorrect or has been revoked.","request_id":"1"}`,
		`{"error":"invalid_grant","error_description":"x"}`,
		`{"code":"access_token_invalid","message":"x","log_id":"y"}`,
	} {
		f.Add(s)
	}
}

// checkPage looks for what no store may be given.
func checkPage(t *testing.T, p collector.Page) {
	t.Helper()
	valid := func(all ...string) {
		for _, s := range all {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Errorf("text %q is not valid", s)
			}
		}
	}
	for _, p := range p.Posts {
		if !isIdent([]byte(p.PostID)) || p.NativeID != p.PostID || p.PublishedAt.Before(firstVideo) {
			t.Errorf("post without id or time: %+v", p)
		}
		valid(append(append([]string{p.Text, p.Permalink}, p.Links...), p.Hashtags...)...)
	}
	for _, o := range p.Observations {
		for _, n := range []*int64{o.Views, o.Reach, o.Reactions, o.Comments, o.Shares, o.Saves, o.Clicks, o.WatchSeconds} {
			if n != nil && *n < 0 {
				t.Errorf("negative count: %+v", o)
			}
		}
		for name, n := range o.Extra {
			if n < 0 {
				t.Errorf("extra %q is %d", name, n)
			}
		}
	}
	for _, a := range p.Profiles {
		valid(a.Name, a.Handle, a.Bio, a.Link, a.AvatarURL)
		for _, n := range []*int64{a.Followers, a.Following, a.Posts, a.Likes} {
			if n != nil && *n < 0 {
				t.Errorf("negative count: %+v", a)
			}
		}
	}
}

func FuzzDisplay(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b string) {
		r, a := testRun(b)
		var videos videosBody
		if _, err := a.Decode(&videos); err == nil {
			l := &list{answer: a, call: callVideos, next: videos.Data.Cursor, more: videos.Data.More}
			for i := range videos.Data.Videos {
				l.videos = append(l.videos, videos.Data.Videos[i].video())
			}
			r.add(l)
			if before, end, err := r.next(l); err == nil && !end && before < firstVideo.UnixMilli() {
				t.Errorf("the next page lies before %d", before)
			}
			if e := newDisplayRefusal(a, videos.fault()); e.class == nil || strings.Contains(e.Error(), "\n") {
				t.Errorf("refusal %v", e)
			}
		}
		var u userBody
		if _, err := a.Decode(&u); err == nil && u.Data.User != nil {
			u := u.Data.User
			r.addProfile(&profile{answer: a, name: u.Name, handle: u.Username, bio: u.Bio, avatar: u.Avatar, verified: u.Verified,
				followers: named{"", u.Followers}, following: named{"", u.Following}, likes: named{"", u.Likes}, videos: named{"", u.Videos}})
		}
		checkPage(t, r.page)
	})
}

func FuzzBusiness(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b string) {
		r, a := testRun(b)
		var videos businessVideosBody
		if _, err := a.Decode(&videos); err == nil {
			l := &list{answer: a, call: callBusinessVideos, next: videos.Data.Cursor, more: videos.Data.More}
			for i := range videos.Data.Videos {
				l.videos = append(l.videos, videos.Data.Videos[i].video())
			}
			r.add(l)
			if before, end, err := r.next(l); err == nil && !end && before < firstVideo.UnixMilli() {
				t.Errorf("the next page lies before %d", before)
			}
			if e := newBusinessRefusal(a, videos.Code.N, string(videos.Message)); e.class == nil || strings.Contains(e.Error(), "\n") {
				t.Errorf("refusal %v", e)
			}
		}
		var account accountBody
		if _, err := a.Decode(&account); err == nil && account.Data != nil {
			d := account.Data
			r.addProfile(&profile{answer: a, name: d.Name, handle: d.Username, bio: d.Bio, avatar: d.Avatar, verified: d.Verified,
				followers: named{"", d.Followers}, following: named{"", d.Following}, likes: named{"", d.Likes}, videos: named{"", d.Videos},
				told: []named{{"is_business_account", d.Business.count()}}})
		}
		checkPage(t, r.page)
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("before=1648492283000&depth=1648492283")
	f.Add("before=%zz")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseCursor(collector.Cursor(s))
		if err != nil || s == "" {
			return
		}
		if again, err := parseCursor(p.cursor()); err != nil || again != p {
			t.Errorf("cursor %q: read as %+v, then as %+v, %v", s, p, again, err)
		}
	})
}

// BenchmarkDecodePage is all that is done with a page of 20 videos between the
// network and the store: decoding, rows, and the masked raw answer.
func BenchmarkDecodePage(b *testing.B) {
	p := newPlatform(20)
	for _, v := range p.videos {
		v["video_description"] = strings.Repeat("محکمہ اطلاعات سندھ کی جانب سے اعلان ", 20)
	}
	data := p.list(0, 20, []string{"id", "create_time", "title", "video_description", "share_url", "duration", "like_count", "comment_count", "share_count", "view_count", "is_aigc"})
	body, err := json.Marshal(object{"data": data, "error": object{"code": "ok"}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r, a := testRun(string(body))
		var videos videosBody
		if _, err := a.Decode(&videos); err != nil {
			b.Fatal(err)
		}
		l := &list{answer: a, videos: make([]video, len(videos.Data.Videos))}
		for i := range l.videos {
			l.videos[i] = videos.Data.Videos[i].video()
		}
		r.keep(a)
		r.add(l)
		if len(r.page.Posts) != 20 {
			b.Fatal(len(r.page.Posts))
		}
	}
}
