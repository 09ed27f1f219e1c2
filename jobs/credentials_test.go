package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// fakeRenewer renews nothing, and remembers what it was asked.
type fakeRenewer struct {
	asked []schema.AccountID
	err   error
}

func (r *fakeRenewer) Ahead(_ context.Context, c schema.Credential) (bool, error) {
	r.asked = append(r.asked, c.Account)
	if c.Account == "broken" {
		return false, r.err
	}
	return false, nil
}

type fakeWarner struct{}

func (fakeWarner) LapseWarning(language string, a schema.Account, lapses time.Time) (subject, text, html string, err error) {
	return fmt.Sprintf("warning %s %s", language, a.ID), "text of " + lapses.Format(time.DateOnly), "<p>html</p>", nil
}

// warningOffice has an account whose permission ends in 20 days.
func warningOffice(t *testing.T) (*office, *fakeRenewer, time.Time) {
	t.Helper()
	o := openOffice(t, []string{"reader"}, []string{""})
	keys, err := schema.ParseKeyring(schema.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	renewer := &fakeRenewer{err: errors.New("platform trouble")}
	o.Credentials = &Credentials{Vault: &schema.Vault{Store: o.Directory.Store, Keys: keys, Now: func() time.Time { return o.now }}, Tokens: renewer, Warner: fakeWarner{}}
	for _, p := range []schema.Person{
		{ID: "admin", Email: "admin@b.example", Role: schema.RoleAdministrator, Language: "ur", Status: schema.StatusActive},
		{ID: "analyst", Email: "analyst@b.example", Role: schema.RoleAnalyst, Language: "en", Status: schema.StatusActive},
		{ID: "former", Email: "former@b.example", Role: schema.RoleAnalyst, Status: schema.StatusDisabled},
	} {
		p.ChangedBy = "test"
		if err := o.Directory.SavePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	lapses := o.now.Add(20 * 24 * time.Hour)
	for id, end := range map[schema.AccountID]*time.Time{"tok": &lapses, "broken": nil, "shut": &lapses} {
		status := schema.StatusApproved
		if id == "shut" {
			status = schema.StatusClosed
		}
		if err := o.Directory.SaveAccount(t.Context(), schema.Account{ID: id, Platform: schema.TikTok, Status: status, Version: schema.Version{ChangedBy: "test"}}); err != nil {
			t.Fatal(err)
		}
		c := schema.Credential{Account: id, Platform: schema.TikTok, Flow: schema.FlowTikTok, Status: schema.CredentialActive, RefreshEnd: end, Version: schema.Version{ChangedBy: "test"}}
		if _, err := o.Credentials.Vault.SaveSecret(t.Context(), c, schema.Secret{Access: "ACCESS-hidden", Refresh: "REFRESH-hidden"}); err != nil {
			t.Fatal(err)
		}
	}
	return o, renewer, lapses
}

// keep runs the task at the moment and returns who got which mail.
func (o *office) keep(now time.Time) []string {
	o.t.Helper()
	o.setClock(now)
	before := len(o.smtp.caught())
	err := o.Mux().ProcessTask(o.t.Context(), task(o.t, NewKeepCredentials))
	if err != nil && !strings.Contains(err.Error(), "platform trouble") {
		o.t.Fatal(err)
	}
	var got []string
	for _, m := range o.smtp.caught()[before:] {
		if strings.Contains(m.data, "hidden") {
			o.t.Error("a mail holds a secret")
		}
		if !strings.Contains(m.data, "Subject: warning ") || strings.Contains(m.data, "application/pdf") {
			o.t.Errorf("mail: %s", m.data)
		}
		got = append(got, m.to...)
	}
	slices.Sort(got)
	return got
}

func TestWarningsAreSentOnceEach(t *testing.T) {
	o, renewer, lapses := warningOffice(t)
	both := []string{"admin@b.example", "analyst@b.example"}
	before := func(d time.Duration) time.Time { return lapses.Add(-d) }
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name string
		at   time.Time
		want []string
	}{
		{"20 days before", before(20 * day), nil},
		{"14 days and a minute before", before(14*day + time.Minute), nil},
		{"14 days before", before(14 * day), both},
		{"an hour later", before(14*day - time.Hour), nil},
		{"8 days before", before(8 * day), nil},
		{"6 days before: that of 7", before(6 * day), both},
		{"again", before(6*day - time.Minute), nil},
		{"a day before", before(day), both},
		{"an hour before", before(time.Hour), nil},
		{"when it is over", lapses, nil},
		{"later", lapses.Add(30 * day), nil},
	} {
		if got := o.keep(tt.at); !slices.Equal(got, tt.want) {
			t.Errorf("%s: mails to %q, want %q", tt.name, got, tt.want)
		}
	}
	if !slices.Contains(renewer.asked, "broken") || !slices.Contains(renewer.asked, "tok") {
		t.Errorf("renewed ahead of time: %q", renewer.asked)
	}
}

func TestAWarningThatWasNotTakenIsSentAgain(t *testing.T) {
	o, _, lapses := warningOffice(t)
	mailer := o.Mailer
	o.Mailer = nil
	if got := o.keep(lapses.Add(-time.Hour)); got != nil {
		t.Errorf("without a mail server: %q", got)
	}
	o.keep(lapses.Add(-59 * time.Minute))
	rows, err := o.Credentials.Vault.Warnings(t.Context(), "tok", lapses)
	if err != nil || len(rows) != 2 || rows[0].State != schema.DeliveryNoServer {
		t.Errorf("noted %+v, %v", rows, err)
	}
	o.Mailer = mailer
	if got := o.keep(lapses.Add(-58 * time.Minute)); len(got) != 2 {
		t.Errorf("once there is a mail server: %q", got)
	}
	if got := o.keep(lapses.Add(-57 * time.Minute)); got != nil {
		t.Errorf("again: %q", got)
	}
}

// The lock that renewals stand on holds across clients, and lets go.
func TestHoldIsExclusive(t *testing.T) {
	r := startRedis(t)
	name := schema.CredentialLock("a")
	var held, most, done int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 6 {
		client := NewClient(r)
		wg.Go(func() {
			release, err := schema.TakeLock(t.Context(), client.Hold, name)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			held++
			most, done = max(most, held), done+1
			mu.Unlock()
			mu.Lock()
			held--
			mu.Unlock()
			release()
		})
	}
	wg.Wait()
	if most != 1 || done != 6 {
		t.Errorf("%d held it at once, %d got it; want 1 and 6", most, done)
	}
	release, free, err := NewClient(r).Hold(t.Context(), name)
	if err != nil || !free {
		t.Fatalf("Hold after all let go: %v, %v", free, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := schema.TakeLock(ctx, NewClient(r).Hold, name); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("TakeLock of a held lock: %v", err)
	}
	release()
}
