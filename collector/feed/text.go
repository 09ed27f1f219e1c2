package feed

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/hamawaz/hamawaz/collector/internal/posttext"
)

const (
	maxText  = 256 << 10 // bytes of a post's text; the rest is in the stored answer
	maxLinks = 500       // of one post
)

// A prose is what people read in a piece of HTML.
type prose struct {
	text  string
	links []string // where it leads to, absolute
	alt   *string  // the alternative text of the first picture that has one
}

// The elements that begin a line of their own, those that begin a paragraph,
// and those whose text nobody sees.
var (
	lineTags      = map[atom.Atom]bool{atom.Br: true, atom.Div: true, atom.Li: true, atom.Tr: true, atom.Dt: true, atom.Dd: true, atom.Figcaption: true}
	paragraphTags = map[atom.Atom]bool{atom.P: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
		atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Blockquote: true, atom.Pre: true, atom.Section: true, atom.Article: true, atom.Figure: true, atom.Hr: true}
	silentTags = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true, atom.Svg: true}
)

// readHTML returns the prose of a piece of HTML, which may as well be plain
// text. Links are resolved against base. The letters stay as they are, marks of
// direction and presentation forms too.
func readHTML(s string, base *url.URL) prose {
	var p prose
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	mute := 0
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken: // the end
			p.text = tidy(b.String())
			return p
		case html.TextToken:
			if mute == 0 {
				b.WriteString(unmarked.Replace(string(z.Text())))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			switch {
			case paragraphTags[tag]:
				b.WriteByte(newParagraph)
			case lineTags[tag]:
				b.WriteByte(newLine)
			case tag == atom.Td || tag == atom.Th:
				b.WriteByte(' ')
			case silentTags[tag] && kind == html.StartTagToken:
				mute++
			case silentTags[tag] && kind == html.EndTagToken:
				mute = max(mute-1, 0)
			}
			if kind != html.EndTagToken && (tag == atom.A || tag == atom.Img) {
				p.attributes(z, more, base)
			}
		}
	}
}

func (p *prose) attributes(z *html.Tokenizer, more bool, base *url.URL) {
	for more {
		var name, value []byte
		name, value, more = z.TagAttr()
		switch string(name) {
		case "href":
			if len(value) > 0 && value[0] == '#' {
				continue // within the page
			}
			if link := resolve(string(value), base); link != "" && len(p.links) < maxLinks {
				p.links = posttext.AppendOnce(p.links, link)
			}
		case "alt":
			if s := posttext.Valid(strings.TrimSpace(string(value))); s != "" && p.alt == nil {
				p.alt = &s
			}
		}
	}
}

// The marks of where a line and a paragraph end. No text has them: they are
// characters that XML cannot hold.
const (
	newLine      = '\x01'
	newParagraph = '\x02'
)

// tidy puts the space in a marked text in order: one between words, a line to
// each line, and an empty one between paragraphs.
func tidy(s string) string {
	var b strings.Builder
	paragraph := false
	for s != "" {
		end := strings.IndexAny(s, string(newLine)+string(newParagraph))
		part, mark := s, byte(0)
		if end >= 0 {
			part, mark = s[:end], s[end]
		}
		s = s[len(part):]
		if line := strings.Join(strings.Fields(part), " "); line != "" {
			switch {
			case b.Len() == 0:
			case paragraph:
				b.WriteString("\n\n")
			default:
				b.WriteByte('\n')
			}
			b.WriteString(line)
			paragraph = false
		}
		if mark != 0 {
			paragraph = paragraph || mark == newParagraph
			s = s[1:]
		}
	}
	return b.String()
}

var unmarked = strings.NewReplacer(string(newLine), "", string(newParagraph), "")

// plainText returns a plain text with its lines and paragraphs.
func plainText(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(unmarked.Replace(s), "\n") {
		b.WriteString(line)
		if strings.TrimSpace(line) == "" {
			b.WriteByte(newParagraph)
		} else {
			b.WriteByte(newLine)
		}
	}
	return tidy(b.String())
}

// clip cuts a text to a length in bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// resolve returns the absolute link of the web that s is, seen from base, or
// "".
func resolve(s string, base *url.URL) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || *u == (url.URL{}) {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return posttext.Link(u.String())
}
