package instagram

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// quotas count calls as the platform does: per account over the last 24 hours,
// and for business discovery over the last hour.
type quotas struct {
	mu       sync.Mutex
	accounts map[string]*graph.Rolling
	app      *graph.Rolling
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
		accounts: make(map[string]*graph.Rolling),
		app:      graph.NewRolling(60, 200*int64(appUsers)),
		limit:    int64(accountCalls),
	}
}

// chargeAccount counts a call to an account, tells how much of its quota is
// used and refuses it when that is all.
func (c *call) chargeAccount(id string) error {
	c.quota.mu.Lock()
	r := c.quota.accounts[id]
	if r == nil {
		r = graph.NewRolling(24*60, c.quota.limit)
		c.quota.accounts[id] = r
	}
	before, regain := r.Add(c.at)
	c.quota.mu.Unlock()

	// The header appears only once a hundredth is used.
	if used := r.Percent(before + 1); used > 0 {
		c.header.Set("X-Business-Use-Case-Usage", fmt.Sprintf(
			`{"%s":[{"type":"instagram","call_count":%d,"total_cputime":%d,"total_time":%d,"estimated_time_to_regain_access":%d}]}`,
			id, used, used/3, used/2, regain))
	}
	if before >= r.Limit {
		return tooManyCalls()
	}
	return nil
}

// chargeApp counts a call of business discovery.
func (c *call) chargeApp() error {
	c.quota.mu.Lock()
	before, _ := c.quota.app.Add(c.at)
	c.quota.mu.Unlock()

	if used := c.quota.app.Percent(before + 1); used > 0 {
		c.header.Set("X-App-Usage", `{"call_count":`+strconv.FormatInt(used, 10)+
			`,"total_cputime":`+strconv.FormatInt(used/3, 10)+`,"total_time":`+strconv.FormatInt(used/2, 10)+`}`)
	}
	if before >= c.quota.app.Limit {
		return &GraphError{Status: http.StatusForbidden, Code: 4, Message: "(#4) Application request limit reached"}
	}
	return nil
}

func tooManyCalls() *GraphError {
	return &GraphError{
		Status: http.StatusForbidden, Code: 80002,
		Message: "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again.",
	}
}
