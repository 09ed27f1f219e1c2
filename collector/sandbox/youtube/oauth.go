package youtube

import (
	"net/http"
	"net/url"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// How long things live, in seconds.
const (
	codeFor   = 600
	accessFor = 3599
)

// OAuthClient returns the id and the secret of our application.
func (s *Server) OAuthClient() (id, secret string) { return s.clientID, s.clientSecret }

// RevokeOwner ends every permission that the channel's owner gave by OAuth.
func (s *Server) RevokeOwner(handle string) { s.grants.RevokeOwner(handle) }

// oauth answers Google's paths of OAuth 2.0: an owner's permission, tokens of an
// hour, and a refresh token that stays.
func (s *Server) oauth(r sandbox.Request) (status int, body []byte, ours bool) {
	switch r.URL.Path {
	case "/o/oauth2/v2/auth":
		var owners []string
		for _, ch := range s.world.channels {
			if ch.Access == schema.AccessOwner {
				owners = append(owners, ch.Handle)
			}
		}
		status, body = s.grants.Authorize(r, sandbox.Authorization{
			Client: s.clientID, Owners: owners,
			Scopes: []string{
				"https://www.googleapis.com/auth/youtube.readonly", "https://www.googleapis.com/auth/youtube.force-ssl",
				"https://www.googleapis.com/auth/yt-analytics.readonly", "https://www.googleapis.com/auth/yt-analytics-monetary.readonly",
			},
			Offline: func(q url.Values) bool { return q.Get("access_type") == "offline" && q.Get("prompt") == "consent" },
		})
	case "/token":
		status, body = s.oauthToken(r)
	case "/revoke":
		if !s.grants.Revoke(r.Form().Get("token")) {
			status, body = refuseToken(http.StatusBadRequest, "invalid_token", "Token expired or revoked")
			break
		}
		status, body = http.StatusOK, []byte("{}")
	default:
		return 0, nil, false
	}
	return status, body, true
}

func (s *Server) oauthToken(r sandbox.Request) (int, []byte) {
	form := r.Form()
	switch {
	case r.Method != http.MethodPost:
		return refuseToken(http.StatusMethodNotAllowed, "invalid_request", "Method Not Allowed")
	case form.Get("client_id") != s.clientID || form.Get("client_secret") != s.clientSecret:
		return refuseToken(http.StatusUnauthorized, "invalid_client", "The OAuth client was not found.")
	}
	var given sandbox.Given
	ok, renewal := false, false
	switch form.Get("grant_type") {
	case "authorization_code":
		if given, ok = s.grants.Exchange(form.Get("code"), form.Get("code_verifier"), form.Get("redirect_uri"), r.Second); !ok {
			return refuseToken(http.StatusBadRequest, "invalid_grant", "Bad Request")
		}
	case "refresh_token":
		renewal = true
		if given, ok = s.grants.Refresh(form.Get("refresh_token"), r.Second); !ok {
			return refuseToken(http.StatusBadRequest, "invalid_grant", "Token has been expired or revoked.")
		}
	default:
		return refuseToken(http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type")
	}
	b := sandbox.AppendString([]byte(`{"access_token":`), given.Access)
	b = sandbox.AppendInt(append(b, `,"expires_in":`...), given.ExpiresIn)
	if given.Refresh != "" && !renewal {
		b = sandbox.AppendString(append(b, `,"refresh_token":`...), given.Refresh)
	}
	b = sandbox.AppendString(append(b, `,"scope":`...), given.Scope)
	return http.StatusOK, append(b, `,"token_type":"Bearer"}`...)
}

// refuseToken is a refusal in the words of OAuth.
func refuseToken(status int, code, description string) (int, []byte) {
	b := sandbox.AppendString([]byte(`{"error":`), code)
	b = sandbox.AppendString(append(b, `,"error_description":`...), description)
	return status, append(b, '}')
}
