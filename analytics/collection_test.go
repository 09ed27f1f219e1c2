package analytics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

// The runs of one account, by hand: two in the last 24 hours, one of them
// failed, and one older.
func TestCollectionOfADay(t *testing.T) {
	s := schematest.Open(t)
	schematest.Exec(t, s, `
		INSERT INTO accounts (account_id, department_id, platform, handle, name, status, version, changed_by) VALUES
			('a', 'd', 'x', 'a', 'A', 'approved', 1, 'test'), ('b', 'd', 'x', 'b', 'B', 'approved', 1, 'test');
		INSERT INTO runs (run_id, account_id, started_at, finished_at, outcome, error, complete, pages, posts, observations, calls, skipped, quota_percent, updated_at) VALUES
			('1', 'a', '2024-05-08 10:00:00', '2024-05-08 10:05:00', 'ok', '', true, 10, 900, 900, 11, 0, 5, 1),
			('2', 'a', '2024-05-09 10:00:00', '2024-05-09 10:00:02', 'retry', 'x: status 503', false, 1, 0, 0, 3, 0, NULL, 1),
			('3', 'a', '2024-05-10 07:00:00', '2024-05-10 07:00:30.500', 'ok', '', false, 2, 20, 120, 4, 2, 44, 1),
			('3', 'a', '2024-05-10 07:00:00', NULL, '', '', false, 1, 10, 60, 2, 0, NULL, 0)`)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: func() time.Time { return schematest.Time(t, "2024-05-10 08:00:00") }}
	c, err := db.Collection(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, b := c.Accounts[0], c.Accounts[1]
	if a.Runs24h != 2 || a.Failed24h != 1 || a.Rows24h != 120 || a.Skipped24h != 2 || a.Calls24h != 7 || *a.Quota != 44 || !a.Complete {
		t.Errorf("a: %+v", a)
	}
	if b.Runs24h+b.Failed24h+b.Rows24h+b.Skipped24h+b.Calls24h != 0 || b.Quota != nil || b.LastRun != nil {
		t.Errorf("b was never collected: %+v", b)
	}
	runs, err := db.Runs(t.Context(), "a", 2)
	if err != nil {
		t.Fatal(err)
	}
	ended := schematest.Time(t, "2024-05-10 07:00:30").Add(500 * time.Millisecond)
	refused := schematest.Time(t, "2024-05-09 10:00:02")
	want := []Run{
		{Started: schematest.Time(t, "2024-05-10 07:00:00"), Finished: &ended, Outcome: "ok", Pages: 2, Posts: 20, Observations: 120, Calls: 4, Skipped: 2, Quota: v(44)},
		{Started: schematest.Time(t, "2024-05-09 10:00:00"), Finished: &refused, Outcome: "retry", Error: "x: status 503", Pages: 1, Calls: 3},
	}
	if d := cmp.Diff(want, runs); d != "" {
		t.Errorf("runs (-want +got):\n%s", d)
	}
}
