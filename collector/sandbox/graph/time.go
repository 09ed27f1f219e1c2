package graph

import (
	"strconv"
	"time"
)

// AppendTime appends a Unix second as the platform writes times: with an
// offset that has no colon.
func AppendTime(b []byte, second int64) []byte {
	b = append(b, '"')
	b = time.Unix(second, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05+0000")
	return append(b, '"')
}

// ParseTime reads a moment: Unix seconds, a date, or a date and time.
func ParseTime(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, n >= 0
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Unix(), true
		}
	}
	return 0, false
}
