package dashboard

import (
	"math"
	"strconv"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// dayBars is the chart of a period's days on paper: drawn here, so that it
// needs no script. Time runs from left to right in both scripts; the values
// stand where the script begins.
type dayBars struct {
	Label  string // what it shows, in words
	Width  int
	Height int
	Bars   []dayBar
	Days   []chartLabel
	Lines  []chartLine
}

type dayBar struct{ X, Y, Width, Height string }

type chartLabel struct {
	X, Y   string
	Text   string
	Anchor string
}

type chartLine struct {
	Y, X1, X2 string
	Label     chartLabel
}

// The drawing's size in its own units, and the strips for its labels.
const (
	chartWidth  = 720
	chartHeight = 120
	chartSide   = 54
	chartFoot   = 16
	chartHead   = 8
)

// newDayBars draws the days; says is what they show, in words.
func newDayBars(p *i18n.Printer, o analytics.Overview, says string) dayBars {
	c := dayBars{Width: chartWidth, Height: chartHeight,
		Label: p.Text("report.chart", "Days", p.Days(o.Period.From, o.Period.Last()), "Say", i18n.Words(says))}
	if len(o.Days) == 0 {
		return c
	}
	left, right := float64(chartSide), float64(chartWidth)
	if p.RTL() {
		left, right = 0, float64(chartWidth-chartSide)
	}
	var most float64
	for _, d := range o.Days {
		if d.Value != nil {
			most = max(most, *d.Value)
		}
	}
	top := niceCeiling(most)
	base := float64(chartHeight - chartFoot)
	y := func(v float64) float64 { return base - max(v, 0)/top*(base-chartHead) }
	for i := range 3 {
		v := top * float64(i) / 2
		l := chartLine{Y: unit(y(v)), X1: unit(left), X2: unit(right), Label: chartLabel{Y: unit(y(v) + 3), Text: string(p.Count(&v))}}
		if p.RTL() {
			l.Label.X, l.Label.Anchor = unit(right+6), "start"
		} else {
			l.Label.X, l.Label.Anchor = unit(left-6), "end"
		}
		c.Lines = append(c.Lines, l)
	}
	step := (right - left) / float64(len(o.Days))
	for i, d := range o.Days {
		x := left + step*float64(i)
		if d.Value != nil {
			c.Bars = append(c.Bars, dayBar{unit(x + step*0.16), unit(y(*d.Value)), unit(step * 0.68), unit(base - y(*d.Value))})
		}
		if n := d.Day.Day(); n == 1 || n%5 == 0 || len(o.Days) <= 7 {
			c.Days = append(c.Days, chartLabel{X: unit(x + step/2), Y: unit(chartHeight - 3), Text: strconv.Itoa(n), Anchor: "middle"})
		}
	}
	return c
}

// niceCeiling returns the smallest even number of few digits that is no less
// than v: 2, 4, 6, 8 or 10 times a power of ten.
func niceCeiling(v float64) float64 {
	if v <= 2 {
		return 2
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{2, 4, 6, 8, 10} {
		if v <= f*unit {
			return f * unit
		}
	}
	return 10 * unit
}

func unit(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
