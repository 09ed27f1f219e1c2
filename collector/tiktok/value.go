package tiktok

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/internal/api"
)

// An ident is the id of a video: 1 to 20 digits, "" for none. No recorded
// answer shows whether a number is ever sent in place of a string, so both are
// taken, digit by digit: no float64 holds 19 of them.
type ident string

// UnmarshalJSON never fails.
func (id *ident) UnmarshalJSON(b []byte) error {
	*id = ""
	if len(b) >= 2 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	if isIdent(b) {
		*id = ident(b)
	}
	return nil
}

func isIdent(b []byte) bool {
	return len(b) >= 1 && len(b) <= 20 && b[0] != '0' && len(bytes.Trim(b, "0123456789")) == 0
}

// isOpenID says whether s may be an open_id, which may begin with a dash.
func isOpenID(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for _, b := range []byte(s) {
		if !('0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' || b == '-') {
			return false
		}
	}
	return true
}

// A text is a string; what is none is "".
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	_ = json.Unmarshal(b, &s)
	*t = text(s)
	return nil
}

// A flag is true, false, or not told.
type flag struct {
	value, told bool
	bad         bool // something was sent that is neither
}

// UnmarshalJSON never fails.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag{}
	switch string(b) {
	case "true", "false":
		f.value, f.told = b[0] == 't', true
	case "null":
	default:
		f.bad = true
	}
	return nil
}

// ptr returns the flag as rows hold it: nil when it was not told.
func (f flag) ptr() *bool {
	if !f.told {
		return nil
	}
	return new(f.value)
}

// count returns the flag as Extra holds it: 1 or 0.
func (f flag) count() api.Count {
	c := api.Count{Known: f.told, Bad: f.bad}
	if f.value {
		c.N = 1
	}
	return c
}

// A decimal is a number from 0 up with a fraction, sent as number or string.
type decimal struct {
	f     float64
	known bool
	bad   bool // something else was sent
}

// UnmarshalJSON never fails.
func (d *decimal) UnmarshalJSON(b []byte) error {
	*d = decimal{}
	if string(b) == "null" {
		return nil
	}
	s := string(bytes.Trim(b, `"`))
	var n json.Number
	f, err := strconv.ParseFloat(s, 64)
	// ParseFloat also takes hexadecimal numbers, Inf and NaN; JSON does not.
	if err != nil || json.Unmarshal([]byte(s), &n) != nil || !(f >= 0 && f < 1<<53) {
		d.bad = true
		return nil
	}
	d.f, d.known = f, true
	return nil
}

// whole returns the number rounded down.
func (d decimal) whole() api.Count { return api.Count{N: int64(d.f), Known: d.known, Bad: d.bad} }

// times returns the number in units of which so many make one, rounded.
func (d decimal) times(units float64) api.Count {
	n := math.Round(d.f * units)
	if !(n < 1<<63) {
		return api.Count{Bad: true}
	}
	return api.Count{N: int64(n), Known: d.known, Bad: d.bad}
}
