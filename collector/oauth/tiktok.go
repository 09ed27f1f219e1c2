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

// The addresses of TikTok.
const (
	TikTokAuthorizeURL = "https://www.tiktok.com/v2/auth/authorize/"
	TikTokBaseURL      = "https://open.tiktokapis.com"
)

// A TikTok gets owners' tokens for the Display API. A renewal may give a new
// refresh token, and the old one is dead then. Lifetimes have changed: only
// what an answer says counts.
type TikTok struct {
	ClientKey, ClientSecret string
	AuthorizeURL            string
	BaseURL                 string
	API                     *api.Client
}

var tiktokScopes = []string{"user.info.basic", "user.info.profile", "user.info.stats", "video.list"}

// Kind implements Flow.
func (*TikTok) Kind() string { return schema.FlowTikTok }

// Authorize implements Flow. PKCE is TikTok's for applications on desktops and
// telephones: a web application has its secret, and state.
func (k *TikTok) Authorize(q Question) *url.URL {
	return withQuery(k.AuthorizeURL, url.Values{
		"client_key": {k.ClientKey}, "response_type": {"code"}, "scope": {strings.Join(tiktokScopes, ",")},
		"redirect_uri": {q.Redirect}, "state": {q.State},
	})
}

func (k *TikTok) send(ctx context.Context, path string, v url.Values, any bool, secrets ...string) (*api.Answer, error) {
	v.Set("client_key", k.ClientKey)
	v.Set("client_secret", k.ClientSecret)
	return k.API.Send(ctx, join(k.BaseURL, path), api.Form{Values: v, Secrets: append(secrets, k.ClientSecret), Any: any})
}

// Exchange implements Flow. The code comes url-decoded, as TikTok asks.
func (k *TikTok) Exchange(ctx context.Context, a schema.Account, code string, q Question) (Grant, error) {
	answer, err := k.send(ctx, "/v2/oauth/token/", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {q.Redirect},
	}, false, code)
	if err != nil {
		return Grant{}, err
	}
	t, err := readToken(answer, exchanging)
	if err != nil {
		return Grant{}, err
	}
	g := grantOf(answer, t)
	if m := missing(g.Scopes, []string{"user.info.basic", "video.list"}); m != "" {
		return Grant{}, notGiven(m)
	}
	if t.Refresh == "" {
		return Grant{}, answer.Broken("the answer holds no refresh token")
	}
	if g.Who, err = k.who(ctx, t); err != nil {
		return Grant{}, err
	}
	return g, g.check(a)
}

// who asks whose the token is. Without the scope of the profile, which the
// owner may leave out, the name is not known.
func (k *TikTok) who(ctx context.Context, t tokenAnswer) (Identity, error) {
	fields := "open_id,union_id,display_name"
	if missing(scopesOf(t.Scope), []string{"user.info.profile"}) == "" {
		fields += ",username"
	}
	u := join(k.BaseURL, "/v2/user/info/")
	u.RawQuery = url.Values{"fields": {fields}}.Encode()
	answer, err := k.API.Get(ctx, u, t.Access)
	if err != nil {
		return Identity{}, err
	}
	var info struct {
		Data struct {
			User struct {
				OpenID   string `json:"open_id"`
				UnionID  string `json:"union_id"`
				Name     string `json:"display_name"`
				Username string `json:"username"`
			} `json:"user"`
		} `json:"data"`
		Error errorText `json:"error"`
		Code  string    `json:"code"` // some pages show the inner object alone
	}
	if _, err := answer.Decode(&info); err != nil {
		return Identity{}, err
	}
	code := string(info.Error)
	if code == "" {
		code = info.Code
	}
	switch {
	case code == "scope_not_authorized" || code == "scope_permission_missed":
		return Identity{}, notGiven("user.info.basic")
	case code == "access_token_invalid":
		return Identity{}, fmt.Errorf("who am I: %w: %s", collector.ErrUnauthorized, code)
	case code == "rate_limit_exceeded":
		return Identity{}, fmt.Errorf("who am I: %w", &collector.RateLimitError{RetryAfter: answer.Wait()})
	case code != "" && code != "ok":
		return Identity{}, fmt.Errorf("who am I: %w: %s", collector.ErrTransient, answer.Excerpt(code))
	case !answer.OK():
		return Identity{}, fmt.Errorf("who am I: %w: status %d", answer.Class(), answer.Status)
	}
	open := info.Data.User.OpenID
	if open == "" {
		open = t.OpenID
	}
	if open == "" {
		return Identity{}, answer.Broken("the answer names no user")
	}
	i := Identity{IDs: []string{open}, Handle: info.Data.User.Username, Name: info.Data.User.Name, GrantedBy: open}
	if id := info.Data.User.UnionID; id != "" {
		i.IDs = append(i.IDs, id)
	}
	return i, nil
}

// Renew implements Flow.
func (k *TikTok) Renew(ctx context.Context, c schema.Credential, s schema.Secret) (Grant, error) {
	answer, err := k.send(ctx, "/v2/oauth/token/", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.Refresh}}, false, s.Refresh)
	if err != nil {
		return Grant{}, err
	}
	g, err := renewed(answer, s)
	if err == nil && g.RefreshEnd == nil {
		g.RefreshEnd = c.RefreshEnd // the answer did not say: what was said before holds
	}
	return g, err
}

// Revoke implements Flow. The answer of success has an empty body.
func (k *TikTok) Revoke(ctx context.Context, _ schema.Credential, s schema.Secret) error {
	answer, err := k.send(ctx, "/v2/oauth/revoke/", url.Values{"token": {s.Access}}, true, s.Access)
	switch {
	case err != nil:
		return err
	case answer.OK() && len(answer.Body) == 0:
		return nil
	}
	_, err = readToken(answer, revoking)
	return err
}
