package oauth

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The addresses of Google.
const (
	GoogleAuthorizeURL = "https://accounts.google.com/o/oauth2/v2/auth"
	GoogleTokenURL     = "https://oauth2.googleapis.com"
	GoogleDataURL      = "https://youtube.googleapis.com"
)

// A Google gets channel owners' tokens from Google. Access tokens live an hour;
// the refresh token stays the same. It dies after six months unused, and after
// seven days while our consent screen is in testing.
type Google struct {
	ClientID, ClientSecret string
	AuthorizeURL           string
	TokenURL               string // base of /token and /revoke
	DataURL                string // base of the YouTube Data API
	API                    *api.Client
}

var googleScopes = []string{
	"https://www.googleapis.com/auth/youtube.readonly",
	"https://www.googleapis.com/auth/yt-analytics.readonly",
}

// Kind implements Flow.
func (*Google) Kind() string { return schema.FlowGoogle }

// Authorize implements Flow. Without prompt=consent Google gives a refresh
// token the first time only.
func (g *Google) Authorize(q Question) *url.URL {
	v := url.Values{
		"response_type": {"code"}, "client_id": {g.ClientID}, "redirect_uri": {q.Redirect}, "state": {q.State},
		"scope": {strings.Join(googleScopes, " ")}, "access_type": {"offline"}, "prompt": {"consent"},
		"code_challenge": {q.challenge()}, "code_challenge_method": {"S256"},
	}
	return withQuery(g.AuthorizeURL, v)
}

// Exchange implements Flow.
func (g *Google) Exchange(ctx context.Context, a schema.Account, code string, q Question) (Grant, error) {
	answer, err := g.API.Send(ctx, join(g.TokenURL, "/token"), api.Form{
		Values: url.Values{"grant_type": {"authorization_code"}, "client_id": {g.ClientID}, "client_secret": {g.ClientSecret},
			"code": {code}, "redirect_uri": {q.Redirect}, "code_verifier": {q.Verifier}},
		Secrets: []string{code, q.Verifier, g.ClientSecret},
	})
	if err != nil {
		return Grant{}, err
	}
	t, err := readToken(answer, exchanging)
	if err != nil {
		return Grant{}, err
	}
	grant := grantOf(answer, t)
	// Analytics may be left out by the owner: the rest works without.
	if m := missing(grant.Scopes, googleScopes[:1]); m != "" {
		return Grant{}, notGiven(m)
	}
	if t.Refresh == "" {
		return Grant{}, notGiven("offline")
	}
	channels, err := g.channels(ctx, t.Access)
	if err != nil {
		return Grant{}, err
	}
	for i, c := range channels {
		if c.Is(a) || i == len(channels)-1 {
			grant.Who = c
			break
		}
	}
	return grant, grant.check(a)
}

// channels asks for the channels of the token's owner.
func (g *Google) channels(ctx context.Context, token string) ([]Identity, error) {
	u := join(g.DataURL, "/youtube/v3/channels")
	u.RawQuery = url.Values{"part": {"snippet"}, "mine": {"true"}}.Encode()
	answer, err := g.API.Get(ctx, u, token)
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			ID      string `json:"id"`
			Snippet struct {
				Title     string `json:"title"`
				CustomURL string `json:"customUrl"`
			} `json:"snippet"`
		} `json:"items"`
	}
	if _, err := answer.Decode(&list); err != nil {
		return nil, err
	}
	if !answer.OK() {
		return nil, fmt.Errorf("channels of the owner: %w: status %d", answer.Class(), answer.Status)
	}
	var found []Identity
	for _, c := range list.Items {
		if c.ID != "" {
			found = append(found, Identity{IDs: []string{c.ID}, Handle: strings.TrimPrefix(c.Snippet.CustomURL, "@"), Name: c.Snippet.Title, GrantedBy: c.ID})
		}
	}
	return found, nil
}

// Renew implements Flow.
func (g *Google) Renew(ctx context.Context, c schema.Credential, s schema.Secret) (Grant, error) {
	answer, err := g.API.Send(ctx, join(g.TokenURL, "/token"), api.Form{
		Values: url.Values{"grant_type": {"refresh_token"}, "client_id": {g.ClientID}, "client_secret": {g.ClientSecret},
			"refresh_token": {s.Refresh}},
		Secrets: []string{s.Refresh, g.ClientSecret},
	})
	if err != nil {
		return Grant{}, err
	}
	grant, err := renewed(answer, s)
	if err == nil && grant.RefreshEnd == nil {
		grant.RefreshEnd = c.RefreshEnd // it is the same refresh token
	}
	return grant, err
}

// Revoke implements Flow.
func (g *Google) Revoke(ctx context.Context, _ schema.Credential, s schema.Secret) error {
	token := s.Refresh
	if token == "" {
		token = s.Access
	}
	answer, err := g.API.Send(ctx, join(g.TokenURL, "/revoke"), api.Form{
		Values: url.Values{"token": {token}}, Secrets: []string{token}, Any: true,
	})
	if err != nil || answer.OK() {
		return err
	}
	_, err = readToken(answer, revoking)
	return err
}
