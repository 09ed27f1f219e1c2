package schema_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

var someSecret = schema.Secret{Access: "ACCESS-7d1f-plain", Refresh: "REFRESH-99ab-plain", User: "USER-31c4-plain"}

// locks is a Lock within this process.
func locks() schema.Lock {
	var mu sync.Mutex
	held := map[string]bool{}
	return func(_ context.Context, name string) (func(), bool, error) {
		mu.Lock()
		defer mu.Unlock()
		if held[name] {
			return nil, false, nil
		}
		held[name] = true
		return func() { mu.Lock(); defer mu.Unlock(); delete(held, name) }, true, nil
	}
}

func vaultOn(t *testing.T, keys ...string) *schema.Vault {
	t.Helper()
	now := schematest.Time(t, "2026-05-01 09:00:00")
	return &schema.Vault{Store: schematest.Open(t), Keys: ring(t, keys...), Now: func() time.Time { return now }}
}

func connect(t *testing.T, v *schema.Vault, id schema.AccountID) schema.Credential {
	t.Helper()
	end := schematest.Time(t, "2026-11-01 09:00:00")
	c, err := v.SaveSecret(t.Context(), schema.Credential{
		Account: id, Platform: schema.TikTok, Flow: schema.FlowTikTok, PlatformID: "-000abc", Handle: "health", Scopes: []string{"user.info.basic", "video.list"},
		ExpiresAt: &end, RenewedAt: v.Now(), Status: schema.CredentialActive, By: "p1", At: v.Now(), Version: schema.Version{ChangedBy: "p1"},
	}, someSecret)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everything returns all that the table holds, older versions too, as text.
func everything(t *testing.T, v *schema.Vault) string {
	t.Helper()
	var rows []schema.Credential
	if err := v.Store.Conn.Select(t.Context(), &rows, "SELECT * FROM credentials"); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+v", rows)
}

func TestVaultKeepsSecretsEncrypted(t *testing.T) {
	v := vaultOn(t, schema.NewKey())
	saved := connect(t, v, "h1")
	got, err := v.Credential(t.Context(), "h1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(saved, got); d != "" {
		t.Errorf("stored and read again (-saved +read):\n%s", d)
	}
	if s, err := v.Secret(got); err != nil || s != someSecret {
		t.Errorf("Secret: %v, the same: %v", err, s == someSecret)
	}
	all := everything(t, v)
	for _, plain := range []string{someSecret.Access, someSecret.Refresh, someSecret.User} {
		if strings.Contains(all, plain) {
			t.Errorf("the table holds %q", plain)
		}
	}
	if _, err := v.Save(t.Context(), schema.Credential{Account: "h1", Version: schema.Version{ChangedBy: "x"}}); !errors.Is(err, schema.ErrConflict) {
		t.Errorf("saving over a newer version: %v, want ErrConflict", err)
	}
	if _, err := v.Credential(t.Context(), "h2"); !errors.Is(err, schema.ErrNotFound) {
		t.Errorf("Credential that is not there: %v, want ErrNotFound", err)
	}
	moved := got
	moved.Account = "h2"
	if _, err := v.Secret(moved); !errors.Is(err, schema.ErrSealBroken) {
		t.Errorf("a secret in another account's row: %v, want ErrSealBroken", err)
	}
	keyless := schema.Vault{Store: v.Store, Now: v.Now}
	if _, err := keyless.Secret(got); !errors.Is(err, schema.ErrNoKey) {
		t.Errorf("without a key: %v, want ErrNoKey", err)
	}
	if _, err := keyless.SaveSecret(t.Context(), got, someSecret); !errors.Is(err, schema.ErrNoKey) {
		t.Errorf("storing without a key: %v, want ErrNoKey", err)
	}
}

func TestSecretShowsItselfToNobody(t *testing.T) {
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", someSecret, "held", struct{ S schema.Secret }{someSecret})
	b, err := json.Marshal(map[string]any{"s": someSecret})
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(b) + fmt.Sprintf("%v %+v %#v %s %q", someSecret, someSecret, someSecret, someSecret, someSecret) +
		fmt.Sprintf("%+v %#v", struct{ S schema.Secret }{someSecret}, []schema.Secret{someSecret})
	if strings.Contains(shown, "plain") {
		t.Errorf("a secret is shown: %s", shown)
	}
}

func TestRotate(t *testing.T) {
	one, two := schema.NewKey(), schema.NewKey()
	v := vaultOn(t, one)
	for _, id := range []schema.AccountID{"a", "b", "c", "d"} {
		connect(t, v, id)
	}
	gone, err := v.Credential(t.Context(), "d")
	if err != nil {
		t.Fatal(err)
	}
	gone.Sealed, gone.KeyID, gone.Status = "", "", schema.CredentialDisconnected
	if _, err := v.Save(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	both := &schema.Vault{Store: v.Store, Keys: ring(t, two, one), Now: v.Now}

	// Cut off after the first: what was done stays done, the rest is whole.
	ctx, cancel := context.WithCancel(t.Context())
	inner, taken := locks(), 0
	_, err = both.Rotate(ctx, func(ctx context.Context, name string) (func(), bool, error) {
		if taken++; taken == 2 {
			cancel()
			return nil, false, ctx.Err()
		}
		return inner(ctx, name)
	}, "cli")
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("a rotation that is cut off: %v", err)
	}
	for _, id := range []schema.AccountID{"a", "b", "c"} {
		c, err := both.Credential(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := both.Secret(c); err != nil || s != someSecret {
			t.Errorf("%s after the cut: %v", id, err)
		}
	}

	r, err := both.Rotate(t.Context(), locks(), "cli")
	if err != nil || r.Done != 2 || r.Already != 1 || r.Empty != 1 || len(r.Failed) != 0 || r.Key != both.Keys.First() {
		t.Fatalf("Rotate = %+v, %v; want 2 done, 1 already, 1 empty", r, err)
	}
	if r, err := both.Rotate(t.Context(), locks(), "cli"); err != nil || r.Done != 0 || r.Already != 3 {
		t.Errorf("Rotate again = %+v, %v; want nothing done", r, err)
	}
	// The old key is needed no more, and nothing of it is left in the table.
	only := &schema.Vault{Store: v.Store, Keys: ring(t, two), Now: v.Now}
	for _, id := range []schema.AccountID{"a", "b", "c"} {
		c, err := only.Credential(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := only.Secret(c); err != nil || s != someSecret || c.Status != schema.CredentialActive {
			t.Errorf("%s with the new key alone: %v", id, err)
		}
	}
	if strings.Contains(everything(t, v), v.Keys.First()) {
		t.Error("a row that the old key opens is still in the table")
	}
	// Who comes with the old key alone is told so.
	if r, err := v.Rotate(t.Context(), locks(), "cli"); err != nil || r.Done != 0 || len(r.Failed) != 3 || !strings.Contains(strings.Join(r.Failed, " "), both.Keys.First()) {
		t.Errorf("Rotate without the key of the secrets = %+v, %v; want 3 failures that name it", r, err)
	}
}

func TestRotateWaitsForARenewal(t *testing.T) {
	one, two := schema.NewKey(), schema.NewKey()
	v := vaultOn(t, one)
	c := connect(t, v, "a")
	both := &schema.Vault{Store: v.Store, Keys: ring(t, two, one), Now: v.Now}
	lock := locks()
	release, _, _ := lock(t.Context(), schema.CredentialLock("a"))
	newer := someSecret
	newer.Refresh = "REFRESH-next-plain"
	asked := make(chan struct{})
	var once sync.Once
	done := make(chan error, 1)
	go func() {
		_, err := both.Rotate(t.Context(), func(ctx context.Context, name string) (func(), bool, error) {
			once.Do(func() { close(asked) })
			return lock(ctx, name)
		}, "cli")
		done <- err
	}()
	<-asked
	if _, err := v.SaveSecret(t.Context(), c, newer); err != nil {
		t.Fatal(err)
	}
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	got, err := both.Credential(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := both.Secret(got); err != nil || s != newer || got.KeyID != both.Keys.First() {
		t.Errorf("after a renewal and a rotation: key %s, newest secret %v, %v", got.KeyID, s == newer, err)
	}
}

func TestWarnings(t *testing.T) {
	v := vaultOn(t, schema.NewKey())
	lapses := schematest.Time(t, "2026-05-15 09:00:00")
	for _, w := range []schema.CredentialWarning{
		{Account: "a", LapsesAt: lapses, Days: 14, Recipient: "x@y.pk", State: schema.DeliveryRetry},
		{Account: "a", LapsesAt: lapses, Days: 7, Recipient: "x@y.pk", State: schema.DeliverySent},
		{Account: "a", LapsesAt: lapses.Add(time.Hour), Days: 14, Recipient: "x@y.pk", State: schema.DeliverySent},
		{Account: "b", LapsesAt: lapses, Days: 14, Recipient: "x@y.pk", State: schema.DeliverySent},
	} {
		if err := v.AddWarning(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	now := v.Now()
	v.Now = func() time.Time { return now.Add(time.Minute) }
	if err := v.AddWarning(t.Context(), schema.CredentialWarning{Account: "a", LapsesAt: lapses, Days: 14, Recipient: "x@y.pk", State: schema.DeliverySent}); err != nil {
		t.Fatal(err)
	}
	rows, err := v.Warnings(t.Context(), "a", lapses)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r.Days, r.State))
	}
	if want := []string{fmt.Sprint(7, schema.DeliverySent), fmt.Sprint(14, schema.DeliverySent)}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Warnings = %v, %v; want %v", got, err, want)
	}
}
