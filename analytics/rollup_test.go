package analytics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

func karachi(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Karachi")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// sampleDB returns schematest.Sample, rolled up, with its clock on 10 May 2024.
func sampleDB(t testing.TB) *DB {
	t.Helper()
	s := schematest.Open(t)
	schematest.Exec(t, s, schematest.Sample)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: func() time.Time { return schematest.Time(t, "2024-05-10 08:00:00") }}
	for _, id := range []schema.AccountID{"h1", "h2", "p1", "no"} {
		if _, err := db.Rollup(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func days(t testing.TB, zone *time.Location, from, to string) Period {
	t.Helper()
	f, err := time.ParseInLocation(time.DateOnly, from, zone)
	if err != nil {
		t.Fatal(err)
	}
	u, err := time.ParseInLocation(time.DateOnly, to, zone)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPeriod(f, u, zone)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask returns the answer's values by key, with -1 for unknown, and its unknown
// counts.
func ask(t testing.TB, db *DB, q Question) (values map[string]float64, unknown map[string]uint64) {
	t.Helper()
	a, err := db.Ask(t.Context(), q)
	if err != nil {
		t.Fatalf("Ask(%+v): %v", q, err)
	}
	values, unknown = map[string]float64{}, map[string]uint64{}
	for _, r := range a.Rows {
		values[r.Key] = orMinusOne(r.Value)
		if r.Unknown > 0 {
			unknown[r.Key] = r.Unknown
		}
	}
	return values, unknown
}

// TestRollupCutOff begins a rollup, as one that is killed after its first
// statement does: the next one must make it whole.
func TestRollupCutOff(t *testing.T) {
	db := sampleDB(t)
	ctx := t.Context()
	if err := db.Conn.Exec(ctx, `ALTER TABLE account_daily DELETE WHERE account_id = 'h1' AND view = 'activity' AND metric != 'followers' SETTINGS mutations_sync = 1`); err != nil {
		t.Fatal(err)
	}
	from, err := db.Rollup(ctx, "h1")
	if err != nil || from == nil || from.Format(time.DateOnly) != "2024-05-02" {
		t.Fatalf("Rollup = %v, %v; want a rollup from 2 May", from, err)
	}
	got, _ := ask(t, db, Question{Metric: "reactions", By: "account", View: ViewActivity, Period: days(t, db.Zone, "2024-05-01", "2024-06-01")})
	if got["h1"] != 26 {
		t.Errorf("reactions gained by h1 = %v, want 26", got["h1"])
	}
	if from, err := db.Rollup(ctx, "h1"); err != nil || from != nil {
		t.Errorf("Rollup again = %v, %v; want nothing to do", from, err)
	}
}

// TestRollupFollowersAlone has readings of a profile and none of posts.
func TestRollupFollowersAlone(t *testing.T) {
	s := schematest.Open(t)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: time.Now}
	schematest.Exec(t, s, `
		INSERT INTO accounts (account_id, department_id, platform, name, status, version) VALUES ('q', 'd', 'instagram', 'Quiet', 'approved', 1);
		INSERT INTO account_observations (account_id, platform, observed_at, followers) VALUES
			('q', 'instagram', '2024-05-02 06:00:00', 10), ('q', 'instagram', '2024-05-04 06:00:00', 25)`)
	for want := range 2 {
		from, err := db.Rollup(t.Context(), "q")
		if err != nil || (from == nil) != (want == 1) {
			t.Fatalf("Rollup %d = %v, %v", want, from, err)
		}
	}
	may := days(t, db.Zone, "2024-05-01", "2024-06-01")
	if got, _ := ask(t, db, Question{Metric: "followers", By: "account", View: ViewLife, Period: may}); got["q"] != 25 {
		t.Errorf("followers = %v, want 25", got["q"])
	}
	if got, _ := ask(t, db, Question{Metric: "followers_gained", By: "account", View: ViewActivity, Period: may}); got["q"] != 15 {
		t.Errorf("followers gained = %v, want 15", got["q"])
	}
}

func TestAskHandComputed(t *testing.T) {
	db := sampleDB(t)
	may := days(t, db.Zone, "2024-05-01", "2024-06-01")
	tests := []struct {
		name    string
		q       Question
		want    map[string]float64
		unknown map[string]uint64
	}{
		{
			// old was published in April; eve on 3 May in Karachi.
			"posts published in May", Question{Metric: "posts", By: "account", View: ViewLife, Period: may},
			map[string]float64{"h1": 2, "h2": 1, "p1": 1, "no": -1}, nil,
		},
		{
			"posts of 2 May, cut in Karachi", Question{Metric: "posts", By: "account", View: ViewLife, Period: days(t, db.Zone, "2024-05-02", "2024-05-03")},
			map[string]float64{"h1": 1, "h2": 1, "p1": 0, "no": -1}, nil,
		},
		{
			// new 20, eve 5; hid hides its likes.
			"reactions, life", Question{Metric: "reactions", By: "account", View: ViewLife, Period: may},
			map[string]float64{"h1": 25, "h2": -1, "p1": 1000, "no": -1}, map[string]uint64{"h2": 1},
		},
		{
			// h1 22+5, h2 unknown, p1 1000.
			"interactions by department, life", Question{Metric: "interactions", By: "department", View: ViewLife, Period: may},
			map[string]float64{"health": 27, "police": 1000}, map[string]uint64{"health": 1},
		},
		{
			// old: baseline 100, then +4 on the 2nd, -3 on the 5th. new: 7 within
			// its first day, then +13 after Karachi's midnight. eve: 5. p1's a: 1000.
			"reactions, activity", Question{Metric: "reactions", By: "account", View: ViewActivity, Period: may},
			map[string]float64{"h1": 4 - 3 + 7 + 13 + 5, "h2": -1, "p1": 1000, "no": -1}, map[string]uint64{"h2": 1},
		},
		{
			// 19:00 UTC is the 3rd in Karachi: new +13, eve 5.
			"reactions gained on 3 May", Question{Metric: "reactions", By: "account", View: ViewActivity, Period: days(t, db.Zone, "2024-05-03", "2024-05-04")},
			map[string]float64{"h1": 18, "h2": -1, "p1": 1000, "no": -1}, map[string]uint64{"h2": 1},
		},
		{
			// 18:59 UTC is still the 2nd.
			"reactions gained on 2 May", Question{Metric: "reactions", By: "account", View: ViewActivity, Period: days(t, db.Zone, "2024-05-02", "2024-05-03")},
			map[string]float64{"h1": 4 + 7, "h2": -1, "p1": -1, "no": -1}, map[string]uint64{"h2": 1},
		},
		{
			"comments, activity", Question{Metric: "comments", By: "account", View: ViewActivity, Period: may},
			map[string]float64{"h1": 1 + 1 + 1 + 1 + 0, "h2": 4, "p1": 0, "no": -1}, nil,
		},
		{
			// Only old has reach, and it was published in April.
			"reach, life", Question{Metric: "reach", By: "account", View: ViewLife, Period: days(t, db.Zone, "2024-04-01", "2024-05-01")},
			map[string]float64{"h1": 900, "h2": 0, "p1": 0, "no": -1}, nil,
		},
		{
			"followers at the end of May", Question{Metric: "followers", By: "account", View: ViewLife, Period: may},
			map[string]float64{"h1": 990, "h2": 500, "p1": 9999, "no": -1}, map[string]uint64{"no": 1},
		},
		{
			"followers at the end of 4 May", Question{Metric: "followers", By: "department", View: ViewLife, Period: days(t, db.Zone, "2024-05-04", "2024-05-05")},
			map[string]float64{"health": 1500, "police": -1}, map[string]uint64{"police": 2},
		},
		{
			"followers gained", Question{Metric: "followers_gained", By: "account", View: ViewActivity, Period: may},
			map[string]float64{"h1": -10, "h2": 0, "p1": 0, "no": -1}, nil,
		},
		{
			// new (22) and eve (5) over 1000 followers each; police's reading of
			// followers lies ten days away from its post.
			"engagement rate by department", Question{Metric: "engagement_rate", By: "department", View: ViewLife, Period: may},
			map[string]float64{"health": 27.0 / 2000, "police": -1}, map[string]uint64{"health": 1, "police": 1},
		},
		{
			"by platform", Question{Metric: "interactions", By: "platform", View: ViewLife, Period: may},
			map[string]float64{"instagram": 1027}, map[string]uint64{"instagram": 1},
		},
		{
			"by post, life", Question{Metric: "reactions", By: "post", View: ViewLife, Period: may},
			map[string]float64{"h1/new": 20, "h1/eve": 5, "h2/hid": -1, "p1/a": 1000}, map[string]uint64{"h2/hid": 1},
		},
		{
			"by post, activity", Question{Metric: "reactions", By: "post", View: ViewActivity, Period: may},
			map[string]float64{"h1/old": 1, "h1/new": 20, "h1/eve": 5, "h2/hid": -1, "p1/a": 1000}, map[string]uint64{"h2/hid": 1},
		},
		{
			"filtered", Question{Metric: "reactions", By: "account", View: ViewLife, Period: may, Filter: Filter{Departments: []schema.DepartmentID{"health"}}},
			map[string]float64{"h1": 25, "h2": -1}, map[string]uint64{"h2": 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, unknown := ask(t, db, tt.q)
			if tt.unknown == nil {
				tt.unknown = map[string]uint64{}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("values (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.unknown, unknown); d != "" {
				t.Errorf("unknown (-want +got):\n%s", d)
			}
		})
	}
}
