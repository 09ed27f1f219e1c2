package tiktok

import (
	"crypto/rand"
	"errors"
	"fmt"
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
	// Token is what the standing tokens of the owners are made of: see
	// Server.OwnerToken. By default a new one is made up.
	Token string
	// ClientKey and ClientSecret are those of our app for the Display API,
	// BusinessID and BusinessSecret those of our app for the API for Business.
	// By default new ones are made up.
	ClientKey, ClientSecret    string
	BusinessID, BusinessSecret string
	// LongLives gives tokens of the Display API the lives of before the end of
	// 2026: 24 hours and 365 days. The default is 2 hours and 180 days.
	LongLives bool
	// BusinessLag is how late the counters of videos are in the Accounts API.
	// The platform's are 24 to 48 hours late; the default is not at all, so
	// that what is read can be held against the truth of its second.
	BusinessLag time.Duration
	// LimitTimes multiplies the limit of requests. The default is 1.
	LimitTimes int
	// PageDelay is how long, in real time, every answer waits. The default is
	// not at all.
	PageDelay time.Duration
	// Log gets one line of level debug for each answer, without tokens. The
	// default says nothing.
	Log *slog.Logger
}

// A Server answers like TikTok. It implements http.Handler and may be called
// from many goroutines.
//
// Every answer is the state of one second of the sandbox's clock: the one in
// its Date header. It serves, on one address what the platform has on three,
//
//	GET  /v2/auth/authorize/                      the page where owners agree
//	POST /v2/oauth/token/                         tokens for a code or a refresh token
//	POST /v2/oauth/revoke/
//	GET  /v2/user/info/                           profile
//	POST /v2/video/list/                          newest first
//	POST /v2/video/query/                         by id
//	POST /open_api/v1.3/tt_user/oauth2/token/     the same of the API for Business
//	POST /open_api/v1.3/tt_user/oauth2/refresh_token/
//	POST /open_api/v1.3/tt_user/oauth2/revoke/
//	POST /open_api/v1.3/tt_user/token_info/get/
//	GET  /open_api/v1.3/business/get/             profile, and figures by day
//	GET  /open_api/v1.3/business/video/list/
//	GET  /open_api/v1.3/business/comment/list/
//
// The audiences of business/get, what the Accounts API tells of a video in
// lists, and webhooks are not served. An account
// has one open_id here, where the platform has one for each app.
type Server struct {
	Faults *Faults // what goes wrong; safe to change while the server runs

	front                      sandbox.Front
	world                      *World
	token                      string
	clientKey, clientSecret    string
	businessID, businessSecret string
	lives                      lives
	lag                        int64 // seconds
	limits                     *limits
	grants                     *grants
	standing                   [2]map[string]*grant // by app and token
}

// New returns a server. It panics without a world.
func New(o Options) *Server {
	if o.World == nil {
		panic("tiktok sandbox: Options.World is not set")
	}
	s := &Server{
		Faults:         new(Faults),
		world:          o.World,
		token:          o.Token,
		clientKey:      o.ClientKey,
		clientSecret:   o.ClientSecret,
		businessID:     o.BusinessID,
		businessSecret: o.BusinessSecret,
		lives:          newLives,
		lag:            int64(o.BusinessLag / time.Second),
		limits:         newLimits(o.LimitTimes),
		grants:         newGrants(),
	}
	if o.LongLives {
		s.lives = oldLives
	}
	for _, made := range []*string{&s.token, &s.clientKey, &s.clientSecret, &s.businessID, &s.businessSecret} {
		if *made == "" {
			*made = "SANDBOX" + rand.Text()
		}
	}
	for of := range s.standing {
		s.standing[of] = make(map[string]*grant)
		for _, a := range o.World.accounts {
			s.standing[of][s.standingToken(app(of), a.Handle)] = &grant{app: app(of), account: a, scopes: scopes[of]}
		}
	}
	s.front = sandbox.Front{
		Answer: s.answer,
		Faults: &s.Faults.FaultQueue,
		Header: map[string]string{"Content-Type": "application/json; charset=utf-8"},
		Now:    o.Now,
		Delay:  o.PageDelay,
		Log:    o.Log,
	}
	return s
}

// App returns the key and the secret of our app for the Display API.
func (s *Server) App() (key, secret string) { return s.clientKey, s.clientSecret }

// BusinessApp returns the id and the secret of our app for the API for
// Business.
func (s *Server) BusinessApp() (id, secret string) { return s.businessID, s.businessSecret }

// OwnerToken returns a token of an account's owner for the Display API, with
// all scopes. Unlike those that the platform gives it does not end: it stands
// for one that somebody renews in time.
func (s *Server) OwnerToken(handle string) string { return s.standingToken(displayApp, handle) }

// BusinessToken is OwnerToken for the Accounts API.
func (s *Server) BusinessToken(handle string) string { return s.standingToken(businessApp, handle) }

func (s *Server) standingToken(of app, handle string) string {
	h := sandbox.HashOf(0, "tiktok token", strconv.Itoa(int(of)), s.token, handle)
	return "act.SANDBOX" + strconv.FormatUint(h.Draw(0), 36) + strconv.FormatUint(h.Draw(1), 36)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// A call is one request on its way to an answer.
type call struct {
	*Server
	r      *http.Request
	at     int64 // the second in which all of the answer is true
	header http.Header
	faults *faultState
	query  url.Values
	owner  *grant // whose token it is
}

// A service is a path that is served.
type service struct {
	method string
	of     app
	scope  string // that the token must have; "": it takes no token
	answer func(*call) ([]byte, error)
}

const businessPath = "/open_api/v1.3/"

var services = map[string]service{
	"/v2/oauth/token/":  {http.MethodPost, displayApp, "", (*call).oauthToken},
	"/v2/oauth/revoke/": {http.MethodPost, displayApp, "", (*call).oauthRevoke},
	"/v2/user/info/":    {http.MethodGet, displayApp, "user.info.basic", (*call).userInfo},
	"/v2/video/list/":   {http.MethodPost, displayApp, "video.list", (*call).videoList},
	"/v2/video/query/":  {http.MethodPost, displayApp, "video.list", (*call).videoQuery},

	businessPath + "tt_user/oauth2/token/":         {http.MethodPost, businessApp, "", (*call).businessToken},
	businessPath + "tt_user/oauth2/refresh_token/": {http.MethodPost, businessApp, "", (*call).businessToken},
	businessPath + "tt_user/oauth2/revoke/":        {http.MethodPost, businessApp, "", (*call).businessRevoke},
	businessPath + "tt_user/token_info/get/":       {http.MethodPost, businessApp, "", (*call).tokenInfo},
	businessPath + "business/get/":                 {http.MethodGet, businessApp, "user.info.basic", (*call).businessGet},
	businessPath + "business/video/list/":          {http.MethodGet, businessApp, "video.list", (*call).businessVideoList},
	businessPath + "business/comment/list/":        {http.MethodGet, businessApp, "comment.list", (*call).businessComments},
}

// answer returns the right answer to a request.
func (s *Server) answer(r sandbox.Request) (int, []byte) {
	c := &call{Server: s, r: r.Request, at: r.Second, header: r.Answer, faults: s.Faults.State(), query: r.URL.Query()}
	if r.URL.Path == "/v2/auth/authorize/" && r.Method == http.MethodGet {
		return c.authorizePage()
	}
	serve, ok := services[r.URL.Path]
	if !ok || serve.method != r.Method {
		c.header.Set("Content-Type", "text/html; charset=utf-8")
		return http.StatusNotFound, []byte("<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>\n")
	}
	data, err := c.work(serve)
	if err != nil {
		return c.refuse(serve, err)
	}
	switch {
	case serve.of == businessApp:
		b := sandbox.AppendString([]byte(`{"code":0,"message":"OK","request_id":`), c.logID())
		return http.StatusOK, append(append(append(b, `,"data":`...), data...), '}')
	case serve.scope == "":
		return http.StatusOK, data
	}
	b := append(append([]byte(`{"data":`), data...), `,"error":`...)
	return http.StatusOK, append(appendError(b, "ok", "", c.logID()), '}')
}

// work returns the data of a good answer. Any other is a Refusal.
func (c *call) work(s service) ([]byte, error) {
	if s.scope != "" {
		if err := c.authorize(s); err != nil {
			return nil, err
		}
		if !c.limits.take(c.r.URL.Path, c.at) {
			if s.of == businessApp {
				return nil, BusinessTooManyRequests()
			}
			return nil, RateLimitExceeded()
		}
	}
	return s.answer(c)
}

// authorize finds out whose token the call brings, and what it permits.
func (c *call) authorize(s service) error {
	name, bearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if s.of == businessApp {
		name, bearer = c.r.Header.Get("Access-Token"), true
	}
	c.owner = c.holder(name, s.of)
	switch {
	case s.of == businessApp && name == "":
		return BusinessNoToken()
	case s.of == businessApp && c.owner == nil:
		return BusinessTokenRevoked()
	case !bearer || c.owner == nil:
		return AccessTokenInvalid()
	case s.of == businessApp && !c.may(s.scope):
		return BusinessNoPermission()
	case !c.may(s.scope):
		return ScopeNotAuthorized()
	}
	return nil
}

// holder returns the grant of an access token that is good, or nil.
func (c *call) holder(name string, of app) *grant {
	g := c.standing[of][name]
	if g == nil {
		g = c.grants.find(name, of, c.at)
	}
	if g == nil || c.faults.dead[name] || c.faults.removed[g.account.Handle] {
		return nil
	}
	return g
}

// may says whether the owner has permitted the scope.
func (c *call) may(scope string) bool {
	return c.owner.has(scope) && !c.faults.withheld[c.owner.account.Handle+" "+scope]
}

// refuse returns the answer to a call that failed.
func (c *call) refuse(s service, err error) (int, []byte) {
	var e Refusal
	if !errors.As(err, &e) {
		e = InternalError()
		if s.of == businessApp {
			e = BusinessTrouble()
		}
	}
	status, body := e.answer(c.logID(), c.faults.inner)
	if _, oauth := e.(*OAuthError); oauth && c.faults.oauth200 {
		status = http.StatusOK
	}
	return status, body
}

// logID returns what the platform finds the request by: 34 characters, the
// time first.
func (c *call) logID() string {
	h := sandbox.HashOf(0, "tiktok log", c.r.URL.String(), strconv.FormatInt(c.at, 10))
	return time.Unix(c.at, 0).UTC().Format("20060102150405") + fmt.Sprintf("%016X%04X", h.Draw(0), h.Draw(1)&0xffff)
}
