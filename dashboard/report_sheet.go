package dashboard

import (
	"html/template"
	"strings"
	"unicode"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// How much one A4 page holds.
const (
	reportLeague = 10
	reportPosts  = 5
	reportText   = 88 // letters of a post: one line
)

// A sheet is one page of paper in one language.
type sheet struct {
	*i18n.Printer
	Title   string
	Period  string // "May 2024", "27 May – 2 Jun 2024"
	Scope   string
	ToDate  template.HTML // that the period is not over; empty: it is
	Missing []template.HTML

	Figures []sheetFigure
	Against template.HTML // what changes are against
	Daily   dayBars
	SayDays template.HTML
	SayTop  template.HTML
	League  []sheetLine
	Rest    template.HTML
	Posts   []sheetPost
	NoPosts template.HTML
	OnlyOwn bool // posts of the person's own department only

	Coverage []template.HTML
	Kind     string
	Origin   template.HTML
	Made     template.HTML
}

// A sheetFigure is one headline figure, with its words for paper and mail.
type sheetFigure struct {
	Key, Name string
	Value     i18n.Num
	Change    sentence
	Note      sentence // its key is empty where there is none
	Means     string
}

type sheetLine struct {
	Rank  int
	Own   bool // the department that the report is about
	Name  string
	Bar   *bar
	Cells []template.HTML
}

type sheetPost struct {
	Rank         int
	Picture      template.URL // empty: Icon stands for it
	Icon         string       // the format, as the template draws it
	Text         string
	Account      string
	Platform     string
	Day          i18n.Words
	Interactions template.HTML
	Rate         template.HTML
}

// ChangeHTML and NoteHTML write the figure's sentences for paper.
func (s sheet) ChangeHTML(f sheetFigure) template.HTML { return f.Change.html(s.Printer) }

// NoteHTML is empty where there is nothing to note.
func (s sheet) NoteHTML(f sheetFigure) template.HTML {
	if f.Note.key == "" {
		return ""
	}
	return f.Note.html(s.Printer)
}

// sheet writes the facts in the language of the printer.
func (r *Reporter) sheet(p *i18n.Printer, facts reportFacts) sheet {
	o := facts.own
	s := sheet{Printer: p, Title: p.Text("report.title"), Period: monthName(p, facts.q.From), Scope: p.Text("filter.all_departments"),
		Kind: r.kind(p), Origin: r.origin(p)}
	if !wholeMonth(facts.q.From, facts.q.To) {
		s.Period = string(p.Days(facts.q.From, facts.q.To.AddDate(0, 0, -1)))
	}
	if facts.department != nil {
		s.Scope = departmentName(p, *facts.department)
	}
	if facts.toDate {
		s.ToDate = p.HTML("report.to_date", "Days", p.Days(o.Period.From, o.Period.Last()))
	}
	s.Missing = missingFrom(p, facts)
	s.Made = p.HTML("report.made", "Moment", p.Date(facts.now)+" "+i18n.Words(p.Clock(facts.now)), "Zone", zoneName(p), "Version", r.Version)

	s.Figures = reportFigures(p, o.Headline)
	before := p.Days(o.Previous.From, o.Previous.Last())
	s.Against = p.HTML("report.against", "Before", before)
	nameless := o
	nameless.Days = withoutNames(o.Days, facts)
	days, _ := sayDays(p, nameless)
	s.SayDays = days.html(p)
	s.Daily = newDayBars(p, o, days.text(p))

	s.SayTop = sayDepartments(p, facts.all.Departments)
	s.League, s.Rest = r.reportLeague(p, facts)
	for i, row := range facts.posts {
		if row.Interactions == nil {
			break // unknown ones come last
		}
		text := paperText(row.Text)
		if text == "" {
			text = p.Text("report.no_text")
		}
		account := row.AccountName
		if account == "" {
			account = handleName(row.Platform, row.Handle)
		}
		s.Posts = append(s.Posts, sheetPost{
			Rank: i + 1, Picture: facts.pictures[i], Icon: formatIcon(row.Format), Text: text, Account: account, Platform: platformName(p, row.Platform), Day: p.DayMonth(row.PublishedAt),
			Interactions: p.Count(row.Interactions).HTML(), Rate: p.Percent(row.Rate, 2).HTML(),
		})
	}
	switch {
	case !facts.postsOf:
		s.NoPosts = p.HTML("report.posts_not_yours")
	case len(s.Posts) == 0:
		s.NoPosts = p.HTML("report.posts_none")
	}
	s.OnlyOwn = facts.narrowed && facts.postsOf
	s.Coverage = reportCoverage(p, facts)
	return s
}

// missingFrom says why the report may not go out; nothing where it may. What a
// platform never told is unknown and no reason; what was not asked yet is one.
func missingFrom(p *i18n.Printer, facts reportFacts) []template.HTML {
	o := facts.own
	switch {
	case facts.q.From.After(facts.now):
		return []template.HTML{p.HTML("report.missing_future")}
	case o.AsOf == nil:
		return []template.HTML{p.HTML("report.missing_nothing")}
	case o.Reported == 0:
		return []template.HTML{p.HTML("report.missing_none")}
	}
	var list []template.HTML
	if !facts.toDate && o.AsOf.Before(facts.q.To) {
		list = append(list, p.HTML("report.missing_end", "AsOf", p.Moment(*o.AsOf, facts.now)))
	}
	for _, f := range []struct {
		key string
		analytics.Figure
	}{{"posts", o.Headline.Posts}, {"interactions", o.Headline.Interactions}} {
		if f.Value == nil {
			m, _ := analytics.MetricByKey(f.key)
			list = append(list, p.HTML("report.missing_figure", "Name", i18n.Words(m.Name.In(p.Lang))))
		}
	}
	return list
}

// reportFigures returns the headline figures: interactions, posts, followers,
// engagement rate.
func reportFigures(p *i18n.Printer, f analytics.Figures) []sheetFigure {
	figure := func(key string, value i18n.Num, change sentence) sheetFigure {
		m, _ := analytics.MetricByKey(key)
		return sheetFigure{Key: key, Name: m.Name.In(p.Lang), Value: value, Change: change, Means: m.Means.In(p.Lang)}
	}
	unknown := func(n uint64, key string) sentence {
		if n == 0 {
			return sentence{}
		}
		return say(key, "Count", int(n))
	}
	interactions := figure("interactions", p.Count(f.Interactions.Value), sayChange(p, f.Interactions))
	interactions.Note = unknown(f.Interactions.Unknown, "kpi.unknown_posts")
	posts := figure("posts", p.Count(f.Posts.Value), sayChange(p, f.Posts))
	followers := figure("followers", p.Count(f.Followers.Value), sayChange(p, f.Followers))
	followers.Note = unknown(f.Followers.Unknown, "kpi.unknown_accounts")
	rate := figure("engagement_rate", p.Percent(f.Rate.Value, 2), say("kpi.no_before"))
	if f.Rate.Value != nil && f.Rate.Previous != nil {
		rate.Change = say("kpi.points", "Points", p.Points(f.Rate.Value, f.Rate.Previous), "Before", p.Percent(f.Rate.Previous, 2))
	}
	rate.Note = unknown(f.Rate.Unknown, "kpi.unknown_posts")
	return []sheetFigure{interactions, posts, followers, rate}
}

// sayChange says how a figure changed, and from what.
func sayChange(p *i18n.Printer, f analytics.Figure) sentence {
	switch change := f.Change(); {
	case change != nil:
		return say("kpi.change", "Change", p.Change(change), "Before", p.Count(f.Previous))
	case f.IsNew():
		return say("kpi.new")
	case f.Value != nil && f.Previous != nil: // both zero
		return say("kpi.same_zero")
	}
	return say("kpi.no_before")
}

// reportLeague returns the first departments, with the one that the report is
// about wherever it stands, and what the others have together.
func (r *Reporter) reportLeague(p *i18n.Printer, facts reportFacts) (lines []sheetLine, rest template.HTML) {
	var most, sum float64
	others, unknown := 0, 0
	for i, l := range facts.all.Departments {
		own := facts.department != nil && l.Key == string(facts.department.ID)
		v := l.Interactions.Value
		if v != nil {
			most = max(most, *v)
		}
		if i >= reportLeague && !own {
			others++
			if v != nil {
				sum += *v
			} else {
				unknown++
			}
			continue
		}
		line := sheetLine{Rank: i + 1, Own: own, Name: name(p, l), Cells: []template.HTML{
			p.Count(v).HTML(), changeCell(p, l.Interactions), p.Count(l.Posts.Value).HTML(), p.Percent(l.Rate.Value, 2).HTML(), p.Count(l.Followers.Value).HTML(),
		}}
		if v != nil && most > 0 {
			b := newBar(p, *v/most)
			line.Bar = &b
		}
		lines = append(lines, line)
	}
	if others == 0 {
		return lines, ""
	}
	known := &sum
	if unknown == others {
		known = nil
	}
	rest = p.HTML("report.rest", "Count", others, "Value", p.Count(known))
	if unknown > 0 {
		rest += " " + p.HTML("report.rest_unknown", "Count", unknown)
	}
	return lines, rest
}

// withoutNames leaves out of the days which post stands out where this person
// may not see it by name.
func withoutNames(days []analytics.Day, facts reportFacts) []analytics.Day {
	if !facts.narrowed {
		return days
	}
	bare := make([]analytics.Day, len(days))
	for i, d := range days {
		d.Top = nil
		bare[i] = d
	}
	return bare
}

// reportCoverage says what the figures rest on.
func reportCoverage(p *i18n.Printer, facts reportFacts) []template.HTML {
	o := facts.own
	list := []template.HTML{p.HTML("report.reported", "Reported", o.Reported, "Count", o.Total)}
	if o.AsOf != nil {
		list = append(list, p.HTML("foot.as_of", "AsOf", p.Date(*o.AsOf)+" "+i18n.Words(p.Clock(*o.AsOf))))
	}
	if o.HistoryBegins != nil {
		list = append(list, p.HTML("daily.history", "Day", p.Date(*o.HistoryBegins)))
	}
	gaps := 0
	for _, d := range o.Days {
		if !d.Covered && !d.Day.After(facts.now) {
			gaps++
		}
	}
	if gaps > 0 {
		list = append(list, p.HTML("report.gaps", "Count", gaps))
	} else {
		list = append(list, p.HTML("report.no_gaps"))
	}
	return list
}

// paperText returns a post's text for one or two lines of paper: no line
// breaks, and no pictures, for which the paper has no letters.
func paperText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == 0x200d, r >= 0xfe00 && r <= 0xfe0f, r >= 0x1f000, r >= 0x2600 && r <= 0x27bf, r >= 0x2b00 && r <= 0x2bff, unicode.Is(unicode.So, r):
			return -1
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	return clip(strings.Join(strings.Fields(s), " "), reportText)
}

// zoneName returns the zone in words.
func zoneName(p *i18n.Printer) i18n.Words { return (&page{Printer: p}).zoneName() }
