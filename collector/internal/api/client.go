// Package api is the HTTP client that the connectors share. It asks politely
// and trusts nothing: every answer is bounded in time and size, is held to be
// JSON only when it is whole, and no token leaves through an URL, an error, a
// log line or a stored answer.
package api

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// The defaults of a Client.
const (
	DefaultConnectTimeout = 10 * time.Second
	DefaultHeaderTimeout  = 30 * time.Second
	DefaultTimeout        = time.Minute
	DefaultMaxBody        = 16 << 20
	DefaultSkew           = 5 * time.Minute

	maxRedirects = 3
)

// A Client sends requests to one platform. Its zero value works. A Client may
// be used by many goroutines; its fields may not change after the first use.
type Client struct {
	HTTP *http.Client     // default: NewHTTP()
	Now  func() time.Time // default: time.Now
	Log  *slog.Logger     // default: slog.Default()

	// Skew is how far an answer's Date may lie from Now and still be taken as
	// the moment of the answer; beyond it Now is taken. A clock that runs fast
	// needs more. Default: DefaultSkew; below zero: Date is never taken.
	Skew time.Duration

	HeaderTimeout time.Duration // until the answer's header is here; default: DefaultHeaderTimeout
	Timeout       time.Duration // until the whole answer is here; default: DefaultTimeout
	MaxBody       int64         // bytes of a body, after decompression; default: DefaultMaxBody

	// Version is the API version that requests ask for. VersionHeader is the
	// header in which the platform says which one answered; it may be empty.
	Version       string
	VersionHeader string

	// ReadUsage reads what the header of an answer, given at that moment, says
	// of the quota. Default: the headers of Meta.
	ReadUsage func(h http.Header, at time.Time) Usage

	// Budget, if set, is asked before each request and told what each answer
	// says of the quota.
	Budget   collector.Budget
	Platform schema.Platform
	// Project is charged with every request, whatever its secret. Default:
	// each secret is charged by itself.
	Project string
	// Path tells which path a request is counted under. Default: all together.
	Path func(u *url.URL) string

	// Redirect is the CheckRedirect of http.Client. Default: a few redirects
	// within the host, none away from https.
	Redirect func(req *http.Request, via []*http.Request) error

	initOnce sync.Once
	http     *http.Client
	skewOnce sync.Once
}

// NewHTTP returns an HTTP client with a time-out for connecting. The other
// time-outs are the Client's.
func NewHTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: DefaultConnectTimeout}).DialContext,
		TLSHandshakeTimeout: DefaultConnectTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     90 * time.Second,
	}}
}

// The reasons for which we give up waiting ourselves.
var (
	errHeaderTimeout = errors.New("no answer in time")
	errTimeout       = errors.New("answer not complete in time")
	errTooLarge      = errors.New("answer too large")
	errNotJSON       = errors.New("answer is not a JSON object")
)

// Get asks for u with the token, if any, as bearer. It returns an answer for
// every status, as long as the body is the beginning of a JSON object and
// came whole as far as HTTP can tell; decoding finds out about the rest.
//
// An error is one of the collector's classes, or ctx's own when ctx ended.
func (c *Client) Get(ctx context.Context, u *url.URL, token string) (*Answer, error) {
	return c.ask(ctx, request{url: u, secret: token, header: "Authorization", value: "Bearer " + token})
}

// GetWithHeader is Get for a platform that takes the secret, such as the key
// of an application, in a header of its own, as it is.
func (c *Client) GetWithHeader(ctx context.Context, u *url.URL, header, secret string) (*Answer, error) {
	return c.ask(ctx, request{url: u, secret: secret, header: header, value: secret})
}

// PostJSON is Get for a call that takes what it is asked for as a JSON body.
// The call must change nothing at the platform: like a GET, it may be sent
// twice when a connection breaks.
func (c *Client) PostJSON(ctx context.Context, u *url.URL, token string, body []byte) (*Answer, error) {
	return c.ask(ctx, request{url: u, secret: token, header: "Authorization", value: "Bearer " + token, json: body})
}

// ask sends the request and takes an answer that begins as a JSON object does.
func (c *Client) ask(ctx context.Context, r request) (*Answer, error) {
	secrets := secretForms(r.secret)
	a, err := c.send(ctx, r.http(), r.secret, r.text(secrets), secrets)
	if err != nil {
		return nil, err
	}
	a.Body = bytes.TrimLeft(bytes.TrimPrefix(a.Body, []byte("\ufeff")), " \t\r\n")
	if len(a.Body) == 0 || a.Body[0] != '{' {
		// The Content-Type is not asked: platforms send JSON as text, and
		// their proxies send HTML as anything.
		return nil, a.broken(errNotJSON)
	}
	return a, nil
}

// Do sends a request of the caller's making, which bears no secret. It returns
// an answer for every status and whatever the body holds, as long as that came
// whole as far as HTTP can tell. Errors are those of Get.
func (c *Client) Do(ctx context.Context, req *http.Request) (*Answer, error) {
	return c.send(ctx, req, "", req.Method+" "+mask(req.URL.String(), nil), nil)
}

// send charges the budget, sends the request, which text describes, and reads
// the answer, within all bounds.
func (c *Client) send(ctx context.Context, req *http.Request, secret, text string, secrets []string) (*Answer, error) {
	c.initOnce.Do(c.init)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	charge, err := c.spend(ctx, req.URL, secret)
	if err != nil {
		return nil, err
	}

	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	whole := time.AfterFunc(cmp.Or(c.Timeout, DefaultTimeout), func() { cancel(errTimeout) })
	defer whole.Stop()
	begun := time.AfterFunc(cmp.Or(c.HeaderTimeout, DefaultHeaderTimeout), func() { cancel(errHeaderTimeout) })
	defer begun.Stop()

	req = req.WithContext(limited)
	// Asking for gzip ourselves keeps the transport from decompressing where we
	// could not bound it.
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", "hamawaz")

	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.trouble(ctx, limited, err, secrets)
	}
	defer resp.Body.Close()
	begun.Stop()

	a := &Answer{
		Charge:     charge,
		Status:     resp.StatusCode,
		Header:     resp.Header,
		At:         c.at(resp.Header),
		URL:        resp.Request.URL,
		Request:    text,
		APIVersion: c.Version,
		Usage:      parseUsage(resp.Header),
		secrets:    secrets,
	}
	if c.ReadUsage != nil {
		a.Usage = c.ReadUsage(resp.Header, a.At)
	}
	if v := resp.Header.Get(c.VersionHeader); c.VersionHeader != "" && v != "" && len(v) <= 32 {
		a.APIVersion = clean(v)
	}
	if c.Budget != nil && a.Usage.Known {
		c.Budget.Told(ctx, charge, a.Usage.quota())
	}
	a.Body, err = readBody(resp, cmp.Or(c.MaxBody, DefaultMaxBody))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && context.Cause(limited) != nil:
		return nil, a.broken(context.Cause(limited))
	case err != nil:
		return nil, a.broken(err)
	}
	return a, nil
}

// spend charges the budget with a request.
func (c *Client) spend(ctx context.Context, u *url.URL, secret string) (collector.Charge, error) {
	charge := collector.Charge{Platform: c.Platform, Credential: cmp.Or(c.Project, collector.Credential(secret)), Units: 1}
	if c.Path != nil {
		charge.Path = c.Path(u)
	}
	if c.Budget == nil {
		return charge, nil
	}
	return charge, c.Budget.Spend(ctx, charge)
}

func (c *Client) init() {
	h := c.HTTP
	if h == nil {
		h = NewHTTP()
	}
	own := *h
	own.CheckRedirect = checkRedirect
	if c.Redirect != nil {
		own.CheckRedirect = c.Redirect
	}
	c.http = &own
}

// checkRedirect keeps our token with the host that it was meant for.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case !strings.EqualFold(req.URL.Host, first.Host):
		return fmt.Errorf("redirect to another host %q", req.URL.Host)
	case first.Scheme == "https" && req.URL.Scheme != "https":
		return errors.New("redirect away from https")
	case req.Method != via[0].Method:
		// A POST would go on as a GET, without its body.
		return errors.New("redirect to another method")
	}
	return nil
}

// trouble turns an error of the transport into ours. The chain ends here: the
// original may hold the URL, and a time-out of ours must not pass for the
// end of the caller's context.
func (c *Client) trouble(ctx, limited context.Context, err error, secrets []string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if cause := context.Cause(limited); cause != nil {
		err = cause
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the URL is named by whoever asked
	}
	class := collector.ErrTransient
	if errors.Is(err, collector.ErrRequest) {
		class = collector.ErrRequest // the request was refused on our side
	}
	return fmt.Errorf("%w: %s", class, clip(mask(err.Error(), secrets)))
}

// at returns the moment of an answer.
func (c *Client) at(h http.Header) time.Time {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	ours := now().UTC().Truncate(time.Millisecond)
	skew := cmp.Or(c.Skew, DefaultSkew)
	theirs, err := parseDate(h.Get("Date"))
	if err != nil || skew < 0 {
		return ours
	}
	theirs = theirs.UTC()
	if d := theirs.Sub(ours).Abs(); d > skew {
		c.skewOnce.Do(func() {
			c.log().Warn("date of the answer is too far from our clock, which is taken instead",
				"theirs", theirs, "ours", ours, "allowed", skew)
		})
		return ours
	}
	return theirs
}

func (c *Client) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.Default()
}

// readBody reads at most limit bytes, counted after decompression. A body
// that ends early is an error.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	// Compressed bytes are bounded too: gzip members may be empty without end.
	var r io.Reader = io.LimitReader(resp.Body, limit+1)
	size := resp.ContentLength
	switch enc := strings.ToLower(resp.Header.Get("Content-Encoding")); enc {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		defer z.Close()
		r, size = io.LimitReader(z, limit+1), 4*size
	default:
		return nil, fmt.Errorf("unknown content encoding %q", clip(enc))
	}
	var b bytes.Buffer
	if size > 0 {
		b.Grow(int(min(size, limit)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(r); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, errTooLarge
	}
	return b.Bytes(), nil
}
