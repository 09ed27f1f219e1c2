package feed

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
)

// TestPrivateAddresses: no address within is connected to, by whichever name or
// redirect it comes.
func TestPrivateAddresses(t *testing.T) {
	reached := 0
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached++
		fmt.Fprint(w, rssFeed("", oneItem))
	}))
	defer inside.Close()
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]

	var to string
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to, http.StatusFound)
	}))
	defer outside.Close()
	public := netip.MustParseAddrPort(strings.TrimPrefix(outside.URL, "http://"))

	collect := func(address string) error {
		c := &Connector{Log: slog.New(slog.DiscardHandler)}
		c.private = func(a netip.AddrPort) bool { return a == public } // stands for a server outside
		account := testAccount
		account.URL = address
		_, err := c.Collect(t.Context(), collector.Job{Account: account}, discard)
		return err
	}
	for _, address := range []string{
		"http://127.0.0.1" + port + "/", "http://localhost" + port + "/", "http://[::1]" + port + "/", "http://[::ffff:127.0.0.1]" + port + "/",
		"http://0.0.0.0" + port + "/", "http://0" + port + "/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/",
	} {
		for _, way := range []string{"directly", "by a redirect"} {
			first := address
			if way != "directly" {
				first, to = outside.URL, address
			}
			err := collect(first)
			if err == nil {
				t.Errorf("%s %s: no error", address, way)
			} else if strings.Contains(address, "127.0.0.1") || strings.Contains(address, "localhost") || strings.Contains(address, "169.254") {
				if collector.OutcomeOf(err) != collector.OutcomeFixRequest || !strings.Contains(err.Error(), "not public") {
					t.Errorf("%s %s: %v, want the address to be refused", address, way, err)
				}
			}
		}
	}
	if reached != 0 {
		t.Errorf("a server within was reached %d times", reached)
	}
	// The check is what kept us out.
	to = inside.URL
	c := &Connector{Log: slog.New(slog.DiscardHandler), private: func(a netip.AddrPort) bool { return a.Addr().IsLoopback() }}
	account := testAccount
	account.URL = outside.URL
	if _, err := c.Collect(t.Context(), collector.Job{Account: account}, discard); err != nil || reached != 1 {
		t.Errorf("with the check off: %v, reached %d times, want once", err, reached)
	}
}
