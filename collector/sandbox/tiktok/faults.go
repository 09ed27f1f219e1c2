package tiktok

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// Faults are what goes wrong on a server. Some change what it says from now
// on; others spoil the next answers: see Spoil. All may be changed while the
// server runs.
type Faults struct {
	sandbox.FaultQueue

	mu    sync.Mutex // of changes
	state atomic.Pointer[faultState]
}

// faultState is what holds from now on. It is never changed, only replaced.
type faultState struct {
	dead      map[string]bool // tokens
	removed   map[string]bool // by handle
	withheld  map[string]bool // by handle and scope
	private   map[string]bool // by video
	allHidden map[string]bool // by handle
	retired   map[string]bool // fields
	emptyEach bool
	inner     bool
	oauth200  bool
	loose     bool
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

// with returns a copy of m that has the key too.
func with(m map[string]bool, key string) map[string]bool {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[string]bool)
	}
	m[key] = true
	return m
}

// Clear makes everything right again. Tokens that were given, used up or
// rotated stay so.
func (f *Faults) Clear() {
	f.Drop()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.Store(new(faultState))
}

// KillToken refuses an access token.
func (f *Faults) KillToken(token string) {
	f.change(func(s *faultState) { s.dead = with(s.dead, token) })
}

// RemoveAuthorization refuses all tokens of an account, as when its owner takes
// the permission back in the app, or is banned.
func (f *Faults) RemoveAuthorization(handle string) {
	f.change(func(s *faultState) { s.removed = with(s.removed, handle) })
}

// WithholdScope takes one scope from all tokens of an account, as when its
// owner unticks it on the page of the authorisation.
func (f *Faults) WithholdScope(handle, scope string) {
	f.change(func(s *faultState) { s.withheld = with(s.withheld, handle+" "+scope) })
}

// MakePrivate hides a video, or deletes it: the API does not tell the two
// apart. Lists and queries leave it out without a word.
func (f *Faults) MakePrivate(id string) {
	f.change(func(s *faultState) { s.private = with(s.private, id) })
}

// MakeAllPrivate hides all videos of an account: its list is empty then.
func (f *Faults) MakeAllPrivate(handle string) {
	f.change(func(s *faultState) { s.allHidden = with(s.allHidden, handle) })
}

// RetireField makes the server refuse a field that it used to know.
func (f *Faults) RetireField(name string) {
	f.change(func(s *faultState) { s.retired = with(s.retired, name) })
}

// EmptyPages puts an empty page, with has_more, before every page of a list.
func (f *Faults) EmptyPages() { f.change(func(s *faultState) { s.emptyEach = true }) }

// InnerErrors writes the errors of the Display API alone, without data and
// error around them.
func (f *Faults) InnerErrors() { f.change(func(s *faultState) { s.inner = true }) }

// OAuthErrorsWithStatus200 gives errors of OAuth the status 200.
func (f *Faults) OAuthErrorsWithStatus200() { f.change(func(s *faultState) { s.oauth200 = true }) }

// LooseNumbers writes the ids of the Display API as numbers, and the times of
// the Accounts API as strings: neither is promised or excluded.
func (f *Faults) LooseNumbers() { f.change(func(s *faultState) { s.loose = true }) }

// OnPath matches the requests of one path: OnPath("/v2/video/list/").
func OnPath(path string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return strings.TrimSuffix(r.URL.Path, "/") == strings.TrimSuffix(path, "/")
	}
}

// Refused answers with an error of the platform.
func Refused(e Refusal) sandbox.Fault {
	status, body := e.answer("20240601120000"+strings.Repeat("0", 20), false)
	return sandbox.Fault{Status: status, Body: body}
}

// WrongTypes gives values types that no client expects.
func WrongTypes() sandbox.Fault {
	return sandbox.Fault{Body: []byte(`{"data":{"videos":[{"id":{},"create_time":"soon","like_count":-1,"view_count":"many"}],"cursor":"x","has_more":1},"error":{"code":"ok"},"code":0}`)}
}
