package youtube

import (
	"context"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

const (
	maxEmptyPages = 100 // in a row: after so many the list is not read further
	maxRestarts   = 2   // of one pass, when page tokens are refused
)

// A run is one call of Collect.
type run struct {
	*Connector
	job    collector.Job
	store  collector.Store
	cred   credential
	pos    position         // what comes after the pages stored so far
	cursor collector.Cursor // what Collect returns

	page    collector.Page                   // the page at hand
	at      time.Time                        // of the channel's answer
	looks   int                              // for single videos in the list of uploads
	counted tally                            // what this run's videos tell of comments
	noRight error                            // set once the figures of days turned out not to be permitted
	metrics map[[2]string]schema.MetricState // what was said of metrics in this run, by kind and name
}

func (r *run) read(ctx context.Context) error {
	ch, err := r.channel(ctx)
	if err != nil {
		return fmt.Errorf("read channel: %w", err)
	}
	if r.pos.rest > 0 {
		return r.finish(ctx, ch, false)
	}
	id := ch.ContentDetails.RelatedPlaylists.Uploads
	if !isID(id) {
		return r.failed(ctx, fmt.Errorf("read channel: %w: it names no list of uploads", collector.ErrTransient))
	}
	if r.pos.page != "" && r.pos.list != id {
		r.log().Warn("list is read from the top, it is another one now", "platform", schema.YouTube, "account_id", r.job.Account.ID)
		r.pos.page = ""
	}
	r.pos.list = id

	seen := map[string]bool{r.pos.page: true}
	for empty := 0; ; {
		a, list, err := r.uploads(ctx)
		switch refused := asRefusal(err); {
		case refused.badPageToken() && r.pos.page != "" && r.pos.restarts < maxRestarts:
			// The platform now and then refuses even tokens of a moment ago.
			// https://github.com/sns-sdks/python-youtube/issues/100
			r.pos.page = ""
			r.pos.restarts++
			r.cursor = r.pos.cursor()
			clear(seen)
			continue
		case refused.reason() == "playlistNotFound" && r.pos.page == "" && ch.Statistics.Videos.N == 0:
			// The list of a channel without a video is named, but does not exist.
			r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
			return r.finish(ctx, ch, true)
		case err != nil:
			return r.failed(ctx, fmt.Errorf("list uploads: %w", err))
		}
		posts, err := r.videos(ctx, a, list.Items)
		if err != nil {
			return r.failed(ctx, fmt.Errorf("read videos: %w", err))
		}

		next := list.Next
		last := next == "" || r.deepEnough(posts)
		loop := !last && (seen[next] || !isToken(next))
		seen[next] = true
		switch {
		case last:
			return r.finish(ctx, ch, true)
		case loop:
			r.page.Next = r.cursor
		default:
			r.pos.page = next
			r.page.Next = r.pos.cursor()
		}
		if err := r.flush(ctx); err != nil {
			return err
		}
		if loop {
			return fmt.Errorf("list uploads: %w: the next page has no token of its own", collector.ErrTransient)
		}
		r.cursor = r.pos.cursor()
		if len(posts) > 0 {
			empty = 0
		} else if empty++; empty >= maxEmptyPages {
			return fmt.Errorf("list uploads: %w: %d pages without a video", collector.ErrTransient, empty)
		}
	}
}

// deepEnough says whether the list has come below the depth of the pass: when
// a whole page has. The list is in the order of adding, and a video may be
// published long after it was added, so a single old one says nothing, be it
// the last of its page.
func (r *run) deepEnough(posts []schema.Post) bool {
	for _, p := range posts {
		if !p.PublishedAt.Before(r.pos.depth) {
			return false
		}
	}
	return len(posts) > 0
}

// failed stores what the page at hand has, which is the profile at most, and
// returns err.
func (r *run) failed(ctx context.Context, err error) error {
	if len(r.page.Profiles) == 0 || ctx.Err() != nil {
		return err
	}
	r.page.Next = r.cursor
	if storeErr := r.flush(ctx); storeErr != nil {
		return fmt.Errorf("%w; and then: %w", err, storeErr)
	}
	return err
}

// flush stores the page at hand and begins the next.
func (r *run) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.store(ctx, r.page); err != nil {
		return fmt.Errorf("store page of %d videos: %w", len(r.page.Posts), err)
	}
	r.page = collector.Page{}
	return nil
}

// skip counts and logs what could not be read.
func (r *run) skip(msg string, args ...any) {
	r.page.Skipped++
	r.log().Warn(msg, append([]any{"platform", schema.YouTube, "account_id", r.job.Account.ID, "run_id", r.job.RunID}, args...)...)
}
