package facebook

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// quotas count calls as the platform does: with a Page's token per Page over
// the last 24 hours, with any other per app over the last hour.
type quotas struct {
	mu    sync.Mutex
	pages map[string]*graph.Rolling
	app   *graph.Rolling
	limit int64 // of a Page
}

func newQuotas(pageCalls, appUsers int) *quotas {
	if pageCalls == 0 {
		pageCalls = 48_000
	}
	if appUsers == 0 {
		appUsers = 50
	}
	return &quotas{pages: make(map[string]*graph.Rolling), app: graph.NewRolling(60, 200*int64(appUsers)), limit: int64(pageCalls)}
}

// chargePage counts a call to a Page, tells how much of its quota is used and
// refuses it when that is all.
func (c *call) chargePage(id string) error {
	c.quota.mu.Lock()
	r := c.quota.pages[id]
	if r == nil {
		r = graph.NewRolling(24*60, c.quota.limit)
		c.quota.pages[id] = r
	}
	before, regain := r.Add(c.at)
	c.quota.mu.Unlock()

	// The header appears only once a hundredth is used.
	if used := r.Percent(before + 1); used > 0 {
		c.header.Set("X-Business-Use-Case-Usage", businessUsage(id, used, used/3, used/2, regain))
	}
	if before >= r.Limit {
		return tooManyCalls()
	}
	return nil
}

func businessUsage(id string, calls, cpu, time, regain int64) string {
	return fmt.Sprintf(`{"%s":[{"type":"pages","call_count":%d,"total_cputime":%d,"total_time":%d,"estimated_time_to_regain_access":%d}]}`,
		id, calls, cpu, time, regain)
}

// chargeApp counts a call with a token that is not the Page's.
func (c *call) chargeApp() error {
	c.quota.mu.Lock()
	before, _ := c.quota.app.Add(c.at)
	c.quota.mu.Unlock()

	if used := c.quota.app.Percent(before + 1); used > 0 {
		c.header.Set("X-App-Usage", fmt.Sprintf(`{"call_count":%d,"total_cputime":%d,"total_time":%d}`, used, used/3, used/2))
	}
	if before >= c.quota.app.Limit {
		return &graph.Error{Status: http.StatusForbidden, Code: 4, Message: "(#4) Application request limit reached"}
	}
	return nil
}

func tooManyCalls() *graph.Error {
	return &graph.Error{
		Status: http.StatusForbidden, Code: 80001,
		Message: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
	}
}
