package analytics

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// A Thumbnail is the small picture of a post.
type Thumbnail struct {
	Image     string `ch:"image"`
	MediaType string `ch:"media_type"`
	Width     uint16 `ch:"width"`
	Height    uint16 `ch:"height"`
}

// Thumbnail returns the picture that is stored of the post. The error is
// schema.ErrNotFound if there is none.
func (db *DB) Thumbnail(ctx context.Context, account schema.AccountID, post string) (Thumbnail, error) {
	var rows []Thumbnail
	err := db.Conn.Select(ctx, &rows, query("post.Thumbnail"), clickhouse.Named("account", string(account)), clickhouse.Named("post", post))
	if err == nil && len(rows) == 0 {
		err = schema.ErrNotFound
	}
	if err != nil {
		return Thumbnail{}, fmt.Errorf("picture of %q of %s: %w", post, account, err)
	}
	return rows[0], nil
}
