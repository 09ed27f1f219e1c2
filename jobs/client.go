// Package jobs is the background work: what is done, when, and what happens
// when it fails.
package jobs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// The queues, with the share of the workers that each gets when all have work.
const (
	QueueSchedule = "schedule"
	QueueCollect  = "collect"
	QueueAnalyse  = "analyse"
	QueueReport   = "report"
)

// A Client puts tasks on the queue. It is the dashboard's Queue.
type Client struct {
	asynq *asynq.Client
	redis redis.UniversalClient
}

// NewClient returns a client on the Redis connection, which stays open when
// the client is closed.
func NewClient(r redis.UniversalClient) *Client {
	return &Client{asynq.NewClientFromRedisClient(r), r}
}

// CollectNow asks for the account's youngest posts at once, due or not. Asking
// again within a minute changes nothing.
func (c *Client) CollectNow(ctx context.Context, id schema.AccountID) error {
	task, err := NewCollectAccount(id, true)
	if err != nil {
		return err
	}
	_, err = c.enqueue(ctx, task)
	return err
}

// RollUp asks for the account's daily figures anew, from the day of the moment
// on; zero: from the first day whose readings they lack.
func (c *Client) RollUp(ctx context.Context, id schema.AccountID, from time.Time) error {
	task, err := NewRollupFrom(id, from)
	if err != nil {
		return err
	}
	_, err = c.enqueue(ctx, task)
	return err
}

// enqueue puts the task on the queue and reports whether it was not there
// already.
func (c *Client) enqueue(ctx context.Context, t *asynq.Task) (bool, error) {
	_, err := c.asynq.EnqueueContext(ctx, t)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, asynq.ErrDuplicateTask), errors.Is(err, asynq.ErrTaskIDConflict):
		return false, nil
	default:
		return false, fmt.Errorf("enqueue %s: %w", t.Type(), err)
	}
}

// A lock is let go when its holder dies: it lives this long unless prolonged.
const (
	lockFor      = 30 * time.Second
	prolongEvery = 10 * time.Second
)

// hold takes the lock of the name and reports whether it was free. It is
// prolonged until release is called, or the process dies. The uniqueness of a
// task does not do: it ends after a time, whatever the task is doing.
func (c *Client) hold(ctx context.Context, name string) (release func(), free bool, err error) {
	key, mine := "hamawaz:lock:"+name, rand.Text()
	free, err = c.redis.SetNX(ctx, key, mine, lockFor).Result()
	if err != nil || !free {
		return nil, false, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(prolongEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				c.redis.Expire(ctx, key, lockFor)
			}
		}
	}()
	return func() {
		cancel()
		<-done
		ctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
		defer stop()
		// Only our own lock: it may have run out and be somebody else's by now.
		c.redis.Eval(ctx, `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`, []string{key}, mine)
	}, true, nil
}

// newTask returns a task with the payload as JSON.
func newTask(kind string, payload any, o ...asynq.Option) (*asynq.Task, error) {
	b, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", kind, err)
	}
	return asynq.NewTask(kind, b, o...), nil
}

// payloadOf reads a task's payload. One that cannot be read never will be:
// the error says so to asynq.
func payloadOf[T any](t *asynq.Task) (T, error) {
	var p T
	if err := json.Unmarshal(t.Payload(), &p); err != nil {
		return p, fmt.Errorf("payload of %s: %w: %w", t.Type(), err, asynq.SkipRetry)
	}
	return p, nil
}

// waitRedis pings until the queue answers, or ctx ends.
func waitRedis(ctx context.Context, r redis.UniversalClient) error {
	for {
		err := r.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("queue: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
