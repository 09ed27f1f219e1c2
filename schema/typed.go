package schema

import (
	"strings"
	"time"
)

// CallTyped is the call of a reading that a person typed in. Its run says who
// and when.
const CallTyped = "typed"

const typedPrefix = "typed:"

// TypedRun returns the run of a reading that the person typed in at the moment.
func TypedRun(person string, at time.Time) string {
	return typedPrefix + at.UTC().Format(time.RFC3339) + " " + person
}

// WhoTyped returns who typed in the reading of the run, and when; ok is false
// of any other run.
func WhoTyped(run string) (person string, at time.Time, ok bool) {
	when, person, ok := strings.Cut(strings.TrimPrefix(run, typedPrefix), " ")
	if !ok || !strings.HasPrefix(run, typedPrefix) {
		return "", time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, when)
	return person, at, err == nil
}
