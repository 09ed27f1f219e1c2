package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// An Insights says how the insights of a platform's posts are read.
type Insights struct {
	// Metrics returns the kind of the i-th post of the page, and what any post
	// of that kind has. The first two decide whether a refusal is about a name
	// at all.
	Metrics func(i int) (kind string, names []string)

	// Params go beside the metrics.
	Params map[string][]string

	// Excuse returns why a post has no insights although others may, or "".
	Excuse func(error) string

	// Row returns the reading, or nil when there is no number in the answer.
	Row func(g *Reading, a *api.Answer, body *InsightsBody, p *schema.Post) *schema.Observation
}

// A Reading is what became of one post's insights.
type Reading struct {
	done     bool // read, or nothing to be read
	row      *schema.Observation
	raw      []schema.RawAnswer
	calls    int
	problems []problem
	err      error
}

// A problem is something to count and log.
type problem struct{ what, detail string }

// Skip notes what could not be read.
func (g *Reading) Skip(what, detail string) { g.problems = append(g.problems, problem{what, detail}) }

// An InsightsBody is an answer of the edge insights.
type InsightsBody struct {
	api.GraphBody
	Data []Insight `json:"data"` // nil: there was no list
}

// An Insight is one metric.
type Insight struct {
	Name   string         `json:"name"`
	Period string         `json:"period"`
	Values []InsightValue `json:"values"`
	Total  *InsightValue  `json:"total_value"`
}

// An InsightValue is a metric at one moment, or in one window of time.
type InsightValue struct {
	Value Value `json:"value"`
}

// A Value is a number, or several by name; {} when there is nothing. Neither
// is there when the platform does not know.
type Value struct {
	Count api.Count
	Parts map[string]api.Count
}

// UnmarshalJSON never fails: what cannot be read is a count that is bad.
func (v *Value) UnmarshalJSON(b []byte) error {
	*v = Value{}
	if len(b) > 0 && b[0] == '{' {
		return json.Unmarshal(b, &v.Parts) // whole JSON, and its counts never fail
	}
	return v.Count.UnmarshalJSON(b)
}

// insights adds the insights of the posts that are due to the page at hand. On
// an error it returns the posts that are left.
func (r *Run) insights(ctx context.Context, posts []schema.Post, in *Insights) (left []schema.Post, err error) {
	var due []int
	for i := range posts {
		if !r.noInsights && (r.Job.InsightsDue == nil || r.Job.InsightsDue(posts[i])) {
			due = append(due, i)
		}
	}
	readings := make([]Reading, len(due))
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
				kind, names := in.Metrics(due[i])
				r.readInsights(ctx, in, g, &posts[due[i]], kind, names)
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
	givingUp := r.pos.stuck >= MaxStuck && trouble.Load() < maxTrouble
	for i := range readings {
		g, p := &readings[i], &posts[due[i]]
		r.Page.Calls += g.calls
		r.Page.Raw = append(r.Page.Raw, g.raw...)
		if g.row != nil {
			r.Page.Observations = append(r.Page.Observations, *g.row)
		}
		for _, pr := range g.problems {
			r.Skip(pr.what, "post_id", p.PostID, "detail", pr.detail)
		}
		switch {
		case g.done:
			continue
		case NotPermitted(g.err):
			if !r.noInsights {
				r.noInsights, r.NoRight = true, Both(r.NoRight, fmt.Errorf("read insights: %w: %w", collector.ErrNoInsights, g.err))
			}
		case g.err != nil && givingUp && errors.Is(g.err, collector.ErrTransient):
			r.Skip("insights given up after several runs", "post_id", p.PostID, "detail", g.err.Error())
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
func (r *Run) readInsights(ctx context.Context, in *Insights, g *Reading, p *schema.Post, kind string, all []string) {
	for {
		names := r.Refused.Without(kind, all)
		if len(names) == 0 {
			g.done = true
			return
		}
		a, body, err := r.askInsights(ctx, in, g, p, names)
		if err == nil {
			g.row = in.Row(g, a, body, p)
			g.done = true
			return
		}
		if why := in.Excuse(err); why != "" {
			g.Skip("post has no insights", why)
			g.done = true
			return
		}
		if code, _ := api.GraphCode(err); code != 100 {
			g.err = err
			return
		}
		again, err := r.learn(ctx, in, g, p, kind, names)
		if err != nil {
			g.err = err
			return
		}
		if !again {
			g.Skip("post has no insights", "every metric is refused")
			g.done = true
			return
		}
	}
}

// learn finds out which of the names, refused together, are to blame. again
// says that it is worth asking for those that are left.
func (r *Run) learn(ctx context.Context, in *Insights, g *Reading, p *schema.Post, kind string, names []string) (again bool, err error) {
	bad, again, err := r.Refused.Learn(ctx, kind, names, func(names []string) (refused bool, err error) {
		_, _, err = r.askInsights(ctx, in, g, p, names)
		if code, _ := api.GraphCode(err); code == 100 && in.Excuse(err) == "" {
			return true, nil
		}
		return false, err
	})
	if len(bad) > 0 {
		r.Log.Warn("metrics are refused and not asked for any more", "platform", r.Platform, "kind", kind, "metrics", strings.Join(bad, ","))
	}
	return again, err
}

func (r *Run) askInsights(ctx context.Context, in *Insights, g *Reading, p *schema.Post, names []string) (*api.Answer, *InsightsBody, error) {
	g.calls++
	body := new(InsightsBody)
	q := map[string][]string{"metric": {strings.Join(names, ",")}}
	maps.Copy(q, in.Params)
	a, odd, err := r.ask(ctx, p.NativeID+"/insights", q, body)
	if err == nil && body.Data == nil {
		err = a.Broken("no list of insights")
	}
	if a != nil && (err == nil || in.Excuse(err) != "") {
		g.raw = append(g.raw, a.Raw(r.Job.Account, r.Job.RunID))
	}
	if err == nil && odd != nil {
		g.Skip("value left out: not of the promised type", odd.Error())
	}
	return a, body, err
}
