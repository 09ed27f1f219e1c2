package api

import (
	"encoding/json"
	"math"
	"net/http"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// Usage says how much of a platform's quota is spent.
type Usage struct {
	Percent     int           // the fullest of the numbers given, rounded up; 100 is used up
	RegainAfter time.Duration // how long a refusal lasts; zero: not limited, or the platform does not say
	Known       bool          // false: the answer said nothing, as most do at first

	// Requests that the window allows, and those left of them; nil: the
	// platform tells percents alone.
	Limit, Remaining *int64
}

// quota returns the usage as a budget keeps it.
func (u Usage) quota() collector.Quota {
	q := collector.Quota{Limit: u.Limit, Remaining: u.Remaining, ResetsIn: u.RegainAfter}
	if u.Remaining == nil {
		q.Percent = &u.Percent
	}
	return q
}

// parseUsage reads Meta's three quota headers. A header that cannot be read
// says nothing.
// https://developers.facebook.com/docs/graph-api/overview/rate-limiting
func parseUsage(h http.Header) Usage {
	var u Usage
	for _, name := range []string{"X-App-Usage", "X-Page-Usage"} {
		var l load
		if v := h.Get(name); v != "" && json.Unmarshal([]byte(v), &l) == nil {
			u.add(l)
		}
	}
	if v := h.Get("X-Business-Use-Case-Usage"); v != "" {
		var byBusiness map[string][]load
		if json.Unmarshal([]byte(v), &byBusiness) == nil {
			for _, loads := range byBusiness {
				for _, l := range loads {
					u.add(l)
				}
			}
		}
	}
	return u
}

type load struct {
	Calls   float64 `json:"call_count"`
	CPU     float64 `json:"total_cputime"`
	Time    float64 `json:"total_time"`
	Minutes float64 `json:"estimated_time_to_regain_access"`
}

func (u *Usage) add(l load) {
	u.Known = true
	p := max(l.Calls, l.CPU, l.Time, 0)
	u.Percent = max(u.Percent, int(math.Ceil(min(p, 1000))))
	if l.Minutes > 0 {
		u.RegainAfter = max(u.RegainAfter, seconds(l.Minutes*60))
	}
}
