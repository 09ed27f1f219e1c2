package analytics

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// A Reach answers how many people the posts published in a period came to, as
// far as the platforms tell. It knows the life of posts only: reaches of days
// do not join into the reach of a period.
type Reach struct {
	Period Period
	Before Period // what summed reach is compared with

	Population   int64 // see DB; 0: not set
	PopulationOf Text

	All         ReachFigures
	Departments []ReachLine // largest summed reach first; unknown ones last
	Platforms   []ReachLine // the same
	Accounts    []ReachLine // the same
	Cells       []ReachLine // one for each department and platform that have an account together

	AsOf     *time.Time // the newest reading behind these figures; nil: none yet
	Reported int        // accounts read since the period began
}

// A ReachLine is the reach of a department, a platform, both, or an account.
type ReachLine struct {
	Department schema.DepartmentID // empty for a platform
	Platform   schema.Platform     // empty for a department
	Account    schema.AccountID    // empty for all but accounts
	NameEn     string              // of the account or else the department
	NameUr     string              // empty: show NameEn
	Handle     string              // accounts only
	ReachFigures
}

// ReachFigures are the numbers of one line, or of all.
type ReachFigures struct {
	Posts       Figure
	Summed      Figure // reaches added over posts: not a number of people
	Net         NetReach
	Views       Figure
	Impressions Figure
	Followers   Figure // at the period's end: a sum of audiences

	Coverage       Coverage // of the posts of the period
	CoverageBefore Coverage // of the posts of the period compared with

	Accounts int        // how many there are
	Unread   int        // of these, never read
	Oldest   *time.Time // when the account was read that was read longest ago; nil: none was
}

// NetReach is how many people saw at least one of the posts whose reach is
// known. All its parts are nil where no reach is known.
type NetReach struct {
	Low      *float64 // the largest single reach: all others may be the same people
	High     *float64 // the sum of reaches, at most the population: nobody may be the same
	Estimate *float64 // as if the audiences were independent; nil also without a population

	// Implausible counts posts that claim more people than the population. They
	// are taken as the whole of it.
	Implausible uint64
}

// Coverage says of how many posts something is known.
type Coverage struct {
	Known, Posts uint64
}

// Share returns the part that is known, 0 to 1, or nil where there is no post.
func (c Coverage) Share() *float64 {
	if c.Posts == 0 {
		return nil
	}
	s := float64(c.Known) / float64(c.Posts)
	return &s
}

// A Gap says why two summed reaches are not compared. The empty Gap: they are.
type Gap string

// The gaps. An uneven one would pass a change of what platforms tell for a
// change of reach.
const (
	GapNow    Gap = "now"    // no reach is known of the period's posts
	GapBefore Gap = "before" // none is known of the posts of the period before
	GapUneven Gap = "uneven" // the share of posts with a known reach differs by more than unevenFrom
)

// unevenFrom is the difference of two shares, of 1, from which on they do not
// compare.
const unevenFrom = 0.25

// Gap says whether the summed reach compares with the period before.
func (f ReachFigures) Gap() Gap {
	switch now, before := f.Coverage, f.CoverageBefore; {
	case now.Known == 0:
		return GapNow
	case before.Known == 0:
		return GapBefore
	case math.Abs(*now.Share()-*before.Share()) > unevenFrom:
		return GapUneven
	}
	return ""
}

// Reach answers for the accounts that the filter lets through. The view of the
// selection is not looked at.
func (db *DB) Reach(ctx context.Context, sel Selection) (Reach, error) {
	accounts, err := db.accounts(ctx, sel.Filter)
	if err != nil {
		return Reach{}, err
	}
	sel.View = ViewLife
	now, before, err := db.sheets(ctx, accounts, sel, []string{"posts", "reach", "views", "impressions"})
	if err != nil {
		return Reach{}, err
	}
	net, err := db.singles(ctx, accounts, sel.Period)
	if err != nil {
		return Reach{}, err
	}
	of := func(group []account) ReachFigures { return reachFigures(now, before, net, group) }

	r := Reach{Period: sel.Period, Before: sel.before(), Population: db.Population, PopulationOf: db.PopulationOf, All: of(accounts)}
	type cell struct {
		department schema.DepartmentID
		platform   schema.Platform
	}
	cells := map[cell][]account{}
	for _, a := range accounts {
		for _, c := range []cell{{a.Department, a.Platform}, {a.Department, ""}, {"", a.Platform}} {
			cells[c] = append(cells[c], a)
		}
		if now.reported(a.ID) {
			r.Reported++
		}
		r.Accounts = append(r.Accounts, ReachLine{
			Department: a.Department, Platform: a.Platform, Account: a.ID, NameEn: a.Name, Handle: a.Handle,
			ReachFigures: of([]account{a}),
		})
	}
	for c, group := range cells {
		l := ReachLine{Department: c.department, Platform: c.platform, ReachFigures: of(group)}
		if c.department == "" {
			r.Platforms = append(r.Platforms, l)
			continue
		}
		l.NameEn, l.NameUr = group[0].DepartmentEn, group[0].DepartmentUr
		if c.platform == "" {
			r.Departments = append(r.Departments, l)
		} else {
			r.Cells = append(r.Cells, l)
		}
	}
	for _, lines := range [][]ReachLine{r.Departments, r.Platforms, r.Accounts, r.Cells} {
		byReach(lines)
	}
	r.AsOf, _ = now.asOf(db.Zone)
	return r, nil
}

// byReach sorts the lines: largest summed reach first, unknown ones last.
func byReach(lines []ReachLine) {
	slices.SortFunc(lines, func(a, b ReachLine) int {
		return cmp.Or(
			cmp.Compare(orMinusOne(b.Summed.Value), orMinusOne(a.Summed.Value)),
			cmp.Compare(orMinusOne(b.Posts.Value), orMinusOne(a.Posts.Value)),
			cmp.Compare(a.Department, b.Department), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Account, b.Account))
	})
}

// reachFigures returns the numbers of the accounts taken together.
func reachFigures(now, before *sheet, net singles, accounts []account) ReachFigures {
	one := func(metric string) Figure {
		f := now.metric(metric, accounts)
		f.Previous = before.metric(metric, accounts).Value
		return f
	}
	f := ReachFigures{
		Posts: one("posts"), Summed: one("reach"), Views: one("views"), Impressions: one("impressions"), Followers: one("followers"),
		Coverage: now.coverage("reach", accounts), CoverageBefore: before.coverage("reach", accounts),
		Accounts: len(accounts),
	}
	f.Net = net.of(f.Summed, accounts)
	for _, a := range accounts {
		l, ok := now.levels[a.ID]
		if !ok {
			f.Unread++
			continue
		}
		if at := time.UnixMilli(*l.ReadAt).UTC(); f.Oldest == nil || at.Before(*f.Oldest) {
			f.Oldest = &at
		}
	}
	return f
}

// coverage counts the accounts' posts, and those of which the metric is known.
func (s *sheet) coverage(metric string, accounts []account) Coverage {
	posts, f := s.total("posts", accounts), s.total(metric, accounts)
	if posts.Value == nil {
		return Coverage{}
	}
	c := Coverage{Posts: uint64(*posts.Value)}
	c.Known = c.Posts - min(f.Unknown, c.Posts)
	return c
}

// A single is what the reaches of one account's posts come to: a row of
// reach.Singles.sql.
type single struct {
	Account     schema.AccountID `ch:"account_id"`
	Known       uint64           `ch:"known"`
	Largest     int64            `ch:"largest"`
	Missed      float64          `ch:"missed"`
	Implausible uint64           `ch:"implausible"`
}

// singles are what net reach is made of. The population is 0 where none is set.
type singles struct {
	population float64
	byAccount  map[schema.AccountID]single
}

// singles reads the reaches of the posts published in the period.
func (db *DB) singles(ctx context.Context, accounts []account, p Period) (singles, error) {
	s := singles{float64(db.Population), map[schema.AccountID]single{}}
	var rows []single
	err := db.Conn.Select(ctx, &rows, query("reach.Singles"),
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("accounts", accountIDs(accounts)),
		clickhouse.Named("population", db.Population), notCounted,
		date("since", p.From.AddDate(0, 0, -2)), date("from", p.From), date("to", p.To))
	if err != nil {
		return s, fmt.Errorf("reach of posts of %s: %w", p, err)
	}
	for _, r := range rows {
		s.byAccount[r.Account] = r
	}
	return s, nil
}

// of returns the net reach of the accounts' posts, whose reaches sum to summed.
//
// A person misses a post with the probability 1 − r/N, and all posts, if they
// were independent of each other, with the product of these: the method is
// Sainsbury's. The product is a sum of logarithms here, which keeps the small
// reaches that 1 − r/N would round away.
func (s singles) of(summed Figure, accounts []account) NetReach {
	if summed.Value == nil {
		return NetReach{}
	}
	var (
		n      NetReach
		low    float64
		missed float64
	)
	for _, a := range accounts {
		r := s.byAccount[a.ID]
		low = max(low, float64(r.Largest))
		missed += r.Missed
		n.Implausible += r.Implausible
	}
	high := *summed.Value
	if s.population > 0 {
		high = min(high, s.population)
		// Roundings may lead a hair's breadth out of the bounds.
		estimate := min(max(-s.population*math.Expm1(missed), low), high)
		n.Estimate = &estimate
	}
	low = min(low, high)
	n.Low, n.High = &low, &high
	return n
}

// netReach returns the metric of net reach of the key, or nil.
func netReach(key string) func(NetReach) *float64 {
	switch key {
	case "net_reach_low":
		return func(n NetReach) *float64 { return n.Low }
	case "net_reach_estimate":
		return func(n NetReach) *float64 { return n.Estimate }
	case "net_reach_high":
		return func(n NetReach) *float64 { return n.High }
	}
	return nil
}
