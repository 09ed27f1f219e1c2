package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/thumbnail"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// A Worker handles the tasks of every queue.
type Worker struct {
	Directory   *schema.Directory
	Collector   *collector.Collector
	Stats       *analytics.DB
	Reporter    Reporter          // nil: reports are not made here
	Mailer      *Mailer           // nil: there is no mail server, and the log says so
	Credentials *Credentials      // nil: nobody connects accounts here
	Budget      *Budget           // nil: the platforms' quotas are left to the platforms
	Pictures    *thumbnail.Keeper // nil: posts have no pictures here
	Terms       Terms             // what platforms' terms demand
	Client      *Client
	Clock       schema.Clock
	Concurrency int // tasks at once; 0 means 8
	Log         *slog.Logger
}

// Mux returns the handler of every task type.
func (w *Worker) Mux() *asynq.ServeMux {
	mux := asynq.NewServeMux()
	mux.Use(recoverPanics)
	mux.HandleFunc(TypePlan, w.plan)
	mux.HandleFunc(TypeCollectAccount, w.collectAccount)
	mux.HandleFunc(TypeThumbnails, w.thumbnails)
	mux.HandleFunc(TypeRollupAll, w.rollupAll)
	mux.HandleFunc(TypeRollup, w.rollup)
	mux.HandleFunc(TypePlanReports, w.planReports)
	mux.HandleFunc(TypeSendReport, w.sendReport)
	mux.HandleFunc(TypeDeliverReport, w.deliverReport)
	mux.HandleFunc(TypeKeepCredentials, w.keepCredentials)
	mux.HandleFunc(TypeKeepTerms, w.keepTerms)
	return mux
}

// Run handles tasks until ctx ends; then it gives those under way ten seconds
// and puts the rest back on the queue.
func (w *Worker) Run(ctx context.Context, r redis.UniversalClient) error {
	if err := waitRedis(ctx, r); err != nil {
		return err
	}
	concurrency := w.Concurrency
	if concurrency == 0 {
		concurrency = 8
	}
	server := asynq.NewServerFromRedisClient(r, asynq.Config{
		Concurrency:              concurrency,
		Queues:                   map[string]int{QueueSchedule: 4, QueueAnalyse: 3, QueueCollect: 3, QueueReport: 2},
		RetryDelayFunc:           w.retryDelay,
		IsFailure:                isFailure,
		ErrorHandler:             asynq.ErrorHandlerFunc(w.logError),
		Logger:                   asynqLog{w.Log},
		LogLevel:                 asynq.WarnLevel,
		ShutdownTimeout:          10 * time.Second,
		TaskCheckInterval:        200 * time.Millisecond,
		DelayedTaskCheckInterval: time.Second,
	})
	if err := server.Start(w.Mux()); err != nil {
		return fmt.Errorf("workers: %w", err)
	}
	<-ctx.Done()
	server.Shutdown()
	return nil
}

// logError notes a task that failed. What a platform or a quota caused is
// expected, and stands in the run as well.
func (w *Worker) logError(ctx context.Context, t *asynq.Task, err error) {
	level := slog.LevelError
	switch collector.OutcomeOf(err) {
	case collector.OutcomeWait, collector.OutcomeInterruption:
		level = slog.LevelInfo
	case collector.OutcomeReconnect, collector.OutcomeGone:
		level = slog.LevelWarn
	}
	if mail := (*MailError)(nil); errors.As(err, &mail) {
		level = slog.LevelWarn // it stands in the log of deliveries too
	}
	retried, _ := asynq.GetRetryCount(ctx)
	w.Log.Log(ctx, level, "task", "type", t.Type(), "payload", string(t.Payload()), "retried", retried, "err", err)
}

// recoverPanics turns a panic into an error that says where it came from.
func recoverPanics(next asynq.Handler) asynq.Handler {
	return asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = errors.Join(fmt.Errorf("panic in %s: %v\n%s", t.Type(), p, debug.Stack()), asynq.SkipRetry)
			}
		}()
		return next.ProcessTask(ctx, t)
	})
}

// asynqLog sends asynq's own messages to slog.
type asynqLog struct{ *slog.Logger }

func (l asynqLog) Debug(a ...any) { l.Logger.Debug("asynq", "message", fmt.Sprint(a...)) }
func (l asynqLog) Info(a ...any)  { l.Logger.Info("asynq", "message", fmt.Sprint(a...)) }
func (l asynqLog) Warn(a ...any)  { l.Logger.Warn("asynq", "message", fmt.Sprint(a...)) }
func (l asynqLog) Error(a ...any) {
	message := fmt.Sprint(a...)
	if strings.Contains(message, "redis connection is shared") {
		return // said at each shutdown: the connection is ours to close
	}
	l.Logger.Error("asynq", "message", message)
}
func (l asynqLog) Fatal(a ...any) { l.Logger.Error("asynq", "message", fmt.Sprint(a...)) }
