package graph

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// final is how many days the platform goes on changing a day.
const final = 2

// Days are days of an account whose own figures are due: from From, and before
// Today, which is not over. Each is the midnight in California with which it
// begins.
type Days struct{ From, Today time.Time }

// DaysDue returns the days to be read now: those that were not final when they
// were read last, and all since, but no more than most. They are read once a
// day, by a run that begins a pass and can leave word of it.
func (r *Run) DaysDue(most int) (d Days, due bool) {
	if r.Job.Leave == nil {
		return d, false
	}
	if r.Job.Left != "" {
		r.Job.Leave(r.Job.Left) // holds on, unless more is read
	}
	if r.Job.Cursor != "" {
		return d, false
	}
	zone := pacific()
	y, m, day := r.now().In(zone).Date()
	d.Today = time.Date(y, m, day, 0, 0, 0, 0, zone)
	d.From = d.Today.AddDate(0, 0, -most)
	left, _ := url.ParseQuery(r.Job.Left)
	if last, err := time.ParseInLocation(time.DateOnly, left.Get("days"), zone); err == nil {
		if !last.Before(d.Today) {
			return d, false
		}
		if from := last.AddDate(0, 0, -final); from.After(d.From) {
			d.From = from
		}
	}
	return d, true
}

// DaysRead leaves word that the days were read.
func (r *Run) DaysRead(d Days) {
	r.Job.Leave(url.Values{"days": {d.Today.Format(time.DateOnly)}}.Encode())
}

func (r *Run) now() time.Time {
	if r.Client.Now != nil {
		return r.Client.Now()
	}
	return time.Now()
}

// pacific returns the zone by which the platform counts its days. Where the
// system has no zones it is winter all year.
func pacific() *time.Location {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return time.FixedZone("PST", -8*60*60)
	}
	return zone
}

// ReadDays asks a node for figures by day and adds them to the page at hand.
// Totals, which stand for the whole window that params ask for, are those of
// the day. kind is that of the metrics, as in Insights.
func (r *Run) ReadDays(ctx context.Context, node, kind string, names []string, day time.Time, params url.Values, excuse func(error) string) error {
	var rows []schema.AccountInsight
	in := &Insights{
		Params: params,
		Excuse: excuse,
		Row: func(g *Reading, a *api.Answer, body *InsightsBody, _ *schema.Post) *schema.Observation {
			rows = r.days(g, a, body, day)
			return nil
		},
	}
	g := new(Reading)
	r.readInsights(ctx, in, g, &schema.Post{NativeID: node}, kind, names)
	r.keep(g, "insights", kind)
	r.Page.Insights = append(r.Page.Insights, rows...)
	return g.err
}

// days returns the figures that an answer holds. One that was not told is
// unknown, and of a day that is not there nothing is.
func (r *Run) days(g *Reading, a *api.Answer, body *InsightsBody, day time.Time) (rows []schema.AccountInsight) {
	add := func(name string, day time.Time, c api.Count) {
		if c.Bad || !isName(name) {
			g.Skip("value left out: not a count", posttext.Valid(name))
			return
		}
		y, m, d := day.Date()
		rows = append(rows, schema.AccountInsight{
			AccountID: r.Job.Account.ID, Platform: r.Platform, Metric: name, Day: time.Date(y, m, d, 0, 0, 0, 0, time.UTC),
			Value: c.Ptr(), ObservedAt: a.At, RunID: r.Job.RunID,
		})
	}
	value := func(name string, day time.Time, v *Value) {
		if v.Parts == nil {
			add(name, day, v.Count)
		}
		for part, c := range v.Parts {
			add(name+"."+part, day, c)
		}
	}
	for i := range body.Data {
		in := &body.Data[i]
		if in.Period != "" && in.Period != "day" {
			continue
		}
		for j := range in.Values {
			end, err := time.Parse("2006-01-02T15:04:05-0700", in.Values[j].EndTime)
			if err != nil || end.Before(firstDay) || end.After(a.At.Add(48*time.Hour)) {
				g.Skip("value left out: no day that can be true", posttext.Valid(in.Name))
				continue
			}
			// The platform labels a day with the midnight at which it ends.
			value(in.Name, end.UTC().Add(-20*time.Hour), &in.Values[j].Value)
		}
		if in.Total != nil && len(in.Values) == 0 {
			value(in.Name, day, &in.Total.Value)
		}
	}
	return rows
}

// firstDay is before any day that the platform has figures of.
var firstDay = time.Date(2004, 2, 4, 0, 0, 0, 0, time.UTC)

// isName says whether name is that of a metric, or of one and a part of it,
// such as "page_actions_post_reactions_total.like".
func isName(name string) bool {
	return name != "" && len(name) <= 128 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ") == ""
}
