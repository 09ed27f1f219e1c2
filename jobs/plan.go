package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

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
// so that nothing is lost when the queue is, and spends what is left of the
// platforms' budgets by value.
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
	byPlatform := map[schema.Platform][]dueAccount{}
	for _, a := range accounts {
		if a.Status != schema.StatusApproved || w.Collector.Connectors[a.Platform] == nil {
			continue
		}
		h := histories[a.ID]
		plan := w.Collector.Plan(h)
		if !plan.Due() || h.WaitUntil().After(now) {
			continue
		}
		byPlatform[a.Platform] = append(byPlatform[a.Platform], dueAccount{
			id: a.ID, depth: now.Sub(plan.Depth()), late: now.Sub(w.Collector.NextDue(h)), calls: lastCalls(h, plan, now),
		})
	}
	var postponed []schema.Postponed
	for platform, due := range byPlatform {
		start := due
		if w.Budget != nil {
			left, resets, counted, err := w.Budget.Left(ctx, platform)
			if err != nil {
				return err
			}
			if counted {
				if needed(due) > left {
					if err := w.addFollowers(ctx, due, now); err != nil {
						return err
					}
				}
				var out []schema.Postponed
				start, out = affordable(due, left)
				for i := range out {
					out[i].Until = resets
				}
				postponed = append(postponed, out...)
			}
		}
		for _, a := range start {
			task, err := NewCollectAccount(a.id, false)
			if err != nil {
				return err
			}
			if _, err := w.Client.enqueue(ctx, task); err != nil {
				return err
			}
		}
	}
	if w.Budget == nil {
		return nil
	}
	if len(postponed) > 0 {
		w.Log.Info("postponed: the budget does not cover them", "accounts", len(postponed))
	}
	return w.Budget.Postpone(ctx, postponed)
}

// A dueAccount is one that something is due of.
type dueAccount struct {
	id        schema.AccountID
	depth     time.Duration // how old the oldest posts are that are due
	late      time.Duration // since the first of them was due; very long: it was never read
	calls     int64         // that reading so deep takes, as far as we can tell
	followers float64       // as last read; 0 also where they are not known
}

// needed returns how many calls all of it takes.
func needed(due []dueAccount) (calls int64) {
	for _, a := range due {
		calls += a.calls
	}
	return calls
}

// addFollowers notes how many followers the accounts were last known to have.
func (w *Worker) addFollowers(ctx context.Context, due []dueAccount, now time.Time) error {
	var rows []struct {
		Account schema.AccountID `ch:"account_id"`
		Value   *float64         `ch:"followers"`
	}
	err := w.Collector.Conn.Select(ctx, &rows, `SELECT account_id, toFloat64(argMax(value, day)) AS followers FROM account_daily FINAL
		WHERE metric = 'followers' AND day >= {since:Date} GROUP BY account_id`,
		clickhouse.Named("since", now.AddDate(0, 0, -60).Format(time.DateOnly)))
	if err != nil {
		return fmt.Errorf("followers of due accounts: %w", err)
	}
	known := map[schema.AccountID]float64{}
	for _, r := range rows {
		if r.Value != nil {
			known[r.Account] = *r.Value
		}
	}
	for i := range due {
		due[i].followers = known[due[i].id]
	}
	return nil
}

// firstCalls is what the first pass over an account is taken to need: a year of
// three posts a day, 50 a page, two calls a page.
const firstCalls = 45

// lastCalls returns how many calls the newest complete pass took that went at
// least as deep as the plan does.
func lastCalls(h collector.History, plan collector.Plan, now time.Time) int64 {
	wanted := now.Sub(plan.Depth())
	var shortest time.Duration
	calls := int64(firstCalls)
	for _, r := range h {
		depth := r.PassStartedAt.Sub(r.Depth)
		// Passes of one rung differ by moments.
		if r.Complete && r.Calls > 0 && depth+time.Hour >= wanted && (shortest == 0 || depth+time.Hour < shortest) {
			shortest, calls = depth, int64(r.Calls)
		}
	}
	return calls
}

// affordable divides what is due into what the budget covers and the rest. The
// shallow passes come first, for they read young posts and cost least; of equal
// ones those with most followers, then those that are latest. Nothing is begun
// that what is left cannot finish.
func affordable(due []dueAccount, left int64) (start []dueAccount, postponed []schema.Postponed) {
	sorted := slices.Clone(due)
	slices.SortStableFunc(sorted, func(a, b dueAccount) int {
		return cmp.Or(cmp.Compare(a.depth.Round(time.Hour), b.depth.Round(time.Hour)), cmp.Compare(b.followers, a.followers), cmp.Compare(b.late, a.late), cmp.Compare(a.id, b.id))
	})
	for _, a := range sorted {
		if a.calls > left {
			postponed = append(postponed, schema.Postponed{Account: a.id, Needs: a.calls, Left: left, Unit: schema.BudgetUnits})
			continue
		}
		left -= a.calls
		start = append(start, a)
	}
	return start, postponed
}
