package youtube

import (
	"net/http"
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
	keyDead       bool
	tokenDead     bool
	tokenDeadFrom int64
	tokens        int // how often the page tokens were made invalid
	noReports     bool

	terminated  map[string]bool // by handle
	subscribers map[string]bool // hidden; by handle
	deleted     map[string]bool // by video, like the rest
	private     map[string]bool
	unreadable  map[string]bool
	likes       map[string]bool // hidden
	comments    map[string]bool // switched off
	silenced    map[string]bool // comments of a whole channel; by handle
	withdrawn   map[string]bool // metrics of reports and parts of videos
}

// Clear makes everything right again, but gives no units back.
func (f *Faults) Clear() {
	f.Drop()
	f.Change(func(s *faultState) { *s = faultState{tokens: s.tokens} })
}

// KillKey refuses the API key: keyInvalid for all that is asked with it.
func (f *Faults) KillKey() {
	f.Change(func(s *faultState) { s.keyDead = true })
}

// KillToken refuses all owners' tokens from a moment of the sandbox's clock on;
// the zero time is from now on.
func (f *Faults) KillToken(from time.Time) {
	f.Change(func(s *faultState) {
		s.tokenDead, s.tokenDeadFrom = true, 0
		if !from.IsZero() {
			s.tokenDeadFrom = from.Unix()
		}
	})
}

// ExpirePageTokens makes all page tokens invalid that were given so far.
func (f *Faults) ExpirePageTokens() {
	f.Change(func(s *faultState) { s.tokens++ })
}

// TerminateChannel makes a channel vanish, with its list and its videos: it is
// left out without a word.
func (f *Faults) TerminateChannel(handle string) {
	f.Change(func(s *faultState) { s.terminated = sandbox.With(s.terminated, handle, true) })
}

// HideSubscribers hides a channel's number of subscribers, by sending 0: the
// platform does this, too, where it does not leave the number out.
func (f *Faults) HideSubscribers(handle string) {
	f.Change(func(s *faultState) { s.subscribers = sandbox.With(s.subscribers, handle, true) })
}

// DeleteVideo leaves a video's item in the list, as "Deleted video", and
// nothing else of it.
func (f *Faults) DeleteVideo(id string) {
	f.Change(func(s *faultState) { s.deleted = sandbox.With(s.deleted, id, true) })
}

// MakePrivate shows a video to nobody but its owner. The list keeps its item,
// as "Private video".
func (f *Faults) MakePrivate(id string) {
	f.Change(func(s *faultState) { s.private = sandbox.With(s.private, id, true) })
}

// DeleteAfterListing keeps a video in the list and leaves it out of all other
// answers, as when it is deleted between two calls.
func (f *Faults) DeleteAfterListing(id string) {
	f.Change(func(s *faultState) { s.unreadable = sandbox.With(s.unreadable, id, true) })
}

// HideLikes leaves a video's likes out.
func (f *Faults) HideLikes(id string) {
	f.Change(func(s *faultState) { s.likes = sandbox.With(s.likes, id, true) })
}

// SwitchCommentsOff leaves the number of a video's comments out.
func (f *Faults) SwitchCommentsOff(id string) {
	f.Change(func(s *faultState) { s.comments = sandbox.With(s.comments, id, true) })
}

// DisableComments switches the comments of all of a channel off.
func (f *Faults) DisableComments(handle string) {
	f.Change(func(s *faultState) { s.silenced = sandbox.With(s.silenced, handle, true) })
}

// ForbidReports refuses the figures of days, as where the owner did not permit
// them.
func (f *Faults) ForbidReports() { f.Change(func(s *faultState) { s.noReports = true }) }

// Withdraw refuses a metric of the reports, or a part of videos, by its name.
func (f *Faults) Withdraw(name string) {
	f.Change(func(s *faultState) { s.withdrawn = sandbox.With(s.withdrawn, name, true) })
}

// OnCall matches the requests of one call: "channels", "playlistItems",
// "videos", "videos:batchGetStats", "commentThreads" or "reports".
func OnCall(name string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/youtube/v3/"+name) || strings.HasSuffix(r.URL.Path, "/v2/"+name)
	}
}

// Refused answers with an error of the API.
func Refused(e *APIError) sandbox.Fault {
	f := sandbox.Fault{Status: e.Status, Body: e.body(false)}
	if e.Status == http.StatusUnauthorized {
		f.Header = http.Header{"Www-Authenticate": {wrongToken}}
	}
	return f
}

// WrongTypes gives values types that no client expects.
func WrongTypes() sandbox.Fault {
	return sandbox.Fault{Body: []byte(`{"kind":17,"items":[{"id":{},"snippet":[],"contentDetails":"none","statistics":{"viewCount":"many","likeCount":-1}}],"nextPageToken":5}`)}
}
