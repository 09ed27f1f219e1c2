package analytics

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

// countedSample has an account with a post of its own, a quote, a repost and a
// joint post. The last two were read while they passed for its own posts: the
// numbers 1000 and 2000 must not be found anywhere.
const countedSample = `
INSERT INTO accounts (account_id, department_id, platform, handle, name, status, version) VALUES
	('c', 'd', 'facebook', 'c', 'Counted', 'approved', 1);
INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at, text, relation, related_id) VALUES
	('c', 'own',    'facebook', 'text', '2024-05-02 05:00:00', '2024-05-02 06:00:00', 'own',    '', ''),
	('c', 'quote',  'facebook', 'text', '2024-05-02 05:00:00', '2024-05-02 06:00:00', 'quote',  'quote', 'x1'),
	('c', 'repost', 'facebook', 'text', '2024-05-02 05:00:00', '2024-05-02 06:00:00', 'repost', '{repost}', 'x2'),
	('c', 'joint',  'facebook', 'text', '2024-05-04 05:00:00', '2024-05-04 06:00:00', 'joint',  '{joint}', 'x3');
INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments, shares, views, reach) VALUES
	('c', 'own',    'facebook', '2024-05-02 06:00:00', 'f', 10, 1, 2, 50, 40),
	('c', 'own',    'facebook', '2024-05-03 06:00:00', 'f', 14, 1, 2, 60, 45),
	('c', 'quote',  'facebook', '2024-05-02 06:00:00', 'f', 3, 0, 0, 20, 15),
	('c', 'repost', 'facebook', '2024-05-02 06:00:00', 'f', 1000, 1000, 1000, 1000, 1000),
	('c', 'joint',  'facebook', '2024-05-04 06:00:00', 'f', 2000, 2000, 2000, 2000, 2000);
INSERT INTO account_observations (account_id, platform, observed_at, followers) VALUES
	('c', 'facebook', '2024-05-02 05:00:00', 100)`

// countedDB returns the sample, rolled up. With late, the two posts pass for the
// account's own at first and are told to be others' after a rollup.
func countedDB(t *testing.T, late bool) *DB {
	t.Helper()
	s := schematest.Open(t)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Population: 1_000_000, Now: func() time.Time { return schematest.Time(t, "2024-05-10 08:00:00") }}
	if late {
		schematest.Exec(t, s, strings.NewReplacer("{repost}", "", "{joint}", "").Replace(countedSample))
		if _, err := db.Rollup(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		schematest.Exec(t, s, `
			INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at, text, relation, related_id) VALUES
				('c', 'repost', 'facebook', 'text', '2024-05-02 05:00:00', '2024-05-05 06:00:00', 'repost', 'repost', 'x2'),
				('c', 'joint',  'facebook', 'text', '2024-05-04 05:00:00', '2024-05-05 06:00:00', 'joint',  'joint', 'x3')`)
	} else {
		schematest.Exec(t, s, strings.NewReplacer("{repost}", "repost", "{joint}", "joint").Replace(countedSample))
	}
	if from, err := db.Rollup(t.Context(), "c"); err != nil || from == nil {
		t.Fatalf("Rollup = %v, %v; want something to do", from, err)
	}
	if from, err := db.Rollup(t.Context(), "c"); err != nil || from != nil {
		t.Fatalf("Rollup again = %v, %v; want nothing to do", from, err)
	}
	return db
}

func TestNotCounted(t *testing.T) {
	if d := cmp.Diff([]string{"repost", "joint"}, notCounted.Value); d != "" {
		t.Errorf("relations that are not counted (-want +got):\n%s", d)
	}
}

// TestCountedOnce computes by hand: own ends at 14 + 1 + 2 = 17 interactions,
// quote at 3; each had 100 followers at its publication.
func TestCountedOnce(t *testing.T) {
	for name, late := range map[string]bool{"told at once": false, "told after they were counted": true} {
		t.Run(name, func(t *testing.T) {
			db := countedDB(t, late)
			may := days(t, db.Zone, "2024-05-01", "2024-06-01")
			for _, tt := range []struct {
				metric string
				view   View
				by     string
				want   map[string]float64
			}{
				{"posts", ViewLife, "account", map[string]float64{"c": 2}},
				{"interactions", ViewLife, "account", map[string]float64{"c": 20}},
				{"interactions", ViewActivity, "account", map[string]float64{"c": 20}},
				{"views", ViewLife, "department", map[string]float64{"d": 80}},
				{"reach", ViewLife, "platform", map[string]float64{"facebook": 60}},
				{"reach_coverage", ViewLife, "account", map[string]float64{"c": 1}},
				{"net_reach_low", ViewLife, "account", map[string]float64{"c": 45}},
				{"net_reach_high", ViewLife, "account", map[string]float64{"c": 60}},
				{"engagement_rate", ViewLife, "account", map[string]float64{"c": 0.1}},
				{"reactions", ViewLife, "post", map[string]float64{"c/own": 14, "c/quote": 3}},
				{"reactions", ViewActivity, "post", map[string]float64{"c/own": 14, "c/quote": 3}},
			} {
				got, unknown := ask(t, db, Question{Metric: tt.metric, By: tt.by, View: tt.view, Period: may})
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("%s, %s, by %s (-want +got):\n%s", tt.metric, tt.view, tt.by, d)
				}
				if len(unknown) > 0 {
					t.Errorf("%s, %s: unknown of %v, want none", tt.metric, tt.view, unknown)
				}
			}
			// The joint post alone was published, and read, on 4 May: nothing is to
			// be counted, which is not the same as unknown.
			for _, view := range []View{ViewLife, ViewActivity} {
				got, unknown := ask(t, db, Question{Metric: "interactions", By: "account", View: view, Period: days(t, db.Zone, "2024-05-04", "2024-05-05")})
				if got["c"] != 0 || len(unknown) > 0 {
					t.Errorf("interactions of 4 May, %s: %v, unknown %v; want 0", view, got, unknown)
				}
			}
			o, err := db.Overview(t.Context(), Selection{Period: may, View: ViewLife})
			if err != nil {
				t.Fatal(err)
			}
			if d := o.Days[1]; d.Top == nil || d.Top.PostID != "own" || *d.Posts != 2 || *d.Value != 20 {
				t.Errorf("2 May = %+v, want own on top of 2 posts with 20 interactions", d)
			}
		})
	}
}

func TestPostsOfOthers(t *testing.T) {
	for name, late := range map[string]bool{"told at once": false, "told after they were counted": true} {
		t.Run(name, func(t *testing.T) {
			db := countedDB(t, late)
			may := Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01"), View: ViewLife}
			activity := Selection{Period: may.Period, View: ViewActivity}
			for _, tt := range []struct {
				name   string
				q      PostsQuestion
				want   string
				others int
			}{
				{"all", PostsQuestion{Selection: may, Sort: "interactions"}, "c/own c/quote c/joint c/repost", 2},
				{"own", PostsQuestion{Selection: may, Sort: "interactions", Whose: Own}, "c/own c/quote", 0},
				{"others", PostsQuestion{Selection: may, Whose: Others}, "c/joint c/repost", 2},
				{"unknown figures", PostsQuestion{Selection: may, Unknown: "interactions"}, "", 0},
				{"activity", PostsQuestion{Selection: activity, Sort: "interactions"}, "c/own c/quote", 0},
				{"activity of others", PostsQuestion{Selection: activity, Whose: Others}, "", 0},
			} {
				p, err := db.Posts(t.Context(), tt.q)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(order(p), " "); got != tt.want || p.Others != tt.others {
					t.Errorf("%s: %q with %d of others, want %q with %d", tt.name, got, p.Others, tt.want, tt.others)
				}
				for _, r := range p.Rows {
					for _, key := range PostFigures {
						if v := r.Figure(key); !r.Relation.Counted() && v != nil {
							t.Errorf("%s: %s of %s = %v, want none", tt.name, key, r.PostID, *v)
						}
					}
				}
			}
			p, err := db.Post(t.Context(), "c", "joint")
			if err != nil {
				t.Fatal(err)
			}
			if p.Relation != schema.RelationJoint || p.RelatedID != "x3" || p.Interactions != nil || p.Reach != nil {
				t.Errorf("joint = relation %q of %q with %v interactions", p.Relation, p.RelatedID, p.Interactions)
			}
			if p, err = db.Post(t.Context(), "c", "quote"); err != nil || p.Relation != schema.RelationQuote || p.Interactions == nil || *p.Interactions != 3 {
				t.Errorf("quote = relation %q, %v interactions, %v; want 3", p.Relation, p.Interactions, err)
			}
		})
	}
}

// TestComparedWithCounted has 19 posts of the account's own and a repost before
// the newest one: too few to compare it with.
func TestComparedWithCounted(t *testing.T) {
	s := schematest.Open(t)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: time.Now}
	schematest.Exec(t, s, `
		INSERT INTO accounts (account_id, department_id, platform, name, status, version) VALUES ('s', 'd', 'x', 'S', 'approved', 1);
		INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at)
			SELECT 's', toString(number), 'x', 'text', toDateTime64('2024-05-01 00:00:00', 3, 'UTC') + toIntervalHour(number), '2024-05-03 00:00:00' FROM numbers(21);
		INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments, shares)
			SELECT 's', toString(number), 'x', toDateTime64('2024-05-01 02:00:00', 3, 'UTC') + toIntervalHour(number), 'f', 10, 0, 0 FROM numbers(21)`)
	compared := func(want int, expected bool) {
		t.Helper()
		if _, err := db.Rollup(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		p, err := db.Post(t.Context(), "s", "20")
		if err != nil {
			t.Fatal(err)
		}
		if p.Compared != want || (p.Expected != nil) != expected {
			t.Errorf("compared with %d posts, expected %v; want %d posts", p.Compared, p.Expected, want)
		}
		if len(p.Usual) != 1 || p.Usual[0].Compared != want {
			t.Errorf("usual at its age = %+v, want of %d posts", p.Usual, want)
		}
	}
	compared(20, true)
	schematest.Exec(t, s, `INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at, relation) VALUES
		('s', '7', 'x', 'text', '2024-05-01 07:00:00', '2024-05-04 00:00:00', 'repost')`)
	compared(19, false)
}
