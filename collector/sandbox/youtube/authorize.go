package youtube

import (
	"net/http"
	"strings"

	"github.com/hamawaz/hamawaz/schema"
)

// wrongToken is the header of an answer to a token that is refused.
const wrongToken = `Bearer realm="https://accounts.google.com/", error=invalid_token`

// authorize checks the call's key or token. A token counts before a key.
func (c *call) authorize() error {
	token := c.query.Get("access_token")
	if bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	key := c.query.Get("key")
	if k := c.r.Header.Get("X-Goog-Api-Key"); k != "" {
		key = k
	}
	switch {
	case token != "":
		c.owner = c.ownerBy(token)
		if c.owner == nil || c.faults.tokenDead && c.at >= c.faults.tokenDeadFrom {
			return AuthError()
		}
		return nil
	case key == "":
		return &APIError{Status: http.StatusForbidden, Domain: "global", Reason: "forbidden", Message: "The request is missing a valid API key."}
	case key != c.key || c.faults.keyDead:
		return c.keyInvalid()
	}
	return nil
}

// ownerBy returns the channel whose owner gave us the token, or nil.
func (c *call) ownerBy(token string) *channel {
	if handle, ok := c.grants.Owner(token, c.at); ok {
		return c.world.channel(handle)
	}
	for _, ch := range c.world.channels {
		if ch.Access == schema.AccessOwner && c.OwnerToken(ch.Handle) == token {
			return ch
		}
	}
	return nil
}

// keyInvalid is the refusal of a key as the server's front words it.
func (c *call) keyInvalid() error {
	e := KeyInvalid()
	if c.details {
		e.Domain, e.Reason, e.Message = "global", "badRequest", "API key not valid. Please pass a valid API key."
	}
	return e
}
