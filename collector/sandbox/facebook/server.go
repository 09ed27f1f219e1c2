package facebook

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
)

// Options say how a server behaves.
type Options struct {
	// World is what the server shows. It must be set.
	World *World
	// Now is the sandbox's clock. The default is time.Now.
	Now func() time.Time
	// Token is the long-lived token of the user who manages the Pages of
	// schema.AccessOwner. By default a new one is made up. All other tokens come
	// from it: see Server.PageToken and Server.AppToken.
	Token string
	// AppID and AppSecret are those of our app. By default the id is one of the
	// sandbox's and the secret is made of Token.
	AppID, AppSecret string
	// RequireProof refuses every request without an appsecret_proof.
	RequireProof bool
	// Instagram are the ids of the Instagram accounts behind the Pages, by handle
	// of the Page: a Page without one shows none.
	Instagram map[string]string
	// PageCalls is how many calls a Page takes in 24 hours, as the platform
	// derives it from the people who engage with it. The default is 48 000.
	PageCalls int
	// AppUsers is how many people use our app a day: what is asked with the
	// app's or a user's token takes 200 calls an hour for each. The default is 50.
	AppUsers int
	// PageDelay is how long, in real time, every answer waits. The default is
	// not at all.
	PageDelay time.Duration
	// Log gets one line of level debug for each answer, without tokens. The
	// default says nothing.
	Log *slog.Logger
}

// A Server answers like the Graph API of Facebook Pages. It implements
// http.Handler and may be called from many goroutines.
//
// Every answer is the state of one second of the sandbox's clock: the one in
// its Date header. It serves
//
//	GET /v25.0/{page}                  profile, by id or user name
//	GET /v25.0/{page}/published_posts  newest first, by cursor; /posts and /feed too
//	GET /v25.0/{page}/insights         by day; see pageMetrics
//	GET /v25.0/{page}_{post}           one post
//	GET /v25.0/{page}_{post}/insights  lifetime; see postMetrics
//	GET /v25.0/?ids=                   several Pages or posts
//	POST /v25.0/                       a batch of the above
//	GET /v25.0/me, /v25.0/me/accounts  the user, and the Pages that the user manages
//	GET /v25.0/debug_token             what a token is
//	GET /dialog/oauth                  where a person permits us; sends back at once
//	GET /oauth/access_token            tokens for codes, and long-lived ones for short
//
// A Page's token opens all of the Page. Any other opens what anyone may see, as
// with Page Public Content Access: the app's own, or a user's or another Page's
// that comes with an appsecret_proof. Pages of schema.AccessPublic give nobody
// a token.
//
// Comments are served within posts. Videos apart from posts, searches and
// breakdowns of insights are not served.
type Server struct {
	Faults *Faults // what goes wrong; safe to change while the server runs

	front  sandbox.Front
	world  *World
	o      Options
	logins logins
	quota  *quotas
	calls  atomic.Uint64
}

// New returns a server. It panics without a world.
func New(o Options) *Server {
	if o.World == nil {
		panic("facebook sandbox: Options.World is not set")
	}
	if o.Token == "" {
		o.Token = "EAASANDBOX" + rand.Text()
	}
	if o.AppID == "" {
		o.AppID = sandbox.HashOf(0, "app").Digits(0, "24", 15)
	}
	if o.AppSecret == "" {
		o.AppSecret = secretOf(o.Token, "app secret")
	}
	s := &Server{Faults: new(Faults), world: o.World, o: o, quota: newQuotas(o.PageCalls, o.AppUsers)}
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
	return s
}

// secretOf derives a secret from another. It is as good as the sandbox needs.
func secretOf(secret string, words ...string) string {
	h := sandbox.HashOf(0, append([]string{"facebook", secret}, words...)...)
	return strconv.FormatUint(h.Draw(0), 36) + strconv.FormatUint(h.Draw(1), 36)
}

// Token returns the long-lived token of the user who manages the Pages.
func (s *Server) Token() string { return s.o.Token }

// AppID returns the id of our app.
func (s *Server) AppID() string { return s.o.AppID }

// AppSecret returns the secret of our app.
func (s *Server) AppSecret() string { return s.o.AppSecret }

// AppToken returns the token of our app. It opens what anyone may see.
func (s *Server) AppToken() string { return s.o.AppID + "|" + s.o.AppSecret }

// PageToken returns the token of a Page. The server accepts those of the Pages
// of schema.AccessOwner.
func (s *Server) PageToken(handle string) string {
	return "EAASANDBOXPAGE" + secretOf(s.o.Token, "page", handle)
}

// Serves says whether the request is one for Facebook, where other platforms
// that answer like the Graph API share the address.
func (s *Server) Serves(r *http.Request) bool {
	_, parts := graph.SplitPath(r.URL.Path)
	if len(parts) == 0 {
		ids := graph.SplitList(r.URL.Query().Get("ids"))
		for _, id := range ids {
			if s.knows(id) {
				return true
			}
		}
		return len(ids) == 0 && r.Method == http.MethodPost
	}
	switch parts[0] {
	case "me", "debug_token", "oauth", "dialog":
		return true
	}
	page, post, _ := strings.Cut(parts[0], "_")
	return s.knows(parts[0]) || graph.IsID(page) && graph.IsID(post)
}

func (s *Server) knows(id string) bool {
	return s.world.byID[id] != nil || s.world.byPost[id] != nil || s.world.page(strings.ToLower(id)) != nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// A call is one request on its way to an answer. A batch is many.
type call struct {
	*Server
	r       *http.Request
	at      int64 // the second in which all of the answer is true
	version int
	path    []string // without the version
	faults  *faultState
	header  http.Header // of the answer
	caller  caller
	batched bool
}

// answer returns the right answer to a request.
func (s *Server) answer(r sandbox.Request) (status int, body []byte) {
	c := &call{Server: s, r: r.Request, at: r.Second, faults: s.Faults.State(), header: r.Answer}
	return c.respond()
}

func (c *call) respond() (status int, body []byte) {
	n := c.calls.Add(1)
	status, body, err := c.serve()
	if err == nil {
		return status, body
	}
	var e *graph.Error
	if !errors.As(err, &e) {
		e = graph.Unexpected()
	}
	return e.Refuse(c.header, n)
}

// serve returns a good answer. Any other is a *graph.Error.
func (c *call) serve() (status int, body []byte, err error) {
	asked, parts := graph.SplitPath(c.r.URL.Path)
	c.version = graph.ServedVersion(asked, time.Unix(c.at, 0))
	if c.version == 0 || len(parts) > 2 {
		return 0, nil, graph.UnknownPath(c.r.URL.Path)
	}
	c.path = parts
	c.header.Set("facebook-api-version", "v"+strconv.Itoa(c.version)+".0")
	root := len(parts) == 0
	switch {
	case c.r.Method == http.MethodGet && strings.Join(parts, "/") == "dialog/oauth":
		return c.dialog()
	case c.r.Method == http.MethodGet && strings.Join(parts, "/") == "oauth/access_token":
		body, err = c.accessToken()
		return http.StatusOK, body, err
	case c.r.Method == http.MethodPost && root && !c.batched:
		body, err = c.batch()
		return http.StatusOK, body, err
	case c.r.Method != http.MethodGet:
		return 0, nil, graph.NoObject(strings.ToLower(c.r.Method), strings.Join(parts, "/"))
	}
	if err := c.authorize(); err != nil {
		return 0, nil, err
	}
	if c.version >= 26 && c.r.URL.Query().Has("date_format") {
		return 0, nil, graph.Invalid("date_format is not supported in this version")
	}
	switch {
	case root:
		body, err = c.several()
	case len(parts) == 1:
		body, err = c.node(parts[0])
	default:
		body, err = c.edge(parts[0], parts[1])
	}
	return http.StatusOK, body, err
}

// node answers GET /{id}.
func (c *call) node(id string) ([]byte, error) {
	switch id {
	case "me":
		return c.me()
	case "debug_token":
		return c.debugToken()
	}
	if p := c.world.byPost[id]; p != nil {
		if err := c.enter(p.page); err != nil {
			return nil, err
		}
		if err := c.shown(p); err != nil {
			return nil, err
		}
		writer, err := c.postWriter(c.r.URL.Query().Get("fields"))
		if err != nil {
			return nil, err
		}
		return writer(nil, p), nil
	}
	pg, err := c.page(id)
	if err != nil {
		return nil, err
	}
	return c.profile(pg)
}

// edge answers GET /{id}/{edge}.
func (c *call) edge(id, edge string) ([]byte, error) {
	if id == "me" && edge == "accounts" {
		return c.accounts()
	}
	if p := c.world.byPost[id]; p != nil {
		if err := c.enter(p.page); err != nil {
			return nil, err
		}
		if err := c.shown(p); err != nil {
			return nil, err
		}
		if edge != "insights" {
			return nil, graph.UnknownPath("/" + edge)
		}
		return c.postInsights(p)
	}
	pg, err := c.page(id)
	if err != nil {
		return nil, err
	}
	switch edge {
	case "published_posts", "posts", "feed":
		return c.list(pg, edge)
	case "insights":
		return c.pageInsights(pg)
	}
	return nil, graph.UnknownPath("/" + edge)
}

// page returns the Page of an id or user name, if the caller may see it.
func (c *call) page(id string) (*page, error) {
	pg := c.world.byID[id]
	if pg == nil {
		pg = c.world.page(strings.ToLower(id))
	}
	switch {
	case pg == nil && graph.IsID(strings.ReplaceAll(id, "_", "")):
		return nil, graph.NoObject("get", id)
	case pg == nil:
		return nil, graph.NoAlias(id)
	case c.faults.closed[pg.Handle]:
		return nil, graph.NoObject("get", id)
	}
	return pg, c.enter(pg)
}

// shown refuses a post that is not there, or not any more.
func (c *call) shown(p *post) error {
	if p.published > c.at || c.faults.closed[p.page.Handle] || c.faults.gone[p.key()] || c.faults.unreadable[p.key()] {
		return graph.NoObject("get", p.key())
	}
	return nil
}

// several answers GET /?ids=: an object by id. One bad id fails all.
func (c *call) several() ([]byte, error) {
	ids := graph.SplitList(c.r.URL.Query().Get("ids"))
	if len(ids) == 0 {
		return nil, &graph.Error{Code: 100, Type: "GraphMethodException", Message: "Unsupported get request. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"}
	}
	if len(ids) > maxBatch {
		return nil, graph.Invalid("Too many IDs. Maximum: 50.")
	}
	b := []byte{'{'}
	for _, id := range ids {
		if id == "me" || id == "debug_token" {
			return nil, graph.NoAlias(id)
		}
		body, err := c.node(id)
		if err != nil {
			return nil, err
		}
		b = append(sandbox.AppendString(b, id), ':')
		b = append(append(b, body...), ',')
	}
	return sandbox.CloseList(b, '}'), nil
}
