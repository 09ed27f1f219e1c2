package x

import (
	"context"
	"net/url"
	"sync"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
)

// bills adds up what answers cost, by path.
type bills struct {
	mu    sync.Mutex
	costs map[string]int64
	calls map[string]int
}

func (b *bills) Spend(_ context.Context, c collector.Charge) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[c.Path]++
	return nil
}

func (b *bills) Told(_ context.Context, c collector.Charge, q collector.Quota) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.costs[c.Path] += q.Cost
}

func TestBill(t *testing.T) {
	b := &bills{costs: map[string]int64{}, calls: map[string]int{}}
	c := connect(t, newPlatform(12))
	c.PageSize, c.Budget, c.Prices = 5, b, ListPrices
	m, _, err := collect(t, c, collector.Job{Account: publicAccount})
	if err != nil {
		t.Fatal(err)
	}
	posts := int64(len(m.all().Posts))
	if posts != 12 || b.costs["2/users/:id/tweets"] != 12*5000 || b.costs["2/users/by/username/:username"] != 10000 {
		t.Errorf("%d posts and a profile cost %v", posts, b.costs)
	}
	if charged := b.calls["2/users/:id/tweets"] + b.calls["2/users/by/username/:username"]; charged != m.all().Calls || len(b.calls) != 2 {
		t.Errorf("charged %v, want the %d calls that were sent", b.calls, m.all().Calls)
	}
}

func TestCountedPath(t *testing.T) {
	for path, want := range map[string]string{
		"/2/users/2244994945/tweets":    "2/users/:id/tweets",
		"/2/users/by/username/12345678": "2/users/by/username/:username",
		"/2/tweets":                     "2/tweets",
	} {
		if got := countedPath(&url.URL{Path: path}); got != want {
			t.Errorf("countedPath(%q) = %q, want %q", path, got, want)
		}
	}
}
