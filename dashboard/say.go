package dashboard

import (
	"html/template"
	"net/url"
	"slices"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// Rules of the sentences on cards. A day stands out when it has at least twice
// the middle day's interactions; a post explains it when it brought a quarter.
const (
	fewDays      = 7
	standOutFrom = 2.0
	explainsFrom = 0.25
)

// A sentence is a text with its values, for a page or for plain text.
type sentence struct {
	key  string
	args []any
}

func say(key string, args ...any) sentence { return sentence{key, args} }

func (s sentence) html(p *i18n.Printer) template.HTML { return p.HTML(s.key, s.args...) }
func (s sentence) text(p *i18n.Printer) string        { return p.Text(s.key, s.args...) }

// sayDays returns the sentence of the daily chart: the day that stands out and
// the post that explains it, or in words that none does. The post is nil where
// no single one explains it.
func sayDays(p *i18n.Printer, o analytics.Overview) (sentence, *analytics.TopPost) {
	days := o.Days
	var (
		values []float64
		best   *analytics.Day
	)
	for i, d := range days {
		if d.Value == nil {
			continue
		}
		values = append(values, *d.Value)
		if best == nil || *d.Value > *best.Value {
			best = &days[i]
		}
	}
	switch {
	case o.Metric != defaultMetric && o.Metric != "":
		if len(values) == 0 {
			return say("say.metric_unknown", "Name", i18n.Words(metricName(p, o.Metric))), nil
		}
		return say("say.metric_most", "Day", p.DayMonth(best.Day), "Value", p.Count(best.Value)), nil
	case len(values) == 0:
		return say("say.days_unknown"), nil
	case *best.Value <= 0:
		return say("say.days_zero"), nil
	case len(values) < fewDays:
		return say("say.days_few", "Count", len(values), "Day", p.DayMonth(best.Day), "Value", p.Count(best.Value)), nil
	}
	slices.Sort(values)
	middle := median(values)
	if *best.Value < standOutFrom*middle || *best.Value < 10 {
		first, last := values[0], values[len(values)-1]
		return say("say.days_even", "Low", p.Count(&first), "High", p.Count(&last)), nil
	}
	if t := best.Top; t != nil && t.Share >= explainsFrom {
		share := min(t.Share, 1)
		return say("say.days_post", "Day", p.DayMonth(best.Day), "Account", t.Account, "Share", p.Percent(&share, 0)), t
	}
	if middle <= 0 {
		return say("say.days_alone", "Day", p.DayMonth(best.Day), "Value", p.Count(best.Value)), nil
	}
	return say("say.days_many", "Day", p.DayMonth(best.Day), "Times", p.Decimal(*best.Value/middle, 1)), nil
}

// median returns the middle of sorted values.
func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// safeLink returns the address if a browser may be sent there, else nothing.
func safeLink(address string) string {
	if u, err := url.Parse(address); err == nil && u.Scheme == "https" && u.Host != "" {
		return address
	}
	return ""
}

// sayDepartments returns the sentence of the departments: which leads, with
// what share of what is known.
func sayDepartments(p *i18n.Printer, lines []analytics.Line) template.HTML {
	var sum float64
	unknown := 0
	for _, l := range lines {
		if v := l.Interactions.Value; v != nil {
			sum += *v
		} else {
			unknown++
		}
	}
	if len(lines) == 0 {
		return p.HTML("say.no_departments")
	}
	if sum <= 0 || lines[0].Interactions.Value == nil {
		return p.HTML("say.departments_none")
	}
	share := *lines[0].Interactions.Value / sum
	say := p.HTML("say.departments_lead", "Name", name(p, lines[0]), "Share", p.Percent(&share, 0))
	if len(lines) == 1 {
		say = p.HTML("say.departments_one")
	}
	if unknown > 0 {
		say += " " + p.HTML("say.departments_unknown", "Count", unknown)
	}
	return say
}

// sayAccounts returns the sentence of the accounts: how many posted.
func sayAccounts(p *i18n.Printer, lines []analytics.Line) template.HTML {
	posted := 0
	for _, l := range lines {
		if v := l.Posts.Value; v != nil && *v > 0 {
			posted++
		}
	}
	return p.HTML("say.accounts", "Posted", posted, "Count", len(lines))
}

// name returns what to call a department or account.
func name(p *i18n.Printer, l analytics.Line) string {
	switch {
	case p.RTL() && l.NameUr != "":
		return l.NameUr
	case l.NameEn != "":
		return l.NameEn
	case l.NameUr != "":
		return l.NameUr
	case l.Handle != "":
		return handleName(l.Platform, l.Handle)
	case l.Platform != "":
		return platformName(p, l.Platform)
	}
	return l.Key
}

// sayPlatforms returns the sentence of the table of platforms.
func sayPlatforms(p *i18n.Printer, lines []analytics.Line) template.HTML {
	var known float64
	for _, l := range lines {
		if v := l.Interactions.Value; v != nil {
			known += *v
		}
	}
	if len(lines) < 2 || known <= 0 || lines[0].Interactions.Value == nil {
		return ""
	}
	share := *lines[0].Interactions.Value / known
	return p.HTML("say.platforms", "Name", i18n.Words(platformName(p, lines[0].Platform)), "Share", p.Percent(&share, 0))
}
