// Package graph is what the connectors of Facebook and Instagram share: a run
// over a list of posts with its cursor, and the insights of those posts.
package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Reader, and its bounds.
const (
	DefaultPageSize    = 100 // the most that the API gives; more is an error
	DefaultConcurrency = 4

	MaxEmptyPages = 100 // in a row: after so many the list is not read further
	MaxStuck      = 3   // runs that may end at the same post
	maxTrouble    = 3   // insights of a page that may fail before a platform in trouble is left alone
	maxRounds     = 3   // how often a page's insights are asked for while some fail
)

// A Reader is what a connector's settings come to. It may be used by many
// goroutines.
type Reader struct {
	Client      *api.Client
	BaseURL     string
	Platform    schema.Platform
	Log         *slog.Logger
	PageSize    int // posts of one page; default: DefaultPageSize
	Concurrency int // insights calls at once; default: DefaultConcurrency
	Token       func(context.Context, schema.Account) (string, error)
	Sign        func(q url.Values, token string) // signs a request; may be nil
	Refused     *api.RefusedMetrics
}

// A Run is one call of a connector's Collect.
type Run struct {
	*Reader
	Job     collector.Job
	Cursor  collector.Cursor // what Collect returns
	Page    collector.Page   // at hand
	NoRight error            // what was not permitted; nil: all was

	store      collector.Store
	base       *url.URL
	token      string
	pos        position           // what the pages stored so far cover
	noInsights bool               // they turned out not to be permitted
	given      map[[2]string]bool // kind and metric: the run has said that it is given
}

// Begin returns the run that a job asks for. With an error too its Cursor is
// what Collect returns.
func (rd *Reader) Begin(ctx context.Context, job collector.Job, store collector.Store) (*Run, error) {
	pos, err := parseCursor(job.Cursor)
	if err != nil {
		// Better the whole pass again than an account that stands still.
		rd.Log.Warn("cursor begins a new pass, it cannot be read", "account_id", job.Account.ID, "platform", rd.Platform)
		job.Cursor = ""
	}
	if job.Cursor == "" || job.Depth.Before(pos.depth) {
		pos.depth = job.Depth
	}
	r := &Run{Reader: rd, Job: job, Cursor: job.Cursor, store: store, pos: pos}
	r.base, err = url.Parse(rd.BaseURL)
	if err != nil || r.base.Host == "" {
		return r, fmt.Errorf("%w: base URL is none", collector.ErrRequest)
	}
	if r.base.Path == "" {
		r.base.Path = "/" // or the path of a request would be a relative one
	}
	if rd.Token == nil {
		return r, fmt.Errorf("%w: no source of tokens is set", collector.ErrRequest)
	}
	r.token, err = rd.Token(ctx, job.Account)
	if err != nil {
		return r, fmt.Errorf("get token: %w", err)
	}
	if r.token == "" {
		return r, fmt.Errorf("%w: no token", collector.ErrUnauthorized)
	}
	return r, nil
}

// Get asks for one node or edge, counts the call and reads the answer into v.
func (r *Run) Get(ctx context.Context, path string, q url.Values, v api.GraphTarget) (a *api.Answer, odd, err error) {
	r.Page.Calls++
	return r.ask(ctx, path, q, v)
}

// ask is Get without the count, for goroutines.
func (r *Run) ask(ctx context.Context, path string, q url.Values, v api.GraphTarget) (a *api.Answer, odd, err error) {
	u := r.base.JoinPath(r.Client.Version, path)
	if r.Sign != nil {
		r.Sign(q, r.token)
	}
	u.RawQuery = q.Encode()
	a, err = r.Client.Get(ctx, u, r.token)
	if err != nil {
		return nil, nil, err
	}
	if r.Job.OnUsage != nil && a.Usage.Known {
		r.Job.OnUsage(float64(a.Usage.Percent))
	}
	odd, err = api.Graph(a, v)
	return a, odd, err
}

// A Paging leads from one page of a list to the next.
type Paging struct {
	Cursors struct {
		After string `json:"after"`
	} `json:"cursors"`
	Next string `json:"next"`
}

// After returns the platform's cursor to the next page. The address in Next
// is never followed: it carries a token, and may lead anywhere.
func (p Paging) After() string {
	after := p.Cursors.After
	if after == "" && p.Next != "" {
		if u, err := url.Parse(p.Next); err == nil {
			after = u.Query().Get("after")
		}
	}
	// Business discovery has it in the middle of an expression.
	if len(after) > 2048 || strings.ContainsAny(after, "(){}, \t\r\n") {
		return ""
	}
	return after
}

// List reads a list of posts, newest first, down to the depth of the pass. page
// asks for one page of it with q and what it adds itself, and adds the posts to
// the page at hand; in says how their insights are read, nil: not at all.
func (r *Run) List(ctx context.Context, page func(q url.Values) ([]schema.Post, Paging, error), in *Insights) error {
	// A cursor of the platform dies with the item that it points to, so it
	// serves within this run only; between runs a time is kept.
	after, restarted := "", false
	seen := map[string]bool{} // cursors: a list must not lead back into itself
	resumed := r.Job.Cursor != ""
	if resumed && r.pos.until <= r.pos.depth.Unix() {
		// The list was read to its depth, and something beside it was not.
		r.Page.Next = r.Cursor
		if err := r.Flush(ctx); err != nil {
			return err
		}
		r.Cursor = ""
		return r.NoRight
	}
	for empty := 0; ; {
		q := url.Values{"limit": {strconv.Itoa(cmp.Or(r.PageSize, DefaultPageSize))}}
		if resumed || restarted {
			q.Set("until", strconv.FormatInt(r.pos.until, 10))
		}
		if after != "" {
			q.Set("after", after)
		}
		posts, paging, err := page(q)
		if code, sub := api.GraphCode(err); code == 100 && sub != 33 && after != "" && !restarted && r.pos.until != 0 {
			// The item under the cursor was removed while we read.
			after, restarted, seen = "", true, map[string]bool{}
			continue
		}
		if err != nil {
			return r.Failed(ctx, err)
		}
		var left []schema.Post
		var insightsErr error
		if in != nil {
			left, insightsErr = r.ReadInsights(ctx, posts, in, r.Job.InsightsDue)
		}
		if insightsErr == nil && len(posts) > 0 {
			r.Page.Next = r.below(posts[len(posts)-1].PublishedAt).cursor()
		}
		if err := r.Flush(ctx); err != nil {
			return Both(insightsErr, err)
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
		if err := r.Advance(posts, &empty); err != nil {
			return err
		}
		// The last page has cursors too, but no next.
		if paging.Next == "" || r.DeepEnough(posts) {
			r.Cursor = ""
			return r.NoRight
		}
		next := paging.After()
		if next == "" || seen[next] {
			return fmt.Errorf("read list: %w: the next page has no cursor of its own", collector.ErrTransient)
		}
		after, seen[next] = next, true
	}
}

// Beside ends a pass that read its whole list, and something beside the list
// not: err says what. The cursor stays at the end of the list, so that the next
// run has little else to do, until several runs came to a halt there.
func (r *Run) Beside(err error) error {
	if r.pos.until == 0 {
		return err
	}
	if r.pos.stuck >= MaxStuck {
		r.Skip("given up after several runs", "detail", err.Error())
		return nil
	}
	r.pos.stuck++
	r.Cursor = r.pos.cursor()
	return err
}

// Stops says whether after this error nothing more should be asked: the
// platform refuses us as a whole, or we were told to stop.
func Stops(ctx context.Context, err error) bool {
	_, limited := errors.AsType[*collector.RateLimitError](err)
	return limited || errors.Is(err, collector.ErrUnauthorized) && !NotPermitted(err) || ctx.Err() != nil
}

// Failed stores what the page at hand has, which is the profile at most, and
// returns err.
func (r *Run) Failed(ctx context.Context, err error) error {
	if len(r.Page.Profiles) > 0 && ctx.Err() == nil {
		return Both(err, r.Flush(ctx))
	}
	return err
}

// Both joins two errors, either of which may be nil, on one line.
func Both(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return fmt.Errorf("%w; and then: %w", a, b)
}

// Flush stores the page at hand and begins the next.
func (r *Run) Flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.store(ctx, r.Page); err != nil {
		return fmt.Errorf("store page of %d posts: %w", len(r.Page.Posts), err)
	}
	r.Page = collector.Page{}
	return nil
}

// Advance moves the cursor below the posts of a page that is stored whole, and
// counts the empty pages in a row, which must come to an end.
func (r *Run) Advance(posts []schema.Post, empty *int) error {
	if len(posts) > 0 {
		r.advance(posts[len(posts)-1].PublishedAt)
		*empty = 0
	} else if *empty++; *empty >= MaxEmptyPages {
		return fmt.Errorf("read list: %w: %d pages without a post", collector.ErrTransient, *empty)
	}
	return nil
}

// advance moves the cursor below a post. until may mean "up to" or "before", so
// it lies one second above: a repeat does no harm, a hole would.
func (r *Run) advance(last time.Time) {
	r.pos = r.below(last)
	r.Cursor = r.pos.cursor()
}

// below returns the position once all down to last is stored.
func (r *Run) below(last time.Time) position {
	p := r.pos
	if until := last.Unix() + 1; p.until == 0 || until < p.until {
		p.until, p.stuck = until, 0
	}
	return p
}

// stopAt moves the cursor to the newest of the posts that are left.
func (r *Run) stopAt(left []schema.Post, trouble bool) {
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
		r.Cursor = r.pos.cursor()
	}
}

// NotPermitted says whether an error of the Graph API means that a permission
// is missing.
func NotPermitted(err error) bool {
	code, _ := api.GraphCode(err)
	return code == 10 || code >= 200 && code <= 299
}

// DeepEnough says whether the list has come below the depth of the pass. The
// last post decides: an older one further up would be a pinned one.
func (r *Run) DeepEnough(posts []schema.Post) bool {
	return len(posts) > 0 && posts[len(posts)-1].PublishedAt.Before(r.pos.depth)
}

// Skip counts and logs what could not be read.
func (r *Run) Skip(msg string, args ...any) {
	r.Page.Skipped++
	r.Log.Warn(msg, append([]any{"platform", r.Platform, "account_id", r.Job.Account.ID, "run_id", r.Job.RunID}, args...)...)
}

// Odd counts a value of another type than promised, which was left out.
func (r *Run) Odd(err error) {
	if err != nil {
		r.Skip("value left out: not of the promised type", "value", err.Error())
	}
}
