package analytics

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// audienceByDay returns the followers of the accounts at the close of each day
// of the period, added up. An account stands at its last reading until the
// next; before its first it adds nothing. nil: no account had been read by then,
// or the day is still to come.
func (db *DB) audienceByDay(ctx context.Context, accounts []account, p Period) ([]*float64, error) {
	var rows []struct {
		Account   schema.AccountID `ch:"account_id"`
		Day       time.Time        `ch:"day"`
		Followers int64            `ch:"followers"`
	}
	err := db.Conn.Select(ctx, &rows, query("figures.Followers"),
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("accounts", accountIDs(accounts)),
		date("from", p.From), date("to", p.To))
	if err != nil {
		return nil, fmt.Errorf("followers in %s: %w", p, err)
	}
	days := make([]*float64, p.Days())
	today := midnight(db.Now().In(db.Zone), db.Zone)
	stand := map[schema.AccountID]int64{}
	var sum int64
	next := 0
	for i := range days {
		day := p.From.AddDate(0, 0, i)
		if day.After(today) {
			break
		}
		for ; next < len(rows) && rows[next].Day.Format(time.DateOnly) <= day.Format(time.DateOnly); next++ {
			r := rows[next]
			sum += r.Followers - stand[r.Account]
			stand[r.Account] = r.Followers
		}
		if len(stand) > 0 {
			n := float64(sum)
			days[i] = &n
		}
	}
	return days, nil
}
