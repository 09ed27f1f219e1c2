package feed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/schema"
)

var testNow = time.Date(2026, 10, 6, 12, 0, 0, 0, time.UTC)

var testAccount = schema.Account{
	ID: "health-site", Department: "health", Platform: schema.Feed, Handle: "health.example",
	Name: "Health", URL: "http://health.example/feed/", Access: schema.AccessPublic, Status: schema.StatusApproved,
}

// Each platform below shows five items on two pages or three. The third tells
// no number of comments.

func blogItem(n int) string {
	comments := fmt.Sprintf("<slash:comments>%d</slash:comments>", n)
	if n == 3 {
		comments = ""
	}
	return fmt.Sprintf(`<item><title>خبر %[1]d</title><link>http://health.example/%[1]d/</link><guid isPermaLink="false">item-%[1]d</guid>`+
		`<pubDate>Mon, 05 Oct 2026 1%[1]d:30:00 +0500</pubDate><content:encoded><![CDATA[<p>متن %[1]d</p>]]></content:encoded>%[2]s</item>`, n, comments)
}

// blog is a website of WordPress: its pages end with 404.
func blog(w http.ResponseWriter, r *http.Request) {
	pages := map[string][]int{"": {1, 2}, "2": {3, 4}, "3": {5}}
	items, ok := pages[r.URL.Query().Get("paged")]
	if r.URL.Path != "/feed/" || !ok {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<!DOCTYPE html><html><body>Page not found</body></html>")
		return
	}
	w.Header().Set("Content-Type", "application/rss+xml; charset=UTF-8")
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" `+
		`xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>محکمہ صحت</title><link>http://health.example/</link>`+
		`<generator>https://wordpress.org/?v=6.8</generator>`)
	for _, n := range items {
		fmt.Fprint(w, blogItem(n))
	}
	fmt.Fprint(w, "</channel></rss>")
}

// newsroom has Atom whose pages lead to the next.
func newsroom(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/atom+xml")
	fmt.Fprint(w, `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"><title>Health</title><id>f</id>`)
	from, to := 1, 2
	if r.URL.Query().Get("page") == "2" {
		from, to = 3, 5
	} else {
		fmt.Fprint(w, `<link rel="next" href="/feed/?page=2"/>`)
	}
	for n := from; n <= to; n++ {
		fmt.Fprintf(w, `<entry><id>item-%[1]d</id><title>News %[1]d</title><link href="/%[1]d/"/><published>2026-10-05T1%[1]d:00:00Z</published>`+
			`<updated>2026-10-05T1%[1]d:05:00Z</updated><summary>Text</summary>`, n)
		if n != 3 {
			fmt.Fprintf(w, `<link rel="replies" href="/%[1]d/replies" thr:count="%[1]d"/>`, n)
		}
		fmt.Fprint(w, `</entry>`)
	}
	fmt.Fprint(w, `</feed>`)
}

// jsonSite has a JSON Feed, which never tells comments.
func jsonSite(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/feed+json")
	type attachment struct {
		URL      string `json:"url"`
		Kind     string `json:"mime_type"`
		Size     int64  `json:"size_in_bytes"`
		Duration int64  `json:"duration_in_seconds"`
	}
	type item struct {
		ID          string       `json:"id"`
		URL         string       `json:"url"`
		Title       string       `json:"title"`
		HTML        string       `json:"content_html"`
		Published   string       `json:"date_published"`
		Attachments []attachment `json:"attachments"`
	}
	f := map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": "Health", "home_page_url": "http://health.example/"}
	from, to := 1, 2
	if r.URL.Query().Get("page") == "2" {
		from, to = 3, 5
	} else {
		f["next_url"] = "http://health.example/feed/?page=2"
	}
	var items []item
	for n := from; n <= to; n++ {
		items = append(items, item{
			ID: fmt.Sprintf("item-%d", n), URL: fmt.Sprintf("/%d/", n), Title: "Episode", HTML: "<p>Text</p>",
			Published: fmt.Sprintf("2026-10-05T1%d:00:00+05:00", n), Attachments: []attachment{{"/a.mp3", "audio/mpeg", 7000, 3723}},
		})
	}
	f["items"] = items
	json.NewEncoder(w).Encode(f)
}

func setup(platform http.HandlerFunc) collectortest.Setup {
	return collectortest.Setup{
		Platform: platform,
		New: func(_ *testing.T, o collectortest.Options) collector.Connector {
			return &Connector{BaseURL: o.BaseURL, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody}
		},
		Account: testAccount,
		Now:     testNow,
		Hidden: collectortest.Hidden{PostID: "item-3", Call: callFeed,
			Counter: func(c schema.Counters) *int64 { return c.Comments }},
	}
}

func TestContractRSS(t *testing.T)  { collectortest.Run(t, setup(blog)) }
func TestContractAtom(t *testing.T) { collectortest.Run(t, setup(newsroom)) }
func TestContractJSON(t *testing.T) { collectortest.Run(t, setup(jsonSite)) }

// TestWrongTypesXML is what collectortest does to JSON: every text, attribute
// and element of a feed takes every odd value, and whatever becomes of that,
// nothing panics and no row lacks an id or a time.
func TestWrongTypesXML(t *testing.T) {
	values := []string{"", " ", "-1", "1e300", "99999999999999999999", "x\x00\xff", "&nope;", "<b/>", "]]>", strings.Repeat("9", 5000), "http://[::1", "javascript:alert(1)"}
	for _, platform := range []http.HandlerFunc{blog, newsroom} {
		whole := answerOf(platform, "/feed/")
		for _, span := range spans(whole) {
			for _, v := range values {
				body := whole[:span[0]] + v + whole[span[1]:]
				doc, err := parse([]byte(body), "")
				if err != nil {
					continue
				}
				for _, p := range postsOf(doc) {
					if p.PostID == "" || p.PublishedAt.IsZero() || strings.ContainsRune(p.Text, 0) || strings.HasPrefix(p.Permalink, "javascript") {
						t.Fatalf("%q at byte %d: post without id or time, or with what no page can show: %+v", v, span[0], p)
					}
				}
			}
		}
	}
}
