package facebook

import (
	"errors"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// The kinds of posts that have metrics of their own.
const (
	kindPost  = "post"
	kindVideo = "video"
)

// everyPost are the metrics of any post. The first two decide whether a refusal
// is about a name at all.
var everyPost = []string{
	"post_media_view", "post_total_media_view_unique", "post_clicks", "post_clicks_by_type",
	"post_reactions_like_total", "post_reactions_love_total", "post_reactions_wow_total",
	"post_reactions_haha_total", "post_reactions_sorry_total", "post_reactions_anger_total",
	"post_reactions_by_type_total", "post_activity_by_action_type",
}

// metricsOf are the metrics of each kind of post, all of them over its lifetime.
// Of posts without a video those of videos are not asked: the platform says 0,
// which is no number of theirs.
//
// The views of videos are told paid apart from organic. Those of a post are by
// the breakdown is_from_ads alone, which would double the calls. The published
// specification gives the edge of a post no such parameter, and the shape of the
// answer is not documented: it is not asked for.
// https://developers.facebook.com/docs/graph-api/reference/insights
var metricsOf = map[string][]string{
	kindPost: everyPost,
	kindVideo: append(everyPost[:len(everyPost):len(everyPost)],
		"post_video_views", "post_video_views_organic", "post_video_views_paid", "post_video_views_15s",
		"post_video_avg_time_watched", "post_video_view_time"),
}

// kindOf returns the key of metricsOf.
func kindOf(f schema.Format) string {
	if f == schema.FormatVideo || f == schema.FormatReel {
		return kindVideo
	}
	return kindPost
}

// insights says how the insights of the page at hand are read.
func (r *run) insights() *graph.Insights {
	return &graph.Insights{
		Metrics: func(i int) (string, []string) { return r.kinds[i], metricsOf[r.kinds[i]] },
		Params:  url.Values{"period": {"lifetime"}},
		Excuse:  excuse,
		Row:     r.row,
	}
}

// excuse returns why a post has no insights although others may, or "".
func excuse(err error) string {
	if goneOrHidden(err) {
		return "gone since the list was read, or not visible"
	}
	return ""
}

// goneOrHidden says whether the post itself is the reason for a refusal. What
// was deleted and what we may not see look the same, with a subcode or without.
func goneOrHidden(err error) bool {
	e, ok := errors.AsType[*api.GraphError](err)
	return ok && e.Code == 100 && (e.Subcode == 33 || strings.Contains(e.Message, "does not exist, cannot be loaded"))
}

// row returns the reading, or nil when there is no number in it: Pages with
// less than 100 likes have none, and young posts none yet.
//
// Of a metric with several numbers each stands in Extra as METRIC.PART. Its
// whole is not their sum: a number that was not sent is not known.
func (r *run) row(g *graph.Reading, a *api.Answer, body *graph.InsightsBody, p *schema.Post) *schema.Observation {
	o := &schema.Observation{
		AccountID:  p.AccountID,
		PostID:     p.PostID,
		Platform:   schema.Facebook,
		ObservedAt: a.At,
		Call:       callInsights,
		RunID:      r.Job.RunID,
		Extra:      make(map[string]int64, len(body.Data)),
	}
	for i := range body.Data {
		in := &body.Data[i]
		switch {
		case in.Period != "" && in.Period != "lifetime", len(in.Values) == 0:
			continue // some metrics are told by day too
		case !isMetric(in.Name):
			g.Skip("value left out: no name of a metric", posttext.Valid(in.Name))
			continue
		case len(in.Values) > 1:
			// Over a lifetime there is one. Several are parts by something that
			// was not asked for: none of them is the whole.
			g.Skip("value left out: several where there should be one", posttext.Valid(in.Name))
			continue
		}
		v := &in.Values[0].Value
		r.addValue(g, o, in.Name, v.Count)
		for part, c := range v.Parts {
			r.addValue(g, o, in.Name+"."+part, c)
		}
	}
	if len(o.Extra) == 0 {
		return nil
	}
	return o
}

// addValue adds one number of the insights to the reading.
func (r *run) addValue(g *graph.Reading, o *schema.Observation, name string, c api.Count) {
	if c.Bad || c.Known && !isMetric(name) {
		g.Skip("value left out: not a count", posttext.Valid(name))
	}
	if !c.Known || !isMetric(name) {
		return
	}
	o.Extra[name] = c.N
	switch name {
	case "post_media_view":
		o.Views = c.Ptr()
	case "post_total_media_view_unique":
		o.Reach = c.Ptr()
	case "post_clicks":
		o.Clicks = c.Ptr()
	case "post_video_view_time":
		o.WatchSeconds = new(c.N / 1000) // milliseconds
	}
	// The reactions stay in Extra. Those of the list count at another moment
	// and with other rules (here "like" includes "care"); a series must not mix
	// them.
}

// isMetric says whether name is the name of a metric, or of one and a part of
// it, such as "post_clicks_by_type.photo view".
func isMetric(name string) bool {
	if name == "" || len(name) > 128 {
		return false
	}
	for _, b := range []byte(name) {
		switch {
		case '0' <= b && b <= '9', 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_', b == '-', b == '.', b == ' ':
		default:
			return false
		}
	}
	return true
}
