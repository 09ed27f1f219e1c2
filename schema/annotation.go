package schema

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// An Annotation is a note that somebody put on a day of the charts.
type Annotation struct {
	ID         string       `ch:"annotation_id"`
	Day        time.Time    `ch:"day"`           // a calendar day, whatever the zone
	Department DepartmentID `ch:"department_id"` // empty: of all
	Text       string       `ch:"text"`
	Author     string       `ch:"actor"` // a person's id
	At         time.Time    `ch:"at"`
}

// annotationRow is a row of the table: a note, or that it was taken away.
type annotationRow struct {
	ID         string       `ch:"annotation_id"`
	Action     string       `ch:"action"`
	Day        time.Time    `ch:"day"`
	Department DepartmentID `ch:"department_id"`
	Text       string       `ch:"text"`
	Actor      string       `ch:"actor"`
	At         time.Time    `ch:"at"`
}

// AddAnnotation stores the note, written at the clock's time. Storing it again
// changes nothing.
func (d *Directory) AddAnnotation(ctx context.Context, a Annotation) error {
	return d.insertAnnotation(ctx, annotationRow{a.ID, "add", a.Day, a.Department, a.Text, a.Author, d.Now().UTC()})
}

// RemoveAnnotation takes the note away: it is not shown any more, and its row
// stays. by is who does it.
func (d *Directory) RemoveAnnotation(ctx context.Context, a Annotation, by string) error {
	return d.insertAnnotation(ctx, annotationRow{a.ID, "remove", a.Day, a.Department, "", by, d.Now().UTC()})
}

func (d *Directory) insertAnnotation(ctx context.Context, r annotationRow) error {
	if r.ID == "" || r.Actor == "" {
		return fmt.Errorf("%s note: its id or who does it is missing", r.Action)
	}
	// A day is a day: a midnight of some zone must not become the day before.
	r.Day = time.Date(r.Day.Year(), r.Day.Month(), r.Day.Day(), 0, 0, 0, 0, time.UTC)
	if err := Insert(ctx, d.Store.Conn, "annotations", []any{&r}); err != nil {
		return fmt.Errorf("%s note %s: %w", r.Action, r.ID, err)
	}
	return nil
}

// Annotations returns the notes on the days from first to last, both included,
// by day, and on a day the older first. What was taken away is not among them.
func (d *Directory) Annotations(ctx context.Context, first, last time.Time) ([]Annotation, error) {
	var rows []Annotation
	err := d.Store.Conn.Select(ctx, &rows,
		`SELECT annotation_id, day, department_id, text, actor, at
		FROM annotations FINAL
		WHERE action = 'add' AND day >= {first:Date} AND day <= {last:Date}
			AND annotation_id NOT IN (SELECT annotation_id FROM annotations WHERE action = 'remove')
		ORDER BY day, at, annotation_id`,
		clickhouse.Named("first", first.Format(time.DateOnly)), clickhouse.Named("last", last.Format(time.DateOnly)))
	if err != nil {
		return nil, fmt.Errorf("notes from %s to %s: %w", first.Format(time.DateOnly), last.Format(time.DateOnly), err)
	}
	return rows, nil
}

// Annotation returns the note with the id, or ErrNotFound, also if it was
// taken away.
func (d *Directory) Annotation(ctx context.Context, id string) (Annotation, error) {
	return selectOne[Annotation](ctx, d.Store, fmt.Sprintf("note %q", id),
		`SELECT annotation_id, day, department_id, text, actor, at
		FROM annotations FINAL
		WHERE action = 'add' AND annotation_id = {key:String}
			AND annotation_id NOT IN (SELECT annotation_id FROM annotations WHERE action = 'remove')`, id)
}
