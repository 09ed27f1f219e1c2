package oauth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// maxAnswer bounds an answer about tokens, in bytes.
const maxAnswer = 1 << 20

// A tokenAnswer is the answer of a token endpoint (RFC 6749, 5.1 and 5.2).
type tokenAnswer struct {
	Access      string    `json:"access_token"`
	Refresh     string    `json:"refresh_token"`
	Scope       string    `json:"scope"`
	ExpiresIn   flexible  `json:"expires_in"`
	RefreshEnds flexible  `json:"refresh_expires_in"`       // TikTok
	GoogleEnds  flexible  `json:"refresh_token_expires_in"` // Google, where the owner gave a limited time
	OpenID      string    `json:"open_id"`                  // TikTok
	Error       errorText `json:"error"`
	Description string    `json:"error_description"`
}

// flexible is a number that may come as a string, or not at all.
type flexible struct{ seconds *int64 }

// UnmarshalJSON never fails: a lifetime that cannot be read is unknown.
func (f *flexible) UnmarshalJSON(b []byte) error {
	if n, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64); err == nil && n > 0 && n < 1e12 {
		s := int64(n)
		f.seconds = &s
	}
	return nil
}

// errorText is the error's code: a word, or an object that holds it.
type errorText string

// UnmarshalJSON never fails: an error that cannot be read is one all the same.
func (e *errorText) UnmarshalJSON(b []byte) error {
	var word string
	var object struct {
		Code json.RawMessage `json:"code"`
		Type string          `json:"type"`
	}
	switch {
	case string(b) == "null":
	case json.Unmarshal(b, &word) == nil:
		*e = errorText(word)
	case json.Unmarshal(b, &object) == nil:
		*e = errorText(cmp.Or(strings.Trim(string(object.Code), `"`), object.Type, "unknown"))
	default:
		*e = "unknown"
	}
	return nil
}

// A purpose says what a token endpoint was asked for: the same refusal means
// different things.
type purpose int

const (
	exchanging purpose = iota
	renewing
	revoking
)

// readToken reads the answer of a token endpoint. The error's key is looked for
// first, whatever the status: refusals with status 200 have been seen.
func readToken(a *api.Answer, why purpose) (tokenAnswer, error) {
	var t tokenAnswer
	odd, err := a.Decode(&t)
	switch {
	case err != nil:
		return t, err
	case t.Error != "" || !a.OK():
		return t, refusal(a, t, why)
	case t.Access == "" && why != revoking:
		if odd != nil {
			return t, a.Broken(odd.Error())
		}
		return t, a.Broken("the answer holds no access token")
	}
	return t, nil
}

// refusal returns the class of a token endpoint's refusal.
func refusal(a *api.Answer, t tokenAnswer, why purpose) error {
	text := a.Excerpt(strings.TrimSpace(string(t.Error) + " " + t.Description))
	if text == "" {
		text = "status " + strconv.Itoa(a.Status)
	}
	dead := func() error {
		reason := schema.ReasonRevoked
		if why == exchanging {
			reason = schema.ReasonCode
		}
		return &schema.ConnectError{Reason: reason, Err: fmt.Errorf("%w: %s", collector.ErrUnauthorized, text)}
	}
	settings := func() error {
		return &schema.ConnectError{Reason: schema.ReasonSettings, Err: fmt.Errorf("%w: %s", collector.ErrRequest, text)}
	}
	switch t.Error {
	case "invalid_grant":
		return dead()
	case "access_denied":
		return &schema.ConnectError{Reason: schema.ReasonDenied, Err: fmt.Errorf("%w: %s", collector.ErrUnauthorized, text)}
	case "invalid_request":
		// X words a dead token, and a dead code, as a wrong request.
		if d := t.Description; strings.HasPrefix(d, "Value passed for the token was invalid") ||
			strings.HasPrefix(d, "Value passed for the authorization code was invalid") {
			return dead()
		}
		return settings()
	case "invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type", "unsupported_response_type":
		return settings()
	case "server_error", "temporarily_unavailable":
		return trouble(fmt.Errorf("%w: %s", collector.ErrTransient, text))
	}
	switch {
	case a.Status == http.StatusTooManyRequests:
		return &schema.ConnectError{Reason: schema.ReasonLimit, Err: fmt.Errorf("%w: %s", &collector.RateLimitError{RetryAfter: a.Wait()}, text)}
	case a.Status >= 500, a.Status == http.StatusRequestTimeout, a.OK():
		return trouble(fmt.Errorf("%w: %s", collector.ErrTransient, text))
	}
	// 401 and 403 here are about our application: the owner's token is in no
	// header.
	return settings()
}

// trouble says of an error that no person can help.
func trouble(err error) error {
	return &schema.ConnectError{Reason: schema.ReasonTrouble, Err: err}
}

// explain makes a *schema.ConnectError of any error of a flow.
func explain(err error) error {
	var known *schema.ConnectError
	if err == nil || errors.As(err, &known) {
		return err
	}
	reason := schema.ReasonTrouble
	switch collector.OutcomeOf(err) {
	case collector.OutcomeReconnect, collector.OutcomeGone:
		reason = schema.ReasonRevoked
	case collector.OutcomeFixRequest:
		reason = schema.ReasonSettings
	case collector.OutcomeWait:
		reason = schema.ReasonLimit
	}
	return &schema.ConnectError{Reason: reason, Err: err}
}
