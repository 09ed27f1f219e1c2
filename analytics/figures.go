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

// An account is what the figures need to know of an account.
type account struct {
	ID           schema.AccountID    `ch:"account_id"`
	Name         string              `ch:"name"`
	Handle       string              `ch:"handle"`
	Platform     schema.Platform     `ch:"platform"`
	Department   schema.DepartmentID `ch:"department_id"`
	DepartmentEn string              `ch:"name_en"`
	DepartmentUr string              `ch:"name_ur"`
}

// accounts returns the approved accounts that the filter lets through, by id.
func (db *DB) accounts(ctx context.Context, f Filter) ([]account, error) {
	var all []account
	err := db.Conn.Select(ctx, &all, `
		SELECT a.account_id AS account_id, a.name AS name, a.handle AS handle, a.platform AS platform,
			a.department_id AS department_id, d.name_en AS name_en, d.name_ur AS name_ur
		FROM (SELECT * FROM accounts_now WHERE status = 'approved') AS a
		LEFT JOIN departments_now AS d ON d.department_id = a.department_id
		ORDER BY account_id`)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	through := all[:0]
	for _, a := range all {
		if len(f.Departments) > 0 && !slices.Contains(f.Departments, a.Department) ||
			len(f.Platforms) > 0 && !slices.Contains(f.Platforms, a.Platform) ||
			len(f.Accounts) > 0 && !slices.Contains(f.Accounts, a.ID) {
			continue
		}
		if a.DepartmentEn == "" {
			a.DepartmentEn = string(a.Department)
		}
		through = append(through, a)
	}
	return through, nil
}

// A sum is one account's metric over a period.
type sum struct {
	View    string           `ch:"view"`
	Metric  string           `ch:"metric"`
	Account schema.AccountID `ch:"account_id"`
	Current uint8            `ch:"current"` // 1: of the period, 0: of the one before
	Value   *int64           `ch:"value"`
	Carried *int64           `ch:"carried"`
	Unknown uint64           `ch:"unknown"`
}

// A level is what an account stood at, and when it was read.
type level struct {
	Account         schema.AccountID `ch:"account_id"`
	Followers       *int64           `ch:"followers"`
	FollowersBefore *int64           `ch:"followers_before"`
	FirstDay        time.Time        `ch:"first_day"` // 1970: never read
	LastDay         time.Time        `ch:"last_day"`
	ReadAt          *int64           `ch:"read_at"` // milliseconds
	DaysRead        uint64           `ch:"days_read"`
	DaysReadBefore  uint64           `ch:"days_read_before"`
}

// A sheet holds what is known of a set of accounts over one period, from which
// every figure of a page is taken.
type sheet struct {
	period    Period
	view      View
	sums      map[string]map[schema.AccountID]sum // by metric
	followers map[schema.AccountID]*int64
	daysRead  map[schema.AccountID]uint64
	levels    map[schema.AccountID]level
}

// viewOf returns the view under which a metric is kept when v is asked for:
// some belong to posts by their publication, others to days.
func viewOf(metric string, v View) View {
	switch metric {
	case "posts", "audience", "audience_interactions":
		return ViewLife
	case "followers", "followers_gained", "read_at":
		return ViewActivity
	default:
		return v
	}
}

// figuresParam is the named parameter of the metrics that a statement reads.
func figuresParam(v View, metrics []string) any {
	pairs := make([]string, len(metrics))
	for i, m := range metrics {
		// Keys of the catalogue: nothing to escape.
		pairs[i] = "('" + string(viewOf(m, v)) + "','" + m + "')"
	}
	return clickhouse.Named("figures", "["+strings.Join(pairs, ",")+"]")
}

// sheets reads the metrics of the accounts over the period and over the one
// that it is compared with. The filter has been applied: the accounts are it.
func (db *DB) sheets(ctx context.Context, accounts []account, sel Selection, metrics []string) (now, before *sheet, err error) {
	p, v := sel.Period, sel.View
	newSheet := func(p Period) *sheet {
		return &sheet{
			period: p, view: v,
			sums:      map[string]map[schema.AccountID]sum{},
			followers: map[schema.AccountID]*int64{},
			daysRead:  map[schema.AccountID]uint64{},
			levels:    map[schema.AccountID]level{},
		}
	}
	now, before = newSheet(p), newSheet(sel.before())
	ids := accountIDs(accounts)

	var sums []sum
	err = db.Conn.Select(ctx, &sums, query("figures.Sums"),
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("accounts", ids), figuresParam(v, metrics),
		date("before", before.period.From), date("before_to", before.period.To), date("from", p.From), date("to", p.To))
	if err != nil {
		return nil, nil, fmt.Errorf("figures of %s: %w", p, err)
	}
	for _, r := range sums {
		s := before
		if r.Current == 1 {
			s = now
		}
		if s.sums[r.Metric] == nil {
			s.sums[r.Metric] = map[schema.AccountID]sum{}
		}
		s.sums[r.Metric][r.Account] = r
	}

	var levels []level
	err = db.Conn.Select(ctx, &levels, query("figures.Levels"),
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("accounts", ids),
		date("before", before.period.From), date("before_to", before.period.To), date("from", p.From), date("to", p.To))
	if err != nil {
		return nil, nil, fmt.Errorf("readings in %s: %w", p, err)
	}
	for _, r := range levels {
		now.followers[r.Account], before.followers[r.Account] = r.Followers, r.FollowersBefore
		now.daysRead[r.Account], before.daysRead[r.Account] = r.DaysRead, r.DaysReadBefore
		if r.ReadAt != nil {
			now.levels[r.Account], before.levels[r.Account] = r, r
		}
	}
	return now, before, nil
}

// asOf returns the newest reading behind the sheet, and the first day with one;
// nil where there is none.
func (s *sheet) asOf(zone *time.Location) (newest, first *time.Time) {
	for _, r := range s.levels {
		if at := time.UnixMilli(*r.ReadAt).UTC(); newest == nil || at.After(*newest) {
			newest = &at
		}
		if day := midnight(r.FirstDay, zone); first == nil || day.Before(*first) {
			first = &day
		}
	}
	return newest, first
}

func accountIDs(accounts []account) []string {
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = string(a.ID)
	}
	return ids
}

// reported says whether the account has told anything that the sheet may show:
// for activity a reading within the period, for the life of posts any reading
// since the period began.
func (s *sheet) reported(id schema.AccountID) bool {
	r, ok := s.levels[id]
	if !ok {
		return false
	}
	if s.view == ViewActivity {
		return s.daysRead[id] > 0
	}
	return r.LastDay.Format(time.DateOnly) >= s.period.From.Format(time.DateOnly)
}

// A tally adds the figures of several accounts. What no account knows stays
// unknown.
type tally struct {
	value, carried float64
	known          bool
	carries        bool
	unknown        uint64
}

func (t tally) figure() Figure {
	f := Figure{Unknown: t.unknown}
	if t.known {
		f.Value = &t.value
	}
	if t.carries {
		f.Carried = &t.carried
	}
	return f
}

// total adds a metric over the accounts. An account that reported and has
// nothing to count adds 0; one that did not report adds nothing. Where all
// that there is to count is unknown, so is the total.
func (s *sheet) total(metric string, accounts []account) Figure {
	var (
		t     tally
		quiet bool // an account reported that has nothing to count
	)
	for _, a := range accounts {
		switch r, ok := s.sums[metric][a.ID]; {
		case ok:
			t.unknown += r.Unknown
			if r.Value != nil {
				t.value += float64(*r.Value)
				t.known = true
			}
			if r.Carried != nil {
				t.carried += float64(*r.Carried)
				t.carries = true
			}
		case s.reported(a.ID) && metric != "followers_gained":
			quiet = true
		}
	}
	t.known = t.known || quiet && t.unknown == 0
	return t.figure()
}

// audience adds the followers of the accounts at the period's end. Unknown
// counts accounts.
func (s *sheet) audience(accounts []account) Figure {
	var t tally
	for _, a := range accounts {
		if n := s.followers[a.ID]; n != nil {
			t.value += float64(*n)
			t.known = true
		} else {
			t.unknown++
		}
	}
	return t.figure()
}

// rate pools the engagement rate of the accounts: sum over sum. Unknown counts
// posts that lack their interactions or their audience.
func (s *sheet) rate(accounts []account) Figure {
	over, under := s.total("audience_interactions", accounts), s.total("audience", accounts)
	f := Figure{Unknown: over.Unknown}
	if over.Value != nil && under.Value != nil && *under.Value > 0 {
		r := *over.Value / *under.Value
		f.Value = &r
	}
	return f
}

// metric returns the figure of any metric of the catalogue.
func (s *sheet) metric(key string, accounts []account) Figure {
	switch key {
	case "followers":
		return s.audience(accounts)
	case "engagement_rate":
		return s.rate(accounts)
	case "reach_coverage":
		c := s.coverage("reach", accounts)
		return Figure{Value: c.Share(), Unknown: c.Posts - c.Known}
	default:
		return s.total(key, accounts)
	}
}

// stored returns the metrics that must be read for a metric of the catalogue.
func stored(key string) []string {
	switch key {
	case "followers":
		return nil
	case "engagement_rate":
		return []string{"audience", "audience_interactions"}
	case "reach_coverage":
		return []string{"posts", "reach"}
	case "net_reach_low", "net_reach_estimate", "net_reach_high":
		return []string{"reach"}
	default:
		return []string{key}
	}
}
