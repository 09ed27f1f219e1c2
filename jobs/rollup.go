package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// TypeRollup is the task that derives the daily figures of an account from its
// readings.
const TypeRollup = "day:rollup"

type rollup struct {
	Account schema.AccountID `json:"account"`
}

// NewRollup returns the task that brings the account's daily figures up to its
// readings. It finds out by itself which days lack some. Each run that stored
// something asks for one, so none is refused as a double: a rollup that has
// begun may have missed the newest readings.
func NewRollup(id schema.AccountID) (*asynq.Task, error) {
	return newTask(TypeRollup, rollup{id},
		asynq.Queue(QueueAnalyse),
		asynq.Timeout(10*time.Minute),
		asynq.MaxRetry(5))
}

// rollup handles day:rollup.
func (w *Worker) rollup(ctx context.Context, t *asynq.Task) error {
	p, err := payloadOf[rollup](t)
	if err != nil {
		return err
	}
	_, err = w.Stats.Rollup(ctx, p.Account)
	return err
}

// TypeRollupAll is the task that looks for accounts whose daily figures lack
// readings: a task was lost, or readings came in another way.
const TypeRollupAll = "day:rollup-all"

// NewRollupAll returns the task. One at a time.
func NewRollupAll() (*asynq.Task, error) {
	return newTask(TypeRollupAll, struct{}{},
		asynq.Queue(QueueAnalyse),
		asynq.Timeout(30*time.Minute),
		asynq.MaxRetry(0),
		asynq.Unique(30*time.Minute))
}

// rollupAll handles day:rollup-all.
func (w *Worker) rollupAll(ctx context.Context, t *asynq.Task) error {
	accounts, err := w.Directory.Accounts(ctx)
	if err != nil {
		return err
	}
	var all error
	for _, a := range accounts {
		_, err := w.Stats.Rollup(ctx, a.ID)
		all = errors.Join(all, err)
		if ctx.Err() != nil {
			break
		}
	}
	return all
}
