package dashboard

import (
	"context"
	"fmt"
	"html/template"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Budgets tells what was spent of the platforms' quotas.
type Budgets interface {
	Budgets(context.Context) ([]schema.BudgetState, error)
	Postponed(context.Context) ([]schema.Postponed, error)
}

// budgetCard shows what is left of each quota.
type budgetCard struct {
	Rows      []budgetRow
	Postponed []template.HTML
}

type budgetRow struct {
	Platform string
	Who      template.HTML // whose quota it is
	Path     string        // of the API; empty: all of it
	Spent    template.HTML
	Bar      *bar // the part that is spent; nil: no limit is known
	Tight    bool
	Resets   moment
	Forecast template.HTML // what will be spent when the window ends; empty: no forecast
	Cost     template.HTML // of the month; empty: nothing is billed
	Counted  string        // told by the platform, or counted by us
}

// tight is the part of a quota from which on a bar warns: Meta slows down there.
const tight = 0.75

// budgets returns the card, or nil where no budget is kept. calls are the
// requests of the last 24 hours by platform.
func (s *Server) budgets(c *fiber.Ctx, p *i18n.Printer, accounts []analytics.AccountCollection, now time.Time) (*budgetCard, error) {
	if s.Budgets == nil {
		return nil, nil
	}
	states, err := s.Budgets.Budgets(c.UserContext())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnavailable, err)
	}
	postponed, err := s.Budgets.Postponed(c.UserContext())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnavailable, err)
	}
	calls, names := map[schema.Platform]uint64{}, map[schema.AccountID]string{}
	for _, a := range accounts {
		calls[a.Platform] += a.Calls24h
		names[a.AccountID] = a.Name
	}
	card := &budgetCard{}
	for _, b := range states {
		card.Rows = append(card.Rows, newBudgetRow(p, b, calls[b.Platform], now))
	}
	for _, x := range postponed {
		name := names[x.Account]
		if name == "" {
			name = string(x.Account)
		}
		card.Postponed = append(card.Postponed, p.HTML("budget.postponed", "Name", name, "Needs", p.Int(int(x.Needs)), "Left", p.Int(int(x.Left)),
			"When", p.Moment(x.Until, now)))
	}
	return card, nil
}

func newBudgetRow(p *i18n.Printer, b schema.BudgetState, calls24h uint64, now time.Time) budgetRow {
	r := budgetRow{Platform: platformName(p, b.Platform), Path: b.Path, Resets: at(p, b.Resets, now),
		Who: p.HTML("budget.credential", "Name", b.Credential), Counted: p.Text("budget.counted")}
	if b.Credential == projectCredential {
		r.Who = p.HTML("budget.project")
	}
	if b.ToldAt != nil {
		r.Counted = p.Text("budget.told")
	}
	unit := p.Text("budget.unit_" + b.Unit)
	spent := p.Int(int(b.Spent))
	if b.Limit == nil {
		r.Spent = p.HTML("budget.spent", "Spent", spent, "Unit", unit)
	} else {
		r.Spent = p.HTML("budget.spent_of", "Spent", spent, "Limit", p.Int(int(*b.Limit)), "Unit", unit)
		if *b.Limit > 0 {
			part := float64(b.Spent) / float64(*b.Limit)
			bar := newBar(p, part)
			r.Bar, r.Tight = &bar, part >= tight
		}
	}
	// Windows of a minute or a quarter of an hour are over before a forecast is
	// read.
	if b.Unit == schema.BudgetUnits && b.Resets != nil && b.Limit != nil {
		left := b.Resets.Sub(now).Hours() / 24
		r.Forecast = p.HTML("budget.forecast", "Value", p.Int(int(float64(b.Spent)+float64(calls24h)*max(0, left))))
	}
	if b.Cost > 0 {
		dollars := float64(b.Cost) / 1e6
		r.Cost = p.HTML("budget.cost", "Value", p.Decimal(dollars, 2))
	}
	return r
}

// projectCredential is how package collector names the quota that all our keys
// and tokens with a platform share.
const projectCredential = "project"
