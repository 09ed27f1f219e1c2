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
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
			Platform:      schema.Facebook,
		},
		BaseURL:     cmp.Or(c.BaseURL, DefaultBaseURL),
		Platform:    schema.Facebook,
		Log:         c.log(),
		PageSize:    c.PageSize,
		Concurrency: c.Concurrency,
		Token:       c.Token,
		Refused:     api.NewRefusedMetrics(c.Now),
	}
	if c.AppSecret != "" {
		c.reader.Sign = func(q url.Values, token string) { q.Set("appsecret_proof", proof(c.AppSecret, token)) }
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
// An account with public access may be known by its handle alone.
func (c *Connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	c.initOnce.Do(c.init)
	gr, err := c.reader.Begin(ctx, job, store)
	if err == nil {
		err = (&run{Run: gr}).read(ctx)
	}
	if err != nil {
		return gr.Cursor, fmt.Errorf("facebook: %w", err)
	}
	return gr.Cursor, nil
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
	*graph.Run
	pageID string   // the Page's id, once the profile is read
	kinds  []string // of the posts of the page at hand: the keys of metricsOf
}

// read reads the profile and the list.
func (r *run) read(ctx context.Context) error {
	if err := r.profile(ctx); err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	owner := r.Job.Account.Access == schema.AccessOwner
	if owner {
		if err := r.days(ctx); err != nil {
			return r.Failed(ctx, err)
		}
	}
	fields := postFields + "," + countFields
	if r.Job.Comments {
		fields += "," + commentFields
	}
	list := func(q url.Values) (a *api.Answer, odd error, body postPage, err error) {
		q.Set("fields", fields)
		a, odd, err = r.Get(ctx, r.pageID+"/published_posts", q, &body)
		return a, odd, body, err
	}
	page := func(q url.Values) ([]schema.Post, graph.Paging, error) {
		if owner {
			// Posts that the owner hid, or that ran out, were published and keep
			// their counts: their series goes on, see Extra in post.go.
			q.Set("include_hidden", "true")
			q.Set("show_expired", "true")
		}
		a, odd, body, err := list(q)
		if graph.NotPermitted(err) && fields != postFields {
			// Without the permission to see them the reactions and comments may be
			// left out, or refuse the whole call. The posts are there all the same.
			fields = postFields
			r.NoRight = fmt.Errorf("read reactions and comments: %w: %w", collector.ErrNoInsights, err)
			a, odd, body, err = list(q)
		}
		if code, _ := api.GraphCode(err); code == 1 && strings.HasSuffix(fields, commentFields) {
			// The comments may make an answer that is too large for the platform.
			r.Skip("comments left out", "detail", err.Error())
			fields = strings.TrimSuffix(fields, ","+commentFields)
			a, odd, body, err = list(q)
		}
		if err == nil && body.Data == nil {
			err = a.Broken("no list of posts")
		}
		if err != nil {
			return nil, graph.Paging{}, fmt.Errorf("list posts: %w", err)
		}
		r.Odd(odd)
		return r.add(a, body.Data), body.Paging, nil
	}
	if !owner {
		return r.List(ctx, page, nil)
	}
	return r.List(ctx, page, r.insights())
}

// profile adds the profile to the page at hand.
func (r *run) profile(ctx context.Context) error {
	node, err := nodeOf(r.Job.Account)
	if err != nil {
		return err
	}
	var body profileBody
	a, odd, err := r.Get(ctx, node, url.Values{"fields": {profileFields}}, &body)
	switch {
	case err != nil:
		return err
	case !isNumber(string(body.ID)):
		return a.Broken("no profile")
	case isNumber(node) && string(body.ID) != node:
		// Pages may be merged. The numbers of another one are not ours.
		return fmt.Errorf("%w: the platform id leads to another Page, %s", collector.ErrRequest, body.ID)
	}
	r.pageID = string(body.ID)
	r.Odd(odd)
	r.addProfile(a, &body)
	return nil
}

// proof returns the appsecret_proof of a token: its HMAC-SHA256 under the app's
// secret, hexadecimal. It shows that the token is used by our app.
// https://developers.facebook.com/docs/graph-api/guides/secure-requests
func proof(secret, token string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(token))
	return hex.EncodeToString(h.Sum(nil))
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
