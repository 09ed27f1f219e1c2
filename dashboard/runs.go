package dashboard

import (
	"cmp"
	"fmt"
	"html/template"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// lastRuns is how many runs of an account a page shows.
const lastRuns = 20

// runsPage is what GET /collection/:account shows.
type runsPage struct {
	page
	Status  template.HTML
	Account accountRow
	Runs    []tryRow
}

// tryRow is one run of an account.
type tryRow struct {
	Started   moment
	Duration  template.HTML
	State     string // class, as of an account
	Outcome   string
	Error     string
	Retry     string // when the platform lets us come back; empty: it did not say
	Pass      bool   // it ended a full pass
	Pages     template.HTML
	Posts     template.HTML
	Readings  template.HTML
	Calls     template.HTML
	Skipped   template.HTML
	Quota     template.HTML // what was left after it
	Unpleased bool          // it skipped something
}

// runs shows GET /collection/:account: the account's last runs.
func (s *Server) runs(c *fiber.Ctx) error {
	a, err := s.collected(c)
	if err != nil {
		return err
	}
	list, err := s.Stats.Runs(c.UserContext(), a.AccountID, lastRuns)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnavailable, err)
	}
	now := s.Now()
	p := runsPage{page: s.newPage(c, "collection.title")}
	p.Account = newAccountRow(p.Printer, a, now)
	p.Title = p.Account.Name
	p.Status = p.HTML("runs.status", "Zone", p.zoneName(), "Now", p.Moment(now, now), "Count", len(list))
	for _, r := range list {
		p.Runs = append(p.Runs, newTryRow(p.Printer, r, now))
	}
	return s.render(c, fiber.StatusOK, "runs", p)
}

func newTryRow(p *i18n.Printer, r analytics.Run, now time.Time) tryRow {
	count := func(n uint32) template.HTML { return p.Uint(uint64(n)).HTML() }
	row := tryRow{
		Started: at(p, &r.Started, now), Duration: i18n.Dash.HTML(), State: stateOf(r.Outcome), Outcome: cmp.Or(r.Outcome, p.Text("outcome.running")),
		Error: clip(r.Error, 300), Pass: r.Complete, Pages: count(r.Pages), Posts: count(r.Posts), Readings: count(r.Observations),
		Calls: count(r.Calls), Skipped: count(r.Skipped), Unpleased: r.Skipped > 0, Quota: i18n.Dash.HTML(),
	}
	switch r.Outcome {
	case "":
		row.State = "run"
	case outcomeOK, outcomeWait, outcomeReconnect, outcomeFixRequest, outcomeRetry, outcomeGone, outcomeInterrupted:
		row.Outcome = p.Text("outcome." + r.Outcome)
	}
	if r.Finished != nil {
		row.Duration = template.HTML(template.HTMLEscapeString(string(p.Duration(r.Finished.Sub(r.Started)))))
	}
	if r.RetryAt != nil {
		row.Retry = p.Text("runs.retry", "When", p.Moment(*r.RetryAt, now))
	}
	if r.Quota != nil {
		left := max(1-*r.Quota/100, 0)
		row.Quota = p.Percent(&left, 0).HTML()
	}
	return row
}
