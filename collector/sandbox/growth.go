package sandbox

import "time"

// The days over which followers come; outside them their number stands still.
var (
	growthStart = time.Date(2023, 11, 1, 0, 0, 0, 0, time.UTC).Unix()
	growthDays  = 1461 // four years
)

const daySeconds = 86400

// growth is how an account's followers came, day by day. The zero growth has
// unknown followers.
type growth struct {
	total   []int64 // followers at the start of each day, and after the last
	follows int64
}

// newGrowth models an audience in proportion to the likes that the account's
// posts usually get, growing by a tenth or so in a year.
func newGrowth(h hash, typicalLikes int64) growth {
	first := 2000 + part(typicalLikes, h.between(0, 90, 260))
	perDay := float64(first) * h.between(1, 0.06, 0.16) / 365
	g := growth{total: make([]int64, growthDays+1), follows: 40 + int64(h.draw(2)%900)}
	n := float64(first)
	for d := range g.total {
		g.total[d] = int64(n)
		n += perDay * h.between(10+uint64(d), 0.4, 1.6)
	}
	return g
}

// followers returns their number in the second.
func (g growth) followers(at int64) int64 {
	if g.total == nil {
		return unknown
	}
	day, second := (at-growthStart)/daySeconds, (at-growthStart)%daySeconds
	switch {
	case at < growthStart:
		return g.total[0]
	case day >= int64(growthDays):
		return g.total[growthDays]
	}
	return g.total[day] + (g.total[day+1]-g.total[day])*second/daySeconds
}
