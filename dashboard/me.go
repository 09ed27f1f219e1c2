package dashboard

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// actionOwnPassword stands in the audit log.
const actionOwnPassword = "person.own_password"

// mePage is what GET /me shows: what a person decides for themselves.
type mePage struct {
	page
	Digits  []option
	Latin   i18n.Num // the digits of files and English pages
	OneTime bool     // the password must be changed now
	Saved   string
	Problem string
	Least   int // characters of a password
}

// me shows GET /me?saved=.
func (s *Server) me(c *fiber.Ctx) error { return s.showMe(c, fiber.StatusOK, "") }

func (s *Server) showMe(c *fiber.Ctx, status int, problem string) error {
	p := mePage{page: s.newPage(c, "me.title"), OneTime: isOneTime(person(c).PasswordHash), Least: MinPassword}
	// Both are examples of themselves, whatever the digits of the page.
	const latin, urdu = "1 2 3", "۱ ۲ ۳"
	p.Latin = latin
	p.Digits = []option{{latin, "", "", person(c).Digits != schema.DigitsUrdu}, {urdu, schema.DigitsUrdu, "", person(c).Digits == schema.DigitsUrdu}}
	switch c.Query("saved") {
	case "digits":
		p.Saved = p.Text("me.saved_digits")
	case "password":
		p.Saved = p.Text("me.saved_password")
	}
	if problem != "" {
		p.Problem = p.Text(problem, "Count", MinPassword)
	}
	return s.render(c, status, "me", p)
}

// setDigits takes POST /me/digits.
func (s *Server) setDigits(c *fiber.Ctx) error {
	digits := ""
	if c.FormValue("digits") == schema.DigitsUrdu {
		digits = schema.DigitsUrdu
	}
	p := *person(c)
	if p.Digits != digits {
		p.Digits, p.ChangedBy, p.Reason = digits, p.ID, "digits chosen"
		if err := s.People.SavePerson(c.UserContext(), p); err != nil {
			if errors.Is(err, schema.ErrConflict) {
				return s.showMe(c, fiber.StatusConflict, "me.problem_conflict")
			}
			return fmt.Errorf("keep digits: %w: %w", errUnavailable, err)
		}
	}
	return c.Redirect("/me?saved=digits", fiber.StatusSeeOther)
}

// changeOwnPassword takes POST /me/password. Other sessions of the person end;
// this one goes on under a new id.
func (s *Server) changeOwnPassword(c *fiber.Ctx) error {
	p := *person(c)
	fresh := c.FormValue("new")
	wait, err := s.ownPasswordTries().take(p.ID)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnavailable, err)
	}
	if wait > 0 {
		return errTooMany
	}
	switch ok, err := CheckPassword(p.PasswordHash, c.FormValue("old")); {
	case err != nil:
		return fmt.Errorf("check password of %s: %w", p.ID, err)
	case !ok:
		return s.showMe(c, fiber.StatusBadRequest, "me.problem_old")
	case utf8.RuneCountInString(fresh) < MinPassword || len(fresh) > maxPassword:
		return s.showMe(c, fiber.StatusBadRequest, "me.problem_short")
	case fresh != c.FormValue("again"):
		return s.showMe(c, fiber.StatusBadRequest, "me.problem_again")
	case fresh == c.FormValue("old"), strings.EqualFold(fresh, p.Email):
		return s.showMe(c, fiber.StatusBadRequest, "me.problem_same")
	}
	if p.PasswordHash, err = HashPassword(fresh); err != nil {
		return err
	}
	p.ChangedBy, p.Reason = p.ID, actionOwnPassword
	if err := s.audit(c, p.ID, actionOwnPassword, p.ID); err != nil {
		return err
	}
	if err := s.People.SavePerson(c.UserContext(), p); err != nil {
		if errors.Is(err, schema.ErrConflict) {
			return s.showMe(c, fiber.StatusConflict, "me.problem_conflict")
		}
		return fmt.Errorf("change password: %w: %w", errUnavailable, err)
	}
	sess, err := s.sessions.Get(c)
	if err != nil {
		return fmt.Errorf("renew session: %w: %w", errUnavailable, err)
	}
	if err := sess.Regenerate(); err != nil {
		return fmt.Errorf("renew session: %w: %w", errUnavailable, err)
	}
	sess.Set(proofKey, proof(p))
	sess.Set(tokenKey, rand.Text())
	if err := sess.Save(); err != nil {
		return fmt.Errorf("renew session: %w: %w", errUnavailable, err)
	}
	return c.Redirect("/me?saved=password", fiber.StatusSeeOther)
}

// ownPasswordTries limits how often a session may guess the password that it
// does not know.
func (s *Server) ownPasswordTries() *limit {
	return &limit{store: prefixed{s.Sessions, "limit:me:"}, max: lockAfter, window: lockFor, now: time.Now}
}

// digitsOf returns the digits that a person chose; nobody chose Latin ones.
func digitsOf(p *schema.Person) string {
	if p != nil && p.Digits == schema.DigitsUrdu {
		return i18n.UrduDigits
	}
	return ""
}
