package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// TypeKeepCredentials is the task that renews owners' permissions ahead of time
// and warns of those that a person must renew.
const TypeKeepCredentials = "credential:keep"

// NewKeepCredentials returns the task. One at a time.
func NewKeepCredentials() (*asynq.Task, error) {
	return newTask(TypeKeepCredentials, struct{}{},
		asynq.Queue(QueueSchedule),
		asynq.Timeout(10*time.Minute),
		asynq.MaxRetry(0),
		asynq.Unique(10*time.Minute))
}

// Credentials are the permissions that the worker keeps alive.
type Credentials struct {
	Vault  *schema.Vault
	Tokens Renewer
	Warner Warner
}

// A Renewer renews a credential if it is time to, and reports whether it was;
// *oauth.Tokens is one.
type Renewer interface {
	Ahead(ctx context.Context, c schema.Credential) (bool, error)
}

// A Warner writes the mail that a permission is about to end, in a language;
// *dashboard.Reporter is one.
type Warner interface {
	LapseWarning(language string, a schema.Account, lapses time.Time) (subject, text, html string, err error)
}

// warnDays are the days before a permission ends on which a mail goes out, the
// nearest first. Each is sent once; where several are due, only the nearest.
var warnDays = []int{1, 7, 14}

// dueWarning returns which of warnDays is due, or 0.
func dueWarning(lapses, now time.Time) int {
	left := lapses.Sub(now)
	if left <= 0 {
		return 0 // it is over: the pages say so
	}
	for _, days := range warnDays {
		if left <= time.Duration(days)*24*time.Hour {
			return days
		}
	}
	return 0
}

// keepCredentials handles credential:keep. What goes wrong with one credential
// keeps none of the others waiting.
func (w *Worker) keepCredentials(ctx context.Context, _ *asynq.Task) error {
	if w.Credentials == nil {
		return nil
	}
	all, err := w.Credentials.Vault.Credentials(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	var troubles []error
	for _, c := range all {
		renewed, err := w.Credentials.Tokens.Ahead(ctx, c)
		if err != nil {
			troubles = append(troubles, err)
		}
		if renewed || err == nil {
			if c, err = w.Credentials.Vault.Credential(ctx, c.Account); err != nil {
				troubles = append(troubles, err)
				continue
			}
		}
		if err := w.warn(ctx, c); err != nil {
			troubles = append(troubles, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(troubles...)
}

// warn mails the administrators and the analysts if the credential is about to
// lapse.
func (w *Worker) warn(ctx context.Context, c schema.Credential) error {
	lapses := c.LapsesAt()
	if lapses == nil {
		return nil
	}
	days := dueWarning(*lapses, w.Clock.Now())
	if days == 0 {
		return nil
	}
	a, err := w.Directory.Account(ctx, c.Account)
	if err != nil {
		return err
	}
	if a.Status != schema.StatusApproved {
		return nil
	}
	people, err := w.Directory.People(ctx)
	if err != nil {
		return err
	}
	sent, err := w.Credentials.Vault.Warnings(ctx, c.Account, *lapses)
	if err != nil {
		return err
	}
	var troubles []error
	for _, p := range people {
		if p.Status != schema.StatusActive || p.Role != schema.RoleAdministrator && p.Role != schema.RoleAnalyst || warned(sent, days, p.Email, w.Mailer != nil) {
			continue
		}
		if err := w.warnPerson(ctx, a, *lapses, days, p); err != nil {
			troubles = append(troubles, err)
		}
	}
	return errors.Join(troubles...)
}

// warned reports whether the recipient has the mail, or is as good as having
// it. A mail that the server took no notice of is sent again; without a mail
// server it is noted once that there was none.
func warned(sent []schema.CredentialWarning, days int, recipient string, server bool) bool {
	for _, s := range sent {
		if int(s.Days) == days && s.Recipient == recipient {
			return s.State != schema.DeliveryRetry && (s.State != schema.DeliveryNoServer || !server)
		}
	}
	return false
}

// warnPerson mails one person. It writes down what it is about to do before it
// does it, so that nobody gets a mail twice.
func (w *Worker) warnPerson(ctx context.Context, a schema.Account, lapses time.Time, days int, p schema.Person) error {
	row := schema.CredentialWarning{Account: a.ID, LapsesAt: lapses, Days: uint16(days), Recipient: p.Email, Person: p.ID}
	note := func(state string, code int, cause error) error {
		row.State, row.Code, row.Error = state, uint16(code), ""
		if cause != nil {
			row.Error = cause.Error()
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return w.Credentials.Vault.AddWarning(ctx, row)
	}
	if w.Mailer == nil {
		w.Log.Warn("a connection ends soon, and there is no mail server to say so", "account", a.ID, "lapses", lapses)
		return note(schema.DeliveryNoServer, 0, nil)
	}
	subject, text, html, err := w.Credentials.Warner.LapseWarning(p.Language, a, lapses)
	if err != nil {
		return fmt.Errorf("warning about %s: %w", a.ID, err)
	}
	// One mail of its kind at a time, over all workers.
	release, free, err := w.Client.hold(ctx, fmt.Sprintf("warn:%s:%d:%s", a.ID, days, p.Email))
	if err != nil || !free {
		return err
	}
	defer release()
	if err := note(schema.DeliverySending, 0, nil); err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d\x00%s", a.ID, lapses.UnixMilli(), days, p.Email))
	err = w.Mailer.Send(ctx, Mail{To: p.Email, Subject: subject, Text: text, HTML: html, Language: p.Language,
		MessageID: "hamawaz.warning." + hex.EncodeToString(sum[:12]) + "@" + w.Mailer.domain(), ListID: "connections." + w.Mailer.domain()})
	var failure *MailError
	switch {
	case err == nil:
		return note(schema.DeliverySent, 0, nil)
	case !errors.As(err, &failure):
		failure = &MailError{State: schema.DeliveryUnclear, Err: err}
	}
	return errors.Join(&deliveryError{p.Email, failure}, note(failure.State, failure.Code, failure))
}
