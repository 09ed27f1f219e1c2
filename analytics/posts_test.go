package analytics

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

// order returns the posts of the page, as "account/post".
func order(p PostsPage) []string {
	list := []string{}
	for _, r := range p.Rows {
		list = append(list, string(r.Account)+"/"+r.PostID)
	}
	return list
}

// The sample of schematest, by hand. Life, May: new 20+2, eve 5+0, hid
// unknown+4, a 1000+0; h1 had 1000 followers, h2 500, p1's are not known near
// the publication. Activity: also old, which gained 1 reaction and 2 comments.
func TestPostsHandComputed(t *testing.T) {
	db := sampleDB(t)
	schematest.Exec(t, &schema.Store{Conn: db.Conn}, `
		INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at, text, permalink) VALUES
			('h1', 'eve', 'instagram', 'video', '2024-05-02 20:00:00', '2024-05-03 07:00:00', 'Ünder صحت كي خبر', 'https://x/eve')`)
	may := Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01"), View: ViewLife}
	activity := Selection{Period: may.Period, View: ViewActivity}
	health := may
	health.Filter.Departments = []schema.DepartmentID{"health"}
	for _, tt := range []struct {
		name string
		q    PostsQuestion
		want string
	}{
		{"newest first", PostsQuestion{Selection: may}, "p1/a h1/eve h1/new h2/hid"},
		{"oldest first", PostsQuestion{Selection: may, Ascending: true}, "h1/new h2/hid h1/eve p1/a"},
		{"most interactions", PostsQuestion{Selection: may, Sort: "interactions"}, "p1/a h1/new h1/eve h2/hid"},
		{"fewest interactions, unknown still last", PostsQuestion{Selection: may, Sort: "interactions", Ascending: true}, "h1/eve h1/new p1/a h2/hid"},
		{"comments: equal ones by id", PostsQuestion{Selection: may, Sort: "comments"}, "h2/hid h1/new h1/eve p1/a"},
		// 22/1000, 5/1000; no audience for a, no interactions for hid.
		{"rate", PostsQuestion{Selection: may, Sort: "engagement_rate"}, "h1/new h1/eve h2/hid p1/a"},
		{"rate, lowest first", PostsQuestion{Selection: may, Sort: "engagement_rate", Ascending: true}, "h1/eve h1/new h2/hid p1/a"},
		{"score: all unknown", PostsQuestion{Selection: may, Sort: "performance_score"}, "h1/eve h1/new h2/hid p1/a"},
		{"department", PostsQuestion{Selection: may, Sort: "department"}, "p1/a h1/eve h1/new h2/hid"},
		{"account", PostsQuestion{Selection: may, Sort: "account", Ascending: true}, "h1/eve h1/new h2/hid p1/a"},
		{"account, last first", PostsQuestion{Selection: may, Sort: "account"}, "p1/a h2/hid h1/eve h1/new"},
		{"platform", PostsQuestion{Selection: may, Sort: "platform"}, "h1/eve h1/new h2/hid p1/a"},
		{"format", PostsQuestion{Selection: may, Sort: "format"}, "h1/eve h1/new h2/hid p1/a"},
		{"text", PostsQuestion{Selection: may, Sort: "text", Ascending: true}, "h2/hid h1/new p1/a h1/eve"},
		{"text, last first", PostsQuestion{Selection: may, Sort: "text"}, "h1/eve p1/a h1/new h2/hid"},
		{"second page", PostsQuestion{Selection: may, Sort: "interactions", Limit: 2, Offset: 2}, "h1/eve h2/hid"},
		{"beyond the end", PostsQuestion{Selection: may, Offset: 50}, ""},
		{"one department", PostsQuestion{Selection: health}, "h1/eve h1/new h2/hid"},
		{"one account", PostsQuestion{Selection: may, Account: "h2"}, "h2/hid"},
		{"one account of another department", PostsQuestion{Selection: health, Account: "p1"}, ""},
		{"closed account", PostsQuestion{Selection: may, Account: "ex"}, ""},
		{"one format", PostsQuestion{Selection: may, Format: "video"}, "h1/eve"},
		{"searched, whatever the case", PostsQuestion{Selection: may, Search: " NEW "}, "h1/new"},
		{"searched in Latin with marks", PostsQuestion{Selection: may, Search: "üNDER"}, "h1/eve"},
		{"searched in Urdu, the text typed in Arabic letters", PostsQuestion{Selection: may, Search: "صحت کی"}, "h1/eve"},
		{"searched with signs of a pattern", PostsQuestion{Selection: may, Search: "%"}, ""},
		{"searched with a quote", PostsQuestion{Selection: may, Search: `'; DROP TABLE posts --\`}, ""},
		{"interactions unknown", PostsQuestion{Selection: may, Unknown: "interactions"}, "h2/hid"},
		{"reach unknown", PostsQuestion{Selection: may, Unknown: "reach"}, "p1/a h1/eve h1/new h2/hid"},
		// On those days: old 4-3 and 1+1, new 20+2, eve 5, hid unknown+4, a 1000.
		{"activity", PostsQuestion{Selection: activity, Sort: "interactions"}, "p1/a h1/new h1/eve h1/old h2/hid"},
		{"activity, unknown", PostsQuestion{Selection: activity, Unknown: "reactions"}, "h2/hid"},
		{"activity of 5 May", PostsQuestion{Selection: Selection{Period: days(t, db.Zone, "2024-05-05", "2024-05-06"), View: ViewActivity}}, "h1/old"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := db.Posts(t.Context(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, strings.Join(order(p), " ")); d != "" {
				t.Errorf("posts (-want +got):\n%s", d)
			}
			if want := len(p.Rows); tt.q.Limit == 0 && tt.q.Offset == 0 && p.Total != want {
				t.Errorf("total %d, want %d", p.Total, want)
			}
			if tt.q.Offset > 0 && p.Total != 4 {
				t.Errorf("total %d, want 4", p.Total)
			}
		})
	}
	for _, q := range []PostsQuestion{{Selection: may, Sort: "likes"}, {Selection: may, Unknown: "published"}} {
		if _, err := db.Posts(t.Context(), q); err == nil {
			t.Errorf("Posts(%+v) has no error", q)
		}
	}
}

func TestPostsFigures(t *testing.T) {
	db := sampleDB(t)
	sel := Selection{Period: days(t, db.Zone, "2024-05-01", "2024-06-01"), View: ViewLife}
	one := func(sel Selection, post string) PostRow {
		p, err := db.Posts(t.Context(), PostsQuestion{Selection: sel})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rows {
			if r.PostID == post {
				return r
			}
		}
		t.Fatalf("no post %s", post)
		return PostRow{}
	}
	want := PostRow{
		Account: "h1", AccountName: "Health one", Handle: "health1", Platform: schema.Instagram, Department: "health", DepartmentEn: "Health", DepartmentUr: "صحت",
		PostID: "new", PostDetails: PostDetails{Text: "new text", Permalink: "https://x/new"}, PublishedAt: schematest.Time(t, "2024-05-02 05:00:00"),
		Reactions: v(20), Comments: v(2), Interactions: v(22), ReadAt: new(schematest.Time(t, "2024-05-02 19:00:00")), Audience: v(1000), Rate: v(0.022),
	}
	if d := cmp.Diff(want, one(sel, "new")); d != "" {
		t.Errorf("new (-want +got):\n%s", d)
	}
	april := Selection{Period: days(t, db.Zone, "2024-04-01", "2024-05-01"), View: ViewLife}
	// The latest known reach is older than the latest reading.
	if r := one(april, "old"); *r.Reach != 900 || *r.Reactions != 101 || *r.Comments != 12 || *r.Interactions != 113 || r.Audience != nil || r.Rate != nil {
		t.Errorf("old = %+v", r)
	}
	sel.View = ViewActivity
	if r := one(sel, "old"); *r.Reactions != 1 || *r.Comments != 2 || *r.Interactions != 3 || *r.Reach != 0 || r.Rate != nil {
		t.Errorf("old gained %v reactions, %v comments, reach %v", *r.Reactions, *r.Comments, r.Reach)
	}
	if r := one(sel, "hid"); r.Reactions != nil || r.Interactions != nil || *r.Comments != 4 {
		t.Errorf("hid gained %+v", r)
	}
}

// scoredDB has an account whose posts number 1, 2, … are published one an
// hour. Each is read at the age of two hours, when it has as many likes as its
// number, and once more a day later, when it has 1000 more.
func scoredDB(t *testing.T, posts int, more string) *DB {
	t.Helper()
	s := schematest.Open(t)
	schematest.Exec(t, s, fmt.Sprintf(`
		INSERT INTO accounts (account_id, department_id, platform, name, status, version) VALUES ('s', 'd', 'instagram', 'Scored', 'approved', 1);
		INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at)
			SELECT 's', concat('n', toString(number + 1)), 'instagram', 'image', toDateTime64('2024-05-01 00:00:00', 3, 'UTC') + toIntervalHour(number), '2024-06-01 00:00:00' FROM numbers(%[1]d);
		INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments)
			SELECT account_id, post_id, platform, published_at + toIntervalHour(h), 'media', toInt64(substring(post_id, 2)) + if(h = 26, 1000, 0), 0
			FROM posts ARRAY JOIN [2, 26] AS h;
		INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at) VALUES
			('s', 'it', 'instagram', 'image', '2024-05-20 00:00:00', '2024-05-20 02:00:00');
		INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments) VALUES
			('s', 'it', 'instagram', '2024-05-20 02:00:00', 'media', 25, 0)`, posts)+more)
	db := &DB{Conn: s.Conn, Zone: karachi(t), Now: time.Now}
	if _, err := db.Rollup(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestPerformanceScore(t *testing.T) {
	for _, tt := range []struct {
		name     string
		posts    int
		more     string
		compared int
		expected *float64
	}{
		// 1 … 24: without the lowest and the highest six, 7 … 18.
		{"the middle half", 24, "", 24, v(12.5)},
		// 1 … 22: a quarter is five and a half: five go at each end, 6 … 17.
		{"a quarter rounded down", 22, "", 22, v(11.5)},
		{"just enough", 20, "", 20, v(10.5)},
		{"not enough", 19, "", 19, nil},
		// 21 … 120: 46 … 95.
		{"the last hundred", 120, "", 100, v(70.5)},
		{"another format does not compare", 19, `;
			INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at) VALUES ('s', 'video', 'instagram', 'video', '2024-05-19 00:00:00', '2024-05-20 00:00:00');
			INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments) VALUES ('s', 'video', 'instagram', '2024-05-19 02:00:00', 'media', 7, 0)`, 19, nil},
		// Read at 2 h 24 min, a fifth away: 20 posts 1 … 19 and 50.
		{"a fifth of the age away", 19, `;
			INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at) VALUES ('s', 'late', 'instagram', 'image', '2024-05-19 00:00:00', '2024-05-20 00:00:00');
			INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments) VALUES ('s', 'late', 'instagram', '2024-05-19 02:24:00', 'media', 50, 0)`, 20, v(10.5)},
		{"more than a fifth away", 19, `;
			INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at) VALUES ('s', 'late', 'instagram', 'image', '2024-05-19 00:00:00', '2024-05-20 00:00:00');
			INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments) VALUES ('s', 'late', 'instagram', '2024-05-19 02:24:01', 'media', 50, 0)`, 19, nil},
		{"a later post does not compare", 19, `;
			INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at) VALUES ('s', 'later', 'instagram', 'image', '2024-05-21 00:00:00', '2024-05-22 00:00:00');
			INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments) VALUES ('s', 'later', 'instagram', '2024-05-21 02:00:00', 'media', 50, 0)`, 19, nil},
		{"hidden likes do not compare", 19, `;
			INSERT INTO posts (account_id, post_id, platform, format, published_at, collected_at) VALUES ('s', 'hidden', 'instagram', 'image', '2024-05-19 00:00:00', '2024-05-20 00:00:00');
			INSERT INTO observations (account_id, post_id, platform, observed_at, call, reactions, comments) VALUES ('s', 'hidden', 'instagram', '2024-05-19 02:00:00', 'media', NULL, 9)`, 19, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := scoredDB(t, tt.posts, tt.more)
			p, err := db.Posts(t.Context(), PostsQuestion{Selection: Selection{Period: days(t, db.Zone, "2024-05-20", "2024-05-21"), View: ViewLife}})
			if err != nil || len(p.Rows) != 1 || p.Rows[0].PostID != "it" {
				t.Fatalf("Posts = %+v, %v", p, err)
			}
			r := p.Rows[0]
			if d := cmp.Diff(tt.expected, r.Expected); d != "" || r.Compared != tt.compared {
				t.Errorf("compared with %d posts, want %d; expected (-want +got):\n%s", r.Compared, tt.compared, d)
			}
			if tt.expected == nil {
				if r.Score != nil {
					t.Errorf("score %v, want none", *r.Score)
				}
			} else if r.Score == nil || *r.Score != 25 / *tt.expected {
				t.Errorf("score = %v, want 25 ÷ %v", r.Score, *tt.expected)
			}
			one, err := db.Post(t.Context(), "s", "it")
			if err != nil {
				t.Fatal(err)
			}
			// The page of the post has the same, by a query of its own.
			if len(one.Usual) == 0 && tt.compared > 0 || len(one.Usual) > 0 && (one.Usual[0].Age != 2*time.Hour || one.Usual[0].Compared != tt.compared || !cmp.Equal(one.Usual[0].Expected, tt.expected)) {
				t.Errorf("usual = %+v", one.Usual)
			}
			if !cmp.Equal(one.PostRow, r) {
				t.Errorf("the page of the post differs from the table (-table +page):\n%s", cmp.Diff(r, one.PostRow))
			}
		})
	}
}

func TestPost(t *testing.T) {
	db := sampleDB(t)
	schematest.Exec(t, &schema.Store{Conn: db.Conn}, `
		INSERT INTO posts (account_id, post_id, platform, published_at, collected_at, text, permalink, hashtags) VALUES
			('h1', 'old', 'instagram', '2024-04-20 10:00:00', '2024-05-05 06:00:00', 'old text, corrected', 'https://x/old', ['صحت']),
			('h1', 'old', 'instagram', '2024-04-20 10:00:00', '2024-05-06 06:00:00', 'old text, corrected', 'https://x/old', ['صحت']);
		INSERT INTO observations (account_id, post_id, platform, observed_at, call, comments, run_id) VALUES
			('h1', 'eve', 'instagram', '2024-05-04 06:00:00', 'media', 1, 'r1');
		INSERT INTO raw_answers (received_at, account_id, run_id, body_hash) VALUES
			('2024-05-04 06:00:00', 'h1', 'r1', 'x'), ('2024-05-04 06:00:00', 'h1', 'r1', 'x'), ('2024-05-04 06:00:01', 'h1', 'r1', 'x'), ('2024-05-04 06:00:01', 'h1', 'r2', 'y')`)
	p, err := db.Post(t.Context(), "h1", "old")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Readings) != 4 || p.Readings[0].Call != "insights" || *p.Readings[0].Reach != 900 || p.Readings[0].Interactions != nil || *p.Readings[3].Interactions != 113 {
		t.Errorf("readings = %+v", p.Readings)
	}
	want := []PostVersion{
		{"old text", schematest.Time(t, "2024-05-02 06:00:00"), schematest.Time(t, "2024-05-02 06:00:00")},
		{"old text, corrected", schematest.Time(t, "2024-05-05 06:00:00"), schematest.Time(t, "2024-05-06 06:00:00")},
	}
	if d := cmp.Diff(want, p.Versions); d != "" {
		t.Errorf("versions (-want +got):\n%s", d)
	}
	if !p.FirstSeen.Equal(want[0].FirstSeen) || !p.LastSeen.Equal(want[1].LastSeen) {
		t.Errorf("seen from %s to %s", p.FirstSeen, p.LastSeen)
	}
	if at := p.ToldAt("reach"); at == nil || !at.Equal(schematest.Time(t, "2024-05-02 06:00:00")) {
		t.Errorf("reach told at %v", at)
	}
	if at := p.ToldAt("reactions"); at == nil || !at.Equal(schematest.Time(t, "2024-05-05 06:00:00")) {
		t.Errorf("reactions told at %v", at)
	}
	if p.ToldAt("saves") != nil || p.Figure("saves") != nil || *p.Figure("comments") != 12 {
		t.Errorf("saves %v told at %v, comments %v", p.Figure("saves"), p.ToldAt("saves"), p.Figure("comments"))
	}
	if !cmp.Equal(p.Hashtags, []string{"صحت"}) || p.RawAnswers != 0 {
		t.Errorf("hashtags %q, %d answers", p.Hashtags, p.RawAnswers)
	}
	if p, err := db.Post(t.Context(), "h1", "eve"); err != nil || p.RawAnswers != 2 {
		t.Errorf("eve: %d answers, %v; want 2", p.RawAnswers, err)
	}
	for _, id := range [][2]string{{"h1", "none"}, {"none", "old"}, {"ex", "old"}, {"p1", "old"}} {
		if _, err := db.Post(t.Context(), schema.AccountID(id[0]), id[1]); !errors.Is(err, schema.ErrNotFound) {
			t.Errorf("Post(%q): %v, want not found", id, err)
		}
	}
}

// TestPostFiguresAreRebuilt has a store that was rolled up before it had the
// table of the figures, or lost it.
func TestPostFiguresAreRebuilt(t *testing.T) {
	db := sampleDB(t)
	schematest.Exec(t, &schema.Store{Conn: db.Conn}, "TRUNCATE TABLE post_figures")
	for i, want := range []string{"2024-05-02", ""} {
		got := ""
		from, err := db.Rollup(t.Context(), "h1")
		if err != nil {
			t.Fatal(err)
		}
		if from != nil {
			got = from.Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("rollup %d from %q, want %q", i, got, want)
		}
	}
	p, err := db.Posts(t.Context(), PostsQuestion{Selection: Selection{Period: days(t, db.Zone, "2024-04-01", "2024-06-01"), View: ViewLife}, Account: "h1", Unknown: "interactions"})
	if err != nil || p.Total != 0 {
		t.Errorf("%d posts without interactions, %v; want none", p.Total, err)
	}
}
