package schema

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// An AuditLog appends to the audit log. Each AuditLog writes one chain: a row
// holds the hash of the row before it, the first row that of the newest row
// of any chain.
type AuditLog struct {
	Store *Store
	Now   func() time.Time

	once   sync.Once
	turn   chan struct{} // holds one token: whoever has it may append
	writer string
	number uint64
	hash   string
}

type auditRow struct {
	Writer   string    `ch:"writer"`
	Number   uint64    `ch:"number"`
	At       time.Time `ch:"at"`
	Actor    string    `ch:"actor"`
	Action   string    `ch:"action"`
	Subject  string    `ch:"subject"`
	Details  string    `ch:"details"`
	PrevHash string    `ch:"prev_hash"`
	Hash     string    `ch:"hash"`
}

// sum returns the hash of all that the row says, its place included.
func (r auditRow) sum() string {
	h := sha256.New()
	for _, part := range []string{
		r.Writer, strconv.FormatUint(r.Number, 10), strconv.FormatInt(r.At.UnixMilli(), 10),
		r.Actor, r.Action, r.Subject, r.Details, r.PrevHash,
	} {
		// The length in front keeps two neighbouring fields apart.
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Audit appends the entry, at the clock's time.
func (l *AuditLog) Audit(ctx context.Context, e AuditEntry) error {
	l.once.Do(func() { l.turn = make(chan struct{}, 1) })
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return fmt.Errorf("audit %s: %w", e.Action, ctx.Err())
	}
	if l.writer == "" {
		var newest []auditRow
		err := l.Store.Conn.Select(ctx, &newest,
			`SELECT * FROM audit_log FINAL ORDER BY at DESC, writer, number DESC LIMIT 1`)
		if err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
		if len(newest) > 0 {
			l.hash = newest[0].Hash
		}
		l.writer = rand.Text()
	}
	row := auditRow{
		Writer: l.writer, Number: l.number + 1, At: l.Now().UTC().Truncate(time.Millisecond),
		Actor: e.Actor, Action: e.Action, Subject: e.Subject, Details: e.Details, PrevHash: l.hash,
	}
	row.Hash = row.sum()
	if err := Insert(ctx, l.Store.Conn, "audit_log", []any{&row}); err != nil {
		// It may be stored all the same: the next entry begins a new chain.
		l.writer, l.number, l.hash = "", 0, ""
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	l.number, l.hash = row.Number, row.Hash
	return nil
}

// CountAudit returns how many entries of the action on the subject there are
// since the moment.
func (l *AuditLog) CountAudit(ctx context.Context, action, subject string, since time.Time) (int, error) {
	var n uint64
	err := l.Store.Conn.QueryRow(ctx,
		`SELECT count() FROM audit_log FINAL
		WHERE action = {action:String} AND subject = {subject:String} AND at >= {since:DateTime64(3, 'UTC')}`,
		clickhouse.Named("action", action), clickhouse.Named("subject", subject),
		clickhouse.Named("since", since.UTC().Format("2006-01-02 15:04:05.000"))).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count %s of %q: %w", action, subject, err)
	}
	return int(n), nil
}

// LastAudit returns when each actor last did the action. Who never did it is
// missing.
func (l *AuditLog) LastAudit(ctx context.Context, action string) (map[string]time.Time, error) {
	var rows []struct {
		Actor string    `ch:"actor"`
		At    time.Time `ch:"last_at"`
	}
	err := l.Store.Conn.Select(ctx, &rows,
		`SELECT actor, max(at) AS last_at FROM audit_log WHERE action = {action:String} GROUP BY actor`,
		clickhouse.Named("action", action))
	if err != nil {
		return nil, fmt.Errorf("last %s of everybody: %w", action, err)
	}
	last := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		last[r.Actor] = r.At
	}
	return last, nil
}

// VerifyAudit walks every chain and returns a sentence for each row that does
// not fit: changed, or with the row before it gone.
func (l *AuditLog) VerifyAudit(ctx context.Context) (rows int, faults []string, err error) {
	var all []auditRow
	err = l.Store.Conn.Select(ctx, &all, `SELECT * FROM audit_log FINAL ORDER BY writer, number`)
	if err != nil {
		return 0, nil, fmt.Errorf("verify the audit log: %w", err)
	}
	known := make(map[string]bool, len(all))
	for _, r := range all {
		known[r.Hash] = true
	}
	for i, r := range all {
		switch {
		case r.sum() != r.Hash:
			faults = append(faults, fmt.Sprintf("row %d of chain %s was changed", r.Number, r.Writer))
		case i > 0 && all[i-1].Writer == r.Writer && (all[i-1].Hash != r.PrevHash || all[i-1].Number+1 != r.Number):
			faults = append(faults, fmt.Sprintf("a row is missing before row %d of chain %s", r.Number, r.Writer))
		case r.PrevHash != "" && !known[r.PrevHash], r.PrevHash == "" && r.Number > 1:
			faults = append(faults, fmt.Sprintf("the row before row %d of chain %s is gone", r.Number, r.Writer))
		}
	}
	return len(all), faults, nil
}
