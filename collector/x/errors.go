package x

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
)

// A problem is embedded in the types that answers are read into. X says what
// is wrong in the body of any status: at the top for the whole request, and in
// errors for parts of it, which may be all there is.
// https://docs.x.com/x-api/fundamentals/response-codes-and-errors
type problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Detail string  `json:"detail"`
	Errors []fault `json:"errors"`
}

func (p *problem) asProblem() *problem { return p }

// A target is a type that embeds problem.
type target interface{ asProblem() *problem }

// A fault is one of errors. Within a 400 it names parameters and has a
// message, within a 200 a parameter, a detail and the value.
type fault struct {
	Type       string                     `json:"type"`
	Title      string                     `json:"title"`
	Detail     string                     `json:"detail"`
	Message    string                     `json:"message"`
	Code       api.Count                  `json:"code"` // of version 1.1, which shows through now and then
	Parameter  string                     `json:"parameter"`
	Parameters map[string]json.RawMessage `json:"parameters"`
	Value      ident                      `json:"value"`
	ResourceID ident                      `json:"resource_id"`
	Field      string                     `json:"field"` // that we may not see
}

// isSubject says whether a fault is about what the request asked for, and not
// about a post or user that is only referred to.
func (f *fault) isSubject() bool {
	switch f.Parameter {
	case "", "id", "ids", "username", "usernames":
		return true
	}
	return false
}

// aboutSubject says whether one of errors is about what the request asked for.
func (p *problem) aboutSubject() bool {
	return slices.ContainsFunc(p.Errors, func(f fault) bool { return f.isSubject() })
}

// any says whether anything is wrong.
func (p *problem) any() bool { return p.Type != "" || p.Title != "" || len(p.Errors) > 0 }

// The kinds of problems, which are the last segments of their types: the host
// before them changed with the vocabulary.
const (
	kindUsageCapped       = "usage-capped"
	kindCreditsDepleted   = "credits-depleted"
	kindNotFound          = "resource-not-found" // suspended users too
	kindUnavailable       = "resource-unavailable"
	kindDisallowed        = "disallowed-resource"
	kindNoResource        = "not-authorized-for-resource" // protected users
	kindNoField           = "not-authorized-for-field"
	kindFieldUnauthorized = "field-unauthorized"
	kindWrongToken        = "unsupported-authentication"
	kindClientForbidden   = "client-forbidden"
	kindInvalid           = "invalid-request"
	kindInternal          = "internal-error"
	kindHydration         = "field-hydration-failure"
)

// kindOf returns the kind of a problem. It is "" where the type says nothing.
func kindOf(typ, title string) string {
	if title == "UsageCapExceeded" {
		return kindUsageCapped
	}
	if typ == "about:blank" {
		return ""
	}
	return typ[strings.LastIndexByte(typ, '/')+1:]
}

// kind returns the kind of a fault.
func (f *fault) kind() string { return kindOf(f.Type, f.Title) }

// isField says that a fault is about a field that we may not see.
func (f *fault) isField() bool {
	kind := f.kind()
	return kind == kindNoField || kind == kindFieldUnauthorized
}

// group returns the field, or the group of metrics that it is in.
func (f *fault) group() string {
	name, _, _ := strings.Cut(f.Field, ".")
	return posttext.Valid(name)
}

// A refusal is an answer that is an error. It unwraps to its class.
type refusal struct {
	status     int
	kind       string              // of the problem; "": the status decided
	parameters map[string]bool     // those at fault
	values     map[string][]string // what parameters cannot hold, by their names
	about      string              // what became of the account, in our words; may be empty
	message    string              // as X wrote it, at most 200 bytes, secrets masked
	class      error
}

func (e *refusal) Error() string {
	text := e.class.Error()
	for _, s := range []string{e.about, e.kind} {
		if s != "" {
			text += ": " + s
		}
	}
	return fmt.Sprintf("%s: %q", text, e.message)
}

func (e *refusal) Unwrap() error { return e.class }

// names says whether one of the parameters is at fault. A nil refusal names
// none.
func (e *refusal) names(parameters ...string) bool {
	return e != nil && slices.ContainsFunc(parameters, func(p string) bool { return e.parameters[p] })
}

// asRefusal returns the refusal in err, or nil.
func asRefusal(err error) *refusal {
	e, _ := errors.AsType[*refusal](err)
	return e
}

// newRefusal returns what an answer says that holds nothing of what was asked
// for. owner says whether the token is that of the account's owner.
func newRefusal(a *api.Answer, p *problem, owner bool) *refusal {
	e := &refusal{status: a.Status, parameters: make(map[string]bool), values: make(map[string][]string)}
	e.kind = kindOf(p.Type, p.Title)
	e.class = classOf(e.kind, owner)
	var message string
	for i := range p.Errors {
		f := &p.Errors[i]
		for name := range f.Parameters {
			e.parameters[name] = true
			if m := notTaken.FindStringSubmatch(f.Message); m != nil {
				e.values[name] = append(e.values[name], m[1])
			}
		}
		if !f.isSubject() {
			continue
		}
		message = cmp.Or(message, f.Message, f.Detail, f.Title)
		if e.class == nil {
			e.kind = f.kind()
			e.class = cmp.Or(classOf(e.kind, owner), classOfCode(f.Code.N, a, owner))
		}
		switch {
		case f.suspended():
			e.about = "the account is suspended"
		case f.kind() == kindNoResource:
			e.about = "the account is protected"
		}
	}
	if e.class == nil {
		e.kind = ""
		e.class = classOfStatus(a, owner)
	}
	e.message = a.Excerpt(cmp.Or(message, p.Detail, p.Title, fmt.Sprintf("status %d", a.Status)))
	return e
}

// classOf returns the class of a kind of problem, or nil for one that we do
// not know.
func classOf(kind string, owner bool) error {
	switch kind {
	case kindUsageCapped, kindCreditsDepleted:
		return &collector.RateLimitError{RetryAfter: capWait}
	case kindNotFound, kindUnavailable, kindDisallowed:
		return collector.ErrGone
	case kindNoResource, kindNoField, kindFieldUnauthorized:
		return collector.ErrUnauthorized
	case kindWrongToken:
		return forbidden(owner)
	case kindClientForbidden, kindInvalid:
		// The app is not let in, or our request is wrong: no owner can help.
		return collector.ErrRequest
	case kindInternal, kindHydration:
		return collector.ErrTransient
	}
	return nil
}

// classOfCode returns the class of a code of version 1.1, or nil.
func classOfCode(code int64, a *api.Answer, owner bool) error {
	switch code {
	case 88:
		return untilReset(a)
	case 220:
		return forbidden(owner)
	}
	return nil
}

// classOfStatus is the class of a refusal whose body says nothing to us.
func classOfStatus(a *api.Answer, owner bool) error {
	switch s := a.Status; {
	case s == http.StatusUnauthorized:
		return collector.ErrUnauthorized
	case s == http.StatusPaymentRequired:
		return &collector.RateLimitError{RetryAfter: capWait}
	case s == http.StatusForbidden:
		return forbidden(owner)
	case s == http.StatusNotFound:
		// Of an account. An unknown path answers with a page of HTML.
		return collector.ErrGone
	case s == http.StatusTooManyRequests:
		return untilReset(a)
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		return collector.ErrTransient
	case s >= 400 && s < 500:
		return collector.ErrRequest
	}
	return collector.ErrTransient
}

// forbidden is the class of what the token may not do. An owner can connect
// the account again with more rights; where the token is the app's own, our
// setting must change.
func forbidden(owner bool) error {
	if owner {
		return collector.ErrUnauthorized
	}
	return collector.ErrRequest
}
