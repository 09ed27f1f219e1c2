package x

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// A position is what a cursor holds.
type position struct {
	until ident     // everything from this post up is stored; 0: nothing yet
	depth time.Time // how deep the pass goes; zero: to the end of the list
	stuck int       // runs that came to a halt here, one after the other
}

// below returns the position once all down to the post is stored. The API
// says both that until_id is the largest id to come and that it does not come
// itself: either way nothing is missed, and one post may come twice.
func (p position) below(last ident) position {
	if last != 0 && (p.until == 0 || last < p.until) {
		p.until, p.stuck = last, 0
	}
	return p
}

// backTo returns the position from which the posts that are left, and what
// lies below them, will be read again. trouble says that they may be the
// reason for the halt.
func (p position) backTo(left []schema.Post, trouble bool) position {
	var newest ident
	for i := range left {
		newest = max(newest, parseIdent(left[i].NativeID))
	}
	to := p.below(min(newest+1, maxIdent))
	if trouble && to.until == p.until {
		to.stuck++
	}
	return to
}

func (p position) cursor() collector.Cursor {
	v := url.Values{"until": {p.until.String()}}
	if !p.depth.IsZero() {
		v.Set("depth", strconv.FormatInt(p.depth.Unix(), 10))
	}
	if p.stuck > 0 {
		v.Set("stuck", strconv.Itoa(p.stuck))
	}
	return collector.Cursor(v.Encode())
}

func parseCursor(c collector.Cursor) (position, error) {
	if c == "" {
		return position{}, nil
	}
	v, err := url.ParseQuery(string(c))
	if err != nil {
		return position{}, fmt.Errorf("cursor %q: %w", c, err)
	}
	p := position{until: parseIdent(v.Get("until"))}
	if p.until == 0 {
		return position{}, fmt.Errorf("cursor %q: no post", c)
	}
	if d := v.Get("depth"); d != "" {
		depth, err := strconv.ParseInt(d, 10, 64)
		if err != nil {
			return position{}, fmt.Errorf("cursor %q: depth: %w", c, err)
		}
		p.depth = time.Unix(depth, 0).UTC()
	}
	p.stuck, _ = strconv.Atoi(v.Get("stuck"))
	return p, nil
}
