package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

func TestMain(m *testing.M) { schematest.Main(m) }

type connector func(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error)

func (c connector) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	return c(ctx, job, store)
}

// workerOn returns a worker on a fresh store with one approved account "a" and
// one closed account "closed".
func workerOn(t *testing.T, r redis.UniversalClient, clock schema.Clock, c connector) *Worker {
	t.Helper()
	s := schematest.Open(t)
	dir := &schema.Directory{Store: s, Now: clock.Now}
	for id, status := range map[schema.AccountID]string{"a": schema.StatusApproved, "closed": schema.StatusClosed} {
		err := dir.SaveAccount(t.Context(), schema.Account{
			ID: id, Department: "d", Platform: schema.Instagram, Handle: string(id), Name: string(id), Status: status,
			Version: schema.Version{ChangedBy: "test"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	writer := collector.NewWriter(s.Conn)
	t.Cleanup(writer.Close)
	log := slog.New(slog.DiscardHandler)
	return &Worker{
		Directory: dir, Clock: clock, Client: NewClient(r), Log: log,
		Collector: &collector.Collector{
			Conn: s.Conn, Writer: writer, Now: clock.Now, Log: log,
			Connectors: map[schema.Platform]collector.Connector{schema.Instagram: c},
		},
		Stats: &analytics.DB{Conn: s.Conn, Zone: time.UTC, Now: clock.Now},
	}
}

func task(t *testing.T, build func() (*asynq.Task, error)) *asynq.Task {
	t.Helper()
	task, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// pending returns the types and payloads of the tasks that wait in the queue.
func pending(t *testing.T, r redis.UniversalClient, queue string) []string {
	t.Helper()
	tasks, err := asynq.NewInspectorFromRedisClient(r).ListPendingTasks(queue)
	if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
		t.Fatal(err)
	}
	var all []string
	for _, x := range tasks {
		all = append(all, x.Type+" "+string(x.Payload))
	}
	return all
}

func TestCollectAccountOutcomes(t *testing.T) {
	r := startRedis(t)
	var answer error
	w := workerOn(t, r, schema.Clock{}, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) { return "", answer })
	for _, tt := range []struct {
		name  string
		err   error
		left  bool // to the planner: the queue is done with it
		fails bool // uses up a retry
	}{
		{"well", nil, true, false},
		{"reconnect", collector.ErrUnauthorized, true, true},
		{"fix the request", collector.ErrRequest, true, true},
		{"gone", collector.ErrGone, true, true},
		{"trouble", collector.ErrTransient, false, true},
		{"a short wait", &collector.RateLimitError{RetryAfter: time.Minute}, false, false},
		{"a wait of days", &collector.RateLimitError{RetryAfter: 48 * time.Hour}, true, false},
	} {
		answer = tt.err
		err := w.Mux().ProcessTask(t.Context(), task(t, func() (*asynq.Task, error) { return NewCollectAccount("a", true) }))
		if tt.left {
			if err != nil {
				t.Errorf("%s: %v, want it left to the planner", tt.name, err)
			}
		} else if !errors.Is(err, tt.err) && !errors.As(err, new(*collector.RateLimitError)) {
			t.Errorf("%s: error %v, want it tried again", tt.name, err)
		}
		if tt.err != nil && isFailure(tt.err) != tt.fails {
			t.Errorf("%s: failure %v, want %v", tt.name, isFailure(tt.err), tt.fails)
		}
		histories, err := collector.Histories(t.Context(), w.Collector.Conn, w.Clock.Now(), "a")
		if err != nil || histories["a"][0].Outcome != collector.OutcomeOf(tt.err) {
			t.Errorf("%s: the newest run is %+v, %v", tt.name, histories["a"][0], err)
		}
	}
}

func TestCollectAccountRefusesWhatIsNotApproved(t *testing.T) {
	w := workerOn(t, startRedis(t), schema.Clock{}, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) {
		t.Error("an account that is not approved was collected")
		return "", nil
	})
	for _, id := range []schema.AccountID{"closed", "nobody"} {
		err := w.Mux().ProcessTask(t.Context(), task(t, func() (*asynq.Task, error) { return NewCollectAccount(id, false) }))
		if !errors.Is(err, asynq.SkipRetry) {
			t.Errorf("account %s: %v, want no retry", id, err)
		}
	}
	if err := w.Mux().ProcessTask(t.Context(), asynq.NewTask(TypeCollectAccount, []byte("{"))); !errors.Is(err, asynq.SkipRetry) {
		t.Errorf("broken payload: %v, want no retry", err)
	}
}

func TestRetryDelay(t *testing.T) {
	w := &Worker{Clock: schema.Clock{Factor: 60}}
	limit := fmt.Errorf("wrapped: %w", &collector.RateLimitError{RetryAfter: time.Hour})
	if got := w.retryDelay(0, limit, nil); got != time.Minute {
		t.Errorf("an hour of a clock 60 times as fast = %s, want 1m", got)
	}
	for n, want := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, 32 * time.Second} {
		if got := (&Worker{}).retryDelay(n, collector.ErrTransient, nil); got != want {
			t.Errorf("retry %d after %s, want %s", n, got, want)
		}
		if got := w.retryDelay(n, collector.ErrTransient, nil); got != want/60 {
			t.Errorf("retry %d of a clock 60 times as fast after %s, want %s", n, got, want/60)
		}
	}
}

func TestPlanEnqueuesWhatIsDueOnce(t *testing.T) {
	r := startRedis(t)
	w := workerOn(t, r, schema.Clock{}, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) { return "", nil })
	plan := func() {
		t.Helper()
		if err := w.Mux().ProcessTask(t.Context(), task(t, NewPlan)); err != nil {
			t.Fatal(err)
		}
	}
	plan()
	plan()
	if got := pending(t, r, QueueCollect); len(got) != 1 || got[0] != TypeCollectAccount+` {"account":"a"}` {
		t.Errorf("queue = %q, want the one approved account, once", got)
	}
	// What has just been read is not due.
	if _, err := w.Collector.Collect(t.Context(), schema.Account{ID: "a", Platform: schema.Instagram}, false); err != nil {
		t.Fatal(err)
	}
	r.FlushAll(t.Context())
	plan()
	if got := pending(t, r, QueueCollect); len(got) != 0 {
		t.Errorf("queue = %q, want nothing: all was read a moment ago", got)
	}
}

func TestPlanLeavesAloneWhatMustWait(t *testing.T) {
	r := startRedis(t)
	w := workerOn(t, r, schema.Clock{}, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) {
		return "", &collector.RateLimitError{RetryAfter: time.Hour}
	})
	if _, err := w.Collector.Collect(t.Context(), schema.Account{ID: "a", Platform: schema.Instagram}, false); err == nil {
		t.Fatal("want the limit")
	}
	if err := w.Mux().ProcessTask(t.Context(), task(t, NewPlan)); err != nil {
		t.Fatal(err)
	}
	if got := pending(t, r, QueueCollect); len(got) != 0 {
		t.Errorf("queue = %q, want nothing for an hour", got)
	}
}

func TestCollectNow(t *testing.T) {
	r := startRedis(t)
	c := NewClient(r)
	for range 3 {
		if err := c.CollectNow(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	if got := pending(t, r, QueueCollect); len(got) != 1 || got[0] != TypeCollectAccount+` {"account":"a","force":true}` {
		t.Errorf("queue = %q, want one forced task", got)
	}
}

// store one post and one reading.
func onePage(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	likes := int64(7)
	now := time.Now().UTC()
	return "", store(ctx, collector.Page{
		Posts:        []schema.Post{{AccountID: job.Account.ID, PostID: "p", Platform: schema.Instagram, PublishedAt: now.Add(-time.Hour), CollectedAt: now}},
		Observations: []schema.Observation{{AccountID: job.Account.ID, PostID: "p", Platform: schema.Instagram, ObservedAt: now, Call: "media", Counters: schema.Counters{Reactions: &likes, Comments: new(int64)}}},
	})
}

// TestFromScheduleToFigures lets the real parts run: the schedule enqueues the
// plan, the plan the account, the account's run its rollup.
func TestFromScheduleToFigures(t *testing.T) {
	r := startRedis(t)
	w := workerOn(t, r, schema.Clock{}, onePage)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- w.Run(ctx, r) }()
	go func() { done <- RunSchedule(ctx, r, schema.Clock{}, w.Log) }()
	defer func() {
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}()

	today := time.Now().UTC()
	period, err := analytics.NewPeriod(today.AddDate(0, 0, -1), today.AddDate(0, 0, 1), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := w.Stats.Ask(t.Context(), analytics.Question{Metric: "interactions", By: "account", View: analytics.ViewLife, Period: period})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Rows) == 1 && a.Rows[0].Value != nil && *a.Rows[0].Value == 7 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no figure within 30 s; rows %+v, collect queue %q, analyse queue %q", a.Rows, pending(t, r, QueueCollect), pending(t, r, QueueAnalyse))
		}
	}
}

func TestRetryOnRealRedis(t *testing.T) {
	r := startRedis(t)
	var tries atomic.Int32
	// The clock runs so fast that the platform's hour is a few milliseconds.
	w := workerOn(t, r, schema.NewClock(time.Now(), 500_000), func(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
		if tries.Add(1) < 8 { // more often than a failure would be tried
			return "", &collector.RateLimitError{RetryAfter: time.Hour}
		}
		return onePage(ctx, job, store)
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, r) }()
	if err := w.Client.CollectNow(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for tries.Load() < 8 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d tries within a minute: waiting for a quota uses up the retries", tries.Load())
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// An account whose tries are used up is free for the planner at once.
func TestTriesUsedUpOnRealRedis(t *testing.T) {
	r := startRedis(t)
	var tries atomic.Int32
	w := workerOn(t, r, schema.NewClock(time.Now(), 500_000), func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) {
		tries.Add(1)
		return "", collector.ErrTransient
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, r) }()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for taken := 0; taken < 2; {
		x, err := NewCollectAccount("a", true)
		if err != nil {
			t.Fatal(err)
		}
		free, err := w.Client.enqueue(ctx, x)
		if err != nil {
			t.Fatal(err)
		}
		if free {
			taken++
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %d tries the account is still taken", tries.Load())
		}
	}
	if n := tries.Load(); n < 6 {
		t.Errorf("free after %d tries, want six", n)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPanicIsAnError(t *testing.T) {
	w := workerOn(t, startRedis(t), schema.Clock{}, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) { panic("boom") })
	err := w.Mux().ProcessTask(t.Context(), task(t, func() (*asynq.Task, error) { return NewCollectAccount("a", true) }))
	if !errors.Is(err, asynq.SkipRetry) {
		t.Errorf("a panic gives %v, want an error that is not retried", err)
	}
}

func TestOneRunOfAnAccountAtATime(t *testing.T) {
	r := startRedis(t)
	runs := 0
	var w *Worker
	collect := func() error {
		x, err := NewCollectAccount("a", true)
		if err != nil {
			return err
		}
		return w.Mux().ProcessTask(t.Context(), x)
	}
	w = workerOn(t, r, schema.Clock{}, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) {
		runs++
		if runs == 1 {
			// A second task for the account, while this one is under way.
			if err := collect(); err != nil {
				t.Errorf("second task: %v", err)
			}
		}
		return "", nil
	})
	if err := collect(); err != nil || runs != 1 {
		t.Errorf("%d runs at once, %v; want one", runs, err)
	}
	if err := collect(); err != nil || runs != 2 {
		t.Errorf("after the first has ended: %d runs, %v; want two", runs, err)
	}
}

func TestRunningOutOfTimeIsAFailure(t *testing.T) {
	if !isFailure(context.DeadlineExceeded) || isFailure(context.Canceled) {
		t.Error("a time-out must use up a retry, our own stop must not")
	}
}

func TestRollupAll(t *testing.T) {
	w := workerOn(t, startRedis(t), schema.Clock{}, onePage)
	if _, err := w.Collector.Collect(t.Context(), schema.Account{ID: "a", Platform: schema.Instagram}, false); err != nil {
		t.Fatal(err)
	}
	if err := w.Mux().ProcessTask(t.Context(), task(t, NewRollupAll)); err != nil {
		t.Fatal(err)
	}
	from, err := w.Stats.Rollup(t.Context(), "a")
	if err != nil || from != nil {
		t.Errorf("after rolling up everything %v is left to do (%v)", from, err)
	}
}

// A reading that an import replaced changes no day's number of readings: its
// day is named with the task.
func TestRollupFrom(t *testing.T) {
	r := startRedis(t)
	w := workerOn(t, r, schema.Clock{}, onePage)
	const row = `INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions) VALUES ('a', '1', 'instagram', '2024-05-02 10:00:00', 'import', `
	schematest.Exec(t, w.Directory.Store, `INSERT INTO posts (account_id, post_id, platform, published_at, collected_at) VALUES ('a', '1', 'instagram', '2024-05-01 10:00:00', '2024-05-01 10:00:00');
		`+row+`10)`)
	run := func(from time.Time) (reactions float64) {
		t.Helper()
		if err := w.Client.RollUp(t.Context(), "a", from); err != nil {
			t.Fatal(err)
		}
		if err := w.Mux().ProcessTask(t.Context(), task(t, func() (*asynq.Task, error) { return NewRollupFrom("a", from) })); err != nil {
			t.Fatal(err)
		}
		err := w.Directory.Store.Conn.QueryRow(t.Context(), `SELECT toFloat64(sum(value)) FROM account_daily FINAL
			WHERE account_id = 'a' AND metric = 'reactions' AND view = 'life'`).Scan(&reactions)
		if err != nil {
			t.Fatal(err)
		}
		return reactions
	}
	day := time.Date(2024, 5, 2, 10, 0, 0, 0, time.UTC)
	if got := run(time.Time{}); got != 10 {
		t.Fatalf("first reading: got %v, want 10", got)
	}
	schematest.Exec(t, w.Directory.Store, row+`25)`)
	if got := run(day); got != 25 {
		t.Errorf("replaced reading: got %v, want 25", got)
	}
	if got := pending(t, r, QueueAnalyse); len(got) != 2 {
		t.Errorf("pending: %q, want two rollups", got)
	}
}

func TestEmbeddedQueue(t *testing.T) {
	dir := t.TempDir()
	lost := DialEmbeddedQueue(dir)
	defer lost.Close()
	if err := lost.Ping(t.Context()).Err(); err == nil {
		t.Error("a queue that does not run answers")
	}
	q, err := StartEmbeddedQueue(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := DialEmbeddedQueue(dir)
	defer r.Close()
	if err := NewClient(r).CollectNow(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got := pending(t, r, QueueCollect); len(got) != 1 {
		t.Errorf("queue = %q", got)
	}
	// Without the password nobody gets in.
	open := redis.NewClient(&redis.Options{Addr: q.server.Addr(), Protocol: 2, DisableIdentity: true})
	defer open.Close()
	if err := open.Ping(t.Context()).Err(); err == nil {
		t.Error("the embedded queue answers without its password")
	}
	// A client survives the queue's restart on another port; what waited is gone.
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q, err = StartEmbeddedQueue(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := waitRedis(ctx, r); err != nil {
		t.Fatal(err)
	}
	if got := pending(t, r, QueueCollect); len(got) != 0 {
		t.Errorf("queue after a restart = %q", got)
	}
}

func TestOpenRedisSaysWhatIsWrong(t *testing.T) {
	for _, address := range []string{"nonsense", "redis://127.0.0.1:1/0"} {
		if _, err := OpenRedis(t.Context(), address, "secret"); err == nil {
			t.Errorf("OpenRedis(%q) succeeds", address)
		}
	}
}

func TestPayloadsHoldIDsOnly(t *testing.T) {
	x := task(t, func() (*asynq.Task, error) { return NewRollup("a") })
	var m map[string]any
	if err := json.Unmarshal(x.Payload(), &m); err != nil || len(m) != 1 || m["account"] != "a" {
		t.Errorf("payload = %s", x.Payload())
	}
}
