package instagram

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// The product types that have insights of their own.
const (
	productFeed  = "FEED"
	productReels = "REELS"
	productStory = "STORY"
	productOther = "" // one we do not know: what all have in common
)

// metricsOf are the metrics of each product type that any post of it has.
// Left out: those that fail unless the post was shared to Facebook, those
// that need Facebook Login, and reels_skip_rate, which is not a count. The
// first two of each list decide whether a refusal is about a name at all.
// https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
var metricsOf = map[string][]string{
	productFeed: {"reach", "views", "likes", "comments", "saved", "shares", "total_interactions", "reposts",
		"follows", "profile_visits", "profile_activity"},
	productReels: {"reach", "views", "likes", "comments", "saved", "shares", "total_interactions", "reposts",
		"ig_reels_avg_watch_time", "ig_reels_video_view_total_time"},
	productStory: {"reach", "views", "shares", "total_interactions", "reposts",
		"follows", "profile_visits", "profile_activity", "navigation", "replies", "link_clicks"},
	productOther: {"reach", "views", "shares", "total_interactions"},
}

// lastImpressions is the day from which on new media has no impressions.
var lastImpressions = time.Date(2024, 7, 2, 0, 0, 0, 0, time.UTC)

// productOf returns the key of metricsOf for a media. Media without a product
// type is from before there were any.
func productOf(m *media) string {
	switch m.ProductType {
	case productFeed, productReels, productStory:
		return m.ProductType
	case "":
		return productFeed
	}
	return productOther
}

// insights says how the insights of the page at hand are read.
func (r *run) insights() *graph.Insights {
	return &graph.Insights{
		Metrics: func(i int) (string, []string) {
			return r.products[i], metrics(r.products[i], r.Page.Posts[i].PublishedAt)
		},
		Excuse: notForThisPost,
		Row:    r.row,
	}
}

// metrics returns what to ask about a post.
func metrics(product string, published time.Time) []string {
	names := slices.Clone(metricsOf[product])
	if (product == productFeed || product == productStory) && published.Before(lastImpressions) {
		names = append(names, "impressions")
	}
	return names
}

// notForThisPost returns why a post has no insights although others may have,
// or "".
func notForThisPost(err error) string {
	e, ok := errors.AsType[*api.GraphError](err)
	switch {
	case !ok:
		return ""
	case e.Code == 10 && strings.Contains(strings.ToLower(e.Message), "enough viewers"):
		return graph.TooFew
	case e.Code == 100 && e.Subcode == 2108006:
		return "posted before the account became professional"
	case e.Code == 100 && e.Subcode == 33:
		return "gone since the list was read"
	}
	return ""
}

// count returns a metric's number. It stands in values, in total_value, or in
// both.
func count(in *graph.Insight) api.Count {
	var c api.Count
	if n := len(in.Values); n > 0 {
		c = whole(&in.Values[n-1].Value)
	}
	if !c.Known && in.Total != nil {
		c = whole(&in.Total.Value)
	}
	return c
}

// whole returns the number of a value, which may not have parts.
func whole(v *graph.Value) api.Count {
	if v.Parts != nil {
		return api.Count{Bad: true}
	}
	return v.Count
}

// row returns the reading, or nil when there is no number in it: the platform
// needs up to two days for the first.
func (r *run) row(g *graph.Reading, a *api.Answer, body *graph.InsightsBody, p *schema.Post) *schema.Observation {
	o := &schema.Observation{
		AccountID:  p.AccountID,
		PostID:     p.PostID,
		Platform:   schema.Instagram,
		ObservedAt: a.At,
		Call:       callInsights,
		RunID:      r.Job.RunID,
		Extra:      make(map[string]int64, len(body.Data)),
	}
	for i := range body.Data {
		in := &body.Data[i]
		c := count(in)
		if c.Bad || (c.Known && !isID(in.Name)) {
			g.Skip("value left out: not a count", posttext.Valid(in.Name))
		}
		if !c.Known || !isID(in.Name) {
			continue
		}
		o.Extra[in.Name] = c.N
		switch in.Name {
		case "reach":
			o.Reach = c.Ptr()
		case "views":
			o.Views = c.Ptr()
		case "shares":
			o.Shares = c.Ptr()
		case "saved":
			o.Saves = c.Ptr()
		case "impressions":
			o.Impressions = c.Ptr()
		case "ig_reels_video_view_total_time":
			o.WatchSeconds = new(c.N / 1000)
		}
		// Likes and comments stay in Extra. Those of the media count at
		// another moment and with other rules; a series must not mix them.
	}
	if len(o.Extra) == 0 {
		return nil
	}
	return o
}
