package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// The schedule: what runs when, in the clock's time. It only enqueues.
var schedule = []struct {
	every time.Duration
	task  func() (*asynq.Task, error)
}{
	{time.Minute, NewPlan},
	{time.Minute, NewPlanReports},
	{time.Hour, NewRollupAll},
}

// TypePlan is the task that looks which accounts are due and enqueues them.
const TypePlan = "account:plan"

// NewPlan returns the task. One at a time.
func NewPlan() (*asynq.Task, error) {
	return newTask(TypePlan, struct{}{},
		asynq.Queue(QueueSchedule),
		asynq.Timeout(time.Minute),
		asynq.MaxRetry(0),
		asynq.Unique(time.Minute))
}

// plan handles account:plan: it reads from the facts which accounts are due,
// so that nothing is lost when the queue is.
func (w *Worker) plan(ctx context.Context, t *asynq.Task) error {
	accounts, err := w.Directory.Accounts(ctx)
	if err != nil {
		return err
	}
	now := w.Clock.Now()
	histories, err := collector.Histories(ctx, w.Collector.Conn, now)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Status != schema.StatusApproved || w.Collector.Connectors[a.Platform] == nil {
			continue
		}
		h := histories[a.ID]
		if !w.Collector.Plan(h).Due() || h.WaitUntil().After(now) {
			continue
		}
		task, err := NewCollectAccount(a.ID, false)
		if err != nil {
			return err
		}
		if _, err := w.Client.enqueue(ctx, task); err != nil {
			return err
		}
	}
	return nil
}

// RunSchedule enqueues what the schedule says until ctx ends. Several may run:
// the tasks are unique.
func RunSchedule(ctx context.Context, r redis.UniversalClient, clock schema.Clock, log *slog.Logger) error {
	if err := waitRedis(ctx, r); err != nil {
		return err
	}
	client := NewClient(r)
	scheduler := asynq.NewSchedulerFromRedisClient(r, &asynq.SchedulerOpts{
		Logger:   asynqLog{log},
		LogLevel: asynq.WarnLevel,
		PostEnqueueFunc: func(_ *asynq.TaskInfo, err error) {
			if err != nil && !errors.Is(err, asynq.ErrDuplicateTask) && ctx.Err() == nil {
				log.Warn("schedule", "err", err)
			}
		},
	})
	for _, s := range schedule {
		task, err := s.task()
		if err != nil {
			return err
		}
		// The first round is now, not after the first interval.
		if _, err := client.enqueue(ctx, task); err != nil {
			return err
		}
		every := max(clock.RealDuration(s.every), time.Second)
		if _, err := scheduler.Register(fmt.Sprintf("@every %s", every), task); err != nil {
			return fmt.Errorf("schedule %s: %w", task.Type(), err)
		}
	}
	if err := scheduler.Start(); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	<-ctx.Done()
	scheduler.Shutdown()
	return nil
}
