package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRefusedMetrics(t *testing.T) {
	all := []string{"a", "b", "c", "d", "e", "f", "g"}
	tests := []struct {
		name  string
		bad   []string
		again bool
		asked int // at most
	}{
		{"one", []string{"f"}, true, 2 + 2 + 2 + 2},
		{"one of the first two", []string{"a"}, true, 10},
		{"several", []string{"a", "d", "g"}, true, 14},
		{"the post", all, false, 2},
		{"the first two, and so the post", []string{"a", "b"}, false, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			m := NewRefusedMetrics(func() time.Time { return now })
			asked := 0
			ask := func(names []string) (string, error) {
				asked++
				if slices.ContainsFunc(names, func(n string) bool { return slices.Contains(tt.bad, n) }) {
					return "no " + strings.Join(names, ","), nil
				}
				return "", nil
			}
			bad, again, err := m.Learn(t.Context(), "reel", all, ask)
			if err != nil || again != tt.again || asked > tt.asked {
				t.Fatalf("Learn: again %v after %d requests, error %v; want %v after at most %d", again, asked, err, tt.again, tt.asked)
			}
			var want []RefusedMetric
			for _, n := range tt.bad {
				want = append(want, RefusedMetric{n, "no " + n})
			}
			left := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(tt.bad, n) })
			if !tt.again {
				want, left = nil, all
			}
			if d := cmp.Diff(want, bad); d != "" {
				t.Errorf("bad names (-want +got):\n%s", d)
			}
			if d := cmp.Diff(left, m.Without("reel", all)); d != "" {
				t.Errorf("what is left (-want +got):\n%s", d)
			}
			if d := cmp.Diff(all, m.Without("image", all)); d != "" {
				t.Errorf("another kind forgot names too (-want +got):\n%s", d)
			}
			// Whoever asked with the old names meanwhile is sent back at once.
			asked = 0
			if _, again, err := m.Learn(t.Context(), "reel", all, ask); tt.again && (err != nil || !again || asked != 0) {
				t.Errorf("second Learn: again %v after %d requests, error %v", again, asked, err)
			}
			now = now.Add(24 * time.Hour)
			if d := cmp.Diff(all, m.Without("reel", all)); d != "" {
				t.Errorf("a day later not all are asked for again (-want +got):\n%s", d)
			}
		})
	}
}

func TestRefusedMetricsStops(t *testing.T) {
	m := NewRefusedMetrics(nil)
	broken := errors.New("token is dead")
	for stop := range 5 { // after so many requests
		n := 0
		_, again, err := m.Learn(t.Context(), "", []string{"a", "b", "c", "d"}, func(names []string) (string, error) {
			if n++; n > stop {
				return "", broken
			}
			if slices.Contains(names, "d") {
				return "no", nil
			}
			return "", nil
		})
		if !errors.Is(err, broken) || again || len(m.Without("", []string{"d"})) != 1 {
			t.Errorf("Learn that stops after %d requests: again %v, error %v", stop, again, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	m.learning <- struct{}{} // another goroutine is at it
	cancel()
	if _, _, err := m.Learn(ctx, "", []string{"a"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Learn: error %v, want %v", err, context.Canceled)
	}
}
