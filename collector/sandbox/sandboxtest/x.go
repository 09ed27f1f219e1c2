package sandboxtest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox/x"
)

// XWorld returns the world of x.DefaultWorldOptions. It is loaded once for all
// tests of a process; nothing can change it.
var XWorld = sync.OnceValue(func() *x.World {
	w, err := x.Load(x.DefaultWorldOptions())
	if err != nil {
		panic(err) // the data are part of the program
	}
	return w
})

// An X is a sandbox of X that listens on a port of its own.
type X struct {
	*x.Server
	URL   string // of the root, without a version
	World *x.World

	http *httptest.Server
}

// Client returns a client for the server. Its connections end with the test.
func (s *X) Client() *http.Client { return s.http.Client() }

// StartX starts a server that ends with the test. The default world is
// XWorld().
func StartX(t testing.TB, o x.Options) *X {
	t.Helper()
	if o.World == nil {
		o.World = XWorld()
	}
	s := x.New(o)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &X{Server: s, URL: h.URL, World: o.World, http: h}
}
