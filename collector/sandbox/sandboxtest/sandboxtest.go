// Package sandboxtest starts the sandbox for a test.
package sandboxtest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// World returns the world of sandbox.DefaultWorldOptions. It is loaded once
// for all tests of a process; nothing can change it.
var World = sync.OnceValue(func() *sandbox.World {
	w, err := sandbox.Load(sandbox.DefaultWorldOptions())
	if err != nil {
		panic(err) // the data are part of the program
	}
	return w
})

// A Server is a sandbox that listens on a port of its own.
type Server struct {
	*sandbox.Server
	URL   string // of the root, without a version
	World *sandbox.World

	http *httptest.Server
}

// Client returns a client for the server. Its connections end with the test.
func (s *Server) Client() *http.Client { return s.http.Client() }

// Start starts a server that ends with the test. The default world is World().
func Start(t testing.TB, o sandbox.Options) *Server {
	t.Helper()
	if o.World == nil {
		o.World = World()
	}
	s := sandbox.New(o)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &Server{Server: s, URL: h.URL, World: o.World, http: h}
}

// A Clock is a clock that moves only when it is told to. It may be shared.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that shows at.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Set makes the clock show at.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}
