package instagram

import "time"

// appendTime appends a Unix second as the platform writes times: with an
// offset that has no colon.
func appendTime(b []byte, second int64) []byte {
	b = append(b, '"')
	b = time.Unix(second, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05+0000")
	return append(b, '"')
}
