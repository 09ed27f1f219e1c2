package dashboard

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

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
	Compares    []option // what the period is compared with

	Filters       bool   // departments and platforms can be chosen
	Filter        string // the chosen filters, in words
	Departments   []option
	Platforms     []option
	Filtered      bool
	FilterProblem string
	Clear         string // address without filters
	Reset         string // address without any choice; empty: there is none to take back

	Path string // where the forms go

	// Hidden fields keep the other choices when a form is sent.
	KeepPeriod, KeepFilter []field
}

type option struct {
	Name, Value, Address string
	Current              bool
}

type field struct{ Name, Value string }

func newControls(p *i18n.Printer, q query, departments []schema.Department, now time.Time) controls {
	c := controls{Path: q.Path, Filters: true, From: q.From, To: q.To, FromType: "date", ToType: "date"}
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
		c.Presets = append(c.Presets, option{p.Text("period." + name), name, q.address(q.Path, "period", name), q.Preset == name})
		if q.Preset == name {
			c.Period = p.Text("period." + name)
		}
	}
	for _, v := range []analytics.View{analytics.ViewLife, analytics.ViewActivity} {
		c.Views = append(c.Views, option{p.Text("view." + string(v)), string(v), q.address(q.Path, "view", string(v)), q.View == v})
	}
	if q.ViewProblem != "" {
		c.ViewProblem = p.Text(q.ViewProblem)
	}
	for _, name := range []string{"", compareYear} {
		c.Compares = append(c.Compares, option{p.Text("compare." + cmp.Or(name, "before")), name, q.address(q.Path, "compare", name), q.Compare == name})
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
	if q.address(q.Path) != q.Path {
		c.Reset = q.Path
	}
	c.Clear = q.address(q.Path, "department", "", "platform", "")

	if q.View != analytics.ViewLife {
		c.KeepPeriod = append(c.KeepPeriod, field{"view", string(q.View)})
		c.KeepFilter = append(c.KeepFilter, field{"view", string(q.View)})
	}
	if q.Metric != defaultMetric {
		c.KeepPeriod = append(c.KeepPeriod, field{"metric", q.Metric})
		c.KeepFilter = append(c.KeepFilter, field{"metric", q.Metric})
	}
	if q.Compare != "" {
		c.KeepPeriod = append(c.KeepPeriod, field{"compare", q.Compare})
		c.KeepFilter = append(c.KeepFilter, field{"compare", q.Compare})
	}
	if q.Department != "" && len(q.Filter.Departments) > 0 {
		c.KeepPeriod = append(c.KeepPeriod, field{"department", q.Department})
	}
	if len(q.Filter.Platforms) > 0 {
		c.KeepPeriod = append(c.KeepPeriod, field{"platform", q.Platform})
	}
	for _, name := range slices.Sorted(maps.Keys(q.Keep)) {
		c.KeepPeriod = append(c.KeepPeriod, field{name, q.Keep.Get(name)})
		c.KeepFilter = append(c.KeepFilter, field{name, q.Keep.Get(name)})
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
