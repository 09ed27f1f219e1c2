package youtube

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A listing is an answer on its way: items that each left a comma behind.
type listing struct {
	kind  string // of the answer
	items []byte
	count int

	total, size int  // of pageInfo
	noPageInfo  bool // the answer has none
	mayLack     bool // without items there is no list of them
	next, prev  string
}

// etagLength is that of the marks by which the platform tells versions apart.
const etagLength = 27

func etagOf(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:20])
}

// sealed replaces the etag of an object, which was left blank, by the one of
// its bytes. from is where the object begins.
func sealed(b []byte, from, etag int) []byte {
	copy(b[etag:], etagOf(b[from:]))
	return b
}

// appendHead appends the first members of an object, its etag blank, and says
// where that is.
func appendHead(b []byte, kind string) ([]byte, int) {
	b = append(b, `{"kind":"youtube#`...)
	b = append(b, kind...)
	b = append(b, `","etag":"`...)
	etag := len(b)
	b = append(b, strings.Repeat("-", etagLength)...)
	return append(b, `",`...), etag
}

// add adds an item; write appends its members, each with a comma behind it.
func (l *listing) add(kind, id string, write func(b []byte) []byte) {
	from := len(l.items)
	b, etag := appendHead(l.items, kind)
	b = sandbox.AppendString(sandbox.AppendKey(b, "id"), id)
	b = sandbox.CloseList(write(append(b, ',')), '}')
	l.items = append(sealed(b, from, etag), ',')
	l.count++
}

// body returns the answer's JSON.
func (l *listing) body() []byte {
	b, etag := appendHead(make([]byte, 0, len(l.items)+512), l.kind)
	if l.next != "" {
		b = append(sandbox.AppendString(sandbox.AppendKey(b, "nextPageToken"), l.next), ',')
	}
	if l.prev != "" {
		b = append(sandbox.AppendString(sandbox.AppendKey(b, "prevPageToken"), l.prev), ',')
	}
	if !l.noPageInfo {
		b = sandbox.AppendInt(append(b, `"pageInfo":{"totalResults":`...), int64(l.total))
		b = append(sandbox.AppendInt(append(b, `,"resultsPerPage":`...), int64(l.size)), "},"...)
	}
	if l.count > 0 || !l.mayLack {
		b = sandbox.CloseList(append(append(b, `"items":[`...), l.items...), ']')
		b = append(b, ',')
	}
	return sealed(sandbox.CloseList(b, '}'), 0, etag)
}

// finish returns a good answer, or 304 where the client has it already.
func (c *call) finish(body []byte) (int, []byte) {
	const before = `","etag":"`
	at := strings.Index(string(body[:min(len(body), 100)]), before) + len(before)
	etag := string(body[at : at+etagLength])
	c.header.Set("ETag", strconv.Quote(etag))
	for known := range strings.SplitSeq(c.r.Header.Get("If-None-Match"), ",") {
		known = strings.Trim(strings.TrimPrefix(strings.TrimSpace(known), "W/"), `"`)
		if known == etag || known == "*" {
			return http.StatusNotModified, nil
		}
	}
	return http.StatusOK, body
}

// appendText appends a member that is a string, with a comma behind it.
func appendText(b []byte, name, value string) []byte {
	return append(sandbox.AppendString(sandbox.AppendKey(b, name), value), ',')
}

// appendCount appends a count, which the platform writes as a string, with a
// comma behind it; nothing for an unknown one.
func appendCount(b []byte, name string, n int64) []byte {
	if n == sandbox.Unknown {
		return b
	}
	b = append(sandbox.AppendKey(b, name), '"')
	return append(sandbox.AppendInt(b, n), `",`...)
}

// appendBool appends a member that is true or false, with a comma behind it.
func appendBool(b []byte, name string, v bool) []byte {
	return append(strconv.AppendBool(sandbox.AppendKey(b, name), v), ',')
}

// appendTime appends a moment, with a comma behind it. The platform writes
// times with and without a fraction of a second; which, the second says here.
func appendTime(b []byte, name string, second int64) []byte {
	layout := time.RFC3339
	if second%3 == 0 {
		layout = "2006-01-02T15:04:05.000Z07:00"
	}
	b = append(sandbox.AppendKey(b, name), '"')
	return append(time.Unix(second, 0).UTC().AppendFormat(b, layout), `",`...)
}

// open appends the name of a part and its brace; end closes it, with a comma
// behind it.
func open(b []byte, name string) []byte { return append(sandbox.AppendKey(b, name), '{') }

func end(b []byte) []byte { return append(sandbox.CloseList(b, '}'), ',') }

// appendThumbnails appends the pictures at the address of a video or channel.
func appendThumbnails(b []byte, address string, sizes [3][2]int64) []byte {
	b = open(b, "thumbnails")
	for i, name := range []string{"default", "medium", "high"} {
		b = appendText(open(b, name), "url", address+"?size="+name)
		b = append(sandbox.AppendInt(sandbox.AppendKey(b, "width"), sizes[i][0]), ',')
		b = end(append(sandbox.AppendInt(sandbox.AppendKey(b, "height"), sizes[i][1]), ','))
	}
	return end(b)
}
