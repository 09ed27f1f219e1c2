package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/hamawaz/hamawaz/collector"
)

// GraphBody is embedded in the types that Graph reads into. Facebook and
// Instagram say what is wrong in the body, whatever the status.
type GraphBody struct {
	Error *graphFault `json:"error"`
}

func (b *GraphBody) fault() *graphFault { return b.Error }

type graphFault struct {
	Message   string    `json:"message"`
	Code      graphCode `json:"code"`
	Subcode   graphCode `json:"error_subcode"`
	Transient bool      `json:"is_transient"`
}

// A graphCode is read from a number or a string; anything else is 0.
type graphCode int64

func (c *graphCode) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(b, `"`)), 10, 64)
	if err == nil {
		*c = graphCode(n)
	}
	return nil
}

// A GraphError is a refusal of the Graph API. It unwraps to its class.
type GraphError struct {
	Code    int64 // 0: the answer had none, the class is that of the status
	Subcode int64
	Message string // as the platform wrote it, at most 200 bytes, secrets masked
	class   error
}

func (e *GraphError) Error() string {
	switch {
	case e.Code == 0:
		return fmt.Sprintf("%v: %q", e.class, e.Message)
	case e.Subcode == 0:
		return fmt.Sprintf("%v: code %d: %q", e.class, e.Code, e.Message)
	}
	return fmt.Sprintf("%v: code %d/%d: %q", e.class, e.Code, e.Subcode, e.Message)
}

func (e *GraphError) Unwrap() error { return e.class }

// A GraphTarget is a type that embeds GraphBody.
type GraphTarget interface{ fault() *graphFault }

// Graph reads an answer of the Graph API into v. See Decode about odd; err is
// a *GraphError when the platform refused.
func Graph(a *Answer, v GraphTarget) (odd, err error) {
	odd, err = a.Decode(v)
	if err != nil {
		return nil, err
	}
	f := v.fault()
	if f == nil {
		if a.OK() {
			return odd, nil
		}
		f = &graphFault{Message: "status " + strconv.Itoa(a.Status)}
	}
	return odd, &GraphError{
		Code:    int64(f.Code),
		Subcode: int64(f.Subcode),
		Message: clip(mask(f.Message, a.secrets)),
		class:   graphClass(a, f),
	}
}

// graphClass decides by the code, then by the status.
// https://developers.facebook.com/docs/graph-api/guides/error-handling
func graphClass(a *Answer, f *graphFault) error {
	limited := func() error { return &collector.RateLimitError{RetryAfter: a.wait()} }
	switch c := f.Code; {
	case c == 190, c == 102:
		return collector.ErrUnauthorized
	case c == 4, c == 17, c == 32, c == 341, c == 613, c >= 80000 && c <= 80014:
		return limited()
	case f.Transient, c == 1, c == 2:
		return collector.ErrTransient
	case c == 100 && f.Subcode == 33, c == 110, c == 803:
		return collector.ErrGone
	case c == 10, c >= 200 && c <= 299, c == 368:
		return collector.ErrUnauthorized
	case c == 100, c == 104, c == 2500, c == 2635, c == 3001:
		return collector.ErrRequest
	}
	switch s := a.Status; {
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return collector.ErrUnauthorized
	case s == http.StatusTooManyRequests:
		return limited()
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		return collector.ErrTransient
	case s >= 400 && s < 500:
		return collector.ErrRequest
	}
	return collector.ErrTransient
}

// GraphCode returns the code and subcode of a refusal of the Graph API, or
// zeros when err is none.
func GraphCode(err error) (code, subcode int64) {
	if e, ok := errors.AsType[*GraphError](err); ok {
		return e.Code, e.Subcode
	}
	return 0, 0
}

// A Count is a number that a platform may send as number or as string, or
// not at all.
type Count struct {
	N     int64
	Known bool // a whole number from 0 to the largest int64 was sent
	Bad   bool // something else was sent
}

// UnmarshalJSON never fails: a count that cannot be read must not cost the
// page that it is on.
func (c *Count) UnmarshalJSON(b []byte) error {
	*c = Count{}
	if string(b) == "null" {
		return nil
	}
	if len(b) >= 2 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	n, ok := digits(b)
	if !ok {
		// A whole number may also be written 12.0 or 1.2e3.
		var f float64
		if json.Unmarshal(b, &f) == nil && f >= 0 && f < 1<<53 && f == float64(int64(f)) {
			n, ok = int64(f), true
		}
	}
	if ok {
		c.N = n
	}
	c.Known, c.Bad = ok, !ok
	return nil
}

// digits is strconv.ParseUint without the string.
func digits(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	return int64(n), n <= 1<<63-1
}

// Ptr returns the count as rows hold it: nil when it is not known.
func (c Count) Ptr() *int64 {
	if !c.Known {
		return nil
	}
	return new(c.N)
}
