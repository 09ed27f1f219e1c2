package oauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// Vault keeps credentials; *schema.Vault is one.
type Vault interface {
	Credentials(ctx context.Context) ([]schema.Credential, error)
	// Credential returns schema.ErrNotFound where there is none.
	Credential(ctx context.Context, id schema.AccountID) (schema.Credential, error)
	Secret(c schema.Credential) (schema.Secret, error)
	// Save and SaveSecret return schema.ErrConflict for an older version.
	Save(ctx context.Context, c schema.Credential) (schema.Credential, error)
	SaveSecret(ctx context.Context, c schema.Credential, s schema.Secret) (schema.Credential, error)
	Forget(ctx context.Context) error
}

// How tokens are kept alive, in the clock's time.
const (
	renewBefore  = 5 * time.Minute     // an access token that ends sooner is renewed before it is used
	aheadOf      = 20 * 24 * time.Hour // what ends sooner, and can be prolonged, is renewed ahead of time
	keepAlive    = 30 * 24 * time.Hour // a permission that nobody used for so long is used: platforms let idle ones lapse
	notAgain     = 24 * time.Hour      // between two renewals ahead of time
	refusedAgain = 15 * time.Minute    // a token as young as that is not renewed because the platform refused it
)

// defaultPatience is how long, in real time, a token that a platform has just
// given is tried to be stored.
const defaultPatience = 30 * time.Second

// lockPatience is how long, in real time, another renewal is waited for.
const lockPatience = 2 * time.Minute

// Tokens gives connectors the access tokens of owners. Of all processes one at
// a time renews a credential, and a new token is stored before it is used: on X
// and TikTok the one before is dead by then. What is lost between the
// platform's answer and the store can only be got back by a person.
type Tokens struct {
	Vault Vault
	Flows map[schema.Platform]Flow
	Lock  schema.Lock
	Now   func() time.Time
	Log   *slog.Logger

	// Fallback returns the token of an account that nobody has connected.
	// Default: such an account cannot be read.
	Fallback func(context.Context, schema.Account) (string, error)

	// Patience is how long, in real time, storing a new token is tried.
	// Default: 30 seconds.
	Patience time.Duration
}

// Token returns a good access token of the account's owner. An error that
// collector.ErrUnauthorized is in says that a person must connect it again.
func (t *Tokens) Token(ctx context.Context, a schema.Account) (string, error) {
	c, err := t.Vault.Credential(ctx, a.ID)
	switch {
	case errors.Is(err, schema.ErrNotFound), err == nil && c.Status == schema.CredentialDisconnected:
		if t.Fallback != nil {
			return t.Fallback(ctx, a)
		}
		return "", fmt.Errorf("%s: the account is not connected: %w", a.Platform, collector.ErrUnauthorized)
	case err != nil:
		return "", err
	case c.Platform != a.Platform:
		return "", fmt.Errorf("%s: the stored credential is of %s: %w", a.Platform, c.Platform, collector.ErrUnauthorized)
	case c.Status != schema.CredentialActive:
		return "", lapsed(c)
	}
	if c.Good(t.Now().Add(renewBefore)) {
		s, err := t.Vault.Secret(c)
		return s.Access, err
	}
	return t.renew(ctx, a.ID, func(c schema.Credential) bool { return !c.Good(t.Now().Add(renewBefore)) }, true)
}

// lapsed is the error of a credential that a person must renew.
func lapsed(c schema.Credential) error {
	return fmt.Errorf("%s: the connection of %s ended (%s): %w", c.Platform, c.Account, c.Reason, collector.ErrUnauthorized)
}

// Refused is told that the platform refused the account's token before its
// time. It renews the token, once in a while, and reports whether there is
// another one to try.
func (t *Tokens) Refused(ctx context.Context, a schema.Account) bool {
	c, err := t.Vault.Credential(ctx, a.ID)
	if err != nil || c.Status != schema.CredentialActive {
		return false
	}
	due := func(c schema.Credential) bool { return t.Now().Sub(c.RenewedAt) >= refusedAgain }
	if !due(c) {
		return false
	}
	_, err = t.renew(ctx, a.ID, due, false)
	return err == nil
}

// Ahead renews the credential if it is time to, long before it must be, and
// reports whether it was. A credential that lapses by it is no error.
func (t *Tokens) Ahead(ctx context.Context, c schema.Credential) (bool, error) {
	due := func(c schema.Credential) bool { return dueAhead(c, t.Now()) }
	if !due(c) {
		return false, nil
	}
	_, err := t.renew(ctx, c.Account, due, false)
	if collector.OutcomeOf(err) == collector.OutcomeReconnect {
		return false, nil // it stands in the credential, where pages and mails find it
	}
	return err == nil, err
}

// dueAhead reports whether the credential should be renewed though its access
// token is good. The token of an hour or two is renewed when it is needed.
func dueAhead(c schema.Credential, now time.Time) bool {
	age := now.Sub(c.RenewedAt)
	if c.Status != schema.CredentialActive || age < notAgain {
		return false
	}
	end := c.RefreshEnd
	if c.Flow == schema.FlowMeta {
		end = earlier(end, c.ExpiresAt)
	}
	return age >= keepAlive || end != nil && end.Sub(now) < aheadOf
}

// renew gets a new token under the credential's lock, if needed still says so
// there: who had the lock before may have done it. With old, a token that is
// good still is returned where the platform has trouble.
func (t *Tokens) renew(ctx context.Context, id schema.AccountID, needed func(schema.Credential) bool, old bool) (string, error) {
	waiting, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	release, err := schema.TakeLock(waiting, t.Lock, schema.CredentialLock(id))
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", fmt.Errorf("renew the token of %s: %w: another renewal does not end: %s", id, collector.ErrTransient, err)
	}
	defer release()

	c, err := t.Vault.Credential(ctx, id)
	if err != nil {
		return "", err
	}
	if c.Status != schema.CredentialActive {
		return "", lapsed(c)
	}
	s, err := t.Vault.Secret(c)
	if err != nil {
		return "", err
	}
	if !needed(c) {
		return s.Access, nil
	}
	flow := t.Flows[c.Platform]
	if flow == nil {
		return "", fmt.Errorf("renew the token of %s: no application is set for %s: %w", id, c.Platform, collector.ErrRequest)
	}

	// From here on a cut leaves its mark: the platform may have answered.
	cut := c.Renewing != nil
	now := t.Now().UTC()
	c.Renewing, c.ChangedBy, c.Version.Reason = &now, "system", "credential.renew"
	if c, err = t.Vault.Save(ctx, c); err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx) // an answer that is on its way must be stored
	g, err := flow.Renew(ctx, c, s)
	if err != nil {
		return t.refused(ctx, c, s, explain(err), cut, old)
	}
	c.Renewing, c.LastError, c.RenewedAt = nil, "", t.Now().UTC()
	c.ExpiresAt, c.RefreshEnd = g.ExpiresAt, g.RefreshEnd
	if len(g.Scopes) > 0 {
		c.Scopes = g.Scopes
	}
	if g.Who.GrantedBy != "" {
		c.GrantedBy = g.Who.GrantedBy
	}
	if err := t.keep(ctx, c, g.Secret); err != nil {
		return "", fmt.Errorf("%w: the new token of %s could not be stored: %s", collector.ErrTransient, id, err)
	}
	return g.Secret.Access, nil
}

// keep stores a new secret, trying for as long as its patience lasts.
func (t *Tokens) keep(ctx context.Context, c schema.Credential, s schema.Secret) error {
	patience := t.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		_, err := t.Vault.SaveSecret(ctx, c, s)
		if err == nil || errors.Is(err, schema.ErrConflict) || errors.Is(err, schema.ErrNoKey) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// rotates reports whether the kind of flow gives a new refresh token with each
// renewal.
func rotates(kind string) bool { return kind == schema.FlowX || kind == schema.FlowTikTok }

// refused notes why a renewal did not succeed. cut says that one before it did
// not end.
func (t *Tokens) refused(ctx context.Context, c schema.Credential, s schema.Secret, err error, cut, old bool) (string, error) {
	outcome := collector.OutcomeOf(err)
	c.LastError = clip(err.Error())
	var known *schema.ConnectError
	switch {
	case outcome == collector.OutcomeReconnect:
		c.Status, c.Reason, c.Renewing = schema.CredentialLapsed, schema.ReasonRevoked, nil
		switch {
		case cut && rotates(c.Flow):
			c.Reason = schema.ReasonInterrupted
		case c.RefreshEnd != nil && !c.RefreshEnd.After(t.Now()):
			c.Reason = schema.ReasonExpired
		case errors.As(err, &known):
			c.Reason = known.Reason
		}
	case !cut && (outcome == collector.OutcomeFixRequest || outcome == collector.OutcomeWait):
		c.Renewing = nil // the platform answered, and gave nothing
	}
	c.ChangedBy, c.Version.Reason = "system", "credential.refused"
	if _, saveErr := t.Vault.Save(ctx, c); saveErr != nil {
		t.Log.Error("credential", "account", c.Account, "err", saveErr)
	}
	if c.Status == schema.CredentialLapsed {
		return "", fmt.Errorf("%w: %w", lapsed(c), err)
	}
	if old && c.Good(t.Now()) {
		t.Log.Warn("token not renewed yet", "account", c.Account, "err", err)
		return s.Access, nil
	}
	return "", fmt.Errorf("renew the token of %s: %w", c.Account, err)
}

// clip makes a text fit for a row of the store.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
