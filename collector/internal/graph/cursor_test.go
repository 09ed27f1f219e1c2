package graph

import (
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

func TestCursor(t *testing.T) {
	for _, p := range []position{
		{until: 1700000000},
		{until: 1700000000, depth: time.Unix(1600000000, 0).UTC()},
		{until: 1, depth: time.Unix(-5, 0).UTC(), stuck: 2},
	} {
		got, err := parseCursor(p.cursor())
		if err != nil || !got.depth.Equal(p.depth) || got.until != p.until || got.stuck != p.stuck {
			t.Errorf("parseCursor(%q): got %+v, %v, want %+v", p.cursor(), got, err, p)
		}
	}
	for _, c := range []collector.Cursor{"QVFIUk", "until=x", "until=-5", "until=5&depth=x", "%zz"} {
		if got, err := parseCursor(c); err == nil {
			t.Errorf("parseCursor(%q): got %+v, want an error", c, got)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("until=5&depth=-3&stuck=1")
	f.Add("%zz")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseCursor(collector.Cursor(s))
		if err != nil || s == "" {
			return
		}
		again, err := parseCursor(p.cursor())
		if err != nil || again.until != p.until || !again.depth.Equal(p.depth) || again.until <= 0 {
			t.Errorf("parseCursor(%q): %+v comes back as %+v, %v", s, p, again, err)
		}
	})
}
