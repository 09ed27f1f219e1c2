package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/session"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

const (
	sessionIdle      = 12 * time.Hour // a session ends when no page was opened for so long
	signInsPerMinute = 20             // from one address
	lockAfter        = 10             // refusals of one e-mail address …
	lockFor          = 15 * time.Minute

	auditTimeout = 5 * time.Second // a store that hangs must not hold everybody at the door

	personKey = "person" // in the session: the person's id
	proofKey  = "proof"  // in the session: see proof

	languageCookie = "language"
)

// Actions in the audit log.
const (
	actionOpen   = "session.open"
	actionClose  = "session.close"
	actionRefuse = "session.refuse" // counts towards the lock
	actionLock   = "session.lock"   // refused unread, because of the lock
	actionRun    = "account.collect"
)

// cookie returns the name of a cookie. Under HTTPS the prefix makes browsers
// refuse one that was set by another host or without Secure.
func (s *Server) cookie(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

func (s *Server) newSessions() *session.Store {
	return session.New(session.Config{
		Expiration:     sessionIdle,
		Storage:        hashedKeys{prefixed{s.Sessions, "session:"}},
		KeyLookup:      "cookie:" + s.cookie("s"),
		CookiePath:     "/",
		CookieSecure:   s.Secure,
		CookieHTTPOnly: true,
		CookieSameSite: "Lax",
		KeyGenerator:   rand.Text,
	})
}

// hashedKeys stores a session under the hash of its id, so that who reads the
// storage cannot use what is there as a cookie.
type hashedKeys struct{ prefixed }

func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func (h hashedKeys) Get(key string) ([]byte, error) { return h.prefixed.Get(hashKey(key)) }
func (h hashedKeys) Set(key string, val []byte, exp time.Duration) error {
	return h.prefixed.Set(hashKey(key), val, exp)
}
func (h hashedKeys) Delete(key string) error { return h.prefixed.Delete(hashKey(key)) }

// identify finds out who is asking. A session of somebody who was disabled, or
// whose password changed, is no session.
func (s *Server) identify(c *fiber.Ctx) error {
	sess, err := s.sessions.Get(c)
	if err != nil {
		return fmt.Errorf("read session: %w: %w", errUnavailable, err)
	}
	id, _ := sess.Get(personKey).(string)
	if id == "" {
		return c.Next()
	}
	p, err := s.People.Person(c.UserContext(), id)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return c.Next()
	case err != nil:
		return fmt.Errorf("read person %s: %w: %w", id, errUnavailable, err)
	}
	if p.Status == "active" && sess.Get(proofKey) == proof(p) {
		c.Locals(personKey, &p)
		c.Locals(choicesKey, sess.Get(choicesKey))
	}
	return c.Next()
}

// person returns who is signed in, or nil.
func person(c *fiber.Ctx) *schema.Person {
	p, _ := c.Locals(personKey).(*schema.Person)
	return p
}

// proof changes with the person's password: it ties a session to the password
// that opened it.
func proof(p schema.Person) string { return hashKey("session\x00" + p.ID + "\x00" + p.PasswordHash) }

type signInPage struct {
	page
	Email, Next string
	Problem     string // why the last try was refused; empty: there was none
	First       bool   // nobody may sign in yet
	Account     *Demo  // whose account anyone may use; nil: none
}

// signInForm shows GET /sign-in?next=.
func (s *Server) signInForm(c *fiber.Ctx) error {
	next := safeNext(c.Query("next"))
	if person(c) != nil {
		return c.Redirect(next, fiber.StatusSeeOther)
	}
	return s.showSignIn(c, fiber.StatusOK, signInPage{Next: next})
}

func (s *Server) showSignIn(c *fiber.Ctx, status int, p signInPage) error {
	p.page = s.newPage(c, "sign_in.title")
	n, err := s.People.CountPeople(c.UserContext())
	if err != nil {
		return fmt.Errorf("count people: %w: %w", errUnavailable, err)
	}
	p.First = n == 0
	if s.Demo != nil && s.Demo.Email != "" {
		p.Account = s.Demo
	}
	return s.render(c, status, "sign-in", p)
}

// signIn takes POST /sign-in. Every refusal reads the same, takes the same
// work whether the address is known or not, and is in the audit log.
func (s *Server) signIn(c *fiber.Ctx) error {
	email := strings.ToLower(strings.TrimSpace(c.FormValue("email")))
	form := signInPage{Email: email, Next: safeNext(c.FormValue("next"))}
	refuse := func(status int, key string) error {
		form.Problem = s.printer(c).Text(key)
		return s.showSignIn(c, status, form)
	}
	if email == "" || len(email) > 254 || len(c.FormValue("password")) > maxPassword {
		return refuse(fiber.StatusUnauthorized, "sign_in.refused")
	}

	ctx := c.UserContext()
	n, err := s.People.CountAudit(ctx, actionRefuse, email, s.Now().Add(-lockFor))
	if err != nil {
		return fmt.Errorf("count refusals: %w: %w", errUnavailable, err)
	}
	if n >= lockAfter {
		if err := s.audit(c, email, actionLock, email); err != nil {
			return err
		}
		return refuse(fiber.StatusTooManyRequests, "sign_in.locked")
	}

	p, err := s.People.PersonByEmail(ctx, email)
	known := err == nil && p.Status == "active" && p.PasswordHash != ""
	if err != nil && !errors.Is(err, schema.ErrNotFound) {
		return fmt.Errorf("find person: %w: %w", errUnavailable, err)
	}
	hash := decoy
	if known {
		hash = p.PasswordHash
	}
	ok, err := CheckPassword(hash, c.FormValue("password"))
	if err != nil {
		s.Log.Error("password hash unusable", "person", p.ID, "error", err.Error())
	}
	if !ok || !known {
		if err := s.audit(c, email, actionRefuse, email); err != nil {
			return err
		}
		return refuse(fiber.StatusUnauthorized, "sign_in.refused")
	}

	// Nothing that was known before signing in is worth anything after it: a
	// new token, a new session id.
	sess, err := s.sessions.Get(c)
	if err != nil {
		return fmt.Errorf("open session: %w: %w", errUnavailable, err)
	}
	if err := sess.Regenerate(); err != nil {
		return fmt.Errorf("open session: %w: %w", errUnavailable, err)
	}
	sess.Set(personKey, p.ID)
	sess.Set(proofKey, proof(p))
	sess.Set(tokenKey, rand.Text())
	sess.Set(seenKey, s.Now().Unix())
	if err := s.audit(c, p.ID, actionOpen, p.Email); err != nil {
		return err
	}
	if err := sess.Save(); err != nil {
		return fmt.Errorf("open session: %w: %w", errUnavailable, err)
	}
	return c.Redirect(form.Next, fiber.StatusSeeOther)
}

// signOut takes POST /sign-out. Signing out twice does no harm.
func (s *Server) signOut(c *fiber.Ctx) error {
	if p := person(c); p != nil {
		if err := s.audit(c, p.ID, actionClose, p.Email); err != nil {
			return err
		}
	}
	sess, err := s.sessions.Get(c)
	if err != nil {
		return fmt.Errorf("close session: %w: %w", errUnavailable, err)
	}
	if err := sess.Destroy(); err != nil {
		return fmt.Errorf("close session: %w: %w", errUnavailable, err)
	}
	return c.Redirect("/sign-in", fiber.StatusSeeOther)
}

// setLanguage takes POST /language: the choice is kept in a cookie, and for
// somebody signed in also with the person.
func (s *Server) setLanguage(c *fiber.Ctx) error {
	lang := "en"
	if c.FormValue("language") == "ur" {
		lang = "ur"
	}
	c.Cookie(&fiber.Cookie{Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: s.Secure, HTTPOnly: true, SameSite: "Lax"})
	if p := person(c); p != nil && p.Language != lang {
		p.Language, p.ChangedBy, p.ChangedAt, p.Reason = lang, p.ID, s.Now().UTC(), "language chosen"
		if err := s.People.SavePerson(c.UserContext(), *p); err != nil {
			// The cookie holds the choice; the next one tries again.
			s.Log.Warn("language not kept", "person", p.ID, "error", err.Error())
		}
	}
	return c.Redirect(safeNext(c.FormValue("next")), fiber.StatusSeeOther)
}

// language returns the language to answer in: the cookie's, else the
// person's, else the browser's.
func language(c *fiber.Ctx) string {
	switch c.Cookies(languageCookie) {
	case "en":
		return "en"
	case "ur":
		return "ur"
	}
	if p := person(c); p != nil && p.Language != "" {
		return p.Language
	}
	return i18n.Match(c.Get(fiber.HeaderAcceptLanguage))
}

// audit writes one line of the audit log. What cannot be written down is not
// done. more is pairs of a name and what else must be known.
func (s *Server) audit(c *fiber.Ctx, actor, action, subject string, more ...string) error {
	known := map[string]string{"address": clientIP(c), "request": requestID(c)}
	for i := 0; i+1 < len(more); i += 2 {
		known[more[i]] = more[i+1]
	}
	details, err := json.Marshal(known)
	if err != nil {
		return err
	}
	// A person who closes the page must not keep a refusal out of the log.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), auditTimeout)
	defer cancel()
	e := schema.AuditEntry{At: s.Now().UTC(), Actor: actor, Action: action, Subject: subject, Details: string(details)}
	if err := s.People.Audit(ctx, e); err != nil {
		return fmt.Errorf("audit %s: %w: %w", action, errUnavailable, err)
	}
	return nil
}

// safeNext returns where to go after a form: the address if it is a page of
// ours, else the first page.
func safeNext(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		len(next) > 2000 || strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return u.RequestURI()
}

// backTo returns the page to come back to after a form on this one.
func backTo(c *fiber.Ctx) string {
	if c.Method() != fiber.MethodGet {
		return "/"
	}
	return here(c)
}

// here returns the address of the request, without scheme and host: a proxy
// may send those along.
func here(c *fiber.Ctx) string {
	u := c.Request().URI()
	address := string(u.PathOriginal())
	if strings.HasPrefix(c.Path(), "/connections/callback/") {
		return "/connections" // what a platform sent along is for nobody's page
	}
	if q := u.QueryString(); len(q) > 0 {
		address += "?" + string(q)
	}
	return safeNext(address)
}
