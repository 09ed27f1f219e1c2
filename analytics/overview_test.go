package analytics

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

// v is a known number.
func v(n float64) *float64 { return &n }

// The sample of schematest, by hand: in Karachi's days, h1's post new and
// h2's hid were published on 2 May, eve and p1's a on 3 May.
func TestOverviewLife(t *testing.T) {
	db := sampleDB(t)
	o, err := db.Overview(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-02", "2024-05-05"), View: ViewLife})
	if err != nil {
		t.Fatal(err)
	}
	want := Figures{
		Posts:        Figure{Value: v(4), Previous: v(0)},
		Reactions:    Figure{Value: v(1025), Previous: v(0), Unknown: 1},
		Comments:     Figure{Value: v(2 + 0 + 4 + 0), Previous: v(0)},
		Interactions: Figure{Value: v(22 + 5 + 1000), Previous: v(0), Unknown: 1},
		// At the end of 4 May h1 had 1000, h2 500; p1 and no were not read yet.
		Followers: Figure{Value: v(1500), Unknown: 2},
		Gained:    Figure{Value: v(0)},
		Rate:      Figure{Value: v(27.0 / 2000), Unknown: 2},
	}
	// The accounts that reported since the earlier period began have nothing in
	// it: 0, not unknown.
	if d := cmp.Diff(want, o.Headline); d != "" {
		t.Errorf("headline (-want +got):\n%s", d)
	}
	if o.Reported != 3 || o.Total != 4 || o.Reconnect != 0 {
		t.Errorf("reported %d of %d, %d to connect again", o.Reported, o.Total, o.Reconnect)
	}
	if o.AsOf == nil || !o.AsOf.Equal(schematest.Time(t, "2024-05-05 06:00:00")) {
		t.Errorf("as of %v", o.AsOf)
	}
	if o.HistoryBegins == nil || o.HistoryBegins.Format(time.DateOnly) != "2024-05-02" {
		t.Errorf("history begins on %v", o.HistoryBegins)
	}
	type point struct {
		Day         string
		Value, Post *float64
	}
	var points []point
	for _, d := range o.Days {
		points = append(points, point{d.Day.Format(time.DateOnly), d.Value, d.Posts})
	}
	if d := cmp.Diff([]point{{"2024-05-02", v(22), v(2)}, {"2024-05-03", v(1005), v(2)}, {"2024-05-04", v(0), v(0)}}, points); d != "" {
		t.Errorf("days (-want +got):\n%s", d)
	}
	top := o.Days[1].Top
	if top == nil || top.PostID != "a" || top.Account != "Police" || top.Value != 1000 || top.Share != 1000.0/1005 || top.Permalink != "https://x/a" {
		t.Errorf("top post of 3 May = %+v", top)
	}
	if o.Days[0].Top != nil {
		t.Error("a day that is not the highest has a top post")
	}
	var league []string
	for _, l := range o.Departments {
		league = append(league, l.Key)
	}
	if d := cmp.Diff([]string{"police", "health"}, league); d != "" {
		t.Errorf("league (-want +got):\n%s", d)
	}
	if last := o.Accounts[len(o.Accounts)-1]; last.Key != "no" || last.Interactions.Value != nil {
		t.Errorf("last account = %+v, want the one never collected, unknown", last)
	}
}

func TestOverviewActivity(t *testing.T) {
	db := sampleDB(t)
	o, err := db.Overview(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-03", "2024-05-06"), View: ViewActivity})
	if err != nil {
		t.Fatal(err)
	}
	h := o.Headline
	// On the 3rd: new +13+1, eve 5+0, a 1000+0. On the 5th: old -3+1.
	if *h.Interactions.Value != 14+5+1000-2 || *h.Reactions.Value != 13+5+1000-3 {
		t.Errorf("gained %v interactions, %v reactions", *h.Interactions.Value, *h.Reactions.Value)
	}
	// On the 2nd: old +4+1, new 7+1; old's baseline of 110 was carried.
	if *h.Interactions.Previous != 5+8 {
		t.Errorf("before: %v interactions, want 13", *h.Interactions.Previous)
	}
	if c := h.Interactions.Change(); c == nil || *c != (1017.0-13)/13 {
		t.Errorf("change = %v", c)
	}
	var covered []bool
	for _, d := range o.Days {
		covered = append(covered, d.Covered)
	}
	if d := cmp.Diff([]bool{true, false, true}, covered); d != "" {
		t.Errorf("days with a reading (-want +got):\n%s", d)
	}
	if o.Days[1].Value != nil {
		t.Errorf("a day without a reading has the value %v, want unknown", *o.Days[1].Value)
	}
	before, err := db.Overview(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-02", "2024-05-03"), View: ViewActivity})
	if err != nil {
		t.Fatal(err)
	}
	if got := before.Headline.Interactions.Carried; got == nil || *got != 110 {
		t.Errorf("carried %v, want 110", got)
	}
}

func TestOverviewOfNothing(t *testing.T) {
	s := schematest.Open(t)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: time.Now}
	o, err := db.Overview(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-02", "2024-05-05"), View: ViewLife})
	if err != nil {
		t.Fatal(err)
	}
	if o.Headline.Posts.Value != nil || o.AsOf != nil || o.HistoryBegins != nil || len(o.Days) != 3 || o.Days[0].Value != nil {
		t.Errorf("overview of an empty store = %+v", o)
	}
}

func TestReconnect(t *testing.T) {
	db := sampleDB(t)
	if err := db.Conn.Exec(t.Context(), `INSERT INTO runs (run_id, account_id, started_at, finished_at, outcome) VALUES
		('1', 'h1', '2024-05-09 10:00:00', '2024-05-09 10:01:00', 'reconnect'),
		('2', 'h1', '2024-05-09 11:00:00', NULL, ''),
		('3', 'h2', '2024-05-09 10:00:00', '2024-05-09 10:01:00', 'reconnect'),
		('4', 'h2', '2024-05-09 11:00:00', '2024-05-09 11:01:00', 'ok')`); err != nil {
		t.Fatal(err)
	}
	o, err := db.Overview(t.Context(), Selection{Period: days(t, db.Zone, "2024-05-02", "2024-05-05"), View: ViewLife})
	if err != nil || o.Reconnect != 1 {
		t.Errorf("%d accounts to connect again, %v; want h1 alone", o.Reconnect, err)
	}
	c, err := db.Collection(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Accounts) != 4 || c.Accounts[0].AccountID != "h1" || c.Accounts[0].Outcome != "reconnect" || c.Accounts[0].LastFinished != nil {
		t.Errorf("first account of the collection = %+v", c.Accounts[0])
	}
	if c.Posts != 5 || c.Observations != 10 || c.Runs != 4 || c.Failed != 2 {
		t.Errorf("collection = %d posts, %d observations, %d runs, %d failed", c.Posts, c.Observations, c.Runs, c.Failed)
	}
}

// TestFollowersByDay: on 2 May h1 had 1000 and h2 500; on 5 May h1 had 990; p1
// was first read on 13 May. The clock stands on 10 May.
func TestFollowersByDay(t *testing.T) {
	db := sampleDB(t)
	sel := Selection{Period: days(t, db.Zone, "2024-05-01", "2024-05-14"), View: ViewActivity, Metric: "followers"}
	o, err := db.Overview(t.Context(), sel)
	if err != nil {
		t.Fatal(err)
	}
	want := []*float64{nil, v(1500), v(1500), v(1500), v(1490), v(1490), v(1490), v(1490), v(1490), v(1490), nil, nil, nil}
	var got []*float64
	for _, d := range o.Days {
		got = append(got, d.Value)
		if d.Previous != nil || d.Top != nil {
			t.Errorf("%s: previous %v, top %v; want none", d.Day, d.Previous, d.Top)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("followers (-want +got):\n%s", d)
	}
	sel.Metric = "rate"
	if _, err := db.Overview(t.Context(), sel); err == nil {
		t.Error("a metric without days is answered")
	}
}

// TestOverviewAgainstAnotherPeriod compares 5 May, when old lost 3 reactions
// and gained a comment, with 2 May instead of 4 May.
func TestOverviewAgainstAnotherPeriod(t *testing.T) {
	db := sampleDB(t)
	o, err := db.Overview(t.Context(), Selection{
		Period: days(t, db.Zone, "2024-05-05", "2024-05-06"), Before: days(t, db.Zone, "2024-05-02", "2024-05-03"),
		View: ViewActivity, Metric: "reactions", Filter: Filter{Accounts: []schema.AccountID{"h1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Of 2 May: old's first reading of 100 is carried, 4 gained; new, read within
	// a day of its publication, gained its 7.
	want := Figure{Value: v(-3), Previous: v(4 + 7), Carried: v(0)}
	if d := cmp.Diff(want, o.Headline.Reactions); d != "" {
		t.Errorf("reactions (-want +got):\n%s", d)
	}
	if d := o.Days[0]; d.Value == nil || *d.Value != -3 || d.Previous == nil || *d.Previous != 11 {
		t.Errorf("day = %v before %v", d.Value, d.Previous)
	}
	if f := o.Headline.Followers; f.Value == nil || *f.Value != 990 || f.Previous == nil || *f.Previous != 1000 {
		t.Errorf("followers = %+v", f)
	}
	if len(o.Platforms) != 1 || o.Platforms[0].Platform != schema.Instagram || *o.Platforms[0].Interactions.Value != -2 {
		t.Errorf("platforms = %+v", o.Platforms)
	}
}

func TestYearBefore(t *testing.T) {
	zone := karachi(t)
	for _, tt := range []struct{ from, to, want string }{
		{"2024-05-01", "2024-06-01", "2023-05-01 to 2023-05-31"},
		{"2024-02-01", "2024-03-01", "2023-02-01 to 2023-03-01"}, // 29 days against 29
		{"2024-02-29", "2024-03-01", "2023-03-01 to 2023-03-01"},
	} {
		if got := days(t, zone, tt.from, tt.to).YearBefore().String(); got != tt.want {
			t.Errorf("year before %s to %s: %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}
}
