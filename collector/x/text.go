package x

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// valid returns text that every store and page can hold: valid UTF-8, no NUL.
func valid(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\ufffd")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

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
	return valid(unescape.Replace(s))
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
		links, hashtags = parseText(text)
		return slices.DeleteFunc(links, isShort), hashtags
	}
	for _, l := range e.URLs {
		if u := webLink(l.Expanded); u != "" && l.MediaKey == "" && !isShort(u) {
			links = appendOnce(links, u)
		}
	}
	for _, h := range e.Hashtags {
		if h.Tag != "" {
			hashtags = appendOnce(hashtags, valid(h.Tag))
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

// webLink returns a link that a page may show: nothing but http and https.
func webLink(s string) string {
	if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return ""
	}
	return valid(s)
}

// parseText returns the links and the hashtags of a text, each once, in the
// order of the text. Hashtags may be of any script.
func parseText(s string) (links, hashtags []string) {
	prev := ' '
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case (r == 'h' || r == 'H') && !isTagRune(prev):
			if n := linkLen(s[i:]); n > 0 {
				links = appendOnce(links, s[i:i+n])
				size, r = n, ' '
			}
		case (r == '#' || r == '＃') && !isTagRune(prev):
			if n := tagLen(s[i+size:]); n > 0 {
				hashtags = appendOnce(hashtags, s[i+size:i+size+n])
				size += n
				// A tag may follow without a space: #one#two.
				r = ' '
			}
		}
		prev = r
		i += size
	}
	return links, hashtags
}

// linkLen returns the length of the link that s begins with, or 0.
func linkLen(s string) int {
	scheme := 0
	for _, p := range []string{"https://", "http://"} {
		if len(s) > len(p) && strings.EqualFold(s[:len(p)], p) {
			scheme = len(p)
			break
		}
	}
	if scheme == 0 {
		return 0
	}
	n := len(s)
	if i := strings.IndexFunc(s, endsLink); i >= 0 {
		n = i
	}
	// The sentence goes on after the link.
	n = len(strings.TrimRight(s[:n], ".,;:!?'\"*_~)]}…۔،؛؟"))
	if n <= scheme {
		return 0
	}
	return n
}

func endsLink(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"«»“”۔،؛؟\u200e\u200f\ufeff", r)
}

// tagLen returns the length of the hashtag that s, without #, begins with. A
// number alone is none: "the #1 team".
func tagLen(s string) int {
	n, letter := 0, false
	for i, r := range s {
		if !isTagRune(r) {
			// Urdu writes some words with a joiner that has no width.
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if r != '\u200c' || n == 0 || !unicode.IsLetter(next) {
				break
			}
		}
		letter = letter || unicode.IsLetter(r)
		n = i + utf8.RuneLen(r)
	}
	if !letter {
		return 0
	}
	return n
}

func isTagRune(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
