package x

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// Faults are what goes wrong on a server. Some change what it says from now
// on; others spoil the next answers: see Spoil. All may be changed while the
// server runs.
type Faults struct{ sandbox.Switches[faultState] }

// faultState is what holds from now on. It is never changed, only replaced.
type faultState struct {
	dead      map[string]bool // tokens
	closed    map[string]bool // by handle
	suspended map[string]bool // by handle
	protected map[string]bool // by handle
	gone      map[string]bool // by post id
	edited    map[string]edit // by post id
	versions  map[string]edit // by the id of the newer version
	dateUTC   bool
	editsText bool
}

// edit is the newer version of a post.
type edit struct {
	first string
	id    string
	text  string
	at    int64
}

// KillToken revokes a token: 401, without limits in the headers.
func (f *Faults) KillToken(token string) {
	f.Change(func(s *faultState) { s.dead = sandbox.With(s.dead, token, true) })
}

// CloseAccount makes an account vanish: an error inside a 200.
func (f *Faults) CloseAccount(handle string) {
	f.Change(func(s *faultState) { s.closed = sandbox.With(s.closed, handle, true) })
}

// Suspend suspends an account: an error inside a 200, in other words.
func (f *Faults) Suspend(handle string) {
	f.Change(func(s *faultState) { s.suspended = sandbox.With(s.suspended, handle, true) })
}

// Protect hides the posts of an account from all but its owner. Its profile is
// still shown.
func (f *Faults) Protect(handle string) {
	f.Change(func(s *faultState) { s.protected = sandbox.With(s.protected, handle, true) })
}

// DeletePost takes a post out of the timeline; a lookup does not find it.
func (f *Faults) DeletePost(id string) {
	f.Change(func(s *faultState) { s.gone = sandbox.With(s.gone, id, true) })
}

// EditPost gives a post another text at the moment, which makes a new id, and
// returns that id. The timeline shows the new version, with the counters that
// the world has for the post; a lookup of the old id finds the old version,
// with the counters of the moment of the edit.
func (f *Faults) EditPost(id, text string, at time.Time) string {
	n, _ := strconv.ParseUint(id, 10, 64)
	e := edit{first: id, id: strconv.FormatUint(n+1<<22, 10), text: text, at: at.Unix()}
	f.Change(func(s *faultState) {
		s.edited = sandbox.With(s.edited, id, e)
		s.versions = sandbox.With(s.versions, e.id, e)
	})
	return e.id
}

// DateInUTC ends the header Date in UTC instead of GMT, as was seen in 2021
// and 2022.
func (f *Faults) DateInUTC() { f.Change(func(s *faultState) { s.dateUTC = true }) }

// EditsAsText writes edits_remaining as a string, as was seen in 2022.
func (f *Faults) EditsAsText() { f.Change(func(s *faultState) { s.editsText = true }) }

// OnPath matches the requests of one path, as in the platform's
// specification: OnPath("/2/users/{id}/tweets").
func OnPath(pattern string) func(*http.Request) bool {
	want := strings.Split(pattern, "/")
	return func(r *http.Request) bool {
		got := strings.Split(r.URL.Path, "/")
		if len(got) != len(want) {
			return false
		}
		for i := range want {
			if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
				return false
			}
		}
		return true
	}
}
