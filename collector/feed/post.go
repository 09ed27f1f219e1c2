package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// callFeed is the name of our call in observations.
const callFeed = "feed"

// firstFeed is when the first website went online: no item of one is older. The
// dates before it are mostly 1970, which is how a missing one looks in Unix
// time.
var firstFeed = time.Date(1991, 8, 6, 0, 0, 0, 0, time.UTC)

// hashed begins the ids that are made by us.
const hashed = "sha256-"

// postID returns the id of a post from what identifies it in its feed.
//
// That is the guid. Where it is short and made of what may stand anywhere, it
// is the id, so that people find the same thing on both sides; else its hash
// is, because ids also stand in addresses and in the names of files, and a guid
// is mostly a link. A guid that looks like such a hash is hashed too. Without a
// guid it is the hash of the link, or of title and date.
func (e *entry) postID(link string) string {
	switch {
	case e.id != "" && isPlainID(e.id) && !strings.HasPrefix(e.id, hashed):
		return e.id
	case e.id != "":
		return hashOf("guid", e.id)
	case link != "":
		return hashOf("link", sameLink(link))
	case strings.TrimSpace(e.title) != "" || e.published.text != "":
		return hashOf("title", e.title, e.published.text)
	}
	return ""
}

// isPlainID says whether s is at most 64 letters, digits and a few signs of
// ASCII, and begins with a letter or digit.
func isPlainID(s string) bool {
	if len(s) > 64 {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case i > 0 && strings.IndexByte("-_.:", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

// hashOf returns an id made of the first half of the words' SHA-256: among a
// website's items no two are alike by chance.
func hashOf(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hashed + hex.EncodeToString(sum[:16])
}

// add makes rows of the document's entries and adds them to the page at hand.
// It returns the dates of those that have one.
func (r *run) add(doc *document, base *url.URL, at time.Time) (published []time.Time) {
	r.page.Skipped += doc.skipped
	if doc.skipped > 0 {
		r.warn("items left out: not of the promised types", "items", doc.skipped)
	}
	// An item may be there twice, under http and https or with the marks of a
	// newsletter.
	twice := map[string]bool{}
	for i := range doc.entries {
		e := &doc.entries[i]
		link := resolve(e.link, base)
		id := e.postID(link)
		if id == "" {
			r.skip("item skipped: it has neither guid nor link nor title")
			continue
		}
		again := sameLink(link) + "\x00" + e.title + "\x00" + e.published.text
		if r.posts[id] || link != "" && twice[again] {
			continue
		}
		r.posts[id], twice[again] = true, true

		when, dated := r.when(e, id, at)
		if dated {
			published = append(published, when)
		}
		p := r.post(e, id, link, base, at)
		p.PublishedAt = when
		r.page.Posts = append(r.page.Posts, p)
		r.page.Observations = append(r.page.Observations, r.observation(e, id, at))
	}
	return published
}

// when returns the moment of publication, and whether the feed told it.
//
// An item that can be read is out, whatever its date says: one without a date,
// of 1970 or of next week was published when it was first seen, at the latest.
// That moment stays with it, for as long as it is in the feed.
func (r *run) when(e *entry, id string, at time.Time) (t time.Time, dated bool) {
	seen, known := r.pos.Memo.Undated[id]
	for _, x := range []date{e.published, e.updated} {
		t, ok := r.dates.parse(x)
		if !ok || t.Before(firstFeed) || t.After(at) {
			continue
		}
		if s := time.Unix(seen, 0).UTC(); known && s.Before(t) {
			return s, true
		}
		return t, true
	}
	if !known {
		seen = at.Unix()
		if r.pos.Memo.Undated == nil {
			r.pos.Memo.Undated = map[string]int64{}
		}
		r.pos.Memo.Undated[id] = seen
	}
	return time.Unix(seen, 0).UTC(), false
}

// post returns the entry as a post, without its date.
func (r *run) post(e *entry, id, link string, base *url.URL, at time.Time) schema.Post {
	inside := base
	if u, err := url.Parse(link); err == nil && link != "" {
		inside = u // links within a text are seen from its page
	}
	body := prose{text: plainText(e.body)}
	if !e.plain {
		body = readHTML(e.body, inside)
	}
	text := posttext.Valid(readHTML(e.title, nil).text)
	if s := posttext.Valid(body.text); s != "" && s != text {
		text = strings.TrimPrefix(text+"\n\n"+s, "\n\n")
	}
	text = clip(text, maxText)
	links, hashtags := posttext.Parse(text)
	for _, l := range body.links {
		if len(links) < maxLinks {
			links = posttext.AppendOnce(links, l)
		}
	}
	format := schema.FormatText
	for _, x := range e.enclosures {
		if l := resolve(x.url, base); l != "" && len(links) < maxLinks {
			links = posttext.AppendOnce(links, l)
		}
		// The first recording decides; pictures belong to a text.
		switch kind := strings.ToLower(strings.TrimSpace(x.kind)); {
		case format != schema.FormatText:
		case strings.HasPrefix(kind, "audio/"):
			format = schema.FormatAudio
		case strings.HasPrefix(kind, "video/"):
			format = schema.FormatVideo
		}
	}
	var seconds *int64
	if n, ok := duration(e.podcast.duration); ok && n > 0 && format != schema.FormatText {
		seconds = &n
	}
	return schema.Post{
		AccountID:   r.job.Account.ID,
		PostID:      id,
		Platform:    schema.Feed,
		NativeID:    posttext.Valid(clip(e.id, 2<<10)),
		Text:        text,
		Format:      format,
		Permalink:   link,
		Links:       links,
		Hashtags:    hashtags,
		AltText:     body.alt,
		CollectedAt: at,
		RunID:       r.job.RunID,

		Seconds:      seconds,
		ThumbnailURL: e.thumbnail(base),
	}
}

// thumbnail returns the address of the entry's picture: what it names as such,
// or else the first picture that comes with it.
func (e *entry) thumbnail(base *url.URL) string {
	if p := resolve(e.picture, base); p != "" {
		return posttext.Link(p)
	}
	for _, x := range e.enclosures {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(x.kind)), "image/") {
			return posttext.Link(resolve(x.url, base))
		}
	}
	return ""
}

// observation returns what the entry tells in numbers. Most tell nothing: then
// the reading says so, and when.
func (r *run) observation(e *entry, id string, at time.Time) schema.Observation {
	o := schema.Observation{
		AccountID:  r.job.Account.ID,
		PostID:     id,
		Platform:   schema.Feed,
		ObservedAt: at,
		Call:       callFeed,
		RunID:      r.job.RunID,
	}
	extra := func(name string, n int64) {
		if o.Extra == nil {
			o.Extra = map[string]int64{}
		}
		o.Extra[name] = n
	}
	for _, c := range e.comments {
		n, ok := count(c.value)
		if !ok {
			r.skip("value left out: not a count", "post_id", id, "name", c.name)
			continue
		}
		extra(c.name, n)
		if o.Comments == nil {
			o.Comments = new(n)
		}
	}
	if s, ok := duration(e.podcast.duration); ok {
		extra("itunes:duration", s) // seconds
	}
	for _, x := range []struct{ name, value string }{{"itunes:episode", e.podcast.episode}, {"itunes:season", e.podcast.season}} {
		if n, ok := count(x.value); ok {
			extra(x.name, n)
		}
	}
	for _, x := range e.enclosures {
		// Many write 0 for a length that they do not know.
		if n, ok := count(x.length); ok && n > 0 {
			extra("enclosure:length", n) // bytes
			break
		}
	}
	return o
}

// count reads a whole number that is not negative.
func count(s string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, err == nil && n >= 0
}

// duration reads the length of an episode, in seconds: 3723, 62:03 or 1:02:03.
func duration(s string) (int64, bool) {
	parts := strings.Split(strings.TrimSpace(s), ":")
	if len(parts) > 3 {
		return 0, false
	}
	var total int64
	for i, part := range parts {
		if i == len(parts)-1 {
			part, _, _ = strings.Cut(part, ".") // some tell the fraction too
		}
		n, ok := count(part)
		if !ok || n > 1<<32 {
			return 0, false
		}
		total = total*60 + n
	}
	return total, true
}
