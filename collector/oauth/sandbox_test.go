package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/sandboxtest"
	xsandbox "github.com/hamawaz/hamawaz/collector/sandbox/x"
	ytsandbox "github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/collector/x"
	"github.com/hamawaz/hamawaz/collector/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

// A stage is an office beside one sandboxed platform.
type stage struct {
	*office
	apps    oauth.Apps
	account schema.Account
	other   string // the handle of another account
	path    string // of the token endpoint
	life    time.Duration
	revoke  func()
	read    func(*oauth.Tokens) collector.Connector
}

func account(t *testing.T, p schema.Platform, all []sandbox.Account) (schema.Account, string) {
	t.Helper()
	own := slices.DeleteFunc(slices.Clone(all), func(a sandbox.Account) bool { return a.Access != schema.AccessOwner })
	if len(own) < 2 {
		t.Fatalf("%d accounts of owners on %s", len(own), p)
	}
	a := own[0]
	return schema.Account{ID: "acc-1", Platform: p, Handle: a.Handle, PlatformID: a.PlatformID, Access: schema.AccessOwner}, own[1].Handle
}

func onX(t *testing.T) *stage {
	t.Helper()
	clock := sandboxtest.NewClock(start)
	s := sandboxtest.StartX(t, xsandbox.Options{Now: clock.Now})
	id, secret := s.OAuthClient()
	st := &stage{office: newOffice(t, clock), path: "/2/oauth2/token", life: 2 * time.Hour,
		apps: oauth.Apps{X: oauth.App{ID: id, Secret: secret, AuthorizeURL: s.URL + "/i/oauth2/authorize", BaseURL: s.URL}}}
	st.account, st.other = account(t, schema.X, s.World.Accounts())
	st.revoke = func() { s.RevokeOwner(st.account.Handle) }
	st.hide = append(st.hide, secret)
	st.read = func(tokens *oauth.Tokens) collector.Connector {
		return oauth.Renewing{Tokens: tokens, Connector: &x.Connector{BaseURL: s.URL, HTTP: st.http(), Now: clock.Now, Skew: time.Hour, Log: st.logger(), Token: tokens.Token}}
	}
	return st
}

func onYouTube(t *testing.T) *stage {
	t.Helper()
	clock := sandboxtest.NewClock(start)
	s := sandboxtest.StartYouTube(t, ytsandbox.Options{Now: clock.Now})
	id, secret := s.OAuthClient()
	st := &stage{office: newOffice(t, clock), path: "/token", life: time.Hour,
		apps: oauth.Apps{Google: oauth.App{ID: id, Secret: secret, AuthorizeURL: s.URL + "/o/oauth2/v2/auth", BaseURL: s.URL, TokenURL: s.URL}}}
	st.account, st.other = account(t, schema.YouTube, s.World.Accounts())
	st.revoke = func() { s.RevokeOwner(st.account.Handle) }
	st.hide = append(st.hide, secret)
	st.read = func(tokens *oauth.Tokens) collector.Connector {
		return oauth.Renewing{Tokens: tokens, Connector: &youtube.Connector{BaseURL: s.URL, HTTP: st.http(), Now: clock.Now, Skew: time.Hour, Log: st.logger(), Token: tokens.Token}}
	}
	return st
}

func everywhere(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	for name, on := range map[string]func(*testing.T) *stage{"x": onX, "youtube": onYouTube} {
		t.Run(name, func(t *testing.T) { test(t, on(t)) })
	}
}

// collect reads the account's newest posts and returns how many there were. The
// raw answers are searched for secrets.
func (s *stage) collect(tokens *oauth.Tokens) (int, error) {
	s.t.Helper()
	posts := 0
	_, err := s.read(tokens).Collect(s.t.Context(), collector.Job{Account: s.account, RunID: "run", Depth: s.clock.Now().AddDate(0, -1, 0)}, func(_ context.Context, p collector.Page) error {
		posts += len(p.Posts)
		for _, raw := range p.Raw {
			s.said = append(s.said, raw.Request, raw.Body)
		}
		return nil
	})
	return posts, s.say(err)
}

func (s *stage) credential() schema.Credential {
	s.t.Helper()
	c, err := s.vault.Credential(s.t.Context(), s.account.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func TestConnectCollectExpireRenewCollect(t *testing.T) {
	everywhere(t, func(t *testing.T, s *stage) {
		tokens := s.tokens(s.apps)
		if _, err := s.collect(tokens); !errors.Is(err, collector.ErrUnauthorized) {
			t.Errorf("collect before anybody connected it: %v, want ErrUnauthorized", err)
		}
		c, err := s.connect(tokens, s.account, s.account.Handle)
		if err != nil {
			t.Fatal(err)
		}
		if c.PlatformID != s.account.PlatformID || c.By != "p1" || c.Status != schema.CredentialActive || c.ExpiresAt == nil || c.ExpiresAt.Sub(start).Round(time.Minute) != s.life || len(c.Scopes) == 0 {
			t.Errorf("connected: %+v", c)
		}
		n, err := s.collect(tokens)
		if err != nil || n == 0 {
			t.Fatalf("collect after connecting: %d posts, %v", n, err)
		}
		if asked := s.ears.times(s.path); asked != 1 {
			t.Errorf("the token endpoint was asked %d times for a good token, want 1", asked)
		}

		// The platform's own clock ends the token.
		before, err := tokens.Token(t.Context(), s.account)
		if err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(s.life)
		stale := *tokens
		stale.Now = func() time.Time { return start } // a process that does not notice
		if _, err := s.read(&stale).Collect(t.Context(), collector.Job{Account: s.account}, nil); !errors.Is(err, collector.ErrUnauthorized) {
			t.Errorf("collect with a token that ended: %v, want ErrUnauthorized", s.say(err))
		}
		if n, err := s.collect(tokens); err != nil || n == 0 {
			t.Fatalf("collect after the token ended: %d posts, %v", n, err)
		}
		after, err := tokens.Token(t.Context(), s.account)
		if err != nil || after == before {
			t.Errorf("the token was not renewed: %v", err)
		}
		if c := s.credential(); c.Renewing != nil || c.LastError != "" || !c.RenewedAt.Equal(s.clock.Now()) {
			t.Errorf("after a renewal: %+v", c)
		}

		// Taken back at the platform: a person must come.
		s.revoke()
		s.clock.Advance(time.Hour)
		if _, err := s.collect(tokens); collector.OutcomeOf(err) != collector.OutcomeReconnect {
			t.Errorf("collect after the owner took it back: %v, want reconnect", err)
		}
		if c := s.credential(); c.Status != schema.CredentialLapsed || c.Reason != schema.ReasonRevoked || c.LastError == "" {
			t.Errorf("after the owner took it back: %+v", c)
		}
		asked := s.ears.times(s.path)
		if _, err := s.collect(tokens); collector.OutcomeOf(err) != collector.OutcomeReconnect || s.ears.times(s.path) != asked {
			t.Errorf("a lapsed credential is tried again: %v", err)
		}
		if _, err := s.connect(tokens, s.account, s.account.Handle); err != nil {
			t.Fatalf("connect again: %v", err)
		}
		if n, err := s.collect(tokens); err != nil || n == 0 {
			t.Errorf("collect after connecting again: %d posts, %v", n, err)
		}
	})
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	s := onX(t)
	tokens := s.tokens(s.apps)
	if _, err := s.connect(tokens, s.account, s.account.Handle); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(30 * time.Minute)
	refused := 0
	s.ears.change(func() {
		s.ears.block = func(r *http.Request) error {
			if r.URL.Path != s.path && refused == 0 {
				refused++
				r.Header.Set("Authorization", "Bearer of-nothing")
			}
			return nil
		}
	})
	if n, err := s.collect(tokens); err != nil || n == 0 || s.ears.times(s.path) != 2 {
		t.Errorf("collect over a 401: %d posts, %v, %d tokens asked for; want one more", n, err, s.ears.times(s.path))
	}
	refused = 0
	if _, err := s.collect(tokens); !errors.Is(err, collector.ErrUnauthorized) || s.ears.times(s.path) != 2 {
		t.Errorf("a second 401 at once: %v, %d tokens asked for", err, s.ears.times(s.path))
	}
}

func TestOneRenewalAtATime(t *testing.T) {
	everywhere(t, func(t *testing.T, s *stage) {
		if _, err := s.connect(s.tokens(s.apps), s.account, s.account.Handle); err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(s.life - 4*time.Minute) // it would end while it is used
		var wg sync.WaitGroup
		got := make([]string, 12)
		errs := make([]error, len(got))
		for i := range got {
			process := s.tokens(s.apps) // nothing in common but store and lock
			wg.Go(func() { got[i], errs[i] = process.Token(t.Context(), s.account) })
		}
		wg.Wait()
		for i := range got {
			if errs[i] != nil || got[i] != got[0] || got[i] == "" {
				t.Errorf("process %d: another token, or %v", i, errs[i])
			}
		}
		if n := s.ears.times(s.path); n != 2 { // connecting, and one renewal
			t.Errorf("the token endpoint was asked %d times, want 2", n)
		}
	})
}

// killed is a vault whose process dies at some step of a renewal.
type killed struct {
	oauth.Vault
	at func(step string) bool
}

var errKilled = errors.New("killed")

func (k killed) Save(ctx context.Context, c schema.Credential) (schema.Credential, error) {
	if k.at("before the mark") {
		return c, errKilled
	}
	c, err := k.Vault.Save(ctx, c)
	if k.at("after the mark") {
		panic(errKilled)
	}
	return c, err
}

func (k killed) SaveSecret(ctx context.Context, c schema.Credential, s schema.Secret) (schema.Credential, error) {
	if k.at("before storing") {
		panic(errKilled)
	}
	c, err := k.Vault.SaveSecret(ctx, c, s)
	if k.at("after storing") {
		panic(errKilled)
	}
	return c, err
}

func TestKilledWhileRenewing(t *testing.T) {
	for _, tt := range []struct {
		step string
		want collector.Outcome // of the next process
	}{
		{"before the mark", collector.OutcomeOK},
		{"after the mark", collector.OutcomeOK},
		{"before storing", collector.OutcomeReconnect}, // the old refresh token is dead, and nobody has the new one
		{"after storing", collector.OutcomeOK},
	} {
		t.Run(tt.step, func(t *testing.T) {
			s := onX(t)
			if _, err := s.connect(s.tokens(s.apps), s.account, s.account.Handle); err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(s.life)
			dying := s.tokens(s.apps)
			dying.Vault = killed{s.vault, func(step string) bool { return step == tt.step }}
			func() {
				defer func() {
					if p := recover(); p != nil && p != errKilled {
						panic(p)
					}
				}()
				if token, err := dying.Token(t.Context(), s.account); s.say(err) == nil {
					t.Errorf("the dying process still used token %d bytes long", len(token))
				}
			}()
			_, err := s.tokens(s.apps).Token(t.Context(), s.account)
			if got := collector.OutcomeOf(s.say(err)); got != tt.want {
				t.Fatalf("the next process: %v, want %s", err, tt.want)
			}
			if c := s.credential(); tt.want == collector.OutcomeReconnect && (c.Status != schema.CredentialLapsed || c.Reason != schema.ReasonInterrupted) {
				t.Errorf("credential %s, reason %s; want lapsed, interrupted", c.Status, c.Reason)
			} else if tt.want == collector.OutcomeOK && (c.Status != schema.CredentialActive || c.Renewing != nil) {
				t.Errorf("credential %+v", c)
			}
		})
	}
}

func TestATokenThatCannotBeStoredIsNotUsed(t *testing.T) {
	s := onX(t)
	if _, err := s.connect(s.tokens(s.apps), s.account, s.account.Handle); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(s.life)
	tokens := s.tokens(s.apps)
	fails := 2
	tokens.Vault = failing{s.vault, func() bool { fails--; return fails >= 0 }}
	if _, err := tokens.Token(t.Context(), s.account); err != nil {
		t.Errorf("a store that fails twice: %v", s.say(err))
	}
	s.clock.Advance(s.life)
	tokens.Patience = 300 * time.Millisecond
	tokens.Vault = failing{s.vault, func() bool { return true }}
	token, err := tokens.Token(t.Context(), s.account)
	if s.say(err) == nil || token != "" {
		t.Errorf("a token that was never stored is used: %v", err)
	}
}

type failing struct {
	oauth.Vault
	fails func() bool
}

func (f failing) SaveSecret(ctx context.Context, c schema.Credential, s schema.Secret) (schema.Credential, error) {
	if f.fails() {
		return c, errors.New("the store does not answer")
	}
	return f.Vault.SaveSecret(ctx, c, s)
}

func TestTroubleDoesNotEndAConnection(t *testing.T) {
	everywhere(t, func(t *testing.T, s *stage) {
		tokens := s.tokens(s.apps)
		if _, err := s.connect(tokens, s.account, s.account.Handle); err != nil {
			t.Fatal(err)
		}
		broken := func(*http.Request) error { return errors.New("connection reset") }
		s.ears.change(func() { s.ears.block = broken })
		s.clock.Advance(s.life - 3*time.Minute)
		if token, err := tokens.Token(t.Context(), s.account); err != nil || token == "" {
			t.Errorf("a token that is good for three minutes, and no way to the platform: %v", s.say(err))
		}
		s.clock.Advance(10 * time.Minute)
		if _, err := tokens.Token(t.Context(), s.account); collector.OutcomeOf(s.say(err)) != collector.OutcomeRetry {
			t.Errorf("no way to the platform: %v, want retry", err)
		}
		if c := s.credential(); c.Status != schema.CredentialActive || c.LastError == "" {
			t.Errorf("credential %+v", c)
		}
		s.ears.change(func() { s.ears.block = nil })
		if _, err := tokens.Token(t.Context(), s.account); err != nil {
			t.Errorf("once there is a way again: %v", s.say(err))
		}
	})
}

func TestWrongAccountIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, s *stage) {
		tokens := s.tokens(s.apps)
		_, err := s.connect(tokens, s.account, s.other)
		var refused *schema.ConnectError
		if !errors.As(err, &refused) || refused.Reason != schema.ReasonWrongAccount || refused.Got != "@"+s.other || refused.Want != "@"+s.account.Handle {
			t.Fatalf("another account: %v, want wrong_account that names both", err)
		}
		if _, err := s.vault.Credential(t.Context(), s.account.ID); !errors.Is(err, schema.ErrNotFound) {
			t.Errorf("something was stored: %v", err)
		}
		// Nor does it touch what is there.
		if _, err := s.connect(tokens, s.account, s.account.Handle); err != nil {
			t.Fatal(err)
		}
		before := s.credential()
		if _, err := s.connect(tokens, s.account, s.other); err == nil {
			t.Error("another account was taken")
		}
		if c := s.credential(); c.Number != before.Number || c.Sealed != before.Sealed {
			t.Error("the credential was changed by a refusal")
		}
	})
}

func TestACodeIsGoodOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, s *stage) {
		c := oauth.Connections{Tokens: s.tokens(s.apps)}
		address, err := c.AuthorizeURL(s.account, "S", verifier, redirect)
		if err != nil {
			t.Fatal(err)
		}
		try := func(code, verifier string, want schema.ConnectReason) {
			t.Helper()
			_, err := c.Connect(t.Context(), s.account, code, verifier, redirect, "p1")
			var refused *schema.ConnectError
			if want == "" && err != nil || want != "" && (!errors.As(s.say(err), &refused) || refused.Reason != want) {
				t.Errorf("Connect: %v, want %q", err, want)
			}
		}
		code := s.permit(address, s.account.Handle).Get("code")
		try(code, "another-verifier-0123456789-0123456789-012345", schema.ReasonCode)
		code = s.permit(address, s.account.Handle).Get("code")
		try(code, verifier, "")
		try(code, verifier, schema.ReasonCode)
		code = s.permit(address, s.account.Handle).Get("code")
		s.clock.Advance(time.Hour)
		try(code, verifier, schema.ReasonCode)

		wrong := s.apps
		wrong.X.Secret, wrong.Google.Secret = wrong.X.Secret+"x", wrong.Google.Secret+"x"
		if wrong.X.ID == "" {
			wrong.X.Secret = ""
		}
		if wrong.Google.ID == "" {
			wrong.Google.Secret = ""
		}
		c = oauth.Connections{Tokens: s.tokens(wrong)}
		try(s.permit(address, s.account.Handle).Get("code"), verifier, schema.ReasonSettings)
	})
}

func TestDisconnect(t *testing.T) {
	everywhere(t, func(t *testing.T, s *stage) {
		tokens := s.tokens(s.apps)
		c := oauth.Connections{Tokens: tokens}
		if _, err := c.Disconnect(t.Context(), s.account.ID, "p1"); !errors.Is(err, schema.ErrNotFound) {
			t.Errorf("disconnect what is not connected: %v, want ErrNotFound", err)
		}
		if _, err := s.connect(tokens, s.account, s.account.Handle); err != nil {
			t.Fatal(err)
		}
		token, err := tokens.Token(t.Context(), s.account)
		if err != nil {
			t.Fatal(err)
		}
		revoked, err := c.Disconnect(t.Context(), s.account.ID, "p2")
		if err != nil || !revoked {
			t.Fatalf("Disconnect: given back %v, %v", revoked, err)
		}
		var sealed uint64
		if err := s.vault.Store.Conn.QueryRow(t.Context(), "SELECT countIf(secret != '') FROM credentials").Scan(&sealed); err != nil || sealed != 0 {
			t.Errorf("%d rows still hold a secret, %v", sealed, err)
		}
		old := *tokens
		old.Fallback = func(context.Context, schema.Account) (string, error) { return token, nil }
		if _, err := s.collect(&old); !errors.Is(err, collector.ErrUnauthorized) {
			t.Errorf("the platform still takes the token: %v", err)
		}
		if _, err := tokens.Token(t.Context(), s.account); !errors.Is(err, collector.ErrUnauthorized) {
			t.Errorf("Token after disconnecting: %v", err)
		}
		if _, err := c.Disconnect(t.Context(), s.account.ID, "p2"); !errors.Is(err, schema.ErrNotFound) {
			t.Errorf("disconnect twice: %v, want ErrNotFound", err)
		}
	})
}

func TestFallback(t *testing.T) {
	s := onX(t)
	tokens := s.tokens(s.apps)
	tokens.Fallback = func(_ context.Context, a schema.Account) (string, error) { return "file-of-" + string(a.ID), nil }
	if got, err := tokens.Token(t.Context(), s.account); err != nil || got != "file-of-acc-1" {
		t.Errorf("Token without a credential = %q, %v; want the fallback's", got, err)
	}
	if _, err := s.connect(tokens, s.account, s.account.Handle); err != nil {
		t.Fatal(err)
	}
	if got, err := tokens.Token(t.Context(), s.account); err != nil || got == "file-of-acc-1" {
		t.Errorf("Token with a credential is the fallback's, %v", err)
	}
	// A key that is missing is no reason to read with another token.
	tokens.Vault = &schema.Vault{Store: s.vault.Store, Now: s.vault.Now}
	if got, err := tokens.Token(t.Context(), s.account); !errors.Is(err, schema.ErrNoKey) {
		t.Errorf("Token without the key = %q, %v; want ErrNoKey", got, err)
	}
}

func TestAhead(t *testing.T) {
	s := onYouTube(t)
	tokens := s.tokens(s.apps)
	if _, err := s.connect(tokens, s.account, s.account.Handle); err != nil {
		t.Fatal(err)
	}
	ahead := func(want bool, when string) {
		t.Helper()
		done, err := tokens.Ahead(t.Context(), s.credential())
		if err != nil || done != want {
			t.Errorf("Ahead %s = %v, %v; want %v", when, done, s.say(err), want)
		}
	}
	s.clock.Advance(29 * 24 * time.Hour)
	ahead(false, "after 29 days")
	s.clock.Advance(25 * time.Hour)
	ahead(true, "after 30 days without use")
	ahead(false, "at once again")

	end := s.clock.Now().Add(19 * 24 * time.Hour)
	c := s.credential()
	c.RefreshEnd, c.ChangedBy = &end, "test"
	if _, err := s.vault.Save(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ahead(false, "a day has not gone by")
	s.clock.Advance(25 * time.Hour)
	ahead(true, "19 days before the end")

	s.revoke()
	s.clock.Advance(31 * 24 * time.Hour)
	ahead(false, "when it was taken back")
	if c := s.credential(); c.Status != schema.CredentialLapsed {
		t.Errorf("taken back: %s", c.Status)
	}
}
