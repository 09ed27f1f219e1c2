package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// TypeKeepTerms is the task that does what platforms' terms demand of what we
// hold: posts are looked for again, and content that is gone there is removed.
const TypeKeepTerms = "terms:keep"

// NewKeepTerms returns the task. One at a time.
func NewKeepTerms() (*asynq.Task, error) {
	return newTask(TypeKeepTerms, struct{}{},
		asynq.Queue(QueueCollect),
		asynq.Timeout(30*time.Minute),
		asynq.MaxRetry(0),
		asynq.Unique(30*time.Minute))
}

// keepTerms handles terms:keep. It stops at a platform that refuses or wants to
// be left alone, and goes on where it stopped the next time: posts that were
// looked for are not due again.
func (w *Worker) keepTerms(ctx context.Context, _ *asynq.Task) error {
	accounts, err := w.Directory.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, platform := range slices.Sorted(maps.Keys(w.Terms)) {
		before := w.Clock.Now().Add(-w.Terms[platform])
		for _, a := range accounts {
			if a.Platform != platform || w.Collector.Connectors[platform] == nil {
				continue
			}
			gone, verifyErr := w.Collector.Verify(ctx, a, before)
			if gone > 0 {
				w.Log.Info("posts are gone", "account", a.ID, "posts", gone, "forgotten", w.Collector.Forget[platform])
			}
			var limit *collector.RateLimitError
			if verifyErr != nil {
				err = errors.Join(err, fmt.Errorf("terms of %s: %w", platform, verifyErr))
			}
			if errors.As(verifyErr, &limit) || ctx.Err() != nil {
				break
			}
		}
		if w.Collector.Forget[platform] {
			err = errors.Join(err, w.Collector.ForgetAnswers(ctx, platform, before))
		}
	}
	if err != nil {
		w.Log.Warn("terms are kept in part", "err", err) // the next round goes on
	}
	return ctx.Err()
}

// Terms says how old a sight of a post may be, by platform, before the platform
// is asked for it again. A platform without one is not asked.
type Terms map[schema.Platform]time.Duration
