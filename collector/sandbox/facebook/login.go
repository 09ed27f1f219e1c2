package facebook

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// How long, in seconds, what a log-in gives is good.
const (
	codeLife  = 10 * 60
	shortLife = 5400
	longLife  = 5183944 // about sixty days
)

// logins are the codes and the short-lived tokens that were given out.
type logins struct {
	mu    sync.Mutex
	n     int
	codes map[string]login
	until map[string]int64 // by short-lived token
}

// A login is what a code stands for.
type login struct {
	redirect string
	until    int64
	used     bool
}

// short says whether the token is a short-lived one that is good in the second.
func (l *logins) short(token string, at int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	until, ok := l.until[token]
	return ok && at < until
}

// permissions are those that the user gives us.
var permissions = []string{"pages_show_list", "pages_read_engagement", "pages_read_user_content", "read_insights", "public_profile"}

// dialog answers GET /dialog/oauth, where a person would be asked: it sends back
// at once, with a code.
func (c *call) dialog() (int, []byte, error) {
	query := c.r.URL.Query()
	if query.Get("client_id") != c.o.AppID {
		return 0, nil, &graph.Error{Code: 101, Message: "Invalid App ID: The provided app ID does not look like a valid app ID."}
	}
	back, err := url.Parse(query.Get("redirect_uri"))
	if err != nil || back.Scheme != "https" && back.Scheme != "http" || back.Host == "" {
		return 0, nil, &graph.Error{Code: 191, Message: "The redirect_uri URL must be absolute"}
	}
	if kind := query.Get("response_type"); kind != "" && kind != "code" {
		return 0, nil, graph.Invalid("Invalid response_type")
	}
	q := back.Query()
	if c.faults.denied {
		q.Set("error", "access_denied")
		q.Set("error_code", "200")
		q.Set("error_description", "Permissions error")
		q.Set("error_reason", "user_denied")
	} else {
		c.logins.mu.Lock()
		c.logins.n++
		code := "AQ" + secretOf(c.o.Token, "code", strconv.Itoa(c.logins.n))
		if c.logins.codes == nil {
			c.logins.codes = make(map[string]login)
		}
		c.logins.codes[code] = login{redirect: query.Get("redirect_uri"), until: c.at + codeLife}
		c.logins.mu.Unlock()
		q.Set("code", code)
	}
	if query.Has("state") {
		q.Set("state", query.Get("state"))
	}
	back.RawQuery = q.Encode()
	c.header.Set("Location", back.String())
	return http.StatusFound, nil, nil
}

// accessToken answers GET /oauth/access_token.
func (c *call) accessToken() ([]byte, error) {
	query := c.r.URL.Query()
	switch {
	case query.Get("client_id") != c.o.AppID:
		return nil, &graph.Error{Code: 101, Message: "Error validating application. Cannot get application info due to a system error."}
	case query.Get("client_secret") != c.o.AppSecret:
		return nil, &graph.Error{Code: 1, Message: "Error validating client secret."}
	}
	switch grant := query.Get("grant_type"); grant {
	case "client_credentials":
		return tokenAnswer(c.AppToken(), 0)
	case "fb_exchange_token":
		token := query.Get("fb_exchange_token")
		switch {
		case c.whose(token).kind != userCaller:
			return nil, &graph.Error{Code: 190, Message: "Invalid OAuth access token - Cannot parse access token"}
		case c.faults.token.At(c.at):
			return nil, c.faults.token.Error(c.at)
		case c.faults.noExpiry:
			return tokenAnswer(c.o.Token, 0)
		}
		return tokenAnswer(c.o.Token, longLife)
	case "", "authorization_code":
		return c.redeem(query.Get("code"), query.Get("redirect_uri"))
	default:
		return nil, graph.Invalid("Invalid grant_type: " + grant)
	}
}

// redeem gives a short-lived token for a code, once.
func (c *call) redeem(code, redirect string) ([]byte, error) {
	c.logins.mu.Lock()
	defer c.logins.mu.Unlock()
	l, ok := c.logins.codes[code]
	switch {
	case !ok:
		return nil, &graph.Error{Code: 100, Message: "Invalid verification code format."}
	case l.used:
		return nil, &graph.Error{Code: 100, Subcode: 36009, Message: "This authorization code has been used."}
	case c.at >= l.until:
		return nil, &graph.Error{Code: 100, Subcode: 36007, Message: "This authorization code has expired."}
	case redirect != l.redirect:
		return nil, &graph.Error{Code: 100, Subcode: 36008, Message: "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request"}
	}
	l.used = true
	c.logins.codes[code] = l
	token := "EAASANDBOXSHORT" + secretOf(c.o.Token, "short", code)
	if c.logins.until == nil {
		c.logins.until = make(map[string]int64)
	}
	c.logins.until[token] = c.at + shortLife
	return tokenAnswer(token, shortLife)
}

func tokenAnswer(token string, seconds int64) ([]byte, error) {
	return json.Marshal(struct {
		Token   string `json:"access_token"`
		Kind    string `json:"token_type"`
		Seconds int64  `json:"expires_in,omitempty"`
	}{token, "bearer", seconds})
}

// me answers GET /me: whoever the token stands for.
func (c *call) me() ([]byte, error) {
	if c.caller.kind == pageCaller {
		if err := c.enter(c.caller.page); err != nil {
			return nil, err
		}
		return c.profile(c.caller.page)
	}
	if err := c.chargeApp(); err != nil {
		return nil, err
	}
	if c.caller.kind == appCaller {
		return nil, &graph.Error{Code: 2500, Message: "An active access token must be used to query information about the current user."}
	}
	return json.Marshal(map[string]string{"id": c.userID(), "name": "Press office (sandbox)"})
}

func (c *call) userID() string { return sandbox.HashOf(0, "user", c.o.AppID).Digits(0, "122", 17) }

// debugToken answers GET /debug_token: what is known about a token of ours.
func (c *call) debugToken() ([]byte, error) {
	input := c.r.URL.Query().Get("input_token")
	who := c.whose(input)
	if c.caller.kind == pageCaller && graph.Bearer(c.r) != input {
		return nil, graph.Invalid("You must provide an app access token, or a user access token that is an owner or developer of the app")
	}
	type granted struct {
		Scope   string   `json:"scope"`
		Targets []string `json:"target_ids,omitempty"` // none: all
	}
	type trouble struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Subcode int    `json:"subcode,omitempty"`
	}
	var data struct {
		AppID       string    `json:"app_id,omitempty"`
		Type        string    `json:"type,omitempty"`
		Application string    `json:"application,omitempty"`
		DataUntil   int64     `json:"data_access_expires_at"`
		Until       int64     `json:"expires_at"`
		Error       *trouble  `json:"error,omitempty"`
		Valid       bool      `json:"is_valid"`
		ProfileID   string    `json:"profile_id,omitempty"`
		Scopes      []string  `json:"scopes"`
		Granular    []granted `json:"granular_scopes,omitempty"`
		UserID      string    `json:"user_id,omitempty"`
	}
	data.Scopes = []string{}
	if who.kind == nobody {
		data.Error = &trouble{Code: 190, Message: "Invalid OAuth access token - Cannot parse access token"}
		return json.Marshal(map[string]any{"data": data})
	}
	data.AppID, data.Application, data.Valid = c.o.AppID, "hamawaz (sandbox)", true
	data.Type = map[callerKind]string{appCaller: "APP", userCaller: "USER", pageCaller: "PAGE"}[who.kind]
	if who.kind == appCaller {
		return json.Marshal(map[string]any{"data": data})
	}
	data.UserID, data.Scopes, data.DataUntil = c.userID(), permissions, c.at+90*24*3600
	var pages []string
	for _, pg := range c.world.pages {
		if pg.Access == schema.AccessOwner && !c.faults.disconnected[pg.Handle] {
			pages = append(pages, pg.PlatformID)
		}
	}
	for _, scope := range permissions {
		g := granted{Scope: scope}
		if scope != "public_profile" {
			g.Targets = pages
		}
		data.Granular = append(data.Granular, g)
	}
	switch {
	case who.kind == pageCaller: // a Page's token does not expire
		data.ProfileID = who.page.PlatformID
	case input == c.o.Token:
		data.Until = c.at + longLife
	default:
		c.logins.mu.Lock()
		data.Until = c.logins.until[input]
		c.logins.mu.Unlock()
	}
	if dead := c.faults.token; dead.At(c.at) {
		data.Valid, data.Error = false, &trouble{Code: 190, Message: dead.Error(c.at).Message, Subcode: dead.Subcode}
	}
	return json.Marshal(map[string]any{"data": data})
}
