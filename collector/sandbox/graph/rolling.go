package graph

// Rolling counts calls over a window of whole minutes.
type Rolling struct {
	Limit   int64
	minutes []minute // by minute modulo their number
}

type minute struct{ at, calls int64 }

// NewRolling returns a window of so many minutes that takes so many calls.
func NewRolling(minutes int, limit int64) *Rolling {
	return &Rolling{Limit: limit, minutes: make([]minute, minutes)}
}

// Add counts a call at the second and returns the calls in the window before
// it, and how many minutes later there will be room again: 0 if there is now.
// Refused calls count too, so calling on while limited lengthens the wait.
func (r *Rolling) Add(second int64) (before int64, regain int64) {
	now, size := second/60, int64(len(r.minutes))
	for _, m := range r.minutes {
		if m.at > now-size && m.at <= now {
			before += m.calls
		}
	}
	slot := &r.minutes[now%size]
	if slot.at != now {
		*slot = minute{at: now}
	}
	slot.calls++
	if before < r.Limit {
		return before, 0
	}
	left := before + 1
	for at := now - size + 1; at <= now; at++ {
		if m := r.minutes[at%size]; m.at == at {
			left -= m.calls
		}
		if left < r.Limit {
			return before, at + size - now
		}
	}
	return before, size
}

// Percent returns n in hundredths of the limit.
func (r *Rolling) Percent(n int64) int64 { return n * 100 / r.Limit }
