package graph

import (
	"net/http"
	"strconv"
	"strings"
)

// SplitList takes a list of names apart, with commas between them.
func SplitList(s string) []string {
	var out []string
	for name := range strings.SplitSeq(s, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// SplitPath takes the path of a request apart. version is that of its first
// part, such as v25.0, or "".
func SplitPath(path string) (version string, parts []string) {
	parts = strings.Split(strings.Trim(path, "/"), "/")
	if IsVersion(parts[0]) {
		version, parts = parts[0], parts[1:]
	}
	if len(parts) == 1 && parts[0] == "" {
		parts = nil
	}
	return version, parts
}

// Bearer returns the token of a request: that of its header, or else of its
// address.
func Bearer(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	return r.URL.Query().Get("access_token")
}

// IsID says whether s is an id: digits.
func IsID(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Limit reads the size of a page: fallback where none is asked for, and an
// error above most.
func Limit(s string, fallback, most int) (int, error) {
	if s == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, Invalid("Param limit must be a number that is not negative")
	}
	if n > most {
		return 0, Invalid("Param limit must be less than or equal to " + strconv.Itoa(most))
	}
	return n, nil
}
