// Package instagram reads professional accounts of Instagram through the
// Graph API: the owner's way, with insights, or through business discovery,
// which tells of any professional account what anyone may see.
//
// https://developers.facebook.com/docs/instagram-platform
package instagram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Connector.
const (
	DefaultBaseURL     = "https://graph.facebook.com"
	DefaultVersion     = "v25.0"
	DefaultPageSize    = 100 // the most that the API gives
	DefaultConcurrency = 4

	maxDiscoveryPage = 50  // larger answers of business discovery are refused now and then
	maxEmptyPages    = 100 // in a row: after so many the list is not read further
	maxStuck         = 3   // runs that may end at the same post
	maxTrouble       = 3   // insights of a page that may fail before the page is given up
)

// A Connector reads Instagram. Token is required, and OfficeUserID for
// accounts with public access. It may be used by many goroutines; its fields
// may not change after the first use.
type Connector struct {
	BaseURL string       // default: DefaultBaseURL
	Version string       // default: DefaultVersion
	HTTP    *http.Client // default: one of our own
	Now     func() time.Time
	Log     *slog.Logger // default: slog.Default()

	// Token returns the token to read the account with. For public access
	// that is the office's own.
	Token func(context.Context, schema.Account) (string, error)

	// OfficeUserID is the Instagram user id in whose name business discovery
	// asks.
	OfficeUserID string

	// Budget is charged with every request. Default: none is kept.
	Budget collector.Budget

	PageSize    int // posts of one page; default: DefaultPageSize
	Concurrency int // insights calls at once; default: DefaultConcurrency

	// MoreFields are asked of each media besides ours, such as saved_count:
	// their numbers go to Extra. The API refuses every page when it does not
	// know one of them, so there are none by default.
	MoreFields []string

	Skew          time.Duration // see api.Client; a fast clock needs more than the default of 5 minutes
	HeaderTimeout time.Duration // default: 30 seconds
	Timeout       time.Duration // of one request; default: 1 minute
	MaxBody       int64         // bytes of one answer; default: 16 MiB

	initOnce sync.Once
	api      *api.Client
	base     *url.URL
	baseErr  error
	refused  *api.RefusedMetrics
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
		Version:       cmp.Or(c.Version, DefaultVersion),
		VersionHeader: "Facebook-Api-Version",
		Budget:        c.Budget,
		Platform:      schema.Instagram,
	}
	c.base, c.baseErr = url.Parse(cmp.Or(c.BaseURL, DefaultBaseURL))
	if c.baseErr != nil || c.base.Host == "" {
		c.baseErr = fmt.Errorf("instagram: %w: base URL is none", collector.ErrRequest)
	} else if c.base.Path == "" {
		c.base.Path = "/" // or the path of a request would be a relative one
	}
	c.refused = api.NewRefusedMetrics()
}

func (c *Connector) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.Default()
}

// Collect reads the profile, then the posts, newest first. A pass ends at the
// end of the list or at the first page that reaches beyond job.Depth.
//
// Insights are read for accounts with owner access. Where the permission for
// them is missing the pass goes on without, and ends with ErrUnauthorized and
// an empty cursor.
//
// Business discovery cannot begin in the middle of the list: with public
// access a cursor keeps the depth of its pass, and the list is read again
// from the top.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	c.initOnce.Do(c.init)
	if c.baseErr != nil {
		return job.Cursor, c.baseErr
	}
	pos, err := parseCursor(job.Cursor)
	if err != nil {
		// Better the whole pass again than an account that stands still.
		c.log().Warn("cursor begins a new pass, it cannot be read", "account_id", job.Account.ID, "platform", schema.Instagram)
		job.Cursor = ""
	}
	if job.Cursor == "" || job.Depth.Before(pos.depth) {
		pos.depth = job.Depth
	}
	if c.Token == nil {
		return job.Cursor, fmt.Errorf("instagram: %w: no source of tokens is set", collector.ErrRequest)
	}
	token, err := c.Token(ctx, job.Account)
	if err != nil {
		return job.Cursor, fmt.Errorf("instagram: get token: %w", err)
	}
	if token == "" {
		return job.Cursor, fmt.Errorf("instagram: %w: no token", collector.ErrUnauthorized)
	}

	r := &run{Connector: c, job: job, store: store, token: token, pos: pos, cursor: job.Cursor}
	switch job.Account.Access {
	case schema.AccessOwner:
		err = r.owner(ctx)
	case schema.AccessPublic:
		err = r.public(ctx)
	default:
		err = fmt.Errorf("%w: unknown access %q", collector.ErrRequest, job.Account.Access)
	}
	if err != nil {
		return r.cursor, fmt.Errorf("instagram: %w", err)
	}
	return r.cursor, nil
}

// A run is one call of Collect.
type run struct {
	*Connector
	job    collector.Job
	store  collector.Store
	token  string
	pos    position         // what the pages stored so far cover
	cursor collector.Cursor // what Collect returns

	page     collector.Page
	products []string // of the posts of the page at hand
	noRight  error    // set once insights turned out not to be permitted
}

func (r *run) owner(ctx context.Context) error {
	if !isID(r.job.Account.PlatformID) {
		return fmt.Errorf("%w: platform id %q is no Instagram user id", collector.ErrRequest, r.job.Account.PlatformID)
	}
	if err := r.profile(ctx); err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	fields := strings.Join(append([]string{mediaFields}, r.MoreFields...), ",")
	path := r.job.Account.PlatformID + "/media"

	// A cursor of the platform dies with the item that it points to, so it
	// serves within this run only; between runs a time is kept.
	after, restarted := "", false
	resumed := r.job.Cursor != ""
	for empty := 0; ; {
		q := url.Values{"fields": {fields}, "limit": {strconv.Itoa(cmp.Or(r.PageSize, DefaultPageSize))}}
		if resumed || restarted {
			q.Set("until", strconv.FormatInt(r.pos.until, 10))
		}
		if after != "" {
			q.Set("after", after)
		}
		var body mediaPage
		a, odd, err := r.get(ctx, path, q, &body)
		if code, sub := api.GraphCode(err); code == 100 && sub != 33 && after != "" && !restarted && r.pos.until != 0 {
			// The item under the cursor was removed while we read.
			after, restarted = "", true
			continue
		}
		if err == nil && body.Data == nil {
			err = a.Broken("no list of media")
		}
		if err != nil {
			return r.failed(ctx, fmt.Errorf("list media: %w", err))
		}
		r.odd(odd)
		posts := r.add(a, body.Data, false)
		left, insightsErr := r.insights(ctx, posts)
		if insightsErr == nil && len(posts) > 0 {
			r.page.Next = r.below(posts[len(posts)-1].PublishedAt).cursor()
		}
		if err := r.flush(ctx); err != nil {
			return both(insightsErr, err)
		}
		if insightsErr != nil {
			// All that was read is stored, and yet the cursor goes back to the
			// newest post whose insights are still missing. Were it to pass the
			// whole page, a pass without InsightsDue would never come back for
			// them, and one with it only if its depth happened to reach so far:
			// the public counters that decide the depth have just been read.
			// Going back repeats part of a page, and a post that has its
			// insights by then is no longer due.
			r.stopAt(left, errors.Is(insightsErr, collector.ErrTransient))
			return fmt.Errorf("read insights: %w", insightsErr)
		}
		if len(posts) > 0 {
			r.advance(posts[len(posts)-1].PublishedAt)
			empty = 0
		} else if empty++; empty >= maxEmptyPages {
			return fmt.Errorf("list media: %w: %d pages without a post", collector.ErrTransient, empty)
		}
		if body.Paging.Next == "" || r.deepEnough(posts) {
			r.cursor = ""
			return r.noRight
		}
		next := body.Paging.after()
		if next == "" || next == after {
			return fmt.Errorf("list media: %w: the next page has no cursor of its own", collector.ErrTransient)
		}
		after = next
	}
}

// profile adds the profile to the page at hand.
func (r *run) profile(ctx context.Context) error {
	var body profileBody
	a, odd, err := r.get(ctx, r.job.Account.PlatformID, url.Values{"fields": {profileFields}}, &body)
	if err == nil && body.ID == "" {
		err = a.Broken("no profile")
	}
	if err != nil {
		return err
	}
	r.odd(odd)
	r.addProfile(a, &body.profile)
	return nil
}

func (r *run) public(ctx context.Context) error {
	if !isID(r.OfficeUserID) {
		return fmt.Errorf("%w: no Instagram user id of the office is set", collector.ErrRequest)
	}
	handle := r.job.Account.Handle
	if !isHandle(handle) {
		return fmt.Errorf("%w: %q is no Instagram user name", collector.ErrRequest, handle)
	}
	size := strconv.Itoa(min(cmp.Or(r.PageSize, DefaultPageSize), maxDiscoveryPage))
	after := ""
	for empty := 0; ; {
		media := "media.limit(" + size + ")"
		if after != "" {
			media = "media.after(" + after + ").limit(" + size + ")"
		}
		fields := "business_discovery.username(" + handle + "){" + discoveryFields + "," + media + "{" + discoveryMediaFields + "}}"
		var body discoveryBody
		a, odd, err := r.get(ctx, r.OfficeUserID, url.Values{"fields": {fields}}, &body)
		d := &body.Discovery
		switch {
		case err != nil:
		case d.ID == "", d.Media != nil && d.Media.Data == nil:
			err = a.Broken("no account, or no list of media")
		case r.job.Account.PlatformID != "" && r.job.Account.PlatformID != string(d.ID):
			// Someone else has the name now: their numbers are not ours.
			err = fmt.Errorf("%w: the user name belongs to another account now", collector.ErrGone)
		}
		if err != nil {
			return r.failed(ctx, fmt.Errorf("discover: %w", err))
		}
		r.odd(odd)
		if after == "" {
			r.addProfile(a, &d.profile)
		}
		var list mediaList
		if d.Media != nil {
			list = *d.Media
		}
		posts := r.add(a, list.Data, true)
		if err := r.flush(ctx); err != nil {
			return err
		}
		if len(posts) > 0 {
			r.advance(posts[len(posts)-1].PublishedAt)
			empty = 0
		} else if empty++; empty >= maxEmptyPages {
			return fmt.Errorf("discover: %w: %d pages without a post", collector.ErrTransient, empty)
		}
		// There is no next here. The last page either has no cursor, or has
		// one that leads to an empty list.
		next := list.Paging.after()
		if next == "" || len(list.Data) == 0 || r.deepEnough(posts) {
			r.cursor = ""
			return nil
		}
		if next == after {
			return fmt.Errorf("discover: %w: the next page has no cursor of its own", collector.ErrTransient)
		}
		after = next
	}
}

// get asks for one node or edge and reads the answer into v.
func (r *run) get(ctx context.Context, path string, q url.Values, v api.GraphTarget) (a *api.Answer, odd, err error) {
	r.page.Calls++
	return r.ask(ctx, path, q, v)
}

// ask is get without the count, for goroutines.
func (r *run) ask(ctx context.Context, path string, q url.Values, v api.GraphTarget) (a *api.Answer, odd, err error) {
	u := r.base.JoinPath(cmp.Or(r.Version, DefaultVersion), path)
	u.RawQuery = q.Encode()
	a, err = r.api.Get(ctx, u, r.token)
	if err != nil {
		return nil, nil, err
	}
	if r.job.OnUsage != nil && a.Usage.Known {
		r.job.OnUsage(float64(a.Usage.Percent))
	}
	odd, err = api.Graph(a, v)
	return a, odd, err
}

// failed stores what the page at hand has, which is the profile at most, and
// returns err.
func (r *run) failed(ctx context.Context, err error) error {
	if len(r.page.Profiles) > 0 && ctx.Err() == nil {
		return both(err, r.flush(ctx))
	}
	return err
}

// both joins two errors, either of which may be nil, on one line.
func both(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return fmt.Errorf("%w; and then: %w", a, b)
}

// flush stores the page at hand and begins the next.
func (r *run) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.store(ctx, r.page); err != nil {
		return fmt.Errorf("store page of %d posts: %w", len(r.page.Posts), err)
	}
	r.page = collector.Page{}
	return nil
}

// advance moves the cursor below a page that is stored whole. until may mean
// "up to" or "before", so it lies one second above the last post: a repeat
// does no harm, a hole would.
func (r *run) advance(last time.Time) {
	r.pos = r.below(last)
	r.cursor = r.pos.cursor()
}

// below returns the position once all down to last is stored.
func (r *run) below(last time.Time) position {
	p := r.pos
	if until := last.Unix() + 1; p.until == 0 || until < p.until {
		p.until, p.stuck = until, 0
	}
	return p
}

// stopAt moves the cursor to the newest of the posts that are left.
func (r *run) stopAt(left []schema.Post, trouble bool) {
	before := r.pos
	newest := left[0].PublishedAt
	for _, p := range left {
		if p.PublishedAt.After(newest) {
			newest = p.PublishedAt
		}
	}
	r.advance(newest)
	if trouble && r.pos.until == before.until {
		r.pos.stuck = before.stuck + 1
		r.cursor = r.pos.cursor()
	}
}

// deepEnough says whether the list has come below the depth of the pass. The
// last post decides: an older one further up would be a pinned one.
func (r *run) deepEnough(posts []schema.Post) bool {
	return len(posts) > 0 && posts[len(posts)-1].PublishedAt.Before(r.pos.depth)
}

// skip counts and logs what could not be read.
func (r *run) skip(msg string, args ...any) {
	r.page.Skipped++
	r.log().Warn(msg, append([]any{"platform", schema.Instagram, "account_id", r.job.Account.ID, "run_id", r.job.RunID}, args...)...)
}

// odd counts a value of another type than promised, which was left out.
func (r *run) odd(err error) {
	if err != nil {
		r.skip("value left out: not of the promised type", "value", err.Error())
	}
}

// isID says whether s can stand in the path of a request.
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, b := range []byte(s) {
		if !isWord(b) {
			return false
		}
	}
	return true
}

// isHandle says whether s is a user name, and not a part of a query.
func isHandle(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, b := range []byte(s) {
		if !isWord(b) && b != '.' {
			return false
		}
	}
	return true
}

func isWord(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_'
}
