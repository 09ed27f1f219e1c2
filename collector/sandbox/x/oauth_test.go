package x_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	"github.com/hamawaz/hamawaz/collector/sandbox/x"
)

// What no client of ours does must be refused, and a person can choose.
func TestOAuthRefusals(t *testing.T) {
	s := sandboxtest.StartX(t, x.Options{})
	id, secret := s.OAuthClient()
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(q url.Values) (int, string, string) {
		t.Helper()
		resp, err := client.Get(s.URL + "/i/oauth2/authorize?" + q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("Location"), string(b)
	}
	good := func(edit ...string) url.Values {
		q := url.Values{"response_type": {"code"}, "client_id": {id}, "redirect_uri": {"http://o.example/back"}, "state": {"s1"},
			"scope": {"tweet.read users.read"}, "code_challenge": {"abc"}, "code_challenge_method": {"S256"}}
		for i := 0; i+1 < len(edit); i += 2 {
			q.Set(edit[i], edit[i+1])
		}
		return q
	}
	handle := s.World.Accounts()[0].Handle
	if status, _, body := ask(good()); status != 200 || !strings.Contains(body, "login_hint="+url.QueryEscape(handle)) {
		t.Errorf("without a hint: status %d, no choice of accounts", status)
	}
	for _, q := range []url.Values{good("client_id", "other"), good("redirect_uri", ""), good("code_challenge_method", "plain"), good("response_type", "token")} {
		if status, location, _ := ask(q); status != 400 || location != "" {
			t.Errorf("%v: status %d, location %q; want a refusal", q, status, location)
		}
	}
	if _, location, _ := ask(good("deny", "1")); location != "http://o.example/back?error=access_denied&state=s1" {
		t.Errorf("denied: sent to %s", location)
	}
	if _, location, _ := ask(good("scope", "dm.read")); !strings.Contains(location, "error=invalid_scope") {
		t.Errorf("unknown scope: sent to %s", location)
	}
	for _, form := range []url.Values{{"grant_type": {"authorization_code"}, "code": {"none"}}, {"grant_type": {"password"}}, {}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/2/oauth2/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(id, secret)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 400 {
			t.Errorf("%v: status %d", form, resp.StatusCode)
		}
	}
}
