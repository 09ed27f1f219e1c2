package dashboard

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// A subject is what a page of figures is about: everything, a department or an
// account.
type subject struct {
	title   string
	crumbs  []option // the way back, outermost first
	facts   []fact
	scope   analytics.Filter // what the page cannot leave; the filters narrow it
	file    []string         // what the addresses of files need beside the page's choices
	filters bool             // departments and platforms can be chosen
	tables  []string
	account *schema.Account // nil: the page is not about one
}

// A fact is one thing known of what a page is about, with its name.
type fact struct {
	Name  string
	Value template.HTML
}

// linkTo returns a link to one of our own pages.
func linkTo(address, name string) template.HTML {
	return template.HTML(`<a href="` + template.HTMLEscapeString(address) + `"><bdi>` + template.HTMLEscapeString(name) + `</bdi></a>`)
}

// figuresPage is what the overview, a department and an account show.
type figuresPage struct {
	page
	Crumbs   []option
	Facts    []fact
	Controls controls
	Status   template.HTML // period, zone, as of, how many reported
	Poll     int           // seconds between two looks for newer figures
	Notice   *notice

	Failed string // number of the request whose figures could not be read; empty: they were
	Empty  bool   // nothing has been collected yet

	KPIs   []kpi
	Daily  dailyCard
	Notes  notesCard
	Tables []tableCard

	Insights *insightsCard // the account's own figures; nil: none, or this is no account
}

// A notice is the one sentence above the cards that asks for something.
type notice struct {
	Text, Link template.HTML
	Address    string
}

// Seconds between two looks for newer figures.
const (
	pollEmpty = 4
	pollDemo  = 10
	pollUsual = 45
)

// The tables of a page of figures.
const (
	tableDepartments = "departments"
	tablePlatforms   = "platforms"
	tableAccounts    = "accounts"
)

// showFigures shows a page of figures.
func (s *Server) showFigures(c *fiber.Ctx, sub subject) error {
	departments, err := s.Stats.Departments(c.UserContext())
	var q query
	var o analytics.Overview
	if err == nil {
		q = s.readQuery(c, departments).of(sub)
		o, err = s.ask(c, q)
	} else {
		q = s.readQuery(c, nil).of(sub)
		q.FilterProblem = ""
	}
	p := figuresPage{page: s.newPage(c, ""), Crumbs: sub.crumbs, Facts: sub.facts, Poll: s.poll(pollUsual)}
	p.Title = sub.title
	p.Controls = newControls(p.Printer, q, departments, s.Now())
	p.Controls.Filters = sub.filters
	status := fiber.StatusOK
	switch {
	case err != nil:
		status = fiber.StatusServiceUnavailable
		s.logError(c, status, err)
		p.Failed = requestID(c)
		p.Status = p.HTML("overview.status_failed", "Days", p.Days(q.Period.From, q.Period.Last()), "Zone", p.zoneName())
	default:
		if q.Bad() {
			status = fiber.StatusBadRequest
		}
		if err := s.fillFigures(c, &p, sub, q, o, departments); err != nil {
			return err
		}
	}
	if isPart(c) {
		if status == fiber.StatusServiceUnavailable {
			return c.Status(status).SendString("") // what the page shows is better than nothing
		}
		return s.renderLive(c, "figures", p)
	}
	if sub.account != nil && p.Failed == "" {
		p.Insights = s.insights(c, p.Printer, *sub.account, q.Period)
	}
	return s.render(c, status, "figures", p)
}

// of narrows the query to the subject of a page. What the subject decides is no
// choice of the page's address.
func (q query) of(sub subject) query {
	if !sub.filters {
		q.Department, q.Platform, q.FilterProblem = "", "", ""
		q.Filter = analytics.Filter{}
	}
	if len(sub.scope.Departments) > 0 {
		q.Filter.Departments = sub.scope.Departments
	}
	if len(sub.scope.Accounts) > 0 {
		q.Filter.Accounts = sub.scope.Accounts
	}
	q.file = sub.file
	return q
}

// ask returns the overview as the person may see it: people of a department
// see the accounts of their own only.
func (s *Server) ask(c *fiber.Ctx, q query) (analytics.Overview, error) {
	ctx := c.UserContext()
	o, err := s.Stats.Overview(ctx, q.Selection)
	if err != nil {
		return o, fmt.Errorf("overview of %s: %w", q.Period, err)
	}
	own, limited := ownDepartment(person(c))
	if !limited {
		return o, nil
	}
	o.Accounts = nil
	sel := q.Selection
	if asked := sel.Filter.Departments; own != "" && (len(asked) == 0 || slices.Contains(asked, own)) {
		sel.Filter.Departments = []schema.DepartmentID{own}
		mine, err := s.Stats.Overview(ctx, sel)
		if err != nil {
			return o, fmt.Errorf("overview of %s, department %s: %w", q.Period, own, err)
		}
		o.Accounts = mine.Accounts
	}
	// Nor is a post of another department named.
	for i, d := range o.Days {
		if d.Top != nil && !slices.ContainsFunc(o.Accounts, func(l analytics.Line) bool { return l.Key == string(d.Top.AccountID) }) {
			o.Days[i].Top = nil
		}
	}
	return o, nil
}

func (s *Server) poll(usual int) int {
	if s.Demo != nil {
		return min(usual, pollDemo)
	}
	return usual
}

func (s *Server) fillFigures(c *fiber.Ctx, p *figuresPage, sub subject, q query, o analytics.Overview, departments []schema.Department) error {
	now := s.Now()
	days := p.Days(q.Period.From, q.Period.Last())
	if o.AsOf == nil {
		p.Empty = true
		p.Poll = pollEmpty
		p.Status = p.HTML("overview.status_empty", "Days", days, "Zone", p.zoneName(), "Count", o.Total)
		return nil
	}
	p.Status = p.HTML("overview.status", "Days", days, "Zone", p.zoneName(), "AsOf", p.Moment(*o.AsOf, now),
		"Reported", o.Reported, "Count", o.Total)
	p.Notice = reconnectNotice(c, p.Printer, o.Reconnect)
	p.Charts = true

	asOf := p.HTML("foot.as_of", "AsOf", p.Moment(*o.AsOf, now))
	p.KPIs = s.kpis(p.Printer, q.View, o.Headline)

	notes, card := s.notes(c, p.Printer, q, departments)
	p.Notes = card
	d, err := s.daily(p.Printer, q, o, asOf, notes)
	if err != nil {
		return err
	}
	p.Daily = d

	for _, table := range sub.tables {
		p.Tables = append(p.Tables, s.table(c, p.Printer, table, q, o, asOf))
	}
	return nil
}

// table returns one of the tables of a page of figures.
func (s *Server) table(c *fiber.Ctx, p *i18n.Printer, name string, q query, o analytics.Overview, asOf template.HTML) tableCard {
	own, limited := ownDepartment(person(c))
	var t tableCard
	switch name {
	case tableDepartments:
		t = s.league(p, name, o.Departments, asOf, q, func(l analytics.Line) string {
			if limited && l.Key != string(own) {
				return "" // what it did in full is for its own people
			}
			return q.address("/departments/"+url.PathEscape(l.Key), "department", "")
		})
		t.Say = sayDepartments(p, o.Departments)
	case tablePlatforms:
		t = s.league(p, name, o.Platforms, asOf, q, func(l analytics.Line) string { return q.address(q.Path, "platform", l.Key) })
		t.Say = sayPlatforms(p, o.Platforms)
	case tableAccounts:
		t = s.league(p, name, o.Accounts, asOf, q, func(l analytics.Line) string {
			return q.address("/accounts/"+url.PathEscape(l.Key), "department", "", "platform", "")
		})
		t.Accounts = true
		t.Say = sayAccounts(p, o.Accounts)
		if limited {
			t.Only = p.Text("accounts.only_own")
			if own == "" {
				t.Only = p.Text("accounts.no_department")
			}
		}
	}
	return t
}

// daily returns the card with the daily chart.
func (s *Server) daily(p *i18n.Printer, q query, o analytics.Overview, asOf template.HTML, notes []schema.Annotation) (dailyCard, error) {
	now := s.Now()
	sentence, post := sayDays(p, o)
	d := dailyCard{
		Title: dailyTitle(p, o.Metric), Before: beforeName(p, o), Say: sentence.html(p), Kind: s.kind(p), AsOf: asOf,
		Means: dailyMeans(p, o), CSV: q.address("/overview.csv", append(q.file, "table", "days")...),
	}
	d.Caption = p.Text("daily.caption_of", "Title", i18n.Words(d.Title), "Before", i18n.Words(d.Before))
	if post != nil {
		d.Post = safeLink(post.Permalink)
	}
	for _, key := range analytics.DailyMetrics {
		d.Metrics = append(d.Metrics, option{metricName(p, key), key, q.address(q.Path, "metric", key), key == o.Metric})
	}
	days := p.Days(q.Period.From, q.Period.Last())
	label := p.Text("chart.label_of", "Title", i18n.Words(d.Title), "Days", days, "Say", i18n.Words(sentence.text(p)))
	var err error
	if d.Chart, err = dayChart(p, o, label, now, notes...); err != nil {
		return d, err
	}
	if n := gapDays(o, now); n > 0 {
		d.Gaps = p.HTML("daily.gaps", "Count", n)
	}
	if o.HistoryBegins != nil {
		d.History = p.HTML("daily.history", "Day", p.Date(*o.HistoryBegins))
	}
	if d.TooLong = len(o.Days) > dayRowsUpTo; !d.TooLong {
		d.Rows = dayRows(p, o.Days)
	}
	return d, nil
}

// dailyTitle names the daily chart.
func dailyTitle(p *i18n.Printer, metric string) string {
	if metric == defaultMetric || metric == "" {
		return p.Text("daily.title")
	}
	return p.Text("daily.title_of", "Name", i18n.Words(metricName(p, metric)))
}

// dailyMeans says what a day of the chart shows.
func dailyMeans(p *i18n.Printer, o analytics.Overview) string {
	switch o.Metric {
	case defaultMetric, "":
		return p.Text("daily.means_" + string(o.View))
	case "followers":
		return p.Text("daily.means_followers")
	}
	m, _ := analytics.MetricByKey(o.Metric)
	return m.Means.In(p.Lang)
}

// beforeName names what the period is compared with.
func beforeName(p *i18n.Printer, o analytics.Overview) string {
	if o.Previous.To.Before(o.Period.From) {
		return p.Text("chart.year_before")
	}
	return p.Text("chart.before")
}

func metricName(p *i18n.Printer, key string) string {
	m, _ := analytics.MetricByKey(key)
	return m.Name.In(p.Lang)
}

// reconnectNotice tells those who can do something about it that accounts
// wait for their owner.
func reconnectNotice(c *fiber.Ctx, p *i18n.Printer, n int) *notice {
	if n == 0 || !analysts.allows(person(c)) {
		return nil
	}
	return &notice{Text: p.HTML("notice.reconnect", "Count", n), Link: p.HTML("notice.reconnect_link"), Address: "/collection"}
}
