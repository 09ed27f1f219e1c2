package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// TooFew is the excuse that is no loss: the platform tells nothing of what few
// people have seen.
const TooFew = "not enough viewers"

// A Reading is what became of one post's insights.
type Reading struct {
	done     bool // read, or nothing to be read
	row      *schema.Observation
	raw      []schema.RawAnswer
	calls    int
	problems []problem
	metrics  []schema.MetricStatus
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
	Value   Value  `json:"value"`
	EndTime string `json:"end_time"`
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

// ReadInsights adds the insights of the posts that are due, nil: of all, to the
// page at hand. On an error it returns the posts that are left. Posts that
// another account is the author of have none for us.
func (r *Run) ReadInsights(ctx context.Context, posts []schema.Post, in *Insights, isDue func(schema.Post) bool) (left []schema.Post, err error) {
	var due []int
	for i := range posts {
		if !r.noInsights && posts[i].Relation.Counted() && (isDue == nil || isDue(posts[i])) {
			due = append(due, i)
		}
	}
	readings := make([]Reading, len(due))
	for range maxRounds {
		if !r.round(ctx, posts, due, readings, in) {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return posts, err
	}

	// A post at which several runs came to a halt must not keep us from all
	// that lie behind it.
	failed := 0
	for i := range readings {
		if readings[i].err != nil {
			failed++
		}
	}
	givingUp := r.pos.stuck >= MaxStuck && failed < maxTrouble
	for i := range readings {
		g, p := &readings[i], &posts[due[i]]
		r.keep(g, "post_id", p.PostID)
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
		case g.err != nil && (err == nil || errors.Is(err, collector.ErrTransient)):
			err = g.err // a platform's wish to wait says more than trouble does
		}
		left = append(left, *p)
	}
	if err == nil {
		// Nothing is left but what we may not see.
		return nil, nil
	}
	return left, err
}

// keep adds what a reading brought to the page at hand. of are a key and a
// value that say in the log what was read.
func (r *Run) keep(g *Reading, of ...any) {
	r.Page.Calls += g.calls
	r.Page.Raw = append(r.Page.Raw, g.raw...)
	r.addMetrics(g.metrics)
	if g.row != nil {
		r.Page.Observations = append(r.Page.Observations, *g.row)
	}
	for _, pr := range g.problems {
		r.Skip(pr.what, append(of, "detail", pr.detail)...)
	}
}

// round asks for the insights of the posts that have none yet. again says that
// some failed in a way that asking once more may mend.
//
// One post in trouble does not stop the others. A platform that refuses does,
// and one that is in trouble with most of what it is asked; calls on their way
// may finish.
func (r *Run) round(ctx context.Context, posts []schema.Post, due []int, readings []Reading, in *Insights) (again bool) {
	var (
		next, asked, trouble atomic.Int64
		stop, refused        atomic.Bool
		wg                   sync.WaitGroup
	)
	for range min(cmp.Or(r.Concurrency, DefaultConcurrency), len(due)) {
		wg.Go(func() {
			for !stop.Load() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(due) {
					return
				}
				g := &readings[i]
				if g.done {
					continue
				}
				g.err = nil
				kind, names := in.Metrics(due[i])
				r.readInsights(ctx, in, g, &posts[due[i]], kind, names)
				all := asked.Add(1)
				switch {
				case g.err == nil:
				case !errors.Is(g.err, collector.ErrTransient):
					refused.Store(true)
					stop.Store(true)
				default:
					if n := trouble.Add(1); n >= maxTrouble && 2*n > all {
						stop.Store(true)
					}
				}
			}
		})
	}
	wg.Wait()
	return trouble.Load() > 0 && !refused.Load() && ctx.Err() == nil
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
			g.metrics = append(g.metrics, r.givenOf(kind, names, a, body)...)
			g.done = true
			return
		}
		if why := in.Excuse(err); why != "" {
			if why != TooFew {
				g.Skip("post has no insights", why)
			}
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
	var at time.Time
	bad, again, err := r.Refused.Learn(ctx, kind, names, func(names []string) (words string, err error) {
		a, _, err := r.askInsights(ctx, in, g, p, names)
		if e, ok := errors.AsType[*api.GraphError](err); ok && e.Code == 100 && in.Excuse(err) == "" {
			at = a.At
			return cmp.Or(e.Message, "refused"), nil
		}
		return "", err
	})
	for _, b := range bad {
		r.Log.Warn("metric is refused and not asked for until tomorrow", "platform", r.Platform, "kind", kind, "metric", b.Name, "detail", b.Words)
		g.metrics = append(g.metrics, r.metric(kind, b.Name, schema.MetricRefused, b.Words, at))
	}
	return again, err
}

// givenOf returns which of the names the answer holds. One that it does not
// hold may be given tomorrow: nothing is known of it.
func (r *Run) givenOf(kind string, names []string, a *api.Answer, body *InsightsBody) (rows []schema.MetricStatus) {
	for i := range body.Data {
		if name := body.Data[i].Name; slices.Contains(names, name) {
			rows = append(rows, r.metric(kind, name, schema.MetricGiven, "", a.At))
		}
	}
	return rows
}

// metric returns what became of a metric.
func (r *Run) metric(kind, name string, state schema.MetricState, words string, at time.Time) schema.MetricStatus {
	return schema.MetricStatus{
		Platform: r.Platform, Kind: kind, Metric: name, Status: state, Detail: posttext.Valid(words),
		AccountID: r.Job.Account.ID, RunID: r.Job.RunID, At: at,
	}
}

// addMetrics adds what became of metrics to the page at hand: what was given
// once in a run, whichever posts it was given for.
func (r *Run) addMetrics(rows []schema.MetricStatus) {
	for _, m := range rows {
		key := [2]string{m.Kind, m.Metric}
		if m.Status == schema.MetricGiven {
			if r.given[key] {
				continue
			}
			if r.given == nil {
				r.given = make(map[[2]string]bool)
			}
			r.given[key] = true
		}
		r.Page.Metrics = append(r.Page.Metrics, m)
	}
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
