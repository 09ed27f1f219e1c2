package youtube

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// dayFigures are what a channel has of a day, by the platform's names.
type dayFigures map[string]int64

// total is what a channel has gathered until a second.
func (ch *channel) total(second int64) dayFigures {
	t := dayFigures{}
	for _, v := range ch.videos[:ch.publishedBy(second)] {
		r := v.at(second)
		t["views"] += r.views
		t["likes"] += r.likes
		t["dislikes"] += r.dislikes
		t["comments"] += max(r.comments, 0)
		t["shares"] += r.likes / 5
		t["estimatedMinutesWatched"] += r.views * v.seconds * 45 / 6000
	}
	t["subscribersGained"] = ch.growth.Followers(second)
	return t
}

// reportMetrics are those that the sandbox knows.
var reportMetrics = []string{"comments", "dislikes", "estimatedMinutesWatched", "likes", "shares", "subscribersGained", "subscribersLost", "views"}

const (
	late    = 2 * sandbox.DaySeconds // before the figures of a day are there, and up to a day more
	settles = 3 * sandbox.DaySeconds // before they stand
)

// days returns the figures of the days from one to another, and which day each
// is, as far as they are told at the second: a day is told two to three days
// late, and a little short for three more. A day before the first video is not
// told at all.
func (ch *channel) days(from, to time.Time, at int64) (days []time.Time, figures []dayFigures) {
	var before dayFigures
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		begin := sandbox.PacificMidnight(day.Unix() + 20*3600) // its noon
		finish := sandbox.NextPacificMidnight(begin + 12*3600)
		h := sandbox.HashOf(0, "report", ch.Handle, day.Format(time.DateOnly))
		told := finish + late + int64(h.Between(0, 0, sandbox.DaySeconds))
		if at < told {
			break
		}
		if len(ch.videos) == 0 || finish <= ch.videos[0].published {
			continue
		}
		if before == nil {
			before = ch.total(begin)
		}
		after := ch.total(finish)
		f := dayFigures{}
		for _, name := range reportMetrics {
			f[name] = max(after[name]-before[name], 0)
			if at < told+settles {
				f[name] = sandbox.Part(f[name], 0.97)
			}
		}
		f["subscribersLost"] = f["subscribersGained"] / 7
		f["subscribersGained"] += f["subscribersLost"]
		days, figures, before = append(days, day), append(figures, f), after
	}
	return days, figures
}

// Day returns a channel's figures of a day, by the platform's names, as they are
// told at the moment; nil where they are not.
func (w *World) Day(handle string, day, at time.Time) map[string]int64 {
	ch := w.channel(handle)
	if ch == nil {
		return nil
	}
	if _, f := ch.days(day, day, at.Unix()); len(f) == 1 {
		return f[0]
	}
	return nil
}

// report answers GET /v2/reports of YouTube Analytics: figures of the owner's
// channel by day.
func (c *call) report() ([]byte, error) {
	if c.r.Method != http.MethodGet {
		return nil, &APIError{Status: http.StatusNotFound, Domain: "global", Reason: "notFound", Message: "Method not found."}
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	switch {
	case c.owner == nil:
		return nil, AuthError()
	case c.faults.noReports:
		return nil, ReportsForbidden()
	}
	if ids := c.query.Get("ids"); ids != "channel==MINE" && ids != "channel=="+c.owner.PlatformID {
		return nil, ReportsForbidden()
	}
	from, err1 := time.Parse(time.DateOnly, c.query.Get("startDate"))
	to, err2 := time.Parse(time.DateOnly, c.query.Get("endDate"))
	metrics := strings.Split(c.query.Get("metrics"), ",")
	if err1 != nil || err2 != nil || to.Before(from) || c.query.Get("dimensions") != "day" || c.query.Has("filters") {
		return nil, badQuery("The query is not supported.")
	}
	for _, m := range metrics {
		if !slices.Contains(reportMetrics, m) || c.faults.withdrawn[m] {
			return nil, badQuery("Unknown identifier (" + m + ") given in field parameters.metrics.")
		}
	}
	b := []byte(`{"kind":"youtubeAnalytics#resultTable","columnHeaders":[{"name":"day","columnType":"DIMENSION","dataType":"STRING"}`)
	for _, m := range metrics {
		b = append(sandbox.AppendString(append(b, `,{"name":`...), m), `,"columnType":"METRIC","dataType":"INTEGER"}`...)
	}
	b = append(b, ']')
	days, figures := c.owner.days(from, to, c.at)
	if len(days) > 0 { // or there are no rows, not even none of them
		b = append(b, `,"rows":[`...)
		for i, day := range days {
			b = sandbox.AppendString(append(b, '['), day.Format(time.DateOnly))
			for _, m := range metrics {
				b = sandbox.AppendInt(append(b, ','), figures[i][m])
			}
			b = append(b, "],"...)
		}
		b = sandbox.CloseList(b, ']')
	}
	return append(b, '}'), nil
}
