package tiktok

import (
	"crypto/rand"
	"sync"
	"time"
)

// An app is one of the two that we are registered with: that of the Display
// API, or that of the API for Business. Tokens of one mean nothing to the
// other.
type app int

const (
	displayApp app = iota
	businessApp
)

// scopes are what each app may ask an owner for.
var scopes = [...][]string{
	displayApp: {"user.info.basic", "user.info.profile", "user.info.stats", "video.list"},
	businessApp: {"user.info.basic", "user.info.username", "user.info.stats", "user.account.type", "user.insights", "video.list",
		"video.insights", "comment.list"},
}

// How long a code lives. The platform says so for the API for Business only.
const codeLife = time.Hour

// lives are how long tokens live.
type lives struct{ access, refresh time.Duration }

// Lives of tokens: the platform shortened those of the Display API at the end
// of 2026. Whether those of the API for Business follow nobody knows.
var (
	newLives = lives{2 * time.Hour, 180 * 24 * time.Hour}
	oldLives = lives{24 * time.Hour, 365 * 24 * time.Hour}
)

// A grant is what an owner permitted an app.
type grant struct {
	app     app
	account *account
	scopes  []string
	revoked bool
}

// has says whether the grant has the scope.
func (g *grant) has(scope string) bool {
	for _, s := range g.scopes {
		if s == scope {
			return true
		}
	}
	return false
}

// A code is exchanged for the first tokens of a grant, once.
type code struct {
	*grant
	redirect  string
	challenge string // of PKCE; "" where there was none
	ends      int64
}

// A token ends, at a second, or never where that is 0.
type token struct {
	*grant
	ends int64
}

func (t token) good(at int64) bool {
	return t.grant != nil && !t.revoked && (t.ends == 0 || at < t.ends)
}

// grants are the codes and tokens that were given. They change with every
// answer and are kept in memory only.
type grants struct {
	mu      sync.Mutex
	codes   map[string]code
	access  map[string]token
	refresh map[string]token
}

func newGrants() *grants {
	return &grants{codes: make(map[string]code), access: make(map[string]token), refresh: make(map[string]token)}
}

// newCode returns a code for the grant. It holds signs that an address must
// escape, as those of the platform do.
func (g *grants) newCode(c code) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := "SANDBOX" + rand.Text() + "*0!5000.va"
	g.codes[name] = c
	return name
}

// takeCode returns the code, which is used up by that.
func (g *grants) takeCode(name string, at int64) (code, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c, ok := g.codes[name]
	delete(g.codes, name)
	return c, ok && at < c.ends
}

// takeRefresh returns the grant of a refresh token, which is used up by that:
// of two that come with the same one, the second is refused.
func (g *grants) takeRefresh(name string, of app, at int64) (*grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.refresh[name]
	if !t.good(at) || t.app != of {
		return nil, false
	}
	delete(g.refresh, name)
	return t.grant, true
}

// issue returns new tokens for the grant.
func (g *grants) issue(of *grant, l lives, at int64) (access, refresh string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	access, refresh = "act.SANDBOX"+rand.Text(), "rft.SANDBOX"+rand.Text()
	g.access[access] = token{of, at + int64(l.access/time.Second)}
	g.refresh[refresh] = token{of, at + int64(l.refresh/time.Second)}
	return access, refresh
}

// find returns the access token that is good for the app.
func (g *grants) find(name string, of app, at int64) *grant {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.access[name]; t.good(at) && t.app == of {
		return t.grant
	}
	return nil
}

// revoke ends the grant of an access token with all its tokens.
func (g *grants) revoke(name string, of app) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, ok := g.access[name]
	if !ok || t.app != of {
		return false
	}
	t.grant.revoked = true
	return true
}
