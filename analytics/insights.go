package analytics

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// An Insight is an account's own figure, day by day.
type Insight struct {
	Metric string     // the platform's name
	Days   []*float64 // one for each day of the period; nil: not told
}

// Insights returns the account's own figures of the days of the period, in the
// calendar of its platform, by name. A metric that was told on none of the days
// is not among them.
func (db *DB) Insights(ctx context.Context, id schema.AccountID, p Period) ([]Insight, error) {
	var rows []struct {
		Metric string    `ch:"metric"`
		Day    time.Time `ch:"day"`
		Value  *int64    `ch:"value"`
	}
	err := db.Conn.Select(ctx, &rows, query("account.Insights"), clickhouse.Named("account", string(id)), date("from", p.From), date("to", p.To))
	if err != nil {
		return nil, fmt.Errorf("own figures of %s, %s: %w", id, p, err)
	}
	var list []Insight
	for _, r := range rows {
		if r.Value == nil {
			continue
		}
		if len(list) == 0 || list[len(list)-1].Metric != r.Metric {
			list = append(list, Insight{Metric: r.Metric, Days: make([]*float64, p.Days())})
		}
		first := Period{p.From, r.Day}
		list[len(list)-1].Days[first.Days()] = float(r.Value)
	}
	return list, nil
}
