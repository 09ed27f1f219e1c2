// Package x reads accounts of X, once Twitter, through its API v2: the profile,
// the posts with the counters that anyone may see, and what X tells the owner
// alone.
//
// X bills by what it returns, post by post, so a pass asks for no post that is
// older than it has to be.
//
// https://docs.x.com/x-api
package x

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Connector.
const (
	DefaultBaseURL  = "https://api.x.com"
	DefaultPageSize = 100 // the most that the API gives

	apiVersion    = "2"
	minPageSize   = 5   // fewer are refused
	maxEmptyPages = 100 // in a row: after so many the list is not read further
	maxStuck      = 3   // runs that may end at the same post
)

// A Connector reads X. Token is required. It may be used by many goroutines;
// its fields may not change after the first use.
type Connector struct {
	BaseURL string       // scheme and host; default: DefaultBaseURL
	HTTP    *http.Client // default: one of our own
	Now     func() time.Time
	Log     *slog.Logger // default: slog.Default()

	// Token returns the bearer token to read the account with: the owner's own,
	// with the scopes tweet.read and users.read, for owner access; the app's for
	// public access. It is asked once per run.
	Token func(context.Context, schema.Account) (string, error)

	// Vocabulary is the one that requests use. Default: Legacy. Answers are
	// understood in both.
	Vocabulary Vocabulary

	PageSize int // posts of one page, from 5 to 100; default: DefaultPageSize

	// Budget is charged with every request and told what answers cost by Prices.
	// Default: none is kept.
	Budget collector.Budget
	Prices Prices

	Skew          time.Duration // see api.Client; a fast clock needs more than the default of 5 minutes
	HeaderTimeout time.Duration // default: 30 seconds
	Timeout       time.Duration // of one request; default: 1 minute
	MaxBody       int64         // bytes of one answer; default: 16 MiB

	initOnce sync.Once
	api      *api.Client
	base     *url.URL
	words    words
	initErr  error
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
		VersionHeader: "Api-Version",
		ReadUsage:     readUsage,
		Budget:        c.Budget,
		Platform:      schema.X,
		Path:          countedPath,
	}
	var err error
	c.base, err = url.Parse(cmp.Or(c.BaseURL, DefaultBaseURL))
	if err != nil || c.base.Host == "" {
		c.initErr = fmt.Errorf("x: %w: base URL is none", collector.ErrRequest)
		return
	}
	if c.base.Path == "" {
		c.base.Path = "/" // or the path of a request would be a relative one
	}
	var ok bool
	if c.words, ok = vocabularies[cmp.Or(c.Vocabulary, Legacy)]; !ok {
		c.initErr = fmt.Errorf("x: %w: unknown vocabulary %q", collector.ErrRequest, c.Vocabulary)
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
	return min(max(c.PageSize, minPageSize), DefaultPageSize)
}

// Collect reads the profile, then the posts, newest first. A pass ends at
// job.Depth, or where X's list ends: it shows the newest 3,200 posts.
//
// The account is that of PlatformID, whatever it is called now, or the one that
// has the handle now. Reposts are kept without readings: their counters are
// another account's.
//
// For accounts with owner access the insights of the posts of the last 30 days
// are read. Where they are not permitted the pass goes on without, and ends
// with ErrNoInsights, ErrUnauthorized and an empty cursor.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	r, err := c.begin(ctx, job)
	if err != nil {
		return job.Cursor, err
	}
	if r.pos, err = parseCursor(job.Cursor); err != nil {
		// Better the whole pass again than an account that stands still.
		c.log().Warn("cursor begins a new pass, it cannot be read", "account_id", job.Account.ID, "platform", schema.X)
		r.cursor = ""
	}
	if r.cursor == "" || job.Depth.Before(r.pos.depth) {
		r.pos.depth = job.Depth
	}
	r.store = store
	if err := r.read(ctx); err != nil {
		return r.cursor, fmt.Errorf("x: %w", err)
	}
	return r.cursor, nil
}

// begin returns a run with the token of the job's account.
func (c *Connector) begin(ctx context.Context, job collector.Job) (*run, error) {
	c.initOnce.Do(c.init)
	if c.initErr != nil {
		return nil, c.initErr
	}
	switch job.Account.Access {
	case schema.AccessOwner, schema.AccessPublic:
	default:
		return nil, fmt.Errorf("x: %w: unknown access %q", collector.ErrRequest, job.Account.Access)
	}
	if c.Token == nil {
		return nil, fmt.Errorf("x: %w: no source of tokens is set", collector.ErrRequest)
	}
	token, err := c.Token(ctx, job.Account)
	if err != nil {
		return nil, fmt.Errorf("x: get token: %w", err)
	}
	if token == "" {
		return nil, fmt.Errorf("x: %w: no token", collector.ErrUnauthorized)
	}
	return &run{Connector: c, job: job, token: token, cursor: job.Cursor}, nil
}

// A run is one call of Collect or Missing.
type run struct {
	*Connector
	job    collector.Job
	store  collector.Store
	token  string
	pos    position         // what the pages stored so far cover
	cursor collector.Cursor // what Collect returns

	page    collector.Page // the page at hand
	handle  string         // the account's, as the profile told it
	noRight error          // set once insights turned out not to be permitted

	refused map[string][]string              // fields that X does not take, by the parameter that asks for them
	metrics map[[2]string]schema.MetricState // what was said of metrics in this run, by kind and name
}

func (r *run) owner() bool { return r.job.Account.Access == schema.AccessOwner }

func (r *run) read(ctx context.Context) error {
	user, err := r.profile(ctx)
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	// A token of the platform serves within this run only: it may die, and
	// between runs the id of a post is kept. The token belongs to its list,
	// so the id that the list begins below stays with it.
	from, token := r.pos.until, ""
	for empty := 0; ; {
		a, body, err := r.timeline(ctx, user, from, token)
		if asRefusal(err).names("pagination_token", "next_token") && token != "" && r.pos.until != from {
			from, token = r.pos.until, ""
			continue
		}
		if err != nil {
			return r.failed(ctx, fmt.Errorf("list posts: %w", err))
		}
		posts := r.add(a, body)
		left, insightsErr := r.insights(ctx, a.At, posts)
		if err := ctx.Err(); err != nil {
			return err
		}
		bottom, reached := body.bottom()
		to := r.pos.below(bottom)
		if insightsErr != nil {
			// All that was read is stored, and yet the cursor goes back to the
			// newest post whose insights are still missing. Were it to pass the
			// whole page, a pass without InsightsDue would never come back for
			// them. Going back repeats the page, which as a rule X does not bill
			// twice on one day.
			to = r.pos.backTo(left, isTrouble(insightsErr))
		}
		r.page.Next = r.cursor
		if to.until != 0 {
			r.page.Next = to.cursor()
		}
		next := r.page.Next
		if err := r.flush(ctx); err != nil {
			return both(insightsErr, err)
		}
		r.pos, r.cursor = to, next
		if insightsErr != nil {
			return fmt.Errorf("read insights: %w", insightsErr)
		}

		follow := body.Meta.Next
		if follow.text == "" && !follow.bad || reached.Before(r.pos.depth) && !reached.IsZero() {
			r.cursor = ""
			return r.noRight
		}
		if follow.bad || follow.text == token {
			return fmt.Errorf("list posts: %w: the next page has no token of its own", collector.ErrTransient)
		}
		token = follow.text
		// A page without a post is no end of the list.
		if len(posts) > 0 {
			empty = 0
		} else if empty++; empty >= maxEmptyPages {
			return fmt.Errorf("list posts: %w: %d pages without a post", collector.ErrTransient, empty)
		}
	}
}

// firstStart is the earliest start_time that the API takes.
var firstStart = time.Date(2010, 11, 6, 0, 0, 1, 0, time.UTC)

// timeline asks for the page of the list that the token stands for, or for the
// first one below the post with the id from, if any.
func (r *run) timeline(ctx context.Context, user string, from ident, token string) (*api.Answer, *timelineBody, error) {
	q := url.Values{
		// Nothing is excluded: reposts are kept, without readings, and without
		// replies X shows the newest 800 posts only.
		"max_results": {strconv.Itoa(r.pageSize())},
	}
	r.words.timeline(q)
	if !r.pos.depth.Before(firstStart) {
		q.Set("start_time", r.pos.depth.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if from != 0 {
		q.Set("until_id", from.String())
	}
	if token != "" {
		q.Set("pagination_token", token)
	}
	body := new(timelineBody)
	a, err := r.get(ctx, callTweets, q, body, "users", user, "tweets")
	r.bill(ctx, a, len(body.Data)+len(body.Includes.Tweets)+len(body.Includes.Posts), r.Prices.Post)
	if a != nil && a.Usage.Known && r.job.OnUsage != nil {
		r.job.OnUsage(float64(a.Usage.Percent))
	}
	switch {
	case err != nil:
	case body.Data == nil && (body.aboutSubject() || !body.Meta.Count.Known && body.any()):
		// A user that is unknown, suspended or protected comes with status 200.
		err = newRefusal(a, &body.problem, r.owner())
	case !body.Meta.Count.Known, body.Data == nil && body.Meta.Count.N != 0:
		err = a.Broken("no list of posts")
	}
	return a, body, err
}

// get asks for what the path below the version names, and reads the answer
// into v. The answer is nil if none came; a refusal comes with its answer. Where
// X refuses a field by its name, the rest is asked for without it.
func (r *run) get(ctx context.Context, kind string, q url.Values, v target, path ...string) (*api.Answer, error) {
	for {
		r.without(q)
		a, err := r.ask(ctx, q, v, path...)
		if !r.learn(kind, q, asRefusal(err), a) {
			return a, err
		}
		*v.asProblem() = problem{}
	}
}

// ask sends one request.
func (r *run) ask(ctx context.Context, q url.Values, v target, path ...string) (*api.Answer, error) {
	r.page.Calls++
	u := r.base.JoinPath(apiVersion).JoinPath(path...)
	u.RawQuery = q.Encode()
	a, err := r.api.Get(ctx, u, r.token)
	if err != nil {
		return nil, err
	}
	odd, err := a.Decode(v)
	switch {
	case err != nil:
		return a, err
	case !a.OK():
		return a, newRefusal(a, v.asProblem(), r.owner())
	case odd != nil:
		r.skip("value left out: not of the promised type", "value", odd.Error())
	}
	return a, nil
}

// failed stores what the page at hand has, which is the profile at most, and
// returns err.
func (r *run) failed(ctx context.Context, err error) error {
	if len(r.page.Profiles) == 0 || ctx.Err() != nil {
		return err
	}
	r.page.Next = r.cursor
	return both(err, r.flush(ctx))
}

// both joins two errors, either of which may be nil, on one line.
func both(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return fmt.Errorf("%w; and then: %w", a, b)
}

// isTrouble says whether an error may stand for one post that the platform
// cannot answer for, however often it is asked.
func isTrouble(err error) bool {
	return errors.Is(err, collector.ErrTransient) || errors.Is(err, collector.ErrRequest)
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

// skip counts and logs what could not be read.
func (r *run) skip(msg string, args ...any) {
	r.page.Skipped++
	r.log().Warn(msg, append([]any{"platform", schema.X, "account_id", r.job.Account.ID, "run_id", r.job.RunID}, args...)...)
}
