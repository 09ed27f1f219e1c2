package instagram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
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

// metrics returns what to ask about a post.
func (c *Connector) metrics(product string, published time.Time) []string {
	names := slices.Clone(metricsOf[product])
	if (product == productFeed || product == productStory) && published.Before(lastImpressions) {
		names = append(names, "impressions")
	}
	return c.refused.Without(product, names)
}

// A reading is what became of one post's insights.
type reading struct {
	done     bool // read, or nothing to be read
	row      *schema.Observation
	raw      []schema.RawAnswer
	calls    int
	problems []problem
	err      error
}

// A problem is something to count and log.
type problem struct{ what, detail string }

func (g *reading) skip(what, detail string) { g.problems = append(g.problems, problem{what, detail}) }

// insights adds the insights of the posts that are due to the page at hand. On
// an error it returns the posts that are left.
func (r *run) insights(ctx context.Context, posts []schema.Post) (left []schema.Post, err error) {
	var due []int
	for i := range posts {
		if r.noRight == nil && (r.job.InsightsDue == nil || r.job.InsightsDue(posts[i])) {
			due = append(due, i)
		}
	}
	readings := make([]reading, len(due))
	var (
		next, trouble atomic.Int64
		stop          atomic.Bool
		wg            sync.WaitGroup
	)
	for range min(cmp.Or(r.Concurrency, DefaultConcurrency), len(due)) {
		wg.Go(func() {
			for !stop.Load() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(due) {
					return
				}
				g := &readings[i]
				r.readInsights(ctx, g, &posts[due[i]], r.products[due[i]])
				// One post in trouble does not stop the others; a platform
				// that refuses does, and calls on their way may finish.
				if g.err != nil && (!errors.Is(g.err, collector.ErrTransient) || trouble.Add(1) >= maxTrouble) {
					stop.Store(true)
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return posts, err
	}

	// A post at which several runs came to a halt must not keep us from all
	// that lie behind it.
	givingUp := r.pos.stuck >= maxStuck && trouble.Load() < maxTrouble
	for i := range readings {
		g, p := &readings[i], &posts[due[i]]
		r.page.Calls += g.calls
		r.page.Raw = append(r.page.Raw, g.raw...)
		if g.row != nil {
			r.page.Observations = append(r.page.Observations, *g.row)
		}
		for _, pr := range g.problems {
			r.skip(pr.what, "post_id", p.PostID, "detail", pr.detail)
		}
		code, _ := api.GraphCode(g.err)
		switch {
		case g.done:
			continue
		case code == 10 || code >= 200 && code <= 299:
			if r.noRight == nil {
				r.noRight = fmt.Errorf("read insights: %w: %w", collector.ErrNoInsights, g.err)
			}
		case g.err != nil && givingUp && errors.Is(g.err, collector.ErrTransient):
			r.skip("insights given up after several runs", "post_id", p.PostID, "detail", g.err.Error())
			continue
		case g.err != nil && err == nil:
			err = g.err
		}
		left = append(left, *p)
	}
	if err == nil {
		// Nothing is left but what we may not see.
		return nil, nil
	}
	return left, err
}

// readInsights reads the insights of one post.
func (r *run) readInsights(ctx context.Context, g *reading, p *schema.Post, product string) {
	for {
		names := r.metrics(product, p.PublishedAt)
		if len(names) == 0 {
			g.done = true
			return
		}
		a, body, err := r.askInsights(ctx, g, p, names)
		if err == nil {
			g.row = r.row(g, a, body, p)
			g.done = true
			return
		}
		if why := notForThisPost(err); why != "" {
			g.skip("post has no insights", why)
			g.done = true
			return
		}
		if code, _ := api.GraphCode(err); code != 100 {
			g.err = err
			return
		}
		again, err := r.learn(ctx, g, p, product, names)
		if err != nil {
			g.err = err
			return
		}
		if !again {
			g.skip("post has no insights", "every metric is refused")
			g.done = true
			return
		}
	}
}

// notForThisPost returns why a post has no insights although others may have,
// or "".
func notForThisPost(err error) string {
	e, ok := errors.AsType[*api.GraphError](err)
	switch {
	case !ok:
		return ""
	case e.Code == 10 && strings.Contains(strings.ToLower(e.Message), "enough viewers"):
		return "not enough viewers"
	case e.Code == 100 && e.Subcode == 2108006:
		return "posted before the account became professional"
	case e.Code == 100 && e.Subcode == 33:
		return "gone since the list was read"
	}
	return ""
}

// learn finds out which of the names, refused together, are to blame. again
// says that it is worth asking with what metrics returns now.
func (r *run) learn(ctx context.Context, g *reading, p *schema.Post, product string, names []string) (again bool, err error) {
	bad, again, err := r.refused.Learn(ctx, product, names, func(names []string) (refused bool, err error) {
		_, _, err = r.askInsights(ctx, g, p, names)
		if code, sub := api.GraphCode(err); code == 100 && sub == 0 {
			return true, nil
		}
		return false, err
	})
	if len(bad) > 0 {
		r.log().Warn("metrics are refused and not asked for any more", "platform", schema.Instagram,
			"product_type", product, "metrics", strings.Join(bad, ","))
	}
	return again, err
}

func (r *run) askInsights(ctx context.Context, g *reading, p *schema.Post, names []string) (*api.Answer, *insightsBody, error) {
	g.calls++
	body := new(insightsBody)
	a, odd, err := r.ask(ctx, p.NativeID+"/insights", url.Values{"metric": {strings.Join(names, ",")}}, body)
	if err == nil && body.Data == nil {
		err = a.Broken("no list of insights")
	}
	if a != nil && (err == nil || notForThisPost(err) != "") {
		g.raw = append(g.raw, a.Raw(r.job.Account, r.job.RunID))
	}
	if err == nil && odd != nil {
		g.skip("value left out: not of the promised type", odd.Error())
	}
	return a, body, err
}

type insightsBody struct {
	api.GraphBody
	Data []insight `json:"data"` // nil: there was no list
}

type insight struct {
	Name   string  `json:"name"`
	Values []value `json:"values"`
	Total  *value  `json:"total_value"`
}

type value struct {
	Value api.Count `json:"value"`
}

// count returns the metric's number. It stands in values, in total_value, or
// in both.
func (i *insight) count() api.Count {
	var c api.Count
	if n := len(i.Values); n > 0 {
		c = i.Values[n-1].Value
	}
	if !c.Known && i.Total != nil {
		c = i.Total.Value
	}
	return c
}

// row returns the reading, or nil when there is no number in it: the platform
// needs up to two days for the first.
func (r *run) row(g *reading, a *api.Answer, body *insightsBody, p *schema.Post) *schema.Observation {
	o := &schema.Observation{
		AccountID:  p.AccountID,
		PostID:     p.PostID,
		Platform:   schema.Instagram,
		ObservedAt: a.At,
		Call:       callInsights,
		RunID:      r.job.RunID,
		Extra:      make(map[string]int64, len(body.Data)),
	}
	for i := range body.Data {
		in := &body.Data[i]
		c := in.count()
		if c.Bad || (c.Known && !isID(in.Name)) {
			g.skip("value left out: not a count", posttext.Valid(in.Name))
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
