package dashboard

import (
	"html/template"
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// firstRows is how many rows of a league show before the rest is asked for.
const firstRows = 10

// dayRowsUpTo is the longest period whose days a page lists.
const dayRowsUpTo = 400

// A kpi is one key figure.
type kpi struct {
	Key, Name string
	Means     []string // the definition, sentence by sentence
	WhatIs    string   // label of the button that shows it
	More      string   // label of the link to the catalogue
	Value     template.HTML
	Change    template.HTML // against the period before
	Notes     []template.HTML
	Kind      string
}

type dailyCard struct {
	Title   string
	Before  string   // what the period is compared with
	Metrics []option // what else the chart can show
	Caption string
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
	ID, Title, NameHeading, Means, Caption, Kind string
	Say                                          template.HTML
	First, Rest                                  []leagueRow
	More                                         string // label of what shows the rest
	Accounts                                     bool
	CSV                                          string
	Only                                         string // which part of it this person sees; empty: all
	AsOf                                         template.HTML
	Headings                                     []heading
}

type heading struct {
	Name   string
	Number bool
}

type leagueRow struct {
	Name     string
	Link     string // of the page about it; empty: none
	Handle   string // as people write it; empty: not an account
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
func (p figuresPage) League(t tableCard) leagueView { return leagueView{p.Printer, t} }

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

// kpis returns the four key figures.
func (s *Server) kpis(p *i18n.Printer, view analytics.View, f analytics.Figures) []kpi {
	kind := s.kind(p)
	card := func(key string, value i18n.Num) kpi {
		m, _ := analytics.MetricByKey(key)
		k := kpi{Key: key, Name: m.Name.In(p.Lang), Value: value.HTML(), Kind: kind,
			Means: []string{m.Means.In(p.Lang), p.Text("metric.dash", "Meaning", i18n.Words(m.Unknown.In(p.Lang)))}}
		k.WhatIs = p.Text("metric.what_is", "Name", i18n.Words(k.Name))
		k.More = p.Text("metrics.more")
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
func (s *Server) league(p *i18n.Printer, id string, lines []analytics.Line, asOf template.HTML, q query, link func(analytics.Line) string) tableCard {
	metric := func(key string) string {
		m, _ := analytics.MetricByKey(key)
		return m.Name.In(p.Lang)
	}
	t := tableCard{ID: id, Title: p.Text(id + ".title"), NameHeading: p.Text(id + ".name"), Means: p.Text(id + ".means"), Caption: p.Text(id + ".caption"),
		Kind: s.kind(p), CSV: q.address("/overview.csv", append(q.file, "table", id)...), AsOf: asOf,
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
		r := leagueRow{Name: name(p, l), Link: link(l), Handle: handleName(l.Platform, l.Handle)}
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

// handleName returns a handle as people write it: a website's is its name.
func handleName(platform schema.Platform, handle string) string {
	if platform == schema.Feed || handle == "" {
		return handle
	}
	return "@" + handle
}

func platformName(p *i18n.Printer, platform schema.Platform) string {
	if slices.Contains(platforms, platform) {
		return p.Text("platform." + string(platform))
	}
	return string(platform)
}
