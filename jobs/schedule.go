package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

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
	{time.Hour, NewKeepCredentials},
	{time.Hour, NewKeepTerms},
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
