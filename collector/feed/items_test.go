package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/schema"
)

// read returns what would be stored of a document.
func read(t *testing.T, doc string) ([]schema.Post, []schema.Observation) {
	t.Helper()
	d, err := parse([]byte(doc), "")
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	r := newRun()
	r.add(d, r.address, testNow)
	return r.page.Posts, r.page.Observations
}

func TestItemRSS(t *testing.T) {
	posts, observations := read(t, rssFeed("", `<item>
		<title>Clean water &#8211; &lt;b&gt;phase 2&lt;/b&gt;</title>
		<link>http://tracker.example/1</link><feedburner:origLink>/news/1/</feedburner:origLink>
		<guid>https://health.example/?p=1</guid>
		<pubDate>Mon, 05 Oct 2026 09:30:00 PKT</pubDate>
		<description>Short</description>
		<content:encoded><![CDATA[<p>First <b>bold</b> &amp; more&nbsp;text.</p><script>alert(1)</script><ul><li>one</li><li>two</li></ul>
			<p><a href="more.html">More</a> <a href="javascript:x()">no</a><a href="#top"></a> #صحت <img src="/a.jpg" alt="ایک تصویر"></p>]]></content:encoded>
		<slash:comments> 17 </slash:comments>
		<enclosure url="/photo.jpg" length="0" type="image/jpeg"/>
	</item>`))
	want := schema.Post{
		AccountID: testAccount.ID, PostID: hashOf("guid", "https://health.example/?p=1"), Platform: schema.Feed,
		NativeID:  "https://health.example/?p=1",
		Text:      "Clean water – phase 2\n\nFirst bold & more text.\n\none\ntwo\n\nMore no #صحت",
		Format:    schema.FormatText,
		Permalink: "http://health.example/news/1/",
		Links:     []string{"http://health.example/news/1/more.html", "http://health.example/photo.jpg"},
		Hashtags:  []string{"صحت"}, AltText: new("ایک تصویر"),
		PublishedAt: time.Date(2026, 10, 5, 4, 30, 0, 0, time.UTC), CollectedAt: testNow, RunID: "run-1",
		ThumbnailURL: "http://health.example/photo.jpg",
	}
	if d := cmp.Diff([]schema.Post{want}, posts); d != "" {
		t.Errorf("post (-want +got):\n%s", d)
	}
	wantReading := schema.Observation{AccountID: testAccount.ID, PostID: want.PostID, Platform: schema.Feed, ObservedAt: testNow, Call: "feed",
		Counters: schema.Counters{Comments: new(int64(17))}, Extra: map[string]int64{"slash:comments": 17}, RunID: "run-1"}
	if d := cmp.Diff([]schema.Observation{wantReading}, observations); d != "" {
		t.Errorf("reading (-want +got):\n%s", d)
	}
}

func TestItemAtom(t *testing.T) {
	posts, observations := read(t, `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:base="https://press.example/blog/">
	<title>Press</title><link href="https://press.example/"/>
	<entry><id>tag:press.example,2026:1</id><title type="html">A &amp;amp; B</title><link rel="alternate" href="2026/1"/>
		<link rel="replies" href="1/replies" thr:count="3"/><link rel="enclosure" href="clip.mp4" type="video/mp4" length="1000"/>
		<published>2026-10-05T09:30:00+05:00</published><updated>2026-10-06T09:30:00+05:00</updated>
		<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>Two</p></div></content></entry>
	<entry><id>2</id><title>No count</title><updated>2026-10-04T00:00:00Z</updated><summary>Summary</summary></entry>
	<entry><id>3</id><title>Both</title><updated>2026-10-04T00:00:00Z</updated><thr:total>5</thr:total><link rel="replies" href="x" thr:count="4"/></entry>
	</feed>`)
	if len(posts) != 3 {
		t.Fatalf("got %d posts, want 3", len(posts))
	}
	p := posts[0]
	if p.Text != "A & B\n\nOne\n\nTwo" || p.Permalink != "https://press.example/blog/2026/1" || p.Format != schema.FormatVideo ||
		!p.PublishedAt.Equal(time.Date(2026, 10, 5, 4, 30, 0, 0, time.UTC)) || p.Links[len(p.Links)-1] != "https://press.example/blog/clip.mp4" {
		t.Errorf("first entry: %+v", p)
	}
	if !posts[1].PublishedAt.Equal(time.Date(2026, 10, 4, 0, 0, 0, 0, time.UTC)) || posts[1].Text != "No count\n\nSummary" {
		t.Errorf("entry without published: %+v", posts[1])
	}
	for i, want := range []struct {
		comments *int64
		extra    map[string]int64
	}{
		{new(int64(3)), map[string]int64{"thr:count": 3, "enclosure:length": 1000}},
		{nil, nil},
		{new(int64(5)), map[string]int64{"thr:total": 5, "thr:count": 4}},
	} {
		if d := cmp.Diff(schema.Counters{Comments: want.comments}, observations[i].Counters); d != "" {
			t.Errorf("entry %d, counters (-want +got):\n%s", i, d)
		}
		if d := cmp.Diff(want.extra, observations[i].Extra); d != "" {
			t.Errorf("entry %d, extra (-want +got):\n%s", i, d)
		}
	}
}

func TestItemPodcast(t *testing.T) {
	posts, observations := read(t, rssFeed("", `<item><title>قسط ۷</title><guid isPermaLink="false">ep-7</guid><pubDate>Mon, 05 Oct 2026 09:30:00 +0500</pubDate>
		<enclosure url="https://cdn.example/track/ep7.mp3?x=1" length="123456" type="audio/mpeg"/>
		<itunes:duration>1:02:03</itunes:duration><itunes:episode>7</itunes:episode><itunes:season>2</itunes:season></item>`))
	if p := posts[0]; p.PostID != "ep-7" || p.NativeID != "ep-7" || p.Format != schema.FormatAudio || p.Permalink != "" || p.Links[0] != "https://cdn.example/track/ep7.mp3?x=1" ||
		p.Seconds == nil || *p.Seconds != 3723 || p.ThumbnailURL != "" {
		t.Errorf("episode: %+v", p)
	}
	want := map[string]int64{"itunes:duration": 3723, "itunes:episode": 7, "itunes:season": 2, "enclosure:length": 123456}
	if d := cmp.Diff(want, observations[0].Extra); d != "" {
		t.Errorf("extra (-want +got):\n%s", d)
	}
	if o := observations[0].Counters; o != (schema.Counters{}) {
		t.Errorf("a podcast tells no counter, got %+v", o)
	}
}

func TestJSONFeedItems(t *testing.T) {
	posts, observations := read(t, `{"version":"https://jsonfeed.org/version/1","title":"T","items":[
		{"id":7,"external_url":"https://other.example/","content_text":"a < b\n\n\nc","date_published":"2026-10-05T09:30:00Z","date_modified":"2026-10-05T10:00:00Z"},
		{"id":"x","title":[],"content_text":3},
		null, 5]}`)
	if len(posts) != 1 || posts[0].PostID != "7" || posts[0].Text != "a < b\n\nc" || posts[0].Permalink != "https://other.example/" {
		t.Errorf("got %+v, want one post, 7", posts)
	}
	if observations[0].Comments != nil {
		t.Errorf("reading: %+v", observations[0])
	}
}

func TestIdentity(t *testing.T) {
	item := func(inside string) string { return "<item>" + inside + "</item>" }
	tests := []struct {
		name, items string
		want        []string
	}{
		{"short guid", item(`<guid>abc-1.2:3</guid>`), []string{"abc-1.2:3"}},
		{"guid that is a link", item(`<guid>http://h.example/?p=1</guid>`), []string{hashOf("guid", "http://h.example/?p=1")}},
		{"guid of another script", item(`<guid>خبر</guid>`), []string{hashOf("guid", "خبر")}},
		{"guid that looks like ours", item(`<guid>` + hashOf("guid", "x") + `</guid>`), []string{hashOf("guid", hashOf("guid", "x"))}},
		{"guid that is too long", item(`<guid>` + strings.Repeat("a", 65) + `</guid>`), []string{hashOf("guid", strings.Repeat("a", 65))}},
		{"no guid: the link", item(`<link>https://www.h.example/a/?utm_source=x&amp;id=1#top</link>`), []string{hashOf("link", "h.example/a?id=1")}},
		{"no guid, no link", item(`<title>T</title><pubDate>Mon, 05 Oct 2026 09:30:00 GMT</pubDate>`), []string{hashOf("title", "T", "Mon, 05 Oct 2026 09:30:00 GMT")}},
		{"nothing", item(`<description>x</description>`), nil},
		{"the same guid twice", item(`<guid>a</guid><title>1</title>`) + item(`<guid>a</guid><title>2</title>`), []string{"a"}},
		{"http and https", item(`<guid>http://h.example/a</guid><title>T</title><link>http://h.example/a</link>`) +
			item(`<guid>https://h.example/a</guid><title>T</title><link>https://h.example/a?utm_medium=rss</link>`), []string{hashOf("guid", "http://h.example/a")}},
		{"one link, two episodes", item(`<guid>a</guid><title>1</title><link>http://h.example/</link>`) +
			item(`<guid>b</guid><title>2</title><link>http://h.example/</link>`), []string{"a", "b"}},
		{"guid as link", item(`<guid>http://h.example/a</guid>`) + item(`<guid isPermaLink="false">http://h.example/b</guid>`),
			[]string{hashOf("guid", "http://h.example/a"), hashOf("guid", "http://h.example/b")}},
	}
	for _, tt := range tests {
		posts, _ := read(t, rssFeed("", tt.items))
		var got []string
		for _, p := range posts {
			got = append(got, p.PostID)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: ids (-want +got):\n%s", tt.name, d)
		}
		if tt.name == "guid as link" && (posts[0].Permalink == "" || posts[1].Permalink != "") {
			t.Errorf("%s: permalinks %q and %q, want the first alone", tt.name, posts[0].Permalink, posts[1].Permalink)
		}
	}
}

// Counts that are no counts are unknown, and counted as skipped.
func TestBadCounts(t *testing.T) {
	for _, bad := range []string{"-1", "many", "1.5", "99999999999999999999"} {
		d, err := parse([]byte(rssFeed("", `<item><guid>a</guid><slash:comments>`+bad+`</slash:comments></item>`)), "")
		if err != nil {
			t.Fatal(err)
		}
		r := newRun()
		r.add(d, r.address, testNow)
		if o := r.page.Observations[0]; o.Comments != nil || len(o.Extra) != 0 || r.page.Skipped != 1 {
			t.Errorf("comments %q: got %+v and %d skipped, want unknown and 1", bad, o, r.page.Skipped)
		}
	}
}

// TestDatesOfItems: what has no date that can be true was published when it was
// first seen, and keeps that.
func TestDatesOfItems(t *testing.T) {
	at := func(s string) time.Time {
		out, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	tests := []struct {
		name, inside string
		seen         int64
		want         time.Time
		dated        bool
	}{
		{"a date", `<pubDate>Mon, 05 Oct 2026 09:30:00 GMT</pubDate>`, 0, at("2026-10-05T09:30:00Z"), true},
		{"dc:date", `<dc:date>2026-10-05T09:30:00Z</dc:date>`, 0, at("2026-10-05T09:30:00Z"), true},
		{"none", ``, 0, testNow, false},
		{"none, seen before", ``, at("2026-09-01T00:00:00Z").Unix(), at("2026-09-01T00:00:00Z"), false},
		{"1970", `<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>`, 0, testNow, false},
		{"1970, but updated", `<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate><atom:updated>2026-10-01T00:00:00Z</atom:updated>`, 0, at("2026-10-01T00:00:00Z"), true},
		{"next week", `<pubDate>Tue, 13 Oct 2026 09:30:00 GMT</pubDate>`, 0, testNow, false},
		{"was next week when it was first seen", `<pubDate>Mon, 05 Oct 2026 09:30:00 GMT</pubDate>`, at("2026-09-28T00:00:00Z").Unix(), at("2026-09-28T00:00:00Z"), true},
		{"no date when it was first seen, an older one now", `<pubDate>Mon, 05 Oct 2026 09:30:00 GMT</pubDate>`, at("2026-10-06T00:00:00Z").Unix(), at("2026-10-05T09:30:00Z"), true},
		{"nonsense", `<pubDate>yesterday</pubDate>`, 0, testNow, false},
	}
	for _, tt := range tests {
		d, err := parse([]byte(rssFeed("", `<item><guid>a</guid>`+tt.inside+`</item>`)), "")
		if err != nil {
			t.Fatal(err)
		}
		r := newRun()
		if tt.seen != 0 {
			r.pos.Memo.Undated = map[string]int64{"a": tt.seen}
		}
		dated := r.add(d, r.address, testNow)
		if got := r.page.Posts[0].PublishedAt; !got.Equal(tt.want) || (len(dated) == 1) != tt.dated {
			t.Errorf("%s: published %s, dated %v, want %s, %v", tt.name, got, len(dated) == 1, tt.want, tt.dated)
		}
	}

	m := memo{Undated: map[string]int64{}}
	for i := range 3 * maxUndated {
		m.Undated[fmt.Sprint(i)] = int64(i)
	}
	m.forget()
	if _, ok := m.Undated[fmt.Sprint(3*maxUndated-1)]; len(m.Undated) != maxUndated || !ok {
		t.Errorf("forget keeps %d dates, the newest among them: %v, want %d, true", len(m.Undated), ok, maxUndated)
	}
}

func TestSameLink(t *testing.T) {
	for _, pair := range [][2]string{
		{"http://h.example/a", "https://www.h.example/a/"},
		{"https://h.example/a?utm_source=rss&utm_medium=x", "https://h.example/a"},
		{"https://h.example/a?b=2&a=1", "https://H.example:443/a?a=1&b=2#top"},
	} {
		if sameLink(pair[0]) != sameLink(pair[1]) {
			t.Errorf("sameLink tells %q (%s) from %q (%s)", pair[0], sameLink(pair[0]), pair[1], sameLink(pair[1]))
		}
	}
	for _, pair := range [][2]string{{"http://h.example/a", "http://h.example/b"}, {"http://h.example/?p=1", "http://h.example/?p=2"}, {"http://a.example/", "http://b.example/"}} {
		if sameLink(pair[0]) == sameLink(pair[1]) {
			t.Errorf("sameLink takes %q for %q", pair[0], pair[1])
		}
	}
}

// Titles keep their letters as they came: marks of direction, presentation
// forms and all.
func TestRawLetters(t *testing.T) {
	const title = "\u200f\ufeb3\ufee8\ufeaa\u200e کی خبر"
	posts, _ := read(t, rssFeed("", "<item><guid>a</guid><title>"+title+"</title></item>"))
	if posts[0].Text != title {
		t.Errorf("text is %q, want %q", posts[0].Text, title)
	}
}

// TestPictures: what a feed names as an item's picture is found wherever feeds
// put it, and what is no address of the web is none.
func TestPictures(t *testing.T) {
	const media = `xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"`
	for _, tt := range []struct{ name, item, want string }{
		{"thumbnail", `<media:thumbnail url="/t.jpg"/><enclosure url="/e.jpg" type="image/jpeg"/>`, "http://health.example/t.jpg"},
		{"thumbnail of a group", `<media:group><media:content url="/v.mp4"/><media:thumbnail url="https://cdn.example/t.jpg"/></media:group>`, "https://cdn.example/t.jpg"},
		{"thumbnail of a content", `<media:content url="/v.mp4" type="video/mp4"><media:thumbnail url="/t.jpg"/></media:content>`, "http://health.example/t.jpg"},
		{"content that is a picture", `<media:content url="/v.mp4" type="video/mp4"/><media:content url="/p.png" medium="image"/>`, "http://health.example/p.png"},
		{"episode", `<itunes:image href="https://cdn.example/i.jpg"/>`, "https://cdn.example/i.jpg"},
		{"enclosure", `<enclosure url="/a.mp3" type="audio/mpeg"/><enclosure url="/e.jpg" type="image/jpeg"/>`, "http://health.example/e.jpg"},
		{"script", `<media:thumbnail url="javascript:x()"/>`, ""},
		{"without an address", `<media:thumbnail/><media:content/>`, ""},
		{"recording", `<enclosure url="/a.mp3" type="audio/mpeg"/>`, ""},
	} {
		posts, _ := read(t, `<rss version="2.0" `+media+`><channel><title>x</title><item><title>a</title><guid>1</guid>`+tt.item+`</item></channel></rss>`)
		if len(posts) != 1 || posts[0].ThumbnailURL != tt.want {
			t.Errorf("%s: %+v, want %q", tt.name, posts, tt.want)
		}
	}
}
