package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Each of these is cheap to send and dear to read. None may cost more than a
// moment and some memory.
func TestExpensiveFeeds(t *testing.T) {
	const size = DefaultMaxBody
	item := "<item>"
	var namespaces strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&namespaces, ` xmlns:n%d="u%d"`, i, i)
	}
	entities := `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">`
	for c := 'b'; c < 'z'; c++ {
		entities += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	tests := []struct {
		name, body string
		fine       bool // it can be read
	}{
		{"deep", rssFeed("", strings.Repeat("<a>", size/3)), false},
		{"deep extension", rssFeed("", item+strings.Repeat("<dc:a>", size/6)), false},
		{"many namespaces", rssFeed("", item+`<a`+namespaces.String()+`>`+strings.Repeat(`<b xmlns:c="d"/>`, size/20)+`</a></item>`), false},
		{"many items", rssFeed("", strings.Repeat("<item/>", size/7)), false},
		{"many elements", rssFeed("", item+strings.Repeat("<dc:a/>", size/7)+"</item>"), false},
		{"many attributes", rssFeed("", item+"<dc:a "+strings.Repeat(`a="" `, size/6)+"/></item>"), false},
		{"text in pieces", rssFeed("", item+"<dc:a>"+strings.Repeat("aaaaaaaaaa<!---->", size/17)+"</dc:a></item>"), false},
		{"entities of entities", strings.Replace(rssFeed("<description>&y;</description>", ""), "<rss", entities+"]><rss", 1), true},
		{"entity of a file", strings.Replace(rssFeed("<description>&e;</description>", ""), "<rss", `<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss`, 1), true},
		{"objects", `{"version":"https://jsonfeed.org/version/1.1","items":[` + strings.Repeat("{},", size/3-50) + `{}]}`, false},
		{"arrays", `{"version":"https://jsonfeed.org/version/1.1","items":` + strings.Repeat("[", size/2), false},
		{"one long text", rssFeed("", item+"<guid>a</guid><description>"+strings.Repeat("a", size-2000)+"</description></item>"), true},
		{"tags of HTML", rssFeed("", item+"<guid>a</guid><description>"+strings.Repeat("&lt;div&gt;", size/12)+"</description></item>"), true},
	}
	for _, tt := range tests {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		doc, err := parse([]byte(tt.body), "")
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if (err == nil) != tt.fine {
			t.Errorf("%s: error %v, want one: %v", tt.name, err, !tt.fine)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 20*time.Second || mb > 2000 {
			t.Errorf("%s: took %s and %d MB", tt.name, took, mb)
		}
		if doc == nil {
			continue
		}
		if passwd, _ := os.ReadFile("/etc/passwd"); len(passwd) > 0 && strings.Contains(doc.about, string(passwd[:20])) {
			t.Errorf("%s: a file of ours is in the feed", tt.name)
		}
		if len(doc.about) > 100 {
			t.Errorf("%s: %d bytes of description", tt.name, len(doc.about))
		}
		for _, p := range postsOf(doc) {
			if len(p.Text) > maxText {
				t.Errorf("%s: a text of %d bytes", tt.name, len(p.Text))
			}
		}
	}
}

// What caches write after the root is no part of the feed; before its end there
// is none.
func TestWholeness(t *testing.T) {
	whole := rssFeed("", "<item><guid>a</guid></item>")
	for _, after := range []string{"", "\n<!-- cached page -->", "<!-- cut", "\x00\x00", "<p>", "&"} {
		if _, err := parse([]byte(whole+after), ""); err != nil {
			t.Errorf("followed by %q: %v", after, err)
		}
	}
	for at := range whole {
		if _, err := parse([]byte(whole[:at]), ""); err == nil {
			t.Fatalf("cut at byte %d of %d: no error", at, len(whole))
		}
	}
	for _, other := range []string{"<!DOCTYPE html><html><body>Down for maintenance</body></html>", "<html><rss/></html>", "{}", `{"items":[]}`, "[]", "null", "hello", "",
		`<?xml version="1.0"?><urlset><url/></urlset>`, "<opml/>"} {
		if doc, err := parse([]byte(other), "application/rss+xml"); err == nil {
			t.Errorf("%q is taken for a feed: %+v", other, doc)
		}
	}
}

// FuzzParse: any bytes under any label are read or refused; what is read makes
// rows that a store can hold. The seeds are the odd feeds of the parser's own
// tests, see testdata/gofeed/README.md.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/gofeed/*.*ml")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "")
	}
	for _, s := range []string{answerOf(blog, "/feed/"), answerOf(newsroom, "/feed/"), answerOf(jsonSite, "/feed/")} {
		f.Add([]byte(s), "text/xml; charset=windows-1256")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		doc, err := parse(body, contentType)
		if err != nil {
			if strings.Contains(err.Error(), "cannot be parsed") {
				t.Fatalf("the parser panics on %q", body)
			}
			return
		}
		for _, p := range postsOf(doc) {
			switch {
			case p.PostID == "" || len(p.PostID) > 64 || p.PublishedAt.IsZero() || p.PublishedAt.After(testNow):
				t.Errorf("post has no id or time: %+v", p)
			case strings.ToValidUTF8(p.Text, "") != p.Text || strings.ContainsRune(p.Text, 0):
				t.Errorf("text is none: %q", p.Text)
			case p.Permalink != "" && !isLink(p.Permalink):
				t.Errorf("permalink is none: %q", p.Permalink)
			case p.ThumbnailURL != "" && !isLink(p.ThumbnailURL), p.Seconds != nil && *p.Seconds <= 0:
				t.Errorf("picture %q, length %v", p.ThumbnailURL, p.Seconds)
			}
		}
	})
}
