package analytics

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// What a post is compared with: the posts of its format before it.
const (
	comparedPosts  = 100 // at most
	enoughPosts    = 20  // fewer are no measure
	nearestPart    = 5   // a reading counts at another age if it lies at most age ÷ nearestPart away
	audienceWithin = 7 * 24 * time.Hour
	postsAtOnce    = 500
)

// A reading is what a post's interactions stood at, at one moment.
type reading struct {
	PostID       string    `ch:"post_id"`
	At           time.Time `ch:"observed_at"`
	Interactions int64     `ch:"interactions"`
}

// A published is a post of an account, in the order of publication.
type published struct {
	PostID string        `ch:"post_id"`
	Format schema.Format `ch:"format"`
	At     time.Time     `ch:"published_at"`
}

// An audienceAt is a reading of an account's followers.
type audienceAt struct {
	At        time.Time `ch:"observed_at"`
	Followers int64     `ch:"followers"`
}

// A figuresRow is a row of post_figures.
type figuresRow struct {
	Account        schema.AccountID `ch:"account_id"`
	PostID         string           `ch:"post_id"`
	Views          *int64           `ch:"views"`
	Impressions    *int64           `ch:"impressions"`
	Reach          *int64           `ch:"reach"`
	Reactions      *int64           `ch:"reactions"`
	Comments       *int64           `ch:"comments"`
	Shares         *int64           `ch:"shares"`
	Saves          *int64           `ch:"saves"`
	Clicks         *int64           `ch:"clicks"`
	WatchSeconds   *int64           `ch:"watch_seconds"`
	Interactions   *int64           `ch:"interactions"`
	ReadAt         *time.Time       `ch:"read_at"`
	InteractionsAt *time.Time       `ch:"interactions_at"`
	Audience       *int64           `ch:"audience"`
	Expected       *float64         `ch:"expected"`
	Compared       uint16           `ch:"compared"`
	ComputedAt     time.Time        `ch:"computed_at"`
}

// rollupPosts brings post_figures up to the readings of the account's posts
// from the day on; with every, also of those that were not read anew.
func (db *DB) rollupPosts(ctx context.Context, id schema.AccountID, from, began time.Time, every bool) error {
	account := clickhouse.Named("account", string(id))
	zone := clickhouse.Named("zone", db.Zone.String())
	var ids []struct {
		PostID string `ch:"post_id"`
	}
	err := db.Conn.Select(ctx, &ids, query("postfigures.Asked"), account, zone, date("from", from), clickhouse.Named("every", every))
	if err != nil || len(ids) == 0 {
		return err
	}
	asked := make(map[string]bool, len(ids))
	for _, r := range ids {
		asked[r.PostID] = true
	}
	var all []published
	if err := db.Conn.Select(ctx, &all, query("postfigures.Posts"), account, notCounted); err != nil {
		return err
	}
	var audiences []audienceAt
	if err := db.Conn.Select(ctx, &audiences, query("postfigures.Followers"), account); err != nil {
		return err
	}

	// Posts of one format follow each other, so a stretch of them shares most of
	// what it is compared with.
	byFormat := map[schema.Format][]published{}
	for _, p := range all {
		byFormat[p.Format] = append(byFormat[p.Format], p)
	}
	for _, list := range byFormat {
		for first := 0; first < len(list); {
			var places []int
			for ; first < len(list) && len(places) < postsAtOnce; first++ {
				if asked[list[first].PostID] {
					places = append(places, first)
				}
			}
			if len(places) == 0 {
				break
			}
			rows, err := db.postFigures(ctx, id, list, places, audiences)
			if err != nil {
				return err
			}
			batch := make([]any, len(rows))
			for i := range rows {
				rows[i].ComputedAt = began.UTC()
				batch[i] = &rows[i]
			}
			if err := schema.Insert(ctx, db.Conn, "post_figures", batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// postFigures returns the rows of the posts at the places of the list, which
// holds all posts of one account and format, oldest first.
func (db *DB) postFigures(ctx context.Context, id schema.AccountID, list []published, places []int, audiences []audienceAt) ([]figuresRow, error) {
	needed := make([]bool, len(list))
	names := make([]string, len(places))
	for i, place := range places {
		names[i] = list[place].PostID
		for j := max(place-comparedPosts, 0); j <= place; j++ {
			needed[j] = true
		}
	}
	var read []string
	for i, p := range list {
		if needed[i] {
			read = append(read, p.PostID)
		}
	}
	account := clickhouse.Named("account", string(id))
	var readings []reading
	err := db.Conn.Select(ctx, &readings, query("postfigures.Readings"), account,
		clickhouse.Named("posts", read), clickhouse.Named("shares_count", sharesCount))
	if err != nil {
		return nil, fmt.Errorf("readings of posts: %w", err)
	}
	byPost := map[string][]reading{}
	for start := 0; start < len(readings); {
		end := start
		for end < len(readings) && readings[end].PostID == readings[start].PostID {
			end++
		}
		byPost[readings[start].PostID] = readings[start:end]
		start = end
	}
	var rows []figuresRow
	err = db.Conn.Select(ctx, &rows, query("postfigures.Latest"), account,
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("posts", names))
	if err != nil {
		return nil, fmt.Errorf("latest values of posts: %w", err)
	}
	placeOf := make(map[string]int, len(places))
	for _, place := range places {
		placeOf[list[place].PostID] = place
	}
	for i := range rows {
		r := &rows[i]
		place := placeOf[r.PostID]
		r.Account = id
		r.Audience = audienceNear(audiences, list[place].At)
		own := byPost[r.PostID]
		if len(own) == 0 {
			continue
		}
		last := own[len(own)-1].At
		r.InteractionsAt = &last
		var n int
		r.Expected, n = usualAt(last.Sub(list[place].At), list[max(place-comparedPosts, 0):place], byPost)
		r.Compared = uint16(n)
	}
	return rows, nil
}

// usualAt returns the mean of the middle half of the interactions that the
// posts had at the age, and how many of them were read near enough to it. It
// is nil where they are fewer than enoughPosts.
func usualAt(age time.Duration, posts []published, readings map[string][]reading) (*float64, int) {
	var values []int64
	for _, p := range posts {
		if v, ok := atAge(readings[p.PostID], p.At, age); ok {
			values = append(values, v)
		}
	}
	n := len(values)
	if n < enoughPosts {
		return nil, n
	}
	slices.Sort(values)
	cut := n / 4
	var sum int64
	for _, v := range values[cut : n-cut] {
		sum += v
	}
	mean := float64(sum) / float64(n-2*cut)
	return &mean, n
}

// atAge returns the reading nearest to the age, the earlier one of two, if it
// is near enough.
func atAge(list []reading, publishedAt time.Time, age time.Duration) (int64, bool) {
	at := publishedAt.Add(age)
	after, _ := slices.BinarySearchFunc(list, at, func(r reading, at time.Time) int {
		if r.At.After(at) {
			return 1
		}
		return -1
	})
	best, distance := -1, time.Duration(0)
	for _, i := range []int{after - 1, after} {
		if i < 0 || i >= len(list) {
			continue
		}
		if d := list[i].At.Sub(at).Abs(); best < 0 || d < distance {
			best, distance = i, d
		}
	}
	if best < 0 || distance*nearestPart > age {
		return 0, false
	}
	return list[best].Interactions, true
}

// audienceNear returns the followers by the reading nearest to the moment, the
// earlier one of two, at most audienceWithin away; nil if there is none.
func audienceNear(list []audienceAt, at time.Time) *int64 {
	after, _ := slices.BinarySearchFunc(list, at, func(r audienceAt, at time.Time) int {
		if r.At.After(at) {
			return 1
		}
		return -1
	})
	var best *int64
	distance := audienceWithin + 1
	for _, i := range []int{after - 1, after} {
		if i < 0 || i >= len(list) {
			continue
		}
		if d := list[i].At.Sub(at).Abs(); d < distance {
			best, distance = &list[i].Followers, d
		}
	}
	return best
}
