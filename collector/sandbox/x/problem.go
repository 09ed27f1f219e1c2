package x

import (
	"net/http"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A Problem is a refusal as the platform words it.
type Problem struct {
	Status int
	Title  string
	Detail string
	Type   string // the last part of the address; "" means about:blank

	// NoStatus leaves the status out of the body, as for some types.
	NoStatus bool
	// More are other members of the body, as JSON: `,"period":"Monthly"`.
	More string
	// Reasons say which parameters are wrong, and why.
	Reasons []Reason
}

// A Reason says what is wrong with a parameter of a request.
type Reason struct {
	Parameters map[string]string
	Message    string
}

func (p *Problem) Error() string { return strconv.Itoa(p.Status) + " " + p.Title + ": " + p.Detail }

// body returns the answer's JSON. Where the types of problems live depends on
// the vocabulary.
func (p *Problem) body(v *vocabulary) []byte {
	b := []byte{'{'}
	if len(p.Reasons) > 0 {
		b = append(b, `"errors":[`...)
		for _, r := range p.Reasons {
			b = append(b, `{"parameters":{`...)
			for _, name := range sortedKeys(r.Parameters) {
				b = append(sandbox.AppendString(append(sandbox.AppendString(b, name), ":["...), r.Parameters[name]), "],"...)
			}
			b = append(sandbox.AppendString(append(sandbox.CloseList(b, '}'), `,"message":`...), r.Message), "},"...)
		}
		b = append(sandbox.CloseList(b, ']'), ',')
	}
	b = append(sandbox.AppendString(append(b, `"title":`...), p.Title), ',')
	if !p.NoStatus {
		b = append(sandbox.AppendInt(append(b, `"status":`...), int64(p.Status)), ',')
	}
	b = sandbox.AppendString(append(b, `"detail":`...), p.Detail)
	kind := "about:blank"
	if p.Type != "" {
		kind = v.problems + p.Type
	}
	b = sandbox.AppendString(append(append(b, p.More...), `,"type":`...), kind)
	return append(b, '}')
}

// invalid is the refusal of a request that is wrong itself.
func invalid(message string, parameters ...string) *Problem {
	r := Reason{Parameters: make(map[string]string), Message: message}
	for i := 0; i < len(parameters); i += 2 {
		r.Parameters[parameters[i]] = parameters[i+1]
	}
	return &Problem{
		Status: http.StatusBadRequest, NoStatus: true, Title: "Invalid Request", Type: "invalid-request",
		Detail: "One or more parameters to your request was invalid.", Reasons: []Reason{r},
	}
}

// Unauthorized is the refusal of a token that is missing, expired or revoked.
func Unauthorized() *Problem {
	return &Problem{Status: http.StatusUnauthorized, Title: "Unauthorized", Detail: "Unauthorized"}
}

// TooManyRequests is the refusal when a window is used up.
func TooManyRequests() *Problem {
	return &Problem{Status: http.StatusTooManyRequests, Title: "Too Many Requests", Detail: "Too Many Requests"}
}

// UsageCapExceeded is the refusal when the month's reads are used up; status
// is 429 or 403.
func UsageCapExceeded(status int) *Problem {
	return &Problem{
		Status: status, NoStatus: true, Title: "UsageCapExceeded", Type: "usage-capped", Detail: "Usage cap exceeded: Monthly product cap",
		More: `,"period":"Monthly","scope":"Product","product_name":"standard-basic","account_id":1234567890`,
	}
}

// CreditsDepleted is the refusal when the money is used up, whatever the
// windows say.
func CreditsDepleted() *Problem {
	return &Problem{Status: http.StatusPaymentRequired, Title: "Payment Required", Type: "credits-depleted", Detail: "credits depleted"}
}

// ClientForbidden is the refusal of an app that may not use the path.
func ClientForbidden() *Problem {
	return &Problem{
		Status: http.StatusForbidden, NoStatus: true, Title: "Client Forbidden", Type: "client-forbidden",
		Detail: "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App that is attached to a Project.",
		More:   `,"reason":"client-not-enrolled","client_id":"12345678"`,
	}
}

// Trouble is an error of the platform that passes.
func Trouble() *Problem {
	return &Problem{Status: http.StatusServiceUnavailable, Title: "Service Unavailable", Type: "internal-error", Detail: "Service Unavailable"}
}

// Refused answers with a problem, in the older vocabulary.
func Refused(p *Problem) sandbox.Fault {
	return sandbox.Fault{Status: p.Status, Body: p.body(legacy)}
}

// LimitReached answers 429 with the moment at which the window ends.
func LimitReached(reset time.Time) sandbox.Fault {
	f := Refused(TooManyRequests())
	f.Header = http.Header{
		"X-Rate-Limit-Limit":     {"10000"},
		"X-Rate-Limit-Remaining": {"0"},
		"X-Rate-Limit-Reset":     {strconv.FormatInt(reset.Unix(), 10)},
	}
	return f
}

// OldLimitReached answers 429 in the form that the platform's guides show,
// with the moment at which the window ends.
func OldLimitReached(reset time.Time) sandbox.Fault {
	f := LimitReached(reset)
	f.Body = []byte(`{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`)
	return f
}

// WrongTypes gives values types that no client expects.
func WrongTypes() sandbox.Fault {
	return sandbox.Fault{Body: []byte(`{"data":[{"id":17,"text":null,"created_at":1704067200,"public_metrics":{"like_count":"many","reply_count":{}},"edit_history_tweet_ids":3}],"meta":"none"}`)}
}
