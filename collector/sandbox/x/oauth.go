package x

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// How long things live, in seconds.
const (
	codeFor   = 30
	accessFor = 7200
)

// OAuthClient returns the id and the secret of our application for OAuth 2.0.
func (s *Server) OAuthClient() (id, secret string) { return s.clientID, s.clientSecret }

// RevokeOwner ends every permission that the account's owner gave by OAuth.
func (s *Server) RevokeOwner(handle string) { s.grants.RevokeOwner(handle) }

// oauth answers the paths of OAuth 2.0 with PKCE: an owner's permission, tokens
// of two hours, refresh tokens that are good once.
func (s *Server) oauth(r sandbox.Request) (status int, body []byte, ours bool) {
	switch r.URL.Path {
	case "/i/oauth2/authorize":
		if r.URL.Query().Get("code_challenge_method") != "S256" || r.URL.Query().Get("code_challenge") == "" {
			status, body = refuse(http.StatusBadRequest, "invalid_request", "Missing code_challenge")
			return status, body, true
		}
		var owners []string
		for _, a := range s.world.accounts {
			owners = append(owners, a.Handle)
		}
		status, body = s.grants.Authorize(r, sandbox.Authorization{
			Client: s.clientID, Owners: owners, Scopes: []string{"tweet.read", "users.read", "like.read", "offline.access"},
			Offline: func(q url.Values) bool { return strings.Contains(q.Get("scope"), "offline.access") },
		})
	case "/2/oauth2/token":
		status, body = s.oauthToken(r)
	case "/2/oauth2/revoke":
		status, body = s.oauthRevoke(r)
	default:
		return 0, nil, false
	}
	return status, body, true
}

// client checks that the application is ours: a confidential one, which shows
// its secret as Basic.
func (s *Server) client(r sandbox.Request) bool {
	id, secret, ok := r.BasicAuth()
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return ok && err1 == nil && err2 == nil && id == s.clientID && secret == s.clientSecret
}

func (s *Server) oauthToken(r sandbox.Request) (int, []byte) {
	form := r.Form()
	switch {
	case r.Method != http.MethodPost:
		return refuse(http.StatusMethodNotAllowed, "invalid_request", "Method Not Allowed")
	case !s.client(r):
		return refuse(http.StatusUnauthorized, "unauthorized_client", "Missing valid authorization header")
	}
	var given sandbox.Given
	ok := false
	switch form.Get("grant_type") {
	case "authorization_code":
		if given, ok = s.grants.Exchange(form.Get("code"), form.Get("code_verifier"), form.Get("redirect_uri"), r.Second); !ok {
			return refuse(http.StatusBadRequest, "invalid_request", "Value passed for the authorization code was invalid.")
		}
	case "refresh_token":
		if given, ok = s.grants.Refresh(form.Get("refresh_token"), r.Second); !ok {
			return refuse(http.StatusBadRequest, "invalid_request", "Value passed for the token was invalid.")
		}
	default:
		return refuse(http.StatusBadRequest, "unsupported_grant_type", "grant_type")
	}
	b := sandbox.AppendInt([]byte(`{"token_type":"bearer","expires_in":`), given.ExpiresIn)
	b = sandbox.AppendString(append(b, `,"access_token":`...), given.Access)
	b = sandbox.AppendString(append(b, `,"scope":`...), given.Scope)
	if given.Refresh != "" {
		b = sandbox.AppendString(append(b, `,"refresh_token":`...), given.Refresh)
	}
	return http.StatusOK, append(b, '}')
}

func (s *Server) oauthRevoke(r sandbox.Request) (int, []byte) {
	form := r.Form()
	if r.Method != http.MethodPost || !s.client(r) {
		return refuse(http.StatusUnauthorized, "unauthorized_client", "Missing valid authorization header")
	}
	s.grants.Revoke(form.Get("token"))
	return http.StatusOK, []byte(`{"revoked":true}`)
}

// refuse is a refusal in the words of OAuth.
func refuse(status int, code, description string) (int, []byte) {
	b := sandbox.AppendString([]byte(`{"error":`), code)
	b = sandbox.AppendString(append(b, `,"error_description":`...), description)
	return status, append(b, '}')
}
