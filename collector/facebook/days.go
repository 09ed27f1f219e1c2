package facebook

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// mostDays is how many days back a Page's own figures are read: what one call
// may cover.
const mostDays = 89

// kindPage is the kind of a Page's own metrics.
const kindPage = "page"

// pageMetrics are the figures of a Page by day.
var pageMetrics = []string{
	"page_follows", "page_post_engagements", "page_daily_follows_unique", "page_daily_unfollows_unique",
	"page_media_view", "page_total_media_view_unique", "page_total_actions", "page_views_total",
	"page_actions_post_reactions_like_total", "page_actions_post_reactions_love_total", "page_actions_post_reactions_wow_total",
	"page_actions_post_reactions_haha_total", "page_actions_post_reactions_sorry_total", "page_actions_post_reactions_anger_total",
	"page_actions_post_reactions_total", "page_video_views", "page_video_view_time",
}

// days reads the Page's own figures of the days that are due. What fails but
// does not stop the run is left to the next pass.
func (r *run) days(ctx context.Context) error {
	d, due := r.DaysDue(mostDays)
	if !due {
		return nil
	}
	params := url.Values{"period": {"day"}, "since": {strconv.FormatInt(d.From.Unix(), 10)}, "until": {strconv.FormatInt(d.Today.Unix(), 10)}}
	err := r.ReadDays(ctx, r.pageID, kindPage, pageMetrics, d.From, params, excuse)
	switch {
	case err == nil:
		r.DaysRead(d)
	case graph.Stops(ctx, err):
		return fmt.Errorf("read the Page's insights: %w", err)
	default:
		r.Skip("the Page's insights left out", "detail", err.Error())
	}
	return nil
}

// Missing asks for posts by their ids: see collector.Finder.
func (c *Connector) Missing(ctx context.Context, job collector.Job, posts []schema.Post) (map[string]schema.Absence, int, error) {
	c.initOnce.Do(c.init)
	gone := make(map[string]schema.Absence)
	r, err := c.reader.Begin(ctx, job, nil)
	if err == nil {
		err = r.Missing(ctx, posts, gone, goneOrHidden)
	}
	if err != nil {
		return gone, r.Page.Calls, fmt.Errorf("facebook: %w", err)
	}
	return gone, r.Page.Calls, nil
}
