package tiktok

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// How far back the figures of days are read. TikTok tells at most 60 days, and
// where its day begins for that is not written down: 59 are so in every zone.
// What was told of the last days may still change.
const (
	daysBack  = 59
	daysAgain = 7
)

type daysBody struct {
	businessBody
	Data struct {
		Metrics []map[string]json.RawMessage `json:"metrics"`
	} `json:"data"`
}

// addDays reads the account's own figures by day, at most once on a day of UTC,
// and adds them to the page at hand. When it last did is left for the passes to
// come. Trouble with them is left to the next pass: it costs the videos nothing.
func (b *accounts) addDays(ctx context.Context) error {
	if b.job.Leave == nil {
		return nil // nothing would remember that they were read
	}
	today := b.now().Truncate(24 * time.Hour)
	last, err := time.Parse(time.DateOnly, b.job.Left)
	if err == nil && !last.Before(today) {
		b.job.Leave(b.job.Left)
		return nil
	}
	from := today.AddDate(0, 0, -daysBack)
	if err == nil && last.AddDate(0, 0, -daysAgain).After(from) {
		from = last.AddDate(0, 0, -daysAgain)
	}
	if err := b.readDays(ctx, from, today.AddDate(0, 0, -1)); err != nil {
		b.page.Insights = nil
		b.job.Leave(b.job.Left)
		if ctx.Err() != nil {
			return err
		}
		b.skip("figures of days left out", "reason", err.Error())
		return nil
	}
	b.job.Leave(today.Format(time.DateOnly))
	return nil
}

// readDays reads the days from the first to the last.
func (b *accounts) readDays(ctx context.Context, first, last time.Time) error {
	q := url.Values{"start_date": {first.Format(time.DateOnly)}, "end_date": {last.Format(time.DateOnly)}}
	return b.with(&b.days, func(names []string) error {
		a, body, odd, err := askBusiness[daysBody](ctx, b, "business/get/", names, q)
		if err != nil {
			return err
		}
		b.odd(odd)
		b.keep(a)
		b.page.Insights = nil // of the same days, with fewer names
		b.addSeries(a, body, first, last)
		return nil
	})
}

// addSeries adds the days of an answer that were asked for.
func (b *accounts) addSeries(a *api.Answer, body *daysBody, first, last time.Time) {
	for _, told := range body.Data.Metrics {
		var s text
		_ = json.Unmarshal(told["date"], &s)
		day, err := time.Parse(time.DateOnly, string(s))
		if err != nil || day.Before(first) || day.After(last) {
			b.skip("day left out: none that was asked for", "day", a.Excerpt(string(s)))
			continue
		}
		b.addDay(day, told, a.At)
	}
}

// addDay adds what is told of one day. A figure that is not told is none of
// this account's; one that is told as null is unknown.
func (b *accounts) addDay(day time.Time, told map[string]json.RawMessage, at time.Time) {
	for _, name := range b.days.numbers() {
		raw, ok := told[name]
		if !ok {
			continue
		}
		var n api.Count
		_ = json.Unmarshal(raw, &n) // it never fails
		if n.Bad {
			b.skip("value left out: not a count", "name", name, "day", day.Format(time.DateOnly))
			continue
		}
		b.page.Insights = append(b.page.Insights, schema.AccountInsight{
			AccountID: b.job.Account.ID, Platform: schema.TikTok, Metric: name, Day: day,
			Value: n.Ptr(), ObservedAt: at, RunID: b.job.RunID,
		})
	}
}
