package oauth

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The addresses of X.
const (
	XAuthorizeURL = "https://x.com/i/oauth2/authorize"
	XBaseURL      = "https://api.x.com"
)

// An X gets owners' tokens from X: OAuth 2.0 with PKCE. Access tokens live two
// hours; each renewal gives a new refresh token, and the old one is dead.
type X struct {
	ClientID     string
	ClientSecret string // empty: a public client
	AuthorizeURL string
	BaseURL      string
	API          *api.Client
}

var xScopes = []string{"tweet.read", "users.read", "offline.access"}

// Kind implements Flow.
func (*X) Kind() string { return schema.FlowX }

// Authorize implements Flow.
func (x *X) Authorize(q Question) *url.URL {
	return withQuery(x.AuthorizeURL, url.Values{
		"response_type": {"code"}, "client_id": {x.ClientID}, "redirect_uri": {q.Redirect}, "state": {q.State},
		"scope": {strings.Join(xScopes, " ")}, "code_challenge": {q.challenge()}, "code_challenge_method": {"S256"},
	})
}

// form returns the form with our application's name on it, and its secrets.
func (x *X) form(v url.Values, secrets ...string) api.Form {
	f := api.Form{Values: v, Secrets: secrets}
	if x.ClientSecret != "" {
		f.User, f.Password = x.ClientID, x.ClientSecret
	} else {
		v.Set("client_id", x.ClientID)
	}
	return f
}

// Exchange implements Flow. A code lives 30 seconds.
func (x *X) Exchange(ctx context.Context, a schema.Account, code string, q Question) (Grant, error) {
	answer, err := x.API.Send(ctx, join(x.BaseURL, "/2/oauth2/token"), x.form(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {q.Redirect}, "code_verifier": {q.Verifier},
	}, code, q.Verifier))
	if err != nil {
		return Grant{}, err
	}
	t, err := readToken(answer, exchanging)
	if err != nil {
		return Grant{}, err
	}
	g := grantOf(answer, t)
	if m := missing(g.Scopes, xScopes); m != "" || t.Refresh == "" {
		if m == "" {
			m = "offline.access"
		}
		return Grant{}, notGiven(m)
	}
	if g.Who, err = x.who(ctx, t.Access); err != nil {
		return Grant{}, err
	}
	return g, g.check(a)
}

// who asks whose the token is.
func (x *X) who(ctx context.Context, token string) (Identity, error) {
	answer, err := x.API.Get(ctx, join(x.BaseURL, "/2/users/me"), token)
	if err != nil {
		return Identity{}, err
	}
	var me struct {
		Data struct {
			ID       string `json:"id"`
			Username string `json:"username"`
			Name     string `json:"name"`
		} `json:"data"`
	}
	if _, err := answer.Decode(&me); err != nil {
		return Identity{}, err
	}
	if !answer.OK() {
		return Identity{}, fmt.Errorf("who am I: %w: status %d", answer.Class(), answer.Status)
	}
	if me.Data.ID == "" {
		return Identity{}, answer.Broken("the answer names no user")
	}
	return Identity{IDs: []string{me.Data.ID}, Handle: me.Data.Username, Name: me.Data.Name, GrantedBy: me.Data.ID}, nil
}

// Renew implements Flow.
func (x *X) Renew(ctx context.Context, _ schema.Credential, s schema.Secret) (Grant, error) {
	answer, err := x.API.Send(ctx, join(x.BaseURL, "/2/oauth2/token"), x.form(url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {s.Refresh},
	}, s.Refresh))
	if err != nil {
		return Grant{}, err
	}
	return renewed(answer, s)
}

// Revoke implements Flow.
func (x *X) Revoke(ctx context.Context, _ schema.Credential, s schema.Secret) error {
	token := s.Refresh
	if token == "" {
		token = s.Access
	}
	answer, err := x.API.Send(ctx, join(x.BaseURL, "/2/oauth2/revoke"), x.form(url.Values{"token": {token}}, token))
	if err != nil {
		return err
	}
	_, err = readToken(answer, revoking)
	return err
}

// grantOf returns what an answer gives.
func grantOf(a *api.Answer, t tokenAnswer) Grant {
	return Grant{
		Secret: schema.Secret{Access: t.Access, Refresh: t.Refresh}, Scopes: scopesOf(t.Scope), ExpiresAt: after(a.At, t.ExpiresIn.seconds),
		RefreshEnd: earlier(after(a.At, t.RefreshEnds.seconds), after(a.At, t.GoogleEnds.seconds)),
	}
}

// renewed returns what an answer to a renewal gives. An answer without a
// refresh token leaves the one that we have.
func renewed(a *api.Answer, before schema.Secret) (Grant, error) {
	t, err := readToken(a, renewing)
	if err != nil {
		return Grant{}, err
	}
	g := grantOf(a, t)
	if g.Secret.Refresh == "" {
		g.Secret.Refresh = before.Refresh
	}
	return g, nil
}

// notGiven says that the owner left a permission out.
func notGiven(scope string) error {
	return &schema.ConnectError{Reason: schema.ReasonPermission, Missing: scope, Err: collector.ErrUnauthorized}
}

// join returns the address of a path, which begins with a slash, under a base.
func join(base, path string) *url.URL {
	u, err := url.Parse(strings.TrimRight(base, "/") + path)
	if err != nil {
		return &url.URL{Scheme: "invalid", Opaque: "address"} // Apps.Flows has checked it
	}
	return u
}

// withQuery returns the address with parameters.
func withQuery(address string, v url.Values) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		return &url.URL{Scheme: "invalid", Opaque: "address"}
	}
	u.RawQuery = v.Encode()
	return u
}
