package thumbnail

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/hamawaz/hamawaz/schema"
)

const (
	maxAtOnce = 60 // pictures of one call of Keep
	maxTries  = 4  // the first, and three more
	parallel  = 4
)

// A Keeper fetches the pictures that an account's posts lack, and stores them.
type Keeper struct {
	Conn    driver.Conn
	Fetcher *Fetcher
	Now     func() time.Time
}

// A lack is a post without a picture.
type lack struct {
	PostID string `ch:"post_id"`
	URL    string `ch:"url"`
	Tries  uint8  `ch:"tries"`
}

// lacking.sql finds the posts whose picture is to be fetched.
//
//go:embed lacking.sql
var lackingSQL string

// Keep fetches the pictures of the account's newest posts that have none, at
// most 60, and says of how many it has them now. One that cannot be had is
// noted with the reason, and tried again after an hour, 4 and 16 hours, by the
// link that the platform tells then. It may run twice without harm.
func (k *Keeper) Keep(ctx context.Context, account schema.AccountID) (kept, failed int, err error) {
	var lacks []lack
	err = k.Conn.Select(ctx, &lacks, lackingSQL,
		clickhouse.Named("account", string(account)),
		clickhouse.Named("now", k.Now().UTC().Format("2006-01-02 15:04:05")),
		clickhouse.Named("tries", fmt.Sprint(maxTries)),
		clickhouse.Named("limit", fmt.Sprint(maxAtOnce)))
	if err != nil {
		return 0, 0, fmt.Errorf("posts of %s without a picture: %w", account, err)
	}
	rows := make([]*schema.Thumbnail, len(lacks))
	var g errgroup.Group
	g.SetLimit(parallel)
	for i, l := range lacks {
		g.Go(func() error {
			p, err := k.Fetcher.Fetch(ctx, l.URL)
			if ctx.Err() != nil {
				return ctx.Err() // our own stop says nothing of the picture
			}
			row := &schema.Thumbnail{AccountID: account, PostID: l.PostID, Tries: l.Tries, FetchedAt: k.Now().UTC()}
			if err != nil {
				row.Error, row.Tries = err.Error(), l.Tries+1
			} else {
				row.Image, row.MediaType = string(p.JPEG), MediaType
				row.Width, row.Height = uint16(p.Width), uint16(p.Height)
			}
			rows[i] = row
			return nil
		})
	}
	stopped := g.Wait()
	var batch []any
	for _, row := range rows {
		switch {
		case row == nil:
			continue
		case row.Error != "":
			failed++
		default:
			kept++
		}
		batch = append(batch, row)
	}
	// What was fetched is kept although ctx has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := schema.Insert(ctx, k.Conn, "thumbnails", batch); err != nil {
		return 0, 0, fmt.Errorf("store pictures of %s: %w", account, err)
	}
	if stopped != nil {
		return kept, failed, fmt.Errorf("pictures of %s: %w", account, stopped)
	}
	return kept, failed, nil
}
