package instagram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// storyLife is how long a story and its insights can be seen.
const storyLife = 24 * time.Hour

// stories reads the stories that can be seen now, with their insights, and
// stores them as a page of their own. It does so in every run, whether or not
// their insights are due: tomorrow they are gone.
//
// beside is what failed and may work later; the posts are read all the same.
func (r *run) stories(ctx context.Context) (beside, err error) {
	var body mediaPage
	q := url.Values{"fields": {mediaFields}, "limit": {strconv.Itoa(graph.DefaultPageSize)}}
	a, odd, err := r.Get(ctx, r.Job.Account.PlatformID+"/stories", q, &body)
	if err == nil && body.Data == nil {
		err = a.Broken("no list of stories")
	}
	switch {
	case err == nil:
	case graph.Stops(ctx, err):
		return nil, fmt.Errorf("list stories: %w", err)
	case errors.Is(err, collector.ErrTransient):
		return fmt.Errorf("list stories: %w", err), nil
	default:
		r.Skip("stories left out", "detail", err.Error())
		return nil, nil
	}
	r.Odd(odd)
	if len(body.Data) == 0 {
		return nil, nil
	}
	_, err = r.ReadInsights(ctx, r.add(a, body.Data, false), r.insights(), nil)
	switch {
	case err != nil && graph.Stops(ctx, err):
		err = fmt.Errorf("read insights of stories: %w", err)
	case err != nil:
		beside, err = fmt.Errorf("read insights of stories: %w", err), nil
	}
	r.Page.Next = r.Cursor // the pass itself has not moved
	return beside, graph.Both(err, r.Flush(ctx))
}

// Missing asks for posts by their ids: see collector.Finder. A story is known
// to be gone after its day. Business discovery finds no single post.
func (c *Connector) Missing(ctx context.Context, job collector.Job, posts []schema.Post) (map[string]schema.Absence, int, error) {
	c.initOnce.Do(c.init)
	gone := make(map[string]schema.Absence)
	var rest []schema.Post
	now := c.now()
	for _, p := range posts {
		switch {
		case p.Format == schema.FormatStory && now.Sub(p.PublishedAt) >= storyLife:
			gone[p.PostID] = schema.AbsenceExpired
		case job.Account.Access == schema.AccessOwner:
			rest = append(rest, p)
		}
	}
	if len(rest) == 0 {
		return gone, 0, nil
	}
	r, err := c.reader.Begin(ctx, job, nil)
	if err == nil {
		err = r.Missing(ctx, rest, gone, func(error) bool { return false })
	}
	if err != nil {
		return gone, r.Page.Calls, fmt.Errorf("instagram: %w", err)
	}
	return gone, r.Page.Calls, nil
}

func (c *Connector) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}
