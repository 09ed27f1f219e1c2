package x

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// entities are what the platform finds in a text.
type entities struct {
	hashtags, mentions, urls []span
}

// span is a part of a text by code points, the end excluded.
type span struct {
	start, end int
	text       string // without # or @
}

// entities returns what is in the post's text as it is sent.
func (p *post) entities() entities { return findEntities(escape(p.text)) }

// escape writes the three signs that the platform's texts never have.
func escape(text string) string { return escaper.Replace(text) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func findEntities(text string) entities {
	var e entities
	before := ' '
	for at, i := 0, 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		rest := text[i:]
		n := size // bytes to go on by
		switch {
		case inWord(before):
		case r == '#':
			if word := length(rest[1:], inWord); strings.ContainsFunc(rest[1:1+word], unicode.IsLetter) {
				n += word
				e.hashtags = append(e.hashtags, span{at, at + utf8.RuneCountInString(rest[:n]), rest[1:n]})
			}
		case r == '@':
			if name := length(rest[1:], inName); name > 0 && name <= maxHandle {
				n += name
				e.mentions = append(e.mentions, span{at, at + n, rest[1:n]})
			}
		case strings.HasPrefix(rest, "https://"), strings.HasPrefix(rest, "http://"):
			link := strings.TrimRight(rest[:length(rest, inURL)], ".,;:!?)")
			if _, host, _ := strings.Cut(link, "://"); host != "" {
				n = len(link)
				e.urls = append(e.urls, span{at, at + n, link})
			}
		}
		before, _ = utf8.DecodeLastRuneInString(text[:i+n])
		at += utf8.RuneCountInString(text[i : i+n])
		i += n
	}
	return e
}

// length returns how many bytes the letters at the start of s have.
func length(s string, in func(rune) bool) int {
	n := strings.IndexFunc(s, func(r rune) bool { return !in(r) })
	if n < 0 {
		return len(s)
	}
	return n
}

func inWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func inName(r rune) bool {
	return r == '_' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func inURL(r rune) bool {
	return r > ' ' && r < utf8.RuneSelf && !strings.ContainsRune(`"<>[]{}|^`+"`", r)
}

// appendEntities appends the member entities, unless there are none.
func appendEntities(b []byte, e entities) []byte {
	if len(e.hashtags)+len(e.mentions)+len(e.urls) == 0 {
		return b
	}
	b = append(b, `"entities":{`...)
	b = appendSpans(b, "hashtags", "tag", e.hashtags)
	b = appendSpans(b, "mentions", "username", e.mentions)
	b = appendSpans(b, "urls", "url", e.urls)
	return append(sandbox.CloseList(b, '}'), ',')
}

func appendSpans(b []byte, list, name string, spans []span) []byte {
	if len(spans) == 0 {
		return b
	}
	b = append(sandbox.AppendKey(b, list), '[')
	for _, s := range spans {
		b = sandbox.AppendInt(append(b, `{"start":`...), int64(s.start))
		b = append(sandbox.AppendInt(append(b, `,"end":`...), int64(s.end)), ',')
		b = sandbox.AppendString(sandbox.AppendKey(b, name), s.text)
		if list == "urls" {
			b = sandbox.AppendString(append(b, `,"expanded_url":`...), s.text)
			_, shown, _ := strings.Cut(s.text, "://")
			b = sandbox.AppendString(append(b, `,"display_url":`...), shown)
		}
		b = append(b, "},"...)
	}
	return append(sandbox.CloseList(b, ']'), ',')
}
