package sandbox

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// A Front is the HTTP side of a platform's server: it takes a request, lets
// the faults happen and sends the answer. It implements http.Handler and may
// be called from many goroutines.
type Front struct {
	// Answer makes the right answer. It must be set.
	Answer func(Request) (status int, body []byte)
	// Faults are what goes wrong. It must be set.
	Faults *FaultQueue
	// Header are the headers that every answer has.
	Header map[string]string
	// Now is the sandbox's clock. The default is time.Now.
	Now func() time.Time
	// Delay is how long, in real time, every answer waits.
	Delay time.Duration
	// Log gets one line of level debug for each answer, without the query. The
	// default says nothing.
	Log *slog.Logger

	zips sync.Pool // *gzip.Writer
}

// A Request is one request on its way to an answer.
type Request struct {
	*http.Request
	Second int64       // of the sandbox's clock, in which all of the answer is true
	Answer http.Header // of the answer; the Date is that of Second
}

// ServeHTTP answers one request.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := f.Faults.take(r)
	if !wait(r.Context(), f.Delay+fault.delay()) {
		return
	}
	if fault != nil && fault.Ask != nil {
		r = r.Clone(r.Context())
		fault.Ask(r)
	}
	now := time.Now
	if f.Now != nil {
		now = f.Now
	}
	header := w.Header()
	for name, value := range f.Header {
		header.Set(name, value)
	}
	second := now().Unix()
	header.Set("Date", time.Unix(second, 0).UTC().Format(http.TimeFormat))

	status, body := http.StatusOK, []byte(nil)
	if !fault.replaces() {
		status, body = f.Answer(Request{Request: r, Second: second, Answer: header})
	}
	if fault != nil {
		status, body = fault.change(header, status, body)
	}
	if f.Log != nil {
		f.Log.Debug("sandbox answered", "method", r.Method, "path", r.URL.Path, "status", status, "bytes", len(body))
	}
	if fault != nil && fault.ResetAfter > 0 {
		reset(w, status, body, fault.ResetAfter)
		return
	}
	if fault != nil && fault.Drip > 0 {
		drip(w, r, status, body, fault.Drip)
		return
	}
	f.write(w, r, status, body)
}

// wait waits in real time, and says whether the client still does.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
