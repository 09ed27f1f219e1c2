package youtube

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

const (
	defaultItems = 5
	maxItems     = 50
)

// list returns the values of a parameter that holds several: name=a,b and
// name=a&name=b are the same. Each value comes once.
func (c *call) list(name string) []string {
	var out []string
	for _, values := range c.query[name] {
		for v := range strings.SplitSeq(values, ",") {
			if v = strings.TrimSpace(v); v != "" && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// ids returns the ids asked for.
func (c *call) ids() ([]string, error) {
	ids := c.list("id")
	if len(ids) > maxItems {
		return nil, invalidParameter("id", "The request specifies more than "+strconv.Itoa(maxItems)+" ids.")
	}
	return ids, nil
}

// parts returns the parts asked for. All must be among the known ones.
func (c *call) parts(known []string) ([]string, error) {
	parts := c.list("part")
	if len(parts) == 0 {
		return nil, noPart()
	}
	for _, p := range parts {
		if !slices.Contains(known, p) {
			return nil, unknownPart(p)
		}
	}
	return parts, nil
}

// A limit is how many items a page may have, and has where nobody says.
type limit struct{ least, most, usual int }

// maxResults returns how many items are wanted.
func (c *call) maxResults(l limit) (int, error) {
	s := c.query.Get("maxResults")
	if s == "" {
		return l.usual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < l.least || n > l.most {
		return 0, invalidParameter("maxResults", "Invalid value '"+s+"'. Values must be within the range: ["+strconv.Itoa(l.least)+", "+strconv.Itoa(l.most)+"]")
	}
	return n, nil
}

// A page is one page of a list of so many items.
type page struct {
	from, to   int // items, from the top
	size       int
	next, prev string // page tokens; "" where there is none
}

// page returns the page asked for. A page token counts items from the top, so
// what is added meanwhile makes items come twice.
func (c *call) page(items int) (page, error) {
	return c.pageWithin(items, limit{0, maxItems, defaultItems})
}

// pageWithin is page for a list with limits of its own.
func (c *call) pageWithin(items int, l limit) (page, error) {
	size, err := c.maxResults(l)
	if err != nil {
		return page{}, err
	}
	from := 0
	if token := c.query.Get("pageToken"); token != "" {
		if from, err = c.readPageToken(token); err != nil {
			return page{}, err
		}
	}
	p := page{from: min(from, items), to: min(from+size, items), size: size}
	if p.to < items && size > 0 {
		p.next = c.pageToken(p.to)
	}
	if p.from > 0 {
		p.prev = c.pageToken(max(0, p.from-size))
	}
	return p, nil
}

// pageToken returns the opaque mark of a page that begins with an item.
func (c *call) pageToken(from int) string {
	h := c.boundTo()
	b := binary.BigEndian.AppendUint32(nil, uint32(from)^uint32(h.Draw(1)))
	b = binary.BigEndian.AppendUint64(b, h.Draw(uint64(from)+2))
	return "CAAQ" + base64.RawURLEncoding.EncodeToString(b)
}

// readPageToken returns the item with which a token's page begins.
func (c *call) readPageToken(token string) (int, error) {
	text, _ := strings.CutPrefix(token, "CAAQ")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != 12 {
		return 0, invalidPageToken()
	}
	from := int(binary.BigEndian.Uint32(b) ^ uint32(c.boundTo().Draw(1)))
	if c.pageToken(from) != token {
		return 0, invalidPageToken()
	}
	return from, nil
}

// boundTo returns what a page token is bound to: the call with all its
// parameters, but for the token itself and for who asks.
func (c *call) boundTo() sandbox.Hash {
	words := []string{"page", c.r.URL.Path, strconv.Itoa(c.faults.tokens)}
	names := make([]string, 0, len(c.query))
	for name := range c.query {
		switch name {
		case "pageToken", "key", "access_token", "alt", "prettyPrint", "quotaUser":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		values := c.list(name)
		slices.Sort(values)
		words = append(append(words, name), values...)
	}
	return sandbox.HashOf(0, words...)
}
