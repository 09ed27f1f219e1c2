package analytics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// A Collection is the state of collecting, account by account.
type Collection struct {
	Accounts []AccountCollection // those that need a person first, then by name

	Posts        uint64 // stored, all accounts
	Observations uint64
	Runs         uint64 // in the last 24 hours
	Failed       uint64 // of these, ended in another outcome than ok
}

// An AccountCollection is how collecting one account stands.
type AccountCollection struct {
	AccountID    schema.AccountID
	Name         string
	Handle       string
	Platform     schema.Platform
	Access       schema.Access
	Department   string
	DepartmentUr string

	Posts        uint64
	Observations uint64
	Newest       *time.Time // newest reading; nil: none yet

	LastRun      *time.Time // start of the last run; nil: never
	LastFinished *time.Time // nil: running now, or its process died
	Outcome      string     // of the last run that ended: a collector.Outcome; "" : none yet
	Error        string     // of that run, masked; "" if it went well
	Complete     bool       // the first full pass has been made
	NextDue      *time.Time // when the next run is due by the ladder or the platform's wish; nil: at once
	Runs24h      uint64     // begun in the last 24 hours
	Failed24h    uint64     // of these, ended in another outcome than ok
	Rows24h      uint64     // readings that these stored
	Skipped24h   uint64     // posts and values that they could not read
	Calls24h     uint64     // requests sent in the last 24 hours
	Quota        *float64   // percent of the platform's quota used, as it last told; nil: not told
}

// collectionRow is a row of collection.Accounts.sql.
type collectionRow struct {
	AccountID    schema.AccountID `ch:"account_id"`
	Name         string           `ch:"name"`
	Handle       string           `ch:"handle"`
	Platform     schema.Platform  `ch:"platform"`
	Access       schema.Access    `ch:"access"`
	Department   string           `ch:"department"`
	DepartmentUr string           `ch:"department_ur"`
	Posts        uint64           `ch:"posts"`
	Observations uint64           `ch:"observations"`
	Newest       *time.Time       `ch:"newest"`
	LastRun      *time.Time       `ch:"last_run"`
	LastFinished *time.Time       `ch:"last_finished"`
	Outcome      string           `ch:"outcome"`
	Error        string           `ch:"error"`
	Complete     bool             `ch:"complete"`
	Calls        uint64           `ch:"calls"`
	Quota        *float64         `ch:"quota"`
	Runs         uint64           `ch:"runs"`
	Failed       uint64           `ch:"failed"`
	Rows         uint64           `ch:"stored_rows"`
	Skipped      uint64           `ch:"skipped"`
}

// A Run is one try at collecting an account.
type Run struct {
	Started      time.Time  `ch:"started_at"`
	Finished     *time.Time `ch:"finished_at"` // nil: it goes on, or its process died
	Outcome      string     `ch:"outcome"`     // a collector.Outcome; empty: it has not ended
	Error        string     `ch:"error"`       // masked; empty if it went well
	RetryAt      *time.Time `ch:"retry_at"`    // when the platform lets us come back; nil: it did not say
	Complete     bool       `ch:"complete"`    // it ended a full pass
	Pages        uint32     `ch:"pages"`
	Posts        uint32     `ch:"posts"`
	Observations uint32     `ch:"observations"`
	Calls        uint32     `ch:"calls"`
	Skipped      uint32     `ch:"skipped"`
	Quota        *float64   `ch:"quota_percent"` // of the platform's quota used after it; nil: not told
}

// Runs returns the last n runs of the account, the newest first.
func (db *DB) Runs(ctx context.Context, id schema.AccountID, n int) ([]Run, error) {
	var rows []Run
	err := db.Conn.Select(ctx, &rows, query("collection.Runs"),
		clickhouse.Named("account", string(id)), clickhouse.Named("limit", uint32(n)))
	if err != nil {
		return nil, fmt.Errorf("runs of %s: %w", id, err)
	}
	return rows, nil
}

// Collection answers how collecting stands. nextDue, which knows the schedule,
// returns when each account is due next; an account that is missing in it is
// due at once.
func (db *DB) Collection(ctx context.Context, nextDue map[schema.AccountID]time.Time) (Collection, error) {
	var rows []collectionRow
	err := db.Conn.Select(ctx, &rows, query("collection.Accounts"),
		clickhouse.Named("zone", db.Zone.String()),
		moment("since", db.Now().Add(-24*time.Hour)),
		moment("horizon", db.Now().AddDate(0, 0, -62)))
	if err != nil {
		return Collection{}, fmt.Errorf("state of the collection: %w", err)
	}
	c := Collection{Accounts: make([]AccountCollection, len(rows))}
	for i, r := range rows {
		a := AccountCollection{
			AccountID: r.AccountID, Name: r.Name, Handle: r.Handle, Platform: r.Platform, Access: r.Access,
			Department: r.Department, DepartmentUr: r.DepartmentUr,
			Posts: r.Posts, Observations: r.Observations, Newest: r.Newest,
			LastRun: r.LastRun, LastFinished: r.LastFinished, Outcome: r.Outcome, Error: r.Error,
			Complete: r.Complete, Calls24h: r.Calls, Quota: r.Quota,
			Runs24h: r.Runs, Failed24h: r.Failed, Rows24h: r.Rows, Skipped24h: r.Skipped,
		}
		if due, ok := nextDue[r.AccountID]; ok && !due.IsZero() {
			a.NextDue = &due
		}
		c.Accounts[i] = a
		c.Posts += r.Posts
		c.Observations += r.Observations
		c.Runs += r.Runs
		c.Failed += r.Failed
	}
	slices.SortStableFunc(c.Accounts, func(a, b AccountCollection) int {
		return cmp.Compare(urgency(a), urgency(b))
	})
	return c, nil
}

// urgency puts the accounts that need a person first, then those in trouble.
func urgency(a AccountCollection) int {
	switch a.Outcome {
	case "reconnect", "fix_request":
		return 0
	case "gone":
		return 1
	case "retry", "wait":
		return 2
	default:
		return 3
	}
}
