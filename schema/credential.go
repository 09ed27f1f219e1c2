package schema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// The states of a credential.
const (
	CredentialActive       = "active"
	CredentialLapsed       = "lapsed"       // a person must connect the account again
	CredentialDisconnected = "disconnected" // somebody took it away; it holds no secret
)

// A ConnectReason says in one word why an account could not be connected, or
// why its credential lapsed. Pages have a sentence for each.
type ConnectReason string

// The reasons.
const (
	ReasonRevoked      ConnectReason = "revoked"       // the platform takes our token no more
	ReasonExpired      ConnectReason = "expired"       // its time is over
	ReasonInterrupted  ConnectReason = "interrupted"   // a renewal was cut off, and what it gave us is lost
	ReasonDenied       ConnectReason = "denied"        // the owner said no at the platform
	ReasonWrongAccount ConnectReason = "wrong_account" // another account was chosen than the registered one
	ReasonCode         ConnectReason = "code"          // the platform takes the code no more: too late, or twice
	ReasonPermission   ConnectReason = "permission"    // a permission that we need was not given
	ReasonSettings     ConnectReason = "settings"      // the platform refuses our application: its id, secret or address
	ReasonLimit        ConnectReason = "limit"         // the platform's quota is used up
	ReasonTrouble      ConnectReason = "trouble"       // the platform did not answer as it should
)

// A ConnectError says why an account could not be connected.
type ConnectError struct {
	Reason    ConnectReason
	Got, Want string // ReasonWrongAccount: which account was chosen, and which is registered
	Missing   string // ReasonPermission: what was not given
	Err       error  // for the log; nil: nothing more is known
}

func (e *ConnectError) Error() string {
	s := "connect: " + string(e.Reason)
	switch {
	case e.Reason == ReasonWrongAccount:
		s += fmt.Sprintf(": %q was chosen, %q is registered", e.Got, e.Want)
	case e.Missing != "":
		s += fmt.Sprintf(": %q was not given", e.Missing)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *ConnectError) Unwrap() error { return e.Err }

// A Secret is what a platform gave us for an account. It shows itself to
// nobody: printed, logged or written as JSON it is one word.
type Secret struct {
	Access  string // opens the account's data
	Refresh string // gets a new Access; empty where the platform has none
	User    string // Meta: the person's token, from which the Page's comes
}

const hiddenSecret = "(secret)"

// String hides the secret.
func (Secret) String() string { return hiddenSecret }

// GoString hides the secret.
func (Secret) GoString() string { return hiddenSecret }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(hiddenSecret) }

// MarshalJSON hides the secret.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(hiddenSecret) }

// openSecret is a Secret as it is encrypted.
type openSecret struct {
	Access  string `json:"access,omitempty"`
	Refresh string `json:"refresh,omitempty"`
	User    string `json:"user,omitempty"`
}

// A Credential is the permission of an account's owner to read it. Of its
// versions only the newest is kept; who did what stands in the audit log.
type Credential struct {
	Account    AccountID     `ch:"account_id"`
	Platform   Platform      `ch:"platform"`
	Flow       string        `ch:"flow"`               // kind of flow that gave it: "x", "google", "meta", "tiktok"
	PlatformID string        `ch:"platform_id"`        // of the account that was connected
	Handle     string        `ch:"handle"`             // its name there, without @; may be empty
	GrantedBy  string        `ch:"granted_by"`         // the platform's id of who permitted it; may be empty
	Scopes     []string      `ch:"scopes"`             // as the platform names them
	Sealed     string        `ch:"secret"`             // encrypted; empty when disconnected
	KeyID      string        `ch:"key_id"`             // of the key that it is encrypted with
	ExpiresAt  *time.Time    `ch:"expires_at"`         // of the access token; nil: it has no date
	RefreshEnd *time.Time    `ch:"refresh_expires_at"` // what renews it, or the permission, ends then; nil: no date is known
	RenewedAt  time.Time     `ch:"renewed_at"`         // when the access token was last got
	Renewing   *time.Time    `ch:"renewing_since"`     // a renewal was begun then and has not ended
	Status     string        `ch:"status"`
	Reason     ConnectReason `ch:"reason"`     // why it lapsed; empty: it has not
	LastError  string        `ch:"last_error"` // the last refusal or trouble in the platform's words, without secrets
	By         string        `ch:"connected_by"`
	At         time.Time     `ch:"connected_at"`
	Version
}

// LapsesAt returns when a person must connect the account again at the latest,
// as far as the platform says; nil: it gave no date. That an access token ends
// which we renew ourselves is no reason.
func (c Credential) LapsesAt() *time.Time {
	if c.Status != CredentialActive {
		return nil
	}
	return c.RefreshEnd
}

// The kinds of flow.
const (
	FlowX      = "x"
	FlowGoogle = "google"
	FlowMeta   = "meta"
	FlowTikTok = "tiktok"
)

// Good reports whether the access token can be used until then.
func (c Credential) Good(until time.Time) bool {
	return c.Status == CredentialActive && (c.ExpiresAt == nil || c.ExpiresAt.After(until))
}

// A Vault keeps credentials, encrypted.
type Vault struct {
	Store *Store
	Keys  *Keyring // nil: nothing can be stored, and nothing opened
	Now   func() time.Time
}

const credentialColumns = `account_id, platform, flow, platform_id, handle, granted_by, scopes, secret, key_id,
	expires_at, refresh_expires_at, renewed_at, renewing_since, status, reason, last_error, connected_by, connected_at,
	version, changed_at, changed_by, change_reason`

// Credentials returns every credential, by account.
func (v *Vault) Credentials(ctx context.Context) ([]Credential, error) {
	return selectAll[Credential](ctx, v.Store, "credentials",
		`SELECT `+credentialColumns+` FROM credentials FINAL ORDER BY account_id`)
}

// Credential returns the account's credential, or ErrNotFound.
func (v *Vault) Credential(ctx context.Context, id AccountID) (Credential, error) {
	return selectOne[Credential](ctx, v.Store, fmt.Sprintf("credential of %s", id),
		`SELECT `+credentialColumns+` FROM credentials FINAL WHERE account_id = {key:String}`, string(id))
}

// Secret opens the credential's secret. See Keyring.Open about its errors.
func (v *Vault) Secret(c Credential) (Secret, error) {
	plain, err := v.Keys.Open(c.Account, c.Platform, c.Sealed, c.KeyID)
	if err != nil {
		return Secret{}, fmt.Errorf("credential of %s: %w", c.Account, err)
	}
	var s openSecret
	if err := json.Unmarshal(plain, &s); err != nil {
		// The decoder's error would quote the secret.
		return Secret{}, fmt.Errorf("credential of %s: %w", c.Account, ErrSealBroken)
	}
	return Secret(s), nil
}

// Save stores the next version of the credential and returns it. ErrConflict
// means that c is not the version that is stored now. Two writers at the same
// moment may both succeed and one of them lose: hold the account's lock.
func (v *Vault) Save(ctx context.Context, c Credential) (Credential, error) {
	d := &Directory{Store: v.Store, Now: v.Now}
	if err := save(ctx, d, "credentials", "account_id", string(c.Account), &c, &c.Version); err != nil {
		return c, fmt.Errorf("credential: %w", err)
	}
	return c, nil
}

// SaveSecret is Save with a new secret.
func (v *Vault) SaveSecret(ctx context.Context, c Credential, s Secret) (Credential, error) {
	plain, err := json.Marshal(openSecret(s))
	if err != nil {
		return c, fmt.Errorf("credential of %s: %w", c.Account, ErrSealBroken)
	}
	if c.Sealed, c.KeyID, err = v.Keys.Seal(c.Account, c.Platform, plain); err != nil {
		return c, fmt.Errorf("credential of %s: %w", c.Account, err)
	}
	return v.Save(ctx, c)
}

// Forget takes older versions out of the table. Until the store removes the
// files, some minutes later, they are still on its disk, encrypted.
func (v *Vault) Forget(ctx context.Context) error {
	if err := v.Store.Conn.Exec(ctx, `OPTIMIZE TABLE credentials FINAL`); err != nil {
		return fmt.Errorf("forget older credentials: %w", err)
	}
	return nil
}

// A Lock takes the lock of the name and reports whether it was free; then
// release lets it go. It holds across processes, and ends with its process.
type Lock func(ctx context.Context, name string) (release func(), free bool, err error)

// CredentialLock is the name of the lock that is held while a credential is
// changed.
func CredentialLock(id AccountID) string { return "credential:" + string(id) }

// A Rotation says what Rotate did.
type Rotation struct {
	Key     string   `json:"key"`     // the id of the key that encrypts now
	Done    int      `json:"done"`    // encrypted with it by this rotation
	Already int      `json:"already"` // were so before
	Empty   int      `json:"empty"`   // hold no secret: disconnected
	Failed  []string `json:"failed"`  // accounts, with why: their secrets stay as they were
}

// Rotate encrypts every secret with the first key. It may be cut off and
// repeated: each credential is replaced whole, and one that has the first key
// already is left alone. A secret that cannot be opened is named and kept.
func (v *Vault) Rotate(ctx context.Context, lock Lock, by string) (Rotation, error) {
	r := Rotation{Key: v.Keys.First(), Failed: []string{}}
	if r.Key == "" {
		return r, ErrNoKey
	}
	all, err := v.Credentials(ctx)
	if err != nil {
		return r, err
	}
	for _, c := range all {
		switch done, err := v.rotate(ctx, lock, c.Account, by); {
		case ctx.Err() != nil:
			return r, ctx.Err()
		case err != nil:
			r.Failed = append(r.Failed, err.Error())
		case done == rotated:
			r.Done++
		case done == rotatedBefore:
			r.Already++
		default:
			r.Empty++
		}
	}
	return r, v.Forget(ctx)
}

// What rotate did with a credential.
type rotation int

const (
	nothingToRotate rotation = iota
	rotatedBefore
	rotated
)

// rotateWait is how long a credential that is being renewed is waited for.
const rotateWait = time.Minute

// rotate does one credential, under its lock: a renewal that ends meanwhile
// must not be overwritten with the token from before.
func (v *Vault) rotate(ctx context.Context, lock Lock, id AccountID, by string) (rotation, error) {
	limited, cancel := context.WithTimeout(ctx, rotateWait)
	defer cancel()
	release, err := TakeLock(limited, lock, CredentialLock(id))
	if err != nil {
		return nothingToRotate, fmt.Errorf("credential of %s is in use: %w", id, err)
	}
	defer release()
	c, err := v.Credential(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && c.Sealed == "":
		return nothingToRotate, nil
	case err != nil:
		return nothingToRotate, err
	case c.KeyID == v.Keys.First():
		// Sealed with it, as far as the row says: it must open as well.
		_, err := v.Secret(c)
		return rotatedBefore, err
	}
	s, err := v.Secret(c)
	if err != nil {
		return nothingToRotate, err
	}
	c.ChangedBy, c.Version.Reason = by, "key.rotate"
	_, err = v.SaveSecret(ctx, c, s)
	return rotated, err
}

// lockPoll is how often a lock that is held is asked for.
const lockPoll = 50 * time.Millisecond

// TakeLock waits for the lock until ctx ends.
func TakeLock(ctx context.Context, lock Lock, name string) (release func(), err error) {
	ticker := time.NewTicker(lockPoll)
	defer ticker.Stop()
	for {
		release, free, err := lock(ctx, name)
		if err != nil || free {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}

// A CredentialWarning is a mail that told somebody that a credential is about
// to lapse.
type CredentialWarning struct {
	Account   AccountID `ch:"account_id"`
	LapsesAt  time.Time `ch:"lapses_at"`
	Days      uint16    `ch:"days"` // before that, at most: 14, 7 or 1
	Recipient string    `ch:"recipient"`
	Person    string    `ch:"person_id"`
	At        time.Time `ch:"at"`
	State     string    `ch:"state"` // DeliverySent, …
	Code      uint16    `ch:"code"`
	Error     string    `ch:"error"`
}

// AddWarning stores one step of a warning.
func (v *Vault) AddWarning(ctx context.Context, w CredentialWarning) error {
	w.At = v.Now().UTC()
	if err := Insert(ctx, v.Store.Conn, "credential_warnings", []any{&w}); err != nil {
		return fmt.Errorf("warning about %s: %w", w.Account, err)
	}
	return nil
}

// Warnings returns the last step of each warning about the account's credential
// that lapses then.
func (v *Vault) Warnings(ctx context.Context, id AccountID, lapses time.Time) ([]CredentialWarning, error) {
	var rows []CredentialWarning
	err := v.Store.Conn.Select(ctx, &rows,
		`SELECT account_id, lapses_at, days, recipient, person_id, at, state, code, error FROM credential_warnings
		WHERE account_id = {account:String} AND lapses_at = {lapses:DateTime64(3, 'UTC')}
		ORDER BY days, recipient, at DESC LIMIT 1 BY days, recipient`,
		clickhouse.Named("account", string(id)), clickhouse.Named("lapses", lapses.UTC().Format("2006-01-02 15:04:05.000")))
	if err != nil {
		return nil, fmt.Errorf("warnings about %s: %w", id, err)
	}
	return rows, nil
}
