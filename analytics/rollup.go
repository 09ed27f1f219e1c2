package analytics

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// sharesCount names the platforms on which anyone can see how often a post was
// shared, so that shares count among the interactions.
var sharesCount = []string{string(schema.Facebook), string(schema.X), string(schema.TikTok)}

// counters are the metrics that each reading may tell, interactions among
// them.
var counters = []string{"views", "impressions", "reach", "reactions", "comments", "shares", "saves", "clicks",
	"watch_seconds", "interactions"}

// Rollup derives the daily figures of an account from its readings, from the
// first day on whose readings they lack. It returns that day, or nil if there
// was nothing to do. It may be repeated, and run twice at once.
func (db *DB) Rollup(ctx context.Context, id schema.AccountID) (*time.Time, error) {
	from, fewer, err := db.firstDirtyDay(ctx, id)
	if err != nil || from == nil {
		return nil, err
	}
	// Posts were compared with those that are no longer counted.
	return from, db.rollup(ctx, id, *from, fewer)
}

// RollupFrom derives the account's daily figures again, from the day on:
// readings were replaced or taken away.
func (db *DB) RollupFrom(ctx context.Context, id schema.AccountID, from time.Time) error {
	return db.rollup(ctx, id, from, true)
}

// rollup derives the figures from the day on; with every, also those of posts
// that were not read anew.
func (db *DB) rollup(ctx context.Context, id schema.AccountID, from time.Time, every bool) error {
	// Rows of two rollups replace each other by this moment. It is taken before
	// anything is read, from the real clock: the one that read later wins.
	began := time.Now()
	derive := func(name string) error {
		return db.Conn.Exec(ctx, query(name),
			clickhouse.Named("account", string(id)),
			clickhouse.Named("zone", db.Zone.String()),
			clickhouse.Named("shares_count", sharesCount),
			clickhouse.Named("metrics", counters),
			notCounted,
			date("from", from),
			moment("computed_at", began))
	}
	// The account's activity comes last: by it FirstDirtyDay sees whether a
	// rollup was made whole.
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"daily figures of posts", func() error { return derive("rollup.PostDaily") }},
		{"figures of posts", func() error { return db.rollupPosts(ctx, id, from, began, every) }},
		{"followers", func() error { return derive("rollup.AccountFollowers") }},
		{"life of posts", func() error { return derive("rollup.AccountLife") }},
		{"activity", func() error { return derive("rollup.AccountActivity") }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("roll up %s from %s: %s: %w", id, from.Format(time.DateOnly), step.name, err)
		}
	}
	return nil
}

// firstDirtyDay returns the first day whose readings the account's figures
// lack, or nil, and whether some day has fewer readings than its figures know.
func (db *DB) firstDirtyDay(ctx context.Context, id schema.AccountID) (day *time.Time, fewer bool, err error) {
	var rows []struct {
		Day   time.Time `ch:"day"`
		Fewer bool      `ch:"fewer"`
	}
	err = db.Conn.Select(ctx, &rows, query("rollup.FirstDirtyDay"),
		clickhouse.Named("account", string(id)),
		clickhouse.Named("zone", db.Zone.String()), notCounted)
	if err != nil {
		return nil, false, fmt.Errorf("first day of %s to roll up: %w", id, err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	return &rows[0].Day, rows[0].Fewer, nil
}
