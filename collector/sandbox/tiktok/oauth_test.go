package tiktok_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
)

const scopes = "user.info.basic,user.info.profile,user.info.stats,video.list"

// tokens are what an OAuth answer gives.
type tokens struct {
	Access         string `json:"access_token"`
	ExpiresIn      int64  `json:"expires_in"`
	OpenID         string `json:"open_id"`
	Refresh        string `json:"refresh_token"`
	RefreshIn      int64  `json:"refresh_expires_in"`
	RefreshTokenIn int64  `json:"refresh_token_expires_in"` // of the API for Business
	Scope          string `json:"scope"`
	Type           string `json:"token_type"`
	Error          string `json:"error"`
	Description    string `json:"error_description"`
	LogID          string `json:"log_id"`
}

// authorize lets an owner agree, and returns what comes back.
func (s *service) authorize(handle string, more ...string) url.Values {
	s.t.Helper()
	key, _ := s.App()
	r := s.get("/v2/auth/authorize/", append([]string{"client_key", key, "response_type", "code", "scope", scopes,
		"redirect_uri", redirect, "state", "st&te", "sandbox_account", handle}, more...)...)
	if r.StatusCode != http.StatusFound {
		s.t.Fatalf("authorize: status %d, %s", r.StatusCode, r.body)
	}
	to, err := r.Location()
	if err != nil || to.Host != "office.example.org" || to.Query().Get("from") != "tiktok" || to.Query().Get("state") != "st&te" {
		s.t.Fatalf("authorize leads to %s, %v", to, err)
	}
	return to.Query()
}

// form asks for tokens of the Display API.
func (s *service) form(path string, pairs ...string) (*reply, tokens) {
	s.t.Helper()
	key, secret := s.App()
	f := url.Values{"client_key": {key}, "client_secret": {secret}}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	r := s.send(http.MethodPost, path, "application/x-www-form-urlencoded", f.Encode())
	var got tokens
	if err := json.Unmarshal(r.body, &got); err != nil && len(r.body) > 0 {
		s.t.Fatalf("%v in %s", err, r.body)
	}
	return r, got
}

func (s *service) exchange(code string, more ...string) (*reply, tokens) {
	s.t.Helper()
	return s.form("/v2/oauth/token/", append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", redirect}, more...)...)
}

func (s *service) refresh(token string) (*reply, tokens) {
	s.t.Helper()
	return s.form("/v2/oauth/token/", "grant_type", "refresh_token", "refresh_token", token)
}

// works says whether a token opens the profile of its owner.
func (s *service) works(token string) bool {
	s.token = token
	return s.get("/v2/user/info/", "fields", "open_id").StatusCode == 200
}

func TestOAuth(t *testing.T) {
	tests := []struct {
		long            bool
		access, refresh time.Duration
	}{
		{false, 2 * time.Hour, 180 * 24 * time.Hour},
		{true, 24 * time.Hour, 365 * 24 * time.Hour},
	}
	for _, tt := range tests {
		s := start(t, tiktok.Options{LongLives: tt.long})
		_, first := s.exchange(s.authorize("scatarina.gen").Get("code"))
		if first.OpenID != s.account("scatarina.gen").PlatformID || first.Scope != scopes || first.Type != "Bearer" ||
			first.ExpiresIn != int64(tt.access.Seconds()) || first.RefreshIn != int64(tt.refresh.Seconds()) {
			t.Fatalf("tokens %+v", first)
		}
		s.clock.Advance(tt.access - time.Second)
		if !s.works(first.Access) {
			t.Error("the token ended early")
		}
		s.clock.Advance(time.Second)
		if s.works(first.Access) {
			t.Error("the token did not end")
		}
		_, second := s.refresh(first.Refresh)
		if !s.works(second.Access) || second.Refresh == first.Refresh || second.Access == first.Access {
			t.Errorf("refreshed tokens %+v", second)
		}
		if r, again := s.refresh(first.Refresh); r.StatusCode != 400 || again.Error != "invalid_grant" || len(again.LogID) != 34 {
			t.Errorf("the old refresh token: status %d, %s", r.StatusCode, r.body)
		}
		s.clock.Advance(tt.refresh)
		if _, late := s.refresh(second.Refresh); late.Error != "invalid_grant" {
			t.Errorf("after %s the refresh token gives %+v", tt.refresh, late)
		}
	}
}

// Of two refreshes at once with one token, one is refused.
func TestTwoRefreshes(t *testing.T) {
	s := start(t, tiktok.Options{})
	_, first := s.exchange(s.authorize("parana.gen").Get("code"))
	var got [8]tokens
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { _, got[i] = s.refresh(first.Refresh) })
	}
	wg.Wait()
	good := 0
	for _, g := range got {
		if g.Error == "" {
			good++
		} else if g.Error != "invalid_grant" {
			t.Errorf("refresh: %+v", g)
		}
	}
	if good != 1 {
		t.Errorf("%d of 8 refreshes with one token worked, want 1", good)
	}
}

func TestOAuthRefusals(t *testing.T) {
	s := start(t, tiktok.Options{})
	fresh := func(more ...string) string { return s.authorize("parana.gen", more...).Get("code") }
	used := fresh()
	s.exchange(used)
	old := fresh()
	s.clock.Advance(time.Hour)
	sum := sha256.Sum256([]byte("verifier"))
	challenge := hex.EncodeToString(sum[:])
	_, good := s.exchange(fresh("code_challenge", challenge, "code_challenge_method", "S256"), "code_verifier", "verifier")
	if good.Error != "" {
		t.Errorf("with PKCE: %+v", good)
	}
	tests := map[string]struct {
		answer func() (*reply, tokens)
		want   string
	}{
		"used code":     {func() (*reply, tokens) { return s.exchange(used) }, "invalid_grant"},
		"old code":      {func() (*reply, tokens) { return s.exchange(old) }, "invalid_grant"},
		"escaped code":  {func() (*reply, tokens) { return s.exchange(url.QueryEscape(fresh())) }, "invalid_grant"},
		"redirect":      {func() (*reply, tokens) { return s.exchange(fresh(), "redirect_uri", "https://elsewhere.example.org") }, "invalid_grant"},
		"PKCE":          {func() (*reply, tokens) { return s.exchange(fresh("code_challenge", challenge), "code_verifier", "x") }, "invalid_grant"},
		"secret":        {func() (*reply, tokens) { return s.exchange(fresh(), "client_secret", "x") }, "invalid_client"},
		"refresh":       {func() (*reply, tokens) { return s.refresh(good.Access) }, "invalid_grant"},
		"no owner":      {func() (*reply, tokens) { return s.form("/v2/oauth/token/", "grant_type", "client_credentials") }, "unauthorized_client"},
		"unknown grant": {func() (*reply, tokens) { return s.form("/v2/oauth/token/", "grant_type", "password") }, "unsupported_grant_type"},
		"revoke":        {func() (*reply, tokens) { return s.form("/v2/oauth/revoke/", "token", "x") }, "invalid_request"},
	}
	for name, tt := range tests {
		if r, got := tt.answer(); r.StatusCode != 400 || got.Error != tt.want || got.Description == "" || got.Access != "" {
			t.Errorf("%s: status %d, %s, want %s", name, r.StatusCode, r.body, tt.want)
		}
	}
	if r := s.post("/v2/oauth/token/", "{}"); r.StatusCode != 400 || !strings.Contains(string(r.body), "invalid_request") {
		t.Errorf("JSON: status %d, %s", r.StatusCode, r.body)
	}
	s.Faults.OAuthErrorsWithStatus200()
	s.loose = true
	if r, got := s.refresh("x"); r.StatusCode != 200 || got.Error != "invalid_grant" {
		t.Errorf("with status 200: status %d, %s", r.StatusCode, r.body)
	}
}

func TestAuthorize(t *testing.T) {
	s := start(t, tiktok.Options{})
	for name, tt := range map[string]struct {
		more []string
		want string
	}{
		"denied":   {[]string{"sandbox_deny", ""}, "access_denied"},
		"nobody":   {[]string{"sandbox_account", "nobody"}, "access_denied"},
		"scope":    {[]string{"scope", "user.info.basic,research.data.basic"}, "invalid_scope"},
		"response": {[]string{"response_type", "token"}, "unsupported_response_type"},
	} {
		if q := s.authorize("parana.gen", tt.more...); q.Get("error") != tt.want || q.Has("code") {
			t.Errorf("%s: got %v, want %s", name, q, tt.want)
		}
	}
	key, _ := s.App()
	for _, q := range [][]string{
		{"client_key", "x", "redirect_uri", redirect},
		{"client_key", key, "redirect_uri", "javascript:alert(1)"},
		{"client_key", key, "redirect_uri", "/here"},
	} {
		if r := s.get("/v2/auth/authorize/", q...); r.StatusCode != 400 || r.Header.Get("Location") != "" {
			t.Errorf("authorize %v: status %d, leads to %q", q, r.StatusCode, r.Header.Get("Location"))
		}
	}

	// An owner who unticks a scope gives a token without it.
	s.Faults.WithholdScope("parana.gen", "user.info.stats")
	q := s.authorize("parana.gen")
	s.Faults.Clear()
	_, got := s.exchange(q.Get("code"))
	if q.Get("scopes") != "user.info.basic,user.info.profile,video.list" || got.Scope != q.Get("scopes") {
		t.Errorf("scopes %q, then %q", q.Get("scopes"), got.Scope)
	}
	s.token = got.Access
	if r := s.get("/v2/user/info/", "fields", "follower_count"); r.Error.Code != "scope_permission_missed" {
		t.Errorf("without the scope: %s", r.body)
	}
}

func TestRevoke(t *testing.T) {
	s := start(t, tiktok.Options{})
	_, got := s.exchange(s.authorize("parana.gen").Get("code"))
	if r, _ := s.form("/v2/oauth/revoke/", "token", got.Access); r.StatusCode != 200 || len(r.body) != 0 {
		t.Errorf("revoke: status %d, %s", r.StatusCode, r.body)
	}
	if s.works(got.Access) {
		t.Error("a revoked token works")
	}
	if _, again := s.refresh(got.Refresh); again.Error != "invalid_grant" {
		t.Errorf("a revoked grant is refreshed: %+v", again)
	}
}

func TestBusinessOAuth(t *testing.T) {
	s := start(t, tiktok.Options{})
	id, secret := s.BusinessApp()
	all := "user.info.basic,user.info.username,user.info.stats,video.list,video.insights"
	ask := func(path string, in map[string]string) (*reply, tokens) {
		t.Helper()
		if path != "tt_user/token_info/get/" {
			in["client_id"], in["client_secret"] = id, secret
		}
		b, _ := json.Marshal(in)
		r := s.post(business+path, string(b))
		var got struct{ Data tokens }
		_ = json.Unmarshal(r.body, &got)
		return r, got.Data
	}
	code := s.authorize("parana.gen", "client_key", id, "scope", all).Get("code")
	if _, got := s.exchange(code); got.Error != "invalid_grant" {
		t.Errorf("a code of the other app: %+v", got)
	}
	code = s.authorize("parana.gen", "client_key", id, "scope", all).Get("code")
	in := map[string]string{"grant_type": "authorization_code", "auth_code": code, "redirect_uri": redirect}
	_, first := ask("tt_user/oauth2/token/", in)
	if first.ExpiresIn != 86400 || first.RefreshTokenIn != 31536000 || first.OpenID != s.account("parana.gen").PlatformID || first.Scope != all || first.Type != "Bearer" {
		t.Fatalf("tokens %+v", first)
	}
	if r, _ := ask("tt_user/oauth2/token/", in); *r.Code != 40002 {
		t.Errorf("a used code: %s", r.body)
	}
	_, second := ask("tt_user/oauth2/refresh_token/", map[string]string{"grant_type": "refresh_token", "refresh_token": first.Refresh})
	if second.Access == "" || second.Refresh == first.Refresh {
		t.Errorf("refreshed: %+v", second)
	}
	if r, _ := ask("tt_user/oauth2/refresh_token/", map[string]string{"grant_type": "refresh_token", "refresh_token": first.Refresh}); *r.Code != 40105 {
		t.Errorf("the old refresh token: %s", r.body)
	}
	r, info := ask("tt_user/token_info/get/", map[string]string{"app_id": id, "access_token": second.Access})
	if *r.Code != 0 || info.Scope != all || !strings.Contains(string(r.body), `"creator_id":"`+first.OpenID+`"`) {
		t.Errorf("token info: %s", r.body)
	}
	if r, _ := ask("tt_user/token_info/get/", map[string]string{"app_id": id, "access_token": ""}); *r.Code != 40104 {
		t.Errorf("token info of none: %s", r.body)
	}
	get := func() int64 {
		s.token = second.Access
		return *s.get(business+"business/get/", "business_id", first.OpenID).Code
	}
	if code := get(); code != 0 {
		t.Errorf("business/get: code %d", code)
	}
	if r, _ := ask("tt_user/oauth2/revoke/", map[string]string{"access_token": second.Access}); *r.Code != 0 || get() != 40105 {
		t.Errorf("revoke: %s", r.body)
	}
	if r := s.post(business+"tt_user/oauth2/token/", `{"client_id":"x"}`); *r.Code != 40002 {
		t.Errorf("another app: %s", r.body)
	}
}
