package feed

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
)

const (
	maxRedirects = 5

	// accept says what we read, and that we take XML by any other name.
	accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.9, */*;q=0.1"
)

// A trail is the way of one request through redirects.
type trail struct {
	hops int
	// moved is where the address has moved for good: the redirects up to there
	// all said so. Nil: it has not moved.
	moved   *url.URL
	forNow  bool // a redirect that holds for this time alone came along
	strayed bool // to another path than was asked for
}

type trailKey struct{}

// follow is the CheckRedirect of our client. Where the way leads to is checked
// again here, and once more when it is connected to.
func follow(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if err := check(req.URL); err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	t, ok := req.Context().Value(trailKey{}).(*trail)
	if !ok {
		return nil
	}
	t.hops++
	t.strayed = t.strayed || req.URL.Path != via[0].URL.Path || req.URL.RawQuery != via[0].URL.RawQuery
	switch req.Response.StatusCode {
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
		if !t.forNow {
			t.moved = req.URL
		}
	default:
		t.forNow = true
	}
	return nil
}

// fetch asks for a page of the feed; for what has changed, if validators of the
// page are given.
func (r *run) fetch(ctx context.Context, u *url.URL, known validators) (*api.Answer, *trail, error) {
	t := new(trail)
	req, err := http.NewRequestWithContext(context.WithValue(ctx, trailKey{}, t), http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: address cannot be asked for", collector.ErrRequest)
	}
	req.Header.Set("Accept", accept)
	if known.ETag != "" {
		req.Header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		req.Header.Set("If-Modified-Since", known.Modified)
	}
	a, err := r.api.Do(req.Context(), req)
	r.page.Calls += 1 + t.hops
	return a, t, err
}

// refusal is the error of an answer that is not a success. What a body says is
// for people, so the status decides alone.
func (r *run) refusal(a *api.Answer) error {
	class := collector.ErrTransient
	switch s := a.Status; {
	case s == http.StatusTooManyRequests:
		class = &collector.RateLimitError{RetryAfter: retryAfter(a)}
	case s == http.StatusServiceUnavailable:
		if wait, ok := api.RetryAfter(a.Header, a.At); ok && wait > 0 {
			class = &collector.RateLimitError{RetryAfter: wait}
		}
	case s == http.StatusUnauthorized:
		class = collector.ErrUnauthorized
	case s == http.StatusNotFound:
		class = r.notFound(a.At)
	case s == http.StatusGone:
		class = collector.ErrGone
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly:
	case s >= 400 && s < 500:
		class = collector.ErrRequest
	}
	return fmt.Errorf("%w: status %d", class, a.Status)
}

// notFound is the class of a feed that is not found. Websites lose their feeds
// for an hour or a weekend, so a feed that was read before has some days to
// come back; one that never was has a wrong address.
func (r *run) notFound(at time.Time) error {
	switch {
	case r.last.Read.IsZero():
		return collector.ErrRequest
	case at.Sub(r.last.Read) > orDefault(r.Patience, DefaultPatience):
		return collector.ErrGone
	}
	r.rest(at.Add(time.Hour))
	return collector.ErrTransient
}

func retryAfter(a *api.Answer) time.Duration {
	if wait, ok := api.RetryAfter(a.Header, a.At); ok && wait > 0 {
		return wait
	}
	return api.DefaultWait
}

func orDefault(d, standard time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return standard
}
