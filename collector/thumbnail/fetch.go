// Package thumbnail keeps small pictures of posts. The platforms' own links to
// them end after hours or days, and a page of ours must not send its readers'
// browsers to the platforms.
package thumbnail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
)

// The bounds of one picture.
const (
	DefaultTimeout = 20 * time.Second
	maxBody        = 4 << 20
	maxRedirects   = 3
)

// A Fetcher fetches pictures from wherever a platform's answer says. It trusts
// neither the address nor what comes from there. Its zero value works; it may
// be used by many goroutines, and its fields may not change after the first use.
type Fetcher struct {
	// Allowed are the hosts, each with its port, that may lie within our own
	// network and be asked without TLS: stand-ins of the platforms. None in an
	// office.
	Allowed []string
	Timeout time.Duration // of one picture; default: DefaultTimeout

	initOnce sync.Once
	http     *http.Client

	decoding sync.Mutex // a large picture takes hundreds of megabytes: one at a time
}

// A refused is what we do not do, whatever an address wants.
type refused string

func (e refused) Error() string { return string(e) }

// The reasons for which a picture is not taken.
const (
	errAddress   = refused("address is not one of https")
	errPrivate   = refused("address is not public")
	errRedirects = refused("too many redirects")
	errTooLarge  = refused("picture is larger than 4 MiB")
	errCut       = refused("picture did not come whole")
	errTimeout   = refused("no picture in time")
	errNoAnswer  = refused("no answer that can be read")
)

// Fetch fetches the picture at the address and makes it small. Its error tells
// why there is none, and neither the address nor what was answered.
func (f *Fetcher) Fetch(ctx context.Context, address string) (Picture, error) {
	f.initOnce.Do(f.init)
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	body, err := f.get(ctx, address)
	if err != nil {
		if ctx.Err() != nil {
			return Picture{}, context.Cause(ctx)
		}
		return Picture{}, err
	}
	f.decoding.Lock()
	defer f.decoding.Unlock()
	return shrink(body)
}

// get returns the bytes at the address.
func (f *Fetcher) get(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errAddress
	}
	if err := f.check(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errAddress
	}
	req.Header.Set("Accept", "image/jpeg, image/webp, image/png, image/gif")
	resp, err := f.http.Do(req)
	if err != nil {
		return nil, plain(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, refused(fmt.Sprintf("status %d", resp.StatusCode))
	case resp.ContentLength > maxBody:
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, errCut
	case len(body) > maxBody:
		return nil, errTooLarge
	}
	return body, nil
}

// plain returns what kept an answer away, without the address, which is mostly
// signed.
func plain(err error) error {
	var ours refused
	var network *net.OpError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &network):
		return refused(network.Error())
	}
	return errNoAnswer
}

// check says why u must not be asked for, or nil.
func (f *Fetcher) check(u *url.URL) error {
	if u.User != nil || u.Hostname() == "" || u.Scheme != "https" && !(u.Scheme == "http" && f.allowed(hostPort(u))) {
		return errAddress
	}
	return nil
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (f *Fetcher) allowed(host string) bool { return slices.Contains(f.Allowed, host) }

// init makes the client. An address is checked when it is read, once more for
// each redirect, and when it is connected to: by then the name is resolved, so
// it cannot show one address here and connect to another.
func (f *Fetcher) init() {
	open := &net.Dialer{Timeout: api.DefaultConnectTimeout}
	public := &net.Dialer{Timeout: api.DefaultConnectTimeout, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !api.IsPublic(to.Addr()) {
			return errPrivate
		}
		return nil
	}}
	f.http = &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if f.allowed(address) {
					return open.DialContext(ctx, network, address)
				}
				return public.DialContext(ctx, network, address)
			},
			TLSHandshakeTimeout:    api.DefaultConnectTimeout,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // pictures are compressed, and a zip may hold anything
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        api.DefaultConnectTimeout,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errRedirects
			}
			return f.check(req.URL)
		},
	}
}
