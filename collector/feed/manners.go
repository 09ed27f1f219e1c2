package feed

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// manners are when a feed wants to be asked for.
type manners struct {
	Every int   `json:"every,omitempty"` // seconds from one answer to the next question
	Hours []int `json:"hours,omitempty"` // in which not to ask; 0 to 23, GMT
	Days  []int `json:"days,omitempty"`  // the same; 0 is Sunday
}

// maxEvery bounds what a feed may ask for. Some servers give all files a
// year, and a feed that has gone quiet calls itself yearly.
const maxEvery = 24 * time.Hour

// cacheAge returns for how long an answer says it is good, or 0.
// https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
func cacheAge(h http.Header) time.Duration {
	var age time.Duration
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			age = number(strings.Trim(value, `"`), time.Second)
		}
	}
	return max(age-number(h.Get("Age"), time.Second), 0)
}

// ttl returns what RSS calls the time to live, in minutes.
func ttl(s string) time.Duration { return number(s, time.Minute) }

// updates returns the time from one update to the next, by the module
// "syndication": a period is divided by a frequency, whose default is 1.
// https://web.resource.org/rss/1.0/modules/syndication/
func updates(period, frequency string) time.Duration {
	every := map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
		"monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
	}[strings.ToLower(strings.TrimSpace(period))]
	if n, err := strconv.Atoi(strings.TrimSpace(frequency)); err == nil && n > 1 {
		every /= time.Duration(n)
	}
	return every
}

// number reads a whole number of units, 0 for what is none.
func number(s string, unit time.Duration) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, int64(maxEvery/unit)+1)) * unit
}

// every sets the interval to the longest of those.
func (m *manners) every(wishes ...time.Duration) {
	m.Every = int(min(slices.Max(wishes), maxEvery) / time.Second)
}

// skip reads the elements skipHours and skipDays.
func (m *manners) skip(hours, days []string) {
	for _, s := range hours {
		// Some count the hours from 1 to 24.
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n >= 0 && n <= 24 && !slices.Contains(m.Hours, n%24) {
			m.Hours = append(m.Hours, n%24)
		}
	}
	for _, s := range days {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(strings.TrimSpace(s), d.String()) && !slices.Contains(m.Days, int(d)) {
				m.Days = append(m.Days, int(d))
			}
		}
	}
}

// next returns the moment from which the feed may be asked for again, or the
// zero time where it has no wish. An answer itself says how long it is good.
//
// The schedule asks after an hour at the earliest, so hours to be skipped are
// looked for from then on. A feed that excludes every hour is taken to have
// meant none.
func (m manners) next(at time.Time, age time.Duration) time.Time {
	wish := max(time.Duration(m.Every)*time.Second, min(age, maxEvery))
	t := at.UTC().Add(max(wish, time.Hour))
	skipped := func(t time.Time) bool {
		return slices.Contains(m.Hours, t.Hour()) || slices.Contains(m.Days, int(t.Weekday()))
	}
	if !skipped(t) {
		if wish <= 0 {
			return time.Time{}
		}
		return at.UTC().Add(wish)
	}
	for range 8 * 24 {
		t = t.Truncate(time.Hour).Add(time.Hour)
		if !skipped(t) {
			return t
		}
	}
	if wish <= 0 {
		return time.Time{}
	}
	return at.UTC().Add(wish)
}
