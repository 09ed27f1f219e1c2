package sandbox

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Faults are what goes wrong on a server. Some change what it says from now
// on; others spoil the next answers: see Spoil. All may be changed while the
// server runs.
type Faults struct {
	state atomic.Pointer[faultState]

	mu    sync.Mutex
	queue []Fault
}

// faultState is what holds from now on. It is never changed, only replaced.
type faultState struct {
	token        deadToken
	gone         map[string]bool // by short code
	unreadable   map[string]bool // by short code
	closed       map[string]bool // by handle
	disconnected map[string]bool // by handle
	refused      map[string]bool // by metric
	professional map[string]int64
	followers    map[string]int64
}

// deadToken is a token that is refused from a second on; the zero one is not.
type deadToken struct {
	subcode int
	from    int64
}

func newFaults() *Faults {
	f := new(Faults)
	f.state.Store(new(faultState))
	return f
}

func (f *Faults) change(change func(*faultState)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := *f.state.Load()
	change(&next)
	f.state.Store(&next)
}

// with returns a copy of m in which key has the value.
func with[V any](m map[string]V, key string, v V) map[string]V {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[string]V)
	}
	m[key] = v
	return m
}

// Clear makes everything right again.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = nil
	f.state.Store(new(faultState))
}

// KillToken refuses the token from a moment of the sandbox's clock on, with
// error 190 and the subcode: 463 expired, 460 password changed, 458 app
// removed, … The zero time is from now on; subcode 0 revives the token.
func (f *Faults) KillToken(subcode int, from time.Time) {
	dead := deadToken{subcode: subcode}
	if !from.IsZero() {
		dead.from = from.Unix()
	}
	f.change(func(s *faultState) { s.token = dead })
}

// Disconnect takes our role on one account away: error 190/492 for all that is
// asked of it.
func (f *Faults) Disconnect(handle string) {
	f.change(func(s *faultState) { s.disconnected = with(s.disconnected, handle, true) })
}

// CloseAccount makes an account vanish: error 100/33, and 110/2207013 in
// business discovery.
func (f *Faults) CloseAccount(handle string) {
	f.change(func(s *faultState) { s.closed = with(s.closed, handle, true) })
}

// DeleteMedia takes a post out of every list; what is asked of it is error
// 100/33, and its cursors are dead.
func (f *Faults) DeleteMedia(shortcode string) {
	f.change(func(s *faultState) { s.gone = with(s.gone, shortcode, true) })
}

// DeleteAfterListing keeps a post in the lists but refuses what is asked of
// it, as when it is deleted between the two calls.
func (f *Faults) DeleteAfterListing(shortcode string) {
	f.change(func(s *faultState) { s.unreadable = with(s.unreadable, shortcode, true) })
}

// RefuseMetric withdraws a metric of media and accounts: error 100 for every
// call that names it.
func (f *Faults) RefuseMetric(name string) {
	f.change(func(s *faultState) { s.refused = with(s.refused, name, true) })
}

// ProfessionalSince says when an account became professional: insights of
// older media are error 100/2108006.
func (f *Faults) ProfessionalSince(handle string, t time.Time) {
	f.change(func(s *faultState) { s.professional = with(s.professional, handle, t.Unix()) })
}

// Followers sets an account's followers. Under 100 the account's insights
// about its followers are empty.
func (f *Faults) Followers(handle string, n int64) {
	f.change(func(s *faultState) { s.followers = with(s.followers, handle, n) })
}

// A Fault spoils one or more answers. The zero value of a part leaves that
// part as it would have been.
type Fault struct {
	On    func(*http.Request) bool // which requests; nil means any
	Times int                      // how many of them; 0 means one, -1 all

	Delay      time.Duration       // before anything is sent, in real time
	Status     int                 // instead of the right one
	Header     http.Header         // added, replacing what is there
	Body       []byte              // instead of the right one, which is then not even made
	Mangle     func([]byte) []byte // changes the right body
	ResetAfter int                 // breaks the connection after so many bytes
}

// Spoil queues faults. Each request takes the first that is for it.
func (f *Faults) Spoil(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range faults {
		if fault.Times == 0 {
			fault.Times = 1
		}
		f.queue = append(f.queue, fault)
	}
}

// Pending returns how many queued faults have not been used up.
func (f *Faults) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue)
}

// take returns the fault for a request, or nil.
func (f *Faults) take(r *http.Request) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.queue {
		if on := f.queue[i].On; on != nil && !on(r) {
			continue
		}
		fault := f.queue[i]
		if f.queue[i].Times > 0 {
			if f.queue[i].Times--; f.queue[i].Times == 0 {
				f.queue = append(f.queue[:i:i], f.queue[i+1:]...)
			}
		}
		return &fault
	}
	return nil
}

func (f *Fault) delay() time.Duration {
	if f == nil {
		return 0
	}
	return f.Delay
}

func (f *Fault) replaces() bool { return f != nil && f.Body != nil }

// change applies the fault to an answer.
func (f *Fault) change(c *call, status int, body []byte) (int, []byte) {
	for name, values := range f.Header {
		c.header[http.CanonicalHeaderKey(name)] = values
	}
	if f.Status != 0 {
		status = f.Status
	}
	if f.Body != nil {
		body = f.Body
	}
	if f.Mangle != nil {
		body = f.Mangle(body)
	}
	return status, body
}

// For returns the fault for so many requests; -1 means all to come.
func (f Fault) For(times int) Fault { f.Times = times; return f }

// At returns the fault for requests of one edge: "media", "insights",
// "discovery", or "" for an object itself.
func (f Fault) At(edge string) Fault { f.On = OnEdge(edge); return f }

// OnEdge matches the requests of one edge: see Fault.At.
func OnEdge(edge string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		if isVersion(parts[0]) {
			parts = parts[1:]
		}
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
func Refused(e *GraphError) Fault {
	f := Fault{Status: e.status(), Body: e.body("Asandboxfault")}
	if e.Code == 190 {
		f.Header = http.Header{"Www-Authenticate": {`OAuth "Facebook Platform" "invalid_token" ` + strconv.Quote(e.Message)}}
	}
	return f
}

// LimitReached answers error 80002 for an account, with the minutes to wait in
// the header; status is 403 on the platform, and 429 in front of it.
func LimitReached(userID string, minutes, status int) Fault {
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
func Trouble() *GraphError {
	return &GraphError{
		Status: http.StatusInternalServerError, Code: 2, Transient: true,
		Message:   "An unexpected error has occurred. Please retry your request later.",
		UserTitle: "Temporary trouble", UserMessage: "Please try again later.",
	}
}

// HTMLPage answers with a page for people, as gateways do: with status 500 or
// 502, and now and then with 200.
func HTMLPage(status int) Fault {
	return Fault{
		Status: status,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   []byte("<!DOCTYPE html>\n<html lang=\"en\"><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>\n"),
	}
}

// CutBody ends the right body after n bytes, in a whole HTTP answer.
func CutBody(n int) Fault {
	return Fault{Mangle: func(b []byte) []byte { return b[:min(n, len(b))] }}
}

// HugeBody follows the right body with so many bytes of white space, which is
// still JSON.
func HugeBody(n int) Fault {
	return Fault{Mangle: func(b []byte) []byte { return append(b, bytes.Repeat([]byte{' '}, n)...) }}
}

// WrongTypes gives values types that no client expects.
func WrongTypes() Fault {
	return Fault{Body: []byte(`{"data":[{"id":17,"like_count":"many","comments_count":{},"timestamp":1704067200,"media_type":[],"values":3}],"paging":"none"}`)}
}

// Slow waits before the right answer.
func Slow(d time.Duration) Fault { return Fault{Delay: d} }

// Reset breaks the connection after n bytes of the body.
func Reset(n int) Fault { return Fault{ResetAfter: max(n, 1)} }
