package dashboard

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// A limit counts what comes from one address in a window of time. Counts are
// kept in the storage, so that they outlive a restart where it does; two
// processes that count at the same moment may count one too few.
type limit struct {
	mu     sync.Mutex
	store  fiber.Storage
	max    int
	window time.Duration
	now    func() time.Time
}

// take counts one more and returns how long to wait: 0 if it is within the
// limit.
func (l *limit) take(key string) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, err := l.store.Get(key)
	if err != nil {
		return 0, fmt.Errorf("count of %s: %w", key, err)
	}
	now := l.now()
	n, ends := 0, now.Add(l.window)
	if count, end, ok := strings.Cut(string(b), " "); ok {
		seconds, _ := strconv.ParseInt(end, 10, 64)
		if t := time.Unix(seconds, 0); t.After(now) {
			ends = t
			n, _ = strconv.Atoi(count)
		}
	}
	if n++; n > l.max {
		return ends.Sub(now), nil
	}
	value := strconv.Itoa(n) + " " + strconv.FormatInt(ends.Unix()+1, 10)
	if err := l.store.Set(key, []byte(value), l.window+time.Second); err != nil {
		return 0, fmt.Errorf("count of %s: %w", key, err)
	}
	return 0, nil
}

// network returns what the limit counts by: an IPv4 address, or the /64 of an
// IPv6 address, all of which one subscriber has.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || !ip.Is6() || ip.Is4In6() {
		return address
	}
	net, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return net.String()
}

// limitSignIn refuses more than signInsPerMinute tries a minute from one
// address, before any of them costs work.
func (s *Server) limitSignIn() fiber.Handler {
	// Real time, not the demo's clock: the limit is about the machine.
	l := &limit{store: prefixed{s.Sessions, "limit:"}, max: signInsPerMinute, window: time.Minute, now: time.Now}
	return func(c *fiber.Ctx) error {
		if c.Method() != fiber.MethodPost || c.Path() != "/sign-in" {
			return c.Next()
		}
		wait, err := l.take(network(clientIP(c)))
		if err != nil {
			return fmt.Errorf("%w: %w", errUnavailable, err)
		}
		if wait > 0 {
			c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(wait/time.Second)+1))
			return errTooMany
		}
		return c.Next()
	}
}
