package jobs

import (
	"time"
	_ "time/tzdata" // the zone below, also where the system has none
)

// A Window is the time over which a quota is counted.
type Window int

// The windows of the platforms.
const (
	UTCDay        Window = iota
	PacificDay           // begins at midnight in California
	SlidingMinute        // the last 60 seconds: a share of the minute before counts too
)

// pacific is the zone of Google's and Meta's days.
var pacific = mustZone("America/Los_Angeles")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return zone
}

// Around returns the window that the moment lies in. Days of California have 23
// to 25 hours.
func (w Window) Around(at time.Time) (begins, ends time.Time) {
	switch w {
	case SlidingMinute:
		begins = at.UTC().Truncate(time.Minute)
		return begins, begins.Add(time.Minute)
	case PacificDay:
		y, m, d := at.In(pacific).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, pacific).UTC(), time.Date(y, m, d+1, 0, 0, 0, 0, pacific).UTC()
	default:
		y, m, d := at.UTC().Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
	}
}

// nextMonth returns the start of the month of UTC after the moment's.
func nextMonth(at time.Time) time.Time {
	y, m, _ := at.UTC().Date()
	return time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
}
