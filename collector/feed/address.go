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
			if err != nil || !isPublic(to.Addr()) && (private == nil || !private(to)) {
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

// notPublic are the blocks that no website is in, beyond those that netip
// knows. https://www.iana.org/assignments/iana-ipv4-special-registry and
// iana-ipv6-special-registry
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by the customers of a provider
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),          // IPv4 within IPv6, as long ago
	netip.MustParsePrefix("64:ff9b:1::/48"), // translation within one network
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // Teredo and other protocols
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"), // local to a site, as long ago
}

// translated are the addresses under which a network of IPv6 alone shows those
// of IPv4, which make up the last 32 bits.
var translated = netip.MustParsePrefix("64:ff9b::/96")

// isPublic says whether ip may be a website's.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	if translated.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && ip.Zone() == "" &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
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
