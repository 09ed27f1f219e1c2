package instagram

import (
	"slices"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// A mediaMetric is one metric of a media's insights: who has it, and how the
// platform words it.
type mediaMetric struct {
	name        string
	feed, reels bool
	story       bool
	breakdown   string // the one it can be split by
	title       string
	description string
}

// mediaMetrics are the metrics of the contract's table.
var mediaMetrics = []mediaMetric{
	{"reach", true, true, true, "", "Accounts reached", "The number of unique accounts that have seen this content, at least once. This metric is estimated."},
	{"views", true, true, true, "", "Views", "The number of times that this content was displayed or played."},
	{"likes", true, true, false, "", "Likes", "The number of likes on this content."},
	{"comments", true, true, false, "", "Comments", "The number of comments on this content."},
	{"saved", true, true, false, "", "Saved", "The number of saves of this content."},
	{"shares", true, true, true, "", "Shares", "The number of shares of this content."},
	{"total_interactions", true, true, true, "", "Interactions", "The number of likes, saves, comments, shares and reposts of this content."},
	{"reposts", true, true, true, "", "Reposts", "The number of reposts of this content."},
	{"follows", true, false, true, "", "Follows", "The number of accounts that began to follow from this content."},
	{"profile_visits", true, false, true, "", "Profile visits", "The number of times that the profile was visited from this content."},
	{"profile_activity", true, false, true, "action_type", "Profile activity", "The number of actions that people took on the profile after engaging with this content."},
	{"navigation", false, false, true, "story_navigation_action_type", "Navigation", "The number of actions that people took to move within the story or away from it."},
	{"replies", false, false, true, "", "Replies", "The number of replies to this story."},
	{"link_clicks", false, false, true, "", "Link clicks", "The number of taps on links of this story."},
	{"ig_reels_avg_watch_time", false, true, false, "", "Average watch time", "The average time spent playing this reel, in milliseconds."},
	{"ig_reels_video_view_total_time", false, true, false, "", "Watch time", "The total time this reel was played, in milliseconds."},
	{"reels_skip_rate", false, true, false, "", "Skip rate", "The part of plays that were skipped in the first seconds, in percent."},
	{"total_likes", true, true, false, "", "Total likes", "The number of likes on this content, with ads."},
	{"total_comments", true, true, false, "", "Total comments", "The number of comments on this content, with ads."},
	{"total_views", true, true, true, "", "Total views", "The number of views of this content, with ads."},
	{"impressions", true, false, true, "", "Impressions", "Total number of times the media object has been seen."},
}

// fewViewers is how many people must have seen a story before anything is told.
const fewViewers = 5

// crossPosted are the metrics that are refused unless the media was shared to
// Facebook. None was.
var crossPosted = []string{"facebook_views", "crossposted_views"}

// mediaInsights answers GET /{media-id}/insights. What is unknown is left out
// of data; a metric that does not fit fails the whole call.
func (c *call) mediaInsights(m mediaRef) ([]byte, error) {
	query := c.r.URL.Query()
	names := graph.SplitList(query.Get("metric"))
	if len(names) == 0 {
		return nil, graph.NoMetric()
	}
	if m.child > 0 {
		return nil, graph.Invalid("Insights are not available for the children of an album")
	}
	breakdowns := graph.SplitList(query.Get("breakdown"))
	asked := make([]mediaMetric, 0, len(names))
	for _, name := range names {
		metric, err := c.mediaMetric(m.post, name)
		if err != nil {
			return nil, err
		}
		for _, b := range breakdowns {
			if b != metric.breakdown {
				return nil, &GraphError{Code: 1, Message: "An unknown error has occurred."} // not transient, whatever the code says elsewhere
			}
		}
		if !slices.ContainsFunc(asked, func(a mediaMetric) bool { return a.name == name }) {
			asked = append(asked, metric)
		}
	}
	if since, ok := c.faults.professional[m.post.account.Handle]; ok && m.post.published < since {
		return nil, &GraphError{
			Code: 100, Subcode: 2108006, Message: "(#100) Invalid parameter",
			UserTitle: "Media posted before business account conversion", UserMessage: "The media was posted before the most recent time that the user's account was converted to a business account from a personal account.",
		}
	}
	if m.post.story() && m.post.at(c.at).reach < fewViewers {
		return nil, NotEnoughViewers()
	}
	b := []byte(`{"data":[`)
	if m.post.final.views == sandbox.Unknown { // without a model there is nothing to tell
		return append(b, "]}"...), nil
	}
	r := m.post.at(c.at)
	for _, metric := range asked {
		v := metricValue(metric.name, &r)
		if v == sandbox.Unknown {
			continue
		}
		b = append(sandbox.AppendString(append(b, `{"name":`...), metric.name), `,"period":"lifetime","values":[{"value":`...)
		b = append(sandbox.AppendInt(b, v), `}],"title":`...)
		b = append(sandbox.AppendString(b, metric.title), `,"description":`...)
		b = sandbox.AppendString(b, metric.description)
		if len(breakdowns) > 0 {
			b = appendActions(append(b, ','), v)
		}
		b = append(sandbox.AppendString(append(b, `,"id":`...), m.id()+"/insights/"+metric.name+"/lifetime"), "},"...)
	}
	return append(sandbox.CloseList(b, ']'), '}'), nil
}

// mediaMetric returns the metric if the post has it.
func (c *call) mediaMetric(p *post, name string) (mediaMetric, error) {
	i := slices.IndexFunc(mediaMetrics, func(m mediaMetric) bool { return m.name == name })
	switch {
	case c.faults.refused[name]:
		return mediaMetric{}, graph.NotAMetric()
	case slices.Contains(crossPosted, name):
		return mediaMetric{}, graph.Invalid("The " + name + " metric is only available for media that was shared to Facebook")
	case i < 0: // removed, such as plays, or never there
		return mediaMetric{}, graph.NotAMetric()
	}
	m := mediaMetrics[i]
	if fits := map[string]bool{"REELS": m.reels, "FEED": m.feed, "STORY": m.story}; !fits[p.productType()] {
		return m, graph.Invalid("The Media Insights API does not support the " + name + " metric for this media product type.")
	}
	if name == "impressions" && p.published >= impressionsEnd {
		return m, graph.Invalid("The impressions metric is not supported for media created on or after July 2, 2024.")
	}
	return m, nil
}

func metricValue(name string, r *reading) int64 {
	for _, m := range metrics {
		if m.name == name {
			return m.value(r)
		}
	}
	return sandbox.Unknown
}

// appendActions splits profile_activity by what people did. The platform
// writes the values in small letters, whatever its reference says.
func appendActions(b []byte, total int64) []byte {
	b = append(sandbox.AppendInt(append(b, `"total_value":{"value":`...), total), `,"breakdowns":[{"dimension_keys":["action_type"],"results":[`...)
	link := total - total/4 - total/8
	for _, part := range []struct {
		action string
		n      int64
	}{{"bio_link_clicked", link}, {"call", total / 4}, {"direction", total / 8}} {
		if part.n > 0 {
			b = append(sandbox.AppendString(append(b, `{"dimension_values":[`...), part.action), `],"value":`...)
			b = append(sandbox.AppendInt(b, part.n), "},"...)
		}
	}
	return append(sandbox.CloseList(b, ']'), "}]}"...)
}
