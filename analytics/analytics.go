// Package analytics answers questions from the facts. It writes only tables
// that can be dropped and rebuilt from them.
package analytics

import (
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/hamawaz/hamawaz/schema"
)

// A DB answers questions from one store. Zone is where days are cut.
type DB struct {
	Conn driver.Conn
	Zone *time.Location
	Now  func() time.Time

	// Population is the number of people that a reach is held against; 0: not
	// set, and no net reach is estimated. PopulationOf says whose number it is.
	Population   int64
	PopulationOf Text
}

// A Period is the days from From to To, To not included. Both are midnights in
// the zone of their location.
type Period struct {
	From, To time.Time
}

// NewPeriod returns the days from, …, to−1 in the zone. It fails if the
// period is empty, or longer than ten years.
func NewPeriod(from, to time.Time, zone *time.Location) (Period, error) {
	p := Period{midnight(from, zone), midnight(to, zone)}
	switch days := p.Days(); {
	case days < 1:
		return Period{}, fmt.Errorf("period %s: the end must lie after the start", p)
	case days > 3660:
		return Period{}, fmt.Errorf("period %s: longer than ten years", p)
	}
	return p, nil
}

// midnight returns the start of the day that t's calendar date names, in the
// zone.
func midnight(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
}

// Days returns the number of calendar days in the period.
func (p Period) Days() int {
	from := time.Date(p.From.Year(), p.From.Month(), p.From.Day(), 0, 0, 0, 0, time.UTC)
	to := time.Date(p.To.Year(), p.To.Month(), p.To.Day(), 0, 0, 0, 0, time.UTC)
	return int(to.Sub(from) / (24 * time.Hour))
}

// Last returns the midnight that begins the period's last day.
func (p Period) Last() time.Time { return p.To.AddDate(0, 0, -1) }

// Previous returns the period of equal length that ends where p begins.
func (p Period) Previous() Period {
	return Period{p.From.AddDate(0, 0, -p.Days()), p.From}
}

// YearBefore returns the period of equal length that begins on the same date
// of the year before.
func (p Period) YearBefore() Period {
	from := p.From.AddDate(-1, 0, 0)
	return Period{from, from.AddDate(0, 0, p.Days())}
}

// String returns the period's first and last day.
func (p Period) String() string {
	return p.From.Format(time.DateOnly) + " to " + p.Last().Format(time.DateOnly)
}

// A View says which numbers belong to a period. The two are never mixed.
type View string

const (
	// ViewLife is the life of the posts published in the period: their latest
	// reading, also if it was taken after the period's end.
	ViewLife View = "life"
	// ViewActivity is what was gained on the days of the period, by posts of
	// any age.
	ViewActivity View = "activity"
)

// A Filter narrows a question. The zero Filter lets everything through.
type Filter struct {
	Departments []schema.DepartmentID
	Platforms   []schema.Platform
	Accounts    []schema.AccountID
}

// A Selection says which figures a page shows.
type Selection struct {
	Period Period
	Before Period // what it is compared with; the zero Period: Period.Previous
	View   View
	Filter Filter
	Metric string // of the daily chart, a key of DailyMetrics; empty: interactions
}

// before returns what the period is compared with.
func (s Selection) before() Period {
	if s.Before == (Period{}) {
		return s.Period.Previous()
	}
	return s.Before
}

// A Figure is one number with what must be said beside it.
type Figure struct {
	Value    *float64 // nil: unknown
	Previous *float64 // the same for the period compared with; nil: unknown, or no such period
	Unknown  uint64   // posts (for followers: accounts) whose platform did not say
	Carried  *float64 // activity only: what first readings brought that was not gained in the period
}

// Change returns the relative change against the period before, such as 0.182
// for +18.2 %. It is nil where either value is unknown or the one before is 0:
// see IsNew.
func (f Figure) Change() *float64 {
	if f.Value == nil || f.Previous == nil || *f.Previous == 0 {
		return nil
	}
	c := (*f.Value - *f.Previous) / *f.Previous
	return &c
}

// IsNew reports that there was nothing before and there is something now.
func (f Figure) IsNew() bool {
	return f.Value != nil && *f.Value > 0 && f.Previous != nil && *f.Previous == 0
}
