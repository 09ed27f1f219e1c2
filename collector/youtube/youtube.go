// Package youtube reads channels of YouTube through the Data API v3: the
// channel's own numbers, and the public counters of its videos.
//
// The client is our own. The official module for Go reads counts into plain
// integers, so a count that the owner hides would come out as 0, and it keeps
// the answer itself, which we store as evidence, to itself.
//
// Videos are read the same with owner access and with public access. What only
// the owner may see comes from another API, YouTube Analytics: the channel's
// figures of each day.
//
// https://developers.google.com/youtube/v3/docs
package youtube

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Connector.
const (
	DefaultBaseURL      = "https://youtube.googleapis.com"
	DefaultAnalyticsURL = "https://youtubeanalytics.googleapis.com"

	DefaultPageSize = 50 // the most that the API gives
)

// A Connector reads YouTube. Key is required, but for accounts with owner
// access Token will do. It may be used by many goroutines; its fields may not
// change after the first use.
type Connector struct {
	BaseURL string // scheme and host; default: DefaultBaseURL

	// AnalyticsURL is that of YouTube Analytics. Default: DefaultAnalyticsURL, or
	// BaseURL where that is no host of Google's, since what stands in for one API
	// stands in for the other.
	AnalyticsURL string

	HTTP *http.Client // default: one of our own
	Now  func() time.Time
	Log  *slog.Logger // default: slog.Default()

	// Key returns the API key to read the account with. It may be the same
	// for all: it stands for our project, whose quota is spent, and not for a
	// person.
	Key func(context.Context, schema.Account) (string, error)

	// Token returns the OAuth access token of the owner, scopes
	// youtube.readonly and, for the figures of days, yt-analytics.readonly, for
	// an account with owner access. Default: none, and
	// such accounts are read with the key; so is one for which it returns no
	// token and no error.
	//
	// A run whose token is refused asks once for another.
	Token func(context.Context, schema.Account) (string, error)

	PageSize int // videos of one page; default and most: DefaultPageSize

	// Budget is charged with every request. Default: none is kept.
	Budget collector.Budget

	Skew          time.Duration // see api.Client; a fast clock needs more than the default of 5 minutes
	HeaderTimeout time.Duration // default: 30 seconds
	Timeout       time.Duration // of one request; default: 1 minute
	MaxBody       int64         // bytes of one answer; default: 16 MiB

	initOnce sync.Once
	api      *api.Client
	base     *url.URL
	baseErr  error

	reports     *api.Client // of YouTube Analytics, which has a quota of its own
	reportsBase *url.URL
	dayMetrics  *api.RefusedMetrics
}

func (c *Connector) init() {
	c.dayMetrics = api.NewRefusedMetrics(c.Now)
	// Keys and tokens of our project spend from one quota.
	c.api = c.client(apiVersion, collector.ProjectCredential)
	c.reports = c.client(reportsVersion, "analytics")
	if c.base, c.baseErr = parseBase(cmp.Or(c.BaseURL, DefaultBaseURL)); c.baseErr != nil {
		return
	}
	standIn := c.BaseURL
	if strings.HasSuffix(c.base.Hostname(), ".googleapis.com") {
		standIn = ""
	}
	c.reportsBase, c.baseErr = parseBase(cmp.Or(c.AnalyticsURL, standIn, DefaultAnalyticsURL))
}

func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("youtube: %w: base URL is none", collector.ErrRequest)
	}
	if u.Path == "" {
		u.Path = "/" // or the path of a request would be a relative one
	}
	return u, nil
}

// client returns one whose requests are charged to the quota of that name.
func (c *Connector) client(version, quota string) *api.Client {
	return &api.Client{
		HTTP:          c.HTTP,
		Now:           c.Now,
		Log:           c.log(),
		Skew:          c.Skew,
		HeaderTimeout: c.HeaderTimeout,
		Timeout:       c.Timeout,
		MaxBody:       c.MaxBody,
		Version:       version,
		Budget:        c.Budget,
		Platform:      schema.YouTube,
		Project:       quota,
	}
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

// Collect reads the channel, then the list of its uploads, newest first, and
// the videos of each page. A pass ends at the end of the list or after the
// first page on which every video is older than job.Depth.
//
// The channel is that of the account's PlatformID, or the one that has the
// account's handle now.
//
// After the list come, for an owner's channel and once in a day, the figures of
// its days, and, if the job wants comments and the videos tell of new ones, the
// newest. Where the owner has not permitted the figures, the pass ends with
// ErrNoInsights, ErrUnauthorized and an empty cursor.
//
// Every request costs one unit of the project's daily quota, which the
// platform tells nobody the state of: the Budget counts them, and job.OnUsage
// is not called.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	r, err := c.begin(ctx, job)
	if err != nil {
		return job.Cursor, err
	}
	if r.pos, err = parseCursor(job.Cursor); err != nil {
		// Better the whole pass again than an account that stands still.
		c.log().Warn("cursor begins a new pass, it cannot be read", "account_id", job.Account.ID, "platform", schema.YouTube)
		r.cursor = ""
	}
	if r.cursor == "" {
		r.pos.size = c.pageSize()
	}
	if r.cursor == "" || job.Depth.Before(r.pos.depth) {
		r.pos.depth = job.Depth
		r.pos.rest = 0 // a list that was read is not deep enough
	}
	r.store = store
	if err := r.read(ctx); err != nil {
		return r.cursor, fmt.Errorf("youtube: %w", err)
	}
	return r.cursor, nil
}

// begin returns a run with what lets us read the job's account.
func (c *Connector) begin(ctx context.Context, job collector.Job) (*run, error) {
	c.initOnce.Do(c.init)
	if c.baseErr != nil {
		return nil, c.baseErr
	}
	cred, err := c.credential(ctx, job.Account)
	if err != nil {
		return nil, fmt.Errorf("youtube: %w", err)
	}
	return &run{Connector: c, job: job, cred: cred, cursor: job.Cursor}, nil
}
