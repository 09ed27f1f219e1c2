package dashboard

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Outcomes of a run, as package collector words them.
const (
	outcomeOK          = "ok"
	outcomeFixRequest  = "fix_request"
	outcomeReconnect   = "reconnect"
	outcomeWait        = "wait"
	outcomeRetry       = "retry"
	outcomeGone        = "gone"
	outcomeInterrupted = "interrupted"
)

// collectionPage is what GET /collection shows.
type collectionPage struct {
	page
	Status   template.HTML
	Poll     int
	Asked    template.HTML // the account that was just asked for; empty: none
	Totals   []total
	Accounts []accountRow
	Say      template.HTML
	Budget   *budgetCard // nil: none is kept
}

type total struct {
	Name  string
	Value template.HTML
	Note  template.HTML
}

// accountRow is how one account stands.
type accountRow struct {
	ID, Name, Handle, Platform, Department string

	Collect string // address that the button posts to

	State    string // class of the state: ok, wait, act, none, run
	Outcome  string // in words
	Advice   string // what to do; empty: nothing
	Error    string // what the platform said
	Access   string
	LastRun  moment
	Next     moment
	Calls    template.HTML
	Quota    *bar
	QuotaNum template.HTML
	Tight    bool          // little of the quota is left
	History  string        // address of its runs
	Runs     template.HTML // of the last day, and how many did not end well
	Rows     template.HTML // what these stored
	Skipped  template.HTML // what they could not read; empty: nothing
	Posts    template.HTML
	Readings template.HTML
	Newest   moment
	Complete bool
	Pass     string
}

// A moment is shown as how long ago it was, with the exact time beside it.
type moment struct {
	Known   bool
	Ago     i18n.Words
	Exact   i18n.Words
	Machine string
}

func at(p *i18n.Printer, t *time.Time, now time.Time) moment {
	if t == nil {
		return moment{}
	}
	return moment{true, p.Ago(*t, now), p.Moment(*t, now), t.UTC().Format(time.RFC3339)}
}

// pollCollection is the seconds between two looks at a state of collecting.
const pollCollection = 10

// collection shows GET /collection?asked=.
func (s *Server) collection(c *fiber.Ctx) error {
	p, err := s.collectionPage(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "collection", p)
}

// collectionTable shows GET /collection/table: what changes on the page.
func (s *Server) collectionTable(c *fiber.Ctx) error {
	p, err := s.collectionPage(c)
	if err != nil {
		return err
	}
	return s.renderLive(c, "collection", p)
}

func (s *Server) collectionPage(c *fiber.Ctx) (collectionPage, error) {
	col, err := s.Stats.Collection(c.UserContext())
	if err != nil {
		return collectionPage{}, fmt.Errorf("state of collection: %w: %w", errUnavailable, err)
	}
	p := collectionPage{page: s.newPage(c, "collection.title"), Poll: s.poll(pollCollection)}
	now := s.Now()
	p.Status = p.HTML("collection.status", "Zone", p.zoneName(), "Now", p.Moment(now, now), "Count", len(col.Accounts))

	accounts := slices.Clone(col.Accounts)
	slices.SortStableFunc(accounts, func(a, b analytics.AccountCollection) int { return cmp.Compare(urgency(a), urgency(b)) })
	act := 0
	asked := c.Query("asked")
	for _, a := range accounts {
		if urgency(a) == 0 {
			act++
		}
		r := newAccountRow(p.Printer, a, now)
		if asked != "" && r.ID == asked {
			p.Asked = p.HTML("collection.asked", "Name", r.Name)
		}
		p.Accounts = append(p.Accounts, r)
	}
	if p.Budget, err = s.budgets(c, p.Printer, col.Accounts, now); err != nil {
		return collectionPage{}, err
	}
	p.Totals = []total{
		{p.Text("total.accounts"), p.Int(len(accounts)).HTML(), p.HTML("total.act", "Count", act)},
		{p.Text("total.posts"), p.Uint(col.Posts).HTML(), p.HTML("total.posts_note")},
		{p.Text("total.readings"), p.Uint(col.Observations).HTML(), p.HTML("total.readings_note")},
		{p.Text("total.runs"), p.Uint(col.Runs).HTML(), p.HTML("total.failed", "Count", int(col.Failed))},
	}
	switch {
	case len(accounts) == 0:
	case act > 0:
		p.Say = p.HTML("collection.say_act", "Count", act)
	default:
		p.Say = p.HTML("collection.say_fine")
	}
	return p, nil
}

// urgency sorts accounts: those that a person must see to, those that have a
// passing trouble, those never read, the rest.
func urgency(a analytics.AccountCollection) int {
	switch a.Outcome {
	case outcomeReconnect, outcomeFixRequest, outcomeGone:
		return 0
	case outcomeWait, outcomeRetry:
		return 1
	case "":
		return 2
	}
	return 3
}

func newAccountRow(p *i18n.Printer, a analytics.AccountCollection, now time.Time) accountRow {
	r := accountRow{ID: string(a.AccountID), Name: a.Name, Handle: handleName(a.Platform, a.Handle), Platform: platformName(p, a.Platform),
		Department: a.Department, Collect: "/collection/" + url.PathEscape(string(a.AccountID)) + "/collect", Error: clip(a.Error, 300),
		Access:  p.Text("access." + string(schema.AccessPublic)),
		LastRun: at(p, a.LastRun, now), Next: at(p, a.NextDue, now), Newest: at(p, a.Newest, now),
		Calls: p.Uint(a.Calls24h).HTML(), Posts: p.Uint(a.Posts).HTML(), Readings: p.Uint(a.Observations).HTML(),
		Complete: a.Complete, Pass: p.Text("pass.no")}
	if r.Name == "" {
		r.Name = r.Handle
	}
	if p.RTL() && a.DepartmentUr != "" {
		r.Department = a.DepartmentUr
	}
	if a.Access == schema.AccessOwner {
		r.Access = p.Text("access." + string(schema.AccessOwner))
	}
	if a.Complete {
		r.Pass = p.Text("pass.yes")
	}
	if a.Quota != nil {
		part := *a.Quota / 100
		left := max(1-part, 0)
		b := newBar(p, left)
		r.Quota, r.QuotaNum, r.Tight = &b, p.Percent(&left, 0).HTML(), part >= 0.8
	}
	r.History = "/collection/" + url.PathEscape(string(a.AccountID))
	r.Runs = p.HTML("run.runs", "Count", int(a.Runs24h))
	if a.Failed24h > 0 {
		r.Runs = p.HTML("run.runs_failed", "Count", int(a.Runs24h), "Failed", int(a.Failed24h))
	}
	r.Rows = p.HTML("run.rows", "Value", p.Uint(a.Rows24h))
	if a.Skipped24h > 0 {
		r.Skipped = p.HTML("run.skipped", "Count", int(a.Skipped24h))
	}
	r.State = stateOf(a.Outcome)
	switch a.Outcome {
	case "":
		r.Outcome, r.Advice = p.Text("outcome.none"), p.Text("advice.none")
	case outcomeOK:
		r.Outcome = p.Text("outcome.ok")
	case outcomeWait:
		r.Outcome = p.Text("outcome.wait")
		if a.NextDue != nil {
			r.Advice = p.Text("advice.wait_until", "When", p.Moment(*a.NextDue, now))
		} else {
			r.Advice = p.Text("advice.wait")
		}
	case outcomeReconnect, outcomeFixRequest, outcomeRetry, outcomeGone, outcomeInterrupted:
		r.Outcome, r.Advice = p.Text("outcome."+a.Outcome), p.Text("advice."+a.Outcome)
	default:
		r.Outcome = a.Outcome
	}
	if a.LastRun != nil && a.LastFinished == nil {
		r.State, r.Outcome, r.Advice = "run", p.Text("outcome.running"), ""
	}
	return r
}

// stateOf returns the class of an outcome: how much it is a person's business.
func stateOf(outcome string) string {
	switch outcome {
	case outcomeOK:
		return "ok"
	case outcomeReconnect, outcomeFixRequest, outcomeGone:
		return "act"
	case outcomeWait, outcomeRetry, outcomeInterrupted:
		return "wait"
	}
	return "none"
}

// collectNow takes POST /collection/:account/collect: the account gets a run
// out of turn.
func (s *Server) collectNow(c *fiber.Ctx) error {
	a, err := s.collected(c)
	if err != nil {
		return fmt.Errorf("collect account: %w", err)
	}
	id := a.AccountID
	if err := s.audit(c, person(c).ID, actionRun, string(id)); err != nil {
		return err
	}
	if err := s.Queue.CollectNow(c.UserContext(), id); err != nil {
		return fmt.Errorf("collect account %s now: %w: %w", id, errUnavailable, err)
	}
	return c.Redirect("/collection?asked="+url.QueryEscape(string(id)), fiber.StatusSeeOther)
}

// collected returns how collecting the account stands that the address names,
// or schema.ErrNotFound.
func (s *Server) collected(c *fiber.Ctx) (analytics.AccountCollection, error) {
	param, err := url.PathUnescape(c.Params("account"))
	if err != nil {
		return analytics.AccountCollection{}, schema.ErrNotFound
	}
	col, err := s.Stats.Collection(c.UserContext())
	if err != nil {
		return analytics.AccountCollection{}, fmt.Errorf("state of collection: %w: %w", errUnavailable, err)
	}
	i := slices.IndexFunc(col.Accounts, func(a analytics.AccountCollection) bool { return string(a.AccountID) == param })
	if i < 0 {
		return analytics.AccountCollection{}, fmt.Errorf("account %q: %w", param, schema.ErrNotFound)
	}
	return col.Accounts[i], nil
}
