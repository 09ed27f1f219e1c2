package analytics

import (
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// An Overview is what the first page shows of a period.
type Overview struct {
	Period   Period
	Previous Period
	View     View

	Headline Figures
	Metric   string // of the days
	Days     []Day  // every day of the period, in order

	Departments []Line // most interactions first; unknown ones last
	Platforms   []Line // the same, by platform
	Accounts    []Line // the same, by account

	AsOf          *time.Time // the newest reading behind these figures; nil: none yet
	HistoryBegins *time.Time // the first reading ever; nil: none yet
	Reported      int        // accounts with a reading in the period, or after it for ViewLife
	Total         int        // approved accounts that the filter lets through
	Reconnect     int        // of these, accounts that a person must connect again
}

// Figures are the numbers of a period for one department, one account, or all.
type Figures struct {
	Posts        Figure
	Reactions    Figure
	Comments     Figure
	Interactions Figure
	Followers    Figure // at the period's end: a sum of audiences, not a number of people
	Gained       Figure // followers gained in the period
	Rate         Figure // engagement rate by audience, life of posts only: see metric.go
}

// A Line is the figures of one department, account or platform.
type Line struct {
	Key      string // department or account id, or platform
	NameEn   string
	NameUr   string          // empty: show NameEn
	Platform schema.Platform // accounts and platforms only
	Handle   string          // accounts only
	Figures
}

// A Day is one point of the daily chart.
type Day struct {
	Day      time.Time // midnight in the zone
	Value    *float64  // the metric: gained on the day, or of the posts published on it; nil: no reading
	Previous *float64  // the same day of the period before
	Posts    *float64  // posts published on the day
	Covered  bool      // activity: at least one account was read on this day
	Top      *TopPost  // the post that brought most of the day; only the highest day has it
}

// A TopPost is the post that brought the most of something.
type TopPost struct {
	AccountID schema.AccountID
	Account   string // the account's name
	PostID    string
	Text      string
	Permalink string
	Value     float64 // of the metric
	Share     float64 // of the whole, 0 to 1
}
