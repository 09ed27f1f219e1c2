package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// A Form is a form to be posted. Its values do not leave through errors or
// Answer.Request: those of Secrets nowhere, and the rest because the body is
// never quoted.
type Form struct {
	Values  url.Values
	Secrets []string // what in the values, or the header, is secret

	// User and Password, if User is not empty, go into the header as Basic
	// authentication, each encoded like a form's value first (RFC 6749, 2.3.1).
	User, Password string
	// Token, if not empty, goes into the header as bearer.
	Token string
	// Method replaces POST. With GET and DELETE the values go into the URL, for
	// platforms that want them there.
	Method string

	// Any takes an answer whatever its body: for calls that answer with
	// nothing. Otherwise a body that is no JSON object is an error.
	Any bool
}

// Send sends the form to u. It returns an answer for every status; see Get
// about the rest. It follows no redirect: the form is for u alone.
func (c *Client) Send(ctx context.Context, u *url.URL, f Form) (*Answer, error) {
	c.initOnce.Do(c.init)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var secrets []string
	for _, s := range append([]string{f.Password, f.Token}, f.Secrets...) {
		secrets = append(secrets, secretForms(s)...)
	}

	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	whole := time.AfterFunc(cmp.Or(c.Timeout, DefaultTimeout), func() { cancel(errTimeout) })
	defer whole.Stop()
	begun := time.AfterFunc(cmp.Or(c.HeaderTimeout, DefaultHeaderTimeout), func() { cancel(errHeaderTimeout) })
	defer begun.Stop()

	method, body := cmp.Or(f.Method, http.MethodPost), f.Values.Encode()
	if method != http.MethodPost {
		with := *u
		with.RawQuery = body
		u, body = &with, ""
	}
	req, err := http.NewRequestWithContext(limited, method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, c.trouble(ctx, limited, err, secrets)
	}
	req.GetBody = nil // 307 and 308 would send the form on
	req.Header = http.Header{
		"Accept":          {"application/json"},
		"Accept-Encoding": {"gzip"},
		"Content-Type":    {"application/x-www-form-urlencoded"},
		"User-Agent":      {"hamawaz"},
	}
	if method != http.MethodPost {
		req.Header.Del("Content-Type")
	}
	switch {
	case f.User != "":
		req.SetBasicAuth(url.QueryEscape(f.User), url.QueryEscape(f.Password))
	case f.Token != "":
		req.Header.Set("Authorization", "Bearer "+f.Token)
	}

	once := *c.http
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(req)
	if err != nil {
		return nil, c.trouble(ctx, limited, err, secrets)
	}
	defer resp.Body.Close()
	begun.Stop()

	a := &Answer{
		Status:     resp.StatusCode,
		Header:     resp.Header,
		At:         c.at(resp.Header),
		Request:    method + " " + mask(u.String(), secrets),
		APIVersion: c.Version,
		secrets:    secrets,
	}
	a.Body, err = readBody(resp, cmp.Or(c.MaxBody, DefaultMaxBody))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && context.Cause(limited) != nil:
		return nil, a.broken(context.Cause(limited))
	case err != nil:
		return nil, a.broken(err)
	case f.Any && a.OK():
	case len(a.Body) == 0 || a.Body[0] != '{':
		return nil, a.broken(errNotJSON)
	}
	return a, nil
}

// Wait returns how long to wait after a refusal for quota.
func (a *Answer) Wait() time.Duration { return a.wait() }

// Class returns the class of a refusal of which the status alone is known.
func (a *Answer) Class() error {
	switch {
	case a.Status == http.StatusUnauthorized:
		return collector.ErrUnauthorized
	case a.Status == http.StatusTooManyRequests:
		return &collector.RateLimitError{RetryAfter: a.wait()}
	case a.Status >= 500:
		return collector.ErrTransient
	}
	return collector.ErrRequest
}
