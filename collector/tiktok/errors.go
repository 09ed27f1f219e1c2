package tiktok

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
)

// window is how long TikTok counts requests: 600 on a path in any minute. It
// does not say when the next one is allowed.
const window = time.Minute

// readUsage says how long a refusal for quota lasts. Of the quota itself no
// header tells anything.
func readUsage(h http.Header, at time.Time) api.Usage {
	wait, _ := api.RetryAfter(h, at) // not documented, but a proxy may send it
	if wait <= 0 {
		wait = window
	}
	return api.Usage{RegainAfter: wait}
}

// limited is the quota used up.
func limited(a *api.Answer) error {
	return &collector.RateLimitError{RetryAfter: readUsage(a.Header, a.At).RegainAfter}
}

// A refusal is an answer that is an error. It unwraps to its class.
type refusal struct {
	code    string // of the platform; "": the status decided
	message string // as TikTok wrote it, at most 200 bytes, secrets masked
	fault   faultOf
	class   error
}

// A faultOf says what a refusal may be about.
type faultOf int

const (
	faultOther  faultOf = iota
	faultToken          // the token: another may do
	faultScope          // a scope that the owner has not permitted
	faultFields         // a field, or another parameter
)

func (e *refusal) Error() string {
	if e.code == "" {
		return fmt.Sprintf("%v: %q", e.class, e.message)
	}
	return fmt.Sprintf("%v: %s: %q", e.class, e.code, e.message)
}

func (e *refusal) Unwrap() error { return e.class }

// asRefusal returns the refusal in err, or nil.
func asRefusal(err error) *refusal {
	e, _ := errors.AsType[*refusal](err)
	return e
}

// badToken says whether another token might do. An answer that is not JSON says
// so by its status alone.
func badToken(err error) bool {
	if e := asRefusal(err); e != nil {
		return e.fault == faultToken
	}
	return errors.Is(err, collector.ErrUnauthorized)
}

// badFields says whether the same call might do with fewer fields. A nil
// refusal says no.
func (e *refusal) badFields() bool {
	return e != nil && (e.fault == faultScope || e.fault == faultFields)
}

// A fault is what the Display API says of a failure, and of success too. Some
// pages of its reference show it alone, and its OAuth calls write the code in
// its place.
// https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
type fault struct {
	Code    string
	Message string
}

// UnmarshalJSON never fails: what cannot be read is no success.
func (f *fault) UnmarshalJSON(b []byte) error {
	*f = fault{}
	var full struct {
		Code    text `json:"code"`
		Message text `json:"message"`
	}
	var code text
	switch {
	case len(b) > 0 && b[0] == '{':
		if json.Unmarshal(b, &full) == nil {
			*f = fault{string(full.Code), string(full.Message)}
		}
	case json.Unmarshal(b, &code) == nil:
		f.Code = string(code)
	}
	return nil
}

// codeOK is the code of success. An answer without a code is none.
const codeOK = "ok"

// newDisplayRefusal returns what an answer of the Display API says that is no
// success.
func newDisplayRefusal(a *api.Answer, f fault) *refusal {
	e := &refusal{code: a.Excerpt(f.Code), message: a.Excerpt(cmp.Or(f.Message, "status "+strconv.Itoa(a.Status)))}
	switch f.Code {
	case "access_token_invalid":
		e.fault, e.class = faultToken, collector.ErrUnauthorized
	case "scope_not_authorized", "scope_permission_missed":
		e.fault, e.class = faultScope, collector.ErrUnauthorized
	case "invalid_params", "invalid_file_upload":
		e.fault, e.class = faultFields, collector.ErrRequest
	case "rate_limit_exceeded":
		e.class = limited(a)
	case "internal_error":
		e.class = collector.ErrTransient
	default:
		e.fault, e.class = ofStatus(a)
	}
	return e
}

// newBusinessRefusal returns what an answer of the Accounts API says whose
// code is not 0.
//
// The codes are known from other people's clients only. Those from 40100 to
// 40199 are about the token; a person has to act on the ones that we do not
// know.
func newBusinessRefusal(a *api.Answer, code int64, message string) *refusal {
	e := &refusal{message: a.Excerpt(cmp.Or(message, "status "+strconv.Itoa(a.Status)))}
	if code != 0 {
		e.code = strconv.FormatInt(code, 10)
	}
	switch {
	case code == 40100:
		e.class = limited(a)
	case code == 40001:
		e.fault, e.class = faultScope, collector.ErrUnauthorized
	case code == 40002:
		e.fault, e.class = faultFields, collector.ErrRequest
	case code > 40100 && code < 40200:
		e.fault, e.class = faultToken, collector.ErrUnauthorized
	case code >= 50000 && code < 60000:
		e.class = collector.ErrTransient
	case code >= 40000 && code < 50000:
		e.class = collector.ErrRequest
	default:
		e.fault, e.class = ofStatus(a)
	}
	return e
}

// ofStatus is the class of a refusal whose code says nothing to us.
func ofStatus(a *api.Answer) (faultOf, error) {
	switch s := a.Status; {
	case s == http.StatusUnauthorized:
		return faultToken, collector.ErrUnauthorized
	case s == http.StatusForbidden:
		return faultOther, collector.ErrUnauthorized
	case s == http.StatusTooManyRequests:
		return faultOther, limited(a)
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		return faultOther, collector.ErrTransient
	case s >= 400 && s < 500:
		return faultOther, collector.ErrRequest
	}
	return faultOther, collector.ErrTransient
}

// names says whether the refusal names the scope.
func (e *refusal) names(scope string) bool { return scope != "" && strings.Contains(e.message, scope) }
