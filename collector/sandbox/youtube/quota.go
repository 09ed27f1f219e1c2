package youtube

import (
	"sync"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A bucket counts calls by the days of California. The platform tells nobody
// what is left in it.
type bucket struct {
	limit int

	mu   sync.Mutex
	day  int64 // the midnight with which it began
	used int
}

func newBucket(limit int) *bucket {
	if limit == 0 {
		limit = DefaultUnits
	}
	return &bucket{limit: limit}
}

// take takes a unit out of the bucket, or says that it is empty.
func (b *bucket) take(second int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day := sandbox.PacificMidnight(second); day != b.day {
		b.day, b.used = day, 0
	}
	if b.used >= b.limit {
		return false
	}
	b.used++
	return true
}

func (b *bucket) usedToday() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}
