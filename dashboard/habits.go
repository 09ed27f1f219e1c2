package dashboard

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// A person's last choices (period, comparison, view, department, platform) are
// kept in their session. The links of the menu carry them on, so that what a
// page shows is always what its address says: an address without choices has
// the defaults, and opening one forgets the last choices.

// choicesKey is the entry in the session, and in the context of a request.
const choicesKey = "choices"

// choices are what the menu carries from page to page, by name in the address.
var choices = []string{"period", "from", "to", "compare", "view", "department", "platform"}

// filtered are the pages of the menu that read all of the choices.
var filtered = []string{"/", "/reach", "/posts"}

// remember keeps what the address of a page chose for the pages to come. It is
// told of every query that was read, and keeps those of pages that a person
// opened and that could be understood. A page about one department or account
// says nothing about those two.
func (s *Server) remember(c *fiber.Ctx, q query) {
	if person(c) == nil || isPart(c) || c.Method() != fiber.MethodGet || q.Bad() || strings.HasSuffix(q.Path, ".csv") {
		return
	}
	last, _ := c.Locals(choicesKey).(string)
	before, err := url.ParseQuery(last)
	if err != nil {
		before = url.Values{}
	}
	_, chosen, _ := strings.Cut(q.address(""), "?")
	now, err := url.ParseQuery(chosen)
	if err != nil {
		return
	}
	kept := url.Values{}
	for _, name := range choices {
		v := now.Get(name)
		if (name == "department" || name == "platform") && !slices.Contains(filtered, q.Path) {
			v = before.Get(name)
		}
		if v != "" {
			kept.Set(name, v)
		}
	}
	if kept.Encode() == before.Encode() {
		return
	}
	c.Locals(choicesKey, kept.Encode())
	sess, err := s.sessions.Get(c)
	if err == nil {
		sess.Set(choicesKey, kept.Encode())
		err = sess.Save()
	}
	if err != nil { // the page is right all the same
		s.Log.Warn("choices not kept", "request_id", requestID(c), "error", err.Error())
	}
}

// withChoices returns the address of a page of the menu with the last choices,
// where the page reads them.
func withChoices(c *fiber.Ctx, path string) string {
	last, _ := c.Locals(choicesKey).(string)
	if last == "" || !slices.Contains(filtered, path) {
		return path
	}
	return path + "?" + last
}

// letters are the keys of pages, after g. Pages without one here get the first
// letter of their path that is free.
var letters = map[string]string{"/": "o", "/reach": "r", "/posts": "p", "/collection": "c", "/metrics": "m", "/people": "e"}

// giveKeys gives each page of the menu its letter.
func giveKeys(menu []menuItem) {
	taken := map[string]bool{"g": true}
	for _, l := range letters {
		taken[l] = true
	}
	for i := range menu {
		path, _, _ := strings.Cut(menu[i].Address, "?")
		menu[i].Key = letters[path]
		for _, r := range path {
			if l := string(r); menu[i].Key == "" && r >= 'a' && r <= 'z' && !taken[l] {
				menu[i].Key, taken[l] = l, true
			}
		}
	}
}
