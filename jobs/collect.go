package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// TypeCollectAccount is the task that does one run over an account.
const TypeCollectAccount = "account:collect"

// collectTimeout bounds one run. A pass that takes longer goes on in the next
// run, from its last stored page.
const collectTimeout = 10 * time.Minute

type collectAccount struct {
	Account schema.AccountID `json:"account"`
	Force   bool             `json:"force,omitempty"`
}

// NewCollectAccount returns the task that collects what is due of the account;
// with force, its youngest posts in any case. A second one for the same account
// is refused until this one succeeds, at most ten minutes (forced: one minute).
func NewCollectAccount(id schema.AccountID, force bool) (*asynq.Task, error) {
	unique := collectTimeout
	if force {
		unique = time.Minute
	}
	return newTask(TypeCollectAccount, collectAccount{id, force},
		asynq.Queue(QueueCollect),
		asynq.Timeout(collectTimeout),
		asynq.MaxRetry(5),
		asynq.Unique(unique))
}

// parkedAtMost is the longest delay, in real time, for which a task waits in
// the queue. What must wait longer is left to the planner, which reads the
// platform's wish from the runs: a queue may forget.
const parkedAtMost = time.Hour

// collectAccount handles account:collect.
func (w *Worker) collectAccount(ctx context.Context, t *asynq.Task) error {
	p, err := payloadOf[collectAccount](t)
	if err != nil {
		return err
	}
	a, err := w.Directory.Account(ctx, p.Account)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return fmt.Errorf("collect: %w: %w", err, asynq.SkipRetry)
	case err != nil:
		return err
	case a.Status != schema.StatusApproved:
		return fmt.Errorf("collect %s: the account is %s, not approved: %w", a.ID, a.Status, asynq.SkipRetry)
	}

	release, free, err := w.Client.hold(ctx, "collecting:"+string(a.ID))
	if err != nil || !free {
		return err // not free: a run is under way, and the planner comes back
	}
	defer release()
	run, err := w.Collector.Collect(ctx, a, p.Force)
	if run.Pages > 0 {
		// What was stored is rolled up also where the run ended early.
		task, taskErr := NewRollup(a.ID)
		if taskErr == nil {
			_, taskErr = w.Client.enqueue(context.WithoutCancel(ctx), task)
		}
		err = errors.Join(err, taskErr)
	}
	if run.Posts > 0 && w.Pictures != nil {
		task, taskErr := NewThumbnails(a.ID)
		if taskErr == nil {
			_, taskErr = w.Client.enqueue(context.WithoutCancel(ctx), task)
		}
		err = errors.Join(err, taskErr)
	}

	if err != nil && w.lastTry(ctx, err) {
		// What failed stands in the run, and the planner comes back to it. Were
		// the task kept as failed, its uniqueness would keep the planner from
		// doing so until it runs out.
		w.logError(ctx, t, err)
		return nil
	}
	return err
}

// lastTry says whether a run that ended with err is left to the planner.
func (w *Worker) lastTry(ctx context.Context, err error) bool {
	retried, _ := asynq.GetRetryCount(ctx)
	if most, ok := asynq.GetMaxRetry(ctx); ok && retried >= most {
		return true
	}
	switch collector.OutcomeOf(err) {
	case collector.OutcomeReconnect, collector.OutcomeFixRequest, collector.OutcomeGone:
		return true
	case collector.OutcomeWait:
		var limit *collector.RateLimitError
		return errors.As(err, &limit) && w.Clock.RealDuration(limit.RetryAfter) > parkedAtMost
	}
	return false
}

// retryDelay waits as long as the platform asked, or backs off.
func (w *Worker) retryDelay(n int, err error, t *asynq.Task) time.Duration {
	var limit *collector.RateLimitError
	if errors.As(err, &limit) {
		return w.Clock.RealDuration(limit.RetryAfter)
	}
	if t != nil && t.Type() == TypeDeliverReport {
		return max(w.Clock.RealDuration(deliverDelay(n)), time.Second)
	}
	// 2, 4, 8, 16, 32 s of the clock: what lasts longer is taken up by the
	// planner again.
	return w.Clock.RealDuration(time.Duration(2<<min(n, 4)) * time.Second)
}

// isFailure says what uses up a task's retries: waiting for a quota and our own
// stop do not; running out of time does. Asynq asks this before it looks for
// SkipRetry.
func isFailure(err error) bool {
	return errors.Is(err, asynq.SkipRetry) ||
		collector.OutcomeOf(err) != collector.OutcomeWait && !errors.Is(err, context.Canceled)
}
