package analytics

import (
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema/schematest"
)

// Sums of an import count its own readings alone, and what a reading does not
// tell is unknown, not zero.
func TestImportedAccounts(t *testing.T) {
	s := schematest.Open(t)
	db := &DB{Conn: s.Conn, Zone: time.UTC, Now: time.Now}
	schematest.Exec(t, s, `
		INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments, run_id) VALUES
			('a', '1', 'instagram', '2024-05-01 10:00:00', 'import', 10, NULL, 'import-1'),
			('a', '2', 'instagram', '2024-05-03 10:00:00', 'import', NULL, NULL, 'import-1'),
			('a', '1', 'instagram', '2024-05-02 10:00:00', 'media', 99, 9, 'run-1'),
			('b', '1', 'instagram', '2024-05-01 10:00:00', 'import', 7, 2, 'import-1'),
			('c', '1', 'instagram', '2024-05-01 10:00:00', 'import', 5, 5, 'import-2')`)
	got, err := db.ImportedAccounts(t.Context(), "import-1")
	if err != nil || len(got) != 2 {
		t.Fatalf("ImportedAccounts: %+v, %v; want 2 accounts", got, err)
	}
	a, b := got[0], got[1]
	if a.ID != "a" || a.Readings != 2 || *a.Reactions != 10 || a.ReactionsUnknown != 1 || a.Comments != nil || a.CommentsUnknown != 2 ||
		!a.First.Equal(schematest.Time(t, "2024-05-01 10:00:00")) || !a.Last.Equal(schematest.Time(t, "2024-05-03 10:00:00")) {
		t.Errorf("account a: %+v", a)
	}
	if b.ID != "b" || b.Readings != 1 || *b.Reactions != 7 || *b.Comments != 2 || b.Reach != nil {
		t.Errorf("account b: %+v", b)
	}
	if none, err := db.ImportedAccounts(t.Context(), "import-0"); err != nil || len(none) != 0 {
		t.Errorf("no such import: %+v, %v", none, err)
	}
}
