package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/redis/go-redis/v9"
)

// An Allowance is a quota of which a platform's headers tell nothing, so that
// we count it ourselves.
type Allowance struct {
	Unit   string // schema.BudgetUnits or schema.BudgetRequests
	Limit  int64  // of one credential, and of one path where paths are told apart
	Window Window
}

// A Budget is the collector's budget in Redis, one for all workers.
type Budget struct {
	Redis redis.UniversalClient
	Clock schema.Clock
	Log   *slog.Logger

	Allowances map[schema.Platform]Allowance
	// MonthlyCost is the most that a platform's answers may cost in a month of
	// UTC, in millionths of a US dollar. A platform without one is not held back.
	MonthlyCost map[schema.Platform]int64
}

// DefaultAllowances are those of the platforms whose headers tell nothing.
// YouTube's may be raised by an audit.
func DefaultAllowances() map[schema.Platform]Allowance {
	return map[schema.Platform]Allowance{
		schema.YouTube: {schema.BudgetUnits, 10_000, PacificDay},
		schema.TikTok:  {schema.BudgetRequests, 600, SlidingMinute},
	}
}

// spendScript takes the units if all quotas allow it. It returns 0, or how many
// seconds to wait; -1 is to the end of the window, -2 to that of the month.
//
// KEYS: counter of this window, of the one before, what headers told, cost of
// the month. ARGV: units, limit (0: none), share of the window before that
// still counts, now, the counter's life in ms, most cost (0: any).
var spendScript = redis.NewScript(`
local told = redis.call('HMGET', KEYS[3], 'remaining', 'percent', 'resets')
local resets, now = tonumber(told[3] or 0), tonumber(ARGV[4])
if resets > now and ((told[1] and tonumber(told[1]) < 1) or (told[2] and tonumber(told[2]) >= 100)) then
	return math.max(1, resets - now)
end
local most = tonumber(ARGV[6])
if most > 0 and tonumber(redis.call('GET', KEYS[4]) or 0) >= most then return -2 end
local units, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local before = math.ceil(tonumber(redis.call('GET', KEYS[2]) or 0) * tonumber(ARGV[3]))
if limit > 0 and tonumber(redis.call('GET', KEYS[1]) or 0) + before + units > limit then return -1 end
redis.call('INCRBY', KEYS[1], units)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if told[1] and resets > now then redis.call('HINCRBY', KEYS[3], 'remaining', -units) end
return 0`)

// Spend implements collector.Budget.
func (b *Budget) Spend(ctx context.Context, c collector.Charge) error {
	now := b.Clock.Now()
	k := b.keys(c, now)
	allowed := b.allowance(c.Platform)
	before := 0.0
	if allowed.Window == SlidingMinute {
		before = 1 - now.Sub(k.begins).Seconds()/k.ends.Sub(k.begins).Seconds()
	}
	wait, err := spendScript.Run(ctx, b.Redis, []string{k.counter, k.before, k.told, k.cost},
		c.Units, allowed.Limit, before, now.Unix(), b.life(2*k.ends.Sub(k.begins)).Milliseconds(), b.MonthlyCost[c.Platform]).Int64()
	if err != nil {
		return fmt.Errorf("budget of %s: %w", c.Platform, err)
	}
	switch {
	case wait == 0:
		// Which budgets there are, for those who look at them.
		return b.Redis.HSet(ctx, budgetIndex, k.field, now.Unix()).Err()
	case wait == -1:
		return &collector.RateLimitError{RetryAfter: k.ends.Sub(now) + time.Second}
	case wait == -2:
		return &collector.RateLimitError{RetryAfter: nextMonth(now).Sub(now)}
	}
	return &collector.RateLimitError{RetryAfter: time.Duration(wait) * time.Second}
}

// Told implements collector.Budget.
func (b *Budget) Told(ctx context.Context, c collector.Charge, q collector.Quota) {
	now := b.Clock.Now()
	k := b.keys(c, now)
	_, err := b.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		if q.Cost > 0 {
			p.IncrBy(ctx, k.cost, q.Cost)
			p.PExpire(ctx, k.cost, b.life(62*24*time.Hour))
		}
		if q.Remaining == nil && q.Percent == nil {
			return nil
		}
		resets := now.Add(q.ResetsIn)
		fields := []any{"at", now.Unix()}
		if q.Limit != nil {
			fields = append(fields, "limit", *q.Limit)
		}
		if q.Remaining != nil {
			fields = append(fields, "remaining", *q.Remaining)
		}
		if q.Percent != nil {
			fields = append(fields, "percent", *q.Percent)
			if *q.Percent >= 100 && q.ResetsIn == 0 {
				resets = now.Add(fullWait)
			}
		}
		fields = append(fields, "resets", resets.Unix())
		p.HSet(ctx, k.told, fields...)
		p.PExpire(ctx, k.told, b.life(max(resets.Sub(now), time.Hour)))
		return nil
	})
	if err != nil && ctx.Err() == nil {
		b.log().Warn("budget not noted", "platform", c.Platform, "err", err)
	}
}

// fullWait is how long a quota is taken for used up where the platform told its
// state and not how long that lasts.
const fullWait = time.Hour

// Budgets returns the state of every budget that was spent from in the last
// month, by platform.
func (b *Budget) Budgets(ctx context.Context) ([]schema.BudgetState, error) {
	index, err := b.Redis.HGetAll(ctx, budgetIndex).Result()
	if err != nil {
		return nil, fmt.Errorf("budgets: %w", err)
	}
	now := b.Clock.Now()
	var states []schema.BudgetState
	for field, seen := range index {
		at, err := strconv.ParseInt(seen, 10, 64)
		parts := strings.SplitN(field, "|", 3)
		if err != nil || len(parts) != 3 || now.Sub(time.Unix(at, 0)) > 31*24*time.Hour {
			b.Redis.HDel(ctx, budgetIndex, field)
			continue
		}
		s, err := b.state(ctx, collector.Charge{Platform: schema.Platform(parts[0]), Credential: parts[1], Path: parts[2]}, now)
		if err != nil {
			return nil, err
		}
		states = append(states, s)
	}
	slices.SortFunc(states, func(x, y schema.BudgetState) int {
		return strings.Compare(string(x.Platform)+"|"+x.Credential+"|"+x.Path, string(y.Platform)+"|"+y.Credential+"|"+y.Path)
	})
	return states, nil
}

func (b *Budget) state(ctx context.Context, c collector.Charge, now time.Time) (schema.BudgetState, error) {
	k := b.keys(c, now)
	s := schema.BudgetState{Platform: c.Platform, Credential: c.Credential, Path: c.Path, Unit: schema.BudgetRequests}
	told, err := b.Redis.HGetAll(ctx, k.told).Result()
	if err != nil {
		return s, fmt.Errorf("budgets: %w", err)
	}
	read := func(key string) (int64, error) {
		n, err := b.Redis.Get(ctx, key).Int64()
		if err != nil && err != redis.Nil {
			return 0, fmt.Errorf("budgets: %w", err)
		}
		return n, nil
	}
	if s.Cost, err = read(k.cost); err != nil {
		return s, err
	}
	if s.Spent, err = read(k.counter); err != nil {
		return s, err
	}
	if a := b.allowance(c.Platform); a.Limit > 0 {
		s.Unit, s.Limit, s.Resets = a.Unit, &a.Limit, &k.ends
	}
	number := func(name string) (int64, bool) {
		n, err := strconv.ParseInt(told[name], 10, 64)
		return n, err == nil
	}
	if at, ok := number("at"); ok {
		moment := time.Unix(at, 0).UTC()
		s.ToldAt = &moment
		resets, _ := number("resets")
		end := time.Unix(resets, 0).UTC()
		over := !end.After(now)
		if limit, ok := number("limit"); ok {
			remaining, _ := number("remaining")
			s.Limit, s.Spent = &limit, limit-max(remaining, 0)
			if over {
				s.Spent = 0
			}
		} else if percent, ok := number("percent"); ok {
			whole := int64(100)
			s.Unit, s.Spent, s.Limit = schema.BudgetPercent, percent, &whole
		}
		if !over {
			s.Resets = &end
		}
	}
	return s, nil
}

// Left returns what the platform's counted budget still holds, in the
// allowance's unit, and when it is full again. False: nothing is counted over
// so long that planning ahead would make sense.
func (b *Budget) Left(ctx context.Context, platform schema.Platform) (left int64, resets time.Time, known bool, err error) {
	a := b.allowance(platform)
	if a.Limit == 0 || a.Window != PacificDay {
		return 0, time.Time{}, false, nil
	}
	k := b.keys(collector.Charge{Platform: platform, Credential: collector.ProjectCredential}, b.Clock.Now())
	spent, err := b.Redis.Get(ctx, k.counter).Int64()
	if err != nil && err != redis.Nil {
		return 0, time.Time{}, false, fmt.Errorf("budget of %s: %w", platform, err)
	}
	return max(0, a.Limit-spent), k.ends, true, nil
}

// Postpone notes which accounts the last plan left out.
func (b *Budget) Postpone(ctx context.Context, list []schema.Postponed) error {
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return b.Redis.Set(ctx, budgetPostponed, text, b.life(time.Hour)).Err()
}

// Postponed returns which accounts the last plan left out.
func (b *Budget) Postponed(ctx context.Context) ([]schema.Postponed, error) {
	text, err := b.Redis.Get(ctx, budgetPostponed).Bytes()
	if err == redis.Nil {
		return nil, nil
	}
	var list []schema.Postponed
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("postponed accounts: %w", err)
	}
	return list, nil
}

const (
	budgetIndex     = "hamawaz:budget:index"
	budgetPostponed = "hamawaz:budget:postponed"
)

// budgetKeys are where one budget is kept in one moment.
type budgetKeys struct {
	counter, before, told, cost string
	field                       string // of the index
	begins, ends                time.Time
}

func (b *Budget) keys(c collector.Charge, now time.Time) budgetKeys {
	w := b.allowance(c.Platform).Window
	begins, ends := w.Around(now)
	field := string(c.Platform) + "|" + c.Credential + "|" + c.Path
	// The braces keep the keys of one script on one node of a cluster.
	root := "hamawaz:budget:{" + string(c.Platform) + "}:"
	count := func(t time.Time) string { return root + field + ":" + strconv.FormatInt(t.Unix(), 10) }
	earlier, _ := w.Around(begins.Add(-time.Second))
	return budgetKeys{
		counter: count(begins), before: count(earlier), told: root + field + ":told",
		cost: root + "cost:" + now.UTC().Format("2006-01"), field: field, begins: begins, ends: ends,
	}
}

// allowance returns the platform's; of one that tells its quotas itself, calls
// are counted by the day and nothing is held back.
func (b *Budget) allowance(p schema.Platform) Allowance {
	if a, ok := b.Allowances[p]; ok {
		return a
	}
	return Allowance{Unit: schema.BudgetRequests, Window: UTCDay}
}

// life returns how long, in real time, a key of that much of the clock's time
// is kept.
func (b *Budget) life(d time.Duration) time.Duration {
	real := float64(b.Clock.RealDuration(d))
	return time.Duration(min(real, math.MaxInt64/2)) + time.Minute
}

func (b *Budget) log() *slog.Logger {
	if b.Log != nil {
		return b.Log
	}
	return slog.Default()
}
