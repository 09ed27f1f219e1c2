package jobs

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/redis/go-redis/v9"
)

// at returns a clock that shows the moment now.
func at(t *testing.T, moment string) schema.Clock {
	t.Helper()
	m, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		t.Fatal(err)
	}
	return schema.NewClock(m, 1)
}

// onEachQueue runs the test on a real Redis and on the embedded queue.
func onEachQueue(t *testing.T, test func(t *testing.T, r redis.UniversalClient)) {
	t.Run("redis", func(t *testing.T) { test(t, startRedis(t)) })
	t.Run("embedded", func(t *testing.T) {
		dir := t.TempDir()
		q, err := StartEmbeddedQueue(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { q.Close() })
		r := DialEmbeddedQueue(filepath.Clean(dir))
		t.Cleanup(func() { r.Close() })
		test(t, r)
	})
}

// spend charges the budget and returns how long it says to wait; 0: it was
// taken.
func spend(t *testing.T, b *Budget, c collector.Charge) time.Duration {
	t.Helper()
	err := b.Spend(t.Context(), c)
	var limit *collector.RateLimitError
	if errors.As(err, &limit) {
		return limit.RetryAfter.Round(time.Minute)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func TestBudgetOfADay(t *testing.T) {
	onEachQueue(t, func(t *testing.T, r redis.UniversalClient) {
		allow := map[schema.Platform]Allowance{schema.YouTube: {schema.BudgetUnits, 3, PacificDay}}
		charge := collector.Charge{Platform: schema.YouTube, Credential: collector.ProjectCredential, Units: 1}
		// 20:00 UTC in summer is 13:00 in California: eleven hours are left.
		b := &Budget{Redis: r, Clock: at(t, "2024-07-10T20:00:00Z"), Allowances: allow}
		for n, want := range []time.Duration{0, 0, 0, 11 * time.Hour, 11 * time.Hour} {
			if got := spend(t, b, charge); got != want {
				t.Errorf("request %d waits %s, want %s", n, got, want)
			}
		}
		left, resets, counted, err := b.Left(t.Context(), schema.YouTube)
		if err != nil || !counted || left != 0 || !resets.Equal(time.Date(2024, 7, 11, 7, 0, 0, 0, time.UTC)) {
			t.Errorf("Left = %d, %s, %v, %v", left, resets, counted, err)
		}
		three := int64(3)
		want := []schema.BudgetState{{Platform: schema.YouTube, Credential: "project", Unit: "units", Spent: 3, Limit: &three, Resets: &resets}}
		if got, err := b.Budgets(t.Context()); err != nil || !cmp.Equal(want, got) {
			t.Errorf("Budgets (-want +got): %v\n%s", err, cmp.Diff(want, got))
		}
		// The next day, and it goes on.
		b.Clock = at(t, "2024-07-11T07:00:01Z")
		if got := spend(t, b, charge); got != 0 {
			t.Errorf("the first request of the new day waits %s", got)
		}
		if left, _, _, _ := b.Left(t.Context(), schema.YouTube); left != 2 {
			t.Errorf("left on the new day: %d, want 2", left)
		}
	})
}

func TestBudgetOfAMinute(t *testing.T) {
	r := startRedis(t)
	allow := map[schema.Platform]Allowance{schema.TikTok: {schema.BudgetRequests, 10, SlidingMinute}}
	charge := func(path string) collector.Charge {
		return collector.Charge{Platform: schema.TikTok, Credential: "app", Path: path, Units: 1}
	}
	b := &Budget{Redis: r, Clock: at(t, "2024-07-10T20:00:30Z"), Allowances: allow}
	taken := func(path string) (n int) {
		for spend(t, b, charge(path)) == 0 {
			n++
		}
		return n
	}
	if got := taken("/v2/video/list/"); got != 10 {
		t.Errorf("%d requests in the first minute, want 10", got)
	}
	if got := taken("/v2/user/info/"); got != 10 {
		t.Errorf("%d requests on another path, want 10", got)
	}
	// A quarter of the next minute is over: three quarters of the ten, rounded
	// up, still count.
	b.Clock = at(t, "2024-07-10T20:01:15Z")
	if got := taken("/v2/video/list/"); got != 2 {
		t.Errorf("%d requests a quarter into the next minute, want 2", got)
	}
	b.Clock = at(t, "2024-07-10T20:03:00Z")
	if got := taken("/v2/video/list/"); got != 10 {
		t.Errorf("%d requests after a quiet minute, want 10", got)
	}
}

func TestBudgetByHeaders(t *testing.T) {
	onEachQueue(t, func(t *testing.T, r redis.UniversalClient) {
		b := &Budget{Redis: r, Clock: at(t, "2024-07-10T20:00:00Z")}
		charge := collector.Charge{Platform: schema.X, Credential: "aa", Path: "2/users/:id/tweets", Units: 1}
		limit, remaining := int64(900), int64(2)
		b.Told(t.Context(), charge, collector.Quota{Limit: &limit, Remaining: &remaining, ResetsIn: 10 * time.Minute})
		for n, want := range []time.Duration{0, 0, 10 * time.Minute} {
			if got := spend(t, b, charge); got != want {
				t.Errorf("request %d waits %s, want %s", n, got, want)
			}
		}
		other := charge
		other.Path = "2/users/:id"
		if got := spend(t, b, other); got != 0 {
			t.Errorf("another path waits %s", got)
		}
		states, err := b.Budgets(t.Context())
		if err != nil || len(states) != 2 || states[1].Path != charge.Path || states[1].Spent != 900 || *states[1].Limit != 900 || states[1].ToldAt == nil {
			t.Errorf("Budgets = %+v, %v", states, err)
		}
		b.Clock = at(t, "2024-07-10T20:10:01Z")
		if got := spend(t, b, charge); got != 0 {
			t.Errorf("after the window it waits %s", got)
		}

		// Meta tells percents, and how long a full quota lasts, or not even that.
		page := collector.Charge{Platform: schema.Facebook, Credential: "bb", Units: 1}
		for _, tt := range []struct {
			percent int
			regain  time.Duration
			want    time.Duration
		}{{99, 0, 0}, {100, 15 * time.Minute, 15 * time.Minute}, {100, 0, time.Hour}} {
			b.Told(t.Context(), page, collector.Quota{Percent: &tt.percent, ResetsIn: tt.regain})
			if got := spend(t, b, page); got != tt.want {
				t.Errorf("at %d%% with %s to regain it waits %s, want %s", tt.percent, tt.regain, got, tt.want)
			}
		}
	})
}

func TestBudgetOfMoney(t *testing.T) {
	r := startRedis(t)
	b := &Budget{Redis: r, Clock: at(t, "2024-07-30T00:00:00Z"), MonthlyCost: map[schema.Platform]int64{schema.X: 1_000_000}}
	charge := collector.Charge{Platform: schema.X, Credential: "aa", Units: 1}
	b.Told(t.Context(), charge, collector.Quota{Cost: 600_000})
	if got := spend(t, b, charge); got != 0 {
		t.Errorf("with 60 cents of a dollar spent it waits %s", got)
	}
	b.Told(t.Context(), charge, collector.Quota{Cost: 400_000})
	if got := spend(t, b, charge); got != 48*time.Hour {
		t.Errorf("with the dollar spent it waits %s, want 48h, to the month's end", got)
	}
	b.Clock = at(t, "2024-08-01T00:00:01Z")
	if got := spend(t, b, charge); got != 0 {
		t.Errorf("in the new month it waits %s", got)
	}
}

func TestWindows(t *testing.T) {
	for _, tt := range []struct {
		name         string
		w            Window
		at           string
		begins, ends string
	}{
		{"winter", PacificDay, "2024-01-10T07:59:59Z", "2024-01-09T08:00:00Z", "2024-01-10T08:00:00Z"},
		{"the day that lacks an hour", PacificDay, "2024-03-10T12:00:00Z", "2024-03-10T08:00:00Z", "2024-03-11T07:00:00Z"},
		{"the day with 25 hours", PacificDay, "2024-11-03T12:00:00Z", "2024-11-03T07:00:00Z", "2024-11-04T08:00:00Z"},
		{"minute", SlidingMinute, "2024-01-10T07:59:59Z", "2024-01-10T07:59:00Z", "2024-01-10T08:00:00Z"},
		{"day of UTC", UTCDay, "2024-12-31T23:59:59Z", "2024-12-31T00:00:00Z", "2025-01-01T00:00:00Z"},
	} {
		begins, ends := tt.w.Around(at(t, tt.at).Start)
		if got := begins.Format(time.RFC3339) + " " + ends.Format(time.RFC3339); got != tt.begins+" "+tt.ends {
			t.Errorf("%s: %s, want %s %s", tt.name, got, tt.begins, tt.ends)
		}
	}
}
