package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/facebook"
	"github.com/hamawaz/hamawaz/collector/sandbox/feed"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
	"github.com/hamawaz/hamawaz/collector/sandbox/x"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

// sandboxSettings say what the sandboxes' worlds are.
type sandboxSettings struct {
	Seed     uint64 `help:"Seed of what is modelled." default:"1"`
	Modelled bool   `help:"Show followers, reach, views and the like, which the real data lack and a model supplies." default:"true" negatable:""`
}

// standIns are the worlds of the platforms that demos and checks read.
type standIns struct {
	facebook  *facebook.World
	feed      *feed.World
	instagram *instagram.World
	tiktok    *tiktok.World
	x         *x.World
	youtube   *youtube.World
}

func (s sandboxSettings) load() (*standIns, error) {
	ig, err := instagram.Load(instagram.WorldOptions{Seed: s.Seed, Modelled: s.Modelled})
	if err != nil {
		return nil, err
	}
	tw, err := x.Load(x.WorldOptions{Seed: s.Seed, Modelled: s.Modelled})
	if err != nil {
		return nil, err
	}
	yt, err := youtube.Load(youtube.WorldOptions{Seed: s.Seed, Modelled: s.Modelled})
	if err != nil {
		return nil, err
	}
	fb, err := facebook.Load(facebook.WorldOptions{Seed: s.Seed, Modelled: s.Modelled})
	if err != nil {
		return nil, err
	}
	tt, err := tiktok.Load(tiktok.WorldOptions{Seed: s.Seed, Modelled: s.Modelled})
	if err != nil {
		return nil, err
	}
	fd, err := feed.Load(feed.WorldOptions{Seed: s.Seed, Modelled: s.Modelled})
	if err != nil {
		return nil, err
	}
	return &standIns{facebook: fb, feed: fd, instagram: ig, tiktok: tt, x: tw, youtube: yt}, nil
}

// worlds returns the world of each platform. A platform more is an entry more.
func (s *standIns) worlds() []sandbox.World {
	return []sandbox.World{s.facebook, s.feed, s.instagram, s.tiktok, s.x, s.youtube}
}

// standInAccount returns our id of a world's account.
func standInAccount(w sandbox.World, a sandbox.Account) schema.AccountID {
	return schema.AccountID(string(w.Platform()) + "-" + strings.ToLower(a.Handle))
}

type standInOptions struct {
	Now   func() time.Time // default: time.Now
	Token string           // that all platforms accept, YouTube as a key; default: a new one
	Log   *slog.Logger     // default: none
	Plan  *sandbox.Plan    // what goes wrong at random; nil: nothing
}

// A standInServer answers like all the platforms, at one address and with one
// token: their paths tell them apart.
type standInServer struct {
	http.Handler
	token     string
	app       string                      // token of our app on Facebook
	officeID  string                      // of Instagram
	owners    map[schema.AccountID]string // tokens of the owners, but for Instagram's
	business  map[schema.AccountID]string // of one account, for TikTok's API for Business
	x, google oauthClient                 // our application there
}

// An oauthClient is our application at a platform.
type oauthClient struct{ id, secret string }

func (s *standIns) serve(o standInOptions) *standInServer {
	if o.Token == "" {
		o.Token = "SANDBOX" + rand.Text()
	}
	ig := instagram.New(instagram.Options{World: s.instagram, Now: o.Now, Token: o.Token, Log: o.Log})
	tw := x.New(x.Options{World: s.x, Now: o.Now, Token: o.Token, Log: o.Log})
	fb := facebook.New(facebook.Options{World: s.facebook, Now: o.Now, Token: o.Token, Log: o.Log})
	owners := map[schema.AccountID]string{}
	for _, a := range s.facebook.Accounts() {
		if a.Access == schema.AccessOwner {
			owners[standInAccount(s.facebook, a)] = fb.PageToken(a.Handle)
		}
	}
	for _, a := range s.x.Accounts() {
		if a.Access == schema.AccessOwner {
			owners[standInAccount(s.x, a)] = tw.UserToken(a.Handle)
		}
	}
	yt := youtube.New(youtube.Options{World: s.youtube, Now: o.Now, Key: o.Token, Log: o.Log})
	for _, a := range s.youtube.Accounts() {
		if a.Access == schema.AccessOwner {
			owners[standInAccount(s.youtube, a)] = yt.OwnerToken(a.Handle)
		}
	}
	tt := tiktok.New(tiktok.Options{World: s.tiktok, Now: o.Now, Token: o.Token, Log: o.Log})
	business := map[schema.AccountID]string{}
	for i, a := range s.tiktok.Accounts() {
		id := standInAccount(s.tiktok, a)
		owners[id] = tt.OwnerToken(a.Handle)
		if i == 0 { // so that both ways are shown
			business[id] = tt.BusinessToken(a.Handle)
		}
	}
	fd := feed.New(feed.Options{World: s.feed, Now: o.Now, Log: o.Log})
	if o.Plan != nil {
		fd.Faults.Brew(o.Plan.Storm(schema.Feed))
		fb.Faults.Brew(o.Plan.Storm(schema.Facebook))
		ig.Faults.Brew(o.Plan.Storm(schema.Instagram))
		tt.Faults.Brew(o.Plan.Storm(schema.TikTok))
		tw.Faults.Brew(o.Plan.Storm(schema.X))
		yt.Faults.Brew(o.Plan.Storm(schema.YouTube))
	}
	mux := http.NewServeMux()
	mux.Handle("/v2/", tt)
	mux.Handle("/feeds/", fd)
	mux.Handle("/pictures/", sandbox.Pictures())
	mux.Handle("/open_api/", tt)
	mux.Handle("/2/", tw)
	mux.Handle("/oauth2/", tw)
	mux.Handle("/i/oauth2/", tw)
	mux.Handle("/youtube/", yt)
	mux.Handle("/v2/reports", yt) // of YouTube Analytics
	for _, path := range []string{"/o/oauth2/", "/token", "/revoke"} {
		mux.Handle(path, yt)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { // one address on the platform too
		if fb.Serves(r) {
			fb.ServeHTTP(w, r)
		} else {
			ig.ServeHTTP(w, r)
		}
	})
	server := &standInServer{Handler: mux, token: o.Token, app: fb.AppToken(), officeID: ig.OfficeUserID(), owners: owners, business: business}
	server.x.id, server.x.secret = tw.OAuthClient()
	server.google.id, server.google.secret = yt.OAuthClient()
	return server
}

// tokenFiles are where the tokens of the stand-ins are kept.
type tokenFiles struct {
	token  string // the file with the one of all platforms
	app    string // the file with that of our app on Facebook
	owners string // the folder with those of the owners

	business string // the same for TikTok's API for Business
}

// writeTokens writes the tokens into files of the folder.
func (s *standInServer) writeTokens(dir string) (tokenFiles, error) {
	files := tokenFiles{token: filepath.Join(dir, "sandbox.token"), app: filepath.Join(dir, "sandbox.app"), owners: filepath.Join(dir, "sandbox.owners")}
	files.business = filepath.Join(dir, "sandbox.business")
	err := errors.Join(os.MkdirAll(files.owners, 0o700), os.MkdirAll(files.business, 0o700), os.WriteFile(files.token, []byte(s.token), 0o600), os.WriteFile(files.app, []byte(s.app), 0o600))
	for id, token := range s.owners {
		err = errors.Join(err, os.WriteFile(filepath.Join(files.owners, string(id)), []byte(token), 0o600))
	}
	for id, token := range s.business {
		err = errors.Join(err, os.WriteFile(filepath.Join(files.business, string(id)), []byte(token), 0o600))
	}
	if err != nil {
		return tokenFiles{}, fmt.Errorf("sandbox: %w", err)
	}
	return files, nil
}

// connections returns how accounts are connected at the address. The secrets,
// and a key that stays the folder's, are put into files of the folder.
func (s *standInServer) connections(address, dir string) (connectSettings, error) {
	c := connectSettings{
		XClientID: s.x.id, XClientSecretFile: filepath.Join(dir, "sandbox.x-secret"), XAuthorizeURL: address + "/i/oauth2/authorize", XOAuthURL: address,
		GoogleClientID: s.google.id, GoogleClientSecretFile: filepath.Join(dir, "sandbox.google-secret"),
		GoogleAuthorizeURL: address + "/o/oauth2/v2/auth", GoogleTokenURL: address, GoogleDataURL: address,
	}
	err := errors.Join(os.WriteFile(c.XClientSecretFile, []byte(s.x.secret), 0o600), os.WriteFile(c.GoogleClientSecretFile, []byte(s.google.secret), 0o600))
	if os.Getenv("HAMAWAZ_KEY") == "" {
		c.KeyFile = filepath.Join(dir, "sandbox.key")
		if _, missing := os.Stat(c.KeyFile); missing != nil {
			err = errors.Join(err, os.WriteFile(c.KeyFile, []byte(schema.NewKey()), 0o600))
		}
	}
	if err != nil {
		return c, fmt.Errorf("sandbox: %w", err)
	}
	return c, nil
}

// settings returns how a collector reads the platforms at the address.
func (s *standInServer) settings(address string, files tokenFiles) collectSettings {
	return collectSettings{
		budgetSettings: budgetSettings{YouTubeUnits: 10_000}, XPostPrice: 0.005, XUserPrice: 0.01, XVerify: 24 * time.Hour, XForget: true, Comments: true,
		FacebookTokenFile: files.app, FacebookPageTokens: files.owners, FacebookURL: address,
		InstagramTokenFile: files.token, InstagramOfficeID: s.officeID, InstagramURL: address,
		TikTokOwnerTokens: files.owners, TikTokBusiness: files.business, TikTokURL: address, TikTokBusinessURL: address,
		FeedURL:    address,
		XTokenFile: files.token, XOwnerTokens: files.owners, XURL: address, XVocabulary: "legacy",
		YouTubeKeyFile: files.token, YouTubeOwnerTokens: files.owners, YouTubeURL: address,
	}
}

// environment returns the same as variables.
func (s *standInServer) environment(address string, files tokenFiles) []string {
	c := s.settings(address, files)
	return []string{
		"HAMAWAZ_FACEBOOK_TOKEN_FILE=" + c.FacebookTokenFile,
		"HAMAWAZ_FACEBOOK_PAGE_TOKENS=" + c.FacebookPageTokens,
		"HAMAWAZ_FACEBOOK_URL=" + c.FacebookURL,
		"HAMAWAZ_INSTAGRAM_TOKEN_FILE=" + c.InstagramTokenFile,
		"HAMAWAZ_INSTAGRAM_OFFICE_ID=" + c.InstagramOfficeID,
		"HAMAWAZ_INSTAGRAM_URL=" + c.InstagramURL,
		"HAMAWAZ_TIKTOK_OWNER_TOKENS=" + c.TikTokOwnerTokens,
		"HAMAWAZ_TIKTOK_BUSINESS_TOKENS=" + c.TikTokBusiness,
		"HAMAWAZ_TIKTOK_URL=" + c.TikTokURL,
		"HAMAWAZ_TIKTOK_BUSINESS_URL=" + c.TikTokBusinessURL,
		"HAMAWAZ_FEED_URL=" + c.FeedURL,
		"HAMAWAZ_X_TOKEN_FILE=" + c.XTokenFile,
		"HAMAWAZ_X_OWNER_TOKENS=" + c.XOwnerTokens,
		"HAMAWAZ_X_URL=" + c.XURL,
		"HAMAWAZ_X_VOCABULARY=" + c.XVocabulary,
		"HAMAWAZ_YOUTUBE_KEY_FILE=" + c.YouTubeKeyFile,
		"HAMAWAZ_YOUTUBE_OWNER_TOKENS=" + c.YouTubeOwnerTokens,
		"HAMAWAZ_YOUTUBE_URL=" + c.YouTubeURL,
	}
}
