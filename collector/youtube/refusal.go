package youtube

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
)

// A fault is what a refusal says of itself. The older front of Google gives
// its reasons in errors, the newer one in details too.
type fault struct {
	Code    api.Count `json:"code"` // a status of HTTP
	Message string    `json:"message"`
	Errors  []struct {
		Reason   string `json:"reason"`
		Location string `json:"location"`
	} `json:"errors"`
	Details []struct {
		Reason   string `json:"reason"`
		Metadata struct {
			Unit string `json:"quota_unit"` // such as 1/d/{project}
		} `json:"metadata"`
	} `json:"details"`
}

// A refusal is an answer that is an error. It unwraps to its class.
type refusal struct {
	reasons  []string // as the platform gave them, the first one first
	pageFlaw bool     // the page token is at fault
	partFlaw bool     // a part is
	message  string
	class    error
}

func (e *refusal) Error() string {
	if reason := e.reason(); reason != "" {
		return fmt.Sprintf("%v: %s: %q", e.class, reason, e.message)
	}
	return fmt.Sprintf("%v: %q", e.class, e.message)
}

func (e *refusal) Unwrap() error { return e.class }

// reason returns the first reason, or "".
func (e *refusal) reason() string {
	if e == nil || len(e.reasons) == 0 {
		return ""
	}
	return e.reasons[0]
}

// is says whether one of the reasons is among those. A nil refusal is none.
func (e *refusal) is(reasons ...string) bool {
	return e != nil && slices.ContainsFunc(e.reasons, func(r string) bool { return slices.Contains(reasons, r) })
}

func (e *refusal) badPageToken() bool { return e != nil && e.pageFlaw }

// asRefusal returns the refusal in err, or nil.
func asRefusal(err error) *refusal {
	e, _ := errors.AsType[*refusal](err)
	return e
}

// newRefusal returns what an answer without success says. f may be nil; owner
// says whether an access token was shown.
func newRefusal(a *api.Answer, f *fault, owner bool) *refusal {
	if f == nil {
		f = &fault{Message: fmt.Sprintf("status %d", a.Status)}
	}
	e := &refusal{message: a.Excerpt(f.Message)}
	for _, d := range f.Errors {
		e.reasons = append(e.reasons, a.Excerpt(d.Reason))
		e.partFlaw = e.partFlaw || d.Reason == "unknownPart" || d.Location == "part"
		e.pageFlaw = e.pageFlaw || d.Reason == "invalidPageToken" || d.Location == "pageToken"
	}
	for _, d := range f.Details {
		e.reasons = append(e.reasons, a.Excerpt(d.Reason))
	}
	e.reasons = slices.DeleteFunc(e.reasons, func(s string) bool { return s == "" })

	status := a.Status
	if a.OK() && f.Code.Known {
		status = int(min(f.Code.N, 999))
	}
	for _, reason := range e.reasons {
		if e.class = classOf(reason, a, f, owner); e.class != nil {
			return e
		}
	}
	e.class = classOfStatus(status, a, owner)
	return e
}

// classOf returns the class of a reason, or nil for one that we do not know.
// https://developers.google.com/youtube/v3/docs/errors
func classOf(reason string, a *api.Answer, f *fault, owner bool) error {
	switch reason {
	case "quotaExceeded", "dailyLimitExceeded":
		return untilReset(a)
	case "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED":
		for _, d := range f.Details {
			if strings.HasPrefix(d.Metadata.Unit, "1/d") {
				return untilReset(a)
			}
		}
		return aWhile(a)
	case "keyInvalid", "keyExpired", "badRequest", "API_KEY_INVALID",
		"accessNotConfigured", "SERVICE_DISABLED",
		"invalidPageToken", "missingRequiredParameter", "invalidParameter", "unknownPart":
		return collector.ErrRequest
	case "authError", "authenticatedUserAccountClosed", "authenticatedUserAccountSuspended":
		return collector.ErrUnauthorized
	case "forbidden", "insufficientPermissions":
		return forbidden(owner)
	case "channelNotFound", "playlistNotFound", "videoNotFound",
		"channelClosed", "channelSuspended", "accountClosed", "accountSuspended":
		return collector.ErrGone
	case "backendError", "internalError", "SERVICE_UNAVAILABLE":
		return collector.ErrTransient
	}
	return nil
}

// classOfStatus is the class of a refusal whose reason says nothing to us. A
// 404 of that kind is no proof that an account is gone.
func classOfStatus(status int, a *api.Answer, owner bool) error {
	switch {
	case status == http.StatusUnauthorized:
		return collector.ErrUnauthorized
	case status == http.StatusForbidden:
		return forbidden(owner)
	case status == http.StatusTooManyRequests:
		return aWhile(a)
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return collector.ErrTransient
	case status >= 400 && status < 500:
		return collector.ErrRequest
	}
	return collector.ErrTransient
}

// forbidden is the class of what we may not do. Whoever connected the account
// can give us more rights; where only a key was shown, there is nobody to ask
// and our setting must change.
func forbidden(owner bool) error {
	if owner {
		return collector.ErrUnauthorized
	}
	return collector.ErrRequest
}

// aWhile is a limit on the speed, which passes soon. All accounts run into it
// together, so they do not come back together.
func aWhile(a *api.Answer) error {
	wait, ok := api.RetryAfter(a.Header, a.At)
	if !ok || wait <= 0 {
		wait = time.Minute
	}
	return &collector.RateLimitError{RetryAfter: wait + rand.N(time.Minute)}
}

// untilReset is the daily quota used up: it is given anew at midnight, Pacific
// time.
func untilReset(a *api.Answer) error {
	return &collector.RateLimitError{RetryAfter: nextMidnight(a.At, pacific()).Sub(a.At)}
}

func nextMidnight(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}

// pacific returns the zone by which the platform counts its days. Where the
// system has no zones it is winter all year, and a wait in summer takes an
// hour longer.
func pacific() *time.Location {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return time.FixedZone("PST", -8*60*60)
	}
	return zone
}
