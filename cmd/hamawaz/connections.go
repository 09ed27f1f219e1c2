package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/jobs"
	"github.com/hamawaz/hamawaz/schema"
)

// connectSettings say how owners permit us to read their accounts: our
// application at each platform, and the keys that what they give us is
// encrypted with.
type connectSettings struct {
	keySettings
	XClientID              string `name:"x-client-id" help:"OAuth 2.0 client id of our app on X." env:"HAMAWAZ_X_CLIENT_ID"`
	XClientSecretFile      string `name:"x-client-secret-file" help:"File with its client secret; none for a public client." env:"HAMAWAZ_X_CLIENT_SECRET_FILE" type:"path"`
	GoogleClientID         string `help:"OAuth client id of our project at Google, for YouTube." env:"HAMAWAZ_GOOGLE_CLIENT_ID"`
	GoogleClientSecretFile string `help:"File with its client secret." env:"HAMAWAZ_GOOGLE_CLIENT_SECRET_FILE" type:"path"`
	MetaAppID              string `help:"Id of our app at Meta, for Facebook and Instagram." env:"HAMAWAZ_META_APP_ID"`
	MetaAppSecretFile      string `help:"File with its secret." env:"HAMAWAZ_META_APP_SECRET_FILE" type:"path"`
	TikTokClientKey        string `name:"tiktok-client-key" help:"Client key of our app at TikTok." env:"HAMAWAZ_TIKTOK_CLIENT_KEY"`
	TikTokClientSecretFile string `name:"tiktok-client-secret-file" help:"File with its client secret." env:"HAMAWAZ_TIKTOK_CLIENT_SECRET_FILE" type:"path"`

	// Other addresses, for a sandbox. Empty: the platform's.
	XAuthorizeURL      string `name:"x-authorize-url" env:"HAMAWAZ_X_AUTHORIZE_URL" hidden:""`
	XOAuthURL          string `name:"x-oauth-url" env:"HAMAWAZ_X_OAUTH_URL" hidden:""`
	GoogleAuthorizeURL string `env:"HAMAWAZ_GOOGLE_AUTHORIZE_URL" hidden:""`
	GoogleTokenURL     string `env:"HAMAWAZ_GOOGLE_TOKEN_URL" hidden:""`
	GoogleDataURL      string `env:"HAMAWAZ_GOOGLE_DATA_URL" hidden:""`
	MetaDialogURL      string `env:"HAMAWAZ_META_DIALOG_URL" hidden:""`
	MetaURL            string `env:"HAMAWAZ_META_URL" hidden:""`
	TikTokAuthorizeURL string `name:"tiktok-authorize-url" env:"HAMAWAZ_TIKTOK_AUTHORIZE_URL" hidden:""`
	TikTokOAuthURL     string `name:"tiktok-oauth-url" env:"HAMAWAZ_TIKTOK_OAUTH_URL" hidden:""`
}

// keySettings say where the keys are.
type keySettings struct {
	KeyFile string `help:"File with the keys that credentials are encrypted with, one on a line: the first encrypts, all decrypt (hamawaz key new). The variable HAMAWAZ_KEY may hold them instead." env:"HAMAWAZ_KEY_FILE" type:"path"`
}

// keyring returns the keys; nil where none are set. HAMAWAZ_KEY is no flag: a
// secret must stand in no process list.
func (s keySettings) keyring() (*schema.Keyring, error) {
	text := os.Getenv("HAMAWAZ_KEY")
	switch {
	case text != "" && s.KeyFile != "":
		return nil, errors.New("keys: set HAMAWAZ_KEY or HAMAWAZ_KEY_FILE, not both")
	case text == "" && s.KeyFile == "":
		return nil, nil
	case text == "":
		var err error
		if text, err = schema.ReadSecret(s.KeyFile); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		if text == "" {
			return nil, nil // it lies ready for a key
		}
	}
	return schema.ParseKeyring(text)
}

// apps returns our applications at the platforms.
func (s connectSettings) apps() (oauth.Apps, error) {
	var a oauth.Apps
	for _, x := range []struct {
		app             *oauth.App
		id, secretFile  string
		authorize, base string
	}{
		{&a.X, s.XClientID, s.XClientSecretFile, s.XAuthorizeURL, s.XOAuthURL},
		{&a.Google, s.GoogleClientID, s.GoogleClientSecretFile, s.GoogleAuthorizeURL, s.GoogleDataURL},
		{&a.Meta, s.MetaAppID, s.MetaAppSecretFile, s.MetaDialogURL, s.MetaURL},
		{&a.TikTok, s.TikTokClientKey, s.TikTokClientSecretFile, s.TikTokAuthorizeURL, s.TikTokOAuthURL},
	} {
		app := oauth.App{ID: x.id, AuthorizeURL: x.authorize, BaseURL: x.base}
		if x.id != "" { // a file for a secret may lie ready, empty, before there is an application
			content, err := secret(x.secretFile)
			if err != nil {
				return a, err
			}
			app.Secret = content
		}
		*x.app = app
	}
	a.Google.TokenURL = s.GoogleTokenURL
	return a, nil
}

// openTokens makes the parts that keep owners' tokens.
func (p *parts) openTokens(s connectSettings, q queueSettings) error {
	keys, err := s.keyring()
	if err != nil {
		return err
	}
	apps, err := s.apps()
	if err != nil {
		return err
	}
	apps.Now, apps.Skew, apps.Log = p.clock.Now, skew(p.clock), p.log
	flows, err := apps.Flows()
	if err != nil {
		return fmt.Errorf("connections: %w", err)
	}
	if len(flows) > 0 && keys == nil {
		return fmt.Errorf("connections: an application is set: %w", schema.ErrNoKey)
	}
	p.keys = keys
	p.tokens = &oauth.Tokens{
		Vault: p.vault(keys), Flows: flows, Lock: p.lock(q), Now: p.clock.Now, Log: p.log,
	}
	return nil
}

func (p *parts) vault(keys *schema.Keyring) *schema.Vault {
	return &schema.Vault{Store: p.store, Keys: keys, Now: p.clock.Now}
}

// lock returns the lock that holds across the processes of the installation. A
// command that has no queue open opens it when the lock is first asked for.
func (p *parts) lock(q queueSettings) schema.Lock {
	var mu sync.Mutex
	return func(ctx context.Context, name string) (func(), bool, error) {
		mu.Lock()
		if p.redis == nil {
			if err := p.openQueue(ctx, q); err != nil {
				mu.Unlock()
				return nil, false, err
			}
		}
		mu.Unlock()
		return jobs.NewClient(p.redis).Hold(ctx, name)
	}
}
