package collector

import "time"

// A Rung says how often posts up to an age are read. Young posts change fast,
// old ones hardly.
type Rung struct {
	UpTo  time.Duration // age of a post; the last rung has no end
	Every time.Duration
}

const day = 24 * time.Hour

// Ladder is how often a post is read, by its age: hourly on day one,
// six-hourly in week one, daily to day 30, weekly to day 90, then monthly.
var Ladder = []Rung{
	{1 * day, time.Hour},
	{7 * day, 6 * time.Hour},
	{30 * day, day},
	{90 * day, 7 * day},
	{0, 30 * day},
}

// A Plan is what is due for one account at one moment.
type Plan struct {
	rungs []bool // by rung: due
	now   time.Time
	start time.Time // of the backfill
}

// NewPlan returns what is due at now, when covered returns the start of the
// newest complete pass that read the posts of the last age; a zero time means
// that there was none. backfill is how far back an account is read at all.
func NewPlan(now time.Time, backfill time.Duration, covered func(age time.Duration) time.Time) Plan {
	p := Plan{rungs: make([]bool, len(Ladder)), now: now, start: now.Add(-backfill)}
	for i, r := range Ladder {
		last := covered(edge(r, backfill))
		p.rungs[i] = last.IsZero() || !now.Before(last.Add(r.Every))
	}
	// A pass that goes deeper passes the younger posts too, and counts as one
	// that read them: so it must.
	for i := len(p.rungs) - 2; i >= 0; i-- {
		p.rungs[i] = p.rungs[i] || p.rungs[i+1]
	}
	return p
}

// edge returns the greatest age of the rung.
func edge(r Rung, backfill time.Duration) time.Duration {
	if r.UpTo == 0 || r.UpTo > backfill {
		return backfill
	}
	return r.UpTo
}

// Due reports whether anything is due.
func (p Plan) Due() bool {
	for _, due := range p.rungs {
		if due {
			return true
		}
	}
	return false
}

// Depth returns how far back the posts must be read: to the far end of the
// oldest rung that is due.
func (p Plan) Depth() time.Time {
	for i := len(p.rungs) - 1; i >= 0; i-- {
		if p.rungs[i] {
			return p.now.Add(-edge(Ladder[i], p.now.Sub(p.start)))
		}
	}
	return p.now
}

// PostDue reports whether a post published at that time is on a rung that is
// due.
func (p Plan) PostDue(published time.Time) bool {
	age := p.now.Sub(published)
	for i, r := range Ladder {
		if r.UpTo == 0 || age <= r.UpTo {
			return p.rungs[i]
		}
	}
	return false
}

// NextDue returns when the first rung will be due, by the same covered as in
// NewPlan.
func NextDue(backfill time.Duration, covered func(age time.Duration) time.Time) time.Time {
	var next time.Time
	for _, r := range Ladder {
		last := covered(edge(r, backfill))
		if last.IsZero() {
			return time.Time{}
		}
		if t := last.Add(r.Every); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	return next
}
