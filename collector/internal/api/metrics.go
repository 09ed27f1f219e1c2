package api

import (
	"context"
	"slices"
	"sync"
)

// RefusedMetrics holds the metrics that a platform does not take any more, by
// kind of post. It is the one thing that a connector keeps between calls:
// finding a bad name out costs a dozen requests, it is the same for every
// account, and a restart finds it out again. It may be used by many
// goroutines.
type RefusedMetrics struct {
	mu       sync.Mutex
	names    map[string][]string
	learning chan struct{} // holds one: only one goroutine finds out
}

// NewRefusedMetrics returns one that knows of none.
func NewRefusedMetrics() *RefusedMetrics {
	return &RefusedMetrics{names: make(map[string][]string), learning: make(chan struct{}, 1)}
}

// Without returns the names that are not known to be refused.
func (m *RefusedMetrics) Without(kind string, names []string) []string {
	m.mu.Lock()
	bad := m.names[kind]
	m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(bad, n) })
}

func (m *RefusedMetrics) add(kind string, names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names[kind] = append(slices.Clone(m.names[kind]), names...)
}

// Learn finds out which of the names, refused together by one post, are to
// blame, and remembers them: bad are those found now. ask asks for some of
// them and says whether that is refused.
//
// again says that it is worth asking with what Without returns now. If not,
// the post is the reason: even the first two names, which every post of the
// kind should have, are refused each alone.
func (m *RefusedMetrics) Learn(ctx context.Context, kind string, names []string, ask func([]string) (refused bool, err error)) (bad []string, again bool, err error) {
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
	for _, n := range names[:min(2, len(names))] {
		no, err := ask([]string{n})
		if err != nil {
			return nil, false, err
		}
		all = all && no
	}
	if all {
		return nil, false, nil
	}
	bad, err = split(names, ask)
	if err != nil || len(bad) == 0 || len(bad) == len(names) {
		return nil, false, err
	}
	m.add(kind, bad)
	return bad, true, nil
}

// split returns the bad ones among names, which were refused together.
func split(names []string, refused func([]string) (bool, error)) (bad []string, err error) {
	if len(names) == 1 {
		return names, nil
	}
	for _, half := range [][]string{names[:len(names)/2], names[len(names)/2:]} {
		no, err := refused(half)
		if err != nil {
			return nil, err
		}
		if !no {
			continue
		}
		b, err := split(half, refused)
		if err != nil {
			return nil, err
		}
		bad = append(bad, b...)
	}
	return bad, nil
}
