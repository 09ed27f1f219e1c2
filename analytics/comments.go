package analytics

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// CommentsPerPage is how many threads a page of comments has.
const CommentsPerPage = 50

// A CommentsPage is some of the comments that are stored of a post. Platforms
// may have more: how many, the figure of comments says.
type CommentsPage struct {
	Threads []Thread // the newest first

	// Of the stored comments, on all pages:
	Total      int        // answers among them
	Official   int        // written by the account
	Begun      int        // threads
	Unanswered int        // of these, begun by others more than a day ago, without an answer of the account
	ReadAt     *time.Time // when one was last seen; nil: there is none
}

// A Thread is a comment with what was answered to it, and to its answers, the
// oldest first.
type Thread struct {
	schema.Comment
	Answers []schema.Comment
}

// answersDeep is how many times answers to answers are looked for.
const answersDeep = 10

// Comments returns threads of the post, after the offset. It does not look
// whether the account is approved.
func (db *DB) Comments(ctx context.Context, account schema.AccountID, post string, offset int) (CommentsPage, error) {
	of := []any{clickhouse.Named("account", string(account)), clickhouse.Named("post", post)}
	fail := func(err error) (CommentsPage, error) {
		return CommentsPage{}, fmt.Errorf("comments under %q of %s: %w", post, account, err)
	}
	var counts []struct {
		Total      uint64     `ch:"total"`
		Official   uint64     `ch:"official"`
		Threads    uint64     `ch:"threads"`
		Unanswered uint64     `ch:"unanswered"`
		ReadAt     *time.Time `ch:"read_at"`
	}
	err := db.Conn.Select(ctx, &counts, query("post.CommentCounts"), append(slices.Clip(of), moment("before", db.Now().Add(-24*time.Hour)))...)
	if err != nil {
		return fail(err)
	}
	n := counts[0]
	page := CommentsPage{Total: int(n.Total), Official: int(n.Official), Begun: int(n.Threads), Unanswered: int(n.Unanswered), ReadAt: n.ReadAt}
	if page.Total == 0 {
		return page, nil
	}
	var first []schema.Comment
	err = db.Conn.Select(ctx, &first, query("post.Comments"), append(slices.Clip(of),
		clickhouse.Named("limit", uint32(CommentsPerPage)), clickhouse.Named("offset", uint32(max(offset, 0))))...)
	if err != nil {
		return fail(err)
	}
	page.Threads = make([]Thread, len(first))
	threadOf := make(map[string]int, len(first))
	asked := make([]string, len(first))
	for i, c := range first {
		page.Threads[i].Comment = c
		threadOf[c.CommentID], asked[i] = i, c.CommentID
	}
	for range answersDeep {
		if len(asked) == 0 {
			break
		}
		var answers []schema.Comment
		if err := db.Conn.Select(ctx, &answers, query("post.Answers"), append(slices.Clip(of), clickhouse.Named("comments", asked))...); err != nil {
			return fail(err)
		}
		asked = asked[:0]
		for _, a := range answers {
			if _, known := threadOf[a.CommentID]; known {
				continue // two that answer each other
			}
			i := threadOf[a.ParentID]
			threadOf[a.CommentID] = i
			page.Threads[i].Answers = append(page.Threads[i].Answers, a)
			asked = append(asked, a.CommentID)
		}
	}
	for _, t := range page.Threads {
		slices.SortStableFunc(t.Answers, func(a, b schema.Comment) int { return a.PublishedAt.Compare(b.PublishedAt) })
	}
	return page, nil
}

// AllComments returns the stored comments under the post, the newest first, at
// most limit.
func (db *DB) AllComments(ctx context.Context, account schema.AccountID, post string, limit int) ([]schema.Comment, error) {
	var rows []schema.Comment
	err := db.Conn.Select(ctx, &rows, query("post.AllComments"), clickhouse.Named("account", string(account)),
		clickhouse.Named("post", post), clickhouse.Named("limit", uint32(limit)))
	if err != nil {
		return nil, fmt.Errorf("comments under %q of %s: %w", post, account, err)
	}
	return rows, nil
}
