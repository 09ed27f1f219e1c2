package api

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// askAgain is when a refused metric is asked for again: one that returns is
// noticed within a day.
const askAgain = 24 * time.Hour

// RefusedMetrics holds the metrics that a platform does not take any more, by
// kind of post. It is the one thing that a connector keeps between calls:
// finding a bad name out costs a dozen requests, it is the same for every
// account, and a restart finds it out again. It may be used by many
// goroutines.
type RefusedMetrics struct {
	now      func() time.Time
	mu       sync.Mutex
	names    map[string]map[string]time.Time // by kind: since when
	learning chan struct{}                   // holds one: only one goroutine finds out
}

// A RefusedMetric is one name that was found to be refused.
type RefusedMetric struct {
	Name  string
	Words string // the platform's
}

// NewRefusedMetrics returns one that knows of none. now is the clock; nil
// stands for time.Now.
func NewRefusedMetrics(now func() time.Time) *RefusedMetrics {
	if now == nil {
		now = time.Now
	}
	return &RefusedMetrics{now: now, names: make(map[string]map[string]time.Time), learning: make(chan struct{}, 1)}
}

// Without returns the names that are not known to be refused, or were refused
// more than a day ago.
func (m *RefusedMetrics) Without(kind string, names []string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	since := m.names[kind]
	if len(since) == 0 {
		return names
	}
	now := m.now()
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		at, ok := since[n]
		return ok && now.Sub(at) < askAgain
	})
}

func (m *RefusedMetrics) add(kind string, bad []RefusedMetric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names[kind] == nil {
		m.names[kind] = make(map[string]time.Time)
	}
	for _, b := range bad {
		m.names[kind][b.Name] = m.now()
	}
}

// Learn finds out which of the names, refused together by one post, are to
// blame, and remembers them: bad are those found now. ask asks for some of
// them and returns the words in which that is refused, or "".
//
// again says that it is worth asking with what Without returns now. If not,
// the post is the reason: even the first two names, which every post of the
// kind should have, are refused each alone. Where none is refused any more, the
// error is ErrTransient.
func (m *RefusedMetrics) Learn(ctx context.Context, kind string, names []string, ask func([]string) (words string, err error)) (bad []RefusedMetric, again bool, err error) {
	select {
	case m.learning <- struct{}{}:
		defer func() { <-m.learning }()
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	if !slices.Equal(names, m.Without(kind, names)) {
		return nil, true, nil // another goroutine found out meanwhile
	}
	all := true
	words := ""
	for _, n := range names[:min(2, len(names))] {
		if words, err = ask([]string{n}); err != nil {
			return nil, false, err
		}
		all = all && words != ""
	}
	if all {
		return nil, false, nil
	}
	bad, err = split(names, words, ask)
	if err == nil && len(bad) == 0 {
		return nil, false, fmt.Errorf("%w: metrics are refused together and none of them alone", collector.ErrTransient)
	}
	if err != nil || len(bad) == len(names) {
		return nil, false, err
	}
	m.add(kind, bad)
	return bad, true, nil
}

// split returns the bad ones among names, which were refused together in the
// words.
func split(names []string, words string, ask func([]string) (string, error)) (bad []RefusedMetric, err error) {
	if len(names) == 1 {
		return []RefusedMetric{{names[0], words}}, nil
	}
	for _, half := range [][]string{names[:len(names)/2], names[len(names)/2:]} {
		words, err := ask(half)
		if err != nil {
			return nil, err
		}
		if words == "" {
			continue
		}
		b, err := split(half, words, ask)
		if err != nil {
			return nil, err
		}
		bad = append(bad, b...)
	}
	return bad, nil
}
