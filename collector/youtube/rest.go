package youtube

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// maxRests is how often a run may fail at what comes after the list, before it
// is given up for this pass: the videos must not wait for it.
const maxRests = 3

// A tally is what a run's videos tell of comments.
type tally struct {
	videos   int
	comments int64
}

func (t tally) String() string { return fmt.Sprintf("%d of %d", t.comments, t.videos) }

// A legacy is what a pass leaves for those after it.
type legacy struct {
	insights time.Time // the Pacific day on which the figures of days were read last
	comments time.Time // when the newest comment known was written
	counted  string    // the tally of that pass
}

func (l legacy) String() string {
	v := make(url.Values)
	if !l.insights.IsZero() {
		v.Set("insights", l.insights.Format(time.DateOnly))
	}
	if !l.comments.IsZero() {
		v.Set("comments", strconv.FormatInt(l.comments.Unix(), 10))
	}
	if l.counted != "" {
		v.Set("counted", l.counted)
	}
	return v.Encode()
}

// parseLegacy returns what s holds. What cannot be read is read anew.
func parseLegacy(s string) legacy {
	v, _ := url.ParseQuery(s)
	l := legacy{counted: v.Get("counted")}
	l.insights, _ = time.Parse(time.DateOnly, v.Get("insights"))
	if n, err := strconv.ParseInt(v.Get("comments"), 10, 64); err == nil && n > 0 {
		l.comments = time.Unix(n, 0).UTC()
	}
	return l
}

// finish reads what a pass needs once its list is read: the days of a channel
// that is read as its owner, and new comments. listed says that this run read
// the list. The list's last page is at hand.
func (r *run) finish(ctx context.Context, ch *channel, listed bool) error {
	left := parseLegacy(r.job.Left)
	days := r.cred.owner && left.insights.Before(pacificDay(r.at))
	comments := r.job.Comments
	if listed {
		counted := r.counted.String()
		comments = comments && r.counted.comments > 0 && counted != left.counted
		left.counted = counted
	}
	if (days || comments) && listed {
		// From here on a later run need not read the list again.
		r.pos = position{size: r.pos.size, depth: r.pos.depth, rest: 1}
		r.page.Next = r.pos.cursor()
		if err := r.flush(ctx); err != nil {
			return err
		}
		r.cursor = r.pos.cursor()
	}
	for _, part := range []struct {
		name string
		due  bool
		read func(context.Context, *channel, *legacy) error
	}{{"read days", days, r.days}, {"read comments", comments, r.comments}} {
		if !part.due {
			continue
		}
		err := part.read(ctx, ch, &left)
		trouble := errors.Is(err, collector.ErrTransient) || errors.Is(err, collector.ErrRequest)
		switch {
		case err == nil:
		case trouble && ctx.Err() == nil && r.pos.rest >= maxRests:
			r.skip("given up after several runs", "what", part.name, "detail", err.Error())
			left.counted = "" // so that the next pass tries again
		default:
			if trouble {
				r.pos.rest++
				r.cursor = r.pos.cursor()
			}
			return r.failed(ctx, fmt.Errorf("%s: %w", part.name, err))
		}
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	if r.job.Leave != nil {
		r.job.Leave(left.String())
	}
	r.cursor = ""
	return r.noRight
}

// pacificDay returns the day of California in which the moment lies, as the
// midnight of UTC that has its date.
func pacificDay(at time.Time) time.Time {
	y, m, d := at.In(pacific()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
