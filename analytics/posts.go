package analytics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/hamawaz/hamawaz/schema"
)

// A PostsQuestion asks for some of the posts of a period, in an order.
type PostsQuestion struct {
	Selection

	Account schema.AccountID // empty: all that the filter lets through
	Format  schema.Format    // empty: all
	Whose   Whose            // empty: all
	Search  string           // part of the text, whatever its case; empty: all
	Unknown string           // only posts of which this is not known, one of PostFigures; empty: all

	Sort      string // one of PostSorts; empty: published
	Ascending bool   // smallest first; what is unknown comes last either way

	Limit  int // rows of the page; 0: PostsPerPage
	Offset int // rows before it
}

// Whose says which posts are asked for by whom they are counted for. The zero
// Whose lets all through.
type Whose string

const (
	// Own are the posts that are counted for the account.
	Own Whose = "own"
	// Others are the posts that are counted for another account: see notCounted.
	// They gain nothing here, so that ViewActivity knows none.
	Others Whose = "others"
)

// PostsPerPage is how many posts a page has.
const PostsPerPage = 50

// PostFigures lists the figures of a post, in the order of a table: keys of
// the catalogue.
var PostFigures = []string{"reactions", "comments", "shares", "interactions", "views", "reach", "saves", "clicks",
	"engagement_rate", "performance_score"}

// PostSorts lists what posts can be sorted by.
var PostSorts = append([]string{"published", "department", "account", "platform", "format", "text"}, PostFigures...)

// A PostsPage is some of the posts that a question is about.
type PostsPage struct {
	Rows   []PostRow
	Total  int        // posts that the question is about, on all pages
	Others int        // of these, posts that are counted for another account
	AsOf   *time.Time // the newest reading of the rows; nil: none
}

// A PostRow is one post with its figures. Life: the latest known value of each
// counter, whenever it was read. Activity: what was gained on the days of the
// period. Nil means unknown.
type PostRow struct {
	Account      schema.AccountID
	AccountName  string
	Handle       string
	Platform     schema.Platform
	Department   schema.DepartmentID
	DepartmentEn string
	DepartmentUr string // empty: show DepartmentEn

	PostID      string
	Format      schema.Format
	Relation    schema.Relation // one that is not Counted has no figures
	PublishedAt time.Time
	DeletedAt   *time.Time // nil: not seen to be gone
	PostDetails

	Reactions, Comments, Shares, Interactions *float64
	Views, Reach, Saves, Clicks               *float64
	ReadAt                                    *time.Time // its newest reading (activity: on those days); nil: none

	// Of the life of posts only.
	Audience *float64 // followers when it was published
	Rate     *float64 // engagement rate by audience: Interactions ÷ Audience
	Expected *float64 // interactions that posts like it usually had at this age; nil: not enough posts
	Compared int      // posts from which Expected was taken, or that were too few for it
	Score    *float64 // performance score: Interactions ÷ Expected
}

// PostDetails are what the platform tells of a post besides its figures.
type PostDetails struct {
	Text      string         `ch:"text"`
	Permalink string         `ch:"permalink"`
	AltText   *string        `ch:"alt_text"`         // nil: the platform did not say
	Captions  *bool          `ch:"captions"`         // nil: no video, or not told
	Paid      *bool          `ch:"paid"`             // nil: not told
	Seconds   *int64         `ch:"duration_seconds"` // nil: neither video nor sound, or not told
	Absence   schema.Absence `ch:"absence"`          // why DeletedAt is set
	Thumbnail bool           `ch:"thumbnail"`        // a small picture is stored
}

// Figure returns the post's figure of the key, one of PostFigures.
func (r PostRow) Figure(key string) *float64 {
	switch key {
	case "reactions":
		return r.Reactions
	case "comments":
		return r.Comments
	case "shares":
		return r.Shares
	case "interactions":
		return r.Interactions
	case "views":
		return r.Views
	case "reach":
		return r.Reach
	case "saves":
		return r.Saves
	case "clicks":
		return r.Clicks
	case "engagement_rate":
		return r.Rate
	case "performance_score":
		return r.Score
	}
	return nil
}

// postFigures is a row of posts.Life.sql and posts.Activity.sql.
type postFigures struct {
	Account      schema.AccountID `ch:"account_id"`
	Post         string           `ch:"post_id"`
	Format       schema.Format    `ch:"format"`
	PublishedAt  time.Time        `ch:"published_at"`
	DeletedAt    *time.Time       `ch:"deleted_at"`
	Relation     schema.Relation  `ch:"relation"`
	Reactions    *int64           `ch:"reactions"`
	Comments     *int64           `ch:"comments"`
	Shares       *int64           `ch:"shares"`
	Interactions *int64           `ch:"interactions"`
	Views        *int64           `ch:"views"`
	Reach        *int64           `ch:"reach"`
	Saves        *int64           `ch:"saves"`
	Clicks       *int64           `ch:"clicks"`
	ReadAt       *time.Time       `ch:"read_at"`
	Audience     *int64           `ch:"audience"`
	Expected     *float64         `ch:"expected"`
	Compared     uint16           `ch:"compared"`
	Total        uint64           `ch:"total"`
	Others       uint64           `ch:"others"`
}

// Posts answers with the posts of the period that the question is about: for
// ViewLife those published in it, for ViewActivity those read in it, whatever
// their age. Pages follow each other without a gap as long as nothing new is
// collected.
func (db *DB) Posts(ctx context.Context, q PostsQuestion) (PostsPage, error) {
	sort, unknown := cmp.Or(q.Sort, "published"), q.Unknown
	if !slices.Contains(PostSorts, sort) {
		return PostsPage{}, fmt.Errorf("posts cannot be sorted by %q: want one of %s", sort, strings.Join(PostSorts, ", "))
	}
	if unknown != "" && !slices.Contains(PostFigures, unknown) {
		return PostsPage{}, fmt.Errorf("posts have no figure %q: want one of %s", unknown, strings.Join(PostFigures, ", "))
	}
	if q.Account != "" {
		if len(q.Filter.Accounts) > 0 && !slices.Contains(q.Filter.Accounts, q.Account) {
			return PostsPage{}, nil
		}
		q.Filter.Accounts = []schema.AccountID{q.Account}
	}
	accounts, err := db.accounts(ctx, q.Filter)
	if err != nil {
		return PostsPage{}, err
	}
	name := "posts.Life"
	if q.View == ViewActivity {
		if q.Whose == Others {
			return PostsPage{}, nil
		}
		name = "posts.Activity"
	}
	var rows []postFigures
	err = db.Conn.Select(ctx, &rows, query(name),
		clickhouse.Named("zone", db.Zone.String()),
		clickhouse.Named("accounts", accountIDs(accounts)), clickhouse.Named("ranks", ranks(accounts, sort)),
		notCounted, clickhouse.Named("whose", string(q.Whose)),
		clickhouse.Named("format", string(q.Format)), clickhouse.Named("search", searched(q.Search)),
		clickhouse.Named("unknown", unknown), clickhouse.Named("sort", sort), clickhouse.Named("ascending", q.Ascending),
		clickhouse.Named("limit", uint32(cmp.Or(max(q.Limit, 0), PostsPerPage))), clickhouse.Named("offset", uint32(max(q.Offset, 0))),
		date("from", q.Period.From), date("to", q.Period.To))
	if err != nil {
		return PostsPage{}, fmt.Errorf("posts of %s: %w", q.Period, err)
	}
	page := PostsPage{Rows: make([]PostRow, len(rows))}
	byID := make(map[schema.AccountID]account, len(accounts))
	for _, a := range accounts {
		byID[a.ID] = a
	}
	for i, r := range rows {
		page.Rows[i] = newPostRow(byID[r.Account], r)
		page.Total, page.Others = int(r.Total), int(r.Others)
		if r.ReadAt != nil && (page.AsOf == nil || r.ReadAt.After(*page.AsOf)) {
			page.AsOf = r.ReadAt
		}
	}
	if len(rows) == 0 && q.Offset > 0 { // beyond the end: how many are there?
		q.Limit, q.Offset = 1, 0
		first, err := db.Posts(ctx, q)
		return PostsPage{Total: first.Total, Others: first.Others}, err
	}
	return page, db.readDetails(ctx, page.Rows)
}

func newPostRow(a account, r postFigures) PostRow {
	p := PostRow{
		Account: r.Account, AccountName: a.Name, Handle: a.Handle, Platform: a.Platform,
		Department: a.Department, DepartmentEn: a.DepartmentEn, DepartmentUr: a.DepartmentUr,
		PostID: r.Post, Format: r.Format, PublishedAt: r.PublishedAt, DeletedAt: r.DeletedAt, Relation: r.Relation,
		Reactions: float(r.Reactions), Comments: float(r.Comments), Shares: float(r.Shares), Interactions: float(r.Interactions),
		Views: float(r.Views), Reach: float(r.Reach), Saves: float(r.Saves), Clicks: float(r.Clicks), ReadAt: r.ReadAt,
		Audience: float(r.Audience), Expected: r.Expected, Compared: int(r.Compared),
	}
	p.Rate, p.Score = ratio(p.Interactions, p.Audience), ratio(p.Interactions, p.Expected)
	return p
}

// ratio returns over ÷ under, or nil where either is unknown or under is 0.
func ratio(over, under *float64) *float64 {
	if over == nil || under == nil || *under <= 0 {
		return nil
	}
	r := *over / *under
	return &r
}

// ranks returns the place of each account in the order of its name,
// department or platform. It is 1 for all where the sort is none of these.
func ranks(accounts []account, sort string) []uint32 {
	key := func(account) string { return "" }
	switch sort {
	case "account":
		key = func(a account) string { return strings.ToLower(a.Name) }
	case "department":
		key = func(a account) string { return strings.ToLower(a.DepartmentEn) }
	case "platform":
		key = func(a account) string { return string(a.Platform) }
	}
	words := make([]string, len(accounts))
	for i, a := range accounts {
		words[i] = key(a)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	places := make([]uint32, len(accounts))
	for i, a := range accounts {
		at, _ := slices.BinarySearch(words, key(a))
		places[i] = uint32(at + 1)
	}
	return places
}

// searched returns the text to look for as posts.*.sql compare it: composed,
// with the Urdu letters for the Arabic ones that look the same and are typed
// on other keyboards.
func searched(s string) string {
	return strings.NewReplacer("ي", "ی", "ى", "ی", "ك", "ک").Replace(norm.NFC.String(strings.TrimSpace(s)))
}

// detailsAtOnce is how many posts' details are asked for in one statement.
const detailsAtOnce = 500

// readDetails fills in what the platform tells of the rows besides figures.
func (db *DB) readDetails(ctx context.Context, rows []PostRow) error {
	for part := range slices.Chunk(rows, detailsAtOnce) {
		of, posts := make([]string, len(part)), make([]string, len(part))
		at := make(map[[2]string]*PostRow, len(part))
		for i := range part {
			of[i], posts[i] = string(part[i].Account), part[i].PostID
			at[[2]string{of[i], posts[i]}] = &part[i]
		}
		var told []struct {
			Account string `ch:"account_id"`
			Post    string `ch:"post_id"`
			PostDetails
		}
		err := db.Conn.Select(ctx, &told, query("posts.Details"), clickhouse.Named("of", of), clickhouse.Named("posts", posts))
		if err != nil {
			return fmt.Errorf("details of %d posts: %w", len(part), err)
		}
		for _, t := range told {
			if r := at[[2]string{t.Account, t.Post}]; r != nil {
				r.PostDetails = t.PostDetails
			}
		}
	}
	return nil
}
