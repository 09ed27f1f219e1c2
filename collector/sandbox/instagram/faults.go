package instagram

import (
	"net/http"
	"strconv"
	"strings"
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
	gone         map[string]bool // by short code
	unreadable   map[string]bool // by short code
	closed       map[string]bool // by handle
	disconnected map[string]bool // by handle
	refused      map[string]bool // by metric
	professional map[string]int64
	followers    map[string]int64
	authors      map[string]string // by short code
}

// KillToken refuses the token from a moment of the sandbox's clock on, with
// error 190 and the subcode: 463 expired, 460 password changed, 458 app
// removed, … The zero time is from now on; subcode 0 revives the token.
func (f *Faults) KillToken(subcode int, from time.Time) {
	dead := graph.DeadToken{Subcode: subcode}
	if !from.IsZero() {
		dead.From = from.Unix()
	}
	f.Change(func(s *faultState) { s.token = dead })
}

// Disconnect takes our role on one account away: error 190/492 for all that is
// asked of it.
func (f *Faults) Disconnect(handle string) {
	f.Change(func(s *faultState) { s.disconnected = sandbox.With(s.disconnected, handle, true) })
}

// CloseAccount makes an account vanish: error 100/33, and 110/2207013 in
// business discovery.
func (f *Faults) CloseAccount(handle string) {
	f.Change(func(s *faultState) { s.closed = sandbox.With(s.closed, handle, true) })
}

// DeleteMedia takes a post out of every list; what is asked of it is error
// 100/33, and its cursors are dead.
func (f *Faults) DeleteMedia(shortcode string) {
	f.Change(func(s *faultState) { s.gone = sandbox.With(s.gone, shortcode, true) })
}

// DeleteAfterListing keeps a post in the lists but refuses what is asked of
// it, as when it is deleted between the two calls.
func (f *Faults) DeleteAfterListing(shortcode string) {
	f.Change(func(s *faultState) { s.unreadable = sandbox.With(s.unreadable, shortcode, true) })
}

// RefuseMetric withdraws a metric of media and accounts: error 100 for every
// call that names it.
func (f *Faults) RefuseMetric(name string) {
	f.Change(func(s *faultState) { s.refused = sandbox.With(s.refused, name, true) })
}

// PublishedBy makes a post a joint one: another account is its author, and it
// stands in the list all the same.
func (f *Faults) PublishedBy(shortcode, username string) {
	f.Change(func(s *faultState) { s.authors = sandbox.With(s.authors, shortcode, username) })
}

// ProfessionalSince says when an account became professional: insights of
// older media are error 100/2108006.
func (f *Faults) ProfessionalSince(handle string, t time.Time) {
	f.Change(func(s *faultState) { s.professional = sandbox.With(s.professional, handle, t.Unix()) })
}

// Followers sets an account's followers. Under 100 the account's insights
// about its followers are empty.
func (f *Faults) Followers(handle string, n int64) {
	f.Change(func(s *faultState) { s.followers = sandbox.With(s.followers, handle, n) })
}

// OnEdge matches the requests of one edge: "media", "insights", "discovery",
// or "" for an object itself.
func OnEdge(edge string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		_, parts := graph.SplitPath(r.URL.Path)
		discovery := strings.Contains(r.URL.Query().Get("fields"), "business_discovery")
		switch {
		case edge == "discovery":
			return discovery
		case edge == "":
			return len(parts) == 1 && !discovery
		default:
			return len(parts) == 2 && parts[1] == edge
		}
	}
}

// Refused answers with an error of the Graph API.
func Refused(e *GraphError) sandbox.Fault { return graph.Refused(e) }

// LimitReached answers error 80002 for an account, with the minutes to wait in
// the header; status is 403 on the platform, and 429 in front of it.
func LimitReached(userID string, minutes, status int) sandbox.Fault {
	e := tooManyCalls()
	e.Status = status
	f := Refused(e)
	f.Header = http.Header{"X-Business-Use-Case-Usage": {
		`{"` + userID + `":[{"type":"instagram","call_count":100,"total_cputime":40,"total_time":55,"estimated_time_to_regain_access":` + strconv.Itoa(minutes) + `}]}`}}
	return f
}

// NotEnoughViewers is the error of a story that fewer than five people saw.
func NotEnoughViewers() *GraphError {
	return &GraphError{Code: 10, Message: "(#10) Not enough viewers for the media to show insights"}
}

// Trouble is a temporary error of the platform.
func Trouble() *GraphError { return graph.Trouble() }

// WrongTypes gives values types that no client expects.
func WrongTypes() sandbox.Fault {
	return sandbox.Fault{Body: []byte(`{"data":[{"id":17,"like_count":"many","comments_count":{},"timestamp":1704067200,"media_type":[],"values":3}],"paging":"none"}`)}
}
