package x

import (
	"bytes"
	"strconv"
)

// An ident is the id of a post or a user: 1 to 19 digits, growing with time.
// Zero is none.
type ident uint64

// maxIdent is the largest id that the API takes.
const maxIdent ident = 9999999999999999999

func (id ident) String() string { return strconv.FormatUint(uint64(id), 10) }

// parseIdent returns the id that s spells, or zero.
func parseIdent(s string) ident {
	if s == "" || len(s) > 19 || s[0] < '1' || s[0] > '9' {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return ident(n)
}

// UnmarshalJSON takes strings and numbers. It never fails.
func (id *ident) UnmarshalJSON(b []byte) error {
	*id = parseIdent(string(bytes.Trim(b, `"`)))
	return nil
}

// isHandle says whether s is a user name, and not a part of a path.
func isHandle(s string) bool {
	if s == "" || len(s) > 15 {
		return false
	}
	for _, b := range []byte(s) {
		if !('0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_') {
			return false
		}
	}
	return true
}
