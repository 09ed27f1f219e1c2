package collector

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/hamawaz/hamawaz/schema"
	"golang.org/x/sync/errgroup"
)

// A Writer keeps pages in the store. Pages that arrive while an insert is
// under way are put into the next one together, so many accounts collected at
// once make few and large inserts; nobody waits for a batch to fill.
type Writer struct {
	conn  driver.Conn
	queue chan write
	done  chan struct{}
	close sync.Once
}

// A write is what is kept together, or not at all as far as its sender knows.
type write struct {
	pages []Page
	runs  []Run
	reply chan error
}

// maxBatchRows bounds one insert. Its rows in memory are of the order of a
// kilobyte each.
const maxBatchRows = 50_000

// NewWriter returns a writer into the store. Close ends it.
func NewWriter(conn driver.Conn) *Writer {
	w := &Writer{conn: conn, queue: make(chan write), done: make(chan struct{})}
	go w.run()
	return w
}

// Close waits for the insert under way and ends the writer. Pages sent
// afterwards are refused.
func (w *Writer) Close() { w.close.Do(func() { close(w.done) }) }

// Store keeps the pages: it returns nil once all their rows are in the store.
func (w *Writer) Store(ctx context.Context, pages ...Page) error {
	return w.write(ctx, write{pages: pages})
}

// Note keeps the run as it stands. It replaces what was kept of it.
func (w *Writer) Note(ctx context.Context, r Run) error {
	return w.write(ctx, write{runs: []Run{r}})
}

func (w *Writer) write(ctx context.Context, one write) error {
	one.reply = make(chan error, 1)
	select {
	case w.queue <- one:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.done:
		return fmt.Errorf("writer is closed: %w", context.Canceled)
	}
	// Once queued, the rows are inserted whatever happens to ctx: the caller
	// must learn how it went.
	return <-one.reply
}

func (w *Writer) run() {
	for {
		var batch []write
		select {
		case first := <-w.queue:
			batch = append(batch, first)
		case <-w.done:
			return
		}
		for rows := batch[0].rows(); rows < maxBatchRows; {
			select {
			case next := <-w.queue:
				batch = append(batch, next)
				rows += next.rows()
				continue
			default:
			}
			break
		}
		err := w.insert(batch)
		for _, b := range batch {
			b.reply <- err
		}
	}
}

func (w write) rows() int {
	n := len(w.runs)
	for _, p := range w.pages {
		n += len(p.Profiles) + len(p.Posts) + len(p.Observations) + len(p.Comments) + len(p.Insights) + len(p.Metrics) + len(p.Raw)
	}
	return n
}

// insert stores the batch, readings last: they need their posts. A run is noted
// after its pages are kept, so the notes need nothing. It is not one
// transaction: after an error the pages are sent again, and rows that are there
// already are replaced by themselves.
func (w *Writer) insert(batch []write) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()

	var all Page
	var runs []any
	for _, b := range batch {
		for _, p := range b.pages {
			all.Profiles = append(all.Profiles, p.Profiles...)
			all.Posts = append(all.Posts, p.Posts...)
			all.Observations = append(all.Observations, p.Observations...)
			all.Comments = append(all.Comments, p.Comments...)
			all.Insights = append(all.Insights, p.Insights...)
			all.Metrics = append(all.Metrics, p.Metrics...)
			all.Raw = append(all.Raw, p.Raw...)
		}
		for i := range b.runs {
			runs = append(runs, &b.runs[i])
		}
	}
	var g errgroup.Group
	g.Go(func() error { return insertRaw(ctx, w.conn, all.Raw) })
	g.Go(func() error { return InsertPosts(ctx, w.conn, all.Posts) })
	g.Go(func() error { return insertRows(ctx, w.conn, "account_observations", all.Profiles) })
	g.Go(func() error { return insertRows(ctx, w.conn, "comments", all.Comments) })
	g.Go(func() error { return insertRows(ctx, w.conn, "account_insights", all.Insights) })
	g.Go(func() error { return insertRows(ctx, w.conn, "metric_status", all.Metrics) })
	g.Go(func() error { return schema.Insert(ctx, w.conn, "runs", runs) })
	if err := g.Wait(); err != nil {
		return err
	}
	return InsertObservations(ctx, w.conn, all.Observations)
}

// columns collects rows column by column, which the driver encodes several
// times faster than row by row.
type columns struct {
	batch driver.Batch
	next  int
	err   error
}

func (c *columns) add(values any) {
	if c.err == nil {
		c.err = c.batch.Column(c.next).Append(values)
	}
	c.next++
}

// column returns one field of all rows.
func column[R, V any](rows []R, field func(*R) V) []V {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = field(&rows[i])
	}
	return values
}

// insertColumns sends what fill adds as one insert.
func insertColumns(ctx context.Context, conn driver.Conn, n int, query string, fill func(*columns)) error {
	if n == 0 {
		return nil
	}
	batch, err := conn.PrepareBatch(ctx, query)
	if err != nil {
		return err
	}
	defer batch.Close()
	c := &columns{batch: batch}
	fill(c)
	if c.err != nil {
		return c.err
	}
	return batch.Send()
}

// byMonth calls insert for the rows of each month apart: an insert that spans
// partitions may be half done after a crash.
func byMonth[R any](rows []R, at func(*R) time.Time, insert func([]R) error) error {
	month := func(i int) int {
		t := at(&rows[i]).UTC()
		return t.Year()*12 + int(t.Month())
	}
	mixed := false
	for i := 1; i < len(rows) && !mixed; i++ {
		mixed = month(i) != month(0)
	}
	if !mixed {
		return insert(rows)
	}
	months := map[int][]R{}
	for i := range rows {
		months[month(i)] = append(months[month(i)], rows[i])
	}
	for _, part := range months {
		if err := insert(part); err != nil {
			return err
		}
	}
	return nil
}

// InsertPosts stores the posts. A post that is there already is replaced if
// it was collected earlier.
func InsertPosts(ctx context.Context, conn driver.Conn, rows []schema.Post) error {
	err := insertColumns(ctx, conn, len(rows), `INSERT INTO posts (account_id, post_id, platform, native_id, text, format,
		permalink, links, hashtags, alt_text, published_at, deleted_at, collected_at, run_id,
		relation, related_id, captions, paid, duration_seconds, thumbnail_url, absence)`, func(c *columns) {
		c.add(column(rows, func(r *schema.Post) string { return string(r.AccountID) }))
		c.add(column(rows, func(r *schema.Post) string { return r.PostID }))
		c.add(column(rows, func(r *schema.Post) string { return string(r.Platform) }))
		c.add(column(rows, func(r *schema.Post) string { return r.NativeID }))
		c.add(column(rows, func(r *schema.Post) string { return r.Text }))
		c.add(column(rows, func(r *schema.Post) string { return string(r.Format) }))
		c.add(column(rows, func(r *schema.Post) string { return r.Permalink }))
		c.add(column(rows, func(r *schema.Post) []string { return r.Links }))
		c.add(column(rows, func(r *schema.Post) []string { return r.Hashtags }))
		c.add(column(rows, func(r *schema.Post) *string { return r.AltText }))
		c.add(column(rows, func(r *schema.Post) time.Time { return r.PublishedAt }))
		c.add(column(rows, func(r *schema.Post) *time.Time { return r.DeletedAt }))
		c.add(column(rows, func(r *schema.Post) time.Time { return r.CollectedAt }))
		c.add(column(rows, func(r *schema.Post) string { return r.RunID }))
		c.add(column(rows, func(r *schema.Post) string { return string(r.Relation) }))
		c.add(column(rows, func(r *schema.Post) string { return r.RelatedID }))
		c.add(column(rows, func(r *schema.Post) *bool { return r.Captions }))
		c.add(column(rows, func(r *schema.Post) *bool { return r.Paid }))
		c.add(column(rows, func(r *schema.Post) *int64 { return r.Seconds }))
		c.add(column(rows, func(r *schema.Post) string { return r.ThumbnailURL }))
		c.add(column(rows, func(r *schema.Post) string { return string(r.Absence) }))
	})
	if err != nil {
		return fmt.Errorf("insert %d posts: %w", len(rows), err)
	}
	return nil
}

// InsertObservations stores the readings, one insert for each month.
func InsertObservations(ctx context.Context, conn driver.Conn, rows []schema.Observation) error {
	type o = schema.Observation
	return byMonth(rows, func(r *o) time.Time { return r.ObservedAt }, func(rows []o) error {
		err := insertColumns(ctx, conn, len(rows), `INSERT INTO observations (account_id, post_id, platform, observed_at, call,
			views, impressions, reach, reactions, comments, shares, saves, clicks, watch_seconds, extra, run_id)`, func(c *columns) {
			c.add(column(rows, func(r *o) string { return string(r.AccountID) }))
			c.add(column(rows, func(r *o) string { return r.PostID }))
			c.add(column(rows, func(r *o) string { return string(r.Platform) }))
			c.add(column(rows, func(r *o) time.Time { return r.ObservedAt }))
			c.add(column(rows, func(r *o) string { return r.Call }))
			c.add(column(rows, func(r *o) *int64 { return r.Views }))
			c.add(column(rows, func(r *o) *int64 { return r.Impressions }))
			c.add(column(rows, func(r *o) *int64 { return r.Reach }))
			c.add(column(rows, func(r *o) *int64 { return r.Reactions }))
			c.add(column(rows, func(r *o) *int64 { return r.Comments }))
			c.add(column(rows, func(r *o) *int64 { return r.Shares }))
			c.add(column(rows, func(r *o) *int64 { return r.Saves }))
			c.add(column(rows, func(r *o) *int64 { return r.Clicks }))
			c.add(column(rows, func(r *o) *int64 { return r.WatchSeconds }))
			c.add(column(rows, func(r *o) map[string]int64 { return r.Extra }))
			c.add(column(rows, func(r *o) string { return r.RunID }))
		})
		if err != nil {
			return fmt.Errorf("insert %d observations: %w", len(rows), err)
		}
		return nil
	})
}

// insertRows stores rows of the kinds of which there are few, row by row.
func insertRows[R any](ctx context.Context, conn driver.Conn, table string, rows []R) error {
	batch := make([]any, len(rows))
	for i := range rows {
		batch[i] = &rows[i]
	}
	return schema.Insert(ctx, conn, table, batch)
}

func insertRaw(ctx context.Context, conn driver.Conn, rows []schema.RawAnswer) error {
	type raw = schema.RawAnswer
	return byMonth(rows, func(r *raw) time.Time { return r.ReceivedAt }, func(rows []raw) error {
		err := insertColumns(ctx, conn, len(rows), `INSERT INTO raw_answers (received_at, account_id, platform, run_id, request,
			status, api_version, body_hash, body)`, func(c *columns) {
			c.add(column(rows, func(r *raw) time.Time { return r.ReceivedAt }))
			c.add(column(rows, func(r *raw) string { return string(r.AccountID) }))
			c.add(column(rows, func(r *raw) string { return string(r.Platform) }))
			c.add(column(rows, func(r *raw) string { return r.RunID }))
			c.add(column(rows, func(r *raw) string { return r.Request }))
			c.add(column(rows, func(r *raw) uint16 { return r.Status }))
			c.add(column(rows, func(r *raw) string { return r.APIVersion }))
			c.add(column(rows, func(r *raw) string { return r.BodyHash }))
			c.add(column(rows, func(r *raw) string { return r.Body }))
		})
		if err != nil {
			return fmt.Errorf("insert %d raw answers: %w", len(rows), err)
		}
		return nil
	})
}
