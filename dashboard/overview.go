package dashboard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// overview shows GET /?period=&from=&to=&compare=&view=&department=&platform=&metric=.
func (s *Server) overview(c *fiber.Ctx) error {
	return s.showFigures(c, subject{
		title: s.printer(c).Text("overview.title"), filters: true,
		tables: []string{tableDepartments, tablePlatforms, tableAccounts},
	})
}

// overviewFile sends GET /overview.csv and .xlsx?table=days|departments|platforms|accounts
// and the choices of the page; with account=, the figures of that one.
func (s *Server) overviewFile(c *fiber.Ctx) error {
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	q := s.readQuery(c, departments)
	if id := schema.AccountID(c.Query("account")); id != "" {
		if _, err := s.accountOf(c, id); err != nil {
			return err
		}
		q.Filter.Accounts = []schema.AccountID{id}
	}
	for _, problem := range []string{q.PeriodProblem, q.ViewProblem} {
		if problem != "" {
			return inputError{problem}
		}
	}
	if q.FilterProblem != "" {
		return inputError{"problem.filter"}
	}
	o, err := s.ask(c, q)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return err
		}
		return fmt.Errorf("%w: %w", errUnavailable, err)
	}
	p := s.printer(c)
	table := c.Query("table", "days")
	var rows [][]cell
	switch table {
	case "days":
		rows = dayCells(p, o)
	case "departments":
		rows = leagueCells(p, o.Departments, false)
	case "platforms":
		rows = leagueCells(p, o.Platforms, false)
	case "accounts":
		rows = leagueCells(p, o.Accounts, true)
	default:
		return inputError{"problem.table"}
	}
	return sendTable(c, p, "hamawaz-"+table+"-"+q.Period.From.Format(time.DateOnly)+"-"+q.Period.Last().Format(time.DateOnly),
		withContext(p, o, q, rows))
}
