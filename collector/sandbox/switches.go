package sandbox

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Switches hold what goes wrong on a server from now on, an S, beside the
// queue of faults that spoil the next answers. The zero value has nothing
// wrong. An S is never changed, only replaced, so a call sees one whole.
type Switches[S any] struct {
	FaultQueue

	mu    sync.Mutex // of changes
	state atomic.Pointer[S]
}

// State returns what holds now.
func (w *Switches[S]) State() *S {
	if s := w.state.Load(); s != nil {
		return s
	}
	return new(S)
}

// Change replaces what holds by a changed copy. Maps in it must be replaced
// too: see With.
func (w *Switches[S]) Change(change func(*S)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := *w.State()
	change(&next)
	w.state.Store(&next)
}

// Clear makes everything right again.
func (w *Switches[S]) Clear() {
	w.Drop()
	w.Change(func(s *S) { *s = *new(S) })
}

// With returns a copy of m in which key has the value.
func With[K comparable, V any](m map[K]V, key K, v V) map[K]V {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[K]V)
	}
	m[key] = v
	return m
}
