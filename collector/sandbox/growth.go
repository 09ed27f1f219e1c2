package sandbox

import (
	"math"
	"time"
)

// DaySeconds is the length of a day of UTC.
const DaySeconds = 86400

// Path returns the part of a count that has arrived at an age in hours, before
// it is divided by the part at the moment whose count is known: quick at
// first, and never quite at an end. hours says how slowly counts arrive.
func Path(age, hours float64) float64 {
	if age <= 0 {
		return 0
	}
	return 1 - math.Exp(-math.Pow(age/hours, 0.6))
}

// Part returns the whole part of n × share. Unknown stays unknown.
func Part(n int64, share float64) int64 {
	if n == Unknown {
		return Unknown
	}
	return int64(float64(n) * share)
}

// The days over which followers come; outside them their number stands still.
var (
	growthStart = time.Date(2023, 11, 1, 0, 0, 0, 0, time.UTC).Unix()
	growthDays  = 1461 // four years
)

// Growth is how an account's followers came, day by day. The zero Growth has
// unknown followers.
type Growth struct {
	total []int64 // followers at the start of each day, and after the last
}

// NewGrowth models an audience that begins with so many and grows by a tenth
// or so in a year. It uses the draws 1 and from 10 on.
func NewGrowth(h Hash, first int64) Growth {
	perDay := float64(first) * h.Between(1, 0.06, 0.16) / 365
	g := Growth{total: make([]int64, growthDays+1)}
	n := float64(first)
	for d := range g.total {
		g.total[d] = int64(n)
		n += perDay * h.Between(10+uint64(d), 0.4, 1.6)
	}
	return g
}

// Followers returns their number in the second.
func (g Growth) Followers(at int64) int64 {
	if g.total == nil {
		return Unknown
	}
	day, second := (at-growthStart)/DaySeconds, (at-growthStart)%DaySeconds
	switch {
	case at < growthStart:
		return g.total[0]
	case day >= int64(growthDays):
		return g.total[growthDays]
	}
	return g.total[day] + (g.total[day+1]-g.total[day])*second/DaySeconds
}
