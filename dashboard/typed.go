package dashboard

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Readings keeps a reading that a person typed in; collector.Typed does.
type Readings interface {
	AddReading(ctx context.Context, o schema.Observation) error
}

const actionType = "figures.type"

// typedPage is what GET /accounts/:account/posts/:post/figures shows.
type typedPage struct {
	page
	Status     template.HTML
	Post       string // address of the post's page
	Action     string
	Body       string
	Day, Clock string
	Latest     string // the day that may be typed at most
	Fields     []typedField
	Problem    string
	Field      string // that the problem is about
}

type typedField struct {
	Key, Name, Typed string
	Known            template.HTML // the latest known value
}

// typeFigures shows GET /accounts/:account/posts/:post/figures.
func (s *Server) typeFigures(c *fiber.Ctx) error {
	post, err := s.readPost(c)
	if err != nil {
		return err
	}
	return s.showTyped(c, fiber.StatusOK, post, "", "")
}

// showTyped shows the form with what was typed.
func (s *Server) showTyped(c *fiber.Ctx, status int, post analytics.Post, problem, field string) error {
	p := typedPage{page: s.newPage(c, "typed.title"), Post: postPath(post.Account, post.PostID), Body: clip(strings.TrimSpace(post.Text), 160), Field: field}
	p.Action = p.Post + "/figures"
	now := s.Now()
	p.Status = p.HTML("typed.status", "Name", post.AccountName, "Published", p.Moment(post.PublishedAt, now), "Zone", p.zoneName())
	p.Day, p.Clock, p.Latest = c.FormValue("day"), c.FormValue("clock"), now.In(s.Zone).Format(time.DateOnly)
	if p.Day == "" && problem == "" {
		p.Day, p.Clock = p.Latest, now.In(s.Zone).Format("15:04")
	}
	for _, key := range countFields {
		p.Fields = append(p.Fields, typedField{key, fieldName(p.Printer, key), c.FormValue(key), p.Count(post.Figure(key)).HTML()})
	}
	if problem != "" {
		p.Problem = p.Text(problem, "Name", i18n.Words(fieldName(p.Printer, field)))
	}
	return s.render(c, status, "typed", p)
}

// saveTyped takes POST /accounts/:account/posts/:post/figures: a reading of the
// post, as somebody saw it. Typing again for the same moment replaces it.
func (s *Server) saveTyped(c *fiber.Ctx) error {
	post, err := s.readPost(c)
	if err != nil {
		return err
	}
	refuse := func(problem, field string) error {
		return s.showTyped(c, fiber.StatusBadRequest, post, problem, field)
	}
	now := s.Now().UTC()
	day, clock := strings.TrimSpace(c.FormValue("day")), strings.TrimSpace(c.FormValue("clock"))
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, s.Zone)
	switch {
	case err != nil:
		return refuse("typed.problem_moment", "day")
	case at.After(now):
		return refuse("typed.problem_future", "day")
	case at.Before(post.PublishedAt.Truncate(time.Minute)):
		return refuse("typed.problem_before", "day")
	}
	o := schema.Observation{AccountID: post.Account, PostID: post.PostID, Platform: post.Platform, ObservedAt: at.UTC(),
		Call: schema.CallTyped, RunID: schema.TypedRun(person(c).ID, now)}
	more := []string{"observed_at", o.ObservedAt.Format(time.RFC3339)}
	for _, key := range countFields {
		typed := strings.TrimSpace(c.FormValue(key))
		if typed == "" {
			continue
		}
		n, err := readCount(typed)
		if err != nil {
			return refuse(err.Error(), key)
		}
		setCount(&o.Counters, key, n)
		more = append(more, key, strconv.FormatInt(n, 10))
	}
	if o.Counters == (schema.Counters{}) {
		return refuse("typed.problem_none", "")
	}
	if err := s.audit(c, person(c).ID, actionType, string(post.Account)+" "+post.PostID, more...); err != nil {
		return err
	}
	if err := s.Readings.AddReading(c.UserContext(), o); err != nil {
		return fmt.Errorf("typed figures: %w: %w", errUnavailable, err)
	}
	if err := s.Queue.RollUp(c.UserContext(), post.Account, o.ObservedAt); err != nil {
		// The reading is kept; the figures follow with the next look at the account.
		s.Log.Error("daily figures not asked for", "account", post.Account, "error", err.Error())
	}
	return c.Redirect(postPath(post.Account, post.PostID), fiber.StatusSeeOther)
}

// What is wrong with a typed count: keys of the sentences.
var (
	errCountNegative = errors.New("typed.problem_negative")
	errCountLarge    = errors.New("typed.problem_large")
	errCountNumber   = errors.New("typed.problem_number")
)

// readCount reads a count as people write it: digits of either script, commas
// or spaces between them as they like.
func readCount(typed string) (int64, error) {
	negative := strings.HasPrefix(typed, "-") || strings.HasPrefix(typed, "−")
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r == ',' || r == '،' || r == '٬' || r == ' ' || r == '\u00a0' || r == '\u202f':
			return -1
		}
		return r
	}, strings.TrimLeft(typed, "-−"))
	if digits == "" || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return 0, errCountNumber
	}
	if negative {
		return 0, errCountNegative
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, errCountLarge
	}
	return n, nil
}

func setCount(v *schema.Counters, key string, n int64) {
	field := []**int64{&v.Reactions, &v.Comments, &v.Shares, &v.Views, &v.Impressions, &v.Reach, &v.Saves, &v.Clicks, &v.WatchSeconds}[slices.Index(countFields, key)]
	*field = &n
}

// typedBy says who typed a reading in and when, or returns "" of one that was
// not typed.
func (s *Server) typedBy(c *fiber.Ctx, p *i18n.Printer, run string) string {
	who, when, ok := schema.WhoTyped(run)
	if !ok {
		return ""
	}
	return p.Text("typed.by", "Name", s.nameOf(c, who), "When", p.Moment(when, s.Now()))
}
