package youtube

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

const (
	callReports    = "reports"
	reportsVersion = "v2"

	// maxDays is how far back the first report goes.
	maxDays = 730

	// revised is how many days before the last report are read once more: the
	// figures of a day come two or three days late, and change for three more.
	revised = 7
)

// dayMetrics are the figures of a channel's day. The first two are there for
// every channel.
var dayMetrics = []string{"views", "likes", "comments", "shares", "estimatedMinutesWatched", "subscribersGained", "subscribersLost"}

// A report is an answer of YouTube Analytics.
type report struct {
	Kind    string          `json:"kind"`
	Error   *fault          `json:"error"`
	Errors  json.RawMessage `json:"errors"` // of an operation that failed
	Columns []struct {
		Name string `json:"name"`
	} `json:"columnHeaders"`
	Rows [][]json.RawMessage `json:"rows"` // an empty list may be left out
}

// days adds the figures of the channel's days to the page at hand, at most once
// in a day. Where the owner has not permitted it, it sets noRight.
//
// https://developers.google.com/youtube/analytics/reference/reports/query
func (r *run) days(ctx context.Context, ch *channel, left *legacy) error {
	to := pacificDay(r.at)
	from := to.AddDate(0, 0, -maxDays)
	if depth := pacificDay(r.job.Depth); depth.After(from) {
		from = depth
	}
	if !left.insights.IsZero() {
		from = left.insights.AddDate(0, 0, -revised)
	}
	for {
		names := r.dayMetrics.Without(callReports, dayMetrics)
		a, body, err := r.report(ctx, ch.ID, names, from, to)
		switch refused := asRefusal(err); {
		case refused != nil && a.Status == http.StatusBadRequest:
			again, err := r.learnMetrics(ctx, ch.ID, names, from, to, a.At)
			if err != nil {
				return err
			}
			if again {
				continue
			}
			return refused
		case refused != nil && a.Status == http.StatusForbidden && collector.OutcomeOf(refused) != collector.OutcomeWait:
			refused.class = collector.ErrUnauthorized // whatever it says, a person must permit it
			r.noRight = fmt.Errorf("read days: %w: %w", collector.ErrNoInsights, refused)
			return nil
		case err != nil:
			return err
		}
		r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
		r.addDays(a, names, body)
		left.insights = to
		return nil
	}
}

// learnMetrics finds out which of the names YouTube does not take, and says
// whether it is worth asking for the others.
func (r *run) learnMetrics(ctx context.Context, channel string, names []string, from, to time.Time, at time.Time) (again bool, err error) {
	bad, again, err := r.dayMetrics.Learn(ctx, callReports, names, func(some []string) (string, error) {
		a, _, err := r.report(ctx, channel, some, from, to)
		if refused := asRefusal(err); refused != nil && a.Status == http.StatusBadRequest {
			return cmp.Or(refused.message, "refused"), nil
		}
		return "", err
	})
	for _, b := range bad {
		r.metric(callReports, b.Name, schema.MetricRefused, b.Words, at)
	}
	return again, err
}

// report asks for the metrics of each day from one to another. The answer comes
// with a refusal too.
func (r *run) report(ctx context.Context, channel string, names []string, from, to time.Time) (*api.Answer, *report, error) {
	u := r.reportsBase.JoinPath(reportsVersion, callReports)
	u.RawQuery = url.Values{
		"ids":        {"channel==" + channel},
		"dimensions": {"day"},
		"metrics":    {strings.Join(names, ",")},
		"startDate":  {from.Format(time.DateOnly)},
		"endDate":    {to.Format(time.DateOnly)},
	}.Encode()
	a, body, err := r.askReport(ctx, u)
	if r.renewed(ctx, err) {
		return r.askReport(ctx, u)
	}
	return a, body, err
}

func (r *run) askReport(ctx context.Context, u *url.URL) (*api.Answer, *report, error) {
	r.page.Calls++
	a, err := r.reports.Get(ctx, u, r.cred.secret)
	if err != nil {
		return nil, nil, err
	}
	body, err := readReport(a)
	return a, body, err
}

func readReport(a *api.Answer) (*report, error) {
	body := new(report)
	odd, err := a.Decode(body)
	switch {
	case err != nil:
		return nil, err
	case body.Error != nil || !a.OK():
		return nil, newRefusal(a, body.Error, true)
	case odd != nil:
		return nil, a.Broken("no report: " + odd.Error())
	case body.Kind != "youtubeAnalytics#resultTable" || len(body.Columns) == 0 || len(body.Errors) > 0 && string(body.Errors) != "null":
		return nil, a.Broken("no report")
	}
	return body, nil
}

// addDays adds the rows of a report that was asked for the metrics. A day or a
// figure that is missing is not zero.
func (r *run) addDays(a *api.Answer, names []string, body *report) {
	column := make(map[string]int, len(body.Columns))
	for i, c := range body.Columns {
		column[c.Name] = i
	}
	dayAt, ok := column["day"]
	if !ok && len(body.Rows) > 0 {
		r.skip("report left out: it has no days")
		return
	}
	for _, row := range body.Rows {
		day, err := dayOf(row, dayAt)
		if err != nil || day.Before(firstVideo) || day.After(a.At.Add(48*time.Hour)) {
			r.skip("row left out: no day that can be true")
			continue
		}
		for _, name := range names {
			i, ok := column[name]
			if !ok || i >= len(row) {
				continue
			}
			var n api.Count
			n.UnmarshalJSON(row[i]) // never fails
			switch {
			case n.Bad:
				r.skip("value left out: not a count", "name", name)
			case n.Known:
				r.metric(callReports, name, schema.MetricGiven, "", a.At)
				r.page.Insights = append(r.page.Insights, schema.AccountInsight{
					AccountID:  r.job.Account.ID,
					Platform:   schema.YouTube,
					Metric:     name,
					Day:        day,
					Value:      n.Ptr(),
					ObservedAt: a.At,
					RunID:      r.job.RunID,
				})
			}
		}
	}
}

var errNoDay = errors.New("no day")

func dayOf(row []json.RawMessage, at int) (time.Time, error) {
	var s string
	if at >= len(row) || json.Unmarshal(row[at], &s) != nil {
		return time.Time{}, errNoDay
	}
	return time.Parse(time.DateOnly, s)
}
