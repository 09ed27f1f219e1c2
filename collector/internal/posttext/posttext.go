// Package posttext reads the texts of posts, the same way whichever way a post
// came in: what a store can hold, and the links and hashtags in them.
package posttext

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Valid returns text that every store and page can hold: valid UTF-8, no NUL.
func Valid(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\ufffd")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// Link returns a link that a page may show, nothing but http and https, or "".
func Link(s string) string {
	if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return ""
	}
	return Valid(s)
}

// Parse returns the links and the hashtags of a text, each once, in the
// order of the text. Hashtags may be of any script.
func Parse(s string) (links, hashtags []string) {
	prev := ' '
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case (r == 'h' || r == 'H') && !isTagRune(prev):
			if n := linkLen(s[i:]); n > 0 {
				links = AppendOnce(links, s[i:i+n])
				size, r = n, ' '
			}
		case (r == '#' || r == '＃') && !isTagRune(prev):
			if n := tagLen(s[i+size:]); n > 0 {
				hashtags = AppendOnce(hashtags, s[i+size:i+size+n])
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

// AppendOnce appends s to the list, unless it is there.
func AppendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
