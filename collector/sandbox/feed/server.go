package feed

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// DefaultPageSize is how many items a page of the blog and of the newsroom has.
const DefaultPageSize = 10

// Options say how a server behaves.
type Options struct {
	// World is what the server shows. It must be set.
	World *World
	// Now is the sandbox's clock. The default is time.Now.
	Now func() time.Time
	// PageSize is how many items a page of the blog and of the newsroom has.
	// The default is DefaultPageSize. The podcast is one page.
	PageSize int
	// PageDelay is how long, in real time, every answer waits. The default is
	// not at all.
	PageDelay time.Duration
	// Log gets one line of level debug for each answer. The default says
	// nothing.
	Log *slog.Logger
}

// A Server answers like the websites of a world. It implements http.Handler and
// may be called from many goroutines.
//
// Every answer is the state of one second of the sandbox's clock: the one in
// its Date header. It serves
//
//	GET /feeds/khabar/feed/         a blog of WordPress, paged by ?paged=
//	GET /feeds/newsroom/atom.xml    a newsroom, paged by links (RFC 5005)
//	GET /feeds/radio/podcast.xml    a podcast
//
// whatever the host, and at /feeds/<name>/ a page for people that leads to the
// feed. It knows ETag and Last-Modified, and answers 304 to those who have
// them. As with WordPress itself, the blog's say nothing of its comments.
type Server struct {
	Faults *Faults // what goes wrong; safe to change while the server runs

	front    sandbox.Front
	world    *World
	pageSize int
}

// New returns a server. It panics without a world.
func New(o Options) *Server {
	if o.World == nil {
		panic("feed sandbox: Options.World is not set")
	}
	s := &Server{Faults: newFaults(), world: o.World, pageSize: o.PageSize}
	if s.pageSize <= 0 {
		s.pageSize = DefaultPageSize
	}
	s.front = sandbox.Front{
		Answer: s.answer,
		Faults: &s.Faults.FaultQueue,
		Header: map[string]string{"Server": "sandbox"},
		Now:    o.Now,
		Delay:  o.PageDelay,
		Log:    o.Log,
	}
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// answer returns the right answer to a request.
func (s *Server) answer(r sandbox.Request) (status int, body []byte) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/feeds/"), "/")
	var at *site
	for _, x := range s.world.sites {
		if x.plan.name == name {
			at = x
		}
	}
	if at == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return page(r.Answer, http.StatusNotFound, "Not found", "")
	}
	faults := s.Faults.of(name)
	moved := at.plan.path() + "moved/"
	switch {
	case rest == "":
		return page(r.Answer, http.StatusOK, at.Name, at.plan.path())
	case r.URL.Path == moved && faults.moved:
	case r.URL.Path != at.plan.path():
		return page(r.Answer, http.StatusNotFound, "Not found", "")
	case faults.status != 0:
		return page(r.Answer, faults.status, http.StatusText(faults.status), "")
	case faults.moved:
		to := *r.URL
		to.Path = moved
		r.Answer.Set("Location", to.String())
		return http.StatusMovedPermanently, nil
	}
	number := 1
	if n, err := strconv.Atoi(r.URL.Query().Get(at.plan.pageParameter())); err == nil && n > 0 && at.plan.kind != podcast {
		number = n
	}
	v := s.view(r, at, number)
	if v == nil {
		return page(r.Answer, http.StatusNotFound, "Not found", "")
	}
	r.Answer.Set("Content-Type", v.contentType()+"; charset=UTF-8")
	body = v.body()
	tag, modified := v.validators(body)
	r.Answer.Set("ETag", tag)
	r.Answer.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	if unchanged(r.Request, tag, modified) {
		return http.StatusNotModified, nil
	}
	return http.StatusOK, body
}

// pageParameter is the one that asks for a page.
func (p plan) pageParameter() string {
	if p.kind == wordpress {
		return "paged"
	}
	return "page"
}

// unchanged says whether the client has the answer already. An ETag is believed
// before a date. https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
func unchanged(r *http.Request, tag string, modified time.Time) bool {
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		for one := range strings.SplitSeq(tags, ",") {
			if strings.TrimPrefix(strings.TrimSpace(one), "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !modified.After(since)
}

// page answers with a page for people, which leads to the feed.
func page(h http.Header, status int, title, feed string) (int, []byte) {
	h.Set("Content-Type", "text/html; charset=UTF-8")
	link := ""
	if feed != "" {
		kind := "application/rss+xml"
		if strings.HasSuffix(feed, "atom.xml") {
			kind = "application/atom+xml"
		}
		link = `<link rel="alternate" type="` + kind + `" href="` + feed + `">`
	}
	return status, []byte("<!DOCTYPE html>\n<html><head><title>" + escape(title) + "</title>" + link + "</head><body><h1>" + escape(title) + "</h1><p>" + generatedNote + "</p></body></html>\n")
}
