package x

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

const (
	// maxAge is how old a post may be for X to tell its private counters: 30
	// days, less an hour for the clocks and for the way.
	maxAge = 30*24*time.Hour - time.Hour

	maxLookup = 100 // posts of one lookup
)

type lookupBody struct {
	problem
	Data []private `json:"data"` // nil: there was no list
}

// A private is what the owner of a post is told of it.
type private struct {
	ID        ident   `json:"id"`
	NonPublic metrics `json:"non_public_metrics"`
	Organic   metrics `json:"organic_metrics"`
	Promoted  metrics `json:"promoted_metrics"` // of posts that are paid for
}

// insights adds the private counters of the posts that are due to the page at
// hand. listed is when the posts were listed. On an error it returns the posts
// that are left.
func (r *run) insights(ctx context.Context, listed time.Time, posts []schema.Post) (left []schema.Post, err error) {
	if !r.owner() {
		return nil, nil
	}
	due := slices.DeleteFunc(slices.Clone(posts), func(p schema.Post) bool {
		return !p.Relation.Counted() || listed.Sub(p.PublishedAt) >= maxAge || r.job.InsightsDue != nil && !r.job.InsightsDue(p)
	})
	for len(due) > 0 && r.noRight == nil {
		some := due[:min(len(due), maxLookup)]
		err := r.lookup(ctx, some)
		if isTrouble(err) && r.pos.stuck >= maxStuck {
			// Posts at which several runs came to a halt must not keep us from
			// all that lie behind them.
			for _, p := range some {
				r.skip("insights given up after several runs", "post_id", p.PostID, "detail", err.Error())
			}
			err = nil
		}
		if err != nil {
			return due, err
		}
		due = due[len(some):]
	}
	return nil, nil
}

// lookup adds the private counters of the posts, at most maxLookup, to the
// page at hand. Where they are not permitted it sets noRight.
func (r *run) lookup(ctx context.Context, posts []schema.Post) error {
	byID := make(map[ident]*schema.Post, len(posts))
	ids := make([]string, len(posts))
	for i := range posts {
		ids[i] = posts[i].NativeID
		byID[parseIdent(ids[i])] = &posts[i]
	}
	q := make(url.Values)
	r.words.insights(q, ids)
	var body lookupBody
	a, err := r.get(ctx, callInsights, q, &body, "tweets")
	r.bill(ctx, a, len(body.Data), r.Prices.Post)
	if e := asRefusal(err); e != nil && e.status == http.StatusForbidden && collector.OutcomeOf(e) != collector.OutcomeWait {
		r.forbid(e)
		return nil
	}
	if errors.Is(err, collector.ErrGone) {
		// The posts, that is, and not the account: its list has just come.
		r.skip("posts have no insights", "detail", err.Error())
		return nil
	}
	if err != nil {
		return err
	}

	r.denied(callInsights, a, body.Errors)
	var without, denied []*fault
	promoted := false
	for i := range body.Errors {
		switch f := &body.Errors[i]; {
		case f.isField() && f.group() == "promoted_metrics":
			// Nobody paid for the post, or that is not ours to see: no loss.
			promoted = true
		case f.isField():
			denied = append(denied, f)
			without = append(without, f)
		case f.kind() == kindNotFound, f.kind() == kindNoResource, f.kind() == kindUnavailable, f.kind() == kindDisallowed:
			without = append(without, f)
		}
	}
	if body.Data == nil && len(without) == 0 && !promoted {
		if body.any() {
			return newRefusal(a, &body.problem, true)
		}
		return a.Broken("no list of posts")
	}
	r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
	rows := 0
	for i := range body.Data {
		d := &body.Data[i]
		p := byID[d.ID]
		if p == nil {
			continue
		}
		delete(byID, d.ID) // or it would count twice if it came twice
		if o := r.privateReading(p, d, a.At); o != nil {
			r.page.Observations = append(r.page.Observations, *o)
			rows++
		}
	}
	if rows == 0 && len(denied) > 0 {
		// Not one of them: that is the token's fault, not the posts'.
		r.forbid(newRefusal(a, &problem{Errors: []fault{*denied[0]}}, true))
		return nil
	}
	said := make(map[ident]bool)
	for _, f := range without {
		id := max(f.Value, f.ResourceID) // either may be missing
		if !said[id] {
			said[id] = true
			r.skip("post has no insights", "post_id", id.String(), "detail", a.Excerpt(f.Detail))
		}
	}
	return nil
}

// forbid notes that insights are not permitted, for which a person has to
// connect the account again, whatever else the refusal says.
func (r *run) forbid(e *refusal) {
	e.class = collector.ErrUnauthorized
	r.noRight = fmt.Errorf("read insights: %w: %w", collector.ErrNoInsights, e)
}

// privateReading returns the reading of a post's private counters, or nil when
// there is no number in it.
//
// Clicks are those on the post's links, by whichever way it was shown. All the
// rest stays in Extra: those that are public too count here at another moment,
// organic ones leave out what was paid for, and promoted ones are that alone; a
// series must not mix them.
func (r *run) privateReading(p *schema.Post, d *private, at time.Time) *schema.Observation {
	var extra map[string]int64
	for _, group := range []struct {
		name, prefix string
		*metrics
	}{
		{"non_public_metrics", "", &d.NonPublic},
		{"organic_metrics", "organic_metrics.", &d.Organic},
		{"promoted_metrics", "promoted_metrics.", &d.Promoted},
	} {
		before := len(extra)
		extra = r.extra(extra, group.prefix, group.named(), "post_id", p.PostID)
		if len(extra) > before {
			r.metric(callInsights, group.name, schema.MetricGiven, "", at)
		}
	}
	if len(extra) == 0 {
		return nil
	}
	return &schema.Observation{
		AccountID:  r.job.Account.ID,
		PostID:     p.PostID,
		Platform:   schema.X,
		ObservedAt: at,
		Call:       callInsights,
		Counters:   schema.Counters{Clicks: d.NonPublic.LinkClicks.Ptr()},
		Extra:      extra,
		RunID:      r.job.RunID,
	}
}
