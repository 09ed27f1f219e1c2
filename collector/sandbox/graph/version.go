package graph

import (
	"strconv"
	"strings"
	"time"
)

// versions are the Graph API's, oldest first, with the day each ends; the zero
// time means that no end is known.
var versions = []struct {
	major int
	ends  time.Time
}{
	{21, time.Date(2027, 1, 21, 0, 0, 0, 0, time.UTC)},
	{22, time.Date(2027, 5, 20, 0, 0, 0, 0, time.UTC)},
	{23, time.Date(2027, 10, 8, 0, 0, 0, 0, time.UTC)},
	{24, time.Date(2028, 2, 18, 0, 0, 0, 0, time.UTC)},
	{25, time.Date(2028, 7, 29, 0, 0, 0, 0, time.UTC)},
	{26, time.Time{}},
}

// IsVersion says whether a part of a path looks like v25.0.
func IsVersion(s string) bool {
	_, _, ok := parseVersion(s)
	return ok
}

func parseVersion(s string) (major, minor int, ok bool) {
	rest, ok := strings.CutPrefix(s, "v")
	if !ok {
		return 0, 0, false
	}
	a, b, ok := strings.Cut(rest, ".")
	if !ok {
		return 0, 0, false
	}
	major, err1 := strconv.Atoi(a)
	minor, err2 := strconv.Atoi(b)
	return major, minor, err1 == nil && err2 == nil && major > 0 && minor >= 0
}

// ServedVersion returns the version that answers a call at the moment: the one
// asked for, or the oldest living one where that has ended or none was given.
// It returns 0 for a version that never was.
func ServedVersion(asked string, at time.Time) int {
	oldest := 0
	for _, v := range versions {
		if v.ends.IsZero() || at.Before(v.ends) {
			oldest = v.major
			break
		}
	}
	if asked == "" {
		return oldest
	}
	major, minor, _ := parseVersion(asked)
	switch newest := versions[len(versions)-1].major; {
	case major < versions[0].major:
		return oldest
	case major > newest || minor != 0:
		return 0
	}
	return max(major, oldest)
}
