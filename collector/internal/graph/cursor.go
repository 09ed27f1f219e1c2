package graph

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// A position is what a cursor holds.
type position struct {
	until int64     // unix seconds: everything from here up is stored; 0: nothing yet
	depth time.Time // how deep the pass goes; zero: to the end of the list
	stuck int       // runs that came to a halt here, one after the other
}

func (p position) cursor() collector.Cursor {
	v := url.Values{"until": {strconv.FormatInt(p.until, 10)}}
	if !p.depth.IsZero() {
		v.Set("depth", strconv.FormatInt(p.depth.Unix(), 10))
	}
	if p.stuck > 0 {
		v.Set("stuck", strconv.Itoa(p.stuck))
	}
	return collector.Cursor(v.Encode())
}

func parseCursor(c collector.Cursor) (position, error) {
	var p position
	if c == "" {
		return p, nil
	}
	v, err := url.ParseQuery(string(c))
	if err != nil {
		return p, fmt.Errorf("cursor %q: %w", c, err)
	}
	until, err := strconv.ParseInt(v.Get("until"), 10, 64)
	if err != nil || until <= 0 {
		return p, fmt.Errorf("cursor %q: no time", c)
	}
	if d := v.Get("depth"); d != "" {
		depth, err := strconv.ParseInt(d, 10, 64)
		if err != nil {
			return p, fmt.Errorf("cursor %q: depth: %w", c, err)
		}
		p.depth = time.Unix(depth, 0).UTC()
	}
	p.until = until
	p.stuck, _ = strconv.Atoi(v.Get("stuck"))
	return p, nil
}
