package collector

import (
	"context"
	sqldriver "database/sql/driver"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/hamawaz/hamawaz/schema"
)

// A Run is one try at collecting an account. A pass over an account may take
// several.
type Run struct {
	ID            string           `ch:"run_id"`
	AccountID     schema.AccountID `ch:"account_id"`
	Platform      schema.Platform  `ch:"platform"`
	StartedAt     time.Time        `ch:"started_at"`
	PassStartedAt time.Time        `ch:"pass_started_at"` // of the pass's first run
	FinishedAt    *time.Time       `ch:"finished_at"`     // nil: running, or its process died
	Outcome       Outcome          `ch:"outcome"`         // empty as long as it has not finished
	Error         string           `ch:"error"`
	RetryAt       *time.Time       `ch:"retry_at"`     // the platform's wish; nil: none
	CursorAfter   Cursor           `ch:"cursor_after"` // of a complete pass: what it left, see Job.Leave
	Complete      bool             `ch:"complete"`     // the pass reached its depth
	Depth         time.Time        `ch:"depth"`
	Pages         uint32           `ch:"pages"`
	Posts         uint32           `ch:"posts"`
	Observations  uint32           `ch:"observations"`
	Calls         uint32           `ch:"calls"`
	Skipped       uint32           `ch:"skipped"`
	QuotaPercent  *float64         `ch:"quota_percent"`
	UpdatedAt     time.Time        `ch:"updated_at"`
}

// Scan implements sql.Scanner.
func (o *Outcome) Scan(v any) error { return schema.ScanText(o, v) }

// Value implements driver.Valuer of database/sql.
func (o Outcome) Value() (sqldriver.Value, error) { return string(o), nil }

// Scan implements sql.Scanner.
func (c *Cursor) Scan(v any) error { return schema.ScanText(c, v) }

// Value implements driver.Valuer of database/sql.
func (c Cursor) Value() (sqldriver.Value, error) { return string(c), nil }

// A History is the runs of one account, newest first, as far back as the
// ladder looks.
type History []Run

// Covered returns the start of the newest complete pass that read the posts
// of the last age, or the zero time.
func (h History) Covered(age time.Duration) time.Time {
	var newest time.Time
	for _, r := range h {
		if r.Complete && !r.Depth.After(r.PassStartedAt.Add(-age)) && r.PassStartedAt.After(newest) {
			newest = r.PassStartedAt
		}
	}
	return newest
}

// Unfinished returns the newest run, if its pass stopped half-way not long
// ago: then the pass is worth going on with.
func (h History) Unfinished(now time.Time) (Run, bool) {
	if len(h) == 0 || h[0].Complete || h[0].CursorAfter == "" || now.Sub(h[0].PassStartedAt) > day {
		return Run{}, false
	}
	return h[0], true
}

// Left returns what the newest complete pass left for those after it.
func (h History) Left() string {
	var newest *Run
	for i := range h {
		if h[i].Complete && (newest == nil || h[i].StartedAt.After(newest.StartedAt)) {
			newest = &h[i]
		}
	}
	if newest == nil {
		return ""
	}
	return string(newest.CursorAfter)
}

// WaitUntil returns the moment before which the account should be left alone:
// the platform asked for it, or the last run ended in a way that trying again
// soon cannot help. The zero time means no wait.
func (h History) WaitUntil() time.Time {
	if len(h) == 0 || h[0].FinishedAt == nil {
		return time.Time{}
	}
	last := &h[0]
	until := last.ownWait()
	if last.Outcome != OutcomeWait && last.RetryAt != nil && last.RetryAt.After(until) {
		return *last.RetryAt // the platform asked us to rest, though all went well
	}
	return until
}

// ownWait returns until when the run's outcome alone makes us wait.
func (r *Run) ownWait() time.Time {
	switch r.Outcome {
	case OutcomeWait:
		if r.RetryAt != nil {
			return *r.RetryAt
		}
		return r.FinishedAt.Add(time.Hour)
	case OutcomeReconnect, OutcomeFixRequest:
		if r.Complete {
			return time.Time{} // what anyone may see was read: that goes on
		}
		// A person must act. One try a day finds out whether somebody has.
		return r.FinishedAt.Add(day)
	case OutcomeGone:
		return r.FinishedAt.Add(7 * day)
	case OutcomeRetry, OutcomeInterruption:
		return r.FinishedAt.Add(5 * time.Minute)
	default:
		return time.Time{}
	}
}

// historyDepth is how far back runs are looked at: further than the ladder's
// longest interval.
const historyDepth = 62 * day

// Histories returns the runs of the accounts, or of every account if none is
// named, as of now. Of each account it reads the newest run, the newest
// complete runs of each depth, and no more.
func Histories(ctx context.Context, conn driver.Conn, now time.Time, ids ...schema.AccountID) (map[schema.AccountID]History, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	var runs []Run
	err := conn.Select(ctx, &runs, `
		SELECT run_id, account_id, platform, started_at, pass_started_at, finished_at, outcome, error, retry_at,
			cursor_after, complete, depth, pages, posts, observations, calls, skipped, quota_percent, updated_at
		FROM
		(
			SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY started_at DESC, run_id) AS place,
				row_number() OVER (PARTITION BY account_id, complete, round(dateDiff('hour', depth, pass_started_at) / 24)
					ORDER BY started_at DESC) AS place_of_depth
			FROM runs FINAL
			WHERE started_at >= {since:DateTime64(3, 'UTC')}
			  AND (empty({ids:Array(String)}) OR account_id IN {ids:Array(String)})
		)
		WHERE place = 1 OR (complete AND place_of_depth = 1)
		ORDER BY account_id, started_at DESC`, clickhouse.Named("ids", names),
		clickhouse.Named("since", now.Add(-historyDepth).UTC().Format("2006-01-02 15:04:05.000")))
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	histories := map[schema.AccountID]History{}
	for _, r := range runs {
		histories[r.AccountID] = append(histories[r.AccountID], r)
	}
	return histories, nil
}
