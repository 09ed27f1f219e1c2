package collector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// A Charge is what one request costs, and which account with the platform is
// charged.
type Charge struct {
	Platform   schema.Platform
	Credential string // see Credential
	Path       string // where the platform counts each path by itself: the path, ids left out
	Units      int64
}

// ProjectCredential is charged where all our keys and tokens with a platform
// spend from one quota.
const ProjectCredential = "project"

// Credential returns a digest that tells secrets apart and says nothing else
// of them: twelve hexadecimal digits of SHA-256.
func Credential(secret string) string {
	sum := sha256.Sum256([]byte("hamawaz budget\x00" + secret))
	return hex.EncodeToString(sum[:6])
}

// A Quota is what an answer says of what may still be spent. What it does not
// say is nil or zero.
type Quota struct {
	Limit     *int64 // requests in the window
	Remaining *int64
	Percent   *int // of all that is allowed; 100 is used up
	ResetsIn  time.Duration
	Cost      int64 // of the answer, in millionths of a US dollar
}

// A Budget keeps what the platforms allow us, for all workers together.
type Budget interface {
	// Spend notes the charge before its request is sent. Where what is left
	// does not cover it, it notes nothing and returns a *RateLimitError.
	Spend(ctx context.Context, c Charge) error

	// Told notes what the answer to a charged request said. It never fails: a
	// budget that cannot be written costs at worst a refusal by the platform.
	Told(ctx context.Context, c Charge, q Quota)
}
