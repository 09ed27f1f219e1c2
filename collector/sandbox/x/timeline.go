package x

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

const (
	defaultResults = 10
	minResults     = 5
	maxResults     = 100
	// newestPosts is how far back a timeline can be read; newestOwn is that
	// without replies.
	newestPosts = 3200
	newestOwn   = 800
)

// pageQuery is which page of a timeline is wanted.
type pageQuery struct {
	results          int
	since, until     uint64 // ids, both excluded
	start, end       int64  // seconds, the end excluded
	noReply, noShare bool
	token            string
	from             uint64 // the id that the token stands at
	newer            bool   // the token leads to newer posts
}

// timeline answers GET /2/users/{id}/tweets.
func (c *call) timeline() ([]byte, error) {
	if err := c.pathName("id", idPattern, isID); err != nil {
		return nil, err
	}
	a := c.world.byUser[c.name]
	q, err := c.readPageQuery(a)
	if err != nil {
		return nil, err
	}
	pg := c.newPage("id")
	if e := c.missing(a, "id", c.name); e != nil {
		pg.errs = append(pg.errs, *e)
		return sandbox.CloseList(pg.append([]byte{'{'}), '}'), nil
	}
	if c.hidden(a) {
		pg.errs = append(pg.errs, notAllowed("user", "id", c.name))
		return sandbox.CloseList(pg.append([]byte{'{'}), '}'), nil
	}
	posts, older, newer := c.choose(a, q)
	for _, p := range posts {
		pg.add(c.version(p, ""))
	}
	b := append(pg.append([]byte{'{'}), `"meta":{`...)
	b = append(sandbox.AppendInt(append(b, `"result_count":`...), int64(len(posts))), ',')
	if len(posts) > 0 {
		first, last := posts[0], posts[len(posts)-1]
		b = append(sandbox.AppendString(append(b, `"newest_id":`...), c.version(first, "").id), ',')
		b = append(sandbox.AppendString(append(b, `"oldest_id":`...), c.version(last, "").id), ',')
		// After the last filled page there often is an empty one.
		if older || last.id>>22&3 != 0 {
			b = append(sandbox.AppendString(append(b, `"next_token":`...), pageToken(a, last.id, false)), ',')
		}
		if newer {
			b = append(sandbox.AppendString(append(b, `"previous_token":`...), pageToken(a, first.id, true)), ',')
		}
	} else if q.token != "" {
		b = append(sandbox.AppendString(append(b, `"previous_token":`...), pageToken(a, q.from-1, true)), ',')
	}
	return append(sandbox.CloseList(b, '}'), '}'), nil
}

func (c *call) readPageQuery(a *account) (pageQuery, error) {
	q := pageQuery{results: defaultResults, until: 1<<64 - 1, end: 1<<63 - 1}
	if text := c.query.Get("max_results"); c.query.Has("max_results") {
		n, err := strconv.Atoi(text)
		if err != nil || n < minResults || n > maxResults {
			return q, invalid(fmt.Sprintf("The `max_results` query parameter value [%s] is not between %d and %d", text, minResults, maxResults), "max_results", text)
		}
		q.results = n
	}
	for _, kind := range split(c.query.Get("exclude")) {
		switch kind {
		case "replies":
			q.noReply = true
		case "retweets":
			q.noShare = true
		default:
			return q, invalid("The `exclude` query parameter value ["+kind+"] is not one of [replies,retweets]", "exclude", c.query.Get("exclude"))
		}
	}
	if err := c.readBounds(&q); err != nil {
		return q, err
	}
	if q.token = c.query.Get("pagination_token"); q.token != "" && a != nil {
		var ok bool
		if q.from, q.newer, ok = readPageToken(a, q.token); !ok {
			return q, invalid("The `pagination_token` query parameter value ["+q.token+"] is not valid", "pagination_token", q.token)
		}
	}
	return q, nil
}

// readBounds reads the ids and the times between which posts are wanted. An id
// counts more than a time.
func (c *call) readBounds(q *pageQuery) error {
	since, hasSince, err := c.number("since_id")
	if err != nil {
		return err
	}
	until, hasUntil, err := c.number("until_id")
	if err != nil {
		return err
	}
	start, hasStart, err := c.moment("start_time")
	if err != nil {
		return err
	}
	end, hasEnd, err := c.moment("end_time")
	if err != nil {
		return err
	}
	if hasSince && hasUntil && since >= until {
		return invalid("Invalid 'since_id'. 'since_id' must be less than 'until_id'",
			"since_id", c.query.Get("since_id"), "until_id", c.query.Get("until_id"))
	}
	if hasStart && hasEnd && start >= end {
		s, e := c.query.Get("start_time"), c.query.Get("end_time")
		return invalid(fmt.Sprintf("Invalid 'start_time':'%s'. 'start_time' must be before 'end_time':%s", s, e), "start_time", s, "end_time", e)
	}
	switch {
	case hasSince:
		q.since = since
	case hasStart:
		q.start = start
	}
	switch {
	case hasUntil:
		q.until = until
	case hasEnd:
		q.end = end
	}
	return nil
}

// choose returns the posts of a page, newest first, and whether there are
// older and newer ones.
func (c *call) choose(a *account, q pageQuery) (posts []*post, older, newer bool) {
	out := a.posts[:publishedBy(a.posts, c.at)]
	reach := newestPosts
	if q.noReply {
		reach = newestOwn
	}
	out = out[max(0, len(out)-reach):]
	shown := func(p *post) bool {
		return !c.faults.gone[p.idText()] && p.id > q.since && p.id < q.until && p.published >= q.start && p.published < q.end &&
			!(q.noReply && p.kind == reply) && !(q.noShare && p.kind == repost)
	}
	if q.newer {
		for _, p := range out {
			switch {
			case !shown(p):
			case p.id <= q.from:
				older = true
			case len(posts) == q.results:
				newer = true
			default:
				posts = append(posts, p)
			}
		}
		slices.Reverse(posts)
		return posts, older, newer
	}
	for _, p := range slices.Backward(out) {
		switch {
		case !shown(p):
		case q.token != "" && p.id >= q.from:
			newer = true
		case len(posts) == q.results:
			return posts, true, newer
		default:
			posts = append(posts, p)
		}
	}
	return posts, false, newer
}

// tokenText is how a page token is spelt.
var tokenText = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// pageToken returns the opaque mark of a place in an account's timeline:
// before the id, or after it towards newer posts.
func pageToken(a *account, id uint64, newer bool) string {
	direction := byte(0)
	if newer {
		direction = 1
	}
	h := tokenHash(a, id, direction)
	b := binary.BigEndian.AppendUint64([]byte{direction}, id^h.Draw(1))
	return tokenText.EncodeToString(binary.BigEndian.AppendUint64(b, uint64(h)))
}

func tokenHash(a *account, id uint64, direction byte) sandbox.Hash {
	return sandbox.HashOf(uint64(direction), "x page", a.Handle, strconv.FormatUint(id, 10))
}

// readPageToken returns the place that a token stands for.
func readPageToken(a *account, token string) (id uint64, newer, ok bool) {
	b, err := tokenText.DecodeString(strings.ToLower(token))
	if err != nil || len(b) != 17 {
		return 0, false, false
	}
	h := sandbox.Hash(binary.BigEndian.Uint64(b[9:]))
	id = binary.BigEndian.Uint64(b[1:]) ^ h.Draw(1)
	return id, b[0] == 1, tokenHash(a, id, b[0]) == h
}
