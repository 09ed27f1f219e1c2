package x

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxHandle is how many letters a user name may have.
const maxHandle = 15

// checkParameters refuses parameters and names of fields that the path does
// not have.
func (c *call) checkParameters() error {
	allowed := map[string][]string{"user.fields": c.v.userFields, c.v.fieldsParameter(): c.v.postFields}
	if strings.HasPrefix(c.endpoint.pattern, "/2/tweets") || strings.HasSuffix(c.endpoint.pattern, "/tweets") {
		allowed["expansions"] = c.v.postExpansions
		allowed["media.fields"], allowed["poll.fields"], allowed["place.fields"] = mediaFields, pollFields, placeFields
	} else {
		allowed["expansions"] = c.v.userExpansions
	}
	own := split(c.endpoint.parameters)
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		value := c.query.Get(name)
		values, known := allowed[name]
		switch {
		case slices.Contains(own, name):
			continue
		case !known:
			names := slices.Sorted(slices.Values(slices.AppendSeq(slices.Clone(own), maps.Keys(allowed))))
			return invalid(fmt.Sprintf("The query parameter [%s] is not one of [%s]", name, strings.Join(names, ",")), name, value)
		case value == "":
			return invalid(fmt.Sprintf("The `%s` query parameter can not be empty", name), name, value)
		}
		for _, v := range split(value) {
			if !slices.Contains(values, v) {
				return invalid(fmt.Sprintf("The `%s` query parameter value [%s] is not one of [%s]", name, v, strings.Join(values, ",")), name, value)
			}
		}
	}
	return nil
}

// asks says whether the request names the field, or the expansion.
func (c *call) asks(parameter, name string) bool {
	return slices.Contains(split(c.query.Get(parameter)), name)
}

// list returns the values of a parameter that must have one to a hundred.
func (c *call) list(name, pattern string, fits func(string) bool) ([]string, error) {
	text := c.query.Get(name)
	if text == "" {
		return nil, invalid(fmt.Sprintf("The `%s` query parameter can not be empty", name), name, text)
	}
	values := split(text)
	if len(values) > 100 {
		return nil, invalid(fmt.Sprintf("The number of values in the `%s` query parameter list [%d] is not between 1 and 100", name, len(values)), name, text)
	}
	for _, v := range values {
		if !fits(v) {
			return nil, invalid(fmt.Sprintf("The `%s` query parameter value [%s] does not match %s", name, v, pattern), name, text)
		}
	}
	return values, nil
}

const (
	idPattern   = "^[0-9]{1,19}$"
	namePattern = "^[A-Za-z0-9_]{1,15}$"
)

func isID(s string) bool {
	return s != "" && len(s) <= 19 && strings.Trim(s, "0123456789") == ""
}

func isName(s string) bool {
	return s != "" && len(s) <= maxHandle && !strings.ContainsFunc(s, func(r rune) bool { return !inName(r) })
}

// pathName refuses a name in the path that cannot be one.
func (c *call) pathName(parameter, pattern string, fits func(string) bool) error {
	if fits(c.name) {
		return nil
	}
	return invalid(fmt.Sprintf("The `%s` path parameter value [%s] does not match %s", parameter, c.name, pattern), parameter, c.name)
}

// number returns the id that a parameter holds, and false if it is not there.
func (c *call) number(name string) (uint64, bool, error) {
	text := c.query.Get(name)
	if !c.query.Has(name) {
		return 0, false, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if !isID(text) || err != nil {
		return 0, false, invalid(fmt.Sprintf("The `%s` query parameter value [%s] does not match %s", name, text, idPattern), name, text)
	}
	return n, true, nil
}

// moment returns the second that a parameter holds, and false if it is not
// there.
func (c *call) moment(name string) (int64, bool, error) {
	text := c.query.Get(name)
	if !c.query.Has(name) {
		return 0, false, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, false, invalid(fmt.Sprintf("Invalid '%s':'%s'. '%s' must be a timestamp of RFC 3339", name, text, name), name, text)
	}
	if first := time.Date(2010, 11, 6, 0, 0, 0, 0, time.UTC); t.Before(first) {
		return 0, false, invalid(fmt.Sprintf("Invalid '%s':'%s'. '%s' must be on or after 2010-11-06T00:00Z", name, text, name), name, text)
	}
	return t.Unix(), true, nil
}
