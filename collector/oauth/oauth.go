// Package oauth gets the owners' permission to read their accounts, keeps it
// alive and gives it back: the flows of the platforms, to the letter of each.
package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// A Flow is one platform's way of giving permission. It keeps nothing between
// calls. The errors of its calls are of the collector's five classes, and where
// a person is concerned a *schema.ConnectError too. None holds a secret.
type Flow interface {
	// Kind is schema.FlowX, …
	Kind() string
	// Authorize returns the platform's page on which the owner permits it.
	Authorize(q Question) *url.URL
	// Exchange turns the code, with which the owner came back, into a Grant for
	// the account.
	Exchange(ctx context.Context, a schema.Account, code string, q Question) (Grant, error)
	// Renew gets a new access token. What came before may be dead afterwards.
	Renew(ctx context.Context, c schema.Credential, s schema.Secret) (Grant, error)
	// Revoke gives the permission back.
	Revoke(ctx context.Context, c schema.Credential, s schema.Secret) error
}

// A Question is what an owner is sent to the platform with.
type Question struct {
	State    string // comes back with the answer
	Verifier string // of PKCE (RFC 7636); stays with us
	Redirect string // address that the owner comes back to, as the platform knows it
}

// challenge returns what the platform is told of the verifier.
func (q Question) challenge() string {
	sum := sha256.Sum256([]byte(q.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A Grant is what a platform gave.
type Grant struct {
	Secret     schema.Secret
	Scopes     []string
	ExpiresAt  *time.Time // of the access token; nil: it has no date
	RefreshEnd *time.Time // see schema.Credential
	Who        Identity
}

// An Identity is the account that a Grant opens, in the platform's words.
type Identity struct {
	IDs       []string // the account's ids, the one to keep first
	Handle    string   // without @; may be empty
	Name      string   // to show people; may be empty
	GrantedBy string   // the id of who permitted it; may be empty
}

// Is reports whether the identity is that of the registered account: by the
// platform's id, or by the handle where no id is registered.
func (i Identity) Is(a schema.Account) bool {
	if a.PlatformID != "" {
		return slices.Contains(i.IDs, a.PlatformID)
	}
	return a.Handle != "" && strings.EqualFold(a.Handle, i.Handle)
}

// String returns what to call the account.
func (i Identity) String() string {
	switch {
	case i.Handle != "":
		return "@" + i.Handle
	case i.Name != "":
		return i.Name
	case len(i.IDs) > 0:
		return i.IDs[0]
	}
	return ""
}

// registered returns what to call the account as it is registered.
func registered(a schema.Account) string {
	if a.Handle != "" {
		return "@" + a.Handle
	}
	return a.PlatformID
}

// check returns why the grant is not one for the account, or nil.
func (g Grant) check(a schema.Account) error {
	if !g.Who.Is(a) {
		return &schema.ConnectError{Reason: schema.ReasonWrongAccount, Got: g.Who.String(), Want: registered(a)}
	}
	return nil
}

// missing returns the first of the wanted scopes that was not given, or "". An
// answer that names none gave what was asked for (RFC 6749, 5.1).
func missing(given, want []string) string {
	if len(given) == 0 {
		return ""
	}
	for _, w := range want {
		if !slices.Contains(given, w) {
			return w
		}
	}
	return ""
}

// scopesOf reads a list of scopes; platforms part them by blanks or commas.
func scopesOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' })
}

// after returns the moment that many seconds after at; nil if the platform did
// not say, or nothing that can be meant.
func after(at time.Time, seconds *int64) *time.Time {
	const tooMany = 100 * 365 * 24 * 3600
	if seconds == nil || *seconds <= 0 || *seconds > tooMany {
		return nil
	}
	t := at.Add(time.Duration(*seconds) * time.Second).UTC().Truncate(time.Millisecond)
	return &t
}

// earlier returns the earlier of two moments; nil is none.
func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}
