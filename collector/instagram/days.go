package instagram

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/graph"
)

// mostDays is how many days back an account's own figures are read: the
// platform tells new followers no longer, and of all others each day takes a
// call.
const mostDays = 29

// kindAccount is the kind of an account's own metrics.
const kindAccount = "account"

// accountTotals are the figures that the platform gives as one total over a
// window. Left out are those that mean something only in parts. The last two
// are not in the newest reference any more.
var accountTotals = []string{"reach", "views", "total_interactions", "accounts_engaged", "likes", "comments", "saves", "shares",
	"replies", "reposts", "profile_links_taps", "profile_views", "website_clicks"}

// days reads the account's own figures of the days that are due. What fails
// but does not stop the run is left to the next pass.
func (r *run) days(ctx context.Context) error {
	d, due := r.DaysDue(mostDays)
	if !due {
		return nil
	}
	err := r.readDays(ctx, d)
	switch {
	case err == nil:
		r.DaysRead(d)
	case graph.Stops(ctx, err):
		return fmt.Errorf("read the account's insights: %w", err)
	default:
		r.Skip("the account's insights left out", "detail", err.Error())
	}
	return nil
}

func (r *run) readDays(ctx context.Context, d graph.Days) error {
	id := r.Job.Account.PlatformID
	params := func(kind string, from, to time.Time) url.Values {
		return url.Values{"period": {"day"}, "metric_type": {kind}, "since": {strconv.FormatInt(from.Unix(), 10)}, "until": {strconv.FormatInt(to.Unix(), 10)}}
	}
	for day := d.From; day.Before(d.Today); day = day.AddDate(0, 0, 1) {
		// until is part of the window: a second less than the day, or it might
		// be taken for the next day as well.
		end := day.AddDate(0, 0, 1).Add(-time.Second)
		if err := r.ReadDays(ctx, id, kindAccount, accountTotals, day, params("total_value", day, end), notForThisPost); err != nil {
			return err
		}
	}
	return r.ReadDays(ctx, id, kindAccount, []string{"follower_count"}, d.From, params("time_series", d.From, d.Today), notForThisPost)
}
