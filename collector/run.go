package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/hamawaz/hamawaz/schema"
)

// A Collector collects accounts: it plans what is due, lets the platform's
// connector read it, stores it and notes the run.
type Collector struct {
	Conn       driver.Conn
	Writer     *Writer
	Connectors map[schema.Platform]Connector
	Now        func() time.Time
	Backfill   time.Duration // how far back an account is read; 0 means DefaultBackfill
	Comments   bool          // read comments where they cost little

	// Forget names the platforms whose terms demand that the content of a post
	// is removed once the post is gone there.
	Forget map[schema.Platform]bool

	Log *slog.Logger
}

// DefaultBackfill is how far back the first pass over an account reads: as far
// as the platforms keep their insights.
const DefaultBackfill = 730 * day

// noteEvery is how often, in real time, a run under way is noted, so that a
// pass that is killed goes on from there.
const noteEvery = 2 * time.Second

// backfill returns the setting or its default.
func (c *Collector) backfill() time.Duration {
	if c.Backfill > 0 {
		return c.Backfill
	}
	return DefaultBackfill
}

// Plan returns what is due for an account with that history.
func (c *Collector) Plan(h History) Plan {
	return NewPlan(c.Now().UTC(), c.backfill(), h.Covered)
}

// NextDue returns when the account with that history should be collected
// next, or the zero time for at once.
func (c *Collector) NextDue(h History) time.Time {
	next := NextDue(c.backfill(), h.Covered)
	if wait := h.WaitUntil(); wait.After(next) {
		return wait
	}
	return next
}

// Collect does one run over the account and returns what it noted. If force,
// the youngest posts are read even if nothing is due.
//
// It may run twice without harm. The error is the connector's: ask OutcomeOf.
func (c *Collector) Collect(ctx context.Context, a schema.Account, force bool) (Run, error) {
	connector, ok := c.Connectors[a.Platform]
	if !ok {
		return Run{}, fmt.Errorf("collect %s: no connector for platform %q: %w", a.ID, a.Platform, ErrRequest)
	}
	histories, err := Histories(ctx, c.Conn, c.Now(), a.ID)
	if err != nil {
		return Run{}, fmt.Errorf("collect %s: %w", a.ID, err)
	}
	history := histories[a.ID]
	plan := c.Plan(history)
	if force {
		plan.rungs[0] = true
	}
	if !plan.Due() {
		return Run{}, nil
	}

	run := Run{
		ID: uuid.Must(uuid.NewV7()).String(), AccountID: a.ID, Platform: a.Platform,
		StartedAt: plan.now.Truncate(time.Millisecond), Depth: plan.Depth(),
	}
	run.PassStartedAt = run.StartedAt
	if last, ok := history.Unfinished(plan.now); ok {
		run.PassStartedAt, run.CursorAfter, run.Depth = last.PassStartedAt, last.CursorAfter, last.Depth
	}
	if err := c.note(ctx, &run); err != nil {
		return run, fmt.Errorf("collect %s: %w", a.ID, err)
	}

	var usage atomic.Pointer[float64] // connectors read several answers at once
	var left atomic.Pointer[string]
	var rest atomic.Pointer[time.Time]
	job := Job{
		Account: a, Cursor: run.CursorAfter, RunID: run.ID, Depth: run.Depth,
		InsightsDue: func(p schema.Post) bool { return plan.PostDue(p.PublishedAt) },
		OnUsage:     func(percent float64) { usage.Store(&percent) },
		Comments:    c.Comments,
		Left:        history.Left(),
		Leave:       func(s string) { left.Store(&s) },
		OnRest:      func(until time.Time) { until = until.UTC(); rest.Store(&until) },
	}
	noted := time.Now()
	pages := newPipe(ctx, c.Writer, func(ctx context.Context, p Page) error {
		run.Pages++
		run.Posts += uint32(len(p.Posts))
		run.Observations += uint32(len(p.Observations))
		run.Calls += uint32(p.Calls)
		run.Skipped += uint32(p.Skipped)
		run.CursorAfter, run.QuotaPercent = p.Next, usage.Load()
		if p.Next == "" || time.Since(noted) < noteEvery {
			return nil
		}
		noted = time.Now()
		return c.note(ctx, &run)
	})
	cursor, err := connector.Collect(ctx, job, func(ctx context.Context, p Page) error {
		if err := c.keepFirst(ctx, a.ID, p.Posts); err != nil {
			return err
		}
		return pages.store(ctx, p)
	})
	keepErr := pages.close() // from here on the run is ours again
	run.QuotaPercent, run.RetryAt = usage.Load(), rest.Load()
	if keepErr != nil {
		// The connector has pages behind it that are not kept. The run goes on
		// from the last one that is.
		switch {
		case err == nil:
			err = keepErr
		case !errors.Is(err, keepErr):
			err = fmt.Errorf("%w; and then: %w", err, keepErr)
		}
		return run, c.finish(ctx, a, &run, err)
	}
	run.CursorAfter = cursor
	run.Complete = cursor == "" && (err == nil || errors.Is(err, ErrNoInsights))
	if s := left.Load(); run.Complete && s != nil {
		run.CursorAfter = Cursor(*s)
	}
	if run.Complete {
		err = cmp.Or(err, c.lookFor(ctx, a, connector, job, &run))
	}
	return run, c.finish(ctx, a, &run, err)
}

// note stores the run as it stands.
func (c *Collector) note(ctx context.Context, run *Run) error {
	run.UpdatedAt = c.Now().UTC()
	return c.Writer.Note(ctx, *run)
}

// finish notes how the run ended and returns its error.
func (c *Collector) finish(ctx context.Context, a schema.Account, run *Run, err error) error {
	end := c.Now().UTC()
	run.FinishedAt = &end
	run.Outcome = OutcomeOf(err)
	if err != nil {
		run.Error = err.Error()
		err = fmt.Errorf("collect %s: %w", a.ID, err)
	}
	var limit *RateLimitError
	if errors.As(err, &limit) {
		at := end.Add(limit.RetryAfter)
		run.RetryAt = &at
	}
	// The run is noted even where ctx has ended: that is how it ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if noteErr := c.note(ctx, run); noteErr != nil {
		err = errors.Join(err, noteErr)
	}
	c.Log.Info("collected", "account", a.ID, "outcome", run.Outcome, "complete", run.Complete, "pages", run.Pages,
		"posts", run.Posts, "observations", run.Observations, "calls", run.Calls, "skipped", run.Skipped)
	return err
}
