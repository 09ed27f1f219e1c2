package dashboard

import (
	"html/template"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// reachKPIs returns the four key figures of reach.
func reachKPIs(p *i18n.Printer, r analytics.Reach, kind string) []kpi {
	card := func(key, kind string, value i18n.Num, also ...string) kpi {
		m, _ := analytics.MetricByKey(key)
		k := kpi{Key: key, Name: m.Name.In(p.Lang), Value: value.HTML(), Kind: kind, Means: []string{m.Means.In(p.Lang)},
			More: p.Text("metrics.more")}
		for _, other := range also {
			o, _ := analytics.MetricByKey(other)
			k.Means = append(k.Means, o.Name.In(p.Lang)+": "+o.Means.In(p.Lang))
		}
		k.Means = append(k.Means, p.Text("metric.dash", "Meaning", i18n.Words(m.Unknown.In(p.Lang))))
		k.WhatIs = p.Text("metric.what_is", "Name", i18n.Words(k.Name))
		return k
	}
	f := r.All

	summed := card("reach", kind, p.Count(f.Summed.Value))
	summed.Change = reachChange(p, f)
	summed.Notes = append(posts(p, f.Summed.Unknown),
		p.HTML("reach.displays", "Views", p.Count(f.Views.Value), "Impressions", p.Count(f.Impressions.Value)))

	net := card("net_reach_estimate", p.Text("reach.kind_estimate"), p.Count(f.Net.Estimate), "net_reach_low", "net_reach_high")
	net.Change = p.HTML("reach.between", "Low", p.Count(f.Net.Low), "High", p.Count(f.Net.High))
	if r.Population > 0 {
		n := float64(r.Population)
		if of := r.PopulationOf.In(p.Lang); of != "" {
			net.Notes = append(net.Notes, p.HTML("reach.population_of", "Population", p.Count(&n), "Of", of))
		} else {
			net.Notes = append(net.Notes, p.HTML("reach.population", "Population", p.Count(&n)))
		}
	} else {
		net.Notes = append(net.Notes, p.HTML("reach.no_population"))
	}
	if n := f.Net.Implausible; n > 0 {
		net.Notes = append(net.Notes, p.HTML("reach.implausible", "Count", int(n)))
	}

	coverage := card("reach_coverage", kind, p.Percent(f.Coverage.Share(), 0))
	coverage.Change = knownOf(p, f.Coverage)
	coverage.Notes = []template.HTML{p.HTML("reach.coverage_before", "Share", p.Percent(f.CoverageBefore.Share(), 0))}

	followers := card("followers", kind, p.Count(f.Followers.Value))
	followers.Change = p.HTML("kpi.sum_of_audiences")
	if n := f.Followers.Unknown; n > 0 {
		followers.Notes = append(followers.Notes, p.HTML("kpi.unknown_accounts", "Count", int(n)))
	}
	return []kpi{summed, net, coverage, followers}
}

// knownOf says of how many posts the reach is known.
func knownOf(p *i18n.Printer, c analytics.Coverage) template.HTML {
	return p.HTML("reach.known_of", "Known", p.Uint(c.Known), "Count", int(c.Posts))
}

// reachChange says how the summed reach changed, or why it is not compared.
func reachChange(p *i18n.Printer, f analytics.ReachFigures) template.HTML {
	if f.Gap() == "" {
		return changeFrom(p, f.Summed)
	}
	return i18n.Dash.HTML() + " " + escaped(i18n.Words(whyNot(p, f)))
}

// whyNot says why the summed reach is not compared; empty: it is.
func whyNot(p *i18n.Printer, f analytics.ReachFigures) string {
	switch f.Gap() {
	case analytics.GapNow:
		return p.Text("reach.gap_now")
	case analytics.GapBefore:
		return p.Text("reach.gap_before")
	case analytics.GapUneven:
		return p.Text("reach.gap_uneven", "Now", p.Percent(f.Coverage.Share(), 0), "Before", p.Percent(f.CoverageBefore.Share(), 0))
	}
	return ""
}

// whyNotShort is whyNot for the cell of a table.
func whyNotShort(p *i18n.Printer, f analytics.ReachFigures) template.HTML {
	switch f.Gap() {
	case analytics.GapNow:
		return p.HTML("reach.short_now")
	case analytics.GapBefore:
		return p.HTML("reach.short_before")
	}
	return p.HTML("reach.short_uneven", "Now", p.Percent(f.Coverage.Share(), 0), "Before", p.Percent(f.CoverageBefore.Share(), 0))
}

// reachName returns what to call a line.
func reachName(p *i18n.Printer, l analytics.ReachLine) string {
	switch {
	case l.Account != "":
		return name(p, analytics.Line{Key: string(l.Account), NameEn: l.NameEn, Handle: l.Handle, Platform: l.Platform})
	case l.Department != "":
		return departmentName(p, schema.Department{ID: l.Department, NameEn: l.NameEn, NameUr: l.NameUr})
	}
	return platformName(p, l.Platform)
}

// reachTable returns the table of departments, platforms or accounts.
func reachTable(p *i18n.Printer, q query, id string, lines []analytics.ReachLine, r analytics.Reach, now time.Time, link func(analytics.ReachLine) string) tableCard {
	t := tableCard{ID: "reach-" + id, NameHeading: p.Text(id + ".name"), Means: p.Text("reach.table_means"),
		CSV: q.address("/reach.csv", "table", id, "measure", ""),
		Headings: []heading{
			{metricName(p, "reach"), true}, {p.Text("heading.change"), true}, {metricName(p, "net_reach_estimate"), true},
			{p.Text("reach.coverage"), true}, {metricName(p, "views"), true}, {metricName(p, "impressions"), true},
			{metricName(p, "followers"), true}, {p.Text("reach.oldest"), true},
		}}
	switch id {
	case tableDepartments:
		t.Title = p.Text("reach.departments")
	case tablePlatforms:
		t.Title = p.Text("reach.platforms")
	case tableAccounts:
		t.Title = p.Text("reach.accounts")
	}
	t.Caption = t.Title
	known := 0
	for i, l := range lines {
		row := leagueRow{Name: reachName(p, l), Link: link(l), Cells: reachCells(p, l.ReachFigures, now)}
		if l.Account != "" {
			row.Handle, row.Platform = handleName(l.Platform, l.Handle), platformName(p, l.Platform)
		}
		if l.Coverage.Known > 0 {
			known++
		}
		if i < firstRows {
			t.First = append(t.First, row)
		} else {
			t.Rest = append(t.Rest, row)
		}
	}
	t.Say = p.HTML("reach.say_known", "Known", known, "Count", len(lines))
	if n := len(t.Rest); n > 0 {
		t.More = p.Text("reach.more", "Count", n)
	}
	if r.AsOf != nil {
		t.AsOf = p.HTML("foot.as_of", "AsOf", p.Moment(*r.AsOf, now))
	}
	return t
}

// escaped returns words of ours as HTML.
func escaped(w i18n.Words) template.HTML { return template.HTML(template.HTMLEscapeString(string(w))) }

// sub returns what stands small below a figure.
func sub(h template.HTML) template.HTML { return `<span class="sub">` + h + `</span>` }

// reachCells returns the cells of a line, in the order of the headings.
func reachCells(p *i18n.Printer, f analytics.ReachFigures, now time.Time) []template.HTML {
	change := changeCell(p, f.Summed)
	if f.Gap() != "" {
		change = i18n.Dash.HTML() + sub(whyNotShort(p, f))
	}
	net := p.Count(f.Net.Estimate).HTML()
	if f.Net.Low != nil {
		net += sub((p.Count(f.Net.Low) + "–" + p.Count(f.Net.High)).HTML())
	}
	if n := f.Net.Implausible; n > 0 {
		net += sub(p.HTML("reach.implausible", "Count", int(n)))
	}
	coverage := p.Percent(f.Coverage.Share(), 0).HTML()
	if f.Coverage.Posts > 0 {
		coverage += sub((p.Uint(f.Coverage.Known) + " / " + p.Uint(f.Coverage.Posts)).HTML())
	}
	return []template.HTML{
		p.Count(f.Summed.Value).HTML(), change, net, coverage,
		p.Count(f.Views.Value).HTML(), p.Count(f.Impressions.Value).HTML(), p.Count(f.Followers.Value).HTML(), oldestCell(p, f, now),
	}
}

// oldestCell says when the account was read that was read longest ago.
func oldestCell(p *i18n.Printer, f analytics.ReachFigures, now time.Time) template.HTML {
	cell := i18n.Dash.HTML()
	if f.Oldest != nil {
		cell = escaped(p.Moment(*f.Oldest, now))
	}
	if f.Unread > 0 {
		cell += sub(p.HTML("reach.unread", "Count", f.Unread))
	}
	return cell
}

// reachLineCells returns the lines for a file.
func reachLineCells(p *i18n.Printer, r analytics.Reach, lines []analytics.ReachLine) [][]cell {
	rows := [][]cell{headings(p, "key", "name", "platform", "handle", "posts", "reach_known", "coverage", "reach", "reach_before", "change", "reach_gap",
		"net_low", "net_estimate", "net_high", "implausible", "population", "views", "impressions", "followers", "oldest")}
	for _, l := range lines {
		key := string(l.Account)
		switch {
		case l.Account == "" && l.Department != "":
			key = string(l.Department)
		case l.Account == "":
			key = string(l.Platform)
		}
		change, population := numberCell(l.Summed.Change()), cell{}
		if l.Gap() != "" {
			change = cell{}
		}
		if r.Population > 0 {
			population = countCell(r.Population)
		}
		rows = append(rows, []cell{textCell(key), textCell(reachName(p, l)), textCell(string(l.Platform)), textCell(l.Handle),
			numberCell(l.Posts.Value), countCell(l.Coverage.Known), numberCell(l.Coverage.Share()),
			numberCell(l.Summed.Value), numberCell(l.Summed.Previous), change, textCell(whyNot(p, l.ReachFigures)),
			numberCell(l.Net.Low), numberCell(l.Net.Estimate), numberCell(l.Net.High), countCell(l.Net.Implausible), population,
			numberCell(l.Views.Value), numberCell(l.Impressions.Value), numberCell(l.Followers.Value), momentCell(p, l.Oldest)})
	}
	return rows
}
