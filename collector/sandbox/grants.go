package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Grants are the permissions that owners gave at a platform, by OAuth 2.0: codes
// that are good once and shortly, access tokens that end, refresh tokens. The
// seconds are the sandbox's.
type Grants struct {
	CodeFor   int64  // seconds that a code is good
	AccessFor int64  // seconds that an access token is good
	Rotate    bool   // each renewal gives a new refresh token, and the old one is dead
	Prefix    string // of access tokens

	mu      sync.Mutex
	codes   map[string]*grant
	access  map[string]*grant
	refresh map[string]*grant
}

// A grant is one owner's permission.
type grant struct {
	owner     string
	scope     string
	redirect  string
	challenge string // of PKCE; empty: none was sent
	codeEnds  int64
	ends      int64  // of the newest access token
	newest    string // access token
	offline   bool   // there is a refresh token
	dead      bool
}

// Given is what a token endpoint gives.
type Given struct {
	Access, Refresh string
	Scope           string
	ExpiresIn       int64 // seconds
}

// code returns a code for the owner's permission.
func (g *Grants) code(x grant) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.codes == nil {
		g.codes, g.access, g.refresh = map[string]*grant{}, map[string]*grant{}, map[string]*grant{}
	}
	code := "CODE" + rand.Text()
	g.codes[code] = &x
	return code
}

// Exchange gives tokens for a code. It is good once, for the address that it
// was given for, and with the verifier of its challenge.
func (g *Grants) Exchange(code, verifier, redirect string, at int64) (Given, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := g.codes[code]
	delete(g.codes, code)
	sum := sha256.Sum256([]byte(verifier))
	if x == nil || at >= x.codeEnds || x.redirect != redirect ||
		x.challenge != "" && x.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		return Given{}, false
	}
	return g.give(x, "", at), true
}

// Refresh gives a new access token.
func (g *Grants) Refresh(token string, at int64) (Given, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := g.refresh[token]
	if x == nil || x.dead {
		return Given{}, false
	}
	if g.Rotate {
		delete(g.refresh, token)
		token = ""
	}
	return g.give(x, token, at), true
}

// give makes tokens; refresh is the one to keep, or empty.
func (g *Grants) give(x *grant, refresh string, at int64) Given {
	x.newest, x.ends = g.Prefix+rand.Text(), at+g.AccessFor
	g.access[x.newest] = x
	if refresh == "" && x.offline {
		refresh = "REFRESH" + rand.Text()
		g.refresh[refresh] = x
	}
	return Given{Access: x.newest, Refresh: refresh, Scope: x.scope, ExpiresIn: g.AccessFor}
}

// Owner returns whose access token it is, if it is good.
func (g *Grants) Owner(token string, at int64) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := g.access[token]
	if x == nil || x.dead || x.newest != token || at >= x.ends {
		return "", false
	}
	return x.owner, true
}

// Revoke ends the permission that either token is of, and reports whether there
// was one.
func (g *Grants) Revoke(token string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := g.access[token]
	if x == nil {
		x = g.refresh[token]
	}
	if x == nil || x.dead {
		return false
	}
	x.dead = true
	return true
}

// RevokeOwner ends every permission of the owner, as they can at the platform.
func (g *Grants) RevokeOwner(owner string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, tokens := range []map[string]*grant{g.access, g.refresh, g.codes} {
		for _, x := range tokens {
			x.dead = x.dead || x.owner == owner
		}
	}
}

// An Authorization is what stands in the address of the page on which an owner
// permits something.
type Authorization struct {
	Client  string   // our application's id
	Owners  []string // who may permit it, by handle
	Scopes  []string // that are known
	Offline func(url.Values) bool
}

// Authorize answers the page: it sends back straight away, with a code for the
// owner that login_hint names, or with access_denied where deny is set. Without
// a hint it lets a person choose.
func (g *Grants) Authorize(r Request, a Authorization) (int, []byte) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if r.Method != http.MethodGet || q.Get("client_id") != a.Client || err != nil || back.Host == "" || q.Get("response_type") != "code" {
		r.Answer.Set("Content-Type", "text/html; charset=utf-8")
		return http.StatusBadRequest, []byte("<!DOCTYPE html>\n<title>Error</title><h1>Something went wrong</h1><p>You weren't able to give access to the App.</p>\n")
	}
	send := func(v url.Values) (int, []byte) {
		v.Set("state", q.Get("state"))
		back.RawQuery = v.Encode()
		r.Answer.Set("Location", back.String())
		return http.StatusFound, nil
	}
	for _, scope := range strings.Fields(q.Get("scope")) {
		known := false
		for _, k := range a.Scopes {
			known = known || k == scope
		}
		if !known {
			return send(url.Values{"error": {"invalid_scope"}})
		}
	}
	if q.Has("deny") {
		return send(url.Values{"error": {"access_denied"}})
	}
	hint := strings.TrimPrefix(q.Get("login_hint"), "@")
	for _, owner := range a.Owners {
		if strings.EqualFold(owner, hint) {
			return send(url.Values{"code": {g.code(grant{
				owner: owner, scope: q.Get("scope"), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"),
				codeEnds: r.Second + g.CodeFor, offline: a.Offline(q),
			})}})
		}
	}
	r.Answer.Set("Content-Type", "text/html; charset=utf-8")
	return http.StatusOK, choose(r.URL, a.Owners)
}

// choose returns a page on which a person chooses the account.
func choose(u *url.URL, owners []string) []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\"><title>Sandbox</title>\n<h1>This is the sandbox, not the platform</h1>\n<p>Which account permits it?</p>\n<ul>\n")
	link := func(name, value, text string) {
		q := u.Query()
		q.Set(name, value)
		b.WriteString(`<li><a href="` + html.EscapeString(u.Path+"?"+q.Encode()) + `">` + html.EscapeString(text) + "</a></li>\n")
	}
	for _, o := range owners {
		link("login_hint", o, "@"+o)
	}
	link("deny", "1", "None: say no")
	b.WriteString("</ul>\n</html>\n")
	return []byte(b.String())
}

// Form returns the values of a posted form, of at most 64 KiB.
func (r Request) Form() url.Values {
	r.Body = http.MaxBytesReader(nil, r.Body, 1<<16)
	if r.ParseForm() != nil {
		return url.Values{}
	}
	return r.PostForm
}
