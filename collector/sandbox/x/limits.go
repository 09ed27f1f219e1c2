package x

import (
	"strconv"
	"sync"
)

// windowSeconds is how long a limit counts.
const windowSeconds = 15 * 60

// limits count calls as the platform does: per path and token, in windows that
// begin with the first call.
type limits struct {
	mu      sync.Mutex
	windows map[string]*window
	times   int64
}

type window struct{ began, calls int64 }

func newLimits(times int) *limits {
	return &limits{windows: make(map[string]*window), times: int64(max(times, 1))}
}

// charge counts a call in its window, writes the headers and refuses the call
// when the window is used up.
func (c *call) charge() error {
	limit := c.endpoint.app
	if c.owner != nil {
		limit = c.endpoint.user
	}
	limit *= c.limits.times
	c.limits.mu.Lock()
	key := c.endpoint.pattern + " " + c.token
	w := c.limits.windows[key]
	if w == nil || c.at >= w.began+windowSeconds {
		w = &window{began: c.at}
		c.limits.windows[key] = w
	}
	used := w.calls
	w.calls = min(w.calls+1, limit)
	began := w.began
	c.limits.mu.Unlock()

	c.header.Set("X-Rate-Limit-Limit", strconv.FormatInt(limit, 10))
	c.header.Set("X-Rate-Limit-Remaining", strconv.FormatInt(max(limit-used-1, 0), 10))
	c.header.Set("X-Rate-Limit-Reset", strconv.FormatInt(began+windowSeconds, 10))
	if used >= limit {
		return TooManyRequests()
	}
	return nil
}
