package oauth

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// An App is our application as a platform knows it.
type App struct {
	ID     string // empty: accounts of the platform cannot be connected
	Secret string

	// Other addresses than the platform's, for a sandbox.
	AuthorizeURL string // of the page on which the owner permits it
	BaseURL      string // of the API
	TokenURL     string // Google: of /token and /revoke
}

// Apps are our applications at the platforms.
type Apps struct {
	X, Google, Meta, TikTok App

	HTTP *http.Client     // default: one of our own
	Now  func() time.Time // default: time.Now
	Skew time.Duration    // how far a platform's clock may be from ours; default: 5 minutes
	Log  *slog.Logger     // default: slog.Default()
}

// Flows returns the flow of each platform for which an application is set.
func (a Apps) Flows() (map[schema.Platform]Flow, error) {
	client := &api.Client{HTTP: a.HTTP, Now: a.Now, Skew: a.Skew, Log: a.Log, MaxBody: maxAnswer, ReadUsage: noUsage}
	flows := map[schema.Platform]Flow{}
	var wrong error
	add := func(p schema.Platform, app App, needsSecret bool, flow Flow, addresses ...string) {
		switch {
		case app.ID == "" && app.Secret == "":
			return
		case app.ID == "":
			wrong = errors.Join(wrong, fmt.Errorf("%s: the application has a secret and no id", p))
		case needsSecret && app.Secret == "":
			wrong = errors.Join(wrong, fmt.Errorf("%s: the application has an id and no secret", p))
		}
		for _, address := range addresses {
			if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				wrong = errors.Join(wrong, fmt.Errorf("%s: %q is no address", p, address))
			}
		}
		flows[p] = flow
	}

	x := &X{ClientID: a.X.ID, ClientSecret: a.X.Secret, API: client,
		AuthorizeURL: cmp.Or(a.X.AuthorizeURL, XAuthorizeURL), BaseURL: cmp.Or(a.X.BaseURL, XBaseURL)}
	add(schema.X, a.X, false, x, x.AuthorizeURL, x.BaseURL)
	g := &Google{ClientID: a.Google.ID, ClientSecret: a.Google.Secret, API: client,
		AuthorizeURL: cmp.Or(a.Google.AuthorizeURL, GoogleAuthorizeURL),
		TokenURL:     cmp.Or(a.Google.TokenURL, GoogleTokenURL), DataURL: cmp.Or(a.Google.BaseURL, GoogleDataURL)}
	add(schema.YouTube, a.Google, true, g, g.AuthorizeURL, g.TokenURL, g.DataURL)
	for _, p := range []schema.Platform{schema.Facebook, schema.Instagram} {
		m := &Meta{Platform: p, AppID: a.Meta.ID, AppSecret: a.Meta.Secret, API: client,
			DialogURL: cmp.Or(a.Meta.AuthorizeURL, MetaDialogURL), BaseURL: cmp.Or(a.Meta.BaseURL, MetaBaseURL)}
		add(p, a.Meta, true, m, m.DialogURL, m.BaseURL)
	}
	k := &TikTok{ClientKey: a.TikTok.ID, ClientSecret: a.TikTok.Secret, API: client,
		AuthorizeURL: cmp.Or(a.TikTok.AuthorizeURL, TikTokAuthorizeURL), BaseURL: cmp.Or(a.TikTok.BaseURL, TikTokBaseURL)}
	add(schema.TikTok, a.TikTok, true, k, k.AuthorizeURL, k.BaseURL)
	if wrong != nil {
		return nil, wrong
	}
	return flows, nil
}

// noUsage says that nothing is known of a quota: a token endpoint has none.
func noUsage(http.Header, time.Time) api.Usage { return api.Usage{} }
