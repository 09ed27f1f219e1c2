package dashboard

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// reachPage is what GET /reach shows.
type reachPage struct {
	page
	Controls controls
	Status   template.HTML
	Activity bool // the other view was asked for, which reach does not have

	Failed string // number of the request whose figures could not be read; empty: they were
	Empty  bool   // nothing has been collected yet

	KPIs   []kpi
	Chart  reachChartCard
	Matrix matrixCard
	Tables []tableCard
}

// League returns the card for its template.
func (p reachPage) League(t tableCard) leagueView { return leagueView{p.Printer, t} }

// The measures of the matrix, the default first.
const (
	measureReach     = "reach"
	measureFollowers = "followers"
	measurePosts     = "posts"
)

var measures = []string{measureReach, measureFollowers, measurePosts}

// readReach reads the choices of the page. It reports whether the view was
// asked for that reach does not have: the life of the posts is in its place.
func (s *Server) readReach(c *fiber.Ctx, departments []schema.Department) (q query, measure string, activity bool) {
	q = s.readQuery(c, departments)
	activity = q.View == analytics.ViewActivity
	q.View = analytics.ViewLife
	switch measure = c.Query("measure", measureReach); {
	case !slices.Contains(measures, measure):
		measure, q.ViewProblem = measureReach, "problem.measure"
	case measure != measureReach:
		q.Keep = url.Values{"measure": {measure}}
	}
	return q, measure, activity
}

// reach shows GET /reach?period=&from=&to=&compare=&department=&platform=&measure=.
func (s *Server) reach(c *fiber.Ctx) error {
	departments, err := s.Stats.Departments(c.UserContext())
	q, measure, activity := s.readReach(c, departments)
	var r analytics.Reach
	if err == nil {
		r, err = s.askReach(c, q)
	} else {
		q.FilterProblem = ""
	}
	p := reachPage{page: s.newPage(c, "reach.title"), Activity: activity}
	p.Controls = newControls(p.Printer, q, departments, s.Now())
	p.Controls.Views = nil
	days := p.Days(q.Period.From, q.Period.Last())
	status := fiber.StatusOK
	switch {
	case err != nil:
		status = fiber.StatusServiceUnavailable
		s.logError(c, status, err)
		p.Failed = requestID(c)
		p.Status = p.HTML("overview.status_failed", "Days", days, "Zone", p.zoneName())
	default:
		if q.Bad() {
			status = fiber.StatusBadRequest
		}
		if r.AsOf == nil || r.All.Oldest == nil {
			p.Empty = true
			p.Status = p.HTML("overview.status_empty", "Days", days, "Zone", p.zoneName(), "Count", r.All.Accounts)
			break
		}
		now := s.Now()
		p.Status = p.HTML("reach.status", "Days", days, "Zone", p.zoneName(), "AsOf", p.Moment(*r.AsOf, now),
			"Oldest", p.Moment(*r.All.Oldest, now), "Reported", r.Reported, "Count", r.All.Accounts)
		if err := s.fillReach(c, &p, q, measure, r); err != nil {
			return err
		}
	}
	return s.render(c, status, "reach", p)
}

// askReach returns the reach as the person may see it: people of a department
// see the accounts of their own only.
func (s *Server) askReach(c *fiber.Ctx, q query) (analytics.Reach, error) {
	r, err := s.Stats.Reach(c.UserContext(), q.Selection)
	if err != nil {
		return r, fmt.Errorf("reach of %s: %w", q.Period, err)
	}
	r.Accounts = slices.DeleteFunc(slices.Clone(r.Accounts), func(l analytics.ReachLine) bool {
		return s.within(c, l.Department) != nil
	})
	return r, nil
}

func (s *Server) fillReach(c *fiber.Ctx, p *reachPage, q query, measure string, r analytics.Reach) error {
	now := s.Now()
	kind := s.kind(p.Printer)
	p.Charts = true
	p.KPIs = reachKPIs(p.Printer, r, kind)
	var err error
	if p.Chart, err = newReachChart(p.Printer, q, r, now); err != nil {
		return err
	}
	p.Chart.Kind = kind
	// What a department did in full is for its own people.
	department := func(l analytics.ReachLine) string {
		if s.within(c, l.Department) != nil {
			return ""
		}
		return q.address("/departments/"+url.PathEscape(string(l.Department)), "department", "", "platform", string(l.Platform), "measure", "")
	}
	p.Matrix = newMatrix(p.Printer, q, measure, r, now, department)

	departments := reachTable(p.Printer, q, tableDepartments, r.Departments, r, now, func(l analytics.ReachLine) string {
		l.Platform = schema.Platform(q.Platform) // the choice of the page stays
		return department(l)
	})
	platforms := reachTable(p.Printer, q, tablePlatforms, r.Platforms, r, now, func(l analytics.ReachLine) string {
		return q.address(q.Path, "platform", string(l.Platform))
	})
	accounts := reachTable(p.Printer, q, tableAccounts, r.Accounts, r, now, func(l analytics.ReachLine) string {
		return q.address("/accounts/"+url.PathEscape(string(l.Account)), "department", "", "platform", "", "measure", "")
	})
	accounts.Accounts = true
	if own, limited := ownDepartment(person(c)); limited {
		accounts.Only = p.Text("accounts.only_own")
		if own == "" {
			accounts.Only = p.Text("accounts.no_department")
		}
	}
	p.Tables = []tableCard{departments, platforms, accounts}
	for i := range p.Tables {
		p.Tables[i].Kind = kind
	}
	return nil
}

// reachFile sends GET /reach.csv and .xlsx?table=departments|platforms|accounts|matrix and
// the choices of the page.
func (s *Server) reachFile(c *fiber.Ctx) error {
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	q, _, _ := s.readReach(c, departments)
	for _, problem := range []string{q.PeriodProblem, q.ViewProblem} {
		if problem != "" {
			return inputError{problem}
		}
	}
	if q.FilterProblem != "" {
		return inputError{"problem.filter"}
	}
	r, err := s.askReach(c, q)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return err
		}
		return fmt.Errorf("%w: %w", errUnavailable, err)
	}
	var lines []analytics.ReachLine
	table := c.Query("table", tableDepartments)
	switch table {
	case tableDepartments:
		lines = r.Departments
	case tablePlatforms:
		lines = r.Platforms
	case tableAccounts:
		lines = r.Accounts
	case tableMatrix:
		lines = r.Cells
	default:
		return inputError{"problem.table"}
	}
	p := s.printer(c)
	return sendTable(c, p, "hamawaz-reach-"+table+"-"+q.Period.From.Format(time.DateOnly)+"-"+q.Period.Last().Format(time.DateOnly),
		withContext(p, analytics.Overview{AsOf: r.AsOf}, q, reachLineCells(p, r, lines)))
}
