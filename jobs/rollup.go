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
	From    time.Time        `json:"from,omitzero"` // derive from this moment's day on, whatever their number of readings tells
}

// NewRollup returns the task that brings the account's daily figures up to its
// readings. It finds out by itself which days lack some. Each run that stored
// something asks for one, so none is refused as a double: a rollup that has
// begun may have missed the newest readings.
func NewRollup(id schema.AccountID) (*asynq.Task, error) {
	return newRollup(rollup{Account: id})
}

// NewRollupFrom returns the task that derives the account's daily figures anew
// from the moment's day on: readings were replaced or taken away, which their
// number does not tell.
func NewRollupFrom(id schema.AccountID, from time.Time) (*asynq.Task, error) {
	return newRollup(rollup{id, from.UTC()})
}

func newRollup(p rollup) (*asynq.Task, error) {
	return newTask(TypeRollup, p,
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
	done, err := w.Stats.Rollup(ctx, p.Account)
	if err != nil || p.From.IsZero() {
		return err
	}
	local := p.From.In(w.Stats.Zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	if done != nil && !done.After(day) {
		return nil
	}
	return w.Stats.RollupFrom(ctx, p.Account, day)
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
