package importer

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// An Undone says what an undone import had brought.
type Undone struct {
	Batch    Batch
	Accounts []AccountResult // whose daily figures must be derived again
	Posts    uint64          // that nothing else told of
	Readings uint64
}

// Undo takes back all that the import brought: its readings, the posts that no
// API and no other import told of, and the daily figures of the accounts, which
// the caller derives again. It may be repeated, also after it was killed.
//
// Where a later import had replaced a reading of the same post and moment, that
// one stays; what an undone import itself had replaced does not come back.
func (im *Importer) Undo(ctx context.Context, id, actor string) (Undone, error) {
	var u Undone
	var err error
	if u.Batch, err = im.Batch(ctx, id); err != nil {
		return u, fmt.Errorf("undo: %w", err)
	}
	if u.Accounts, err = im.broughtAccounts(ctx, id); err != nil {
		return u, fmt.Errorf("undo %s: %w", id, err)
	}
	derived, err := im.derivedTables(ctx)
	if err != nil {
		return u, fmt.Errorf("undo %s: %w", id, err)
	}
	type step struct {
		table, where string
		count        *uint64
	}
	steps := []step{{"posts", onlyImported, &u.Posts}, {"post_versions", onlyWording, nil}}
	for _, table := range derived {
		steps = append(steps, step{table, ofAccounts, nil})
	}
	// Readings go last: by them the rest is found when an undo is repeated.
	for _, step := range append(steps, step{"observations", `run_id = {id:String}`, &u.Readings}) {
		args := []any{clickhouse.Named("id", id), clickhouse.Named("prefix", idPrefix), clickhouse.Named("accounts", accountIDs(u.Accounts))}
		var rows uint64
		if err := im.Store.Conn.QueryRow(ctx, `SELECT count() FROM `+step.table+` WHERE `+step.where, args...).Scan(&rows); err != nil {
			return u, fmt.Errorf("undo %s: count %s: %w", id, step.table, err)
		}
		if rows == 0 {
			continue
		}
		if step.count != nil { // rows that were stored twice and not yet merged are one
			if err := im.Store.Conn.QueryRow(ctx, `SELECT count() FROM `+step.table+` FINAL WHERE `+step.where, args...).Scan(step.count); err != nil {
				return u, fmt.Errorf("undo %s: count %s: %w", id, step.table, err)
			}
		}
		err := im.Store.Conn.Exec(ctx, `ALTER TABLE `+step.table+` DELETE WHERE `+step.where+
			` SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1`, args...)
		if err != nil {
			return u, fmt.Errorf("undo %s: take back %s: %w", id, step.table, err)
		}
	}
	u.Batch.State, u.Batch.FinishedAt = StateUndone, new(im.Now().UTC())
	if err := im.save(ctx, u.Batch); err != nil {
		return u, fmt.Errorf("undo %s: %w", id, err)
	}
	return u, im.audit(ctx, "import.undo", u.Batch, actor)
}

// The rows that go with an import. A post goes if its record is an import's and
// no other reading of it is left. A wording goes if it was seen in the import
// alone.
const (
	brought      = `(account_id, post_id) IN (SELECT account_id, post_id FROM observations FINAL WHERE run_id = {id:String})`
	onlyImported = `startsWith(run_id, {prefix:String}) AND ` + brought + `
		AND (account_id, post_id) NOT IN (SELECT account_id, post_id FROM observations FINAL WHERE run_id != {id:String} AND ` + brought + `)`
	onlyWording = `first_seen = last_seen
		AND (account_id, post_id, first_seen) IN (SELECT account_id, post_id, observed_at FROM observations FINAL WHERE run_id = {id:String})`
	ofAccounts = `account_id IN {accounts:Array(String)}`
)

// derivedTables returns the tables that hold figures of accounts, derived from
// readings.
func (im *Importer) derivedTables(ctx context.Context) ([]string, error) {
	var rows []struct {
		Name string `ch:"name"`
	}
	err := im.Store.Conn.Select(ctx, &rows, `
		SELECT name FROM system.tables
		WHERE database = currentDatabase() AND name IN ('post_daily', 'account_daily', 'post_figures') ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("look for derived figures: %w", err)
	}
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	return names, nil
}

func accountIDs(all []AccountResult) []string {
	ids := make([]string, len(all))
	for i, a := range all {
		ids[i] = string(a.ID)
	}
	return ids
}

// broughtAccounts returns the accounts of which the import has readings.
func (im *Importer) broughtAccounts(ctx context.Context, id string) ([]AccountResult, error) {
	var rows []struct {
		ID       schema.AccountID `ch:"account_id"`
		Rows     uint64           `ch:"rows"`
		Earliest time.Time        `ch:"earliest"`
	}
	err := im.Store.Conn.Select(ctx, &rows, `
		SELECT account_id, count() AS rows, min(observed_at) AS earliest FROM observations FINAL
		WHERE run_id = {id:String} GROUP BY account_id ORDER BY account_id`, clickhouse.Named("id", id))
	if err != nil {
		return nil, fmt.Errorf("look for its readings: %w", err)
	}
	all := make([]AccountResult, len(rows))
	for i, r := range rows {
		all[i] = AccountResult(r)
	}
	return all, nil
}
