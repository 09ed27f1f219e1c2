package analytics

import (
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

// manyPosts is 200,000 posts of 40 accounts over two years, each with its
// figures and with ten days of readings.
const manyPosts = `
INSERT INTO accounts (account_id, department_id, platform, name, handle, status, version)
	SELECT concat('a', toString(number)), concat('d', toString(number % 20)), 'instagram', concat('Account ', toString(number)), '', 'approved', 1 FROM numbers(40);
INSERT INTO posts (account_id, post_id, platform, format, text, permalink, published_at, collected_at)
	SELECT concat('a', toString(number % 40)), concat('p', hex(cityHash64(number))), 'instagram', ['image', 'video', 'album'][number % 3 + 1],
		concat('ہفتۂ صفائی مہم ', toString(number), repeat(' public notice number', 10 + number % 10)), 'https://social.example/p',
		toDateTime64('2022-06-01 00:00:00', 3, 'UTC') + toIntervalSecond(number * 315), '2024-06-01 00:00:00' FROM numbers(200000);
INSERT INTO post_figures (account_id, post_id, reactions, comments, interactions, views, read_at, audience, expected, compared, computed_at)
	SELECT account_id, post_id, if(h % 10 = 0, NULL, h % 5000), h % 100, if(h % 10 = 0, NULL, h % 5000 + h % 100), h % 90000, '2024-06-01 00:00:00', 10000, h % 3000, 75, now()
	FROM (SELECT account_id, post_id, toInt64(cityHash64(post_id) % 1000000) AS h FROM posts);
INSERT INTO post_daily (zone, account_id, metric, day, post_id, value, gained, carried, computed_at)
	SELECT 'Asia/Karachi', account_id, metric, toDate(published_at, 'Asia/Karachi') + d, post_id,
		if(metric = 'read_at', toUnixTimestamp64Milli(published_at) + d * 86400000, cityHash64(post_id, metric) % 1000 + d), 1, 0, now()
	FROM posts ARRAY JOIN ['readings', 'read_at', 'reactions', 'comments', 'interactions', 'views'] AS metric
	CROSS JOIN (SELECT number AS d FROM numbers(10)) AS days
`

func BenchmarkPosts(b *testing.B) {
	s := schematest.Open(b)
	schematest.Exec(b, s, manyPosts)
	db := &DB{Conn: s.Conn, Zone: karachi(b), Now: time.Now}
	for _, bench := range []struct {
		name string
		q    PostsQuestion
	}{
		{"all", PostsQuestion{Sort: "interactions"}},
		{"all, page 2001", PostsQuestion{Offset: 100000}},
		{"all, by account", PostsQuestion{Sort: "account", Ascending: true}},
		{"all, searched", PostsQuestion{Search: "صفائی مہم 1234"}},
		{"all, unknown", PostsQuestion{Unknown: "interactions", Sort: "performance_score"}},
		{"28 days", PostsQuestion{Selection: Selection{Period: days(b, db.Zone, "2024-05-01", "2024-05-29")}}},
		{"28 days, activity", PostsQuestion{Selection: Selection{Period: days(b, db.Zone, "2024-05-01", "2024-05-29"), View: ViewActivity}}},
		{"all, activity", PostsQuestion{Selection: Selection{View: ViewActivity}}},
		{"one account", PostsQuestion{Account: schema.AccountID("a7"), Sort: "text"}},
	} {
		q := bench.q
		if q.Period == (Period{}) {
			q.Period = days(b, db.Zone, "2022-06-01", "2024-06-01")
		}
		b.Run(bench.name, func(b *testing.B) {
			total := 0
			for b.Loop() {
				p, err := db.Posts(b.Context(), q)
				if err != nil {
					b.Fatal(err)
				}
				total = p.Total
			}
			b.ReportMetric(float64(total), "posts")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
		})
	}
}
