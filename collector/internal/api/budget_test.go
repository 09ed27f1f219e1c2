package api

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// ledger is a budget of so many requests.
type ledger struct {
	left    int
	charges []collector.Charge
	told    []collector.Quota
}

func (l *ledger) Spend(_ context.Context, c collector.Charge) error {
	if l.left == 0 {
		return &collector.RateLimitError{RetryAfter: time.Hour}
	}
	l.left--
	l.charges = append(l.charges, c)
	return nil
}

func (l *ledger) Told(_ context.Context, _ collector.Charge, q collector.Quota) {
	l.told = append(l.told, q)
}

func TestBudget(t *testing.T) {
	served := 0
	c, u := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		served++
		w.Header().Set("X-App-Usage", `{"call_count":28}`)
		w.Write([]byte(`{}`))
	})
	l := &ledger{left: 1}
	c.Budget, c.Platform = l, schema.Facebook
	if _, err := c.Get(t.Context(), u, token); err != nil {
		t.Fatal(err)
	}
	_, err := c.Get(t.Context(), u, token)
	if limit, ok := errors.AsType[*collector.RateLimitError](err); !ok || limit.RetryAfter != time.Hour || served != 1 {
		t.Errorf("a request that the budget refuses: %v, %d were sent, want 1", err, served)
	}
	percent := 28
	if d := cmp.Diff([]collector.Quota{{Percent: &percent}}, l.told); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
	want := []collector.Charge{{Platform: schema.Facebook, Credential: collector.Credential(token), Units: 1}}
	if d := cmp.Diff(want, l.charges); d != "" {
		t.Errorf("charged (-want +got):\n%s", d)
	}
	if len(want[0].Credential) != 12 || collector.Credential(token+"x") == want[0].Credential {
		t.Errorf("credential %q tells no secrets apart", want[0].Credential)
	}
}
