package facebook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
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
	c := &Connector{Log: quiet}
	c.initOnce.Do(c.init)
	return &run{Run: &graph.Run{Reader: c.reader, Job: collector.Job{Account: ownerAccount, RunID: "run-1"}}, pageID: testPage},
		&api.Answer{Status: 200, At: testNow, Body: body, Request: "GET /"}
}

// decodeInto reads an answer that is no refusal.
func decodeInto(t testing.TB, a *api.Answer, v api.GraphTarget) (odd error) {
	t.Helper()
	odd, err := api.Graph(a, v)
	if err != nil {
		t.Fatal(err)
	}
	return odd
}

func TestRecordedFeed(t *testing.T) {
	r, a := testRun(testdata(t, "feed-default-fields-p1-200.json"))
	var body postPage
	if odd := decodeInto(t, a, &body); odd != nil {
		t.Fatal(odd)
	}
	posts := r.add(a, body.Data)
	if len(posts) != 5 || r.Page.Skipped != 0 || body.Paging.After() != "after" || body.Paging.Next == "" {
		t.Fatalf("%d posts, %d skipped, paging %+v", len(posts), r.Page.Skipped, body.Paging)
	}
	var formats []schema.Format
	for _, p := range posts {
		formats = append(formats, p.Format)
		if p.Text == "" || !strings.HasPrefix(p.Permalink, "https://www.facebook.com/19292868552/posts/") {
			t.Errorf("post %+v", p)
		}
	}
	if d := cmp.Diff([]schema.Format{"image", "", "image", "image", "video"}, formats); d != "" {
		t.Errorf("formats (-want +got):\n%s", d)
	}
	if p := posts[0]; p.PostID != "19292868552_10158349356748553" || p.NativeID != p.PostID || !p.PublishedAt.Equal(time.Date(2021, 7, 9, 19, 9, 52, 0, time.UTC)) {
		t.Errorf("post %+v", p)
	}
	if p := posts[1]; !slices.ContainsFunc(p.Links, func(s string) bool { return strings.Contains(s, "engineering.fb.com") }) {
		t.Errorf("the link that the second post shares is not among %q", p.Links)
	}
	var got []int64
	for _, o := range r.Page.Observations {
		got = append(got, *o.Shares)
		if o.Reactions != nil || o.Comments != nil || o.Extra != nil {
			t.Errorf("reading out of names that we did not give: %+v", o)
		}
	}
	if d := cmp.Diff([]int64{10, 6, 15, 16, 15}, got); d != "" {
		t.Errorf("shares (-want +got):\n%s", d)
	}
	if raw := r.Page.Raw[0].Body; !strings.Contains(raw, "access_token=MASKED&") {
		t.Error("raw answer lost its paging")
	}

	// The same under the names that we ask for.
	renamed := strings.NewReplacer(`"reactions":`, `"r":`, `"comments":`, `"c":`, `"love":`, `"r_love":`).Replace(string(a.Body))
	r, a = testRun([]byte(renamed))
	body = postPage{}
	decodeInto(t, a, &body)
	r.add(a, body.Data)
	if o := r.Page.Observations[0]; o.Reactions == nil || *o.Reactions != 125 || *o.Comments != 13 || len(o.Extra) != 1 {
		t.Errorf("reading %+v", o)
	}
}

func TestRecordedPages(t *testing.T) {
	r, a := testRun(testdata(t, "page-default-fields-200.json"))
	var body profileBody
	decodeInto(t, a, &body)
	r.addProfile(a, &body)
	p := r.Page.Profiles[0]
	if p.Followers != nil || p.Extra["fan_count"] != 214507731 || p.Verified == nil || !*p.Verified || p.Handle != "facebookapp" ||
		p.Link != "http://www.facebook.com" || !strings.HasPrefix(p.AvatarURL, "https://scontent.xx.fbcdn.net/") || p.Bio == "" {
		t.Errorf("profile %+v", p)
	}

	r, a = testRun(testdata(t, "page-fields-200.json"))
	body = profileBody{}
	decodeInto(t, a, &body)
	r.addProfile(a, &body)
	want := schema.AccountObservation{AccountID: "acc-1", Platform: "facebook", ObservedAt: testNow, Name: "Facebook", Handle: "facebookapp",
		Extra: map[string]int64{"fan_count": 214507731}, RunID: "run-1"}
	if d := cmp.Diff(want, r.Page.Profiles[0]); d != "" {
		t.Errorf("profile (-want +got):\n%s", d)
	}
}

func TestRecordedLists(t *testing.T) {
	r, a := testRun(testdata(t, "page-posts-paged-p2-200.json"))
	var body postPage
	decodeInto(t, a, &body)
	if posts := r.add(a, body.Data); len(posts) != 3 || body.Paging.Next != "" || body.Paging.After() != "after" {
		t.Errorf("last page: %d posts, next %q, after %q", len(posts), body.Paging.Next, body.Paging.After())
	}

	// The edge of videos leaves the Page out of ids and the host out of links.
	r, a = testRun(testdata(t, "videos-p1-200.json"))
	body = postPage{}
	decodeInto(t, a, &body)
	posts := r.add(a, body.Data)
	if len(posts) != 3 || posts[0].PostID != testPage+"_1002065083862711" || posts[0].NativeID != "1002065083862711" || posts[0].Permalink != "" {
		t.Errorf("videos: %+v", posts)
	}
}

func TestRecordedErrors(t *testing.T) {
	for _, name := range []string{"error-100-missing-permission-400.json", "error-100-appsecret-proof-400.json"} {
		_, a := testRun(testdata(t, name))
		a.Status = 400
		var body postPage
		_, err := api.Graph(a, &body)
		if collector.OutcomeOf(err) != collector.OutcomeFixRequest {
			t.Errorf("%s: got %v, want %v", name, err, collector.ErrRequest)
		}
		if got := goneOrHidden(err); got != strings.Contains(name, "missing-permission") {
			t.Errorf("%s: goneOrHidden is %v", name, got)
		}
	}
}

func TestPostOf(t *testing.T) {
	good := func() map[string]any {
		return map[string]any{"id": testPage + "_700000000000001", "status_type": "added_photos", "created_time": "2026-07-20T21:30:04+0000",
			"permalink_url": "https://www.facebook.com/615/posts/700000000000001",
			"attachments":   map[string]any{"data": []any{map[string]any{"media_type": "photo"}}}, "r": total(5), "c": total(0)}
	}
	attached := func(a map[string]any) map[string]any {
		return map[string]any{"attachments": map[string]any{"data": []any{a}}}
	}
	plain := func(status string) map[string]any { return map[string]any{"attachments": nil, "status_type": status} }
	list := func(n int) map[string]any {
		return map[string]any{"data": slices.Repeat([]any{map[string]any{"media_type": "photo"}}, n)}
	}
	format := func(f schema.Format) func(*schema.Post, *schema.Observation) {
		return func(p *schema.Post, _ *schema.Observation) { p.Format = f }
	}
	absent := func(mark string, why schema.Absence) func(*schema.Post, *schema.Observation) {
		return func(p *schema.Post, o *schema.Observation) {
			p.DeletedAt, p.Absence, o.Extra = new(testNow), why, map[string]int64{mark: 1}
		}
	}
	noReactions := func(_ *schema.Post, o *schema.Observation) { o.Reactions = nil }
	noShares := func(_ *schema.Post, o *schema.Observation) { o.Shares = nil }
	tests := []struct {
		name    string
		change  map[string]any
		want    func(*schema.Post, *schema.Observation)
		skipped int // more than none: the post or a value is left out
		none    bool
	}{
		{name: "as it is"},
		{name: "no id", change: map[string]any{"id": nil}, skipped: 1, none: true},
		{name: "id that is a path", change: map[string]any{"id": "1_2/../me"}, skipped: 1, none: true},
		{name: "id of three", change: map[string]any{"id": "1_2_3"}, skipped: 1, none: true},
		{name: "id of 20 digits", change: map[string]any{"id": "10400000000000000001_70000000000000000001"}, want: func(p *schema.Post, o *schema.Observation) {
			p.PostID, p.NativeID, o.PostID = "10400000000000000001_70000000000000000001", "10400000000000000001_70000000000000000001", "10400000000000000001_70000000000000000001"
		}},
		{name: "id as number", change: map[string]any{"id": json.Number("700000000000001")}, want: func(p *schema.Post, _ *schema.Observation) { p.NativeID = "700000000000001" }},
		{name: "no time", change: map[string]any{"created_time": nil}, skipped: 1, none: true},
		{name: "time of another shape", change: map[string]any{"created_time": "2026-07-20T21:30:04Z"}},
		{name: "time in the future", change: map[string]any{"created_time": "2027-07-20T21:30:04+0000"}, skipped: 1, none: true},
		{name: "time before Facebook", change: map[string]any{"created_time": "1970-01-01T00:00:00+0000"}, skipped: 1, none: true},
		{name: "not published", change: map[string]any{"is_published": false}, none: true},
		{name: "hidden", change: map[string]any{"is_hidden": true}, want: absent("is_hidden", schema.AbsencePrivate)},
		{name: "expired", change: map[string]any{"is_expired": true}, want: absent("is_expired", schema.AbsenceExpired)},
		{name: "share of another", change: map[string]any{"parent_id": "5_6", "status_type": "shared_story"}, want: func(p *schema.Post, o *schema.Observation) {
			p.Relation, p.RelatedID, o.Extra = schema.RelationShare, "5_6", map[string]int64{"shared_story": 1}
		}},
		{name: "its own parent", change: map[string]any{"parent_id": testPage + "_700000000000001"}},
		{name: "picture", change: map[string]any{"full_picture": "https://scontent.invalid/p.jpg"}, want: func(p *schema.Post, _ *schema.Observation) { p.ThumbnailURL = "https://scontent.invalid/p.jpg" }},
		{name: "link that runs", change: map[string]any{"permalink_url": "javascript:alert(1)"}, want: func(p *schema.Post, _ *schema.Observation) { p.Permalink = "" }},
		{name: "NUL and half runes", change: map[string]any{"message": "a\x00b"}, want: func(p *schema.Post, _ *schema.Observation) { p.Text = "a\ufffdb" }},
		{name: "text is a number", change: map[string]any{"message": 5}, skipped: 1},

		{name: "album", change: attached(map[string]any{"media_type": "album", "subattachments": list(3)}), want: format("album")},
		{name: "photos", change: attached(map[string]any{"media_type": "photo", "subattachments": list(2)}), want: format("album")},
		{name: "one photo below", change: attached(map[string]any{"media_type": "photo", "subattachments": list(1)})},
		{name: "video", change: attached(map[string]any{"media_type": "video"}), want: format("video")},
		{name: "unknown kind", change: attached(map[string]any{"media_type": "hologram"}), want: format("")},
		{name: "reel", change: map[string]any{"permalink_url": "https://www.facebook.com/reel/123/"}, want: func(p *schema.Post, _ *schema.Observation) {
			p.Permalink, p.Format = "https://www.facebook.com/reel/123/", "reel"
		}},
		{name: "text", change: plain("mobile_status_update"), want: format("text")},
		{name: "video without attachment", change: plain("added_video"), want: format("video")},
		{name: "photos without attachment", change: plain("added_photos"), want: format("")},
		{name: "link", change: attached(map[string]any{"media_type": "link", "url": "https://example.org/a"}), want: func(p *schema.Post, _ *schema.Observation) {
			p.Format, p.Links = "", []string{"https://example.org/a"}
		}},
		{name: "link by way of the platform", change: attached(map[string]any{"media_type": "link", "url": "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1&h=AT0"}), want: func(p *schema.Post, _ *schema.Observation) {
			p.Format, p.Links = "", []string{"https://example.org/a?b=1"}
		}},
		{name: "link by way of the platform to nowhere", change: attached(map[string]any{"media_type": "link", "url": "https://l.facebook.com/l.php?u=javascript%3A1"}), want: func(p *schema.Post, _ *schema.Observation) {
			p.Format, p.Links = "", []string{"https://l.facebook.com/l.php?u=javascript%3A1"}
		}},

		{name: "reactions not told", change: map[string]any{"r": map[string]any{"data": []any{}}}, want: noReactions},
		{name: "reactions left out", change: map[string]any{"r": nil}, want: noReactions},
		{name: "negative reactions", change: map[string]any{"r": total(-1)}, want: noReactions, skipped: 1},
		{name: "reactions out of range", change: map[string]any{"r": map[string]any{"summary": map[string]any{"total_count": json.Number("99999999999999999999")}}}, want: noReactions, skipped: 1},
		{name: "reactions as a string", change: map[string]any{"r": map[string]any{"summary": map[string]any{"total_count": "5"}}}},
		{name: "reactions as a list", change: map[string]any{"r": []any{1}}, want: noReactions, skipped: 1},
		{name: "shares", change: map[string]any{"shares": map[string]any{"count": 7}}, want: func(_ *schema.Post, o *schema.Observation) { o.Shares = new(int64(7)) }},
		{name: "shares without a number", change: map[string]any{"shares": map[string]any{}}, want: noShares, skipped: 1},
		{name: "shares are a number", change: map[string]any{"shares": 7}, want: noShares, skipped: 1},
		{name: "negative shares", change: map[string]any{"shares": map[string]any{"count": -7}}, want: noShares, skipped: 1},
		{name: "shares are null", change: map[string]any{"shares": json.RawMessage("null")}, want: noShares},
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
			var body postPage
			r.Odd(decodeInto(t, a, &body))
			got := r.add(a, body.Data)
			if r.Page.Skipped != tt.skipped {
				t.Errorf("skipped %d, want %d", r.Page.Skipped, tt.skipped)
			}
			id := testPage + "_700000000000001"
			want := schema.Post{AccountID: "acc-1", PostID: id, Platform: "facebook", NativeID: id, Format: "image",
				Permalink: "https://www.facebook.com/615/posts/700000000000001", PublishedAt: time.Date(2026, 7, 20, 21, 30, 4, 0, time.UTC), CollectedAt: testNow}
			wantRow := schema.Observation{AccountID: "acc-1", PostID: id, Platform: "facebook", ObservedAt: testNow, Call: callPosts, RunID: "run-1",
				Counters: schema.Counters{Reactions: new(int64(5)), Comments: new(int64(0)), Shares: new(int64(0))}}
			if tt.want != nil {
				tt.want(&want, &wantRow)
			}
			if tt.none {
				if len(got) != 0 || len(r.Page.Observations) != 0 {
					t.Errorf("got %+v, want no post", got)
				}
				return
			}
			if d := cmp.Diff([]schema.Post{want}, got); d != "" {
				t.Errorf("post (-want +got):\n%s", d)
			}
			if d := cmp.Diff([]schema.Observation{wantRow}, r.Page.Observations); d != "" {
				t.Errorf("reading (-want +got):\n%s", d)
			}
		})
	}
}

// checkPage fails for what no store should be given.
func checkPage(t *testing.T, p collector.Page) {
	t.Helper()
	for _, p := range p.Posts {
		if p.PublishedAt.IsZero() || !isIdent(p.NativeID) || !strings.Contains(p.PostID, "_") || !isIdent(p.PostID) {
			t.Errorf("post without id or time: %+v", p)
		}
		for _, s := range append(append([]string{p.Text, p.Permalink}, p.Links...), p.Hashtags...) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Errorf("text %q is not valid", s)
			}
		}
	}
	for _, c := range p.Comments {
		if !isIdent(c.CommentID) || c.PublishedAt.IsZero() || !utf8.ValidString(c.Text) || strings.ContainsRune(c.Text, 0) || c.Likes != nil && *c.Likes < 0 {
			t.Errorf("comment %+v", c)
		}
	}
	for _, o := range p.Profiles {
		for _, s := range []string{o.Name, o.Handle, o.Bio, o.Link, o.AvatarURL} {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Errorf("text %q is not valid", s)
			}
		}
		if o.Followers != nil && *o.Followers < 0 || o.Extra["fan_count"] < 0 {
			t.Errorf("negative count: %+v", o)
		}
	}
	for _, o := range p.Observations {
		for _, n := range []*int64{o.Views, o.Impressions, o.Reach, o.Reactions, o.Comments, o.Shares, o.Saves, o.Clicks, o.WatchSeconds} {
			if n != nil && *n < 0 {
				t.Errorf("negative count: %+v", o)
			}
		}
		for name, n := range o.Extra {
			if n < 0 || !isMetric(name) {
				t.Errorf("extra %q is %d", name, n)
			}
		}
	}
}

// seeds adds what was recorded, and what is odd.
func seeds(f *testing.F) {
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
	f.Add([]byte(`{"data":[{"id":"1_2","created_time":"2026-01-01T00:00:00+0000","shares":{"count":"5"},"r":{"summary":{"total_count":1e3}},"message":"#\u0000\ud800"}]}`))
	f.Add([]byte(`{"data":[{"id":3,"created_time":"2026-01-01T00:00:00+0000","attachments":{"data":[{"media_type":"link","url":"https://l.facebook.com/l.php?u=https://a\u0000"}]}}]}`))
	f.Add([]byte(`{"data":[{"name":"post_clicks_by_type","values":[{"value":{"photo view":3,"":1,"x":-1}}]},{"name":"post_media_view","values":[{"value":"7"}]}]}`))
	f.Add([]byte(`{"data":[{"id":"1_2","created_time":"2026-01-01T00:00:00+0000","cc":{"data":[{"id":"2_3","created_time":"2026-01-01T00:00:00+0000","message":"\u0000","like_count":-1,"parent":{"id":"x"},"from":7}]}}]}`))
	f.Add([]byte(`{"error":{"message":"(#100) x","code":"100","error_subcode":33}}`))
}

func FuzzPosts(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, a := testRun(b)
		var body postPage
		if _, err := api.Graph(a, &body); err != nil {
			goneOrHidden(err)
			return
		}
		body.Paging.After()
		r.add(a, body.Data)
		checkPage(t, r.Page)
	})
}

func FuzzProfile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, a := testRun(b)
		var body profileBody
		if _, err := api.Graph(a, &body); err == nil {
			r.addProfile(a, &body)
			checkPage(t, r.Page)
		}
	})
}

func FuzzInsights(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, a := testRun(b)
		var body graph.InsightsBody
		if _, err := api.Graph(a, &body); err != nil {
			return
		}
		if o := r.row(new(graph.Reading), a, &body, &schema.Post{PostID: "1_2"}); o != nil {
			checkPage(t, collector.Page{Observations: []schema.Observation{*o}})
		}
	})
}

// BenchmarkDecodePage is all that is done with a page of 100 posts between
// the network and the store: decoding, rows, and the masked raw answer.
func BenchmarkDecodePage(b *testing.B) {
	p := newPlatform(100)
	for _, m := range p.posts {
		m["message"] = strings.Repeat("محکمہ اطلاعات سندھ کی جانب سے اعلان ", 12) + m["message"].(string)
	}
	body, err := json.Marshal(map[string]any{"data": p.posts, "paging": map[string]any{"cursors": map[string]any{"after": "x"},
		"next": "https://graph.facebook.com/v25.0/1/published_posts?access_token=" + pagingLeak + "&after=x"}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r, a := testRun(body)
		var m postPage
		if _, err := api.Graph(a, &m); err != nil {
			b.Fatal(err)
		}
		if posts := r.add(a, m.Data); len(posts) != 100 {
			b.Fatal(len(posts))
		}
	}
}
