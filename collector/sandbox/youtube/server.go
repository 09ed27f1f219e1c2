package youtube

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

// DefaultUnits is how much a project may ask for in a day: units of quota, and
// calls of videos:batchGetStats beside them.
const DefaultUnits = 10_000

// Options say how a server behaves.
type Options struct {
	// World is what the server shows. It must be set.
	World *World
	// Now is the sandbox's clock. The default is time.Now.
	Now func() time.Time
	// Key is the one API key that is accepted. By default a new one is made
	// up; ask Server.Key for it. The owners' tokens come from it: see
	// Server.OwnerToken.
	Key string
	// ClientID and ClientSecret are our application's for OAuth. By default new
	// ones are made up: ask Server.OAuthClient for them.
	ClientID, ClientSecret string
	// Units is how many units of quota the project has in a day, which begins
	// at midnight in California. The default is DefaultUnits.
	Units int
	// BatchUnits is the same for videos:batchGetStats, which has a bucket of
	// its own. The default is DefaultUnits.
	BatchUnits int
	// Details adds to every refusal what the newer fronts of the platform add:
	// a status in words, and details with a reason of their own. An invalid
	// key is told apart by these alone then.
	Details bool
	// PageDelay is how long, in real time, every answer waits. The default is
	// not at all.
	PageDelay time.Duration
	// Log gets one line of level debug for each answer, without keys. The
	// default says nothing.
	Log *slog.Logger
}

// A Server answers like the YouTube Data API v3. It implements http.Handler
// and may be called from many goroutines.
//
// Every answer is the state of one second of the sandbox's clock: the one in
// its Date header. It serves
//
//	GET /youtube/v3/channels              by id, forHandle, forUsername or mine
//	GET /youtube/v3/playlistItems         of a list of uploads
//	GET /youtube/v3/videos                by id
//	GET /youtube/v3/videos:batchGetStats  by id
//	GET /youtube/v3/commentThreads        of a channel, or of a video
//	GET /v2/reports                       of YouTube Analytics: a channel by day
//	GET /o/oauth2/v2/auth                 an owner's permission
//	POST /token, /revoke                  an owner's tokens
//
// A key opens what anyone may see. An owner's token opens that too, and what is
// private of the owner's channel. Each call costs one unit of quota, also
// one that is refused for its parameters or answered 304; reports cost none.
//
// Searches, charts, other lists than those of uploads, the parameter
// fields, other reports and the third API of the platform are not served.
type Server struct {
	Faults *Faults // what goes wrong; safe to change while the server runs

	front   sandbox.Front
	world   *World
	key     string
	units   *bucket
	batches *bucket
	details bool
	grants  *sandbox.Grants

	clientID, clientSecret string
}

// New returns a server. It panics without a world.
func New(o Options) *Server {
	if o.World == nil {
		panic("youtube sandbox: Options.World is not set")
	}
	s := &Server{
		Faults:  new(Faults),
		world:   o.World,
		key:     o.Key,
		units:   newBucket(o.Units),
		batches: newBucket(o.BatchUnits),
		details: o.Details,
		grants:  &sandbox.Grants{CodeFor: codeFor, AccessFor: accessFor, Prefix: "ya29.OWNER"},

		clientID: o.ClientID, clientSecret: o.ClientSecret,
	}
	for _, made := range []*string{&s.clientID, &s.clientSecret} {
		if *made == "" {
			*made = "SANDBOX" + rand.Text()
		}
	}
	s.front = sandbox.Front{
		Answer: s.answer,
		Faults: &s.Faults.FaultQueue,
		Header: map[string]string{
			"Content-Type":  "application/json; charset=UTF-8",
			"Cache-Control": "private",
			"Server":        "scaffolding on HTTPServer2",
			"Vary":          "Origin",
		},
		Now:   o.Now,
		Delay: o.PageDelay,
		Log:   o.Log,
	}
	if s.key == "" {
		s.key = "AIzaSANDBOX" + rand.Text()
	}
	return s
}

// Key returns the API key that the server accepts.
func (s *Server) Key() string { return s.key }

// OwnerToken returns the access token that the owner of a channel gave us. The
// server accepts those of the channels of schema.AccessOwner.
func (s *Server) OwnerToken(handle string) string {
	h := sandbox.HashOf(0, "youtube owner token", s.key, handle)
	return "ya29.SANDBOX" + strconv.FormatUint(h.Draw(0), 36) + strconv.FormatUint(h.Draw(1), 36)
}

// UnitsUsed returns how many units were used on the day of the last call,
// without those of videos:batchGetStats.
func (s *Server) UnitsUsed() int { return s.units.usedToday() }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// A call is one request on its way to an answer.
type call struct {
	*Server
	r      *http.Request
	query  url.Values
	at     int64    // the second in which all of the answer is true
	owner  *channel // whose owner asks; nil where a key was shown
	faults *faultState
	header http.Header // of the answer
}

// answer returns the right answer to a request.
func (s *Server) answer(r sandbox.Request) (status int, body []byte) {
	if status, body, ours := s.oauth(r); ours {
		return status, body
	}
	c := &call{Server: s, r: r.Request, query: r.URL.Query(), at: r.Second, faults: s.Faults.State(), header: r.Answer}
	if r.URL.Path == "/v2/reports" {
		body, err := c.report()
		if err != nil {
			return c.refuseWith(err)
		}
		return http.StatusOK, body
	}
	body, err := c.answer()
	if err != nil {
		return c.refuseWith(err)
	}
	return c.finish(body)
}

// refuseWith is refuse for an error that should be an *APIError.
func (c *call) refuseWith(err error) (int, []byte) {
	var e *APIError
	if !errors.As(err, &e) {
		e = Trouble()
	}
	return c.refuse(e)
}

// answer returns the body of a good answer. Any other is an *APIError.
func (c *call) answer() ([]byte, error) {
	name, ok := strings.CutPrefix(c.r.URL.Path, "/youtube/v3/")
	calls := map[string]func() ([]byte, error){
		"channels":             c.channels,
		"playlistItems":        c.playlistItems,
		"videos":               c.videos,
		"videos:batchGetStats": c.stats,
		"commentThreads":       c.commentThreads,
	}
	serve := calls[name]
	if !ok || serve == nil || c.r.Method != http.MethodGet {
		return nil, &APIError{Status: http.StatusNotFound, Domain: "global", Reason: "notFound", Message: "Method not found."}
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	used := c.units
	if name == "videos:batchGetStats" {
		used = c.batches
	}
	if !used.take(c.at) {
		return nil, QuotaExceeded()
	}
	return serve()
}

// owns says whether the call is that of the channel's owner.
func (c *call) owns(ch *channel) bool { return c.owner == ch }

// refuse writes the headers of a refusal and returns its status and body.
func (c *call) refuse(e *APIError) (int, []byte) {
	c.header.Set("Cache-Control", "private, max-age=0")
	if e.Status == http.StatusUnauthorized {
		c.header.Set("WWW-Authenticate", wrongToken)
	}
	return e.Status, e.body(c.details)
}
