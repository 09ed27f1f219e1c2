package dashboard

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

type fakeBudgets struct {
	states    []schema.BudgetState
	postponed []schema.Postponed
	err       error
}

func (f *fakeBudgets) Budgets(context.Context) ([]schema.BudgetState, error) { return f.states, f.err }
func (f *fakeBudgets) Postponed(context.Context) ([]schema.Postponed, error) {
	return f.postponed, f.err
}

// sampleBudgets stands at noon of 28 May in Pakistan, midnight in California:
// YouTube's day has 24 hours to go.
func sampleBudgets() *fakeBudgets {
	units, window, whole := int64(10_000), int64(900), int64(100)
	resets, soon, told := noon.Add(24*time.Hour), noon.Add(7*time.Minute), noon.Add(-time.Minute)
	return &fakeBudgets{states: []schema.BudgetState{
		{Platform: schema.Instagram, Credential: "0a1b2c3d4e5f", Unit: schema.BudgetPercent, Spent: 81, Limit: &whole, ToldAt: &told},
		{Platform: schema.X, Credential: "a1b2c3d4e5f6", Path: "2/users/:id/tweets", Unit: schema.BudgetRequests, Spent: 450, Limit: &window, Resets: &soon, ToldAt: &told, Cost: 12_340_000},
		{Platform: schema.YouTube, Credential: "project", Unit: schema.BudgetUnits, Spent: 2_500, Limit: &units, Resets: &resets},
	}, postponed: []schema.Postponed{{Account: "acc-3", Needs: 45, Left: 12, Unit: schema.BudgetUnits, Until: resets}}}
}

func TestBudgetsOnTheCollectionPage(t *testing.T) {
	budgets := sampleBudgets()
	st := newSite(t, func(st *site) { st.Budgets = budgets })
	var calls uint64
	for i := range st.stats.collection.Accounts {
		a := &st.stats.collection.Accounts[i]
		a.Platform = schema.YouTube
		a.Calls24h = uint64(100 * i)
		calls += a.Calls24h
	}
	if calls != 4500 {
		t.Fatalf("the sample has %d calls", calls)
	}
	b := st.as(t, schema.RoleAnalyst)
	got := text(b.get("/collection").body)
	for _, want := range []string{
		"1 account is postponed", "Information Balochistan: its next pass needs 45 calls, 12 are left; goes on 29 May 12:00",
		"81 of 100 percent", "told by the platform", "token a1b2c3d4e5f6", "450 of 900 calls", "2/users/:id/tweets", "12.34 US dollars this month",
		"our project: all keys and tokens together", "2,500 of 10,000 units", "counted by us", "7,000 at the end", // 2,500 + 4,500 × 24 h / 24 h
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	urdu := text(b.get("/collection", "Accept-Language", "ur").body)
	for _, want := range []string{"پلیٹ فارموں کے کوٹے", "10,000 میں سے 2,500 اکائیاں", "1 اکاؤنٹ ملتوی ہے"} {
		if !strings.Contains(urdu, want) {
			t.Errorf("no %q in\n%s", want, urdu)
		}
	}
	budgets.states, budgets.postponed = nil, nil
	if got := text(b.get("/collection").body); !strings.Contains(got, "Nothing has been asked of a platform yet") || !strings.Contains(got, "Nothing is postponed") {
		t.Error("without budgets the page does not say so")
	}
	budgets.err = errors.New("down")
	if a := b.get("/collection"); a.StatusCode != 503 {
		t.Errorf("budgets cannot be read: status %d, want 503", a.StatusCode)
	}
	if a := st.as(t, schema.RoleReader).get("/collection"); a.StatusCode != 403 {
		t.Errorf("a reader: status %d, want 403", a.StatusCode)
	}
}
