// Package facebook reads Pages of Facebook through the Graph API: the owner's
// way, with a Page token and insights, or what anyone may see, with the feature
// Page Public Content Access.
//
// https://developers.facebook.com/docs/pages-api
package facebook

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
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
	DefaultPageSize    = 100 // the most that the API gives; more is an error
	DefaultConcurrency = 4

	maxEmptyPages = 100 // in a row: after so many the list is not read further
	maxStuck      = 3   // runs that may end at the same post
	maxTrouble    = 3   // insights of a page that may fail before the page is given up
)

// A Connector reads Facebook. Token is required. It may be used by many
// goroutines; its fields may not change after the first use.
//
// It sends no batches: each part of one counts as a call of its own, a part may
// come back empty where a call of its own says why, and several calls at once
// take no longer.
type Connector struct {
	BaseURL string       // default: DefaultBaseURL
	Version string       // default: DefaultVersion
	HTTP    *http.Client // default: one of our own
	Now     func() time.Time
	Log     *slog.Logger // default: slog.Default()

	// Token returns the token to read the account with: for owner access that
	// of the Page; for public access that of our app, or of one of its users
	// where AppSecret is set.
	Token func(context.Context, schema.Account) (string, error)

	// AppSecret, if set, signs every request: see proof. Apps may be set to
	// refuse requests without, and public access by a user's token needs it.
	AppSecret string

	// Budget is charged with every request. Default: none is kept.
	Budget collector.Budget

	PageSize    int // posts of one page; default: DefaultPageSize
	Concurrency int // insights calls at once; default: DefaultConcurrency

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
		Platform:      schema.Facebook,
	}
	c.base, c.baseErr = url.Parse(cmp.Or(c.BaseURL, DefaultBaseURL))
	if c.baseErr != nil || c.base.Host == "" {
		c.baseErr = fmt.Errorf("facebook: %w: base URL is none", collector.ErrRequest)
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
// An account with public access may be known by its handle alone.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	c.initOnce.Do(c.init)
	if c.baseErr != nil {
		return job.Cursor, c.baseErr
	}
	pos, err := parseCursor(job.Cursor)
	if err != nil {
		// Better the whole pass again than an account that stands still.
		c.log().Warn("cursor begins a new pass, it cannot be read", "account_id", job.Account.ID, "platform", schema.Facebook)
		job.Cursor = ""
	}
	if job.Cursor == "" || job.Depth.Before(pos.depth) {
		pos.depth = job.Depth
	}
	if c.Token == nil {
		return job.Cursor, fmt.Errorf("facebook: %w: no source of tokens is set", collector.ErrRequest)
	}
	token, err := c.Token(ctx, job.Account)
	if err != nil {
		return job.Cursor, fmt.Errorf("facebook: get token: %w", err)
	}
	if token == "" {
		return job.Cursor, fmt.Errorf("facebook: %w: no token", collector.ErrUnauthorized)
	}
	node, err := nodeOf(job.Account)
	if err != nil {
		return job.Cursor, fmt.Errorf("facebook: %w", err)
	}

	r := &run{Connector: c, job: job, store: store, token: token, node: node, pos: pos, cursor: job.Cursor}
	if err := r.read(ctx); err != nil {
		return r.cursor, fmt.Errorf("facebook: %w", err)
	}
	return r.cursor, nil
}

// nodeOf returns what stands for the Page in the path of a request.
func nodeOf(a schema.Account) (string, error) {
	switch {
	case a.Access != schema.AccessOwner && a.Access != schema.AccessPublic:
		return "", fmt.Errorf("%w: unknown access %q", collector.ErrRequest, a.Access)
	case isNumber(a.PlatformID):
		return a.PlatformID, nil
	case a.PlatformID != "" || a.Access == schema.AccessOwner:
		return "", fmt.Errorf("%w: platform id %q is no id of a Page", collector.ErrRequest, a.PlatformID)
	case !isHandle(a.Handle):
		return "", fmt.Errorf("%w: %q is no user name of a Page", collector.ErrRequest, a.Handle)
	}
	return a.Handle, nil
}

// A run is one call of Collect.
type run struct {
	*Connector
	job    collector.Job
	store  collector.Store
	token  string
	node   string           // the Page in the path of a request
	pageID string           // the Page's id, once the profile is read
	pos    position         // what the pages stored so far cover
	cursor collector.Cursor // what Collect returns

	page       collector.Page
	kinds      []string // of the posts of the page at hand: the keys of metricsOf
	noInsights bool     // they turned out not to be permitted
	noRight    error    // what was not permitted; nil: all was
}

// read reads the profile and the list.
func (r *run) read(ctx context.Context) error {
	if err := r.profile(ctx); err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	owner := r.job.Account.Access == schema.AccessOwner

	// A cursor of the platform dies with the item that it points to, so it
	// serves within this run only; between runs a time is kept.
	after, restarted := "", false
	resumed := r.job.Cursor != ""
	fields := postFields + "," + countFields
	for empty := 0; ; {
		q := url.Values{"fields": {fields}, "limit": {strconv.Itoa(cmp.Or(r.PageSize, DefaultPageSize))}}
		if owner {
			// Posts that the owner hid, or that ran out, were published and keep
			// their counts: their series goes on, see Extra in post.go.
			q.Set("include_hidden", "true")
			q.Set("show_expired", "true")
		}
		if resumed || restarted {
			q.Set("until", strconv.FormatInt(r.pos.until, 10))
		}
		if after != "" {
			q.Set("after", after)
		}
		var body postPage
		a, odd, err := r.get(ctx, r.pageID+"/published_posts", q, &body)
		if code, sub := api.GraphCode(err); code == 100 && sub != 33 && after != "" && !restarted && r.pos.until != 0 {
			// The item under the cursor was removed while we read.
			after, restarted = "", true
			continue
		}
		if code, _ := api.GraphCode(err); notPermitted(code) && fields != postFields {
			// Without the permission to see them the reactions and comments may be
			// left out, or refuse the whole call. The posts are there all the same.
			fields = postFields
			r.noRight = fmt.Errorf("read reactions and comments: %w: %w", collector.ErrNoInsights, err)
			continue
		}
		if err == nil && body.Data == nil {
			err = a.Broken("no list of posts")
		}
		if err != nil {
			return r.failed(ctx, fmt.Errorf("list posts: %w", err))
		}
		r.odd(odd)
		posts := r.add(a, body.Data)
		var left []schema.Post
		var insightsErr error
		if owner {
			left, insightsErr = r.insights(ctx, posts)
		}
		if insightsErr == nil && len(posts) > 0 {
			r.page.Next = r.below(posts[len(posts)-1].PublishedAt).cursor()
		}
		if err := r.flush(ctx); err != nil {
			return both(insightsErr, err)
		}
		if insightsErr != nil {
			// All that was read is stored, and yet the cursor goes back to the
			// newest post whose insights are still missing: a pass without
			// InsightsDue would never come back for them. Going back repeats
			// part of a page, and a post that has its insights by then is no
			// longer due.
			r.stopAt(left, errors.Is(insightsErr, collector.ErrTransient))
			return fmt.Errorf("read insights: %w", insightsErr)
		}
		if len(posts) > 0 {
			r.advance(posts[len(posts)-1].PublishedAt)
			empty = 0
		} else if empty++; empty >= maxEmptyPages {
			return fmt.Errorf("list posts: %w: %d pages without a post", collector.ErrTransient, empty)
		}
		// The last page has cursors too, but no next.
		if body.Paging.Next == "" || r.deepEnough(posts) {
			r.cursor = ""
			return r.noRight
		}
		next := body.Paging.after()
		if next == "" || next == after {
			return fmt.Errorf("list posts: %w: the next page has no cursor of its own", collector.ErrTransient)
		}
		after = next
	}
}

// profile adds the profile to the page at hand.
func (r *run) profile(ctx context.Context) error {
	var body profileBody
	a, odd, err := r.get(ctx, r.node, url.Values{"fields": {profileFields}}, &body)
	switch {
	case err != nil:
		return err
	case !isNumber(string(body.ID)):
		return a.Broken("no profile")
	case isNumber(r.node) && string(body.ID) != r.node:
		// Pages may be merged. The numbers of another one are not ours.
		return fmt.Errorf("%w: the platform id leads to another Page, %s", collector.ErrRequest, body.ID)
	}
	r.pageID = string(body.ID)
	r.odd(odd)
	r.addProfile(a, &body)
	return nil
}

// get asks for one node or edge and reads the answer into v.
func (r *run) get(ctx context.Context, path string, q url.Values, v api.GraphTarget) (a *api.Answer, odd, err error) {
	r.page.Calls++
	return r.ask(ctx, path, q, v)
}

// ask is get without the count, for goroutines.
func (r *run) ask(ctx context.Context, path string, q url.Values, v api.GraphTarget) (a *api.Answer, odd, err error) {
	u := r.base.JoinPath(cmp.Or(r.Version, DefaultVersion), path)
	if r.AppSecret != "" {
		q.Set("appsecret_proof", proof(r.AppSecret, r.token))
	}
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

// proof returns the appsecret_proof of a token: its HMAC-SHA256 under the app's
// secret, hexadecimal. It shows that the token is used by our app.
// https://developers.facebook.com/docs/graph-api/guides/secure-requests
func proof(secret, token string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(token))
	return hex.EncodeToString(h.Sum(nil))
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

// notPermitted says whether a code of the Graph API means that a permission is
// missing.
func notPermitted(code int64) bool { return code == 10 || code >= 200 && code <= 299 }

// deepEnough says whether the list has come below the depth of the pass. The
// last post decides: an older one further up would be a pinned one.
func (r *run) deepEnough(posts []schema.Post) bool {
	return len(posts) > 0 && posts[len(posts)-1].PublishedAt.Before(r.pos.depth)
}

// skip counts and logs what could not be read.
func (r *run) skip(msg string, args ...any) {
	r.page.Skipped++
	r.log().Warn(msg, append([]any{"platform", schema.Facebook, "account_id", r.job.Account.ID, "run_id", r.job.RunID}, args...)...)
}

// odd counts a value of another type than promised, which was left out.
func (r *run) odd(err error) {
	if err != nil {
		r.skip("value left out: not of the promised type", "value", err.Error())
	}
}

// isNumber says whether s is the id of a Page: digits.
func isNumber(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}

// isHandle says whether s is the user name of a Page, and not a part of a path.
func isHandle(s string) bool {
	if s == "" || len(s) > 64 || strings.Trim(s, ".") == "" {
		return false
	}
	for _, b := range []byte(s) {
		switch {
		case '0' <= b && b <= '9', 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '.', b == '-', b == '_':
		default:
			return false
		}
	}
	return true
}
