package x

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
)

const (
	// window is how long the quota of a path is counted, and so the longest
	// wait where X does not say when the window ends.
	window = 15 * time.Minute

	// capWait is how long to wait when what is used up is not a window but what
	// was paid for: the month's posts, or the credits. X does not say there when
	// it is given anew, and a person may raise the limit on any day. A refused
	// request is not billed, so one try a day costs nothing.
	capWait = 24 * time.Hour

	// maxWindow bounds what a header may say about the end of a window.
	maxWindow = 7 * 24 * time.Hour
)

// readUsage reads X's quota headers, which count one path for one token.
// https://docs.x.com/x-api/fundamentals/rate-limits
func readUsage(h http.Header, at time.Time) api.Usage {
	var u api.Usage
	limit, err1 := strconv.ParseInt(h.Get("X-Rate-Limit-Limit"), 10, 64)
	remaining, err2 := strconv.ParseInt(h.Get("X-Rate-Limit-Remaining"), 10, 64)
	if err1 == nil && err2 == nil && limit > 0 && remaining >= 0 {
		u.Known = true
		u.Percent = int(math.Ceil(100 * max(0, 1-float64(remaining)/float64(limit))))
		u.Limit, u.Remaining = &limit, &remaining
	}
	reset, err := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64)
	if err == nil && reset > at.Unix() {
		// The header is in whole seconds: one more, and the window is over.
		u.RegainAfter = time.Duration(min(reset-at.Unix()+1, int64(maxWindow/time.Second))) * time.Second
	}
	return u
}

// untilReset is the quota of a window used up.
func untilReset(a *api.Answer) error {
	wait := a.Usage.RegainAfter
	if wait <= 0 {
		wait, _ = api.RetryAfter(a.Header, a.At)
	}
	if wait <= 0 {
		wait = window
	}
	return &collector.RateLimitError{RetryAfter: wait}
}
