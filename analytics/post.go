package analytics

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// A Post is all that is known of one post.
type Post struct {
	PostRow      // its life: the latest known value of each counter
	Impressions  *float64
	WatchSeconds *float64
	RelatedID    string // the platform's id of the post that Relation speaks of; may be empty
	Hashtags     []string
	Links        []string

	// InteractionsAt is when its interactions were last read: the age at which
	// the post is compared with others. nil: never.
	InteractionsAt *time.Time

	FirstSeen, LastSeen time.Time // as its wordings were seen; zero: never

	Readings   []Reading    // oldest first
	PaidFor    []PaidNumber // by name; empty: the platform tells none
	Usual      []Usual      // youngest first, at ages of Readings; empty: nothing to compare with
	Versions   []PostVersion
	RawAnswers int // answers of the platform kept of the runs in which it was read
}

// A PaidNumber is a number that the platform tells apart for what was paid for,
// and for all else. Either may be nil: not told.
type PaidNumber struct {
	Name          string // the platform's, without what says that it is one of the two
	Paid, Organic *float64
	At            time.Time // when one was last told
}

// paidNumbers pairs the numbers by name. A number of what was not paid for that
// has no counterpart is left out: nothing is told apart.
func paidNumbers(told []toldNumber) []PaidNumber {
	var names []string
	byName := map[string]*PaidNumber{}
	for _, t := range told {
		name, paid := paidName(t.Name)
		n := byName[name]
		if n == nil {
			n = &PaidNumber{Name: name}
			byName[name], names = n, append(names, name)
		}
		if paid {
			n.Paid = float(&t.Value)
		} else {
			n.Organic = float(&t.Value)
		}
		if t.At.After(n.At) {
			n.At = t.At
		}
	}
	slices.Sort(names)
	var list []PaidNumber
	for _, name := range names {
		if byName[name].Paid != nil {
			list = append(list, *byName[name])
		}
	}
	return list
}

// A toldNumber is a row of post.Paid.sql.
type toldNumber struct {
	Name  string    `ch:"name"`
	Value int64     `ch:"value"`
	At    time.Time `ch:"at"`
}

// paidName takes from a platform's name of a number what says whether it is one
// of what was paid for. X has it as promoted_metrics.NAME and
// organic_metrics.NAME, Facebook as NAME_paid and NAME_organic, or in the
// breakdown NAME.is_from_ads, whose parts may be named by their truth.
func paidName(name string) (rest string, paid bool) {
	if rest, ok := strings.CutPrefix(name, "promoted_metrics."); ok {
		return rest, true
	}
	if rest, ok := strings.CutPrefix(name, "organic_metrics."); ok {
		return rest, false
	}
	if rest, part, ok := strings.Cut(name, ".is_from_ads"); ok {
		return rest, part != ".0" && part != ".false"
	}
	rest, unique := strings.CutSuffix(name, "_unique")
	end := ""
	if unique {
		end = "_unique"
	}
	if rest, ok := strings.CutSuffix(rest, "_paid"); ok {
		return rest + end, true
	}
	rest, _ = strings.CutSuffix(rest, "_organic")
	return rest + end, false
}

// A Reading is what one call said of a post at one moment. A counter that it
// did not tell is nil.
type Reading struct {
	At           time.Time `ch:"observed_at"`
	Call         string    `ch:"call"` // of the platform: "media", "insights", …
	RunID        string    `ch:"run_id"`
	Views        *int64    `ch:"views"`
	Impressions  *int64    `ch:"impressions"`
	Reach        *int64    `ch:"reach"`
	Reactions    *int64    `ch:"reactions"`
	Comments     *int64    `ch:"comments"`
	Shares       *int64    `ch:"shares"`
	Saves        *int64    `ch:"saves"`
	Clicks       *int64    `ch:"clicks"`
	WatchSeconds *int64    `ch:"watch_seconds"`
	Interactions *int64    `ch:"interactions"`
}

// ReadingFigures lists the figures that a reading may tell, in the order of a
// table: keys of the catalogue.
var ReadingFigures = []string{"reactions", "comments", "shares", "interactions", "views", "impressions", "reach", "saves", "clicks", "watch_seconds"}

// Figure returns what the reading told of the key, one of ReadingFigures.
func (r Reading) Figure(key string) *float64 {
	switch key {
	case "reactions":
		return float(r.Reactions)
	case "comments":
		return float(r.Comments)
	case "shares":
		return float(r.Shares)
	case "interactions":
		return float(r.Interactions)
	case "views":
		return float(r.Views)
	case "impressions":
		return float(r.Impressions)
	case "reach":
		return float(r.Reach)
	case "saves":
		return float(r.Saves)
	case "clicks":
		return float(r.Clicks)
	case "watch_seconds":
		return float(r.WatchSeconds)
	}
	return nil
}

// Figure returns the latest known value of the key, one of ReadingFigures or
// PostFigures.
func (p Post) Figure(key string) *float64 {
	switch key {
	case "impressions":
		return p.Impressions
	case "watch_seconds":
		return p.WatchSeconds
	}
	return p.PostRow.Figure(key)
}

// ToldAt returns when the figure was last told, as far as the figures of the
// post reach; nil: never.
func (p Post) ToldAt(key string) *time.Time {
	for _, r := range slices.Backward(p.Readings) {
		if r.Figure(key) != nil && p.ReadAt != nil && !r.At.After(*p.ReadAt) {
			return &r.At
		}
	}
	return nil
}

// Usual is what the account's posts of the format usually had at an age.
type Usual struct {
	Age      time.Duration
	Expected *float64 // interactions; nil: not enough posts
	Compared int      // posts that were read at that age
}

// A PostVersion is one wording of a post.
type PostVersion struct {
	Text      string    `ch:"text"`
	FirstSeen time.Time `ch:"first_seen"`
	LastSeen  time.Time `ch:"last_seen"`
}

// usualUpTo is at how many ages a post is compared with others at most.
const usualUpTo = 60

// Post answers with all that is known of a post of an approved account. The
// error is schema.ErrNotFound if there is none.
func (db *DB) Post(ctx context.Context, id schema.AccountID, post string) (Post, error) {
	accounts, err := db.accounts(ctx, Filter{Accounts: []schema.AccountID{id}})
	if err != nil {
		return Post{}, err
	}
	if len(accounts) == 0 {
		return Post{}, fmt.Errorf("account %q: %w", id, schema.ErrNotFound)
	}
	of := []any{clickhouse.Named("account", string(id)), clickhouse.Named("post", post), notCounted}
	counted := append(slices.Clip(of), clickhouse.Named("shares_count", sharesCount))

	var rows []struct {
		Format         schema.Format   `ch:"format"`
		PublishedAt    time.Time       `ch:"published_at"`
		DeletedAt      *time.Time      `ch:"deleted_at"`
		Text           string          `ch:"text"`
		Permalink      string          `ch:"permalink"`
		AltText        *string         `ch:"alt_text"`
		Relation       schema.Relation `ch:"relation"`
		RelatedID      string          `ch:"related_id"`
		Captions       *bool           `ch:"captions"`
		Paid           *bool           `ch:"paid"`
		Seconds        *int64          `ch:"duration_seconds"`
		Absence        schema.Absence  `ch:"absence"`
		Thumbnail      bool            `ch:"thumbnail"`
		Hashtags       []string        `ch:"hashtags"`
		Links          []string        `ch:"links"`
		Reactions      *int64          `ch:"reactions"`
		Comments       *int64          `ch:"comments"`
		Shares         *int64          `ch:"shares"`
		Interactions   *int64          `ch:"interactions"`
		Views          *int64          `ch:"views"`
		Impressions    *int64          `ch:"impressions"`
		Reach          *int64          `ch:"reach"`
		Saves          *int64          `ch:"saves"`
		Clicks         *int64          `ch:"clicks"`
		WatchSeconds   *int64          `ch:"watch_seconds"`
		ReadAt         *time.Time      `ch:"read_at"`
		InteractionsAt *time.Time      `ch:"interactions_at"`
		Audience       *int64          `ch:"audience"`
		Expected       *float64        `ch:"expected"`
		Compared       uint16          `ch:"compared"`
	}
	if err := db.Conn.Select(ctx, &rows, query("post.Post"), of...); err != nil {
		return Post{}, fmt.Errorf("post %q of %s: %w", post, id, err)
	}
	if len(rows) == 0 {
		return Post{}, fmt.Errorf("post %q of %s: %w", post, id, schema.ErrNotFound)
	}
	r := rows[0]
	p := Post{
		PostRow: newPostRow(accounts[0], postFigures{
			Account: id, Post: post, Format: r.Format, PublishedAt: r.PublishedAt, DeletedAt: r.DeletedAt, Relation: r.Relation,
			Reactions: r.Reactions, Comments: r.Comments, Shares: r.Shares, Interactions: r.Interactions,
			Views: r.Views, Reach: r.Reach, Saves: r.Saves, Clicks: r.Clicks, ReadAt: r.ReadAt,
			Audience: r.Audience, Expected: r.Expected, Compared: r.Compared,
		}),
		Impressions: float(r.Impressions), WatchSeconds: float(r.WatchSeconds), InteractionsAt: r.InteractionsAt,
		RelatedID: r.RelatedID, Hashtags: r.Hashtags, Links: r.Links,
	}
	p.PostDetails = PostDetails{r.Text, r.Permalink, r.AltText, r.Captions, r.Paid, r.Seconds, r.Absence, r.Thumbnail}

	if err := db.Conn.Select(ctx, &p.Readings, query("post.Readings"), counted...); err != nil {
		return Post{}, fmt.Errorf("readings of %q of %s: %w", post, id, err)
	}
	var told []toldNumber
	if err := db.Conn.Select(ctx, &told, query("post.Paid"), of...); err != nil {
		return Post{}, fmt.Errorf("paid numbers of %q of %s: %w", post, id, err)
	}
	p.PaidFor = paidNumbers(told)
	if err := db.Conn.Select(ctx, &p.Versions, query("post.Versions"), of...); err != nil {
		return Post{}, fmt.Errorf("wordings of %q of %s: %w", post, id, err)
	}
	for _, v := range p.Versions {
		if p.FirstSeen.IsZero() || v.FirstSeen.Before(p.FirstSeen) {
			p.FirstSeen = v.FirstSeen
		}
		if v.LastSeen.After(p.LastSeen) {
			p.LastSeen = v.LastSeen
		}
	}
	var answers uint64
	if err := db.Conn.QueryRow(ctx, query("post.RawAnswers"), of...).Scan(&answers); err != nil {
		return Post{}, fmt.Errorf("answers about %q of %s: %w", post, id, err)
	}
	p.RawAnswers = int(answers)

	ages := comparedAges(p)
	if len(ages) == 0 {
		return p, nil
	}
	var usual []struct {
		Age      int64    `ch:"age"`
		Expected *float64 `ch:"expected"`
		Compared uint64   `ch:"n"`
	}
	err = db.Conn.Select(ctx, &usual, query("post.Usual"), append(counted, clickhouse.Named("format", string(p.Format)),
		clickhouse.Named("at", p.PublishedAt.UnixMilli()), clickhouse.Named("ages", ages))...)
	if err != nil {
		return Post{}, fmt.Errorf("usual interactions of posts like %q of %s: %w", post, id, err)
	}
	for _, u := range usual {
		p.Usual = append(p.Usual, Usual{time.Duration(u.Age) * time.Millisecond, u.Expected, int(u.Compared)})
	}
	return p, nil
}

// comparedAges returns ages, in milliseconds, at which the post's interactions
// were read: all of them, or some from the first to the last where there are
// many.
func comparedAges(p Post) []int64 {
	var ages []int64
	for _, r := range p.Readings {
		if age := r.At.Sub(p.PublishedAt).Milliseconds(); r.Interactions != nil && age > 0 {
			ages = append(ages, age)
		}
	}
	ages = slices.Compact(ages)
	n := len(ages)
	if n <= usualUpTo {
		return ages
	}
	some := make([]int64, usualUpTo)
	for i := range some {
		some[i] = ages[i*(n-1)/(usualUpTo-1)]
	}
	return some
}
