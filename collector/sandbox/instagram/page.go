package instagram

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

const (
	defaultLimit = 25
	maxLimit     = 100
	// newestMedia is how far back the list of media can be read.
	newestMedia = 10_000
)

// pageQuery is which page of an account's media is wanted.
type pageQuery struct {
	limit         int
	after, before string
	since, until  int64
}

// readPageQuery reads the parameters, from a query or from a field's modifiers.
func readPageQuery(get func(name string) (string, bool)) (pageQuery, error) {
	q := pageQuery{until: 1<<63 - 1}
	s, _ := get("limit")
	var err error
	if q.limit, err = graph.Limit(s, defaultLimit, maxLimit); err != nil {
		return q, err
	}
	q.after, _ = get("after")
	q.before, _ = get("before")
	for name, to := range map[string]*int64{"since": &q.since, "until": &q.until} {
		s, ok := get(name)
		if !ok || s == "" {
			continue
		}
		at, ok := graph.ParseTime(s)
		if !ok {
			return q, graph.Invalid("Param " + name + " must be a UNIX timestamp or a date")
		}
		*to = at
	}
	if q.since > q.until {
		return q, graph.Invalid("since param should be less than until param")
	}
	return q, nil
}

// page is one page of posts, newest first.
type page struct {
	posts       []*post
	older       bool // there is a next page
	newer       bool // there is a previous page
	first, last string
}

// page returns the page of the account's media that the query asks for, as of
// the call's second. A cursor dies with its post; the platform then refuses it.
func (c *call) page(a *account, q pageQuery) (page, error) {
	out := a.publishedBy(c.at)
	oldest := max(0, out-newestMedia)
	shown := func(p *post) bool {
		return !c.faults.gone[p.code] && p.published >= q.since && p.published <= q.until
	}
	older := func(i int) int { // the next post shown below i, or -1
		for i--; i >= oldest && !shown(a.posts[i]); i-- {
		}
		return max(i, oldest-1)
	}
	newer := func(i int) int { // the next post shown above i, or out
		for i++; i < out && !shown(a.posts[i]); i++ {
		}
		return min(i, out)
	}
	var pg page
	switch {
	case q.after == "" && q.before != "":
		at, err := c.readCursor(a, q.before, out)
		if err != nil {
			return pg, err
		}
		for i := newer(at); i < out && len(pg.posts) < q.limit; i = newer(i) {
			pg.posts = append(pg.posts, a.posts[i])
		}
		slices.Reverse(pg.posts)
	default:
		at := out
		if q.after != "" {
			var err error
			if at, err = c.readCursor(a, q.after, out); err != nil {
				return pg, err
			}
		}
		for i := older(at); i >= oldest && len(pg.posts) < q.limit; i = older(i) {
			pg.posts = append(pg.posts, a.posts[i])
		}
	}
	if n := len(pg.posts); n > 0 {
		pg.older = older(pg.posts[n-1].index) >= oldest
		pg.newer = newer(pg.posts[0].index) < out
		pg.first, pg.last = cursorOf(pg.posts[0]), cursorOf(pg.posts[n-1])
	}
	return pg, nil
}

// cursorOf returns the opaque mark of a post in its account's list.
func cursorOf(p *post) string {
	h := sandbox.HashOf(0, "cursor", p.account.Handle, p.code)
	b := binary.BigEndian.AppendUint32(nil, uint32(p.index)^uint32(h.Draw(1)))
	b = binary.BigEndian.AppendUint64(b, h.Draw(1))
	b = binary.BigEndian.AppendUint64(b, h.Draw(2))
	return "QVFIU" + base64.RawURLEncoding.EncodeToString(b) + "ZD"
}

// readCursor returns the index of the post that a cursor stands for.
func (c *call) readCursor(a *account, cursor string, published int) (int, error) {
	bad := graph.Invalid("The cursor is not valid: " + strconv.Quote(cursor[:min(len(cursor), 60)]))
	const size = len("QVFIU") + 27 + len("ZD")
	if len(cursor) != size {
		return 0, bad
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor[len("QVFIU") : size-len("ZD")])
	if err != nil || len(b) != 20 {
		return 0, bad
	}
	i := int(binary.BigEndian.Uint32(b) ^ binary.BigEndian.Uint32(b[8:]))
	if i >= published || cursorOf(a.posts[i]) != cursor || c.faults.gone[a.posts[i].code] {
		return 0, bad
	}
	return i, nil
}

// appendPosts appends the members of a page without its braces: data, and for
// a page that holds anything paging. Inside business discovery the platform
// gives cursors only.
func (c *call) appendPosts(b []byte, a *account, pg page, fields []mediaField, discovery bool, query url.Values) []byte {
	b = append(b, `"data":[`...)
	for _, p := range pg.posts {
		b = appendMedia(b, c.view(mediaRef{post: p}), fields)
		b = append(b, ',')
	}
	b = sandbox.CloseList(b, ']')
	if len(pg.posts) == 0 {
		return b
	}
	b = append(b, `,"paging":{"cursors":{`...)
	if !discovery || pg.newer {
		b = append(sandbox.AppendString(append(b, `"before":`...), pg.first), ',')
	}
	b = append(sandbox.AppendString(append(b, `"after":`...), pg.last), '}')
	if !discovery {
		if pg.newer {
			b = sandbox.AppendString(append(b, `,"previous":`...), c.link(a.PlatformID, "media", query, "before", pg.first))
		}
		if pg.older {
			b = sandbox.AppendString(append(b, `,"next":`...), c.link(a.PlatformID, "media", query, "after", pg.last))
		}
	}
	return append(b, '}')
}

// link returns the full address of another page. The platform puts the token
// into it, however it came: strip it before logging.
func (c *call) link(id, edge string, query url.Values, name, value string) string {
	q := make(url.Values, len(query)+2)
	for k, v := range query {
		if k != "after" && k != "before" {
			q[k] = v
		}
	}
	q.Set("access_token", c.token)
	q.Set(name, value)
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	u := url.URL{Scheme: scheme, Host: c.r.Host, Path: "/v" + strconv.Itoa(c.version) + ".0/" + id + "/" + edge, RawQuery: q.Encode()}
	return u.String()
}
