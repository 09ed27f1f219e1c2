package jobs

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

func TestAffordable(t *testing.T) {
	const day = 24 * time.Hour
	due := []dueAccount{
		{id: "deep", depth: 730 * day, calls: 40, followers: 9e9},
		{id: "small", depth: day, calls: 3, followers: 10},
		{id: "large", depth: day + time.Second, calls: 3, followers: 1000},
		{id: "never", depth: 730 * day, calls: 45, late: 1e6 * time.Hour},
		{id: "week", depth: 7 * day, calls: 8, followers: 5000},
	}
	for _, tt := range []struct {
		left      int64
		want      string
		postponed string
	}{
		{1000, "large small week deep never", ""},
		{60, "large small week deep", "never"},
		{12, "large small", "week deep never"}, // what the week needs is not begun
		{6, "large small", "week deep never"},
		{3, "large", "small week deep never"},
		{0, "", "large small week deep never"},
	} {
		start, postponed := affordable(due, tt.left)
		var names, out []string
		for _, a := range start {
			names = append(names, string(a.id))
		}
		for _, p := range postponed {
			out = append(out, string(p.Account))
		}
		if d := cmp.Diff([]string{tt.want, tt.postponed}, []string{strings.Join(names, " "), strings.Join(out, " ")}); d != "" {
			t.Errorf("with %d left (-want +got):\n%s", tt.left, d)
		}
	}
}

// TestPlanPostpones has a budget of one call, and two accounts that need more.
func TestPlanPostpones(t *testing.T) {
	r := startRedis(t)
	clock := at(t, "2024-07-10T20:00:00Z")
	w := workerOn(t, r, clock, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) { return "", nil })
	w.Collector.Connectors[schema.YouTube] = w.Collector.Connectors[schema.Instagram]
	if err := w.Directory.SaveAccount(t.Context(), schema.Account{ID: "yt", Department: "d", Platform: schema.YouTube, Handle: "yt", Name: "yt",
		Status: schema.StatusApproved, Version: schema.Version{ChangedBy: "test"}}); err != nil {
		t.Fatal(err)
	}
	w.Budget = &Budget{Redis: r, Clock: clock, Allowances: map[schema.Platform]Allowance{schema.YouTube: {schema.BudgetUnits, 44, PacificDay}}}
	plan := func() []string {
		t.Helper()
		if err := w.Mux().ProcessTask(t.Context(), task(t, NewPlan)); err != nil {
			t.Fatal(err)
		}
		return pending(t, r, QueueCollect)
	}
	if got := plan(); !slices.Equal(got, []string{`account:collect {"account":"a"}`}) {
		t.Errorf("enqueued: %q, want only the account whose platform has budget", got)
	}
	list, err := w.Budget.Postponed(t.Context())
	want := []schema.Postponed{{Account: "yt", Needs: firstCalls, Left: 44, Unit: schema.BudgetUnits, Until: time.Date(2024, 7, 11, 7, 0, 0, 0, time.UTC)}}
	if err != nil || !cmp.Equal(want, list) {
		t.Errorf("postponed (-want +got): %v\n%s", err, cmp.Diff(want, list))
	}
	w.Budget.Allowances[schema.YouTube] = Allowance{schema.BudgetUnits, 45, PacificDay}
	if got := plan(); len(got) != 2 {
		t.Errorf("enqueued with budget enough: %q", got)
	}
	if list, err := w.Budget.Postponed(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("still postponed: %v, %v", list, err)
	}
}
