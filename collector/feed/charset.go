package feed

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// declaration is that of XML, as far as an encoding that is like ASCII lets it
// be read.
var declaration = regexp.MustCompile(`^\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["'][^>]{0,200}\?>`)

// anyDeclaration is the same without an encoding too.
var anyDeclaration = regexp.MustCompile(`^\s*<\?xml\s[^>]{0,400}\?>`)

// toUTF8 returns the body as UTF-8, without a byte order mark, the declaration
// of XML, and characters that XML cannot hold.
//
// The encoding is that which HTTP tells, else that of the byte order mark, else
// that of the declaration, else UTF-8. Labels are often wrong, so what is UTF-8
// is read as that: text in another encoding is so by chance hardly ever. And
// what is none, though it is said or taken to be, is read as Windows-1256, in
// which Urdu and Arabic were written before.
func toUTF8(body []byte, contentType string) []byte {
	_, params, _ := mime.ParseMediaType(contentType)
	text := decode(body, params["charset"])
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if loc := anyDeclaration.FindIndex(text[:min(len(text), 1<<10)]); loc != nil {
		text = text[loc[1]:]
	}
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, text)
}

// decode returns the body as UTF-8, whatever it was.
func decode(body []byte, label string) []byte {
	multi, wrong := runes(body)
	wide := bytes.IndexByte(body[:min(len(body), 1<<10)], 0) >= 0 // UTF-16 is full of zeros
	if multi > 0 && wrong == 0 && !wide {
		return body
	}
	mark, _ := marked(body)
	declared := ""
	if m := declaration.FindSubmatch(body[:min(len(body), 1<<10)]); m != nil {
		declared = string(m[1])
	}
	for _, e := range []encoding.Encoding{labelled(label), mark, labelled(declared), unicode.UTF8} {
		switch {
		case e == nil:
			continue
		case e == unicode.UTF8:
			if wrong == 0 {
				return body
			}
			if multi > wrong {
				return bytes.ToValidUTF8(body, []byte("\ufffd")) // some characters were cut
			}
			continue
		case isUTF16(e) && !wide:
			continue
		}
		if text, err := e.NewDecoder().Bytes(body); err == nil {
			return text
		}
	}
	text, err := charmap.Windows1256.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	return text
}

// runes counts the characters of more than one byte, and the bytes that are
// not UTF-8.
func runes(b []byte) (multi, wrong int) {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			wrong++
		case n > 1:
			multi++
		}
		b = b[n:]
	}
	return multi, wrong
}

// marked returns the encoding of the byte order mark, or nil.
func marked(b []byte) (encoding.Encoding, bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return unicode.UTF8, true
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), true
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), true
	}
	return nil, false
}

// labelled returns the encoding of the name, or nil for one that is not known.
// https://encoding.spec.whatwg.org/#names-and-labels
func labelled(name string) encoding.Encoding {
	e, err := htmlindex.Get(strings.TrimSpace(name))
	if err != nil {
		return nil
	}
	if name, _ := htmlindex.Name(e); name == "utf-8" {
		return unicode.UTF8
	}
	return e
}

func isUTF16(e encoding.Encoding) bool {
	name, _ := htmlindex.Name(e)
	return strings.HasPrefix(name, "utf-16")
}
