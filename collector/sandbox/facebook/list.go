package facebook

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/url"
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

const (
	defaultLimit = 25
	maxLimit     = 100
)

// listQuery is which part of a Page's posts is wanted.
type listQuery struct {
	limit           int
	after, before   string
	since, until    int64
	hidden, expired bool // they are wanted too
}

func readListQuery(query url.Values) (listQuery, error) {
	q := listQuery{
		until: math.MaxInt64, after: query.Get("after"), before: query.Get("before"),
		hidden: query.Get("include_hidden") == "true", expired: query.Get("show_expired") == "true",
	}
	var err error
	if q.limit, err = graph.Limit(query.Get("limit"), defaultLimit, maxLimit); err != nil {
		return q, err
	}
	for name, to := range map[string]*int64{"since": &q.since, "until": &q.until} {
		s := query.Get(name)
		if s == "" {
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

// list answers GET /{page}/published_posts: a page of posts, newest first, as of
// the call's second. A cursor dies with its post; the platform then refuses it.
//
// What the caller may not see keeps its place: a page may hold fewer posts than
// the limit, even none, and have a next one.
func (c *call) list(pg *page, edge string) ([]byte, error) {
	query := c.r.URL.Query()
	write, err := c.postWriter(query.Get("fields"))
	if err != nil {
		return nil, err
	}
	q, err := readListQuery(query)
	if err != nil {
		return nil, err
	}
	out := pg.publishedBy(c.at)
	var there []*post // newest first
	for _, p := range slices.Backward(pg.posts[:out]) {
		if !c.faults.gone[p.key()] && p.published >= q.since && p.published <= q.until {
			there = append(there, p)
		}
	}
	from, to := 0, 0
	switch {
	case q.after == "" && q.before != "":
		i, err := c.readCursor(pg, q.before, out)
		if err != nil {
			return nil, err
		}
		to = place(there, i)
		from = max(0, to-q.limit)
	default:
		if q.after != "" {
			i, err := c.readCursor(pg, q.after, out)
			if err != nil {
				return nil, err
			}
			from = place(there, i)
			if from < len(there) && there[from].index == i {
				from++
			}
		}
		to = min(from+q.limit, len(there))
	}
	b := []byte(`{"data":[`)
	for _, p := range there[from:to] {
		key := p.key()
		if c.faults.withheld[key] || c.faults.hidden[key] && !q.hidden || c.faults.expired[key] && !q.expired {
			continue
		}
		b = append(write(b, p), ',')
	}
	b = sandbox.CloseList(b, ']')
	if from == to {
		return append(b, '}'), nil
	}
	first, last := cursorOf(there[from]), cursorOf(there[to-1])
	b = sandbox.AppendString(append(b, `,"paging":{"cursors":{"before":`...), first)
	b = append(sandbox.AppendString(append(b, `,"after":`...), last), '}')
	if from > 0 {
		b = sandbox.AppendString(append(b, `,"previous":`...), c.link(pg.PlatformID, edge, query, "before", first))
	}
	if to < len(there) {
		b = sandbox.AppendString(append(b, `,"next":`...), c.link(pg.PlatformID, edge, query, "after", last))
	}
	return append(b, "}}"...), nil
}

// place returns the place, in a list with the newest first, of the post with the
// index, or of the next older one.
func place(there []*post, index int) int {
	i, _ := slices.BinarySearchFunc(there, index, func(p *post, index int) int { return index - p.index })
	return i
}

const cursorPrefix, cursorSuffix = "QVFIU", "ZD"

// cursorOf returns the opaque mark of a post in its Page's list.
func cursorOf(p *post) string {
	h := sandbox.HashOf(0, "cursor", p.key())
	b := binary.BigEndian.AppendUint32(nil, uint32(p.index)^uint32(h.Draw(1)))
	b = binary.BigEndian.AppendUint64(b, h.Draw(1))
	b = binary.BigEndian.AppendUint64(b, h.Draw(2))
	return cursorPrefix + base64.RawURLEncoding.EncodeToString(b) + cursorSuffix
}

// readCursor returns the index of the post that a cursor stands for.
func (c *call) readCursor(pg *page, cursor string, published int) (int, error) {
	const size = len(cursorPrefix) + 27 + len(cursorSuffix)
	if len(cursor) != size {
		return 0, badCursor(cursor)
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor[len(cursorPrefix) : size-len(cursorSuffix)])
	if err != nil || len(b) != 20 {
		return 0, badCursor(cursor)
	}
	i := int(binary.BigEndian.Uint32(b) ^ binary.BigEndian.Uint32(b[8:]))
	if i >= published || cursorOf(pg.posts[i]) != cursor || c.faults.gone[pg.posts[i].key()] {
		return 0, badCursor(cursor)
	}
	return i, nil
}

func badCursor(cursor string) *graph.Error {
	return graph.Invalid("Invalid cursors values: " + strconv.Quote(cursor[:min(len(cursor), 60)]))
}

// link returns the full address of another page. The platform puts the token
// into it, however it came: strip it before logging.
func (c *call) link(id, edge string, query url.Values, name, value string) string {
	q := make(url.Values, len(query)+2)
	for k, v := range query {
		if k != "after" && k != "before" && k != "appsecret_proof" {
			q[k] = v
		}
	}
	q.Set("access_token", graph.Bearer(c.r))
	q.Set(name, value)
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	u := url.URL{Scheme: scheme, Host: c.r.Host, Path: "/v" + strconv.Itoa(c.version) + ".0/" + id + "/" + edge, RawQuery: q.Encode()}
	return u.String()
}
