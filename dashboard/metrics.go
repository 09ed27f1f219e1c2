package dashboard

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// metricsPage is what GET /metrics shows: the catalogue of every number.
type metricsPage struct {
	page
	Status    template.HTML
	Counted   string // which posts are counted
	Asked     askedCard
	Platforms []string // that tell any of the numbers, as named
	Metrics   []metricCard
	CSV       string
}

// metricCard is one number of the catalogue. Its key is its anchor, so that a
// definition elsewhere can lead here: /metrics#reach.
type metricCard struct {
	Key, Name, Means, Unknown string
	Unit                      string
	Views                     string
	Adds                      string // over what it may be summed, in words
	Names                     []string
	Notes                     []metricNote
}

// A metricNote says since when, or until when, something held on a platform.
type metricNote struct{ Platform, When, What string }

// metrics shows GET /metrics.
func (s *Server) metrics(c *fiber.Ctx) error {
	p := metricsPage{page: s.newPage(c, "metrics.title"), CSV: "/metrics.csv"}
	p.Counted = analytics.CountedOnce.In(p.Lang)
	p.Asked = s.asked(c, p.Printer)
	tell := tellers()
	for _, platform := range tell {
		p.Platforms = append(p.Platforms, platformName(p.Printer, platform))
	}
	for _, m := range analytics.Catalogue() {
		p.Metrics = append(p.Metrics, newMetricCard(p.Printer, m, tell))
	}
	p.Status = p.HTML("metrics.status", "Count", len(p.Metrics))
	return s.render(c, fiber.StatusOK, "metrics", p)
}

// An askedCard says which metrics platforms refuse now.
type askedCard struct {
	Say  template.HTML
	Rows []askedRow // what is refused first
}

type askedRow struct {
	Platform, Kind, Metric string
	Refused                bool
	State                  template.HTML
	Given                  i18n.Words
	Detail                 string // of a refusal, in the platform's words
}

func (s *Server) asked(c *fiber.Ctx, p *i18n.Printer) askedCard {
	all, err := s.Stats.MetricStatus(c.UserContext())
	if err != nil { // the catalogue stands without it
		s.logError(c, fiber.StatusServiceUnavailable, err)
		return askedCard{Say: p.HTML("metrics.asked_failed")}
	}
	if len(all) == 0 {
		return askedCard{Say: p.HTML("metrics.asked_none")}
	}
	now, refused := s.Now(), 0
	var card askedCard
	for _, m := range all {
		r := askedRow{Platform: platformName(p, m.Platform), Kind: m.Kind, Metric: m.Metric, Refused: m.IsRefused(),
			State: p.HTML("metrics.asked_ok"), Given: i18n.Words(i18n.Dash)}
		if m.Given != nil {
			r.Given = p.Moment(*m.Given, now)
		}
		if r.Refused {
			refused++
			key := "metrics.asked_since"
			if m.Given == nil {
				key = "metrics.asked_always"
			}
			r.State, r.Detail = p.HTML(key, "At", p.Moment(*m.Refused, now)), m.Detail
		}
		card.Rows = append(card.Rows, r)
	}
	slices.SortStableFunc(card.Rows, func(a, b askedRow) int {
		switch {
		case a.Refused == b.Refused:
			return 0
		case a.Refused:
			return -1
		}
		return 1
	})
	card.Say = p.HTML("metrics.asked_all", "Count", len(all))
	if refused > 0 {
		card.Say = p.HTML("metrics.asked_refused", "Count", refused, "Total", p.Int(len(all)))
	}
	return card
}

// tellers returns the platforms that tell any number, in their usual order.
func tellers() []schema.Platform {
	return slices.DeleteFunc(slices.Clone(platforms), func(platform schema.Platform) bool {
		return !slices.ContainsFunc(analytics.Catalogue(), func(m analytics.Metric) bool { return m.Given[platform] != "" })
	})
}

func newMetricCard(p *i18n.Printer, m analytics.Metric, tell []schema.Platform) metricCard {
	card := metricCard{
		Key: m.Key, Name: m.Name.In(p.Lang), Means: p.Numerals(m.Means.In(p.Lang)), Unknown: p.Numerals(m.Unknown.In(p.Lang)),
		Unit: p.Text("unit." + string(m.Unit)), Adds: p.Text("metrics.adds_nothing"),
	}
	var views, adds []string
	for _, v := range m.Views {
		views = append(views, p.Text("view."+string(v)))
	}
	for _, line := range additivity(m.Adds) {
		if line.adds {
			adds = append(adds, p.Text("metrics.over_"+line.key))
		}
	}
	card.Views = p.List(views)
	if len(adds) > 0 {
		card.Adds = p.List(adds)
	}
	for _, platform := range tell {
		card.Names = append(card.Names, m.Given[platform])
	}
	for _, n := range m.Notes {
		card.Notes = append(card.Notes, metricNote{platformName(p, n.Platform), sinceOrUntil(p, n), p.Numerals(n.What.In(p.Lang))})
	}
	return card
}

type additive struct {
	key  string
	adds bool
}

func additivity(a analytics.Additivity) []additive {
	return []additive{{"days", a.Days}, {"posts", a.Posts}, {"accounts", a.Accounts}, {"platforms", a.Platforms}}
}

// sinceOrUntil says from which day on, or up to which, the note holds.
func sinceOrUntil(p *i18n.Printer, n analytics.Note) string {
	key, text := "metrics.since", n.Since
	if text == "" {
		key, text = "metrics.until", n.Until
	}
	day, err := time.ParseInLocation(time.DateOnly, text, p.Zone)
	if err != nil {
		return text // a test of the catalogue reads every day
	}
	return p.Text(key, "Day", p.Date(day))
}

// metricsFile sends GET /metrics.csv and .xlsx: the same as a file.
func (s *Server) metricsFile(c *fiber.Ctx) error {
	p := s.printer(c)
	tell := tellers()
	head := headings(p, "key", "name", "definition", "unit", "dash", "views", "adds_days", "adds_posts", "adds_accounts", "adds_platforms")
	for _, platform := range tell {
		head = append(head, textCell(platformName(p, platform)))
	}
	rows := [][]cell{append(head, textCell(p.Text("csv.notes")))}
	for _, m := range analytics.Catalogue() {
		var views []string
		for _, v := range m.Views {
			views = append(views, string(v))
		}
		row := []cell{textCell(m.Key), textCell(m.Name.In(p.Lang)), textCell(m.Means.In(p.Lang)), textCell(string(m.Unit)), textCell(m.Unknown.In(p.Lang)), textCell(strings.Join(views, " "))}
		for _, line := range additivity(m.Adds) {
			row = append(row, yesNo(p, line.adds))
		}
		for _, platform := range tell {
			row = append(row, textCell(m.Given[platform]))
		}
		var notes []string
		for _, n := range m.Notes {
			notes = append(notes, platformName(p, n.Platform)+", "+sinceOrUntil(p, n)+": "+n.What.In(p.Lang))
		}
		rows = append(rows, append(row, textCell(strings.Join(notes, " "))))
	}
	return sendTable(c, p, "hamawaz-metrics", rows)
}
