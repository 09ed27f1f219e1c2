package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
)

// A refusedHost is a reason of ours not to go somewhere.
type refusedHost struct{}

func (refusedHost) Error() string        { return "not there" }
func (refusedHost) Is(target error) bool { return target == collector.ErrRequest }

func TestDo(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/bytes", http.StatusMovedPermanently)
		case "/bytes":
			if r.Header.Get("Accept") != "text/plain" || r.Header.Get("Accept-Encoding") != "gzip" || r.Header.Get("User-Agent") != "hamawaz" {
				w.WriteHeader(http.StatusTeapot)
			}
			w.Write([]byte("\ufeff\n \xff bytes"))
		case "/away":
			http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
		}
	}))
	defer srv.Close()
	do := func(c *Client, path string) (*Answer, error) {
		req, err := http.NewRequest(http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/plain")
		return c.Do(t.Context(), req)
	}
	c := &Client{HTTP: srv.Client()}
	a, err := do(c, "/moved")
	if err != nil || a.Status != http.StatusOK || string(a.Body) != "\ufeff\n \xff bytes" {
		t.Fatalf("Do: %+v, %v, want the body as it came", a, err)
	}
	if a.URL.String() != srv.URL+"/bytes" || a.Request != "GET "+srv.URL+"/moved" {
		t.Errorf("Do: request %q, answered by %q", a.Request, a.URL)
	}
	if _, err := do(c, "/away"); !errors.Is(err, collector.ErrTransient) {
		t.Errorf("redirect to another host: %v, want it to be refused", err)
	}
	c = &Client{HTTP: srv.Client(), Redirect: func(*http.Request, []*http.Request) error { return refusedHost{} }}
	if _, err := do(c, "/away"); !errors.Is(err, collector.ErrRequest) || errors.Is(err, collector.ErrTransient) {
		t.Errorf("redirect that we refuse: %v, want %v", err, collector.ErrRequest)
	}
}
