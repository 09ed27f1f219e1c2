package instagram

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// quotas count calls as the platform does: per account over the last 24 hours,
// and for business discovery over the last hour.
type quotas struct {
	mu       sync.Mutex
	accounts map[string]*rolling
	app      *rolling
	limit    int64 // of an account
}

func newQuotas(accountCalls, appUsers int) *quotas {
	if accountCalls == 0 {
		accountCalls = 48_000
	}
	if appUsers == 0 {
		appUsers = 50
	}
	return &quotas{
		accounts: make(map[string]*rolling),
		app:      &rolling{minutes: make([]minute, 60), limit: 200 * int64(appUsers)},
		limit:    int64(accountCalls),
	}
}

// rolling counts calls over a window of whole minutes.
type rolling struct {
	minutes []minute // by minute modulo their number
	limit   int64
}

type minute struct{ at, calls int64 }

// add counts a call at the second and returns the calls in the window before
// it, and how many minutes later there will be room again: 0 if there is now.
// Refused calls count too, so calling on while limited lengthens the wait.
func (r *rolling) add(second int64) (before int64, regain int64) {
	now, size := second/60, int64(len(r.minutes))
	for _, m := range r.minutes {
		if m.at > now-size && m.at <= now {
			before += m.calls
		}
	}
	slot := &r.minutes[now%size]
	if slot.at != now {
		*slot = minute{at: now}
	}
	slot.calls++
	if before < r.limit {
		return before, 0
	}
	left := before + 1
	for at := now - size + 1; at <= now; at++ {
		if m := r.minutes[at%size]; m.at == at {
			left -= m.calls
		}
		if left < r.limit {
			return before, at + size - now
		}
	}
	return before, size
}

// chargeAccount counts a call to an account, tells how much of its quota is
// used and refuses it when that is all.
func (c *call) chargeAccount(id string) error {
	c.quota.mu.Lock()
	r := c.quota.accounts[id]
	if r == nil {
		r = &rolling{minutes: make([]minute, 24*60), limit: c.quota.limit}
		c.quota.accounts[id] = r
	}
	before, regain := r.add(c.at)
	c.quota.mu.Unlock()

	// The header appears only once a hundredth is used.
	if used := percent(before+1, r.limit); used > 0 {
		c.header.Set("X-Business-Use-Case-Usage", fmt.Sprintf(
			`{"%s":[{"type":"instagram","call_count":%d,"total_cputime":%d,"total_time":%d,"estimated_time_to_regain_access":%d}]}`,
			id, used, used/3, used/2, regain))
	}
	if before >= r.limit {
		return tooManyCalls()
	}
	return nil
}

// chargeApp counts a call of business discovery.
func (c *call) chargeApp() error {
	c.quota.mu.Lock()
	before, _ := c.quota.app.add(c.at)
	c.quota.mu.Unlock()

	limit := c.quota.app.limit
	if used := percent(before+1, limit); used > 0 {
		c.header.Set("X-App-Usage", `{"call_count":`+strconv.FormatInt(used, 10)+
			`,"total_cputime":`+strconv.FormatInt(used/3, 10)+`,"total_time":`+strconv.FormatInt(used/2, 10)+`}`)
	}
	if before >= limit {
		return &GraphError{Status: http.StatusForbidden, Code: 4, Message: "(#4) Application request limit reached"}
	}
	return nil
}

func percent(n, of int64) int64 { return n * 100 / of }

func tooManyCalls() *GraphError {
	return &GraphError{
		Status: http.StatusForbidden, Code: 80002,
		Message: "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.",
	}
}
