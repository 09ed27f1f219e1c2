// Package instagram reads professional accounts of Instagram through the
// Graph API: the owner's way, with insights, or through business discovery,
// which tells of any professional account what anyone may see.
//
// https://developers.facebook.com/docs/instagram-platform
package instagram

import (
	"cmp"
	"context"
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
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Connector.
const (
	DefaultBaseURL     = "https://graph.facebook.com"
	DefaultVersion     = "v25.0"
	DefaultPageSize    = graph.DefaultPageSize
	DefaultConcurrency = graph.DefaultConcurrency

	maxDiscoveryPage = 50 // larger answers of business discovery are refused now and then
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
	reader   *graph.Reader
}

func (c *Connector) init() {
	c.reader = &graph.Reader{
		Client: &api.Client{
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
		},
		BaseURL:     cmp.Or(c.BaseURL, DefaultBaseURL),
		Platform:    schema.Instagram,
		Log:         c.log(),
		PageSize:    c.PageSize,
		Concurrency: c.Concurrency,
		Token:       c.Token,
		Refused:     api.NewRefusedMetrics(c.Now),
	}
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
	gr, err := c.reader.Begin(ctx, job, store)
	if err == nil {
		err = (&run{Run: gr, c: c}).read(ctx)
	}
	if err != nil {
		return gr.Cursor, fmt.Errorf("instagram: %w", err)
	}
	return gr.Cursor, nil
}

// A run is one call of Collect.
type run struct {
	*graph.Run
	c        *Connector
	handle   string   // the account's user name, once the profile is read
	products []string // of the posts of the page at hand
}

func (r *run) read(ctx context.Context) error {
	switch access := r.Job.Account.Access; access {
	case schema.AccessOwner:
		return r.owner(ctx)
	case schema.AccessPublic:
		return r.public(ctx)
	default:
		return fmt.Errorf("%w: unknown access %q", collector.ErrRequest, access)
	}
}

func (r *run) owner(ctx context.Context) error {
	id := r.Job.Account.PlatformID
	if !isID(id) {
		return fmt.Errorf("%w: platform id %q is no Instagram user id", collector.ErrRequest, id)
	}
	if err := r.profile(ctx); err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	beside, err := r.stories(ctx)
	if err == nil {
		err = r.days(ctx)
	}
	if err != nil {
		return r.Failed(ctx, err)
	}
	fields := strings.Join(append([]string{mediaFields}, r.c.MoreFields...), ",")
	withComments := ""
	if r.Job.Comments {
		withComments = "," + commentFields
	}
	list := func(q url.Values) (a *api.Answer, odd error, body mediaPage, err error) {
		q.Set("fields", fields+withComments)
		a, odd, err = r.Get(ctx, id+"/media", q, &body)
		return a, odd, body, err
	}
	err = r.List(ctx, func(q url.Values) ([]schema.Post, graph.Paging, error) {
		a, odd, body, err := list(q)
		if code, _ := api.GraphCode(err); withComments != "" && (graph.NotPermitted(err) || code == 1) {
			// Comments may need a permission more, or make an answer that is too
			// large for the platform. The posts are there all the same.
			r.Skip("comments left out", "detail", err.Error())
			withComments = ""
			a, odd, body, err = list(q)
		}
		if err == nil && body.Data == nil {
			err = a.Broken("no list of media")
		}
		if err != nil {
			return nil, graph.Paging{}, fmt.Errorf("list media: %w", err)
		}
		r.Odd(odd)
		return r.add(a, body.Data, false), body.Paging, nil
	}, r.insights())
	if err == nil && beside != nil {
		return r.Beside(beside)
	}
	return err
}

// profile adds the profile to the page at hand.
func (r *run) profile(ctx context.Context) error {
	var body profileBody
	a, odd, err := r.Get(ctx, r.Job.Account.PlatformID, url.Values{"fields": {profileFields}}, &body)
	if err == nil && body.ID == "" {
		err = a.Broken("no profile")
	}
	if err != nil {
		return err
	}
	r.Odd(odd)
	r.addProfile(a, &body.profile)
	return nil
}

func (r *run) public(ctx context.Context) error {
	if !isID(r.c.OfficeUserID) {
		return fmt.Errorf("%w: no Instagram user id of the office is set", collector.ErrRequest)
	}
	handle := r.Job.Account.Handle
	if !isHandle(handle) {
		return fmt.Errorf("%w: %q is no Instagram user name", collector.ErrRequest, handle)
	}
	size := strconv.Itoa(min(cmp.Or(r.PageSize, DefaultPageSize), maxDiscoveryPage))
	seen := map[string]bool{} // cursors: a list must not lead back into itself
	after, mediaFields := "", discoveryMediaFields+","+moreDiscoveryFields
	for empty := 0; ; {
		media := "media.limit(" + size + ")"
		if after != "" {
			media = "media.after(" + after + ").limit(" + size + ")"
		}
		fields := "business_discovery.username(" + handle + "){" + discoveryFields + "," + media + "{" + mediaFields + "}}"
		var body discoveryBody
		a, odd, err := r.Get(ctx, r.c.OfficeUserID, url.Values{"fields": {fields}}, &body)
		d := &body.Discovery
		if code, sub := api.GraphCode(err); code == 100 && sub == 0 && mediaFields != discoveryMediaFields {
			// The reference does not say which fields others may see.
			mediaFields = discoveryMediaFields
			continue
		}
		switch {
		case err != nil:
		case d.ID == "", d.Media != nil && d.Media.Data == nil:
			err = a.Broken("no account, or no list of media")
		case r.Job.Account.PlatformID != "" && r.Job.Account.PlatformID != string(d.ID):
			// Someone else has the name now: their numbers are not ours.
			err = fmt.Errorf("%w: the user name belongs to another account now", collector.ErrGone)
		}
		if err != nil {
			return r.Failed(ctx, fmt.Errorf("discover: %w", err))
		}
		r.Odd(odd)
		if after == "" {
			r.addProfile(a, &d.profile)
		}
		var list mediaList
		if d.Media != nil {
			list = *d.Media
		}
		posts := r.add(a, list.Data, true)
		if err := r.Flush(ctx); err != nil {
			return err
		}
		if err := r.Advance(posts, &empty); err != nil {
			return err
		}
		// There is no next here. The last page either has no cursor, or has
		// one that leads to an empty list.
		next := list.Paging.After()
		if next == "" || len(list.Data) == 0 || r.DeepEnough(posts) {
			r.Cursor = ""
			return nil
		}
		if seen[next] {
			return fmt.Errorf("discover: %w: the next page has no cursor of its own", collector.ErrTransient)
		}
		after, seen[next] = next, true
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
