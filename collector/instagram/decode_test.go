package instagram

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
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
	c := &Connector{}
	c.initOnce.Do(c.init)
	return &run{Run: &graph.Run{Reader: c.reader, Job: collector.Job{Account: ownerAccount, RunID: "run-1"}}, c: c},
		&api.Answer{Status: 200, At: testNow, Body: body, Request: "GET /"}
}

func TestRecordedMedia(t *testing.T) {
	r, a := testRun(testdata(t, "user-media-p2-200.json"))
	var body mediaPage
	odd, err := api.Graph(a, &body)
	if err != nil || odd != nil {
		t.Fatal(err, odd)
	}
	posts := r.add(a, body.Data, false)
	for i := range posts {
		if url := &posts[i].ThumbnailURL; (*url == "") != (posts[i].Format == schema.FormatAlbum) {
			t.Errorf("picture of %s: %q", posts[i].PostID, *url)
		} else {
			*url = "" // as long as a paragraph
		}
	}
	want := []schema.Post{
		{AccountID: "acc-1", PostID: "CRyZpmrjYC4", Platform: "instagram", NativeID: "17896129349106152", Text: "ALBUM", Format: "album",
			Permalink: "https://www.instagram.com/p/CRyZpmrjYC4/", PublishedAt: time.Date(2021, 7, 26, 10, 45, 20, 0, time.UTC), CollectedAt: testNow},
		{AccountID: "acc-1", PostID: "CP5Rq0bjBzn", Platform: "instagram", NativeID: "17893085207160254", Text: "Peach new", Format: "image",
			Permalink: "https://www.instagram.com/p/CP5Rq0bjBzn/", PublishedAt: time.Date(2021, 6, 9, 9, 47, 29, 0, time.UTC), CollectedAt: testNow},
	}
	if d := cmp.Diff(want, posts); d != "" {
		t.Errorf("posts (-want +got):\n%s", d)
	}
	wantRow := schema.Observation{AccountID: "acc-1", PostID: "CRyZpmrjYC4", Platform: "instagram", ObservedAt: testNow, Call: "media",
		Counters: schema.Counters{Reactions: new(int64(1)), Comments: new(int64(0))}, RunID: "run-1"}
	if d := cmp.Diff(wantRow, r.Page.Observations[0]); d != "" {
		t.Errorf("observation (-want +got):\n%s", d)
	}
	if body.Paging.Next != "" || body.Paging.After() != "after" {
		t.Errorf("last page: next %q, after %q", body.Paging.Next, body.Paging.After())
	}
	if raw := r.Page.Raw[0].Body; strings.Contains(raw, "access_token=MASKED&") != true {
		t.Errorf("raw answer lost its paging: %s", raw)
	}
}

func TestRecordedDiscovery(t *testing.T) {
	r, a := testRun(testdata(t, "business-discovery-media-p1-200.json"))
	var body discoveryBody
	if odd, err := api.Graph(a, &body); err != nil || odd != nil {
		t.Fatal(err, odd)
	}
	posts := r.add(a, body.Discovery.Media.Data, true)
	if len(posts) != 2 || posts[0].PostID != "CSr71Gzlqo4" || *r.Page.Observations[1].Reactions != 186 || body.Discovery.Media.Paging.After() != "after" {
		t.Errorf("posts %+v, paging %+v", posts, body.Discovery.Media.Paging)
	}

	a.Body = testdata(t, "business-discovery-user-200.json")
	body = discoveryBody{}
	if odd, err := api.Graph(a, &body); err != nil || odd != nil {
		t.Fatal(err, odd)
	}
	if d := &body.Discovery; d.ID != "17841407673135339" || d.Followers.N != 64976 || d.Media != nil || d.Follows.Ptr() != nil {
		t.Errorf("discovered %+v", d)
	}
}

func TestRecordedInsights(t *testing.T) {
	for name, want := range map[string]*schema.Observation{
		"media-insights-legacy-200.json": {Counters: schema.Counters{Impressions: new(int64(8)), Reach: new(int64(5)), Saves: new(int64(0))},
			Extra: map[string]int64{"impressions": 8, "reach": 5, "saved": 0}},
		"media-insights-breakdown-200.json": {Extra: map[string]int64{"profile_activity": 11}},
	} {
		r, a := testRun(testdata(t, name))
		var body graph.InsightsBody
		if odd, err := api.Graph(a, &body); err != nil || odd != nil {
			t.Fatal(err, odd)
		}
		want.AccountID, want.PostID, want.Platform, want.ObservedAt, want.Call, want.RunID = "acc-1", "C1", "instagram", testNow, "insights", "run-1"
		got := r.row(new(graph.Reading), a, &body, &schema.Post{AccountID: "acc-1", PostID: "C1"})
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestRecordedErrors(t *testing.T) {
	for _, name := range []string{"error-100-missing-permission-400.json", "error-100-appsecret-proof-400.json"} {
		_, a := testRun(testdata(t, name))
		a.Status = 400
		var body mediaPage
		if _, err := api.Graph(a, &body); collector.OutcomeOf(err) != collector.OutcomeFixRequest {
			t.Errorf("%s: got %v, want %v", name, err, collector.ErrRequest)
		}
	}
}

func TestPostOfMedia(t *testing.T) {
	good := func() map[string]any {
		return map[string]any{"id": "17895731045244887", "media_type": "IMAGE", "timestamp": "2026-07-20T21:30:04+0000",
			"permalink": "https://www.instagram.com/p/CSgf9BChwVq/"}
	}
	tests := []struct {
		name    string
		change  map[string]any
		want    func(*schema.Post)
		skipped int // more than none: the post or a value is left out
		none    bool
	}{
		{name: "id as number", change: map[string]any{"id": json.Number("17895731045244887")}},
		{name: "no id", change: map[string]any{"id": nil}, skipped: 1, none: true},
		{name: "id that is a path", change: map[string]any{"id": "../me"}, skipped: 1, none: true},
		{name: "no time", change: map[string]any{"timestamp": nil}, skipped: 1, none: true},
		{name: "time of another shape", change: map[string]any{"timestamp": "2026-07-20T21:30:04Z"}},
		{name: "time in the future", change: map[string]any{"timestamp": "2027-07-20T21:30:04+0000"}, skipped: 1, none: true},
		{name: "time before Instagram", change: map[string]any{"timestamp": "1970-01-01T00:00:00+0000"}, skipped: 1, none: true},
		{name: "no link", change: map[string]any{"permalink": nil}, skipped: 1, none: true},
		{name: "short code", change: map[string]any{"permalink": nil, "shortcode": "CSgf9BChwVq"}, want: func(p *schema.Post) { p.Permalink = "" }},
		{name: "reel", change: map[string]any{"permalink": "https://www.instagram.com/reel/CSgf9BChwVq/", "media_type": "VIDEO", "media_product_type": "REELS"},
			want: func(p *schema.Post) {
				p.Permalink, p.Format = "https://www.instagram.com/reel/CSgf9BChwVq/", schema.FormatReel
			}},
		{name: "link with name", change: map[string]any{"permalink": "https://www.instagram.com/pid.sindh/p/CSgf9BChwVq/?x=1"},
			want: func(p *schema.Post) { p.Permalink = "https://www.instagram.com/pid.sindh/p/CSgf9BChwVq/?x=1" }},
		{name: "link that runs", change: map[string]any{"permalink": "javascript:alert(1)", "shortcode": "CSgf9BChwVq"}, want: func(p *schema.Post) { p.Permalink = "" }},
		{name: "unknown kind", change: map[string]any{"media_type": "HOLOGRAM"}, want: func(p *schema.Post) { p.Format = "" }},
		{name: "NUL and half runes", change: map[string]any{"caption": "a\x00b", "alt_text": ""}, want: func(p *schema.Post) { p.Text, p.AltText = "a\ufffdb", new("") }},
		{name: "caption is a number", change: map[string]any{"caption": 5}, skipped: 1},
		{name: "negative likes", change: map[string]any{"like_count": -1}, skipped: 1},
		{name: "likes out of range", change: map[string]any{"like_count": json.Number("99999999999999999999")}, skipped: 1},
		{name: "likes as an object", change: map[string]any{"like_count": map[string]any{"n": 1}}, skipped: 1},
		{name: "likes as a string", change: map[string]any{"like_count": "0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := good()
			for k, v := range tt.change {
				if m[k] = v; v == nil {
					delete(m, k)
				}
			}
			b, err := json.Marshal(map[string]any{"data": []any{m}})
			if err != nil {
				t.Fatal(err)
			}
			r, a := testRun(b)
			var body mediaPage
			odd, err := api.Graph(a, &body)
			if err != nil {
				t.Fatal(err)
			}
			r.Odd(odd)
			got := r.add(a, body.Data, false)
			if r.Page.Skipped != tt.skipped {
				t.Errorf("skipped %d, want %d", r.Page.Skipped, tt.skipped)
			}
			want := []schema.Post{{AccountID: "acc-1", PostID: "CSgf9BChwVq", Platform: "instagram", NativeID: "17895731045244887", Format: "image",
				Permalink: "https://www.instagram.com/p/CSgf9BChwVq/", PublishedAt: time.Date(2026, 7, 20, 21, 30, 4, 0, time.UTC), CollectedAt: testNow}}
			if tt.want != nil {
				tt.want(&want[0])
			}
			if tt.none {
				want = nil
			}
			if d := cmp.Diff(want, got); d != "" && len(want)+len(got) > 0 {
				t.Errorf("post (-want +got):\n%s", d)
			}
			if len(got) > 0 && tt.skipped > 0 && r.Page.Observations[0].Reactions != nil {
				t.Errorf("reactions %d out of a value that is no count", *r.Page.Observations[0].Reactions)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no recorded answers", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"data":[{"id":1,"timestamp":"2026-01-01T00:00:00+0000","shortcode":"C1","like_count":"5","caption":"#\u0000\ud800"}]}`))
	f.Add([]byte(`{"data":[{"id":1,"timestamp":"2026-01-01T00:00:00+0000","shortcode":"C1","username":"x","comments":{"data":[{"id":"2","timestamp":"2026-01-01T00:00:00+0000","text":"\u0000","like_count":-1,"from":{"id":3},"replies":{"data":[{"id":4,"replies":{"data":[{}]}}]}}]}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(p collector.Page) {
			for _, c := range p.Comments {
				if c.CommentID == "" || c.PostID == "" || c.PublishedAt.IsZero() || !utf8.ValidString(c.Text) || strings.ContainsRune(c.Text, 0) ||
					c.Likes != nil && *c.Likes < 0 {
					t.Errorf("comment %+v", c)
				}
			}
			for _, p := range p.Posts {
				if p.PostID == "" || p.NativeID == "" || p.PublishedAt.IsZero() {
					t.Errorf("post without id or time: %+v", p)
				}
				for _, s := range append(append([]string{p.Text, p.Permalink}, p.Links...), p.Hashtags...) {
					if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
						t.Errorf("text %q is not valid", s)
					}
				}
			}
			for _, o := range p.Observations {
				for _, n := range []*int64{o.Views, o.Impressions, o.Reach, o.Reactions, o.Comments, o.Shares, o.Saves, o.WatchSeconds} {
					if n != nil && *n < 0 {
						t.Errorf("negative count: %+v", o)
					}
				}
				for name, n := range o.Extra {
					if n < 0 || !isID(name) {
						t.Errorf("extra %q is %d", name, n)
					}
				}
			}
		}
		r, a := testRun(b)
		r.Log = quiet
		var m mediaPage
		if _, err := api.Graph(a, &m); err == nil {
			m.Paging.After()
			r.add(a, m.Data, false)
			check(r.Page)
		}
		r.Page = collector.Page{}
		var d discoveryBody
		if _, err := api.Graph(a, &d); err == nil && d.Discovery.Media != nil {
			r.addProfile(a, &d.Discovery.profile)
			r.add(a, d.Discovery.Media.Data, true)
			check(r.Page)
		}
		r.Page = collector.Page{}
		var in graph.InsightsBody
		if _, err := api.Graph(a, &in); err == nil {
			if o := r.row(new(graph.Reading), a, &in, &schema.Post{PostID: "C1"}); o != nil {
				check(collector.Page{Observations: []schema.Observation{*o}})
			}
		}
	})
}

func page100(b *testing.B) []byte {
	p := newPlatform(100)
	for _, m := range p.media {
		m["caption"] = strings.Repeat("محکمہ اطلاعات سندھ کی جانب سے اعلان ", 12) + m["caption"].(string)
	}
	body, err := json.Marshal(map[string]any{"data": p.media, "paging": map[string]any{"cursors": map[string]any{"after": "x"},
		"next": "https://graph.facebook.com/v25.0/1/media?access_token=" + pagingLeak + "&after=x"}})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// BenchmarkDecodePage is all that is done with a page of 100 posts between
// the network and the store: decoding, rows, and the masked raw answer.
func BenchmarkDecodePage(b *testing.B) {
	body := page100(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r, a := testRun(body)
		var m mediaPage
		if _, err := api.Graph(a, &m); err != nil {
			b.Fatal(err)
		}
		if posts := r.add(a, m.Data, false); len(posts) != 100 {
			b.Fatal(len(posts))
		}
	}
}

func BenchmarkDecodeOnly(b *testing.B) {
	_, a := testRun(page100(b))
	b.SetBytes(int64(len(a.Body)))
	b.ReportAllocs()
	for b.Loop() {
		var m mediaPage
		if _, err := api.Graph(a, &m); err != nil {
			b.Fatal(err)
		}
	}
}
