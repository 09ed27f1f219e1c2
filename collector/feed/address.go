package feed

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
)

// A refused is the error of what we do not do, whatever a website wants. Only a
// person can change that.
type refused string

func (e refused) Error() string        { return string(e) }
func (e refused) Is(target error) bool { return target == collector.ErrRequest }

// parseAddress reads the address of a feed, which bears no secret.
func parseAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("%w: the account's URL is none", collector.ErrRequest)
	}
	if err := check(u); err != nil {
		return nil, fmt.Errorf("%w: the account's URL: %w", collector.ErrRequest, err)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment = ""
	return u, nil
}

// check says why u must not be asked for, or nil.
func check(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return refused("address is not one of http or https")
	case u.Hostname() == "":
		return refused("address names no host")
	case u.User != nil:
		return refused("address holds a password")
	}
	return nil
}

// newHTTP returns a client that connects to public addresses alone, or only to
// base if that is given.
func newHTTP(base *url.URL, private func(netip.AddrPort) bool) *http.Client {
	dialer := &net.Dialer{Timeout: api.DefaultConnectTimeout}
	if base == nil {
		// The name is resolved by now: a name cannot show one address here and
		// connect to another.
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil || !api.IsPublic(to.Addr()) && (private == nil || !private(to)) {
				return refused("address is not public")
			}
			return nil
		}
	}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    api.DefaultConnectTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        api.DefaultConnectTimeout, // the next question is an hour away
		MaxResponseHeaderBytes: 64 << 10,
	}
	if base == nil {
		return &http.Client{Transport: transport}
	}
	return &http.Client{Transport: detour{base, transport}}
}

// A detour sends every request to base. For everybody else it seems to go where
// it was meant to.
type detour struct {
	base *url.URL
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	to := r.Clone(r.Context())
	if to.Host == "" {
		to.Host = r.URL.Host
	}
	to.URL.Scheme, to.URL.Host = d.base.Scheme, d.base.Host
	to.URL.Path = strings.TrimSuffix(d.base.Path, "/") + to.URL.Path
	to.URL.RawPath = ""
	resp, err := d.next.RoundTrip(to)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

// site returns what two addresses of one website have in common.
func site(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }

// trackers are the parameters that say from where a reader came.
var trackers = []string{"fbclid", "gclid", "mc_cid", "mc_eid", "ref_src"}

// sameLink returns what is alike in two spellings of one link: neither scheme,
// "www.", fragment, trailing slash nor the parameters of trackers. It is for
// comparing alone.
func sameLink(link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" {
		return link
	}
	host := site(u)
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	q := u.Query()
	for name := range q {
		if strings.HasPrefix(name, "utm_") || slices.Contains(trackers, name) {
			q.Del(name)
		}
	}
	return host + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + q.Encode()
}
