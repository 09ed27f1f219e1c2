package x

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// Options say how a server behaves.
type Options struct {
	// World is what the server shows. It must be set.
	World *World
	// Now is the sandbox's clock. The default is time.Now.
	Now func() time.Time
	// Token is the app's bearer token. By default a new one is made up; ask
	// Server.Token for it. The owners' tokens are made of it: UserToken.
	Token string
	// Key and Secret are the app's, for POST /oauth2/token. By default new ones
	// are made up.
	Key, Secret string
	// ClientID and ClientSecret are our application's for OAuth 2.0. By default
	// new ones are made up: ask Server.OAuthClient for them.
	ClientID, ClientSecret string
	// Renamed answers in the newer vocabulary where a request names fields of
	// neither. The default is the older one.
	Renamed bool
	// LimitTimes multiplies every limit of calls. The default is 1.
	LimitTimes int
	// PageDelay is how long, in real time, every answer waits. The default is
	// not at all.
	PageDelay time.Duration
	// Log gets one line of level debug for each answer, without tokens. The
	// default says nothing.
	Log *slog.Logger
}

// A Server answers like the X API v2. It implements http.Handler and may be
// called from many goroutines.
//
// Every answer is the state of one second of the sandbox's clock: the one in
// its Date header. It serves
//
//	POST /oauth2/token                       the app's token
//	GET  /i/oauth2/authorize                 an owner's permission
//	POST /2/oauth2/token, /2/oauth2/revoke   an owner's tokens
//	GET  /2/users?ids=                       profiles
//	GET  /2/users/by?usernames=
//	GET  /2/users/{id}
//	GET  /2/users/by/username/{username}
//	GET  /2/users/me                         with an owner's token
//	GET  /2/users/{id}/tweets                newest first
//	GET  /2/tweets?ids=                      posts
//	GET  /2/tweets/{id}
//
// Searching, mentions, analytics, usage and what concerns other people are not
// served.
type Server struct {
	Faults *Faults // what goes wrong; safe to change while the server runs

	front       sandbox.Front
	world       *World
	token       string
	key, secret string
	owners      map[string]*account // by token
	grants      *sandbox.Grants

	clientID, clientSecret string      // of OAuth 2.0
	vocabulary             *vocabulary // where a request does not say
	limits                 *limits
}

// New returns a server. It panics without a world.
func New(o Options) *Server {
	if o.World == nil {
		panic("x sandbox: Options.World is not set")
	}
	s := &Server{
		Faults:     new(Faults),
		world:      o.World,
		token:      o.Token,
		key:        o.Key,
		secret:     o.Secret,
		owners:     make(map[string]*account),
		vocabulary: legacy,
		limits:     newLimits(o.LimitTimes),
		grants:     &sandbox.Grants{CodeFor: codeFor, AccessFor: accessFor, Rotate: true, Prefix: "OWNER"},
		clientID:   o.ClientID, clientSecret: o.ClientSecret,
	}
	if o.Renamed {
		s.vocabulary = renamed
	}
	for _, made := range []*string{&s.token, &s.key, &s.secret, &s.clientID, &s.clientSecret} {
		if *made == "" {
			*made = "SANDBOX" + rand.Text()
		}
	}
	for _, a := range o.World.accounts {
		s.owners[s.UserToken(a.Handle)] = a
	}
	s.front = sandbox.Front{
		Answer: s.answer,
		Faults: &s.Faults.FaultQueue,
		Header: map[string]string{
			"Content-Type":  "application/json; charset=utf-8",
			"Cache-Control": "no-cache, no-store, max-age=0",
		},
		Now:   o.Now,
		Delay: o.PageDelay,
		Log:   o.Log,
	}
	return s
}

// Token returns the app's bearer token.
func (s *Server) Token() string { return s.token }

// Credentials returns the app's key and secret.
func (s *Server) Credentials() (key, secret string) { return s.key, s.secret }

// UserToken returns the token that the owner of an account gave us. With it
// the numbers of the account's posts that are not public can be read.
func (s *Server) UserToken(handle string) string {
	h := sandbox.HashOf(0, "x user token", s.token, handle)
	return "USER" + strconv.FormatUint(h.Draw(0), 36) + strconv.FormatUint(h.Draw(1), 36)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// A call is one request on its way to an answer.
type call struct {
	*Server
	r        *http.Request
	at       int64 // the second in which all of the answer is true
	header   http.Header
	faults   *faultState
	query    url.Values
	endpoint *endpoint
	name     string // what the path names: an id or a user name
	token    string
	owner    *account // whose token it is; nil for the app's
	v        *vocabulary
}

// An endpoint is a path that is served, with how many calls the app and an
// owner have in a window. 0 means that the token may not be used there.
type endpoint struct {
	pattern    string
	app, user  int64
	parameters string
	answer     func(*call) ([]byte, error)
}

var endpoints = []endpoint{
	{"/2/users", 300, 900, "ids", (*call).usersByID},
	{"/2/users/by", 300, 900, "usernames", (*call).usersByName},
	{"/2/users/by/username/{}", 300, 900, "", (*call).userByName},
	{"/2/users/me", 0, 75, "", (*call).userMe},
	{"/2/users/{}", 300, 900, "", (*call).userByID},
	{"/2/users/{}/tweets", 10_000, 900, "max_results,pagination_token,start_time,end_time,since_id,until_id,exclude", (*call).timeline},
	{"/2/tweets", 3_500, 5_000, "ids", (*call).postsByID},
	{"/2/tweets/{}", 450, 900, "", (*call).postByID},
}

// match returns the endpoint of a path and what the path names.
func match(path string) (*endpoint, string) {
	for i := range endpoints {
		before, after, named := strings.Cut(endpoints[i].pattern, "{}")
		if !named {
			if path == before {
				return &endpoints[i], ""
			}
			continue
		}
		rest, ok := strings.CutPrefix(path, before)
		name, ok2 := strings.CutSuffix(rest, after)
		if ok && ok2 && name != "" && !strings.Contains(name, "/") {
			return &endpoints[i], name
		}
	}
	return nil, ""
}

// answer returns the right answer to a request.
func (s *Server) answer(r sandbox.Request) (status int, body []byte) {
	c := &call{Server: s, r: r.Request, at: r.Second, header: r.Answer, faults: s.Faults.State(), query: r.URL.Query(), v: s.vocabulary}
	if c.faults.dateUTC {
		c.header.Set("Date", strings.Replace(c.header.Get("Date"), "GMT", "UTC", 1))
	}
	c.header.Set("Api-Version", "2.166")
	c.header.Set("X-Access-Level", "read")
	if r.URL.Path == "/oauth2/token" {
		return c.tokenAnswer()
	}
	if status, body, ours := s.oauth(r); ours {
		return status, body
	}
	c.endpoint, c.name = match(r.URL.Path)
	if c.endpoint == nil {
		c.header.Set("Content-Type", "text/html; charset=utf-8")
		return http.StatusNotFound, []byte("<!DOCTYPE html>\n<html><head><title>Page not found</title></head><body><h1>Nothing to see here</h1></body></html>\n")
	}
	c.chooseVocabulary()
	body, err := c.work()
	if err == nil {
		return http.StatusOK, body
	}
	var p *Problem
	if !errors.As(err, &p) {
		p = Trouble()
	}
	return p.Status, p.body(c.v)
}

// chooseVocabulary takes the names that the request uses.
func (c *call) chooseVocabulary() {
	for _, v := range []*vocabulary{renamed, legacy} {
		if c.query.Has(v.fieldsParameter()) {
			c.v = v
		}
	}
	if c.v == renamed {
		c.header.Set("Api-Version", "2.167")
	}
}

// work returns the body of a good answer. Any other is a *Problem.
func (c *call) work() ([]byte, error) {
	if c.r.Method != http.MethodGet {
		c.header.Set("Allow", http.MethodGet)
		return nil, &Problem{Status: http.StatusMethodNotAllowed, Title: "Method Not Allowed", Detail: "Method Not Allowed"}
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	if c.owner == nil && c.endpoint.app == 0 {
		return nil, &Problem{
			Status: http.StatusForbidden, Title: "Unsupported Authentication", Type: "unsupported-authentication",
			Detail: "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
		}
	}
	if err := c.charge(); err != nil {
		return nil, err
	}
	if err := c.checkParameters(); err != nil {
		return nil, err
	}
	return c.endpoint.answer(c)
}
