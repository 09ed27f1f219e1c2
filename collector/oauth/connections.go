package oauth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// Connections lets people connect accounts, and disconnect them.
type Connections struct{ *Tokens }

// Credentials returns every credential.
func (c Connections) Credentials(ctx context.Context) ([]schema.Credential, error) {
	return c.Vault.Credentials(ctx)
}

// Connectable reports whether accounts of the platform can be connected: our
// application there is set.
func (c Connections) Connectable(p schema.Platform) bool { return c.Flows[p] != nil }

// AuthorizeURL returns the platform's page on which the account's owner permits
// us to read it.
func (c Connections) AuthorizeURL(a schema.Account, state, verifier, redirect string) (string, error) {
	flow := c.Flows[a.Platform]
	if flow == nil {
		return "", fmt.Errorf("connect %s: no application is set for %s", a.ID, a.Platform)
	}
	return flow.Authorize(Question{State: state, Verifier: verifier, Redirect: redirect}).String(), nil
}

// Origins returns the origins of those pages, without repeats.
func (c Connections) Origins() []string {
	var all []string
	for _, flow := range c.Flows {
		u := flow.Authorize(Question{})
		if o := u.Scheme + "://" + u.Host; !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	slices.Sort(all)
	return all
}

// Connect exchanges the code that the owner came back with, and stores what it
// gives. Where another account was chosen, or a permission is missing, nothing
// is stored. An error of the platform's is a *schema.ConnectError.
func (c Connections) Connect(ctx context.Context, a schema.Account, code, verifier, redirect, by string) (schema.Credential, error) {
	flow := c.Flows[a.Platform]
	if flow == nil {
		return schema.Credential{}, fmt.Errorf("connect %s: no application is set for %s", a.ID, a.Platform)
	}
	g, err := flow.Exchange(ctx, a, code, Question{Verifier: verifier, Redirect: redirect})
	if err != nil {
		return schema.Credential{}, fmt.Errorf("connect %s: %w", a.ID, explain(err))
	}
	release, err := schema.TakeLock(ctx, c.Lock, schema.CredentialLock(a.ID))
	if err != nil {
		return schema.Credential{}, fmt.Errorf("connect %s: %w", a.ID, err)
	}
	defer release()
	before, err := c.Vault.Credential(ctx, a.ID)
	if err != nil && !errors.Is(err, schema.ErrNotFound) {
		return schema.Credential{}, err
	}
	now := c.Now().UTC().Truncate(time.Millisecond)
	credential := schema.Credential{
		Account: a.ID, Platform: a.Platform, Flow: flow.Kind(), PlatformID: g.Who.IDs[0], Handle: g.Who.Handle, GrantedBy: g.Who.GrantedBy,
		Scopes: g.Scopes, ExpiresAt: g.ExpiresAt, RefreshEnd: g.RefreshEnd, RenewedAt: now, Status: schema.CredentialActive, By: by, At: now,
		Version: schema.Version{Number: before.Number, ChangedBy: by, Reason: "credential.connect"},
	}
	if credential, err = c.Vault.SaveSecret(ctx, credential, g.Secret); err != nil {
		return schema.Credential{}, err
	}
	return credential, c.Vault.Forget(ctx)
}

// Disconnect takes the account's secret away, and gives the permission back at
// the platform unless another account of ours lives by the same one. It reports
// whether the platform took it back; where it did not, the owner can do so
// there. An account that is not connected is schema.ErrNotFound.
func (c Connections) Disconnect(ctx context.Context, id schema.AccountID, by string) (revoked bool, err error) {
	release, err := schema.TakeLock(ctx, c.Lock, schema.CredentialLock(id))
	if err != nil {
		return false, fmt.Errorf("disconnect %s: %w", id, err)
	}
	defer release()
	credential, err := c.Vault.Credential(ctx, id)
	if err == nil && credential.Status == schema.CredentialDisconnected {
		err = fmt.Errorf("credential of %s: %w", id, schema.ErrNotFound)
	}
	if err != nil {
		return false, err
	}
	shared, err := c.shared(ctx, credential)
	if err != nil {
		return false, err
	}
	if !shared {
		revoked = c.revoke(ctx, credential)
	}
	credential.Sealed, credential.KeyID, credential.Renewing, credential.ExpiresAt, credential.RefreshEnd = "", "", nil, nil, nil
	credential.Status, credential.Reason, credential.LastError = schema.CredentialDisconnected, "", ""
	credential.ChangedBy, credential.Version.Reason = by, "credential.disconnect"
	if _, err := c.Vault.Save(ctx, credential); err != nil {
		return revoked, err
	}
	return revoked, c.Vault.Forget(ctx)
}

// shared reports whether another account lives by the same permission: one
// person's, at Meta, opens all Pages of theirs.
func (c Connections) shared(ctx context.Context, x schema.Credential) (bool, error) {
	all, err := c.Vault.Credentials(ctx)
	return slices.ContainsFunc(all, func(o schema.Credential) bool {
		return o.Account != x.Account && o.Flow == x.Flow && o.GrantedBy == x.GrantedBy && o.Status == schema.CredentialActive
	}), err
}

// revoke gives the permission back, and reports whether the platform took it. A
// token that is dead already needs no giving back.
func (c Connections) revoke(ctx context.Context, x schema.Credential) bool {
	flow := c.Flows[x.Platform]
	secret, err := c.Vault.Secret(x)
	if flow == nil || err != nil {
		return false
	}
	err = flow.Revoke(ctx, x, secret)
	if err != nil {
		c.Log.Warn("permission not given back", "account", x.Account, "err", err)
	}
	return err == nil || errors.Is(err, collector.ErrUnauthorized)
}
