package feed

import (
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A view is one page of a website's feed in one second.
type view struct {
	*site
	picture func(*item) string // address of an item's picture
	at      int64
	number  int
	items   []*item // newest first
	more    bool    // there are older ones
}

// view returns a page of the feed, or nil for one that there is not.
func (s *Server) view(r sandbox.Request, of *site, number int) *view {
	at := r.Second
	out := of.items[:of.publishedBy(at)]
	size := s.pageSize
	if of.plan.kind == podcast {
		size = max(len(out), 1)
	}
	from := (number - 1) * size
	if from >= len(out) && number > 1 {
		return nil
	}
	v := &view{site: of, at: at, number: number, more: from+size < len(out)}
	v.picture = func(it *item) string {
		return sandbox.PictureURLHere(r.Request, "feed", of.plan.name, strconv.Itoa(it.number))
	}
	v.items = slices.Clone(out[max(len(out)-from-size, 0) : len(out)-from])
	slices.Reverse(v.items)
	return v
}

func (v *view) contentType() string {
	if v.plan.kind == newsroom {
		return "application/atom+xml"
	}
	return "application/rss+xml"
}

// validators returns the ETag and when the page was last changed. WordPress
// makes both of its items alone.
func (v *view) validators(body []byte) (tag string, modified time.Time) {
	last := newYear
	for _, it := range v.items {
		last = max(last, it.updated(v.at))
	}
	modified = time.Unix(last, 0)
	if v.plan.kind == wordpress {
		return fmt.Sprintf(`"%x-%d"`, last, v.number), modified
	}
	h := fnv.New64a()
	h.Write(body)
	if v.plan.kind == newsroom {
		return fmt.Sprintf(`W/"%x"`, h.Sum64()), modified
	}
	return fmt.Sprintf(`"%x"`, h.Sum64()), modified
}

func (v *view) body() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	switch v.plan.kind {
	case wordpress:
		v.wordpress(&b)
	case newsroom:
		v.newsroom(&b)
	case podcast:
		v.podcast(&b)
	}
	return []byte(b.String())
}

const rfc822 = "Mon, 02 Jan 2006 15:04:05 "

// karachi is the zone of the dates that name one.
var karachi = time.FixedZone("PKT", 5*3600)

// wordpress writes what /wp-includes/feed-rss2.php of WordPress 6 does.
func (v *view) wordpress(b *strings.Builder) {
	b.WriteString(`<rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:wfw="http://wellformedweb.org/CommentAPI/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:atom="http://www.w3.org/2005/Atom"
	xmlns:media="http://search.yahoo.com/mrss/"
	xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
	xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel>
`)
	element(b, "title", v.Name)
	fmt.Fprintf(b, "<atom:link href=\"%s\" rel=\"self\" type=\"application/rss+xml\" />\n", escape(v.URL))
	element(b, "link", "https://"+v.plan.host())
	element(b, "description", v.Bio)
	element(b, "language", "ur")
	element(b, "sy:updatePeriod", "hourly")
	element(b, "sy:updateFrequency", "1")
	element(b, "generator", "https://wordpress.org/?v=6.8.3")
	for _, it := range v.items {
		b.WriteString("<item>\n")
		element(b, "title", it.title)
		element(b, "link", it.link())
		if it.comments != sandbox.Unknown {
			element(b, "comments", it.link()+"#respond")
		}
		cdata(b, "dc:creator", "sandbox")
		element(b, "pubDate", time.Unix(it.published, 0).UTC().Format(rfc822+"-0700"))
		cdata(b, "category", "سینڈ باکس")
		fmt.Fprintf(b, "<guid isPermaLink=\"false\">%s</guid>\n", escape(it.guid()))
		fmt.Fprintf(b, "<media:thumbnail url=\"%s\"/>\n", escape(v.picture(it)))
		cdata(b, "description", escape(it.text[0])+" [&#8230;]")
		cdata(b, "content:encoded", paragraphs(it.paragraphs(v.at)))
		if it.comments != sandbox.Unknown {
			element(b, "wfw:commentRss", it.link()+"feed/")
			element(b, "slash:comments", fmt.Sprint(it.commentsAt(v.at)))
		}
		b.WriteString("</item>\n")
	}
	b.WriteString("</channel>\n</rss>\n")
}

// newsroom writes Atom, with links to its pages.
func (v *view) newsroom(b *strings.Builder) {
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en" xml:base="https://` + v.plan.host() + `/">` + "\n")
	element(b, "title", v.Name)
	element(b, "subtitle", v.Bio)
	element(b, "id", "tag:"+v.plan.host()+",2024:feed")
	updated := newYear
	for _, it := range v.items {
		updated = max(updated, it.updated(v.at))
	}
	element(b, "updated", rfc3339(updated))
	b.WriteString("<link rel=\"alternate\" href=\"/\"/>\n")
	fmt.Fprintf(b, "<link rel=\"self\" href=\"%s\"/>\n", escape(v.URL))
	if v.more {
		fmt.Fprintf(b, "<link rel=\"next\" href=\"%s?page=%d\"/>\n", escape(v.plan.path()), v.number+1)
	}
	for _, it := range v.items {
		b.WriteString("<entry>\n")
		element(b, "title", it.title)
		element(b, "id", it.guid())
		fmt.Fprintf(b, "<link rel=\"alternate\" href=\"%s\"/>\n", strings.TrimPrefix(it.link(), "https://"+v.plan.host()))
		element(b, "published", rfc3339(it.published))
		element(b, "updated", rfc3339(it.updated(v.at)))
		b.WriteString("<author><name>sandbox</name></author>\n")
		fmt.Fprintf(b, "<media:thumbnail url=\"%s\"/>\n", escape(v.picture(it)))
		fmt.Fprintf(b, "<content type=\"html\">%s</content>\n", escape(paragraphs(it.paragraphs(v.at))))
		if it.comments != sandbox.Unknown {
			element(b, "thr:total", fmt.Sprint(it.commentsAt(v.at)))
		}
		b.WriteString("</entry>\n")
	}
	b.WriteString("</feed>\n")
}

// podcast writes RSS with Apple's tags, and dates in a zone with a name.
func (v *view) podcast(b *strings.Builder) {
	b.WriteString(`<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel>
`)
	element(b, "title", v.Name)
	element(b, "link", "https://"+v.plan.host()+"/")
	element(b, "description", v.Bio)
	element(b, "language", "ur")
	element(b, "ttl", "60")
	element(b, "itunes:author", "sandbox")
	element(b, "itunes:explicit", "false")
	for _, it := range v.items {
		b.WriteString("<item>\n")
		element(b, "title", it.title)
		element(b, "link", it.link())
		element(b, "description", paragraphs(it.paragraphs(v.at)))
		element(b, "pubDate", time.Unix(it.published, 0).In(karachi).Format(rfc822+"MST"))
		fmt.Fprintf(b, "<guid isPermaLink=\"false\">%s</guid>\n", escape(it.guid()))
		fmt.Fprintf(b, "<enclosure url=\"%s\" length=\"%d\" type=\"audio/mpeg\"/>\n", escape(it.recording()), it.bytes())
		element(b, "itunes:duration", fmt.Sprintf("%d:%02d", it.seconds/60, it.seconds%60))
		fmt.Fprintf(b, "<itunes:image href=\"%s\"/>\n", escape(v.picture(it)))
		element(b, "itunes:episode", fmt.Sprint(it.number))
		element(b, "itunes:episodeType", "full")
		b.WriteString("</item>\n")
	}
	b.WriteString("</channel>\n</rss>\n")
}

func rfc3339(second int64) string { return time.Unix(second, 0).In(karachi).Format(time.RFC3339) }

// paragraphs returns the texts as HTML.
func paragraphs(texts []string) string {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString("<p>" + escape(t) + "</p>\n")
	}
	return b.String()
}

func element(b *strings.Builder, name, text string) {
	fmt.Fprintf(b, "<%s>%s</%s>\n", name, escape(text), name)
}

func cdata(b *strings.Builder, name, text string) {
	fmt.Fprintf(b, "<%s><![CDATA[%s]]></%s>\n", name, text, name)
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
