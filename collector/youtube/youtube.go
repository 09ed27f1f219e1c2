// Package youtube reads channels of YouTube through the Data API v3: the
// channel's own numbers, and the public counters of its videos.
//
// The client is our own. The official module for Go reads counts into plain
// integers, so a count that the owner hides would come out as 0, and it keeps
// the answer itself, which we store as evidence, to itself.
//
// Accounts with owner access and with public access are read the same for now,
// down to the rows. What only the owner may see (watch time, shares, reach of
// thumbnails) is behind another API, YouTube Analytics, and not read yet.
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
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Connector.
const (
	DefaultBaseURL  = "https://youtube.googleapis.com"
	DefaultPageSize = 50 // the most that the API gives
)

// A Connector reads YouTube. Key is required, but for accounts with owner
// access Token will do. It may be used by many goroutines; its fields may not
// change after the first use.
type Connector struct {
	BaseURL string       // scheme and host; default: DefaultBaseURL
	HTTP    *http.Client // default: one of our own
	Now     func() time.Time
	Log     *slog.Logger // default: slog.Default()

	// Key returns the API key to read the account with. It may be the same
	// for all: it stands for our project, whose quota is spent, and not for a
	// person.
	Key func(context.Context, schema.Account) (string, error)

	// Token returns the OAuth access token of the owner, scope
	// youtube.readonly, for an account with owner access. Default: none, and
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
}

func (c *Connector) init() {
	c.api = &api.Client{
		HTTP:          c.HTTP,
		Now:           c.Now,
		Log:           c.log(),
		Skew:          c.Skew,
		HeaderTimeout: c.HeaderTimeout,
		Timeout:       c.Timeout,
		MaxBody:       c.MaxBody,
		Version:       apiVersion,
		Budget:        c.Budget,
		Platform:      schema.YouTube,
		Project:       collector.ProjectCredential, // keys and tokens of our project spend from one quota
	}
	c.base, c.baseErr = url.Parse(cmp.Or(c.BaseURL, DefaultBaseURL))
	if c.baseErr != nil || c.base.Host == "" {
		c.baseErr = fmt.Errorf("youtube: %w: base URL is none", collector.ErrRequest)
	} else if c.base.Path == "" {
		c.base.Path = "/" // or the path of a request would be a relative one
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
// Every request costs one unit of the project's daily quota, which the
// platform tells nobody the state of: the Budget counts them, and job.OnUsage
// is not called.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	c.initOnce.Do(c.init)
	if c.baseErr != nil {
		return job.Cursor, c.baseErr
	}
	pos, err := parseCursor(job.Cursor)
	if err != nil {
		// Better the whole pass again than an account that stands still.
		c.log().Warn("cursor begins a new pass, it cannot be read", "account_id", job.Account.ID, "platform", schema.YouTube)
		job.Cursor = ""
	}
	if job.Cursor == "" {
		pos.size = c.pageSize()
	}
	if job.Cursor == "" || job.Depth.Before(pos.depth) {
		pos.depth = job.Depth
	}
	cred, err := c.credential(ctx, job.Account)
	if err != nil {
		return job.Cursor, fmt.Errorf("youtube: %w", err)
	}
	r := &run{Connector: c, job: job, store: store, cred: cred, pos: pos, cursor: job.Cursor}
	if err := r.read(ctx); err != nil {
		return r.cursor, fmt.Errorf("youtube: %w", err)
	}
	return r.cursor, nil
}
