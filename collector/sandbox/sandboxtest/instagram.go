// Package sandboxtest starts the sandboxes of the platforms for a test.
package sandboxtest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
)

// InstagramWorld returns the world of instagram.DefaultWorldOptions. It is
// loaded once for all tests of a process; nothing can change it.
var InstagramWorld = sync.OnceValue(func() *instagram.World {
	w, err := instagram.Load(instagram.DefaultWorldOptions())
	if err != nil {
		panic(err) // the data are part of the program
	}
	return w
})

// An Instagram is a sandbox of Instagram that listens on a port of its own.
type Instagram struct {
	*instagram.Server
	URL   string // of the root, without a version
	World *instagram.World

	http *httptest.Server
}

// Client returns a client for the server. Its connections end with the test.
func (s *Instagram) Client() *http.Client { return s.http.Client() }

// StartInstagram starts a server that ends with the test. The default world is
// InstagramWorld().
func StartInstagram(t testing.TB, o instagram.Options) *Instagram {
	t.Helper()
	if o.World == nil {
		o.World = InstagramWorld()
	}
	s := instagram.New(o)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &Instagram{Server: s, URL: h.URL, World: o.World, http: h}
}
