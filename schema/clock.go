package schema

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Clock is the one source of "now" for a whole installation. The zero Clock
// is the real time; a demo's clock starts at a moment of the past and runs
// Factor times as fast, the same in every process that was given its text form.
type Clock struct {
	Start  time.Time // what the clock showed at Real
	Real   time.Time // the real moment at which it showed Start
	Factor float64   // seconds of the clock per real second; 0 means the real time
}

// NewClock returns a clock that shows start now and runs factor times as fast
// as real time.
func NewClock(start time.Time, factor float64) Clock {
	return Clock{Start: start.UTC(), Real: time.Now().UTC(), Factor: factor}
}

// Now returns the clock's time, in UTC.
func (c Clock) Now() time.Time { return c.At(time.Now()) }

// At returns what the clock shows at the real moment t, in UTC.
func (c Clock) At(t time.Time) time.Time {
	if c.Factor == 0 {
		return t.UTC()
	}
	return c.Start.Add(time.Duration(float64(t.Sub(c.Real)) * c.Factor)).UTC()
}

// RealDuration returns how long to wait in real time for d of the clock.
func (c Clock) RealDuration(d time.Duration) time.Duration {
	if c.Factor == 0 {
		return d
	}
	return time.Duration(float64(d) / c.Factor)
}

// String returns the text form that ParseClock reads: "real", or
// "START@REALxFACTOR" with both times in RFC 3339.
func (c Clock) String() string {
	if c.Factor == 0 {
		return "real"
	}
	return fmt.Sprintf("%s@%sx%s", c.Start.Format(time.RFC3339Nano), c.Real.Format(time.RFC3339Nano),
		strconv.FormatFloat(c.Factor, 'g', -1, 64))
}

// ParseClock reads the text form of a clock. The empty text is the real time.
func ParseClock(s string) (Clock, error) {
	if s == "" || s == "real" {
		return Clock{}, nil
	}
	start, rest, ok1 := strings.Cut(s, "@")
	real, factor, ok2 := strings.Cut(rest, "x")
	if !ok1 || !ok2 {
		return Clock{}, fmt.Errorf("clock %q: want real or START@REALxFACTOR", s)
	}
	var c Clock
	var err error
	if c.Start, err = time.Parse(time.RFC3339Nano, start); err != nil {
		return Clock{}, fmt.Errorf("clock %q: start: %w", s, err)
	}
	if c.Real, err = time.Parse(time.RFC3339Nano, real); err != nil {
		return Clock{}, fmt.Errorf("clock %q: real moment: %w", s, err)
	}
	if c.Factor, err = strconv.ParseFloat(factor, 64); err != nil || !(c.Factor > 0 && c.Factor <= 1e6) {
		return Clock{}, fmt.Errorf("clock %q: factor must be a number above 0 and at most 1000000", s)
	}
	return c, nil
}
