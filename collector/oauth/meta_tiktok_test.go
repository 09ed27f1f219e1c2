package oauth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/schema"
)

const appSecret = "APP-SECRET-0123456789"

// answers is a platform of a few fixed answers, by method and path. A handler
// returns the status and the body.
type answers map[string]func(r *http.Request) (int, string)

func (a answers) start(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := a[r.Method+" "+r.URL.Path]
		if answer == nil {
			t.Errorf("asked for %s %s", r.Method, r.URL.Path)
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.ParseForm() != nil {
			t.Errorf("%s: the form cannot be read", r.URL.Path)
		}
		status, body := answer(r)
		w.Header().Set("Date", start.Format(http.TimeFormat))
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func always(status int, body string) func(*http.Request) (int, string) {
	return func(*http.Request) (int, string) { return status, body }
}

// graph answers like the Graph API for a person with two Pages in the list and
// one that only the granular scopes name.
func graph(t *testing.T) answers {
	proven := func(r *http.Request, token string) bool {
		h := hmac.New(sha256.New, []byte(appSecret))
		h.Write([]byte(token))
		return r.Header.Get("Authorization") == "Bearer "+token && r.URL.Query().Get("appsecret_proof") == hex.EncodeToString(h.Sum(nil))
	}
	refused := `{"error":{"message":"Invalid appsecret_proof provided in the API argument","type":"GraphMethodException","code":100}}`
	end := start.Add(60 * 24 * time.Hour).Unix()
	access := start.Add(90 * 24 * time.Hour).Unix()
	return answers{
		"GET /v25.0/oauth/access_token": func(r *http.Request) (int, string) {
			q := r.URL.Query()
			switch {
			case q.Get("client_id") != "app-1" || q.Get("client_secret") != appSecret:
				return 400, `{"error":{"message":"Error validating client secret.","type":"OAuthException","code":1}}`
			case q.Get("code") == "GOOD-CODE" && q.Get("redirect_uri") == redirect:
				return 200, `{"access_token":"SHORT-TOKEN-111","token_type":"bearer","expires_in":5400}`
			case q.Get("code") != "":
				return 400, `{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100,"error_subcode":36009}}`
			case q.Get("grant_type") == "fb_exchange_token" && (q.Get("fb_exchange_token") == "SHORT-TOKEN-111" || q.Get("fb_exchange_token") == "LONG-TOKEN-222"):
				return 200, `{"access_token":"LONG-TOKEN-222","token_type":"bearer"}` // expires_in may be missing
			}
			return 400, `{"error":{"message":"Error validating access token: Session has expired","type":"OAuthException","code":190,"error_subcode":463}}`
		},
		"GET /v25.0/debug_token": func(r *http.Request) (int, string) {
			if !proven(r, "app-1|"+appSecret) || r.URL.Query().Get("input_token") != "LONG-TOKEN-222" {
				return 400, refused
			}
			return 200, fmt.Sprintf(`{"data":{"app_id":"app-1","type":"USER","is_valid":true,"expires_at":%d,"data_access_expires_at":%d,"user_id":"u9",
				"scopes":["pages_show_list","pages_read_engagement","instagram_basic"],
				"granular_scopes":[{"scope":"pages_show_list","target_ids":["p1","p3"]},{"scope":"pages_read_engagement"}]}}`, end, access)
		},
		"GET /v25.0/me/accounts": func(r *http.Request) (int, string) {
			if !proven(r, "LONG-TOKEN-222") {
				return 400, refused
			}
			if r.URL.Query().Get("after") == "" {
				return 200, `{"data":[{"id":"p1","name":"Health","username":"healthdept","access_token":"PAGE-TOKEN-P1","instagram_business_account":{"id":"ig1","username":"health.gram"}}],
					"paging":{"cursors":{"after":"A1"},"next":"https://graph.facebook.com/v25.0/u9/accounts?access_token=LONG-TOKEN-222&after=A1"}}`
			}
			return 200, `{"data":[{"id":"p2","name":"Police","access_token":"PAGE-TOKEN-P2"}],"paging":{"cursors":{"after":"A2"}}}`
		},
		"GET /v25.0/p3": func(r *http.Request) (int, string) {
			if !proven(r, "LONG-TOKEN-222") {
				return 400, refused
			}
			return 200, `{"id":"p3","name":"Business","access_token":"PAGE-TOKEN-P3"}`
		},
		"GET /v25.0/p1":                always(200, `{"id":"p1","name":"Health","access_token":"PAGE-TOKEN-P1b"}`),
		"DELETE /v25.0/me/permissions": always(200, `{"success":true}`),
	}
}

// metaOffice returns an office beside the answers.
func metaOffice(t *testing.T, a answers) (*office, *oauth.Tokens) {
	t.Helper()
	o := newOffice(t, sandboxtest.NewClock(start))
	o.hide = append(o.hide, appSecret, "GOOD-CODE", "SHORT-TOKEN-111", "LONG-TOKEN-222", "PAGE-TOKEN-P1", "PAGE-TOKEN-P3")
	url := a.start(t)
	return o, o.tokens(oauth.Apps{Meta: oauth.App{ID: "app-1", Secret: appSecret, AuthorizeURL: url, BaseURL: url}})
}

func TestMetaConnect(t *testing.T) {
	for _, tt := range []struct {
		name   string
		a      schema.Account
		token  string
		lapses time.Duration // after the start
		ends   bool          // the access token has a date
	}{
		{"a Page of the list", schema.Account{ID: "a", Platform: schema.Facebook, PlatformID: "p2"}, "PAGE-TOKEN-P2", 90 * 24 * time.Hour, false},
		{"a Page that only granular scopes name", schema.Account{ID: "a", Platform: schema.Facebook, PlatformID: "p3"}, "PAGE-TOKEN-P3", 90 * 24 * time.Hour, false},
		{"a Page by its name", schema.Account{ID: "a", Platform: schema.Facebook, Handle: "HealthDept"}, "PAGE-TOKEN-P1", 90 * 24 * time.Hour, false},
		{"the Instagram account behind a Page", schema.Account{ID: "a", Platform: schema.Instagram, PlatformID: "ig1"}, "LONG-TOKEN-222", 60 * 24 * time.Hour, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, tokens := metaOffice(t, graph(t))
			c, err := oauth.Connections{Tokens: tokens}.Connect(t.Context(), tt.a, "GOOD-CODE", "", redirect, "p1")
			if err != nil {
				t.Fatal(o.say(err))
			}
			if c.GrantedBy != "u9" || c.LapsesAt() == nil || !c.LapsesAt().Equal(start.Add(tt.lapses)) || (c.ExpiresAt != nil) != tt.ends {
				t.Errorf("connected %+v, lapses %v", c, c.LapsesAt())
			}
			if got, err := tokens.Token(t.Context(), tt.a); err != nil || got != tt.token {
				t.Errorf("Token: another one than of the account, %v", err)
			}
		})
	}
}

func TestMetaRefusals(t *testing.T) {
	page := schema.Account{ID: "a", Platform: schema.Facebook, PlatformID: "p1"}
	for _, tt := range []struct {
		name   string
		a      schema.Account
		code   string
		change func(answers)
		want   schema.ConnectReason
		says   string
	}{
		{"another Page", schema.Account{ID: "a", Platform: schema.Facebook, PlatformID: "p7", Handle: "seven"}, "GOOD-CODE", nil, schema.ReasonWrongAccount, "@healthdept, Police, Business"},
		{"no Instagram account", schema.Account{ID: "a", Platform: schema.Instagram, PlatformID: "ig7"}, "GOOD-CODE", nil, schema.ReasonWrongAccount, "@health.gram"},
		{"a used code", page, "USED-CODE", nil, schema.ReasonCode, "100/36009"},
		{"a permission less", page, "GOOD-CODE", func(a answers) {
			a["GET /v25.0/debug_token"] = always(200, `{"data":{"is_valid":true,"user_id":"u9","scopes":["pages_show_list"]}}`)
		}, schema.ReasonPermission, "pages_read_engagement"},
		{"no task on the Page", page, "GOOD-CODE", func(a answers) {
			a["GET /v25.0/me/accounts"] = always(200, `{"data":[{"id":"p1","name":"Health"}]}`)
		}, schema.ReasonPermission, "Page access"},
		{"a page for people", page, "GOOD-CODE", func(a answers) { a["GET /v25.0/me/accounts"] = always(200, "<html>LONG-TOKEN-222</html>") }, schema.ReasonTrouble, "not a JSON object"},
		{"the quota", page, "GOOD-CODE", func(a answers) {
			a["GET /v25.0/me/accounts"] = always(400, `{"error":{"message":"Application request limit reached","code":4}}`)
		}, schema.ReasonLimit, ""},
		{"an error that quotes a token", page, "GOOD-CODE", func(a answers) {
			a["GET /v25.0/me/accounts"] = always(400, `{"error":{"message":"Malformed access token LONG-TOKEN-222","code":190}}`)
		}, schema.ReasonRevoked, "Malformed access token MASKED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := graph(t)
			if tt.change != nil {
				tt.change(a)
			}
			o, tokens := metaOffice(t, a)
			_, err := oauth.Connections{Tokens: tokens}.Connect(t.Context(), tt.a, tt.code, "", redirect, "p1")
			var refused *schema.ConnectError
			if !errors.As(o.say(err), &refused) || refused.Reason != tt.want || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Connect: %v, want %s with %q", err, tt.want, tt.says)
			}
			if _, err := o.vault.Credential(t.Context(), "a"); !errors.Is(err, schema.ErrNotFound) {
				t.Errorf("something was stored: %v", err)
			}
		})
	}
}

func TestMetaRenewsAheadAndSharesAPermission(t *testing.T) {
	a := graph(t)
	deleted := 0
	a["DELETE /v25.0/me/permissions"] = func(*http.Request) (int, string) { deleted++; return 200, `{"success":true}` }
	o, tokens := metaOffice(t, a)
	c := oauth.Connections{Tokens: tokens}
	one := schema.Account{ID: "a", Platform: schema.Facebook, PlatformID: "p1"}
	two := schema.Account{ID: "b", Platform: schema.Instagram, PlatformID: "ig1"}
	for _, account := range []schema.Account{one, two} {
		if _, err := c.Connect(t.Context(), account, "GOOD-CODE", "", redirect, "p1"); err != nil {
			t.Fatal(o.say(err))
		}
	}
	o.clock.Advance(41 * 24 * time.Hour)
	for _, account := range []schema.Account{one, two} {
		credential, err := o.vault.Credential(t.Context(), account.ID)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := tokens.Ahead(t.Context(), credential); err != nil || !done {
			t.Errorf("Ahead of %s, 19 days before the end: %v, %v", account.ID, done, o.say(err))
		}
	}
	if got, err := tokens.Token(t.Context(), one); err != nil || got != "PAGE-TOKEN-P1b" {
		t.Errorf("the Page's token was not made anew: %v", err)
	}
	// Both live by one person's permission: it goes with the last.
	if revoked, err := c.Disconnect(t.Context(), "a", "p1"); err != nil || revoked || deleted != 0 {
		t.Errorf("Disconnect of the first: given back %v %d times, %v", revoked, deleted, err)
	}
	if revoked, err := c.Disconnect(t.Context(), "b", "p1"); err != nil || !revoked || deleted != 1 {
		t.Errorf("Disconnect of the last: given back %v %d times, %v", revoked, deleted, err)
	}
}

func tiktok(t *testing.T, change func(answers)) (*office, *oauth.Tokens, schema.Account) {
	t.Helper()
	current := "rft.FIRST-000111"
	form := func(r *http.Request) url.Values { return r.PostForm }
	a := answers{
		"POST /v2/oauth/token/": func(r *http.Request) (int, string) {
			f := form(r)
			switch {
			case f.Get("client_key") != "key-1" || f.Get("client_secret") != appSecret:
				return 200, `{"error":"invalid_client","error_description":"Client key or secret is incorrect.","log_id":"x"}`
			case f.Get("grant_type") == "authorization_code" && f.Get("code") == "GOOD*CODE!" && f.Get("redirect_uri") == redirect:
			case f.Get("grant_type") == "refresh_token" && f.Get("refresh_token") == current:
				current = "rft.SECOND-000222"
			default:
				return 200, `{"error":"invalid_grant","error_description":"Refresh token is invalid or expired.","log_id":"x"}` // status 200, as reported
			}
			return 200, `{"access_token":"act.` + current[4:] + `","expires_in":"7200","open_id":"-000abc","refresh_expires_in":15552000,"refresh_token":"` + current + `","scope":"user.info.basic,user.info.profile,video.list","token_type":"Bearer"}`
		},
		"GET /v2/user/info/": func(r *http.Request) (int, string) {
			if r.URL.Query().Get("fields") != "open_id,union_id,display_name,username" {
				return 400, `{"data":{},"error":{"code":"invalid_params","message":"fields"}}`
			}
			return 200, `{"data":{"user":{"open_id":"-000abc","union_id":"un1","display_name":"Health","username":"healthdept"}},"error":{"code":"ok","message":"","log_id":"x"}}`
		},
		"POST /v2/oauth/revoke/": always(200, ""),
	}
	if change != nil {
		change(a)
	}
	o := newOffice(t, sandboxtest.NewClock(start))
	o.hide = append(o.hide, appSecret, "GOOD*CODE!", "act.FIRST-000111", "act.SECOND-000222", "rft.FIRST-000111", "rft.SECOND-000222")
	at := a.start(t)
	return o, o.tokens(oauth.Apps{TikTok: oauth.App{ID: "key-1", Secret: appSecret, AuthorizeURL: at + "/v2/auth/authorize/", BaseURL: at}}),
		schema.Account{ID: "a", Platform: schema.TikTok, Handle: "healthdept"}
}

func TestTikTok(t *testing.T) {
	o, tokens, account := tiktok(t, nil)
	c := oauth.Connections{Tokens: tokens}
	address, err := c.AuthorizeURL(account, "STATE", verifier, redirect)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(address)
	if q := u.Query(); u.Path != "/v2/auth/authorize/" || q.Get("client_key") != "key-1" || q.Get("state") != "STATE" || q.Get("response_type") != "code" ||
		q.Get("redirect_uri") != redirect || q.Get("scope") != "user.info.basic,user.info.profile,user.info.stats,video.list" {
		t.Errorf("authorize at %s", address)
	}
	got, err := c.Connect(t.Context(), account, "GOOD*CODE!", verifier, redirect, "p1")
	if err != nil {
		t.Fatal(o.say(err))
	}
	if got.PlatformID != "-000abc" || got.LapsesAt() == nil || !got.LapsesAt().Equal(start.Add(180*24*time.Hour)) || !got.ExpiresAt.Equal(start.Add(2*time.Hour)) {
		t.Errorf("connected %+v", got)
	}
	o.clock.Advance(2 * time.Hour)
	if token, err := tokens.Token(t.Context(), account); err != nil || token != "act.SECOND-000222" {
		t.Errorf("renewed: %v", o.say(err))
	}
	// The one before is dead: whoever still had it would have to ask a person.
	credential, err := o.vault.Credential(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := o.vault.Secret(credential); err != nil || s.Refresh != "rft.SECOND-000222" {
		t.Errorf("the new refresh token was not stored: %v", err)
	}
	if revoked, err := c.Disconnect(t.Context(), "a", "p1"); err != nil || !revoked {
		t.Errorf("Disconnect: given back %v, %v", revoked, err)
	}
}

func TestTikTokRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		change     func(answers)
		want       schema.ConnectReason
		outcome    collector.Outcome
	}{
		{"an old code, with status 200", "OLD", nil, schema.ReasonCode, collector.OutcomeReconnect},
		{"server_error", "GOOD*CODE!", func(a answers) { a["POST /v2/oauth/token/"] = always(200, `{"error":"server_error"}`) }, schema.ReasonTrouble, collector.OutcomeRetry},
		{"too many", "GOOD*CODE!", func(a answers) {
			a["POST /v2/oauth/token/"] = always(429, `{"error":"","error_description":""}`)
		}, schema.ReasonLimit, collector.OutcomeWait},
		{"invalid_client", "GOOD*CODE!", func(a answers) { a["POST /v2/oauth/token/"] = always(401, `{"error":"invalid_client"}`) }, schema.ReasonSettings, collector.OutcomeFixRequest},
		{"scope left out", "GOOD*CODE!", func(a answers) {
			a["POST /v2/oauth/token/"] = always(200, `{"access_token":"act.x-0000","refresh_token":"rft.x-0000","open_id":"o","scope":"user.info.basic"}`)
		}, schema.ReasonPermission, collector.OutcomeReconnect},
		{"an empty body", "GOOD*CODE!", func(a answers) { a["POST /v2/oauth/token/"] = always(200, "") }, schema.ReasonTrouble, collector.OutcomeRetry},
		{"a cut body", "GOOD*CODE!", func(a answers) { a["POST /v2/oauth/token/"] = always(200, `{"access_token":"act.x`) }, schema.ReasonTrouble, collector.OutcomeRetry},
		{"a huge body", "GOOD*CODE!", func(a answers) {
			a["POST /v2/oauth/token/"] = always(200, `{"access_token":"`+strings.Repeat("x", 2<<20)+`"}`)
		}, schema.ReasonTrouble, collector.OutcomeRetry},
		{"another type", "GOOD*CODE!", func(a answers) { a["POST /v2/oauth/token/"] = always(200, `{"access_token":17}`) }, schema.ReasonTrouble, collector.OutcomeRetry},
		{"another account", "GOOD*CODE!", func(a answers) {
			a["GET /v2/user/info/"] = always(200, `{"data":{"user":{"open_id":"z","username":"other"}},"error":{"code":"ok"}}`)
		}, schema.ReasonWrongAccount, collector.OutcomeRetry},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, tokens, account := tiktok(t, tt.change)
			_, err := oauth.Connections{Tokens: tokens}.Connect(t.Context(), account, tt.code, verifier, redirect, "p1")
			var refused *schema.ConnectError
			if !errors.As(o.say(err), &refused) || refused.Reason != tt.want || collector.OutcomeOf(err) != tt.outcome {
				t.Errorf("Connect: %v (%s), want %s, %s", err, collector.OutcomeOf(err), tt.want, tt.outcome)
			}
			if _, err := o.vault.Credential(t.Context(), "a"); !errors.Is(err, schema.ErrNotFound) {
				t.Errorf("something was stored: %v", err)
			}
		})
	}
}

// A form is for the address that it was sent to alone.
func TestNoRedirectIsFollowed(t *testing.T) {
	caught := 0
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { caught++ }))
	defer thief.Close()
	o, _, account := tiktok(t, nil)
	s := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	tokens := o.tokens(oauth.Apps{TikTok: oauth.App{ID: "key-1", Secret: appSecret, AuthorizeURL: s.URL, BaseURL: s.URL}})
	if _, err := (oauth.Connections{Tokens: tokens}).Connect(t.Context(), account, "GOOD*CODE!", verifier, redirect, "p1"); o.say(err) == nil || caught != 0 {
		t.Errorf("Connect over a redirect: %v, %d requests went on", err, caught)
	}
}

func TestAppsAreChecked(t *testing.T) {
	for _, tt := range []struct {
		name string
		apps oauth.Apps
		want string // part of the error; empty: none
		n    int
	}{
		{"none", oauth.Apps{}, "", 0},
		{"all", oauth.Apps{X: oauth.App{ID: "x"}, Google: oauth.App{ID: "g", Secret: "s"}, Meta: oauth.App{ID: "m", Secret: "s"}, TikTok: oauth.App{ID: "t", Secret: "s"}}, "", 5},
		{"no secret", oauth.Apps{Google: oauth.App{ID: "g"}}, "youtube: the application has an id and no secret", 0},
		{"no id", oauth.Apps{X: oauth.App{Secret: "SECRET-9"}}, "x: the application has a secret and no id", 0},
		{"no address", oauth.Apps{X: oauth.App{ID: "x", BaseURL: "javascript:1"}}, "is no address", 0},
	} {
		flows, err := tt.apps.Flows()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "SECRET-9")) || len(flows) != tt.n {
			t.Errorf("%s: %d flows, %v; want %d, %q", tt.name, len(flows), err, tt.n, tt.want)
		}
	}
}
