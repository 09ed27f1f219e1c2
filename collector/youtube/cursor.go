package youtube

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// A position is what a cursor holds. The platform's page tokens live on
// between runs, but only for the list and the page size that they were given
// for. They count items from the top: a video added meanwhile makes one video
// come twice, and one removed lets one be missed, which is read by the next
// pass.
type position struct {
	page     string    // token of the page that comes next; empty: the first
	list     string    // of uploads
	size     int       // items of a page
	depth    time.Time // how deep the pass goes; zero: to the end of the list
	restarts int       // how often the pass began again at the top
	rest     int       // the list is read; which run it is that reads what comes after it, from 1
}

func (p position) cursor() collector.Cursor {
	v := url.Values{"size": {strconv.Itoa(p.size)}}
	if p.page != "" {
		v.Set("page", p.page)
		v.Set("list", p.list)
	}
	if !p.depth.IsZero() {
		v.Set("depth", strconv.FormatInt(p.depth.Unix(), 10))
	}
	if p.rest > 0 {
		v.Set("rest", strconv.Itoa(p.rest))
	}
	if p.restarts > 0 {
		v.Set("restarts", strconv.Itoa(p.restarts))
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
	p := position{page: v.Get("page"), list: v.Get("list")}
	if p.size, err = strconv.Atoi(v.Get("size")); err != nil || p.size < 1 || p.size > DefaultPageSize {
		return position{}, fmt.Errorf("cursor %q: no page size", c)
	}
	if p.page != "" && !(isToken(p.page) && isID(p.list)) {
		return position{}, fmt.Errorf("cursor %q: no page of a list", c)
	}
	if d := v.Get("depth"); d != "" {
		depth, err := strconv.ParseInt(d, 10, 64)
		if err != nil {
			return position{}, fmt.Errorf("cursor %q: depth: %w", c, err)
		}
		p.depth = time.Unix(depth, 0).UTC()
	}
	p.rest, _ = strconv.Atoi(v.Get("rest"))
	p.restarts, _ = strconv.Atoi(v.Get("restarts"))
	return p, nil
}

// isToken says whether s may be a page token: printable ASCII, and not too
// much of it.
func isToken(s string) bool {
	if s == "" || len(s) > 2048 {
		return false
	}
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}
