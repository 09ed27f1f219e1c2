package analytics

import (
	"context"
	"fmt"
	"slices"
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
	Metric  string           `ch:"metric"`
	Account schema.AccountID `ch:"account_id"`
	Value   *int64           `ch:"value"`
	Carried *int64           `ch:"carried"`
	Unknown uint64           `ch:"unknown"`
}

// A reading says when an account was read.
type reading struct {
	Account  schema.AccountID `ch:"account_id"`
	FirstDay time.Time        `ch:"first_day"`
	LastDay  time.Time        `ch:"last_day"`
	ReadAt   time.Time        `ch:"read_at"`
	DaysRead uint64           `ch:"days_read"`
}

// A sheet holds what is known of a set of accounts over one period, from which
// every figure of a page is taken.
type sheet struct {
	period    Period
	view      View
	sums      map[string]map[schema.AccountID]sum // by metric
	followers map[schema.AccountID]int64
	readings  map[schema.AccountID]reading
}

// The metrics that are kept by day of publication only, whatever the view.
var lifeOnly = []string{"posts", "audience", "audience_interactions"}

// sheet reads the metrics of the accounts over the period.
func (db *DB) sheet(ctx context.Context, accounts []account, p Period, v View, metrics []string) (*sheet, error) {
	ids := accountIDs(accounts)
	s := &sheet{
		period: p, view: v,
		sums:      map[string]map[schema.AccountID]sum{},
		followers: map[schema.AccountID]int64{},
		readings:  map[schema.AccountID]reading{},
	}
	parts := map[View][]string{}
	for _, m := range metrics {
		if slices.Contains(lifeOnly, m) {
			parts[ViewLife] = append(parts[ViewLife], m)
		} else {
			parts[v] = append(parts[v], m)
		}
	}
	for view, metrics := range parts {
		var rows []sum
		err := db.Conn.Select(ctx, &rows, query("figures.Sums"),
			clickhouse.Named("zone", db.Zone.String()),
			clickhouse.Named("view", string(view)),
			clickhouse.Named("metrics", metrics),
			clickhouse.Named("accounts", ids),
			date("from", p.From), date("to", p.To))
		if err != nil {
			return nil, fmt.Errorf("figures of %s: %w", p, err)
		}
		for _, r := range rows {
			if s.sums[r.Metric] == nil {
				s.sums[r.Metric] = map[schema.AccountID]sum{}
			}
			s.sums[r.Metric][r.Account] = r
		}
	}

	var followers []struct {
		Account   schema.AccountID `ch:"account_id"`
		Followers *int64           `ch:"followers"`
	}
	err := db.Conn.Select(ctx, &followers, query("figures.Followers"),
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("accounts", ids), date("to", p.To))
	if err != nil {
		return nil, fmt.Errorf("followers at the end of %s: %w", p, err)
	}
	for _, r := range followers {
		if r.Followers != nil {
			s.followers[r.Account] = *r.Followers
		}
	}

	var readings []reading
	err = db.Conn.Select(ctx, &readings, query("figures.Readings"),
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("accounts", ids),
		date("from", p.From), date("to", p.To))
	if err != nil {
		return nil, fmt.Errorf("readings in %s: %w", p, err)
	}
	for _, r := range readings {
		s.readings[r.Account] = r
	}
	return s, nil
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
	r, ok := s.readings[id]
	if !ok {
		return false
	}
	if s.view == ViewActivity {
		return r.DaysRead > 0
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
// nothing to count adds 0; one that did not report adds nothing.
func (s *sheet) total(metric string, accounts []account) Figure {
	var t tally
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
			t.known = true
		}
	}
	return t.figure()
}

// audience adds the followers of the accounts at the period's end. Unknown
// counts accounts.
func (s *sheet) audience(accounts []account) Figure {
	var t tally
	for _, a := range accounts {
		if n, ok := s.followers[a.ID]; ok {
			t.value += float64(n)
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
	default:
		return []string{key}
	}
}
