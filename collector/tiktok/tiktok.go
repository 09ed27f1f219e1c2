// Package tiktok reads accounts of TikTok: the profile, and the public videos
// with their counters.
//
// TikTok has two APIs for that, and this package speaks both. The Display API
// tells what anyone can see in the app. The Accounts API of the API for
// Business tells of the same videos also reach, saves and watch time, where the
// owner has authorised our app there, the account's own figures by day, and the
// comments under young videos. Neither reads an account that has not
// authorised us.
//
// https://developers.tiktok.com/doc/display-api-overview
// https://business-api.tiktok.com/portal/docs
package tiktok

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Connector.
const (
	DefaultBaseURL     = "https://open.tiktokapis.com"
	DefaultBusinessURL = "https://business-api.tiktok.com"
	DefaultPageSize    = 20 // the most that either API gives
)

// A Connector reads TikTok. Token is required, but where Business has a token
// for the account. It may be used by many goroutines; its fields may not
// change after the first use.
type Connector struct {
	BaseURL     string       // of the Display API, scheme and host; default: DefaultBaseURL
	BusinessURL string       // of the Accounts API, the same; default: DefaultBusinessURL
	HTTP        *http.Client // default: one of our own
	Now         func() time.Time
	Log         *slog.Logger // default: slog.Default()

	// Token returns the access token of the account's owner for the Display
	// API, with the scopes user.info.basic, user.info.profile, user.info.stats
	// and video.list. It lives for hours only, so its source has to renew it. A
	// run whose token is refused asks once for another.
	Token func(context.Context, schema.Account) (string, error)

	// Business returns the same for the Accounts API, with the scopes
	// user.info.basic, user.info.username, user.info.stats, user.account.type,
	// user.insights, video.list, video.insights and comment.list. "" says that the account has none: then
	// it is read through the Display API. Default: none has.
	//
	// The platform id of an account that is read this way is the open_id that
	// came with the token: the two APIs know one account by different ones.
	Business func(context.Context, schema.Account) (string, error)

	PageSize int // videos of one page; default and most: DefaultPageSize

	// Budget is charged with every request. Default: none is kept.
	Budget collector.Budget

	Skew          time.Duration // see api.Client; a fast clock needs more than the default of 5 minutes
	HeaderTimeout time.Duration // default: 30 seconds
	Timeout       time.Duration // of one request; default: 1 minute
	MaxBody       int64         // bytes of one answer; default: 16 MiB

	initOnce sync.Once
	display  endpoint
	business endpoint
	initErr  error
}

// An endpoint is where one of the two APIs is.
type endpoint struct {
	client *api.Client
	base   *url.URL
}

func (c *Connector) init() {
	var err error
	if c.display, err = c.endpoint(cmp.Or(c.BaseURL, DefaultBaseURL), displayVersion); err != nil {
		c.initErr = err
	}
	if c.business, err = c.endpoint(cmp.Or(c.BusinessURL, DefaultBusinessURL), businessVersion); err != nil {
		c.initErr = err
	}
}

func (c *Connector) endpoint(address, version string) (endpoint, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return endpoint{}, fmt.Errorf("tiktok: %w: base URL is none", collector.ErrRequest)
	}
	if base.Path == "" {
		base.Path = "/" // or the path of a request would be a relative one
	}
	return endpoint{base: base, client: &api.Client{
		HTTP:          c.HTTP,
		Now:           c.Now,
		Log:           c.log(),
		Skew:          c.Skew,
		HeaderTimeout: c.HeaderTimeout,
		Timeout:       c.Timeout,
		MaxBody:       c.MaxBody,
		Version:       version,
		ReadUsage:     readUsage,
		Budget:        c.Budget,
		Platform:      schema.TikTok,
		Project:       collector.ProjectCredential, // the limit is our app's
		Path:          func(u *url.URL) string { return u.Path },
	}}, nil
}

func (c *Connector) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.Default()
}

func (c *Connector) pageSize() int {
	if c.PageSize <= 0 {
		return DefaultPageSize
	}
	return min(c.PageSize, DefaultPageSize)
}

// Collect reads the profile, then the public videos, newest first. A pass ends
// at job.Depth, or where the list ends.
//
// Only accounts with owner access can be read. Where the owner has not
// permitted part of what we ask for, the pass goes on without, and ends with
// ErrNoInsights, ErrUnauthorized and an empty cursor. Without the videos
// themselves it ends with ErrUnauthorized alone.
//
// TikTok allows an app 600 requests a minute on each path and tells nobody how
// many are left. All accounts and processes share them, so no run knows the
// state: job.OnUsage is not called, and the requests of a page are its Calls.
//
// A video that its owner deletes or makes private leaves the list without a
// word: see Missing.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	c.initOnce.Do(c.init)
	if c.initErr != nil {
		return job.Cursor, c.initErr
	}
	pos, err := parseCursor(job.Cursor)
	if err != nil {
		// Better the whole pass again than an account that stands still.
		c.log().Warn("cursor begins a new pass, it cannot be read", "account_id", job.Account.ID, "platform", schema.TikTok)
		job.Cursor = ""
	}
	if job.Cursor == "" || job.Depth.Before(pos.depth) {
		pos.depth = job.Depth
	}
	r := &run{Connector: c, job: job, store: store, pos: pos, cursor: job.Cursor}
	if err := r.open(ctx); err != nil {
		return job.Cursor, fmt.Errorf("tiktok: %w", err)
	}
	if err := r.read(ctx); err != nil {
		return r.cursor, fmt.Errorf("tiktok: %w", err)
	}
	return r.cursor, nil
}

// open chooses the API and gets the token for it.
func (r *run) open(ctx context.Context) error {
	switch r.job.Account.Access {
	case schema.AccessOwner:
	case schema.AccessPublic:
		return fmt.Errorf("%w: TikTok shows no account whose owner has not authorised us: set the account to owner access and connect it", collector.ErrRequest)
	default:
		return fmt.Errorf("%w: unknown access %q", collector.ErrRequest, r.job.Account.Access)
	}
	if r.Business != nil {
		r.source = r.Business
		token, err := r.newToken(ctx)
		if err == nil {
			r.token, r.api = token, newAccounts(r)
			return r.api.check()
		}
		if !errors.Is(err, errNoToken) {
			return err
		}
	}
	if r.Token == nil {
		return fmt.Errorf("%w: no source of tokens is set", collector.ErrRequest)
	}
	r.source = r.Token
	token, err := r.newToken(ctx)
	r.token, r.api = token, newDisplay(r)
	return err
}

var errNoToken = fmt.Errorf("%w: no token", collector.ErrUnauthorized)

// newToken asks the source for a token. What it returns may end in any hour.
func (r *run) newToken(ctx context.Context) (string, error) {
	token, err := r.source(ctx, r.job.Account)
	if err != nil {
		return "", fmt.Errorf("get token: %w", err)
	}
	if token == "" {
		return "", errNoToken
	}
	return token, nil
}
