package dashboard

import (
	"encoding/json"
	"fmt"
	"html/template"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// A chart is what charts.js needs to draw one: ECharts options as JSON, with
// the names of CSS variables for colours and of our own formatters for
// functions.
type chart struct {
	Label   string // what it shows, in words
	Options template.JS
}

// barsUpTo is the longest period shown as bars: a line needs a few days.
const barsUpTo = 3

// dayChart returns the chart of interactions per day. Days without a reading
// are left out of the line and shaded; days that are still to come are neither.
// Days with notes are marked.
func dayChart(p *i18n.Printer, o analytics.Overview, say string, now time.Time, notes ...schema.Annotation) (chart, error) {
	labels := make([]string, len(o.Days))
	for i, d := range o.Days {
		labels[i] = chartText(p, string(p.DayMonth(d.Day)))
	}
	thisName, beforeName := chartText(p, p.Text("chart.this")), chartText(p, beforeName(p, o))

	var m map[string]any
	global := []charts.GlobalOpts{
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis",
			BackgroundColor: "var(--card)", BorderColor: "var(--line)"}),
		charts.WithXAxisOpts(opts.XAxis{
			Type:      "category",
			AxisLine:  &opts.AxisLine{LineStyle: &opts.LineStyle{Color: "var(--line)"}},
			AxisTick:  &opts.AxisTick{Show: opts.Bool(false)},
			AxisLabel: &opts.AxisLabel{Color: "var(--ink-3)", HideOverlap: opts.Bool(true)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Type: "value", Position: side(p, "left", "right"), MinInterval: 1, SplitNumber: 4,
			SplitLine: &opts.SplitLine{LineStyle: &opts.LineStyle{Color: "var(--line)"}},
			AxisLabel: &opts.AxisLabel{Color: "var(--ink-3)", Formatter: "format:short"},
		}),
		charts.WithAriaOpts(&opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Enabled: opts.Bool(true), Description: say}}),
		charts.WithAnimation(false),
	}
	if len(o.Days) <= barsUpTo {
		b := charts.NewBar()
		b.SetGlobalOptions(global...)
		b.SetXAxis(labels)
		b.AddSeries(beforeName, barData(o.Days, func(d analytics.Day) *float64 { return d.Previous }),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--compare)"}))
		b.AddSeries(thisName, barData(o.Days, func(d analytics.Day) *float64 { return d.Value }),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--accent)"}))
		for i := range b.MultiSeries {
			b.MultiSeries[i].BarMaxWidth = "48"
		}
		b.Validate()
		m = b.JSON()
	} else {
		l := charts.NewLine()
		l.SetGlobalOptions(global...)
		l.SetXAxis(labels)
		l.AddSeries(beforeName, lineData(o.Days, func(d analytics.Day) *float64 { return d.Previous }),
			charts.WithLineChartOpts(opts.LineChart{Symbol: "none"}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--compare)"}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: "var(--compare)", Type: "dashed", Width: 1.5}))
		current := []charts.SeriesOpts{
			charts.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 5, ShowSymbol: opts.Bool(lonely(o.Days))}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--accent)"}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: "var(--accent)", Width: 2.2}),
			charts.WithAreaStyleOpts(opts.AreaStyle{Color: "var(--accent-soft)", Opacity: opts.Float(0.75)}),
		}
		if gaps := gapAreas(o, now); len(gaps) > 0 {
			current = append(current, charts.WithMarkAreaData(gaps...), charts.WithMarkAreaStyleOpts(opts.MarkAreaStyle{
				ItemStyle: &opts.ItemStyle{Color: "var(--line)", Opacity: opts.Float(0.6)}}))
		}
		l.AddSeries(thisName, lineData(o.Days, func(d analytics.Day) *float64 { return d.Value }), current...)
		l.Validate()
		m = l.JSON()
	}

	// What go-echarts has no field for, and parts that our bundle leaves out.
	for _, unused := range []string{"legend", "title", "toolbox", "color"} {
		delete(m, unused)
	}
	m["textStyle"] = map[string]any{"fontFamily": "font:body", "color": "var(--ink-3)"}
	m["grid"] = map[string]any{"left": 4, "right": 4, "top": 12, "bottom": 8,
		"outerBoundsMode": "same", "outerBoundsContain": "axisLabel"}
	options, err := json.Marshal(m)
	if err != nil {
		return chart{}, fmt.Errorf("options of the daily chart: %w", err)
	}
	var all map[string]any
	if err := json.Unmarshal(options, &all); err != nil {
		return chart{}, fmt.Errorf("options of the daily chart: %w", err)
	}
	tooltip := all["tooltip"].(map[string]any)
	tooltip["renderMode"] = "richText" // no HTML: nothing to inject, and no inline style
	tooltip["confine"] = true
	tooltip["formatter"] = "format:days"
	tooltip["textStyle"] = map[string]any{"color": "var(--ink)", "fontSize": 12, "align": side(p, "left", "right")}
	tooltip["axisPointer"] = map[string]any{"type": "line", "lineStyle": map[string]any{"color": "var(--ink-3)", "width": 1}}
	if len(o.Days) > barsUpTo {
		all["xAxis"].([]any)[0].(map[string]any)["boundaryGap"] = false
	}
	if marks := noteSeries(p, o.Days, notes); marks != nil {
		all["series"] = append(all["series"].([]any), marks)
	}
	if options, err = json.Marshal(all); err != nil { // escapes <, > and &
		return chart{}, fmt.Errorf("options of the daily chart: %w", err)
	}
	return chart{Label: say, Options: template.JS(options)}, nil
}

// side returns where something goes: charts mirror by their options, not by
// inheritance.
func side(p *i18n.Printer, ltr, rtl string) string {
	if p.RTL() {
		return rtl
	}
	return ltr
}

// chartText marks a text of ours as right to left: a chart is a world from
// left to right, in which "2 مئی" would read "مئی 2".
func chartText(p *i18n.Printer, s string) string {
	if p.RTL() {
		return "\u200f" + s
	}
	return s
}

// missing is what ECharts takes for "no value"; go-echarts leaves nil out.
const missing = "-"

func lineData(days []analytics.Day, of func(analytics.Day) *float64) []opts.LineData {
	list := make([]opts.LineData, len(days))
	for i, d := range days {
		list[i].Value = missing
		if v := of(d); v != nil {
			list[i].Value = *v
		}
	}
	return list
}

func barData(days []analytics.Day, of func(analytics.Day) *float64) []opts.BarData {
	list := make([]opts.BarData, len(days))
	for i, d := range days {
		list[i].Value = missing
		if v := of(d); v != nil {
			list[i].Value = *v
		}
	}
	return list
}

// lonely reports whether a day has a value and neither neighbour does: then
// there is no line, and the points must show.
func lonely(days []analytics.Day) bool {
	known := func(i int) bool { return i >= 0 && i < len(days) && days[i].Value != nil }
	for i := range days {
		if known(i) && !known(i-1) && !known(i+1) {
			return true
		}
	}
	return false
}

// gapAreas returns the stretches of days on which nothing was read, each from
// the last day before it to the first day after it: where the line is broken.
func gapAreas(o analytics.Overview, now time.Time) [][]opts.MarkAreaData {
	if o.View != analytics.ViewActivity {
		return nil // posts have a life also on days without a reading
	}
	var areas [][]opts.MarkAreaData
	for i := 0; i < len(o.Days); i++ {
		if o.Days[i].Covered || o.Days[i].Day.After(now) {
			continue
		}
		j := i
		for j+1 < len(o.Days) && !o.Days[j+1].Covered && !o.Days[j+1].Day.After(now) {
			j++
		}
		areas = append(areas, []opts.MarkAreaData{{XAxis: max(i-1, 0)}, {XAxis: min(j+1, len(o.Days)-1)}})
		i = j
	}
	return areas
}

// gapDays counts the days of the period on which nothing was read.
func gapDays(o analytics.Overview, now time.Time) int {
	n := 0
	for _, d := range o.Days {
		if o.View == analytics.ViewActivity && !d.Covered && !d.Day.After(now) {
			n++
		}
	}
	return n
}
