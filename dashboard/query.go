package dashboard

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// presets are the periods to choose from, by their name in the address. All
// but last-month end with today.
var presets = []string{"today", "7d", "28d", "month", "last-month", "90d", "year"}

const (
	defaultPreset = "28d"
	defaultMetric = "interactions"
)

// compareYear asks for a comparison with the same dates of the year before.
const compareYear = "year"

// platforms are all that a page can show, in their usual order.
var platforms = []schema.Platform{schema.X, schema.Facebook, schema.Instagram, schema.YouTube, schema.TikTok, schema.Feed}

// A query is what the address of a page asks for. What could not be read has a
// key in Problems, and the default in its place.
type query struct {
	analytics.Selection

	Path       string   // of the page
	Preset     string   // empty: From and To were given
	Compare    string   // compareYear, or empty: the period before
	file       []string // pairs that the addresses of the page's files need: see subject
	From, To   string   // as typed; To is the last day, included
	Department string   // as given
	Platform   string
	Keep       url.Values // the page's own choices, kept in its addresses; nil: it has none

	PeriodProblem, FilterProblem, ViewProblem string // keys of sentences; empty: none
}

// Bad reports whether something in the address could not be used.
func (q query) Bad() bool { return q.PeriodProblem+q.FilterProblem+q.ViewProblem != "" }

// readQuery reads period, view and filters from the address.
func (s *Server) readQuery(c *fiber.Ctx, departments []schema.Department) query {
	q := query{Selection: analytics.Selection{View: analytics.ViewLife}, Path: c.Path(), Preset: defaultPreset,
		From: c.Query("from"), To: c.Query("to"), Department: c.Query("department"), Platform: c.Query("platform")}
	today := s.Now().In(s.Zone)
	q.Period = presetPeriod(defaultPreset, today, s.Zone)

	switch preset := c.Query("period"); {
	case q.From != "" || q.To != "":
		period, problem := typedPeriod(q.From, q.To, s.Zone)
		if q.PeriodProblem = problem; problem == "" {
			q.Period, q.Preset = period, ""
		}
	case slices.Contains(presets, preset):
		q.Preset, q.Period = preset, presetPeriod(preset, today, s.Zone)
	case preset != "":
		q.PeriodProblem = "problem.preset"
	}

	switch v := analytics.View(c.Query("view")); v {
	case "", analytics.ViewLife:
	case analytics.ViewActivity:
		q.View = v
	default:
		q.ViewProblem = "problem.view"
	}

	q.Before = q.Period.Previous()
	switch q.Compare = c.Query("compare"); q.Compare {
	case "":
	case compareYear:
		q.Before = q.Period.YearBefore()
	default:
		q.Compare, q.ViewProblem = "", "problem.compare"
	}

	switch q.Metric = c.Query("metric", defaultMetric); {
	case slices.Contains(analytics.DailyMetrics, q.Metric):
	default:
		q.Metric, q.ViewProblem = defaultMetric, "problem.metric"
	}

	if q.Department != "" {
		known := slices.ContainsFunc(departments, func(d schema.Department) bool { return string(d.ID) == q.Department })
		if known {
			q.Filter.Departments = []schema.DepartmentID{schema.DepartmentID(q.Department)}
		} else {
			q.FilterProblem = "problem.department"
		}
	}
	if q.Platform != "" {
		if slices.Contains(platforms, schema.Platform(q.Platform)) {
			q.Filter.Platforms = []schema.Platform{schema.Platform(q.Platform)}
		} else {
			q.FilterProblem = "problem.platform"
		}
	}
	s.remember(c, q)
	return q
}

// presetPeriod returns the period of the name, today included.
func presetPeriod(name string, today time.Time, zone *time.Location) analytics.Period {
	day := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, zone)
	to := day.AddDate(0, 0, 1)
	month := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, zone)
	switch name {
	case "today":
		return analytics.Period{From: day, To: to}
	case "7d":
		return analytics.Period{From: to.AddDate(0, 0, -7), To: to}
	case "month":
		return analytics.Period{From: month, To: to}
	case "last-month":
		return analytics.Period{From: month.AddDate(0, -1, 0), To: month}
	case "90d":
		return analytics.Period{From: to.AddDate(0, 0, -90), To: to}
	case "year":
		return analytics.Period{From: time.Date(day.Year(), 1, 1, 0, 0, 0, 0, zone), To: to}
	}
	return analytics.Period{From: to.AddDate(0, 0, -28), To: to}
}

// typedPeriod returns the days from first to last, both included, or the key
// of what is wrong with them.
func typedPeriod(first, last string, zone *time.Location) (analytics.Period, string) {
	if first == "" || last == "" {
		return analytics.Period{}, "problem.both_days"
	}
	from, err := time.ParseInLocation(time.DateOnly, first, zone)
	if err != nil {
		return analytics.Period{}, "problem.first_day"
	}
	to, err := time.ParseInLocation(time.DateOnly, last, zone)
	if err != nil {
		return analytics.Period{}, "problem.last_day"
	}
	if to.Before(from) {
		return analytics.Period{}, "problem.order"
	}
	p, err := analytics.NewPeriod(from, to.AddDate(0, 0, 1), zone)
	if err != nil {
		return analytics.Period{}, "problem.long"
	}
	return p, ""
}

// isDay reports whether a date field can show what was typed.
func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return s == "" || err == nil
}

// address returns the path with the query's choices, changed by pairs of name
// and value. Defaults are left out.
func (q query) address(path string, changes ...string) string {
	v := url.Values{}
	maps.Copy(v, q.Keep)
	set := func(name, value, standard string) {
		v.Del(name)
		if value != "" && value != standard {
			v.Set(name, value)
		}
	}
	if q.Preset == "" {
		set("from", q.From, "")
		set("to", q.To, "")
	} else {
		set("period", q.Preset, defaultPreset)
	}
	set("view", string(q.View), string(analytics.ViewLife))
	set("compare", q.Compare, "")
	set("metric", q.Metric, defaultMetric)
	if len(q.Filter.Departments) > 0 {
		set("department", q.Department, "")
	}
	if len(q.Filter.Platforms) > 0 {
		set("platform", q.Platform, "")
	}
	for i := 0; i+1 < len(changes); i += 2 {
		switch name := changes[i]; name {
		case "period":
			set("from", "", "")
			set("to", "", "")
			set(name, changes[i+1], defaultPreset)
		case "metric":
			set(name, changes[i+1], defaultMetric)
		case "view":
			set(name, changes[i+1], string(analytics.ViewLife))
		default:
			set(name, changes[i+1], "")
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}
