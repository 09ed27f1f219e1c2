// Package collector reads the approved platforms and writes what they said
// into the store. It decides nothing about when: jobs does.
package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// A Cursor says how far a pass over an account has come. Only the connector
// that made it can read it; the empty cursor begins a new pass.
type Cursor string

// A Job is what one run over an account has to do.
type Job struct {
	Account schema.Account
	Cursor  Cursor
	RunID   string

	// Depth is how far back the list of posts is read: to the oldest post
	// whose public counters are due, or to the start of the backfill.
	Depth time.Time

	// InsightsDue says whether the post's own insights, where the platform
	// has such a call, are due now. Nil means that they are due for every post.
	InsightsDue func(schema.Post) bool

	// Comments says that comments and answers are read where they cost few
	// calls or none.
	Comments bool

	// OnUsage, if set, is told how many percent of the platform's quota are
	// used, whenever the platform says so.
	OnUsage func(percent float64)

	// Left is what the newest complete pass over the account left for those
	// after it: empty where it left nothing. Only the connector can read it.
	Left string

	// Leave, if set, takes what this pass leaves. It is kept with the pass once
	// that is complete, and lost otherwise. The last call counts.
	Leave func(string)

	// OnRest, if set, is told until when the platform wants to be left alone,
	// however the run ends: it is polite and not, like a RateLimitError, a must.
	OnRest func(until time.Time)
}

// A Connector reads one platform. It keeps nothing between calls: what must
// survive a restart travels in the cursor.
type Connector interface {
	// Collect sends what the account shows to store, one page at a time,
	// newest first, and returns the cursor to start from next time: empty when
	// the pass is complete.
	//
	// Pages may repeat; rows carry the platform's own ids and moments, so a
	// repeat replaces and never counts twice. On an error of its own the
	// connector returns a cursor that covers every page that store accepted;
	// after an error of store, the Collector knows better which were kept.
	Collect(ctx context.Context, job Job, store Store) (Cursor, error)
}

// A Finder is a connector that can ask for posts by their ids.
type Finder interface {
	// Missing asks for the posts, which a pass did not list any more, and
	// returns those that the platform says are not there, or not visible to us,
	// and why. A post that it does not return is there, or the platform did not
	// say. Calls counts the requests; errors are those of Collect.
	Missing(ctx context.Context, job Job, posts []schema.Post) (gone map[string]schema.Absence, calls int, err error)
}

// A Store takes one page, to be kept in the order in which pages come. It may
// return before the page is kept, so that the next can be read meanwhile. An
// error says that a page was not kept, this one or one before it, and that no
// more are taken: the pass ends. Its rows may be sent again.
type Store func(ctx context.Context, p Page) error

// A Page is what belongs together: an answer of a platform and what was read
// out of it.
type Page struct {
	Profiles     []schema.AccountObservation
	Posts        []schema.Post
	Observations []schema.Observation
	Comments     []schema.Comment
	Insights     []schema.AccountInsight // of the account, by day
	Metrics      []schema.MetricStatus   // what became of metrics that were asked for
	Raw          []schema.RawAnswer
	Calls        int // requests sent for this page
	Skipped      int // items that could not be read; each was logged once

	// Next is where a later run goes on once this page is kept, if this one
	// stops here. Empty: from the start.
	Next Cursor
}

// The errors that every connector speaks. They are wrapped: test with
// errors.Is and errors.As, or ask Outcome.
var (
	// ErrRequest means that the platform refused the request itself. Sending
	// it again cannot help: we, or the setting, must change.
	ErrRequest = errors.New("request refused")
	// ErrUnauthorized means that a person must connect the account again.
	ErrUnauthorized = errors.New("account must be connected again")
	// ErrNoInsights comes beside ErrUnauthorized: all was read but the insights,
	// which the account's owner has not permitted. The pass is complete.
	ErrNoInsights = errors.New("insights are not permitted")
	// ErrGone means that the account, or the post, is not there any more, or
	// not visible to us.
	ErrGone = errors.New("gone")
	// ErrTransient means that the same request may work later.
	ErrTransient = errors.New("platform trouble")
)

// A RateLimitError says that the platform's quota is used up.
type RateLimitError struct {
	RetryAfter time.Duration // in the platform's time
}

func (e *RateLimitError) Error() string {
	return fmt.Sprintf("rate limited, retry after %s", e.RetryAfter)
}

// An Outcome is how a run, or a call, ended, in one word.
type Outcome string

// The outcomes of runs. Five of them are the five classes of failure.
const (
	OutcomeOK           Outcome = "ok"
	OutcomeFixRequest   Outcome = "fix_request"
	OutcomeReconnect    Outcome = "reconnect"
	OutcomeWait         Outcome = "wait"
	OutcomeRetry        Outcome = "retry"
	OutcomeGone         Outcome = "gone"
	OutcomeInterruption Outcome = "interrupted" // our own stop: shutdown or time limit
)

// OutcomeOf returns the class of a connector's or a store's error. An error
// that no connector made, such as a store that does not answer, is a retry.
func OutcomeOf(err error) Outcome {
	var limit *RateLimitError
	switch {
	case err == nil:
		return OutcomeOK
	case errors.As(err, &limit):
		return OutcomeWait
	case errors.Is(err, ErrUnauthorized):
		return OutcomeReconnect
	case errors.Is(err, ErrGone):
		return OutcomeGone
	case errors.Is(err, ErrRequest):
		return OutcomeFixRequest
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return OutcomeInterruption
	default:
		return OutcomeRetry
	}
}
