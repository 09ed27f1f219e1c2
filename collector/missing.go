package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// lookedForAtMost bounds how many posts one pass, or one check of the terms,
// asks a platform for. The rest is asked for by the next.
const lookedForAtMost = 500

// missing finds out what became of posts that a complete pass should have
// listed and did not. A list alone proves little: platforms cut lists, rank
// them and fail. So the platform is asked for the posts by their ids; where it
// cannot be asked, nothing is taken for gone.
func (c *Collector) missing(ctx context.Context, a schema.Account, connector Connector, job Job, run *Run) error {
	finder, ok := connector.(Finder)
	if !ok {
		return nil
	}
	posts, err := c.unseen(ctx, a.ID, run.Depth, run.PassStartedAt, run.PassStartedAt)
	if err != nil || len(posts) == 0 {
		return err
	}
	gone, calls, err := finder.Missing(ctx, job, posts)
	run.Calls += uint32(calls)
	if err != nil {
		return fmt.Errorf("look for %d posts: %w", len(posts), err)
	}
	return c.settle(ctx, run.ID, posts, gone)
}

// Verify asks the platform for all posts of the account that were last seen
// before the moment, as terms may demand, and notes which are gone. It returns
// how many. Errors are those of Collect.
func (c *Collector) Verify(ctx context.Context, a schema.Account, before time.Time) (gone int, err error) {
	finder, ok := c.Connectors[a.Platform].(Finder)
	if !ok {
		return 0, fmt.Errorf("verify %s: %w: %s cannot be asked for posts by their ids", a.ID, ErrRequest, a.Platform)
	}
	for {
		posts, err := c.unseen(ctx, a.ID, time.Unix(0, 0), c.Now(), before)
		if err != nil || len(posts) == 0 {
			return gone, err
		}
		missing, _, err := finder.Missing(ctx, Job{Account: a}, posts)
		if err != nil {
			return gone, fmt.Errorf("verify %s: look for %d posts: %w", a.ID, len(posts), err)
		}
		if err := c.settle(ctx, "", posts, missing); err != nil {
			return gone, fmt.Errorf("verify %s: %w", a.ID, err)
		}
		gone += len(missing)
		if len(posts) < lookedForAtMost {
			return gone, nil
		}
	}
}

// keepFirst gives the posts of a page that the platform itself says are gone,
// such as hidden ones, the moment at which that was first seen.
func (c *Collector) keepFirst(ctx context.Context, id schema.AccountID, posts []schema.Post) error {
	var gone []string
	for _, p := range posts {
		if p.DeletedAt != nil {
			gone = append(gone, p.PostID)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	var rows []struct {
		PostID    string     `ch:"post_id"`
		DeletedAt *time.Time `ch:"deleted_at"`
	}
	err := c.Conn.Select(ctx, &rows, `SELECT post_id, deleted_at FROM posts FINAL
		WHERE account_id = {account:String} AND has({posts:Array(String)}, post_id) AND deleted_at IS NOT NULL`,
		clickhouse.Named("account", string(id)), clickhouse.Named("posts", gone))
	if err != nil {
		return fmt.Errorf("when posts were gone: %w", err)
	}
	first := map[string]*time.Time{}
	for _, r := range rows {
		first[r.PostID] = r.DeletedAt
	}
	for i := range posts {
		if at := first[posts[i].PostID]; posts[i].DeletedAt != nil && at != nil {
			posts[i].DeletedAt = at
		}
	}
	return nil
}

// unseen returns the account's posts of a stretch of time, newest first, that
// nobody has seen since before and that are not known to be gone. Posts without
// an id of the platform's API, as imports leave them, cannot be asked for.
func (c *Collector) unseen(ctx context.Context, id schema.AccountID, from, to, before time.Time) ([]schema.Post, error) {
	var posts []schema.Post
	err := c.Conn.Select(ctx, &posts, `SELECT * FROM posts FINAL
		WHERE account_id = {account:String} AND native_id != '' AND deleted_at IS NULL
			AND published_at >= {from:DateTime64(3, 'UTC')} AND published_at < {to:DateTime64(3, 'UTC')}
			AND collected_at < {before:DateTime64(3, 'UTC')}
		ORDER BY published_at DESC, post_id LIMIT {most:UInt32}`,
		clickhouse.Named("account", string(id)), moment("from", from), moment("to", to), moment("before", before),
		clickhouse.Named("most", lookedForAtMost))
	if err != nil {
		return nil, fmt.Errorf("posts not seen since %s: %w", before.Format(time.RFC3339), err)
	}
	return posts, nil
}

// settle stores that the posts were looked for: those in gone are gone, the
// others were there.
func (c *Collector) settle(ctx context.Context, run string, posts []schema.Post, gone map[string]schema.Absence) error {
	now := c.Now().UTC().Truncate(time.Millisecond)
	id, forget := posts[0].AccountID, c.Forget[posts[0].Platform]
	var blank []string
	for i := range posts {
		p := &posts[i]
		p.CollectedAt = now
		if run != "" {
			p.RunID = run
		}
		why, ok := gone[p.PostID]
		if !ok {
			continue
		}
		p.DeletedAt, p.Absence = &now, why
		if forget {
			p.Text, p.Links, p.Hashtags, p.AltText, p.ThumbnailURL = "", nil, nil, nil, ""
			blank = append(blank, p.PostID)
		}
	}
	// What must be forgotten goes first: were it last, a crash in between would
	// leave it behind a post that nobody looks for again.
	if err := c.forget(ctx, id, blank, "post_versions", "thumbnails", "comments"); err != nil {
		return err
	}
	if err := c.Writer.Store(ctx, Page{Posts: posts}); err != nil {
		return fmt.Errorf("note %d posts: %w", len(posts), err)
	}
	// The row of a moment ago is hidden by the new one; storing that has left an
	// empty wording.
	return c.forget(ctx, id, blank, "posts", "post_versions")
}

// forget removes what the tables hold of the posts, but for the rows that say
// they are gone. Their counters stay.
func (c *Collector) forget(ctx context.Context, id schema.AccountID, posts []string, tables ...string) error {
	if len(posts) == 0 {
		return nil
	}
	for _, table := range tables {
		query := `ALTER TABLE ` + table + ` DELETE WHERE account_id = {account:String} AND has({posts:Array(String)}, post_id)`
		if table == "posts" {
			query += ` AND deleted_at IS NULL`
		}
		err := c.Conn.Exec(ctx, query+` SETTINGS mutations_sync = 1`, clickhouse.Named("account", string(id)), clickhouse.Named("posts", posts))
		if err != nil {
			return fmt.Errorf("forget %d posts in %s: %w", len(posts), table, err)
		}
	}
	return nil
}

// ForgetAnswers removes the raw answers of the platform that are older than the
// moment: they hold the content of posts that may be gone since.
func (c *Collector) ForgetAnswers(ctx context.Context, platform schema.Platform, before time.Time) error {
	err := c.Conn.Exec(ctx, `ALTER TABLE raw_answers DELETE WHERE platform = {platform:String} AND received_at < {before:DateTime64(3, 'UTC')}
		SETTINGS mutations_sync = 1`, clickhouse.Named("platform", string(platform)), moment("before", before))
	if err != nil {
		return fmt.Errorf("forget answers of %s: %w", platform, err)
	}
	return nil
}

// lookFor is missing for a pass that is complete: only a platform's wish to
// wait ends the run, all else is tried again by the next pass.
func (c *Collector) lookFor(ctx context.Context, a schema.Account, connector Connector, job Job, run *Run) error {
	err := c.missing(ctx, a, connector, job, run)
	var limit *RateLimitError
	if err == nil || errors.As(err, &limit) || ctx.Err() != nil {
		return err
	}
	c.Log.Warn("posts that were not listed are looked for again", "account", a.ID, "err", err)
	return nil
}

// moment names a time for a query.
func moment(name string, at time.Time) any {
	return clickhouse.Named(name, at.UTC().Format("2006-01-02 15:04:05.000"))
}
