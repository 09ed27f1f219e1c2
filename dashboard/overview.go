package dashboard

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// overviewPage is what GET / shows.
type overviewPage struct {
	page
	Controls controls
	Status   template.HTML // period, zone, as of, how many reported
	Poll     int           // seconds between two looks for newer figures
	Notice   *notice

	Failed string // number of the request whose figures could not be read; empty: they were
	Empty  bool   // nothing has been collected yet

	KPIs        []kpi
	Daily       dailyCard
	Departments tableCard
	Accounts    tableCard
}

// A notice is the one sentence above the cards that asks for something.
type notice struct {
	Text, Link template.HTML
	Address    string
}

// controls are the choices of the page, each kept in its address.
type controls struct {
	Period        string // the chosen one, in words
	Presets       []option
	From, To      string
	FromType      string // "date", or "text" to keep a day that a date field cannot show
	ToType        string
	Open          bool // show the period's form
	PeriodProblem string

	Views       []option
	ViewProblem string

	Filter        string // the chosen filters, in words
	Departments   []option
	Platforms     []option
	Filtered      bool
	FilterProblem string
	Clear         string // address without filters

	// Hidden fields keep the other choices when a form is sent.
	KeepPeriod, KeepFilter []field
}

type option struct {
	Name, Value, Address string
	Current              bool
}

type field struct{ Name, Value string }

// A kpi is one key figure.
type kpi struct {
	Key, Name string
	Means     []string // the definition, sentence by sentence
	WhatIs    string   // label of the button that shows it
	Value     template.HTML
	Change    template.HTML // against the period before
	Notes     []template.HTML
	Kind      string
}

type dailyCard struct {
	Say     template.HTML
	Post    string // address of the post that explains the day; empty: none
	Kind    string
	Means   string
	Chart   chart
	Rows    []dayRow
	TooLong bool // too many days for a table on the page
	CSV     string
	Gaps    template.HTML
	History template.HTML
	AsOf    template.HTML
}

type dayRow struct {
	Day                    i18n.Words
	Value, Previous, Posts template.HTML
	Account, Text, Link    string
	Share                  template.HTML
}

// A tableCard is a league of departments or accounts.
type tableCard struct {
	ID, Title, Means, Caption, Kind string
	Say                             template.HTML
	First, Rest                     []leagueRow
	More                            string // label of what shows the rest
	Accounts                        bool
	CSV                             string
	Only                            string // which part of it this person sees; empty: all
	AsOf                            template.HTML
	Headings                        []heading
}

type heading struct {
	Name   string
	Number bool
}

type leagueRow struct {
	Name     string
	Handle   string
	Platform string
	Bar      bar
	Cells    []template.HTML
}

// A leagueView is a league with what its template needs to write it.
type leagueView struct {
	*i18n.Printer
	Card tableCard
}

type leagueRows struct{ Rows []leagueRow }

// Part returns some of the rows, for their template.
func (leagueView) Part(rows []leagueRow) leagueRows { return leagueRows{rows} }

// League returns the card for its template.
func (p overviewPage) League(t tableCard) leagueView { return leagueView{p.Printer, t} }

// A bar is the length of a bar from 0 to 100, and where it starts.
type bar struct{ X, Width string }

func newBar(p *i18n.Printer, part float64) bar {
	w := min(max(part, 0), 1) * 100
	x := 0.0
	if p.RTL() {
		x = 100 - w
	}
	return bar{strconv.FormatFloat(x, 'f', 1, 64), strconv.FormatFloat(w, 'f', 1, 64)}
}

// Seconds between two looks for newer figures.
const (
	pollEmpty = 4
	pollDemo  = 10
	pollUsual = 45
)

// firstRows is how many rows of a league show before the rest is asked for.
const firstRows = 10

// dayRowsUpTo is the longest period whose days a page lists.
const dayRowsUpTo = 400

// overview shows GET /?period=&from=&to=&view=&department=&platform=.
func (s *Server) overview(c *fiber.Ctx) error {
	departments, err := s.Stats.Departments(c.UserContext())
	var q query
	var o analytics.Overview
	if err == nil {
		q = s.readQuery(c, departments)
		o, err = s.ask(c, q)
	} else {
		q = s.readQuery(c, nil)
		q.FilterProblem = ""
	}
	p := overviewPage{page: s.newPage(c, "overview.title"), Poll: s.poll(pollUsual)}
	p.Controls = newControls(p.Printer, q, departments, s.Now())
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
		if err := s.fillOverview(c, &p, q, o); err != nil {
			return err
		}
	}
	if isPart(c) {
		if status == fiber.StatusServiceUnavailable {
			return c.Status(status).SendString("") // what the page shows is better than nothing
		}
		return s.renderLive(c, "overview", p)
	}
	return s.render(c, status, "overview", p)
}

// ask returns the overview as the person may see it: people of a department
// see the accounts of their own only.
func (s *Server) ask(c *fiber.Ctx, q query) (analytics.Overview, error) {
	ctx := c.UserContext()
	o, err := s.Stats.Overview(ctx, q.Period, q.View, q.Filter)
	if err != nil {
		return o, fmt.Errorf("overview of %s: %w", q.Period, err)
	}
	own, limited := ownDepartment(person(c))
	if !limited {
		return o, nil
	}
	o.Accounts = nil
	f := q.Filter
	if own != "" && (len(f.Departments) == 0 || slices.Contains(f.Departments, own)) {
		f.Departments = []schema.DepartmentID{own}
		mine, err := s.Stats.Overview(ctx, q.Period, q.View, f)
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

// ownDepartment returns the department whose accounts the person may see one
// by one, and whether there is such a limit at all.
func ownDepartment(p *schema.Person) (schema.DepartmentID, bool) {
	switch p.Role {
	case schema.RoleDepartmentHead, schema.RoleOfficer:
		return p.Department, true
	}
	return "", false
}

func (s *Server) poll(usual int) int {
	if s.Demo != nil {
		return min(usual, pollDemo)
	}
	return usual
}

func (p *page) zoneName() i18n.Words {
	name := p.Zone.String()
	if name == "Asia/Karachi" {
		return i18n.Words(p.Text("zone.karachi"))
	}
	return i18n.Words(name)
}

func (s *Server) kind(p *i18n.Printer) string {
	if s.Demo != nil {
		return p.Text("kind.modelled")
	}
	return p.Text("kind.measured")
}

func (s *Server) fillOverview(c *fiber.Ctx, p *overviewPage, q query, o analytics.Overview) error {
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

	sentence, post := sayDays(p.Printer, o.Days)
	d := dailyCard{Say: sentence.html(p.Printer), Kind: s.kind(p.Printer), AsOf: asOf,
		Means: p.Text("daily.means_" + string(q.View)), CSV: q.address("/overview.csv", "table", "days")}
	if post != nil {
		d.Post = safeLink(post.Permalink)
	}
	var err error
	if d.Chart, err = dayChart(p.Printer, o, p.Text("chart.label", "Days", days, "Say", i18n.Words(sentence.text(p.Printer))), now); err != nil {
		return err
	}
	if n := gapDays(o, now); n > 0 {
		d.Gaps = p.HTML("daily.gaps", "Count", n)
	}
	if o.HistoryBegins != nil {
		d.History = p.HTML("daily.history", "Day", p.Date(*o.HistoryBegins))
	}
	if d.TooLong = len(o.Days) > dayRowsUpTo; !d.TooLong {
		d.Rows = dayRows(p.Printer, o.Days)
	}
	p.Daily = d

	p.Departments = s.league(p.Printer, "departments", o.Departments, asOf, q)
	p.Departments.Say = sayDepartments(p.Printer, o.Departments)
	p.Accounts = s.league(p.Printer, "accounts", o.Accounts, asOf, q)
	p.Accounts.Accounts = true
	p.Accounts.Say = sayAccounts(p.Printer, o.Accounts)
	if own, limited := ownDepartment(person(c)); limited {
		p.Accounts.Only = p.Text("accounts.only_own")
		if own == "" {
			p.Accounts.Only = p.Text("accounts.no_department")
		}
	}
	return nil
}

// reconnectNotice tells those who can do something about it that accounts
// wait for their owner.
func reconnectNotice(c *fiber.Ctx, p *i18n.Printer, n int) *notice {
	if n == 0 || !analysts.allows(person(c)) {
		return nil
	}
	return &notice{Text: p.HTML("notice.reconnect", "Count", n), Link: p.HTML("notice.reconnect_link"), Address: "/collection"}
}

// kpis returns the four key figures.
func (s *Server) kpis(p *i18n.Printer, view analytics.View, f analytics.Figures) []kpi {
	kind := s.kind(p)
	card := func(key string, value i18n.Num) kpi {
		m, _ := analytics.MetricByKey(key)
		k := kpi{Key: key, Name: m.Name.In(p.Lang), Value: value.HTML(), Kind: kind,
			Means: []string{m.Means.In(p.Lang), p.Text("metric.dash", "Meaning", i18n.Words(m.Unknown.In(p.Lang)))}}
		k.WhatIs = p.Text("metric.what_is", "Name", i18n.Words(k.Name))
		return k
	}

	interactions := card("interactions", p.Count(f.Interactions.Value))
	interactions.Change = changeFrom(p, f.Interactions)
	interactions.Notes = posts(p, f.Interactions.Unknown)
	if v := f.Interactions.Carried; view == analytics.ViewActivity && v != nil && *v != 0 {
		interactions.Notes = append(interactions.Notes, p.HTML("kpi.carried", "Value", p.Count(v)))
	}

	rate := card("engagement_rate", p.Percent(f.Rate.Value, 2))
	switch {
	case view == analytics.ViewActivity:
		rate.Change = p.HTML("kpi.rate_only_life")
	case f.Rate.Value != nil && f.Rate.Previous != nil:
		d := p.Points(f.Rate.Value, f.Rate.Previous)
		rate.Change = p.HTML("kpi.points", "Points", tinted(d), "Before", p.Percent(f.Rate.Previous, 2))
	default:
		rate.Change = p.HTML("kpi.no_before")
	}
	if view == analytics.ViewLife {
		rate.Notes = append(rate.Notes, p.HTML("kpi.rate_pooled"))
		rate.Notes = append(rate.Notes, posts(p, f.Rate.Unknown)...)
	}

	followers := card("followers", p.Count(f.Followers.Value))
	followers.Change = p.HTML("kpi.gained", "Gained", tinted(p.Gain(f.Gained.Value)))
	followers.Notes = append(followers.Notes, p.HTML("kpi.sum_of_audiences"))
	if n := f.Followers.Unknown; n > 0 {
		followers.Notes = append(followers.Notes, p.HTML("kpi.unknown_accounts", "Count", int(n)))
	}

	published := card("posts", p.Count(f.Posts.Value))
	published.Change = changeFrom(p, f.Posts)
	published.Notes = append(published.Notes,
		p.HTML("kpi.reactions_comments", "Reactions", p.Count(f.Reactions.Value), "Comments", p.Count(f.Comments.Value)))
	if n := max(f.Reactions.Unknown, f.Comments.Unknown); n > 0 {
		published.Notes = append(published.Notes, posts(p, n)...)
	}
	return []kpi{interactions, rate, followers, published}
}

// posts says of how many posts a number is not known; nothing for none.
func posts(p *i18n.Printer, unknown uint64) []template.HTML {
	if unknown == 0 {
		return nil
	}
	return []template.HTML{p.HTML("kpi.unknown_posts", "Count", int(unknown))}
}

// tinted returns the number in the colour of its sign. The sign itself is
// written, so the colour adds nothing that must be seen.
func tinted(n i18n.Num) template.HTML {
	class := ""
	switch {
	case len(n) > 0 && n[0] == '+':
		class = "up"
	case len(n) > 2 && n[:3] == "−":
		class = "down"
	default:
		return n.HTML()
	}
	return template.HTML(`<bdi class="num ` + class + `">` + template.HTMLEscapeString(string(n)) + `</bdi>`)
}

// changeFrom says how a figure changed, and from what.
func changeFrom(p *i18n.Printer, f analytics.Figure) template.HTML {
	switch change := f.Change(); {
	case change != nil:
		return p.HTML("kpi.change", "Change", tinted(p.Change(change)), "Before", p.Count(f.Previous))
	case f.IsNew():
		return p.HTML("kpi.new")
	case f.Value != nil && f.Previous != nil: // both zero
		return p.HTML("kpi.same_zero")
	}
	return p.HTML("kpi.no_before")
}

// changeCell is the same for a table: the change, "new", or a dash.
func changeCell(p *i18n.Printer, f analytics.Figure) template.HTML {
	if f.IsNew() {
		return p.HTML("change.new")
	}
	return tinted(p.Change(f.Change()))
}

func dayRows(p *i18n.Printer, days []analytics.Day) []dayRow {
	rows := make([]dayRow, len(days))
	for i, d := range days {
		r := dayRow{Day: p.Date(d.Day), Value: p.Count(d.Value).HTML(), Previous: p.Count(d.Previous).HTML(), Posts: p.Count(d.Posts).HTML()}
		if t := d.Top; t != nil {
			share := min(t.Share, 1)
			r.Account, r.Text, r.Link, r.Share = t.Account, clip(t.Text, 80), safeLink(t.Permalink), p.Percent(&share, 0).HTML()
		}
		rows[i] = r
	}
	return rows
}

// clip returns the first n letters of the first line.
func clip(s string, n int) string {
	letters := 0
	for i, r := range s {
		if r == '\n' || r == '\r' {
			return s[:i] + " …"
		}
		if letters == n {
			return s[:i] + "…"
		}
		letters++
	}
	return s
}

// league returns the table of departments or accounts.
func (s *Server) league(p *i18n.Printer, id string, lines []analytics.Line, asOf template.HTML, q query) tableCard {
	metric := func(key string) string {
		m, _ := analytics.MetricByKey(key)
		return m.Name.In(p.Lang)
	}
	t := tableCard{ID: id, Title: p.Text(id + ".title"), Means: p.Text(id + ".means"), Caption: p.Text(id + ".caption"),
		Kind: s.kind(p), CSV: q.address("/overview.csv", "table", id), AsOf: asOf,
		Headings: []heading{
			{metric("interactions"), true}, {p.Text("heading.change"), true}, {metric("posts"), true},
			{metric("engagement_rate"), true}, {metric("followers"), true}, {p.Text("heading.unknown"), true},
		}}
	var most float64
	for _, l := range lines {
		if v := l.Interactions.Value; v != nil {
			most = max(most, *v)
		}
	}
	for i, l := range lines {
		r := leagueRow{Name: name(p, l), Handle: l.Handle}
		if l.Platform != "" {
			r.Platform = platformName(p, l.Platform)
		}
		if v := l.Interactions.Value; v != nil && most > 0 {
			r.Bar = newBar(p, *v/most)
		}
		r.Cells = []template.HTML{
			p.Count(l.Interactions.Value).HTML(), changeCell(p, l.Interactions), p.Count(l.Posts.Value).HTML(),
			p.Percent(l.Rate.Value, 2).HTML(), p.Count(l.Followers.Value).HTML(), unknownCell(p, l.Interactions.Unknown),
		}
		if i < firstRows {
			t.First = append(t.First, r)
		} else {
			t.Rest = append(t.Rest, r)
		}
	}
	if n := len(t.Rest); n > 0 {
		t.More = p.Text(id+".more", "Count", n)
	}
	return t
}

// unknownCell shows how many posts did not say, and nothing for none.
func unknownCell(p *i18n.Printer, n uint64) template.HTML {
	if n == 0 {
		return p.Int(0).HTML()
	}
	return p.Uint(n).HTML()
}

func platformName(p *i18n.Printer, platform schema.Platform) string {
	if slices.Contains(platforms, platform) {
		return p.Text("platform." + string(platform))
	}
	return string(platform)
}

func newControls(p *i18n.Printer, q query, departments []schema.Department, now time.Time) controls {
	c := controls{From: q.From, To: q.To, FromType: "date", ToType: "date"}
	if q.PeriodProblem != "" {
		c.PeriodProblem, c.Open = p.Text(q.PeriodProblem, "Example", dayExample), true
	}
	if q.From == "" && q.To == "" {
		c.From, c.To = q.Period.From.Format(time.DateOnly), q.Period.Last().Format(time.DateOnly)
	}
	if !isDay(c.From) {
		c.FromType = "text"
	}
	if !isDay(c.To) {
		c.ToType = "text"
	}
	c.Period = string(p.Days(q.Period.From, q.Period.Last()))
	for _, name := range presets {
		c.Presets = append(c.Presets, option{p.Text("period." + name), name, q.address("/", "period", name), q.Preset == name})
		if q.Preset == name {
			c.Period = p.Text("period." + name)
		}
	}
	for _, v := range []analytics.View{analytics.ViewLife, analytics.ViewActivity} {
		c.Views = append(c.Views, option{p.Text("view." + string(v)), string(v), q.address("/", "view", string(v)), q.View == v})
	}
	if q.ViewProblem != "" {
		c.ViewProblem = p.Text(q.ViewProblem)
	}

	chosenDepartment, chosenPlatform := p.Text("filter.all_departments"), p.Text("filter.all_platforms")
	for _, d := range departments {
		o := option{Name: departmentName(p, d), Value: string(d.ID), Current: string(d.ID) == q.Department}
		if o.Current {
			chosenDepartment, c.Filtered = o.Name, true
		}
		c.Departments = append(c.Departments, o)
	}
	for _, pl := range platforms {
		o := option{Name: platformName(p, pl), Value: string(pl), Current: string(pl) == q.Platform}
		if o.Current {
			chosenPlatform, c.Filtered = o.Name, true
		}
		c.Platforms = append(c.Platforms, o)
	}
	switch {
	case len(q.Filter.Departments) > 0 && len(q.Filter.Platforms) > 0:
		c.Filter = chosenDepartment + " · " + chosenPlatform
	case len(q.Filter.Platforms) > 0:
		c.Filter = chosenPlatform
	default:
		c.Filter = chosenDepartment
	}
	if q.FilterProblem != "" {
		c.FilterProblem = p.Text(q.FilterProblem, "Typed", clip(q.typed(), 60))
	}
	c.Clear = q.address("/", "department", "", "platform", "")

	if q.View != analytics.ViewLife {
		c.KeepPeriod = append(c.KeepPeriod, field{"view", string(q.View)})
		c.KeepFilter = append(c.KeepFilter, field{"view", string(q.View)})
	}
	if len(q.Filter.Departments) > 0 {
		c.KeepPeriod = append(c.KeepPeriod, field{"department", q.Department})
	}
	if len(q.Filter.Platforms) > 0 {
		c.KeepPeriod = append(c.KeepPeriod, field{"platform", q.Platform})
	}
	if q.Preset == "" {
		c.KeepFilter = append(c.KeepFilter, field{"from", q.From}, field{"to", q.To})
	} else if q.Preset != defaultPreset {
		c.KeepFilter = append(c.KeepFilter, field{"period", q.Preset})
	}
	return c
}

// dayExample shows how a day is written.
const dayExample i18n.Num = "2026-05-31"

// typed returns the filter that could not be used, as it was given.
func (q query) typed() string {
	if q.FilterProblem == "problem.platform" {
		return q.Platform
	}
	return q.Department
}

func departmentName(p *i18n.Printer, d schema.Department) string {
	if p.RTL() && d.NameUr != "" {
		return d.NameUr
	}
	if d.NameEn != "" {
		return d.NameEn
	}
	return string(d.ID)
}

// overviewCSV sends GET /overview.csv?table=days|departments|accounts and the
// choices of the page.
func (s *Server) overviewCSV(c *fiber.Ctx) error {
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	q := s.readQuery(c, departments)
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
	var rows [][]string
	switch table {
	case "days":
		rows = dayCSV(p, o)
	case "departments":
		rows = leagueCSV(p, o.Departments, false)
	case "accounts":
		rows = leagueCSV(p, o.Accounts, true)
	default:
		return inputError{"problem.table"}
	}
	return sendCSV(c, "hamawaz-"+table+"-"+q.Period.From.Format(time.DateOnly)+"-"+q.Period.Last().Format(time.DateOnly),
		withContext(p, o, q, rows))
}
