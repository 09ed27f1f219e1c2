package dashboard

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// reachBars is how many departments the chart shows; the table has all.
const reachBars = 12

// A reachChartCard is summed reach by department as bars.
type reachChartCard struct {
	Say    template.HTML
	Kind   string
	Before string // what the period is compared with
	Chart  chart
	Class  string // how high the chart is: low, tall, or empty for the usual
	Rows   []reachBarRow
	Left   template.HTML // how many departments the chart leaves out; empty: none
	CSV    string
	AsOf   template.HTML
}

type reachBarRow struct {
	Name                       string
	Now, Before, Change, Cover template.HTML
}

// newReachChart returns the card of the departments whose reach is known.
func newReachChart(p *i18n.Printer, q query, r analytics.Reach, now time.Time) (reachChartCard, error) {
	card := reachChartCard{Before: beforeName(p, analytics.Overview{Period: r.Period, Previous: r.Before}),
		CSV: q.address("/reach.csv", "table", tableDepartments, "measure", ""), AsOf: p.HTML("foot.as_of", "AsOf", p.Moment(*r.AsOf, now))}
	var known []analytics.ReachLine
	for _, l := range r.Departments {
		cells := reachCells(p, l.ReachFigures, now)
		card.Rows = append(card.Rows, reachBarRow{Name: reachName(p, l), Now: cells[0], Before: p.Count(l.Summed.Previous).HTML(), Change: cells[1], Cover: cells[3]})
		if l.Coverage.Known > 0 {
			known = append(known, l)
		}
	}
	say := sayReach(p, r, known)
	card.Say = say.html(p)
	if len(known) == 0 {
		return card, nil
	}
	if n := len(known) - reachBars; n > 0 {
		card.Left = p.HTML("reach.left_out", "Count", n)
		known = known[:reachBars]
	}
	switch {
	case len(known) <= 2:
		card.Class = "low"
	case len(known) > 6:
		card.Class = "tall"
	}
	label := p.Text("reach.chart_label", "Days", p.Days(r.Period.From, r.Period.Last()), "Say", i18n.Words(say.text(p)))
	var err error
	card.Chart, err = reachBarChart(p, known, card.Before, label)
	return card, err
}

// sayReach returns the sentence of the chart: who leads, and of how many
// departments nothing is known.
func sayReach(p *i18n.Printer, r analytics.Reach, known []analytics.ReachLine) sentence {
	unknown := len(r.Departments) - len(known)
	switch {
	case len(known) == 0:
		return say("reach.say_none")
	case r.All.Summed.Value == nil || *r.All.Summed.Value <= 0:
		return say("reach.say_zero")
	case len(r.Departments) == 1:
		return say("reach.say_one")
	}
	share := *known[0].Summed.Value / *r.All.Summed.Value
	if unknown > 0 {
		return say("reach.say_lead_unknown", "Name", reachName(p, known[0]), "Share", p.Percent(&share, 0), "Count", unknown)
	}
	return say("reach.say_lead", "Name", reachName(p, known[0]), "Share", p.Percent(&share, 0))
}

// reachBarChart returns lying bars, the largest on top, growing from where the
// script begins. A period that does not compare has no bar.
func reachBarChart(p *i18n.Printer, lines []analytics.ReachLine, before, label string) (chart, error) {
	lines = slices.Clone(lines)
	slices.Reverse(lines) // the axis counts from below
	names := make([]string, len(lines))
	was, is := make([]opts.BarData, len(lines)), make([]opts.BarData, len(lines))
	for i, l := range lines {
		names[i] = chartText(p, reachName(p, l))
		is[i].Value, was[i].Value = *l.Summed.Value, missing
		if l.Gap() == "" && l.Summed.Previous != nil {
			was[i].Value = *l.Summed.Previous
		}
	}
	b := charts.NewBar()
	b.SetGlobalOptions(
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis", BackgroundColor: "var(--card)", BorderColor: "var(--line)"}),
		charts.WithXAxisOpts(opts.XAxis{
			Type: "value", MinInterval: 1, SplitNumber: 4, Inverse: opts.Bool(p.RTL()),
			SplitLine: &opts.SplitLine{LineStyle: &opts.LineStyle{Color: "var(--line)"}},
			AxisLabel: &opts.AxisLabel{Color: "var(--ink-3)", Formatter: "format:short", HideOverlap: opts.Bool(true)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Type: "category", Position: side(p, "left", "right"), Data: names,
			AxisLine:  &opts.AxisLine{LineStyle: &opts.LineStyle{Color: "var(--line)"}},
			AxisLabel: &opts.AxisLabel{Color: "var(--ink-2)"},
		}),
		charts.WithAriaOpts(&opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Enabled: opts.Bool(true), Description: label}}),
		charts.WithAnimation(false),
	)
	b.AddSeries(chartText(p, before), was, charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--compare)"}))
	b.AddSeries(chartText(p, p.Text("chart.this")), is, charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--accent)"}))
	b.MultiSeries[0].BarMaxWidth, b.MultiSeries[1].BarMaxWidth = "6", "14"
	b.MultiSeries[0].BarGap = "20%"
	b.Validate()

	m := b.JSON()
	// What go-echarts has no field for, and parts that our bundle leaves out.
	for _, unused := range []string{"legend", "title", "toolbox", "color"} {
		delete(m, unused)
	}
	m["textStyle"] = map[string]any{"fontFamily": "font:body", "color": "var(--ink-3)"}
	m["grid"] = map[string]any{"left": 4, "right": 12, "top": 4, "bottom": 4, "outerBoundsMode": "same", "outerBoundsContain": "axisLabel"}
	if p.RTL() {
		m["grid"].(map[string]any)["left"], m["grid"].(map[string]any)["right"] = 12, 4
	}
	options, err := json.Marshal(m)
	if err != nil {
		return chart{}, fmt.Errorf("options of the chart of reach: %w", err)
	}
	var all map[string]any
	if err := json.Unmarshal(options, &all); err != nil {
		return chart{}, fmt.Errorf("options of the chart of reach: %w", err)
	}
	tooltip := all["tooltip"].(map[string]any)
	tooltip["renderMode"] = "richText" // no HTML: nothing to inject, and no inline style
	tooltip["confine"] = true
	tooltip["formatter"] = "format:days"
	tooltip["textStyle"] = map[string]any{"color": "var(--ink)", "fontSize": 12, "align": side(p, "left", "right")}
	tooltip["axisPointer"] = map[string]any{"type": "line", "lineStyle": map[string]any{"color": "var(--ink-3)", "width": 1}}
	departments := all["yAxis"].([]any)[0].(map[string]any)
	departments["axisTick"] = map[string]any{"show": false}
	labels := departments["axisLabel"].(map[string]any)
	labels["width"], labels["overflow"] = 150, "truncate" // half of a phone's chart
	if options, err = json.Marshal(all); err != nil {     // escapes <, > and &
		return chart{}, fmt.Errorf("options of the chart of reach: %w", err)
	}
	return chart{Label: label, Options: template.JS(options)}, nil
}
