package tiktok

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// maxForm bounds what the server reads of a request, in bytes.
const maxForm = 1 << 16

// authorizePage answers GET /v2/auth/authorize/: it sends the browser back with
// a code, as the platform does once the owner has logged in and agreed.
//
// Who logs in is named by the parameter sandbox_account, which the platform
// does not have; by default it is the first account. sandbox_deny refuses.
func (c *call) authorizePage() (int, []byte) {
	c.header.Set("Content-Type", "text/html; charset=utf-8")
	of := displayApp
	switch c.query.Get("client_key") {
	case c.clientKey:
	case c.businessID:
		of = businessApp
	default:
		return c.page("Something went wrong", "client_key")
	}
	redirect, err := url.Parse(c.query.Get("redirect_uri"))
	if err != nil || redirect.Host == "" || redirect.Scheme != "https" && redirect.Scheme != "http" || redirect.Fragment != "" {
		return c.page("Something went wrong", "redirect_uri")
	}
	back := url.Values{}
	if state := c.query.Get("state"); state != "" {
		back.Set("state", state)
	}
	name, owner := c.query.Get("sandbox_account"), c.world.accounts
	if name != "" {
		owner = slices.DeleteFunc(slices.Clone(owner), func(a *account) bool { return a.Handle != name })
	}
	asked := strings.Split(c.query.Get("scope"), ",")
	unknown := slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(scopes[of], s) })
	switch {
	case c.query.Get("response_type") != "code":
		back.Set("error", "unsupported_response_type")
	case unknown:
		back.Set("error", "invalid_scope")
	case len(owner) == 0 || c.query.Has("sandbox_deny"):
		back.Set("error", "access_denied")
	default:
		g := &grant{app: of, account: owner[0]}
		for _, s := range asked {
			if !c.faults.withheld[owner[0].Handle+" "+s] {
				g.scopes = append(g.scopes, s)
			}
		}
		back.Set("code", c.grants.newCode(code{grant: g, redirect: redirect.String(), challenge: c.query.Get("code_challenge"),
			ends: c.at + int64(codeLife/time.Second)}))
		back.Set("scopes", strings.Join(g.scopes, ","))
	}
	q := redirect.Query()
	for k, v := range back {
		q[k] = v
	}
	redirect.RawQuery = q.Encode()
	c.header.Set("Location", redirect.String())
	return http.StatusFound, nil
}

// page is a page for people.
func (c *call) page(title, detail string) (int, []byte) {
	return http.StatusBadRequest, []byte("<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1><p>" + detail + "</p></body></html>\n")
}

// form reads the parameters of a POST, which may not stand in its address.
func (c *call) form() (url.Values, error) {
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, maxForm)
	kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	if c.r.Method != http.MethodPost || strings.TrimSpace(kind) != "application/x-www-form-urlencoded" || c.r.ParseForm() != nil {
		return nil, &OAuthError{"invalid_request", "Only `application/x-www-form-urlencoded` is accepted as Content-Type."}
	}
	f := c.r.PostForm
	if f.Get("client_key") != c.clientKey || f.Get("client_secret") != c.clientSecret {
		return nil, &OAuthError{"invalid_client", "Client key or secret is incorrect."}
	}
	return f, nil
}

// oauthToken answers POST /v2/oauth/token/.
func (c *call) oauthToken() ([]byte, error) {
	f, err := c.form()
	if err != nil {
		return nil, err
	}
	var g *grant
	switch f.Get("grant_type") {
	case "authorization_code":
		got, ok := c.grants.takeCode(f.Get("code"), c.at)
		if !ok || got.app != displayApp || got.redirect != f.Get("redirect_uri") || !got.verified(f.Get("code_verifier")) {
			return nil, &OAuthError{"invalid_grant", "Authorization code is expired."}
		}
		g = got.grant
	case "refresh_token":
		got, ok := c.grants.takeRefresh(f.Get("refresh_token"), displayApp, c.at)
		if !ok || c.faults.removed[got.account.Handle] {
			return nil, &OAuthError{"invalid_grant", "Refresh token is invalid or expired."}
		}
		g = got
	case "client_credentials":
		// That is for the Research and the Commercial Content API, and we have
		// neither.
		return nil, &OAuthError{"unauthorized_client", "The client is not authorized to request an access token using this method."}
	default:
		return nil, &OAuthError{"unsupported_grant_type", "The grant type is not supported."}
	}
	access, refresh := c.grants.issue(g, c.lives, c.at)
	b := sandbox.AppendString([]byte(`{"access_token":`), access)
	b = sandbox.AppendInt(append(b, `,"expires_in":`...), int64(c.lives.access/time.Second))
	b = sandbox.AppendString(append(b, `,"open_id":`...), g.account.PlatformID)
	b = sandbox.AppendInt(append(b, `,"refresh_expires_in":`...), int64(c.lives.refresh/time.Second))
	b = sandbox.AppendString(append(b, `,"refresh_token":`...), refresh)
	b = sandbox.AppendString(append(b, `,"scope":`...), strings.Join(g.scopes, ","))
	return append(b, `,"token_type":"Bearer"}`...), nil
}

// verified says whether the verifier fits the challenge of PKCE. Desktop apps
// of this platform write the hash in hexadecimal.
func (c *code) verified(verifier string) bool {
	if c.challenge == "" {
		return true
	}
	sum := sha256.Sum256([]byte(verifier))
	return c.challenge == hex.EncodeToString(sum[:]) || c.challenge == base64.RawURLEncoding.EncodeToString(sum[:])
}

// oauthRevoke answers POST /v2/oauth/revoke/, with an empty body.
func (c *call) oauthRevoke() ([]byte, error) {
	f, err := c.form()
	if err != nil {
		return nil, err
	}
	if !c.grants.revoke(f.Get("token"), displayApp) {
		return nil, &OAuthError{"invalid_request", "Token is invalid."}
	}
	return nil, nil
}

// input reads the JSON of a POST to the OAuth of the API for Business.
func (c *call) input() (map[string]string, error) {
	var in map[string]string
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, maxForm)
	if c.r.Method != http.MethodPost || json.NewDecoder(c.r.Body).Decode(&in) != nil {
		return nil, BusinessInvalidParams("The request body is not JSON.")
	}
	return in, nil
}

// appInput reads the JSON of a POST by which our app shows its secret.
func (c *call) appInput() (map[string]string, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	if in["client_id"] != c.businessID || in["client_secret"] != c.businessSecret {
		return nil, BusinessInvalidParams("The client_id or client_secret is incorrect.")
	}
	return in, nil
}

// businessToken answers POST /tt_user/oauth2/token/ and …/refresh_token/.
func (c *call) businessToken() ([]byte, error) {
	in, err := c.appInput()
	if err != nil {
		return nil, err
	}
	var g *grant
	refresh := strings.HasSuffix(strings.TrimSuffix(c.r.URL.Path, "/"), "refresh_token")
	switch {
	case !refresh && in["grant_type"] == "authorization_code":
		got, ok := c.grants.takeCode(in["auth_code"], c.at)
		if !ok || got.app != businessApp || got.redirect != in["redirect_uri"] {
			return nil, BusinessInvalidParams("The auth_code is expired or was used.")
		}
		g = got.grant
	case refresh && in["grant_type"] == "refresh_token":
		got, ok := c.grants.takeRefresh(in["refresh_token"], businessApp, c.at)
		if !ok || c.faults.removed[got.account.Handle] {
			return nil, BusinessTokenRevoked()
		}
		g = got
	default:
		return nil, BusinessInvalidParams("The grant_type is not supported.")
	}
	access, next := c.grants.issue(g, oldLives, c.at)
	b := sandbox.AppendString([]byte(`{"access_token":`), access)
	b = sandbox.AppendInt(append(b, `,"expires_in":`...), int64(oldLives.access/time.Second))
	b = sandbox.AppendString(append(b, `,"open_id":`...), g.account.PlatformID)
	b = sandbox.AppendString(append(b, `,"refresh_token":`...), next)
	b = sandbox.AppendInt(append(b, `,"refresh_token_expires_in":`...), int64(oldLives.refresh/time.Second))
	b = sandbox.AppendString(append(b, `,"scope":`...), strings.Join(g.scopes, ","))
	return append(b, `,"token_type":"Bearer"}`...), nil
}

// businessRevoke answers POST /tt_user/oauth2/revoke/.
func (c *call) businessRevoke() ([]byte, error) {
	in, err := c.appInput()
	if err != nil {
		return nil, err
	}
	if !c.grants.revoke(in["access_token"], businessApp) {
		return nil, BusinessTokenRevoked()
	}
	return []byte("{}"), nil
}

// tokenInfo answers POST /tt_user/token_info/get/.
func (c *call) tokenInfo() ([]byte, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	g := c.holder(in["access_token"], businessApp)
	switch {
	case in["app_id"] != c.businessID:
		return nil, BusinessInvalidParams("The app_id is incorrect.")
	case in["access_token"] == "":
		return nil, &BusinessError{40104, "The access_token is empty."}
	case g == nil:
		return nil, BusinessTokenRevoked()
	}
	b := sandbox.AppendString([]byte(`{"app_id":`), c.businessID)
	b = sandbox.AppendString(append(b, `,"creator_id":`...), g.account.PlatformID)
	b = sandbox.AppendString(append(b, `,"scope":`...), strings.Join(g.scopes, ","))
	return append(b, '}'), nil
}
