package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What a document of XML may cost us. A real feed stays far below all of it.
const (
	maxNesting    = 256
	maxElements   = 300_000
	maxAttributes = 500_000
	maxItems      = 20_000
	maxNamespaces = 128     // declared by an element and those around it
	maxCopying    = 1 << 30 // bytes: text in pieces is put together piece by piece
)

var errTooMuch = errors.New("document is too large or too deep")

// An outline is what is found out about a document of XML before it is parsed:
// that it is whole, that parsing it will not exhaust us, and the one attribute
// that the parser does not give.
type outline struct {
	// replies are the thr:count of each entry's links to replies, in the order
	// of the entries; "" where there is none.
	replies []string
}

// examine walks through the document until its root ends. What comes after is
// not asked for: caches like to leave their names there.
//
// It reads as loosely as the parser does. A document that ends before its root
// does is an error. No entity is ever loaded: encoding/xml knows none but its
// own.
func examine(doc []byte) (outline, error) {
	var (
		o          outline
		open       []int // by element: bytes of text put together
		scopes     []int // by element: namespaces declared
		namespaces int
		elements   int
		attributes int
		copied     int
	)
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return o, errors.New("document ends before its root")
		}
		if err != nil {
			return o, fmt.Errorf("document is not whole: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			elements++
			attributes += len(t.Attr)
			declared := 0
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
					declared++
				}
			}
			namespaces += declared
			open, scopes = append(open, 0), append(scopes, declared)
			o.note(t)
			if len(open) > maxNesting || elements > maxElements || attributes > maxAttributes ||
				namespaces > maxNamespaces || len(o.replies) > maxItems {
				return o, errTooMuch
			}
		case xml.EndElement:
			if len(open) == 0 {
				continue // of nothing
			}
			last := len(open) - 1
			namespaces -= scopes[last]
			open, scopes = open[:last], scopes[:last]
			if last == 0 {
				return o, nil
			}
		case xml.CharData:
			if len(open) == 0 {
				continue
			}
			text := &open[len(open)-1]
			*text += len(t)
			if copied += *text; copied > maxCopying {
				return o, errTooMuch
			}
		}
	}
}

// note counts items, and reads how many replies a link of one leads to.
// https://www.rfc-editor.org/rfc/rfc4685#section-4
func (o *outline) note(e xml.StartElement) {
	switch strings.ToLower(e.Name.Local) {
	case "item", "entry":
		o.replies = append(o.replies, "")
	case "link":
		rel, count := "", ""
		for _, a := range e.Attr {
			switch {
			case a.Name.Local == "rel":
				rel = a.Value
			case a.Name.Local == "count" && (strings.Contains(a.Name.Space, "thread") || a.Name.Space == "thr"):
				count = a.Value
			}
		}
		if n := len(o.replies); n > 0 && rel == "replies" && count != "" {
			o.replies[n-1] = count
		}
	}
}
