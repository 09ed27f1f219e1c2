package sandbox

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Fault spoils one or more answers. The zero value of a part leaves that
// part as it would have been.
type Fault struct {
	On    func(*http.Request) bool // which requests; nil means any
	Times int                      // how many of them; 0 means one, -1 all

	Ask        func(r *http.Request) // changes the request before it is answered
	Delay      time.Duration         // before anything is sent, in real time
	Status     int                   // instead of the right one
	Header     http.Header           // added, replacing what is there
	Body       []byte                // instead of the right one, which is then not even made
	Mangle     func([]byte) []byte   // changes the right body
	ResetAfter int                   // breaks the connection after so many bytes
	Drip       time.Duration         // of real time before each of the body's bytes
}

// For returns the fault for so many requests; -1 means all to come.
func (f Fault) For(times int) Fault { f.Times = times; return f }

// At returns the fault for the requests that on matches.
func (f Fault) At(on func(*http.Request) bool) Fault { f.On = on; return f }

func (f *Fault) delay() time.Duration {
	if f == nil {
		return 0
	}
	return f.Delay
}

func (f *Fault) replaces() bool { return f != nil && f.Body != nil }

// change applies the fault to an answer.
func (f *Fault) change(header http.Header, status int, body []byte) (int, []byte) {
	for name, values := range f.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if f.Status != 0 {
		status = f.Status
	}
	if f.Body != nil {
		body = f.Body
	}
	if f.Mangle != nil {
		body = f.Mangle(body)
	}
	return status, body
}

// FaultQueue holds the faults that spoil the next answers. The zero value is
// empty and ready; it may be used while the server runs.
type FaultQueue struct {
	mu    sync.Mutex
	queue []Fault
	storm atomic.Pointer[Storm]
}

// Brew lets the storm spoil answers for which no fault is queued.
func (q *FaultQueue) Brew(s *Storm) { q.storm.Store(s) }

// Spoil queues faults. Each request takes the first that is for it.
func (q *FaultQueue) Spoil(faults ...Fault) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, fault := range faults {
		if fault.Times == 0 {
			fault.Times = 1
		}
		q.queue = append(q.queue, fault)
	}
}

// Pending returns how many queued faults have not been used up.
func (q *FaultQueue) Pending() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.queue)
}

// Drop empties the queue.
func (q *FaultQueue) Drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = nil
}

// take returns the fault for a request, or nil.
func (q *FaultQueue) take(r *http.Request) *Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.queue {
		if on := q.queue[i].On; on != nil && !on(r) {
			continue
		}
		fault := q.queue[i]
		if q.queue[i].Times > 0 {
			if q.queue[i].Times--; q.queue[i].Times == 0 {
				q.queue = append(q.queue[:i:i], q.queue[i+1:]...)
			}
		}
		return &fault
	}
	if s := q.storm.Load(); s != nil {
		return s.next(r)
	}
	return nil
}

// HTMLPage answers with a page for people, as gateways do: with status 500 or
// 502, and now and then with 200.
func HTMLPage(status int) Fault {
	return Fault{
		Status: status,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   []byte("<!DOCTYPE html>\n<html lang=\"en\"><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>\n"),
	}
}

// CutBody ends the right body after n bytes, in a whole HTTP answer.
func CutBody(n int) Fault {
	return Fault{Mangle: func(b []byte) []byte { return b[:min(n, len(b))] }}
}

// HugeBody follows the right body with so many bytes of white space, which is
// still JSON.
func HugeBody(n int) Fault {
	return Fault{Mangle: func(b []byte) []byte { return append(b, bytes.Repeat([]byte{' '}, n)...) }}
}

// Slow waits before the right answer.
func Slow(d time.Duration) Fault { return Fault{Delay: d} }

// Drip sends the right answer byte by byte, and waits so long before each.
func Drip(d time.Duration) Fault { return Fault{Drip: d} }

// Reset breaks the connection after n bytes of the body.
func Reset(n int) Fault { return Fault{ResetAfter: max(n, 1)} }
