package facebook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
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
// the breakdown is_from_ads alone, which takes a call of its own; the shape of
// its answer is not documented, and it is not asked for.
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
		if !r.noInsights && (r.job.InsightsDue == nil || r.job.InsightsDue(posts[i])) {
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
				r.readInsights(ctx, g, &posts[due[i]], r.kinds[due[i]])
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
		case notPermitted(code):
			if !r.noInsights {
				r.noInsights, r.noRight = true, both(r.noRight, fmt.Errorf("read insights: %w: %w", collector.ErrNoInsights, g.err))
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
func (r *run) readInsights(ctx context.Context, g *reading, p *schema.Post, kind string) {
	for {
		names := r.refused.Without(kind, metricsOf[kind])
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
		if goneOrHidden(err) {
			g.skip("post has no insights", "gone since the list was read, or not visible")
			g.done = true
			return
		}
		if code, _ := api.GraphCode(err); code != 100 {
			g.err = err
			return
		}
		again, err := r.learn(ctx, g, p, kind, names)
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

// goneOrHidden says whether the post itself is the reason for a refusal. What
// was deleted and what we may not see look the same, with a subcode or without.
func goneOrHidden(err error) bool {
	e, ok := errors.AsType[*api.GraphError](err)
	return ok && e.Code == 100 && (e.Subcode == 33 || strings.Contains(e.Message, "does not exist, cannot be loaded"))
}

// learn finds out which of the names, refused together, are to blame. again
// says that it is worth asking for those that are left.
func (r *run) learn(ctx context.Context, g *reading, p *schema.Post, kind string, names []string) (again bool, err error) {
	bad, again, err := r.refused.Learn(ctx, kind, names, func(names []string) (refused bool, err error) {
		_, _, err = r.askInsights(ctx, g, p, names)
		if code, _ := api.GraphCode(err); code == 100 && !goneOrHidden(err) {
			return true, nil
		}
		return false, err
	})
	if len(bad) > 0 {
		r.log().Warn("metrics are refused and not asked for any more", "platform", schema.Facebook,
			"kind", kind, "metrics", strings.Join(bad, ","))
	}
	return again, err
}

func (r *run) askInsights(ctx context.Context, g *reading, p *schema.Post, names []string) (*api.Answer, *insightsBody, error) {
	g.calls++
	body := new(insightsBody)
	a, odd, err := r.ask(ctx, p.NativeID+"/insights", url.Values{"metric": {strings.Join(names, ",")}, "period": {"lifetime"}}, body)
	if err == nil && body.Data == nil {
		err = a.Broken("no list of insights")
	}
	if a != nil && (err == nil || goneOrHidden(err)) {
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
	Name   string `json:"name"`
	Period string `json:"period"`
	Values []struct {
		Value value `json:"value"`
	} `json:"values"`
}

// A value is a number, or several by name; {} when there is nothing. Neither
// is there when the platform does not know.
type value struct {
	count api.Count
	parts map[string]api.Count
}

// UnmarshalJSON never fails: what cannot be read is a count that is bad.
func (v *value) UnmarshalJSON(b []byte) error {
	*v = value{}
	if len(b) > 0 && b[0] == '{' {
		return json.Unmarshal(b, &v.parts) // whole JSON, and its counts never fail
	}
	return v.count.UnmarshalJSON(b)
}

// row returns the reading, or nil when there is no number in it: Pages with
// less than 100 likes have none, and young posts none yet.
//
// Of a metric with several numbers each stands in Extra as METRIC.PART. Its
// whole is not their sum: a number that was not sent is not known.
func (r *run) row(g *reading, a *api.Answer, body *insightsBody, p *schema.Post) *schema.Observation {
	o := &schema.Observation{
		AccountID:  p.AccountID,
		PostID:     p.PostID,
		Platform:   schema.Facebook,
		ObservedAt: a.At,
		Call:       callInsights,
		RunID:      r.job.RunID,
		Extra:      make(map[string]int64, len(body.Data)),
	}
	for i := range body.Data {
		in := &body.Data[i]
		switch {
		case in.Period != "" && in.Period != "lifetime", len(in.Values) == 0:
			continue // some metrics are told by day too
		case !isMetric(in.Name):
			g.skip("value left out: no name of a metric", posttext.Valid(in.Name))
			continue
		case len(in.Values) > 1:
			// Over a lifetime there is one. Several are parts by something that
			// was not asked for: none of them is the whole.
			g.skip("value left out: several where there should be one", posttext.Valid(in.Name))
			continue
		}
		v := &in.Values[0].Value
		r.addValue(g, o, in.Name, v.count)
		for part, c := range v.parts {
			r.addValue(g, o, in.Name+"."+part, c)
		}
	}
	if len(o.Extra) == 0 {
		return nil
	}
	return o
}

// addValue adds one number of the insights to the reading.
func (r *run) addValue(g *reading, o *schema.Observation, name string, c api.Count) {
	if c.Bad || c.Known && !isMetric(name) {
		g.skip("value left out: not a count", posttext.Valid(name))
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
