package importer

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// A Batch is an import as it is recorded.
type Batch struct {
	ID         string          `ch:"import_id" json:"import_id"`
	Platform   schema.Platform `ch:"platform" json:"platform"`
	Files      []string        `ch:"files" json:"files"`
	Hashes     []string        `ch:"hashes" json:"hashes"` // SHA-256 of each file, hexadecimal
	MapName    string          `ch:"map_name" json:"map"`
	MapJSON    string          `ch:"map_json" json:"-"`
	AsOf       *time.Time      `ch:"as_of" json:"as_of"`       // said with the import; nil: the files or the map say it
	Accounts   string          `ch:"accounts" json:"accounts"` // how rows found their account
	State      State           `ch:"state" json:"state"`
	StartedAt  time.Time       `ch:"started_at" json:"started_at"`
	FinishedAt *time.Time      `ch:"finished_at" json:"finished_at"` // nil: under way, or its process died
	Read       uint64          `ch:"read" json:"read"`
	Kept       uint64          `ch:"kept" json:"kept"`
	Repeated   uint64          `ch:"repeated" json:"repeated"`
	Refused    uint64          `ch:"refused" json:"refused"`
	Unread     uint64          `ch:"unread" json:"unread"`
	Warnings   []string        `ch:"warnings" json:"warnings"`
	Actor      string          `ch:"actor" json:"actor"`
	UpdatedAt  time.Time       `ch:"updated_at" json:"-"`
}

// A State is how far an import has come.
type State string

// Scan implements sql.Scanner.
func (s *State) Scan(v any) error { return schema.ScanText(s, v) }

// Value implements driver.Valuer of database/sql.
func (s State) Value() (driver.Value, error) { return string(s), nil }

// The states of an import.
const (
	StateRunning State = "running" // or its process died: importing the same again completes it
	StateDone    State = "done"
	StateUndone  State = "undone"
)

// save stores the batch as it stands.
func (im *Importer) save(ctx context.Context, b Batch) error {
	b.UpdatedAt = time.Now().UTC() // of two rows of a batch the later written counts, whatever the office's clock
	if err := schema.Insert(ctx, im.Store.Conn, "imports", []any{&b}); err != nil {
		return fmt.Errorf("note import %s: %w", b.ID, err)
	}
	return nil
}

const batchColumns = `import_id, platform, files, hashes, map_name, map_json, as_of, accounts, state, started_at, finished_at,
	read, kept, repeated, refused, unread, warnings, actor, updated_at`

// List returns all imports, the newest first.
func (im *Importer) List(ctx context.Context) ([]Batch, error) {
	var rows []Batch
	err := im.Store.Conn.Select(ctx, &rows, `SELECT `+batchColumns+` FROM imports FINAL ORDER BY started_at DESC, import_id`)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return rows, nil
}

// Batch returns the import, or schema.ErrNotFound.
func (im *Importer) Batch(ctx context.Context, id string) (Batch, error) {
	var rows []Batch
	err := im.Store.Conn.Select(ctx, &rows, `SELECT `+batchColumns+` FROM imports FINAL WHERE import_id = {id:String}`,
		clickhouse.Named("id", id))
	if err != nil {
		return Batch{}, fmt.Errorf("read import %q: %w", id, err)
	}
	if len(rows) == 0 {
		return Batch{}, fmt.Errorf("import %q: %w", id, schema.ErrNotFound)
	}
	return rows[0], nil
}

// Refusals returns what the import refused, in the order of files and lines:
// limit of them, after the first offset. An import that is under way or died
// has the refusals of what it has read.
func (im *Importer) Refusals(ctx context.Context, id string, limit, offset int) ([]Refusal, error) {
	var rows []Refusal
	err := im.Store.Conn.Select(ctx, &rows, `
		SELECT file, line, field, whole_row, reason, detail, value
		FROM import_refusals FINAL
		WHERE import_id = {id:String}
		  AND started_at = (SELECT started_at FROM imports FINAL WHERE import_id = {id:String})
		ORDER BY file, line, field
		LIMIT {limit:UInt64} OFFSET {offset:UInt64}`,
		clickhouse.Named("id", id), clickhouse.Named("limit", max(limit, 0)), clickhouse.Named("offset", max(offset, 0)))
	if err != nil {
		return nil, fmt.Errorf("read refusals of %s: %w", id, err)
	}
	return rows, nil
}

// dropOldRefusals takes away what an earlier try of the same import noted.
func (im *Importer) dropOldRefusals(ctx context.Context, b Batch) error {
	var old uint64
	args := []any{clickhouse.Named("id", b.ID), clickhouse.Named("started", moment(b.StartedAt))}
	const others = `import_id = {id:String} AND started_at != {started:DateTime64(3, 'UTC')}`
	if err := im.Store.Conn.QueryRow(ctx, `SELECT count() FROM import_refusals WHERE `+others, args...).Scan(&old); err != nil {
		return fmt.Errorf("drop refusals of earlier tries: %w", err)
	}
	if old == 0 {
		return nil
	}
	if err := im.Store.Conn.Exec(ctx, `ALTER TABLE import_refusals DELETE WHERE `+others+` SETTINGS mutations_sync = 2`, args...); err != nil {
		return fmt.Errorf("drop refusals of earlier tries: %w", err)
	}
	return nil
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }

// audit notes in the audit log what was done with the batch.
func (im *Importer) audit(ctx context.Context, action string, b Batch, actor string) error {
	if im.Audit == nil {
		return nil
	}
	details, err := json.Marshal(map[string]any{"files": b.Files, "map": b.MapName, "kept": b.Kept, "refused": b.Refused, "unread": b.Unread})
	if err != nil {
		return err
	}
	return im.Audit.Audit(ctx, schema.AuditEntry{Actor: actor, Action: action, Subject: b.ID, Details: string(details)})
}

// Maps returns the built-in maps, and of every other name the map that an
// import used last.
func (im *Importer) Maps(ctx context.Context) ([]Map, error) {
	all := BuiltIn()
	known := map[string]bool{}
	for _, m := range all {
		known[m.Name] = true
	}
	batches, err := im.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		if known[b.MapName] {
			continue
		}
		m, err := ParseMap([]byte(b.MapJSON))
		if err != nil {
			continue // of a version whose maps were otherwise
		}
		known[b.MapName] = true
		all = append(all, m)
	}
	return all, nil
}

// Map returns the map of the name: a built-in one, or one that an import used
// before.
func (im *Importer) Map(ctx context.Context, name string) (Map, error) {
	all, err := im.Maps(ctx)
	if err != nil {
		return Map{}, err
	}
	for _, m := range all {
		if m.Name == name {
			return m, nil
		}
	}
	return Map{}, fmt.Errorf("map %q: %w", name, schema.ErrNotFound)
}
