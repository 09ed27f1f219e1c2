package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	feedjson "github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"
)

// A document is a feed of any format, in the words of all.
type document struct {
	title, about, image string
	home                string // address of the website
	generator           string
	next                string // address of the page after this one, as the feed tells it
	manners             manners
	entries             []entry
	skipped             int // entries that could not be read
}

// An entry is an item of a feed. Texts are HTML unless plain says otherwise.
type entry struct {
	id         string // as the feed gives it; may be empty
	link       string // may be relative
	title      string
	body       string
	plain      bool // the body is
	published  date
	updated    date
	comments   counts
	enclosures []enclosure
	podcast    podcast
	picture    string // its address; may be relative
}

// A date is what the feed says, and what the parser made of it.
type date struct {
	text   string
	parsed *time.Time
}

type enclosure struct{ url, length, kind string }

// podcast is what Apple's tags say of an episode.
type podcast struct{ duration, episode, season string }

// counts are how many comments there are, by the feed's own names.
type counts []struct{ name, value string }

var errNoFeed = errors.New("answer is no feed")

// parse reads an answer's body. Its error says that this is no whole feed.
func parse(body []byte, contentType string) (doc *document, err error) {
	// The parser is not ours, and all the world's bytes come here.
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, errors.New("answer cannot be parsed")
		}
	}()
	text := bytes.TrimSpace(toUTF8(body, contentType))
	if len(text) == 0 {
		return nil, errNoFeed
	}
	if text[0] == '{' {
		return parseJSON(text)
	}
	kind := gofeed.DetectFeedType(bytes.NewReader(text))
	if kind != gofeed.FeedTypeRSS && kind != gofeed.FeedTypeAtom {
		return nil, errNoFeed
	}
	o, err := examine(text)
	if err != nil {
		return nil, err
	}
	if kind == gofeed.FeedTypeAtom {
		f, err := (&atom.Parser{}).Parse(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("parse Atom: %w", err)
		}
		return fromAtom(f, o), nil
	}
	f, err := (&rss.Parser{}).Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("parse RSS: %w", err)
	}
	return fromRSS(f), nil
}

// fromRSS reads RSS 0.90 to 2.0.
func fromRSS(f *rss.Feed) *document {
	doc := &document{title: f.Title, about: f.Description, home: f.Link, generator: f.Generator}
	if f.Image != nil {
		doc.image = f.Image.URL
	}
	doc.next = relation(f.Extensions, "next", "prev-archive")
	doc.manners.every(ttl(f.TTL), updates(first(f.Extensions, "sy", "updatePeriod"), first(f.Extensions, "sy", "updateFrequency")))
	doc.manners.skip(f.SkipHours, f.SkipDays)
	for _, item := range f.Items {
		if item == nil {
			continue
		}
		e := entry{
			link:      first(item.Extensions, "feedburner", "origLink"),
			title:     item.Title,
			body:      item.Content,
			published: date{item.PubDate, item.PubDateParsed},
		}
		if e.link == "" {
			e.link = item.Link
		}
		if g := item.GUID; g != nil {
			e.id = strings.TrimSpace(g.Value)
			// A guid is a link unless it says that it is none.
			if e.link == "" && !strings.EqualFold(strings.TrimSpace(g.IsPermalink), "false") && isLink(e.id) {
				e.link = e.id
			}
		}
		if strings.TrimSpace(e.body) == "" {
			e.body = item.Description
		}
		if dc := item.DublinCoreExt; e.published.text == "" && dc != nil && len(dc.Date) > 0 {
			e.published = date{text: dc.Date[0]}
		}
		e.updated = date{text: first(item.Extensions, "atom", "updated")}
		e.comments.add("slash:comments", first(item.Extensions, "slash", "comments"))
		e.comments.add("thr:total", first(item.Extensions, "thr", "total"))
		for _, x := range item.Enclosures {
			if x != nil {
				e.enclosures = append(e.enclosures, enclosure{x.URL, x.Length, x.Type})
			}
		}
		e.picture = pictureOf(item.Extensions)
		if it := item.ITunesExt; it != nil {
			e.podcast = podcast{it.Duration, it.Episode, it.Season}
			e.picture = cmp.Or(e.picture, it.Image)
		}
		doc.entries = append(doc.entries, e)
	}
	return doc
}

// fromAtom reads Atom 0.3 and 1.0.
func fromAtom(f *atom.Feed, o outline) *document {
	doc := &document{title: f.Title, about: f.Subtitle, image: f.Logo}
	if f.Generator != nil {
		doc.generator = f.Generator.Value + " " + f.Generator.URI
	}
	for _, l := range f.Links {
		switch {
		case l == nil:
		case (l.Rel == "" || l.Rel == "alternate") && doc.home == "":
			doc.home = l.Href
		case l.Rel == "next", l.Rel == "prev-archive" && doc.next == "":
			doc.next = l.Href
		}
	}
	doc.manners.every(updates(first(f.Extensions, "sy", "updatePeriod"), first(f.Extensions, "sy", "updateFrequency")), 0)
	for i, item := range f.Entries {
		if item == nil {
			continue
		}
		e := entry{
			id:        strings.TrimSpace(item.ID),
			title:     item.Title,
			body:      item.Summary,
			published: date{item.Published, item.PublishedParsed},
			updated:   date{item.Updated, item.UpdatedParsed},
		}
		if c := item.Content; c != nil && strings.TrimSpace(c.Value) != "" {
			e.body = c.Value
			e.plain = c.Type == "text" || c.Type == "text/plain"
		}
		for _, l := range item.Links {
			switch {
			case l == nil:
			case (l.Rel == "" || l.Rel == "alternate") && e.link == "":
				e.link = l.Href
			case l.Rel == "enclosure":
				e.enclosures = append(e.enclosures, enclosure{l.Href, l.Length, l.Type})
			}
		}
		if link := first(item.Extensions, "feedburner", "origLink"); link != "" {
			e.link = link
		}
		e.picture = pictureOf(item.Extensions)
		e.comments.add("thr:total", first(item.Extensions, "thr", "total"))
		e.comments.add("slash:comments", first(item.Extensions, "slash", "comments"))
		if len(o.replies) == len(f.Entries) { // else an entry is within another, and the places say nothing
			e.comments.add("thr:count", o.replies[i])
		}
		doc.entries = append(doc.entries, e)
	}
	return doc
}

// maxBraces bounds the objects of a JSON Feed.
const maxBraces = maxElements

// parseJSON reads JSON Feed 1.0 and 1.1. Items are read one by one, so that one
// of wrong types does not cost the others.
func parseJSON(text []byte) (*document, error) {
	if bytes.Count(text, []byte("{")) > maxBraces {
		return nil, errTooMuch
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, errors.New("answer is not whole JSON")
	}
	member := func(name string) (s string) {
		json.Unmarshal(members[name], &s) // "" for what is no text
		return s
	}
	var items []json.RawMessage
	if err := json.Unmarshal(members["items"], &items); err != nil || !strings.Contains(member("version"), "jsonfeed.org/version/") {
		return nil, errNoFeed
	}
	if len(items) > maxItems {
		return nil, errTooMuch
	}
	doc := &document{title: member("title"), about: member("description"), home: member("home_page_url"), image: member("icon"), next: member("next_url")}
	for _, raw := range items {
		var item *feedjson.Item
		if json.Unmarshal(raw, &item) != nil || item == nil {
			doc.skipped++
			continue
		}
		e := entry{
			id:        strings.TrimSpace(item.ID),
			link:      item.URL,
			title:     item.Title,
			body:      item.ContentHTML,
			published: date{text: item.DatePublished},
			updated:   date{text: item.DateModified},
			picture:   cmp.Or(item.Image, item.BannerImage),
		}
		if e.link == "" {
			e.link = item.ExternalURL
		}
		for _, s := range []string{item.ContentText, item.Summary} {
			if strings.TrimSpace(e.body) == "" {
				e.body, e.plain = s, true
			}
		}
		if item.Attachments != nil {
			for _, x := range *item.Attachments {
				e.enclosures = append(e.enclosures, enclosure{x.URL, fmt.Sprint(x.SizeInBytes), x.MimeType})
				if x.DurationInSeconds > 0 && e.podcast.duration == "" {
					e.podcast.duration = fmt.Sprint(x.DurationInSeconds)
				}
			}
		}
		doc.entries = append(doc.entries, e)
	}
	return doc, nil
}

// add notes a count, if the feed gives one.
func (c *counts) add(name, value string) {
	if value = strings.TrimSpace(value); value != "" {
		*c = append(*c, struct{ name, value string }{name, value})
	}
}

// first returns the text of the first element of that name, by the usual prefix
// of its namespace, or "".
func first(e ext.Extensions, prefix, name string) string {
	if list := e[prefix][name]; len(list) > 0 {
		return list[0].Value
	}
	return ""
}

// pictureOf returns the address of an item's small picture by the tags of Media
// RSS: its own, or that of the first of its media.
func pictureOf(e ext.Extensions) string {
	media := e["media"]
	if p := address(media["thumbnail"]); p != "" {
		return p
	}
	for _, name := range []string{"group", "content"} {
		for _, x := range media[name] {
			if p := address(x.Children["thumbnail"]); p != "" {
				return p
			}
		}
	}
	for _, x := range media["content"] {
		if strings.HasPrefix(x.Attrs["type"], "image/") || x.Attrs["medium"] == "image" {
			return x.Attrs["url"]
		}
	}
	return ""
}

// address returns that of the first element which has one.
func address(elements []ext.Extension) string {
	for _, x := range elements {
		if x.Attrs["url"] != "" {
			return x.Attrs["url"]
		}
	}
	return ""
}

// relation returns where the links of Atom within RSS lead that have the first
// of the relations that there is.
func relation(e ext.Extensions, rels ...string) string {
	for _, rel := range rels {
		for _, l := range e["atom"]["link"] {
			if l.Attrs["rel"] == rel {
				return l.Attrs["href"]
			}
		}
	}
	return ""
}

// isLink says whether s is an absolute link of the web.
func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
