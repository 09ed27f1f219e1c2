package facebook

import (
	"net/http"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// Faults are what goes wrong on a server. Some change what it says from now
// on; others spoil the next answers: see Spoil. All may be changed while the
// server runs.
type Faults struct{ sandbox.Switches[faultState] }

// faultState is what holds from now on. It is never changed, only replaced.
type faultState struct {
	token        graph.DeadToken
	closed       map[string]bool // by handle
	disconnected map[string]bool // by handle
	noInsights   map[string]bool // by handle
	followers    map[string]int64
	gone         map[string]bool // by PAGE_POST, like the next four
	unreadable   map[string]bool
	withheld     map[string]bool
	hidden       map[string]bool
	expired      map[string]bool
	refused      map[string]bool // by metric
	noValue      map[string]bool // by metric
	lostDays     map[int64]bool  // by the second in which the day ends
	nullParts    map[int]bool    // by place in a batch
	noSummaries  summaries
	unlisted     bool // /me/accounts is empty
	denied       bool
	noExpiry     bool
}

// summaries says what becomes of the numbers of reactions and comments.
type summaries int

const (
	nothingWithheld summaries = iota
	leftOutSummaries
	refusedSummaries
)

// KillToken refuses the tokens of the user and of the Pages from a moment of the
// sandbox's clock on, with error 190 and the subcode: 463 expired, 460 password
// changed, 458 app removed, … The zero time is from now on; subcode 0 revives
// the tokens.
func (f *Faults) KillToken(subcode int, from time.Time) {
	dead := graph.DeadToken{Subcode: subcode}
	if !from.IsZero() {
		dead.From = from.Unix()
	}
	f.Change(func(s *faultState) { s.token = dead })
}

// Disconnect takes our role on one Page away: error 190/492 for its token, and
// the Page is no longer among the user's.
func (f *Faults) Disconnect(handle string) {
	f.Change(func(s *faultState) { s.disconnected = sandbox.With(s.disconnected, handle, true) })
}

// ClosePage makes a Page vanish with all its posts: error 100/33.
func (f *Faults) ClosePage(handle string) {
	f.Change(func(s *faultState) { s.closed = sandbox.With(s.closed, handle, true) })
}

// EmptyAccounts leaves every Page out of /me/accounts, as the platform does with
// those that are linked to a business. They can be read all the same.
func (f *Faults) EmptyAccounts() {
	f.Change(func(s *faultState) { s.unlisted = true })
}

// DenyLogin lets the person in the dialog say no.
func (f *Faults) DenyLogin() {
	f.Change(func(s *faultState) { s.denied = true })
}

// NoExpiry leaves expires_in out of the answer to a long-lived token.
func (f *Faults) NoExpiry() {
	f.Change(func(s *faultState) { s.noExpiry = true })
}

// ForbidInsights takes the permission read_insights away: error 10.
func (f *Faults) ForbidInsights(handle string) {
	f.Change(func(s *faultState) { s.noInsights = sandbox.With(s.noInsights, handle, true) })
}

// HideSummaries leaves the numbers of reactions and comments out, as for a token
// that may not see them.
func (f *Faults) HideSummaries() {
	f.Change(func(s *faultState) { s.noSummaries = leftOutSummaries })
}

// RefuseSummaries refuses every call that asks for reactions or comments, with
// error 10.
func (f *Faults) RefuseSummaries() {
	f.Change(func(s *faultState) { s.noSummaries = refusedSummaries })
}

// DeletePost takes a post, by PAGE_POST, out of every list; what is asked of it
// is error 100/33, and its cursors are dead.
func (f *Faults) DeletePost(id string) {
	f.Change(func(s *faultState) { s.gone = sandbox.With(s.gone, id, true) })
}

// DeleteAfterListing keeps a post in the lists but refuses what is asked of it,
// as when it is deleted between the two calls.
func (f *Faults) DeleteAfterListing(id string) {
	f.Change(func(s *faultState) { s.unreadable = sandbox.With(s.unreadable, id, true) })
}

// Withhold keeps a post's place in its page, without the post: pages may be
// shorter than asked for, even empty, and have a next one.
func (f *Faults) Withhold(id string) {
	f.Change(func(s *faultState) { s.withheld = sandbox.With(s.withheld, id, true) })
}

// HidePost hides a post from the Page's timeline: it is listed to those who ask
// for hidden ones.
func (f *Faults) HidePost(id string) {
	f.Change(func(s *faultState) { s.hidden = sandbox.With(s.hidden, id, true) })
}

// ExpirePost ends a post's time: it is listed to those who ask for expired ones.
func (f *Faults) ExpirePost(id string) {
	f.Change(func(s *faultState) { s.expired = sandbox.With(s.expired, id, true) })
}

// RefuseMetric withdraws a metric of posts and Pages: error 100 for every call
// that names it.
func (f *Faults) RefuseMetric(name string) {
	f.Change(func(s *faultState) { s.refused = sandbox.With(s.refused, name, true) })
}

// NoValue leaves the value of a metric out, or sends {} where it is several
// numbers.
func (f *Faults) NoValue(name string) {
	f.Change(func(s *faultState) { s.noValue = sandbox.With(s.noValue, name, true) })
}

// LoseDay leaves the day that ends at the moment, a midnight of California, out
// of the Pages' insights.
func (f *Faults) LoseDay(end time.Time) {
	f.Change(func(s *faultState) { s.lostDays = sandbox.With(s.lostDays, end.Unix(), true) })
}

// Followers sets a Page's followers. With less than 100 likes its insights are
// empty.
func (f *Faults) Followers(handle string, n int64) {
	f.Change(func(s *faultState) { s.followers = sandbox.With(s.followers, handle, n) })
}

// NullPart lets the n-th request of a batch, from 0, take too long: its answer
// is null.
func (f *Faults) NullPart(n int) {
	f.Change(func(s *faultState) { s.nullParts = sandbox.With(s.nullParts, n, true) })
}

// OnEdge matches the requests of one edge: "published_posts", "insights",
// "accounts", or "" for an object itself.
func OnEdge(edge string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		_, parts := graph.SplitPath(r.URL.Path)
		if edge == "" {
			return len(parts) == 1
		}
		return len(parts) == 2 && parts[1] == edge
	}
}

// Refused answers with an error of the Graph API.
func Refused(e *graph.Error) sandbox.Fault { return graph.Refused(e) }

// LimitReached answers error 80001 for a Page, with the minutes to wait in the
// header; status is 403 on the platform, and 429 in front of it.
func LimitReached(pageID string, minutes, status int) sandbox.Fault {
	e := tooManyCalls()
	e.Status = status
	f := Refused(e)
	f.Header = http.Header{"X-Business-Use-Case-Usage": {businessUsage(pageID, 100, 40, 55, int64(minutes))}}
	return f
}

// PageLimit is the older limit of a Page's token.
func PageLimit() *graph.Error {
	return &graph.Error{Status: http.StatusForbidden, Code: 32, Message: "(#32) Page request limit reached"}
}

// Missing is how the platform words what is gone or not ours to see, where it
// gives no subcode.
func Missing() *graph.Error {
	return graph.Invalid("Object does not exist, cannot be loaded due to missing permission or reviewable feature, or does not support this operation. " +
		"This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature.")
}

// Trouble is a temporary error of the platform.
func Trouble() *graph.Error { return graph.Trouble() }

// WrongTypes gives values types that no client expects.
func WrongTypes() sandbox.Fault {
	return sandbox.Fault{Body: []byte(`{"data":[{"id":17,"created_time":1704067200,"shares":3,"r":"many","c":{"summary":[]},"attachments":7,"values":3}],"paging":"none"}`)}
}
