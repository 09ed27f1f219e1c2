package schema

import (
	"testing"
	"time"
)

func TestTypedRun(t *testing.T) {
	at := time.Date(2026, 5, 28, 7, 0, 0, 0, time.UTC)
	if who, when, ok := WhoTyped(TypedRun("p 1", at)); !ok || who != "p 1" || !when.Equal(at) {
		t.Errorf("WhoTyped: got %q %s %v", who, when, ok)
	}
	for _, run := range []string{"", "run-7", "import-ab", "typed:", "typed:now p", "2026-05-28T07:00:00Z p"} {
		if _, _, ok := WhoTyped(run); ok {
			t.Errorf("WhoTyped(%q): want not typed", run)
		}
	}
}
