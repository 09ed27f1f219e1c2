package feed

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func encode(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCharsets(t *testing.T) {
	// A word that UTF-8 and Windows-1256 both have.
	const word = "پاکستان ٹرک گاؤں"
	feed := func(declared string) string {
		d := ""
		if declared != "" {
			d = ` encoding="` + declared + `"`
		}
		return `<?xml version="1.0"` + d + `?><rss version="2.0"><channel><title>` + word + `</title></channel></rss>`
	}
	arabic := charmap.Windows1256
	wide := func(e unicode.Endianness, s string) string { return encode(t, unicode.UTF16(e, unicode.UseBOM), s) }
	tests := []struct{ name, body, contentType string }{
		{"UTF-8 that says so", feed("utf-8"), "application/rss+xml; charset=UTF-8"},
		{"UTF-8 that says nothing", feed(""), "text/xml"},
		{"UTF-8 with a mark", "\ufeff" + feed(""), "application/rss+xml"},
		{"UTF-8, HTTP says Windows-1256", feed("utf-8"), "text/xml; charset=windows-1256"},
		{"UTF-8, both say Latin", feed("iso-8859-1"), "text/xml; charset=iso-8859-1"},
		{"UTF-8, HTTP says UTF-16", feed("utf-8"), "text/xml; charset=utf-16"},
		{"UTF-8, an unknown charset", feed("x-nonsense"), "text/xml; charset=x-nonsense"},
		{"Windows-1256 by HTTP", encode(t, arabic, feed("")), "text/xml; charset=windows-1256"},
		{"Windows-1256 by declaration", encode(t, arabic, feed("windows-1256")), "text/xml"},
		{"Windows-1256, HTTP says UTF-8", encode(t, arabic, feed("windows-1256")), "text/xml; charset=utf-8"},
		{"Windows-1256, all say UTF-8", encode(t, arabic, feed("utf-8")), "text/xml; charset=utf-8"},
		{"Windows-1256, nobody says", encode(t, arabic, feed("")), ""},
		{"UTF-16, little end first", wide(unicode.LittleEndian, feed("utf-16")), "text/xml"},
		{"UTF-16, big end first", wide(unicode.BigEndian, feed("utf-16")), "text/xml"},
		{"UTF-16, HTTP says UTF-8", wide(unicode.LittleEndian, feed("")), "text/xml; charset=utf-8"},
		{"space before the declaration", "\n\n  " + feed("utf-8"), ""},
		{"characters that XML has not", strings.Replace(feed(""), word, "\x01"+word+"\x0b", 1), ""},
	}
	for _, tt := range tests {
		doc, err := parse([]byte(tt.body), tt.contentType)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if doc.title != word {
			t.Errorf("%s: title is %q, want %q", tt.name, doc.title, word)
		}
	}

	// A byte that is wrong costs a character, not the feed.
	cut := strings.Replace(feed(""), "گاؤں", "گا\xda", 1)
	if doc, err := parse([]byte(cut), ""); err != nil || !strings.HasPrefix(doc.title, "پاکستان ٹرک گا\ufffd") {
		t.Errorf("a character cut in two: got %+v, %v", doc, err)
	}
}
