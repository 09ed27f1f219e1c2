package analytics

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

// The sample of reach: Health is on Instagram and X, Police on Instagram
// without an owner's authorisation, so that no reach is told. Of May, by hand:
//
//	hi  a 300 (told first as 200), b 500, c unknown
//	hx  d 400
//	pi  e, f unknown
//	qi  read, nothing posted; of the same department as pi
//
// In April hi had one post with a reach of 600 and one without.
const reachSample = `
INSERT INTO departments (department_id, name_en, name_ur, version, changed_by) VALUES
	('health', 'Health', 'صحت', 1, 'test'), ('police', 'Police', 'پولیس', 1, 'test');
INSERT INTO accounts (account_id, department_id, platform, handle, name, status, version, changed_by) VALUES
	('hi', 'health', 'instagram', 'health', 'Health', 'approved', 1, 'test'),
	('hx', 'health', 'x', 'healthx', 'Health on X', 'approved', 1, 'test'),
	('pi', 'police', 'instagram', 'police', 'Police', 'approved', 1, 'test'),
	('qi', 'police', 'instagram', 'quiet', 'Police museum', 'approved', 1, 'test'),
	('no', 'finance', 'x', 'never', 'Never read', 'approved', 1, 'test');
INSERT INTO posts (account_id, post_id, platform, published_at, collected_at) VALUES
	('hi', 'y', 'instagram', '2024-04-10 10:00:00', '2024-05-02 06:00:00'),
	('hi', 'z', 'instagram', '2024-04-11 10:00:00', '2024-05-02 06:00:00'),
	('hi', 'a', 'instagram', '2024-04-30 19:00:00', '2024-05-02 06:00:00'),
	('hi', 'b', 'instagram', '2024-05-02 05:00:00', '2024-05-02 06:00:00'),
	('hi', 'c', 'instagram', '2024-05-03 05:00:00', '2024-05-03 06:00:00'),
	('hx', 'd', 'x', '2024-05-04 05:00:00', '2024-05-04 06:00:00'),
	('pi', 'e', 'instagram', '2024-05-03 05:00:00', '2024-05-03 06:00:00'),
	('pi', 'f', 'instagram', '2024-05-04 05:00:00', '2024-05-04 06:00:00'),
	('hi', 'g', 'instagram', '2024-05-31 19:00:00', '2024-06-01 06:00:00'),
	('qi', 'h', 'instagram', '2024-03-01 10:00:00', '2024-05-06 06:00:00');
INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, reach, views, impressions) VALUES
	('hi', 'y', 'instagram', '2024-05-02 06:00:00', 'insights', 1, 600, NULL, NULL),
	('hi', 'z', 'instagram', '2024-05-02 06:00:00', 'insights', 1, NULL, NULL, NULL),
	('hi', 'a', 'instagram', '2024-05-02 06:00:00', 'insights', 1, 200, 250, NULL),
	('hi', 'a', 'instagram', '2024-06-05 06:00:00', 'insights', 1, 300, 350, NULL),
	('hi', 'b', 'instagram', '2024-05-02 06:00:00', 'insights', 1, 500, 650, NULL),
	('hi', 'b', 'instagram', '2024-05-05 06:00:00', 'media', 2, NULL, NULL, NULL),
	('hi', 'c', 'instagram', '2024-05-03 06:00:00', 'media', 1, NULL, NULL, NULL),
	('hx', 'd', 'x', '2024-05-04 06:00:00', 'tweets', 1, 400, NULL, 900),
	('pi', 'e', 'instagram', '2024-05-03 06:00:00', 'media', 1, NULL, NULL, NULL),
	('pi', 'f', 'instagram', '2024-05-04 06:00:00', 'media', 1, NULL, NULL, NULL),
	('hi', 'g', 'instagram', '2024-06-01 06:00:00', 'insights', 1, 9000, NULL, NULL),
	('qi', 'h', 'instagram', '2024-05-06 06:00:00', 'media', 1, NULL, NULL, NULL);
INSERT INTO account_observations (account_id, platform, observed_at, followers) VALUES
	('hi', 'instagram', '2024-05-02 06:00:00', 1000), ('hx', 'x', '2024-05-04 06:00:00', 50),
	('pi', 'instagram', '2024-05-04 06:00:00', 700), ('qi', 'instagram', '2024-05-06 06:00:00', 5)
`

// reachDB returns the sample of reach, rolled up, held against a population of
// so many.
func reachDB(t testing.TB, population int64) *DB {
	t.Helper()
	s := schematest.Open(t)
	schematest.Exec(t, s, reachSample)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: func() time.Time { return schematest.Time(t, "2024-06-10 08:00:00") }, Population: population}
	for _, id := range []schema.AccountID{"hi", "hx", "pi", "qi", "no"} {
		if _, err := db.Rollup(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

var closeEnough = cmpopts.EquateApprox(1e-12, 0)

func at(t testing.TB, s string) *time.Time {
	when := schematest.Time(t, s)
	return &when
}

func TestReachByHand(t *testing.T) {
	db := reachDB(t, 1000)
	r, err := db.Reach(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01"), View: ViewActivity})
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]ReachFigures{"all": r.All}
	for _, l := range r.Departments {
		lines[string(l.Department)] = l.ReachFigures
	}
	for _, l := range r.Platforms {
		lines[string(l.Platform)] = l.ReachFigures
	}
	for _, l := range r.Cells {
		lines[string(l.Department)+" on "+string(l.Platform)] = l.ReachFigures
	}
	for _, l := range r.Accounts {
		lines[string(l.Account)] = l.ReachFigures
	}
	// Of 1000 people, a reaches 0.3, b 0.5, d 0.4: missed by 0.7 × 0.5 × 0.6 = 0.21.
	hi := ReachFigures{
		Posts: Figure{Value: v(3), Previous: v(2)}, Summed: Figure{Value: v(800), Previous: v(600), Unknown: 1},
		Net:   NetReach{Low: v(500), High: v(800), Estimate: v(1000 * (1 - 0.7*0.5))},
		Views: Figure{Value: v(1000), Unknown: 1}, Impressions: Figure{Unknown: 3}, Followers: Figure{Value: v(1000)},
		Coverage: Coverage{2, 3}, CoverageBefore: Coverage{1, 2}, Accounts: 1, Oldest: at(t, "2024-06-05 06:00:00"),
	}
	hx := ReachFigures{
		Posts: Figure{Value: v(1), Previous: v(0)}, Summed: Figure{Value: v(400), Previous: v(0)},
		Net:   NetReach{Low: v(400), High: v(400), Estimate: v(400)},
		Views: Figure{Unknown: 1}, Impressions: Figure{Value: v(900), Previous: v(0)}, Followers: Figure{Value: v(50)},
		Coverage: Coverage{1, 1}, Accounts: 1, Oldest: at(t, "2024-05-04 06:00:00"),
	}
	pi := ReachFigures{
		Posts: Figure{Value: v(2), Previous: v(0)}, Summed: Figure{Previous: v(0), Unknown: 2},
		Views: Figure{Previous: v(0), Unknown: 2}, Impressions: Figure{Previous: v(0), Unknown: 2}, Followers: Figure{Value: v(700)},
		Coverage: Coverage{0, 2}, Accounts: 1, Oldest: at(t, "2024-05-04 06:00:00"),
	}
	health := ReachFigures{
		Posts: Figure{Value: v(4), Previous: v(2)}, Summed: Figure{Value: v(1200), Previous: v(600), Unknown: 1},
		Net:   NetReach{Low: v(500), High: v(1000), Estimate: v(1000 * (1 - 0.7*0.5*0.6))}, // the sum is more than there are
		Views: Figure{Value: v(1000), Unknown: 2}, Impressions: Figure{Value: v(900), Unknown: 3}, Followers: Figure{Value: v(1050)},
		Coverage: Coverage{3, 4}, CoverageBefore: Coverage{1, 2}, Accounts: 2, Oldest: at(t, "2024-05-04 06:00:00"),
	}
	want := map[string]ReachFigures{"hi": hi, "hx": hx, "pi": pi, "health": health, "health on instagram": hi, "health on x": hx}
	for name, w := range want {
		got := lines[name]
		// What was unknown or nothing before May is told apart in other tests.
		for _, f := range []*ReachFigures{&got, &w} {
			f.Views.Previous, f.Impressions.Previous, f.Followers.Previous = nil, nil, nil
			if name == "hx" || name == "health on x" || name == "pi" {
				f.Posts.Previous, f.Summed.Previous = nil, nil
			}
		}
		if d := cmp.Diff(w, got, closeEnough); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}

	// Police: two posts without a reach, and an account that posted nothing. It
	// is not known what they came to, and it is not 0.
	if p := lines["police"]; p.Summed.Value != nil || p.Summed.Unknown != 2 || p.Net.High != nil || p.Coverage != (Coverage{0, 2}) || p.Accounts != 2 {
		t.Errorf("police = %+v", p)
	}
	// The account that was never read.
	if f := lines["finance"]; f.Posts.Value != nil || f.Summed.Value != nil || f.Unread != 1 || f.Oldest != nil || f.Coverage.Share() != nil {
		t.Errorf("finance = %+v", f)
	}
	all := lines["all"]
	if *all.Summed.Value != 1200 || all.Coverage != (Coverage{3, 6}) || all.Unread != 1 || all.Accounts != 5 || math.Abs(*all.Net.Estimate-790) > 1e-9 {
		t.Errorf("all = %+v", all)
	}
	if ig := lines["instagram"]; *ig.Summed.Value != 800 || ig.Coverage != (Coverage{2, 5}) || *ig.Followers.Value != 1705 {
		t.Errorf("instagram = %+v", ig)
	}
	if r.Reported != 4 || r.AsOf == nil || !r.AsOf.Equal(schematest.Time(t, "2024-06-05 06:00:00")) {
		t.Errorf("reported %d, as of %v", r.Reported, r.AsOf)
	}
	var order []string
	for _, l := range r.Departments {
		order = append(order, string(l.Department))
	}
	for _, l := range r.Accounts {
		order = append(order, string(l.Account))
	}
	if d := cmp.Diff([]string{"health", "police", "finance", "hi", "hx", "qi", "pi", "no"}, order); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
	if len(r.Cells) != 4 {
		t.Errorf("%d cells, want health on two platforms, police and finance on one", len(r.Cells))
	}
}

// Without a population there are bounds, and no estimate.
func TestReachWithoutPopulation(t *testing.T) {
	db := reachDB(t, 0)
	r, err := db.Reach(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01")})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(NetReach{Low: v(500), High: v(1200)}, r.All.Net); d != "" {
		t.Errorf("net reach (-want +got):\n%s", d)
	}
	if r.Population != 0 {
		t.Errorf("population %d", r.Population)
	}
}

// A reach that is larger than the population is taken as all of it, and told.
func TestReachBeyondPopulation(t *testing.T) {
	db := reachDB(t, 450)
	r, err := db.Reach(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01")})
	if err != nil {
		t.Fatal(err)
	}
	want := NetReach{Low: v(450), High: v(450), Estimate: v(450), Implausible: 1}
	if d := cmp.Diff(want, r.All.Net, closeEnough); d != "" {
		t.Errorf("net reach (-want +got):\n%s", d)
	}
	if *r.All.Summed.Value != 1200 {
		t.Errorf("summed reach %v: what the platforms told is not to be changed", *r.All.Summed.Value)
	}
}

func TestReachCompared(t *testing.T) {
	db := reachDB(t, 0)
	sel := Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01"), Before: days(t, db.Zone, "2024-04-01", "2024-05-01")}
	r, err := db.Reach(t.Context(), sel)
	if err != nil {
		t.Fatal(err)
	}
	gaps := map[schema.AccountID]Gap{}
	for _, l := range r.Accounts {
		gaps[l.Account] = l.Gap()
	}
	if d := cmp.Diff(map[schema.AccountID]Gap{"hi": "", "hx": GapBefore, "pi": GapNow, "qi": GapNow, "no": GapNow}, gaps); d != "" {
		t.Errorf("gaps (-want +got):\n%s", d)
	}
	// 800 of 2 of 3 posts against 600 of 1 of 2.
	if c := r.All.Summed.Change(); r.All.Gap() != "" || c == nil || *c != 1 {
		t.Errorf("all: change %v, gap %q; want 1200 against 600", c, r.All.Gap())
	}
	for _, tt := range []struct {
		now, before Coverage
		want        Gap
	}{
		{Coverage{1, 1}, Coverage{3, 4}, ""}, {Coverage{1, 1}, Coverage{2, 3}, GapUneven}, {Coverage{1, 10}, Coverage{1, 2}, GapUneven},
		{Coverage{}, Coverage{}, GapNow}, {Coverage{0, 4}, Coverage{1, 1}, GapNow}, {Coverage{1, 1}, Coverage{}, GapBefore},
	} {
		if got := (ReachFigures{Coverage: tt.now, CoverageBefore: tt.before}).Gap(); got != tt.want {
			t.Errorf("gap of %v and %v: got %q, want %q", tt.now, tt.before, got, tt.want)
		}
	}
}

func TestReachFiltered(t *testing.T) {
	db := reachDB(t, 1000)
	sel := Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01"), Filter: Filter{
		Departments: []schema.DepartmentID{"health"}, Platforms: []schema.Platform{schema.X}}}
	r, err := db.Reach(t.Context(), sel)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Departments) != 1 || len(r.Cells) != 1 || len(r.Accounts) != 1 || *r.All.Summed.Value != 400 || *r.All.Net.Low != 400 {
		t.Errorf("health on X = %+v", r)
	}
	sel.Filter.Departments = []schema.DepartmentID{"none"}
	if r, err = db.Reach(t.Context(), sel); err != nil || r.All.Summed.Value != nil || r.AsOf != nil || len(r.Departments) != 0 {
		t.Errorf("no account: %+v, %v", r, err)
	}
}

// The same numbers come out of a query.
func TestAskNetReach(t *testing.T) {
	db := reachDB(t, 1000)
	may := days(t, db.Zone, "2024-05-01", "2024-06-01")
	for _, tt := range []struct {
		metric, by string
		want       map[string]float64
		unknown    map[string]uint64
	}{
		{"net_reach_low", "department", map[string]float64{"health": 500, "police": -1, "finance": -1}, map[string]uint64{"health": 1, "police": 2}},
		{"net_reach_high", "department", map[string]float64{"health": 1000, "police": -1, "finance": -1}, map[string]uint64{"health": 1, "police": 2}},
		{"net_reach_estimate", "department", map[string]float64{"health": 790, "police": -1, "finance": -1}, map[string]uint64{"health": 1, "police": 2}},
		{"net_reach_estimate", "account", map[string]float64{"hi": 650, "hx": 400, "pi": -1, "qi": 0, "no": -1}, map[string]uint64{"hi": 1, "pi": 2}},
		{"net_reach_estimate", "platform", map[string]float64{"instagram": 650, "x": 400}, map[string]uint64{"instagram": 3}},
		{"reach_coverage", "department", map[string]float64{"health": 0.75, "police": 0, "finance": -1}, map[string]uint64{"health": 1, "police": 2}},
		{"reach", "department", map[string]float64{"health": 1200, "police": -1, "finance": -1}, map[string]uint64{"health": 1, "police": 2}},
	} {
		got, unknown := ask(t, db, Question{Metric: tt.metric, By: tt.by, View: ViewLife, Period: may})
		if d := cmp.Diff(tt.want, got, closeEnough); d != "" {
			t.Errorf("%s by %s (-want +got):\n%s", tt.metric, tt.by, d)
		}
		if d := cmp.Diff(tt.unknown, unknown); d != "" {
			t.Errorf("%s by %s, unknown (-want +got):\n%s", tt.metric, tt.by, d)
		}
	}
	for _, q := range []Question{{Metric: "net_reach_low", By: "post", View: ViewLife}, {Metric: "net_reach_low", By: "account", View: ViewActivity}} {
		q.Period = may
		if _, err := db.Ask(t.Context(), q); err == nil {
			t.Errorf("%s by %s, %s, is answered", q.Metric, q.By, q.View)
		}
	}
}

// Small reaches of many people: 1 − r/N alone would lose them.
func TestNetReachIsStable(t *testing.T) {
	const n = 1e12
	s := singles{n, map[schema.AccountID]single{"a": {Largest: 1, Missed: 3 * math.Log1p(-1/n)}}}
	got := s.of(Figure{Value: v(3)}, []account{{ID: "a"}})
	if d := cmp.Diff(NetReach{Low: v(1), High: v(3), Estimate: v(3)}, got, closeEnough); d != "" {
		t.Errorf("three of 1 in a million million (-want +got):\n%s", d)
	}
}

// BenchmarkReach answers for 200 accounts with 200,000 posts in the period, the
// reach of each read on two days, and as many rows of another metric.
func BenchmarkReach(b *testing.B) {
	s := schematest.Open(b)
	for _, statement := range []string{
		`INSERT INTO accounts (account_id, department_id, platform, name, status, version)
			SELECT concat('a', toString(number)), concat('d', toString(number % 40)), 'instagram', 'A', 'approved', 1 FROM numbers(200)`,
		`INSERT INTO posts (account_id, post_id, platform, published_at)
			SELECT concat('a', toString(number % 200)), toString(number), 'instagram', toDateTime64('2024-05-01 00:00:00', 3, 'UTC') + number % 2500000 FROM numbers(200000)`,
		`INSERT INTO post_daily (zone, account_id, metric, day, post_id, value, gained, computed_at)
			SELECT 'Asia/Karachi', concat('a', toString(number % 200)), ['reach', 'reactions'][1 + intDiv(number, 200000) % 2],
				toDate('2024-05-31') + intDiv(number, 400000), toString(number % 200000), 1 + cityHash64(number) % 5000, 0, now64(6) FROM numbers(800000)`,
	} {
		if err := s.Conn.Exec(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	db := &DB{Conn: s.Conn, Zone: karachi(b), Now: time.Now, Population: 14_894_402}
	sel := Selection{Period: days(b, db.Zone, "2024-05-01", "2024-06-01")}
	for b.Loop() {
		if r, err := db.Reach(b.Context(), sel); err != nil || len(r.Departments) != 40 {
			b.Fatal(len(r.Departments), err)
		}
	}
}
