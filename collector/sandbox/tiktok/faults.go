package tiktok

import (
	"net/http"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// Faults are what goes wrong on a server. Some change what it says from now
// on; others spoil the next answers: see Spoil. All may be changed while the
// server runs. Clear makes everything right again but the tokens that were
// given, used up or rotated.
type Faults struct{ sandbox.Switches[faultState] }

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

// KillToken refuses an access token.
func (f *Faults) KillToken(token string) {
	f.Change(func(s *faultState) { s.dead = sandbox.With(s.dead, token, true) })
}

// RemoveAuthorization refuses all tokens of an account, as when its owner takes
// the permission back in the app, or is banned.
func (f *Faults) RemoveAuthorization(handle string) {
	f.Change(func(s *faultState) { s.removed = sandbox.With(s.removed, handle, true) })
}

// WithholdScope takes one scope from all tokens of an account, as when its
// owner unticks it on the page of the authorisation.
func (f *Faults) WithholdScope(handle, scope string) {
	f.Change(func(s *faultState) { s.withheld = sandbox.With(s.withheld, handle+" "+scope, true) })
}

// MakePrivate hides a video, or deletes it: the API does not tell the two
// apart. Lists and queries leave it out without a word.
func (f *Faults) MakePrivate(id string) {
	f.Change(func(s *faultState) { s.private = sandbox.With(s.private, id, true) })
}

// MakeAllPrivate hides all videos of an account: its list is empty then.
func (f *Faults) MakeAllPrivate(handle string) {
	f.Change(func(s *faultState) { s.allHidden = sandbox.With(s.allHidden, handle, true) })
}

// RetireField makes the server refuse a field that it used to know.
func (f *Faults) RetireField(name string) {
	f.Change(func(s *faultState) { s.retired = sandbox.With(s.retired, name, true) })
}

// EmptyPages puts an empty page, with has_more, before every page of a list.
func (f *Faults) EmptyPages() { f.Change(func(s *faultState) { s.emptyEach = true }) }

// InnerErrors writes the errors of the Display API alone, without data and
// error around them.
func (f *Faults) InnerErrors() { f.Change(func(s *faultState) { s.inner = true }) }

// OAuthErrorsWithStatus200 gives errors of OAuth the status 200.
func (f *Faults) OAuthErrorsWithStatus200() { f.Change(func(s *faultState) { s.oauth200 = true }) }

// LooseNumbers writes the ids of the Display API as numbers, and the times of
// the Accounts API as strings: neither is promised or excluded.
func (f *Faults) LooseNumbers() { f.Change(func(s *faultState) { s.loose = true }) }

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
