// Package feed reads the feeds of websites: RSS, Atom and JSON Feed. Their
// items are posts, blog entries and episodes of podcasts, as records; of
// numbers a feed tells at most how many comments an item has. Everything else
// is unknown, not zero.
//
// A feed shows its newest items. One that is not in it any more has dropped
// out; nothing here says that an item was deleted.
//
// Authors and topics of items are in the stored answers alone: a post has no
// column for them.
//
// https://www.rssboard.org/rss-specification, RFC 4287 (Atom), RFC 4685
// (comments), RFC 5005 (paging), https://www.jsonfeed.org/version/1.1/
package feed

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Connector.
const (
	DefaultMaxBody   = 10 << 20
	DefaultFullEvery = 6 * time.Hour
	DefaultPatience  = 3 * 24 * time.Hour
)

// A Connector reads feeds. Its zero value works. It may be used by many
// goroutines; its fields may not change after the first use.
//
// It connects to public addresses only, whatever a name resolves to and
// wherever a redirect leads. It uses no proxy: behind one it could not see the
// address.
type Connector struct {
	// BaseURL, if set, is where every request goes instead of to its own host:
	// a sandbox. It need not be public.
	BaseURL string

	Now func() time.Time // default: time.Now
	Log *slog.Logger     // default: slog.Default()

	// Zones are the offsets from UTC of the zones that dates name, beside
	// those of RFC 822 and PKT. Default of PST, which may also be that of
	// California: Pakistan standard time, 5 hours.
	Zones map[string]time.Duration
	// Local is the zone of dates that name none. Default: UTC.
	Local *time.Location

	// FullEvery is how long the answer "not modified" is good enough: after
	// that the whole feed is asked for. WordPress makes its validators of its
	// posts alone, so a new comment is not a change to it. Default:
	// DefaultFullEvery.
	FullEvery time.Duration
	// Patience is how long a feed that was read before may be not found, until
	// it is held to be gone. Default: DefaultPatience.
	Patience time.Duration

	Skew          time.Duration // see api.Client; a fast clock needs more than the default of 5 minutes
	HeaderTimeout time.Duration // default: 30 seconds
	Timeout       time.Duration // of one request; default: 1 minute
	MaxBody       int64         // bytes of one answer, after decompression; default: DefaultMaxBody

	// private, if set, says which addresses that are not public may be
	// connected to: tests listen on such.
	private func(netip.AddrPort) bool

	initOnce sync.Once
	api      *api.Client
	baseErr  error
	dates    dates
}

func (c *Connector) init() {
	var base *url.URL
	if c.BaseURL != "" {
		var err error
		if base, err = url.Parse(c.BaseURL); err != nil || base.Host == "" {
			c.baseErr = fmt.Errorf("feed: %w: base URL is none", collector.ErrRequest)
			return
		}
	}
	c.api = &api.Client{
		HTTP:          newHTTP(base, c.private),
		Now:           c.Now,
		Log:           c.log(),
		Skew:          c.Skew,
		HeaderTimeout: c.HeaderTimeout,
		Timeout:       c.Timeout,
		MaxBody:       cmp.Or(c.MaxBody, DefaultMaxBody),
		ReadUsage:     noUsage,
		Redirect:      follow,
	}
	c.dates = newDates(c.Zones, c.Local)
}

func (c *Connector) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.Default()
}

func (c *Connector) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// Collect reads the feed at the account's URL and, where it has more pages,
// those after it until one has nothing as young as job.Depth.
//
// A pass leaves the feed's validators (ETag, Last-Modified) for the next, which
// then asks for what has changed since; "not modified" completes a pass without
// a row. A feed that has moved for good within its site is asked for at its new
// address from then on; one that has moved elsewhere is followed, and a person
// is to change the account: the log says so, and the profile's handle is the
// new one.
//
// How long the feed wants to be left alone (Cache-Control, ttl, sy:update…,
// skipHours, skipDays) is told by job.OnRest.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	c.initOnce.Do(c.init)
	if c.baseErr != nil {
		return job.Cursor, c.baseErr
	}
	address, err := parseAddress(job.Account.URL)
	if err != nil {
		return job.Cursor, fmt.Errorf("feed: %w", err)
	}
	r := &run{Connector: c, job: job, store: store, address: address, cursor: job.Cursor,
		posts: map[string]bool{}, pages: map[string]bool{}}
	if r.pos, err = parseCursor(job.Cursor, job.Account.URL); err != nil {
		// Better the whole pass again than an account that stands still.
		r.warn("cursor begins a new pass, it cannot be read")
		r.cursor = ""
	}
	r.last = parseMemo(job.Left, job.Account.URL)
	if r.pos.Page == 0 {
		r.pos = position{Page: 1, Next: cmp.Or(r.last.Address, job.Account.URL), Depth: job.Depth}
	}
	if job.Depth.Before(r.pos.Depth) {
		r.pos.Depth = job.Depth
	}
	if err := r.read(ctx); err != nil {
		return r.cursor, fmt.Errorf("feed: %w", err)
	}
	return r.cursor, nil
}

// noUsage: websites have no quota that they tell.
func noUsage(http.Header, time.Time) api.Usage { return api.Usage{} }

// warn logs what a person may want to know of the account.
func (r *run) warn(msg string, args ...any) {
	r.log().Warn(msg, append([]any{"platform", schema.Feed, "account_id", r.job.Account.ID, "run_id", r.job.RunID}, args...)...)
}
