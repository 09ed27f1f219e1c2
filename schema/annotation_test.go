package schema_test

import (
	"errors"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestAnnotations(t *testing.T) {
	d := directoryOn(t)
	ctx := t.Context()
	karachi := time.FixedZone("PKT", 5*3600)
	day := func(n int) time.Time { return time.Date(2024, 5, n, 0, 0, 0, 0, karachi) }
	for _, a := range []schema.Annotation{
		{ID: "a", Day: day(2), Text: "Polio campaign begins", Author: "p1"},
		{ID: "b", Day: day(2), Text: "پولیو مہم", Department: "health", Author: "p2"},
		{ID: "c", Day: day(3), Text: "next day", Author: "p1"},
	} {
		for range 2 { // storing it again changes nothing
			if err := d.AddAnnotation(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := d.Annotations(ctx, day(1), day(2))
	if err != nil || len(got) != 2 || got[0].ID != "a" || got[1].Text != "پولیو مہم" || got[1].Department != "health" || got[0].Day.Format(time.DateOnly) != "2024-05-02" {
		t.Fatalf("Annotations of 1 and 2 May = %+v, %v", got, err)
	}
	if err := d.RemoveAnnotation(ctx, got[0], "admin"); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Annotations(ctx, day(1), day(31)); err != nil || len(got) != 2 || got[0].ID != "b" {
		t.Errorf("Annotations after one was taken away = %+v, %v", got, err)
	}
	if _, err := d.Annotation(ctx, "a"); !errors.Is(err, schema.ErrNotFound) {
		t.Errorf("Annotation that was taken away: %v, want ErrNotFound", err)
	}
	if a, err := d.Annotation(ctx, "b"); err != nil || a.Author != "p2" {
		t.Errorf("Annotation(b) = %+v, %v", a, err)
	}
	// The row stays, and beside it who took it away.
	var rows uint64
	if err := d.Store.Conn.QueryRow(ctx, "SELECT count() FROM annotations FINAL WHERE annotation_id = 'a'").Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d rows of the note, %v; want 2", rows, err)
	}
	if err := d.AddAnnotation(ctx, schema.Annotation{ID: "d", Day: day(2)}); err == nil {
		t.Error("a note that nobody wrote is stored")
	}
}

func TestLastAudit(t *testing.T) {
	now := schematest.Time(t, "2024-06-01 12:00:00")
	l := &schema.AuditLog{Store: schematest.Open(t), Now: func() time.Time { now = now.Add(time.Second); return now }}
	for _, e := range []schema.AuditEntry{{Actor: "x", Action: "session.open"}, {Actor: "y", Action: "session.close"}, {Actor: "x", Action: "session.open"}} {
		if err := l.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	last, err := l.LastAudit(t.Context(), "session.open")
	if err != nil || len(last) != 1 || !last["x"].Equal(schematest.Time(t, "2024-06-01 12:00:03")) {
		t.Errorf("LastAudit = %v, %v", last, err)
	}
}
