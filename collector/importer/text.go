package importer

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText returns a caption as the platform showed it. Workbooks write a
// carriage return as _x000D_, some exports write & as &amp;.
func cleanText(s string, entities bool) string {
	if strings.Contains(s, "_x000") {
		s = strings.NewReplacer("_x000D_\n", "\n", "_x000D_", "\n", "_x000A_", "\n", "_x0009_", "\t").Replace(s)
	}
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	}
	if entities && strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\ufffd"), "\ufffd")
}

// parseText returns the links and the hashtags of a text, each once, in the
// order of the text. Hashtags may be of any script. It reads like the
// connectors' own, so that an imported post is like a collected one.
func parseText(s string) (links, hashtags []string) {
	if !strings.ContainsAny(s, "#＃") && !strings.Contains(strings.ToLower(s), "http") {
		return nil, nil
	}
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
				r = ' ' // a tag may follow without a space: #one#two
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
