package x

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hamawaz/hamawaz/collector/internal/posttext"
)

// unescape undoes what X escapes in texts, in one go: an escaped escape
// becomes an escape.
var unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// note returns the whole text of a long post, or nil.
func (t *post) note() *note {
	for _, n := range []*note{t.NoteTweet, t.NotePost} {
		if n != nil && n.Text != "" {
			return n
		}
	}
	return nil
}

// text returns the post's whole text. Links in it are the short ones of t.co,
// as written into the post by X.
func (t *post) text() string {
	s := t.Text
	if n := t.note(); n != nil {
		s = n.Text
	}
	return posttext.Valid(unescape.Replace(s))
}

// linksAndHashtags returns the links that the author wrote, in full, and the
// hashtags without #, each once, in the order of X. Where X did not take the
// text apart, we do.
func (t *post) linksAndHashtags(text string) (links, hashtags []string) {
	e := t.Entities
	if n := t.note(); n != nil {
		e = n.Entities // those of the post end with its first 280 characters
	}
	if e == nil {
		links, hashtags = posttext.Parse(text)
		return slices.DeleteFunc(links, isShort), hashtags
	}
	for _, l := range e.URLs {
		if u := posttext.Link(l.Expanded); u != "" && l.MediaKey == "" && !isShort(u) {
			links = posttext.AppendOnce(links, u)
		}
	}
	for _, h := range e.Hashtags {
		if h.Tag != "" {
			hashtags = posttext.AppendOnce(hashtags, posttext.Valid(h.Tag))
		}
	}
	return links, hashtags
}

// isShort says whether a link is one of X's own short ones, which say nothing
// of where they lead.
func isShort(link string) bool {
	u, err := url.Parse(link)
	return err != nil || strings.EqualFold(u.Host, "t.co")
}
