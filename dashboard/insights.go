package dashboard

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// An insightsCard is an account's own figures, day by day.
type insightsCard struct {
	Calendar string
	Rows     []insightRow
	Days     []insightDay // the newest first
}

type insightRow struct {
	Metric string
	Latest template.HTML
	Day    i18n.Words
	Lines  []string // stretches of days that were told, as points of the picture
	Label  string   // the picture in words
	Told   template.HTML
}

type insightDay struct {
	Day   i18n.Words
	Cells []template.HTML
}

// The picture of a metric, in the units of its viewBox.
const courseWidth, courseHeight = 160, 32

// insights returns the account's own figures of the period, or nil where there
// are none. What cannot be read is left out and logged: the page stands alone.
func (s *Server) insights(c *fiber.Ctx, p *i18n.Printer, a schema.Account, period analytics.Period) *insightsCard {
	list, err := s.Stats.Insights(c.UserContext(), a.ID, period)
	if err != nil {
		s.logError(c, fiber.StatusServiceUnavailable, err)
		return nil
	}
	if len(list) == 0 {
		return nil
	}
	card := &insightsCard{Calendar: p.Text("insights.utc")}
	switch a.Platform {
	case schema.Facebook, schema.Instagram, schema.YouTube:
		card.Calendar = p.Text("insights.california")
	}
	// A calendar day of elsewhere is shown by its name, whatever the zone.
	day := func(i int) time.Time { return period.From.AddDate(0, 0, i) }
	for _, in := range list {
		r := insightRow{Metric: in.Metric, Lines: courseLines(in.Days)}
		var low, high *float64
		told := 0
		for i, v := range in.Days {
			if v == nil {
				continue
			}
			told++
			r.Latest, r.Day = p.Count(v).HTML(), p.DayMonth(day(i))
			if low == nil || *v < *low {
				low = v
			}
			if high == nil || *v > *high {
				high = v
			}
		}
		r.Label = p.Text("insights.course_label", "Name", in.Metric, "Low", p.Count(low), "High", p.Count(high))
		r.Told = p.HTML("insights.of", "Told", p.Int(told), "Days", p.Int(len(in.Days)))
		card.Rows = append(card.Rows, r)
	}
	for i := len(list[0].Days) - 1; i >= 0; i-- {
		d := insightDay{Day: p.DayMonth(day(i))}
		known := false
		for _, in := range list {
			known = known || in.Days[i] != nil
			d.Cells = append(d.Cells, p.Count(in.Days[i]).HTML())
		}
		if known || len(card.Days) > 0 { // days to come are no gap
			card.Days = append(card.Days, d)
		}
	}
	return card
}

// courseLines returns the points of each stretch of days without a gap, from
// zero (or the lowest value below it) at the foot to the largest at the top. A
// day by itself is a short line.
func courseLines(days []*float64) []string {
	low, high := 0.0, 0.0
	for _, v := range days {
		if v != nil {
			low, high = min(low, *v), max(high, *v)
		}
	}
	span := max(high-low, 1)
	step := float64(courseWidth) / float64(max(len(days)-1, 1))
	var lines []string
	var points []string
	end := func() {
		if len(points) == 1 {
			var x, y float64
			fmt.Sscanf(points[0], "%g,%g", &x, &y)
			points = append(points, fmt.Sprintf("%.1f,%.1f", x+2, y))
		}
		if len(points) > 0 {
			lines = append(lines, strings.Join(points, " "))
		}
		points = nil
	}
	for i, v := range days {
		if v == nil {
			end()
			continue
		}
		points = append(points, fmt.Sprintf("%.1f,%.1f", float64(i)*step, 1+(courseHeight-2)*(1-(*v-low)/span)))
	}
	end()
	return lines
}
