package instagram

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// Options say how a server behaves.
type Options struct {
	// World is what the server shows. It must be set.
	World *World
	// Now is the sandbox's clock. The default is time.Now.
	Now func() time.Time
	// Token is the one access token that is accepted. By default a new one is
	// made up; ask Server.Token for it.
	Token string
	// AccountCalls is how many calls an account takes in 24 hours, as the
	// platform derives it from the account's impressions. The default is 48 000.
	AccountCalls int
	// AppUsers is how many people use our app a day: business discovery takes
	// 200 calls an hour for each. The default is 50.
	AppUsers int
	// PageDelay is how long, in real time, every answer waits. The default is
	// not at all.
	PageDelay time.Duration
	// Log gets one line of level debug for each answer, without tokens. The
	// default says nothing.
	Log *slog.Logger
}

// A Server answers like the Instagram Graph API (the host for Facebook Login).
// It implements http.Handler and may be called from many goroutines.
//
// Every answer is the state of one second of the sandbox's clock: the one in
// its Date header. It serves
//
//	GET /v25.0/{ig-user-id}            profile, nested media, business discovery
//	GET /v25.0/{ig-user-id}/media      newest first, by cursor
//	GET /v25.0/{ig-user-id}/stories    those of the last 24 hours; modelled
//	GET /v25.0/{ig-user-id}/insights   by day; see accountMetrics
//	GET /v25.0/{media-id}              one media
//	GET /v25.0/{media-id}/children     the pictures of an album
//	GET /v25.0/{media-id}/comments     newest first, the answers within; modelled
//	GET /v25.0/{media-id}/insights     lifetime
//
// Accounts of schema.AccessPublic, and their media, are refused everywhere
// except in business discovery, like accounts that did not authorise us.
// Batches, ?ids= and the log-in calls are not served.
type Server struct {
	Faults *Faults // what goes wrong; safe to change while the server runs

	front  sandbox.Front
	world  *World
	token  string
	office *account
	quota  *quotas
	calls  atomic.Uint64
}

// New returns a server. It panics without a world.
func New(o Options) *Server {
	if o.World == nil {
		panic("instagram sandbox: Options.World is not set")
	}
	s := &Server{
		Faults: new(Faults),
		world:  o.World,
		token:  o.Token,
		office: &account{Account: sandbox.Account{
			PlatformID: sandbox.HashOf(0, "user", "the office").Digits(0, "178414", 17),
			Handle:     "sandbox.press.office",
			Name:       "Press office (sandbox)",
			Access:     schema.AccessOwner,
			Bio:        "The account through which the sandbox's office looks at others.",
		}, follows: sandbox.Unknown},
		quota: newQuotas(o.AccountCalls, o.AppUsers),
	}
	s.front = sandbox.Front{
		Answer: s.answer,
		Faults: &s.Faults.FaultQueue,
		Header: map[string]string{
			"Content-Type":  "application/json; charset=UTF-8",
			"Cache-Control": "private, no-cache, no-store, must-revalidate",
		},
		Now:   o.Now,
		Delay: o.PageDelay,
		Log:   o.Log,
	}
	if s.token == "" {
		s.token = "EAASANDBOX" + rand.Text()
	}
	return s
}

// Token returns the access token that the server accepts.
func (s *Server) Token() string { return s.token }

// OfficeUserID returns the id of our own account, through which business
// discovery is asked. It has no media.
func (s *Server) OfficeUserID() string { return s.office.PlatformID }

// A call is one request on its way to an answer.
type call struct {
	*Server
	r       *http.Request
	at      int64 // the second in which all of the answer is true
	version int
	path    []string // without the version
	faults  *faultState
	header  http.Header // of the answer
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// answer returns the right answer to a request.
func (s *Server) answer(r sandbox.Request) (status int, body []byte) {
	s.calls.Add(1)
	c := &call{Server: s, r: r.Request, at: r.Second, faults: s.Faults.State(), header: r.Answer}
	body, err := c.answer()
	if err == nil {
		return http.StatusOK, body
	}
	var e *GraphError
	if !errors.As(err, &e) {
		e = graph.Unexpected()
	}
	return e.Refuse(c.header, c.calls.Load())
}

// answer returns the body of a good answer. Any other is a *GraphError.
func (c *call) answer() ([]byte, error) {
	if err := c.route(); err != nil {
		return nil, err
	}
	switch c.r.Method {
	case http.MethodGet:
	case http.MethodHead:
		c.header.Set("Allow", http.MethodGet)
		return nil, &GraphError{Status: http.StatusMethodNotAllowed, Code: 100, Message: "Unsupported method."}
	default:
		return nil, graph.NoObject(strings.ToLower(c.r.Method), c.path[0])
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	if c.version >= 26 && c.r.URL.Query().Has("date_format") {
		return nil, graph.Invalid("date_format is not supported in this version")
	}
	id, edge := c.path[0], ""
	if len(c.path) == 2 {
		edge = c.path[1]
	}
	if a := c.user(id); a != nil {
		return c.userAnswer(a, edge)
	}
	if m, ok := c.media(id); ok {
		return c.mediaAnswer(m, edge)
	}
	return nil, graph.NoObject("get", id)
}

// route takes the path apart and settles the version that serves it.
func (c *call) route() error {
	asked, parts := graph.SplitPath(c.r.URL.Path)
	c.version = graph.ServedVersion(asked, time.Unix(c.at, 0))
	if c.version == 0 || len(parts) == 0 || len(parts) > 2 {
		return graph.UnknownPath(c.r.URL.Path)
	}
	c.header.Set("facebook-api-version", "v"+strconv.Itoa(c.version)+".0")
	if !graph.IsID(parts[0]) {
		return graph.NoAlias(parts[0])
	}
	if len(parts) == 2 && parts[1] != "media" && parts[1] != "insights" && parts[1] != "stories" && parts[1] != "children" && parts[1] != "comments" {
		return graph.UnknownPath("/" + parts[1])
	}
	c.path = parts
	return nil
}

// user returns the account of an id that our token may read, or nil.
func (c *call) user(id string) *account {
	if id == c.office.PlatformID {
		return c.office
	}
	a := c.world.byUser[id]
	if a == nil || a.Access != schema.AccessOwner || c.faults.closed[a.Handle] {
		return nil
	}
	return a
}

// media returns the media of an id that our token may read.
func (c *call) media(id string) (mediaRef, bool) {
	m, ok := c.world.byMedia[id]
	if !ok {
		m.post = c.world.storyOf(id, c.at)
		ok = m.post != nil
	}
	if !ok || m.post.published > c.at || c.user(m.post.account.PlatformID) == nil {
		return mediaRef{}, false
	}
	return m, !c.faults.gone[m.post.code] && !c.faults.unreadable[m.post.code]
}
