package dashboard

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// gapAfter returns how long nothing may have been read before a reading at the
// age: three times what lies between two readings by the plan of package
// collector (Ladder). Longer is a gap.
func gapAfter(age time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case age < day:
		return 3 * time.Hour
	case age < 7*day:
		return 18 * time.Hour
	case age < 30*day:
		return 3 * day
	case age < 90*day:
		return 21 * day
	}
	return 90 * day
}

// A point is one reading of one figure.
type point struct {
	at    time.Time
	age   time.Duration
	value float64
	gap   bool // nothing was read for long before it
}

// pointsOf returns the readings that tell the figure, by age. What one moment's
// calls say twice is one point.
func pointsOf(post analytics.Post, metric string) []point {
	var points []point
	var before time.Duration
	for _, r := range post.Readings {
		v := r.Figure(metric)
		if v == nil {
			continue
		}
		pt := point{r.At, r.At.Sub(post.PublishedAt), *v, false}
		if n := len(points); n > 0 && points[n-1].at.Equal(r.At) {
			points[n-1].value = *v
			continue
		}
		pt.gap = pt.age-before > gapAfter(pt.age)
		before = pt.age
		points = append(points, pt)
	}
	return points
}

// provisional returns how far back from now the platform may still add to the
// figure; 0: it tells at once, as far as the catalogue knows.
func provisional(post analytics.Post, metric string) time.Duration {
	m, _ := analytics.MetricByKey(metric)
	return m.Delay[post.Platform]
}

// curve returns the growth curve of the figure.
func (s *Server) curve(p *i18n.Printer, post analytics.Post, metric string, now time.Time) (curveCard, error) {
	address := postPath(post.Account, post.PostID)
	m := postMeaning(p, metric)
	c := curveCard{Kind: s.kind(p), Means: []string{m.Means, p.Text("post.curve_means")}, CSV: address + "/post.csv"}
	for _, key := range analytics.ReadingFigures {
		if key != metric && post.ToldAt(key) == nil {
			continue // nothing to draw
		}
		o := option{Name: postFigureName(p, key), Value: key, Address: address + "?metric=" + key, Current: key == metric}
		if key == "interactions" {
			o.Address = address
		}
		c.Metrics = append(c.Metrics, o)
	}
	points := pointsOf(post, metric)
	if post.ReadAt != nil {
		c.AsOf = p.HTML("foot.as_of", "AsOf", p.Moment(*post.ReadAt, now))
	}
	gaps := 0
	for _, pt := range points {
		if pt.gap {
			gaps++
		}
	}
	if gaps > 0 {
		c.Gaps = p.HTML("post.gaps", "Count", gaps)
	}
	delay := provisional(post, metric)
	if delay > 0 {
		c.Means = append(c.Means, p.Text("post.delay_means", "Hours", p.Int(int(delay.Hours()))))
	}
	switch {
	case len(points) == 0:
		c.Say = p.HTML("post.curve_none", "Name", i18n.Words(m.Name))
	case len(points) == 1:
		c.Say = p.HTML("post.curve_one", "Name", i18n.Words(m.Name), "Value", p.Count(&points[0].value), "Age", ageWords(p, points[0].age))
	default:
		first, last := points[0], points[len(points)-1]
		c.Say = p.HTML("post.curve_say", "Name", i18n.Words(m.Name), "First", p.Count(&first.value), "FirstAge", ageWords(p, first.age),
			"Last", p.Count(&last.value), "LastAge", ageWords(p, last.age))
		label := p.Text("post.curve_label", "Name", i18n.Words(m.Name), "First", p.Count(&first.value), "FirstAge", ageWords(p, first.age),
			"Last", p.Count(&last.value), "LastAge", ageWords(p, last.age))
		var err error
		if c.Chart, c.Usual, err = curveChart(p, post, metric, points, label, now); err != nil {
			return c, err
		}
		c.Drawn = true
		if delay > 0 && now.Sub(last.at) < delay {
			c.Delay = p.HTML("post.delay_shaded", "Hours", p.Int(int(delay.Hours())))
		}
	}
	c.fillReadings(p, post, now)
	return c, nil
}

// fillReadings fills in the table of all readings, the newest first.
func (c *curveCard) fillReadings(p *i18n.Printer, post analytics.Post, now time.Time) {
	var keys []string
	for _, key := range analytics.ReadingFigures {
		if post.ToldAt(key) != nil {
			keys = append(keys, key)
			c.Headings = append(c.Headings, heading{postFigureName(p, key), true})
		}
	}
	if c.TooLong = len(post.Readings) > readingRowsUpTo; c.TooLong {
		return
	}
	for i := len(post.Readings) - 1; i >= 0; i-- {
		r := post.Readings[i]
		row := readingRow{At: p.Moment(r.At, now), Machine: r.At.UTC().Format(timeMachine), Call: r.Call,
			Age: template.HTML(template.HTMLEscapeString(string(ageWords(p, r.At.Sub(post.PublishedAt)))))}
		for _, key := range keys {
			row.Cells = append(row.Cells, p.Count(r.Figure(key)).HTML())
		}
		c.Rows = append(c.Rows, row)
	}
}

// curveChart returns the chart of a figure by the age of the post: a point for
// each reading, gaps and what may still be added shaded, and for interactions
// what is usual. usual reports whether that is drawn.
func curveChart(p *i18n.Printer, post analytics.Post, metric string, points []point, label string, now time.Time) (c chart, usual bool, err error) {
	last := points[len(points)-1]
	unit, axis := time.Hour, "post.axis_hours"
	if last.age >= hoursUpTo {
		unit, axis = 24*time.Hour, "post.axis_days"
	}
	x := func(age time.Duration) float64 {
		return math.Round(float64(max(age, 0))/float64(unit)*1000) / 1000
	}
	name := func(at time.Time, age time.Duration) string {
		return chartText(p, p.Text("post.point", "At", p.Moment(at, now), "Age", ageWords(p, age)))
	}

	var data []opts.LineData
	var areas [][]opts.MarkAreaData
	shade := func(from, to time.Duration, colour string) {
		style := opts.MarkAreaStyle{ItemStyle: &opts.ItemStyle{Color: colour, Opacity: opts.Float(0.6)}}
		areas = append(areas, []opts.MarkAreaData{{XAxis: x(from), MarkAreaStyle: style}, {XAxis: x(to)}})
	}
	var before time.Duration
	for i, pt := range points {
		if pt.gap {
			shade(before, pt.age, "var(--line)")
			if i > 0 { // the line breaks
				data = append(data, opts.LineData{Value: []any{x((before + pt.age) / 2), missing}})
			}
		}
		data = append(data, opts.LineData{Name: name(pt.at, pt.age), Value: []any{x(pt.age), pt.value}})
		before = pt.age
	}
	if delay := provisional(post, metric); delay > 0 {
		if from := now.Add(-delay); from.Before(last.at) {
			shade(from.Sub(post.PublishedAt), last.age, "var(--warn-soft)")
		}
	}

	l := charts.NewLine()
	l.SetGlobalOptions(
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis", BackgroundColor: "var(--card)", BorderColor: "var(--line)"}),
		charts.WithXAxisOpts(opts.XAxis{
			Type: "value", Name: chartText(p, p.Text(axis)), NameLocation: "middle", NameGap: 26,
			AxisLine:  &opts.AxisLine{LineStyle: &opts.LineStyle{Color: "var(--line)"}},
			AxisTick:  &opts.AxisTick{Show: opts.Bool(false)},
			SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
			AxisLabel: &opts.AxisLabel{Color: "var(--ink-3)", HideOverlap: opts.Bool(true)},
		}),
		charts.WithYAxisOpts(opts.YAxis{
			Type: "value", Position: side(p, "left", "right"), MinInterval: 1, SplitNumber: 4,
			SplitLine: &opts.SplitLine{LineStyle: &opts.LineStyle{Color: "var(--line)"}},
			AxisLabel: &opts.AxisLabel{Color: "var(--ink-3)", Formatter: "format:short"},
		}),
		charts.WithAriaOpts(&opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Enabled: opts.Bool(true), Description: label}}),
		charts.WithAnimation(false),
	)
	if metric == "interactions" {
		var line []opts.LineData
		for _, u := range post.Usual {
			if u.Expected != nil {
				line = append(line, opts.LineData{Name: name(post.PublishedAt.Add(u.Age), u.Age), Value: []any{x(u.Age), *u.Expected}})
			}
		}
		if usual = len(line) > 1; usual {
			l.AddSeries(chartText(p, p.Text("post.usual")), line,
				charts.WithLineChartOpts(opts.LineChart{Symbol: "none"}),
				charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--compare)"}),
				charts.WithLineStyleOpts(opts.LineStyle{Color: "var(--compare)", Type: "dashed", Width: 1.5}))
		}
	}
	series := []charts.SeriesOpts{
		charts.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 5, ShowSymbol: opts.Bool(true)}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: "var(--accent)"}),
		charts.WithLineStyleOpts(opts.LineStyle{Color: "var(--accent)", Width: 2.2}),
	}
	if len(areas) > 0 {
		series = append(series, charts.WithMarkAreaData(areas...))
	}
	l.AddSeries(chartText(p, postFigureName(p, metric)), data, series...)
	l.Validate()
	m := l.JSON()
	for _, unused := range []string{"legend", "title", "toolbox", "color"} {
		delete(m, unused)
	}
	m["textStyle"] = map[string]any{"fontFamily": "font:body", "color": "var(--ink-3)"}
	m["grid"] = map[string]any{"left": 4, "right": 12, "top": 12, "bottom": 30, "outerBoundsMode": "same", "outerBoundsContain": "axisLabel"}

	// What go-echarts has no field for is put in as JSON.
	options, err := json.Marshal(m)
	if err != nil {
		return chart{}, false, fmt.Errorf("options of the growth curve: %w", err)
	}
	var all map[string]any
	if err := json.Unmarshal(options, &all); err != nil {
		return chart{}, false, fmt.Errorf("options of the growth curve: %w", err)
	}
	tooltip := all["tooltip"].(map[string]any)
	tooltip["renderMode"] = "richText"
	tooltip["confine"] = true
	tooltip["formatter"] = "format:readings"
	tooltip["textStyle"] = map[string]any{"color": "var(--ink)", "fontSize": 12, "align": side(p, "left", "right")}
	tooltip["axisPointer"] = map[string]any{"type": "line", "snap": true, "lineStyle": map[string]any{"color": "var(--ink-3)", "width": 1}}
	ages := all["xAxis"].([]any)[0].(map[string]any)
	ages["min"] = 0
	ages["max"] = x(last.age)
	ages["axisLabel"].(map[string]any)["showMaxLabel"] = false // it is no round number
	ages["nameTextStyle"] = map[string]any{"color": "var(--ink-3)"}
	if options, err = json.Marshal(all); err != nil { // escapes <, > and &
		return chart{}, false, fmt.Errorf("options of the growth curve: %w", err)
	}
	return chart{Label: label, Options: template.JS(options)}, usual, nil
}

// postFile sends GET /accounts/:account/posts/:post/post.csv and .xlsx: every
// reading of the post, the oldest first.
func (s *Server) postFile(c *fiber.Ctx) error {
	post, err := s.readPost(c)
	if err != nil {
		return err
	}
	p := s.printer(c)
	head := headings(p, "read_at", "age_hours", "call")
	for _, key := range analytics.ReadingFigures {
		head = append(head, textCell(postFigureName(p, key)))
	}
	head = append(head, headings(p, "account", "key", "published", "zone")...)
	rows := [][]cell{head}
	for _, r := range post.Readings {
		age := math.Round(r.At.Sub(post.PublishedAt).Hours()*1000) / 1000
		row := []cell{momentCell(p, &r.At), numberCell(&age), textCell(r.Call)}
		for _, key := range analytics.ReadingFigures {
			row = append(row, numberCell(r.Figure(key)))
		}
		rows = append(rows, append(row, textCell(post.AccountName), textCell(post.PostID), momentCell(p, &post.PublishedAt), textCell(p.Zone.String())))
	}
	return sendTable(c, p, "hamawaz-post-"+fileWord(post.PostID), rows)
}

// fileWord keeps of a word what may stand in a file's name.
func fileWord(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s) && len(b) < 60; i++ {
		if ch := s[i]; ch == '-' || ch == '_' || ch >= '0' && ch <= '9' || ch|0x20 >= 'a' && ch|0x20 <= 'z' {
			b = append(b, ch)
		}
	}
	return string(b)
}
