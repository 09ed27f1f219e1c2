package tiktok

import "sync"

// Limit is how many requests an app may send on one path within any minute.
// The platform writes it down for the Display API; for the Accounts API nobody
// knows the number, and the sandbox takes the same.
const Limit = 600

const windowSeconds = 60

// limits count requests as the platform does: per path, in a window that
// slides. It tells nobody what is left.
type limits struct {
	most int

	mu    sync.Mutex
	paths map[string]*window
}

// A window counts the requests of each of the last seconds.
type window struct {
	second [windowSeconds]int64
	calls  [windowSeconds]int
}

func newLimits(times int) *limits {
	return &limits{most: Limit * max(times, 1), paths: make(map[string]*window)}
}

// take counts a request, or says that there were too many.
func (l *limits) take(path string, second int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.paths[path]
	if w == nil {
		w = new(window)
		l.paths[path] = w
	}
	sum := 0
	for i := range w.second {
		if w.second[i] > second-windowSeconds {
			sum += w.calls[i]
		}
	}
	if sum >= l.most {
		return false
	}
	i := second % windowSeconds
	if w.second[i] != second {
		w.second[i], w.calls[i] = second, 0
	}
	w.calls[i]++
	return true
}
