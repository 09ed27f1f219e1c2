package importer

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// jumps compares the first rows of an import with the readings that the store
// has of the same posts. A count that is a thousand times another is no growth:
// one of the two was read with the wrong separator between thousands.
type jumps struct {
	rows []Row
}

// jumpRows is how many rows are compared.
const jumpRows = 5000

func (j *jumps) add(r *Row) {
	if len(j.rows) >= jumpRows {
		return
	}
	// What is compared is kept, not the texts.
	short := Row{File: r.File, Line: r.Line, Observation: r.Observation}
	j.rows = append(j.rows, short)
}

// find returns a warning for each counter that jumps.
func (j *jumps) find(ctx context.Context, conn driver.Conn, id string) ([]Warning, error) {
	var accounts, posts []string
	seen := map[string]bool{}
	for _, r := range j.rows {
		if a := string(r.Observation.AccountID); !seen[a] {
			seen[a] = true
			accounts = append(accounts, a)
		}
		posts = append(posts, r.Observation.PostID)
	}
	if len(posts) == 0 {
		return nil, nil
	}
	var before []struct {
		Account   string `ch:"account_id"`
		Post      string `ch:"post_id"`
		Views     *int64 `ch:"views"`
		Reactions *int64 `ch:"reactions"`
		Comments  *int64 `ch:"comments"`
		Shares    *int64 `ch:"shares"`
	}
	err := conn.Select(ctx, &before, `
		SELECT account_id, post_id, max(views) AS views, max(reactions) AS reactions, max(comments) AS comments, max(shares) AS shares
		FROM observations
		WHERE account_id IN {accounts:Array(String)} AND post_id IN {posts:Array(String)} AND run_id != {id:String}
		GROUP BY account_id, post_id`,
		clickhouse.Named("accounts", accounts), clickhouse.Named("posts", posts), clickhouse.Named("id", id))
	if err != nil {
		return nil, fmt.Errorf("compare with earlier readings: %w", err)
	}
	type pair struct{ account, post string }
	earlier := map[pair][4]*int64{}
	for _, b := range before {
		earlier[pair{b.Account, b.Post}] = [4]*int64{b.Views, b.Reactions, b.Comments, b.Shares}
	}
	names := [4]string{"views", "reactions", "comments", "shares"}
	var found [4]mismatch
	var file string
	for _, r := range j.rows {
		o := &r.Observation
		was, ok := earlier[pair{string(o.AccountID), o.PostID}]
		if !ok {
			continue
		}
		for i, now := range [4]*int64{o.Views, o.Reactions, o.Comments, o.Shares} {
			if now != nil && was[i] != nil {
				found[i].add(isJump(*was[i], *now), r.Line)
				file = r.File
			}
		}
	}
	var all []Warning
	for i, m := range found {
		if m.count >= 3 || m.count > 0 && m.count*20 >= m.of {
			all = append(all, Warning{"jump", file, names[i], m.count, m.of, m.line, fmt.Sprintf(
				"%d of %d posts that the store knows have about a thousand times as many or as few %s as before, first in line %d: one of the readings has the separator between thousands wrong",
				m.count, m.of, names[i], m.line)})
		}
	}
	return all, nil
}

// isJump says whether one count is about a thousand times the other.
func isJump(a, b int64) bool {
	if a > b {
		a, b = b, a
	}
	return a > 0 && b >= 1000 && float64(b)/float64(a) > 700 && float64(b)/float64(a) < 1300
}
