package tiktok

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// maxEmptyPages is how many pages without a video may come in a row: after so
// many the run ends, and the next one goes on from there.
const maxEmptyPages = 100

// An accountAPI is one of the two APIs by which an account can be read.
type accountAPI interface {
	// check says whether the account can be asked for at all.
	check() error
	// profile asks for the account's profile.
	profile(ctx context.Context) (*profile, error)
	// videos asks for the page of videos before the moment, in Unix
	// milliseconds; 0 asks for the newest.
	videos(ctx context.Context, before int64) (*list, error)
	// present asks which of the videos, at most 20, are there.
	present(ctx context.Context, ids []string) ([]ident, error)
}

// A run is one call of Collect.
type run struct {
	*Connector
	job    collector.Job
	store  collector.Store
	pos    position         // what the pages stored so far cover
	cursor collector.Cursor // what Collect returns

	api     accountAPI
	source  func(context.Context, schema.Account) (string, error)
	token   string
	renewed bool // the token is the second of the run

	page    collector.Page // the page at hand
	handle  string         // the account's, as the profile told it
	noRight error          // set once it turned out that something is not permitted
	owned   bool           // the token is known to be that of the account's owner
}

func (r *run) read(ctx context.Context) error {
	p, err := r.api.profile(ctx)
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	r.addProfile(p)
	for empty := 0; ; {
		l, err := r.api.videos(ctx, r.pos.before)
		if err != nil {
			return r.failed(ctx, fmt.Errorf("list videos: %w", err))
		}
		r.add(l)
		next, end, noNext := r.next(l)
		to := r.pos
		r.page.Next = r.cursor
		if next != 0 {
			to.before = next
			r.page.Next = to.cursor()
		}
		cursor := r.page.Next
		if err := r.flush(ctx); err != nil {
			return err
		}
		r.pos, r.cursor = to, cursor
		if b, ok := r.api.(*accounts); ok && r.job.Comments {
			if err := b.addComments(ctx, l); err != nil {
				return err
			}
		}
		if end {
			r.cursor = ""
			return r.finish(ctx)
		}
		if noNext != nil {
			return fmt.Errorf("list videos: %w", noNext)
		}
		if len(l.videos) > 0 {
			empty = 0
		} else if empty++; empty >= maxEmptyPages {
			return fmt.Errorf("list videos: %w: %d pages without a video", collector.ErrTransient, empty)
		}
	}
}

// finish reads what is read once a pass, and stores what the page at hand has.
func (r *run) finish(ctx context.Context) error {
	if b, ok := r.api.(*accounts); ok {
		if err := b.addDays(ctx); err != nil {
			return fmt.Errorf("figures of days: %w", err)
		}
	}
	if r.page.Calls > 0 {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	return r.noRight
}

// next returns the moment before which the next page lies, or that the list is
// read to its end or deep enough, or why neither is known.
//
// Pages may be short or empty although more follow, so only the platform's own
// sign ends the list. Were that sign left out where it is false, as some of its
// servers do with what is false or zero, it could not be told from an answer
// that lacks it: then an empty page, or one without a cursor of its own, is the
// last.
func (r *run) next(l *list) (before int64, end bool, err error) {
	falls := l.next.N >= firstVideo.UnixMilli() && (r.pos.before == 0 || l.next.N < r.pos.before)
	bottom := l.bottom()
	switch {
	case l.more.told && !l.more.value:
		return 0, true, nil
	case !bottom.IsZero() && bottom.Before(r.pos.depth):
		return 0, true, nil
	case l.more.bad:
		return 0, false, fmt.Errorf("%w: the page does not say whether more follow", collector.ErrTransient)
	case !l.more.told && (!falls || len(l.videos) == 0):
		return 0, true, nil
	case !falls:
		return 0, false, fmt.Errorf("%w: the next page has no cursor of its own", collector.ErrTransient)
	case len(l.videos) == 0 && time.UnixMilli(l.next.N).Before(r.pos.depth):
		return 0, true, nil
	}
	return l.next.N, false, nil
}

// call sends a request by ask, and once more where the token is refused and its
// source has another one by now. It counts what is sent.
func (r *run) call(ctx context.Context, ask func(token string) error) error {
	r.page.Calls++
	err := ask(r.token)
	if r.renewed || !badToken(err) {
		return err
	}
	// Tokens live for two hours: the source may hold a newer one.
	r.renewed = true
	token, sourceErr := r.newToken(ctx)
	if sourceErr != nil || token == r.token {
		return err
	}
	r.token = token
	r.page.Calls++
	return ask(token)
}

// failed stores what the page at hand has, which is a profile or comments at
// most, and returns err.
func (r *run) failed(ctx context.Context, err error) error {
	if len(r.page.Profiles)+len(r.page.Comments) == 0 || ctx.Err() != nil {
		return err
	}
	r.page.Next = r.cursor
	return both(err, r.flush(ctx))
}

// both joins two errors, either of which may be nil, on one line.
func both(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return fmt.Errorf("%w; and then: %w", a, b)
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

// keep keeps the answer as evidence.
func (r *run) keep(a *api.Answer) {
	r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
}

// skip counts and logs what could not be read.
func (r *run) skip(msg string, args ...any) {
	r.page.Skipped++
	r.log().Warn(msg, append([]any{"platform", schema.TikTok, "account_id", r.job.Account.ID, "run_id", r.job.RunID}, args...)...)
}

// odd counts a value of another type than promised, which was left out.
func (r *run) odd(err error) {
	if err != nil {
		r.skip("value left out: not of the promised type", "value", err.Error())
	}
}
