package tiktok

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// A position is what a cursor holds. Both APIs take any time for a cursor, so
// one that was kept goes on working, whichever of the two is asked next.
type position struct {
	before int64     // Unix milliseconds: the videos from here up are stored; 0: none are
	depth  time.Time // how deep the pass goes; zero: to the end of the list
}

func (p position) cursor() collector.Cursor {
	v := url.Values{"before": {strconv.FormatInt(p.before, 10)}}
	if !p.depth.IsZero() {
		v.Set("depth", strconv.FormatInt(p.depth.Unix(), 10))
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
	before, err := strconv.ParseInt(v.Get("before"), 10, 64)
	if err != nil || before < firstVideo.UnixMilli() {
		return position{}, fmt.Errorf("cursor %q: no time", c)
	}
	p := position{before: before}
	if d := v.Get("depth"); d != "" {
		depth, err := strconv.ParseInt(d, 10, 64)
		if err != nil {
			return position{}, fmt.Errorf("cursor %q: depth: %w", c, err)
		}
		p.depth = time.Unix(depth, 0).UTC()
	}
	return p, nil
}
