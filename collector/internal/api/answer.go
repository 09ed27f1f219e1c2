package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// DefaultWait is how long to wait when a platform's quota is used up and it
// does not say until when.
const DefaultWait = time.Hour

// maxWait bounds what a platform may make us wait.
const maxWait = 7 * 24 * time.Hour

// An Answer is what came back for one request. Body may hold secrets, see Raw.
type Answer struct {
	Charge     collector.Charge
	Status     int
	Header     http.Header
	Body       []byte
	At         time.Time // the platform's Date where it can be believed, else our clock
	URL        *url.URL  // that answered, after all redirects
	Request    string    // method and URL, and the body of a POST, secrets masked
	APIVersion string
	Usage      Usage

	secrets []string
}

// OK says whether the status is one of success.
func (a *Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Raw returns the row that keeps the answer as evidence, secrets masked.
func (a *Answer) Raw(account schema.Account, runID string) schema.RawAnswer {
	body := mask(string(a.Body), a.secrets)
	sum := sha256.Sum256([]byte(body))
	return schema.RawAnswer{
		ReceivedAt: a.At,
		AccountID:  account.ID,
		Platform:   account.Platform,
		RunID:      runID,
		Request:    a.Request,
		Status:     uint16(a.Status),
		APIVersion: a.APIVersion,
		BodyHash:   hex.EncodeToString(sum[:]),
		Body:       body,
	}
}

// Decode reads the body into v. A body that is not whole JSON is an error of
// the collector's classes, and v then holds nothing to keep. A value of
// another type than v's is left out, like a missing one: odd then says which
// was the first.
func (a *Answer) Decode(v any) (odd, err error) {
	err = json.Unmarshal(a.Body, v)
	if err == nil {
		return nil, nil
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s is a %s", clip(t.Field), clip(t.Value)), nil
	}
	return nil, a.broken(errors.New("answer is not whole JSON"))
}

// broken is the error of an answer whose body cannot be used. Two statuses
// say enough without one.
func (a *Answer) broken(cause error) error {
	class := collector.ErrTransient
	switch a.Status {
	case http.StatusUnauthorized:
		class = collector.ErrUnauthorized
	case http.StatusTooManyRequests:
		class = &collector.RateLimitError{RetryAfter: a.wait()}
	}
	return fmt.Errorf("%w: status %d: %s", class, a.Status, clip(mask(cause.Error(), a.secrets)))
}

// Broken is the error of an answer that is JSON, but not of the shape that
// the platform promises.
func (a *Answer) Broken(what string) error { return a.broken(errors.New(what)) }

// Excerpt makes text of the answer fit for an error: one line of at most 200
// bytes, secrets masked.
func (a *Answer) Excerpt(s string) string { return clip(mask(s, a.secrets)) }

// wait returns how long to wait after a refusal for quota.
func (a *Answer) wait() time.Duration {
	if a.Usage.RegainAfter > 0 {
		return a.Usage.RegainAfter
	}
	if d, ok := RetryAfter(a.Header, a.At); ok && d > 0 {
		return d
	}
	return DefaultWait
}

// RetryAfter reads the Retry-After header: seconds, or a date, which is taken
// against now.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 {
		return seconds(s), true
	}
	if t, err := parseDate(v); err == nil {
		return min(max(t.Sub(now), 0), maxWait), true
	}
	return 0, false
}

// parseDate is http.ParseTime for dates that end in UTC too: those of X did,
// where HTTP wants GMT.
func parseDate(s string) (time.Time, error) {
	if day, ok := strings.CutSuffix(s, " UTC"); ok {
		s = day + " GMT"
	}
	return http.ParseTime(s)
}

func seconds(s float64) time.Duration {
	if !(s < maxWait.Seconds()) {
		return maxWait
	}
	return time.Duration(math.Ceil(s * float64(time.Second)))
}

// clip makes outside text fit for an error: one line, at most 200 bytes.
func clip(s string) string {
	s = clean(s)
	if len(s) <= 200 {
		return s
	}
	n := 200
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// clean removes what could write outside its place in a log: controls, line
// separators and marks of direction.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
