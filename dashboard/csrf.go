package dashboard

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Forms carry a token that is kept in the session of who was shown them; a
// form without it, or from another site, changes nothing.

const (
	tokenKey  = "token" // in the session, and in the context of a request that shows a page
	seenKey   = "seen"  // in the session: Unix time of its last renewal
	tokenName = "token" // of the form's field

	doorFor    = time.Hour       // how long the token of a sign-in page is good
	renewAfter = 5 * time.Minute // a session is stored again at most so often
)

// forms gives pages their token and refuses forms without. It also keeps the
// session alive, by pages and forms but not by polls.
func (s *Server) forms(c *fiber.Ctx) error {
	if isPart(c) {
		return c.Next() // shows no form, and must not keep a session alive
	}
	sess, err := s.sessions.Get(c)
	if err != nil {
		return fmt.Errorf("read session: %w: %w", errUnavailable, err)
	}
	token, _ := sess.Get(tokenKey).(string)
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
	default:
		if err := checkForm(c, token); err != nil {
			return fmt.Errorf("%w: %w", errFormExpired, err)
		}
	}
	now := s.Now().Unix()
	seen, _ := sess.Get(seenKey).(int64)
	if token == "" || now-seen >= int64(renewAfter/time.Second) || now < seen {
		if token == "" {
			token = rand.Text()
			sess.Set(tokenKey, token)
		}
		sess.Set(seenKey, now)
		if person(c) == nil {
			sess.SetExpiry(doorFor)
		}
		if err := sess.Save(); err != nil {
			return fmt.Errorf("store session: %w: %w", errUnavailable, err)
		}
	}
	c.Locals(tokenKey, token)
	return c.Next()
}

// checkForm returns why the form must not be acted on, or nil.
func checkForm(c *fiber.Ctx, token string) error {
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		if u, err := url.Parse(origin); err != nil || u.Host != c.Hostname() {
			return fmt.Errorf("origin %q", origin)
		}
	}
	switch site := c.Get("Sec-Fetch-Site"); site {
	case "", "same-origin", "none":
	default:
		return fmt.Errorf("sent from a page that is %q", site)
	}
	typed := c.Get("X-Token") // of our script, where the body is a file
	if typed == "" {
		typed = c.FormValue(tokenName)
	}
	got, err := showToken(typed)
	if err != nil {
		return err
	}
	if token == "" || subtle.ConstantTimeCompare([]byte(got), []byte(token)) != 1 {
		return errors.New("another token")
	}
	return nil
}

// hideToken returns the token in a form that differs on every page, so that
// the size of a compressed page says nothing about it.
func hideToken(token string) string {
	if token == "" {
		return ""
	}
	b := make([]byte, 2*len(token))
	pad, hidden := b[:len(token)], b[len(token):]
	rand.Read(pad)
	subtle.XORBytes(hidden, pad, []byte(token))
	return base64.RawURLEncoding.EncodeToString(b)
}

// showToken returns what hideToken hid.
func showToken(s string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) == 0 || len(b)%2 != 0 {
		return "", errors.New("no token")
	}
	half := len(b) / 2
	subtle.XORBytes(b[:half], b[:half], b[half:])
	return string(b[:half]), nil
}
