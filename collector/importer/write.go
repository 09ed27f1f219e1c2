package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// How much is put into one insert.
const (
	batchRows     = 20_000
	batchBytes    = 16 << 20 // of the file
	batchRefusals = 5_000
)

// Import stores the files' rows. It may be repeated: the same files, map,
// moment and accounts are the same import, which then ends as it did before, or
// goes on where it was killed.
//
// A post that a platform's API told us of keeps its record, and gets the
// reading alone. On an error of a file nothing was written; after any other
// error, repeat the import or undo it.
func (im *Importer) Import(ctx context.Context, req Request, progress func(Progress)) (*Result, error) {
	p, err := im.plan(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	checked, err := im.check(ctx, p, progress, nil)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	if err := im.write(ctx, p, checked, progress); err != nil {
		return nil, fmt.Errorf("import %s: %w: repeat it, or undo it", p.id, err)
	}
	return checked, nil
}

// write is the second pass.
func (im *Importer) write(ctx context.Context, p *plan, checked *Result, progress func(Progress)) error {
	batch := Batch{
		ID: p.id, Platform: p.platform, Hashes: p.hashes, MapName: p.m.Name, AsOf: p.asOf, Accounts: p.selection(),
		State: StateRunning, StartedAt: p.now, Actor: p.req.Actor, Read: checked.Read, Warnings: checked.warningTexts(),
	}
	for _, f := range p.req.Files {
		batch.Files = append(batch.Files, f.Name)
	}
	m, err := json.Marshal(p.m)
	if err != nil {
		return err
	}
	batch.MapJSON = string(m)
	// Tries are told apart by their start, whatever the clock does.
	if before, err := im.Batch(ctx, p.id); err == nil && !batch.StartedAt.After(before.StartedAt) {
		batch.StartedAt = before.StartedAt.Add(time.Millisecond)
	} else if err != nil && !errors.Is(err, schema.ErrNotFound) {
		return err
	}
	batch.StartedAt = batch.StartedAt.Truncate(time.Millisecond)
	if err := im.save(ctx, batch); err != nil {
		return err
	}

	w := &writer{im: im, batch: &batch, known: map[schema.AccountID]bool{}}
	s := scan{plan: p, keep: w.row, refuse: w.refusal, progress: progress, writing: true}
	written, err := s.run(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(w.flush(ctx), w.flushRefusals(ctx)); err != nil {
		return err
	}
	if written.Read != checked.Read || written.Kept != checked.Kept || written.Refused != checked.Refused {
		return errors.New("the files changed while they were read")
	}
	batch.State, batch.FinishedAt = StateDone, new(im.Now().UTC())
	batch.Kept, batch.Repeated, batch.Refused, batch.Unread = written.Kept, written.Repeated, written.Refused, written.Unread
	if err := im.save(ctx, batch); err != nil {
		return err
	}
	if err := im.dropOldRefusals(ctx, batch); err != nil {
		return err
	}
	return im.audit(ctx, "import.posts", batch, p.req.Actor)
}

// A writer puts rows together to large inserts.
type writer struct {
	im       *Importer
	batch    *Batch
	posts    []schema.Post
	readings []schema.Observation
	bytes    int
	refusals []any
	known    map[schema.AccountID]bool // accounts of which an API told posts
}

func (w *writer) row(ctx context.Context, r *Row) error {
	r.Post.RunID, r.Observation.RunID = w.batch.ID, w.batch.ID
	w.posts = append(w.posts, r.Post)
	w.readings = append(w.readings, r.Observation)
	if w.bytes += r.bytes; len(w.posts) < batchRows && w.bytes < batchBytes {
		return nil
	}
	return w.flush(ctx)
}

// flush stores the posts and then their readings, one insert for each month.
func (w *writer) flush(ctx context.Context) error {
	if len(w.readings) == 0 {
		return nil
	}
	posts, err := w.unknown(ctx)
	if err != nil {
		return err
	}
	conn := w.im.Store.Conn
	if err := collector.InsertPosts(ctx, conn, posts); err != nil {
		return err
	}
	if err := collector.InsertObservations(ctx, conn, w.readings); err != nil {
		return err
	}
	clear(w.posts) // the texts
	w.posts, w.readings, w.bytes = w.posts[:0], w.readings[:0], 0
	return nil
}

// unknown returns the posts of the batch that no API told us of. One that it
// tells of later replaces ours: it is collected later than the export was made.
func (w *writer) unknown(ctx context.Context) ([]schema.Post, error) {
	ids := map[schema.AccountID][]string{}
	for _, p := range w.posts {
		ids[p.AccountID] = append(ids[p.AccountID], p.PostID)
	}
	type key struct {
		account schema.AccountID
		post    string
	}
	known := map[key]bool{}
	for _, account := range sortedKeys(ids) {
		if known, err := w.apiKnows(ctx, account); err != nil {
			return nil, err
		} else if !known {
			continue
		}
		var rows []struct {
			PostID string `ch:"post_id"`
		}
		err := w.im.Store.Conn.Select(ctx, &rows, `
			SELECT post_id FROM posts FINAL
			WHERE account_id = {account:String} AND post_id IN {posts:Array(String)} AND NOT startsWith(run_id, {prefix:String})`,
			clickhouse.Named("account", string(account)), clickhouse.Named("posts", ids[account]), clickhouse.Named("prefix", idPrefix))
		if err != nil {
			return nil, fmt.Errorf("look for known posts: %w", err)
		}
		for _, r := range rows {
			known[key{account, r.PostID}] = true
		}
	}
	if len(known) == 0 {
		return w.posts, nil
	}
	return slices.DeleteFunc(slices.Clone(w.posts), func(p schema.Post) bool { return known[key{p.AccountID, p.PostID}] }), nil
}

// apiKnows says whether any post of the account is the API's. It is asked once
// for each account: posts that the API tells of in the meantime replace ours by
// themselves.
func (w *writer) apiKnows(ctx context.Context, account schema.AccountID) (bool, error) {
	known, ok := w.known[account]
	if ok {
		return known, nil
	}
	err := w.im.Store.Conn.QueryRow(ctx, `SELECT count() > 0 FROM posts WHERE account_id = {account:String} AND NOT startsWith(run_id, {prefix:String})`,
		clickhouse.Named("account", string(account)), clickhouse.Named("prefix", idPrefix)).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look for known posts: %w", err)
	}
	w.known[account] = known
	return known, nil
}

// refusalRow is a Refusal as it is stored.
type refusalRow struct {
	ImportID  string    `ch:"import_id"`
	StartedAt time.Time `ch:"started_at"`
	Refusal
}

func (w *writer) refusal(ctx context.Context, r Refusal) error {
	w.refusals = append(w.refusals, &refusalRow{w.batch.ID, w.batch.StartedAt, r})
	if len(w.refusals) < batchRefusals {
		return nil
	}
	return w.flushRefusals(ctx)
}

func (w *writer) flushRefusals(ctx context.Context) error {
	err := schema.Insert(ctx, w.im.Store.Conn, "import_refusals", w.refusals)
	w.refusals = w.refusals[:0]
	return err
}
