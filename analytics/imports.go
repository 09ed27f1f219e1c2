package analytics

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// An ImportedAccount is what one import brought for one account.
type ImportedAccount struct {
	ID          schema.AccountID `ch:"account_id"`
	Readings    uint64           `ch:"readings"` // one for each row that was kept
	First       time.Time        `ch:"first"`    // moment of the earliest reading
	Last        time.Time        `ch:"last"`
	Reactions   *float64         `ch:"reactions_sum"` // nil: no reading tells
	Comments    *float64         `ch:"comments_sum"`
	Shares      *float64         `ch:"shares_sum"`
	Views       *float64         `ch:"views_sum"`
	Impressions *float64         `ch:"impressions_sum"`
	Reach       *float64         `ch:"reach_sum"` // no number of people: who saw two posts counts twice

	// In how many readings the counter is not known.
	ReactionsUnknown   uint64 `ch:"reactions_unknown"`
	CommentsUnknown    uint64 `ch:"comments_unknown"`
	SharesUnknown      uint64 `ch:"shares_unknown"`
	ViewsUnknown       uint64 `ch:"views_unknown"`
	ImpressionsUnknown uint64 `ch:"impressions_unknown"`
	ReachUnknown       uint64 `ch:"reach_unknown"`
}

// ImportedAccounts returns what the import brought, the account with the most
// readings first: nothing of one that was undone.
func (db *DB) ImportedAccounts(ctx context.Context, id string) ([]ImportedAccount, error) {
	var rows []ImportedAccount
	err := db.Conn.Select(ctx, &rows, query("imports.Accounts"), clickhouse.Named("import", id))
	if err != nil {
		return nil, fmt.Errorf("accounts of import %q: %w", id, err)
	}
	return rows, nil
}
