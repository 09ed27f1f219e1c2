package analytics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// Overview answers the first page: the figures of the period, by day,
// department and account, each against the period before.
func (db *DB) Overview(ctx context.Context, p Period, v View, f Filter) (Overview, error) {
	accounts, err := db.accounts(ctx, f)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{Period: p, Previous: p.Previous(), View: v, Total: len(accounts)}

	metrics := []string{"posts", "reactions", "comments", "interactions", "audience", "audience_interactions", "followers_gained"}
	now, err := db.sheet(ctx, accounts, p, v, metrics)
	if err != nil {
		return Overview{}, err
	}
	before, err := db.sheet(ctx, accounts, o.Previous, v, metrics)
	if err != nil {
		return Overview{}, err
	}
	// Followers are gained on days, in either view.
	if v != ViewActivity {
		for _, s := range []*sheet{now, before} {
			gained, err := db.sheet(ctx, accounts, s.period, ViewActivity, []string{"followers_gained"})
			if err != nil {
				return Overview{}, err
			}
			s.sums["followers_gained"] = gained.sums["followers_gained"]
		}
	}

	o.Headline = compare(now, before, accounts)
	byDepartment := map[schema.DepartmentID][]account{}
	for _, a := range accounts {
		byDepartment[a.Department] = append(byDepartment[a.Department], a)
		o.Accounts = append(o.Accounts, Line{
			Key: string(a.ID), NameEn: a.Name, Platform: a.Platform, Handle: a.Handle,
			Figures: compare(now, before, []account{a}),
		})
		if now.reported(a.ID) {
			o.Reported++
		}
	}
	for id, group := range byDepartment {
		o.Departments = append(o.Departments, Line{
			Key: string(id), NameEn: group[0].DepartmentEn, NameUr: group[0].DepartmentUr,
			Figures: compare(now, before, group),
		})
	}
	league(o.Departments)
	league(o.Accounts)

	for _, r := range now.readings {
		if o.AsOf == nil || r.ReadAt.After(*o.AsOf) {
			o.AsOf = &r.ReadAt
		}
		if first := midnight(r.FirstDay, db.Zone); o.HistoryBegins == nil || first.Before(*o.HistoryBegins) {
			o.HistoryBegins = &first
		}
	}
	o.Days, err = db.days(ctx, accounts, o)
	return o, err
}

// compare returns the figures of the accounts, each with that of the period
// before.
func compare(now, before *sheet, accounts []account) Figures {
	one := func(metric string) Figure {
		f := now.metric(metric, accounts)
		f.Previous = before.metric(metric, accounts).Value
		return f
	}
	return Figures{
		Posts:        one("posts"),
		Reactions:    one("reactions"),
		Comments:     one("comments"),
		Interactions: one("interactions"),
		Followers:    one("followers"),
		Gained:       one("followers_gained"),
		Rate:         one("engagement_rate"),
	}
}

// league sorts the lines: most interactions first, unknown ones last.
func league(lines []Line) {
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(
			cmp.Compare(orMinusOne(b.Interactions.Value), orMinusOne(a.Interactions.Value)),
			cmp.Compare(orMinusOne(b.Posts.Value), orMinusOne(a.Posts.Value)),
			cmp.Compare(a.Key, b.Key))
	})
}

func orMinusOne(v *float64) float64 {
	if v == nil {
		return -1
	}
	return *v
}

// days returns the daily chart of the overview.
func (db *DB) days(ctx context.Context, accounts []account, o Overview) ([]Day, error) {
	values := map[string]map[string]*int64{} // by series, then by day
	for _, series := range []struct {
		name, metric string
		view         View
		period       Period
	}{
		{"now", "interactions", o.View, o.Period},
		{"before", "interactions", o.View, o.Previous},
		{"posts", "posts", ViewLife, o.Period},
		{"read", "read_at", ViewActivity, o.Period},
		{"read before", "read_at", ViewActivity, o.Previous},
	} {
		var rows []struct {
			Day   time.Time `ch:"day"`
			Value *int64    `ch:"value"`
		}
		err := db.Conn.Select(ctx, &rows, query("figures.Days"),
			clickhouse.Named("zone", db.Zone.String()),
			clickhouse.Named("view", string(series.view)),
			clickhouse.Named("metric", series.metric),
			clickhouse.Named("accounts", accountIDs(accounts)),
			date("from", series.period.From), date("to", series.period.To))
		if err != nil {
			return nil, fmt.Errorf("days of %s: %w", series.period, err)
		}
		values[series.name] = make(map[string]*int64, len(rows))
		for _, r := range rows {
			values[series.name][r.Day.Format(time.DateOnly)] = r.Value
		}
	}

	days := make([]Day, o.Period.Days())
	today := midnight(db.Now().In(db.Zone), db.Zone)
	top := -1
	for i := range days {
		d := &days[i]
		d.Day = o.Period.From.AddDate(0, 0, i)
		if d.Day.After(today) {
			continue
		}
		key := d.Day.Format(time.DateOnly)
		keyBefore := o.Previous.From.AddDate(0, 0, i).Format(time.DateOnly)
		_, d.Covered = values["read"][key]
		_, coveredBefore := values["read before"][keyBefore]
		d.Value = pointOf(values["now"], key, o, d.Covered)
		d.Previous = pointOf(values["before"], keyBefore, o, coveredBefore)
		d.Posts = pointOf(values["posts"], key, Overview{View: ViewLife, Reported: o.Reported}, true)
		if d.Value != nil && *d.Value > 0 && (top < 0 || *d.Value > *days[top].Value) {
			top = i
		}
	}
	if top >= 0 {
		var err error
		if days[top].Top, err = db.topPost(ctx, accounts, o.View, days[top]); err != nil {
			return nil, err
		}
	}
	return days, nil
}

// pointOf returns the value of a day. A day without a row is 0 where accounts
// were read (activity) or have been collected at all (life), and unknown
// otherwise.
func pointOf(values map[string]*int64, key string, o Overview, covered bool) *float64 {
	v, ok := values[key]
	switch {
	case ok && v != nil:
		f := float64(*v)
		return &f
	case ok:
		return nil
	case o.View == ViewActivity && covered, o.View == ViewLife && o.Reported > 0:
		return new(float64)
	default:
		return nil
	}
}

// topPost returns the post that brought most of the day's interactions, or nil
// if none did.
func (db *DB) topPost(ctx context.Context, accounts []account, v View, d Day) (*TopPost, error) {
	name := "figures.TopPostLife"
	if v == ViewActivity {
		name = "figures.TopPostActivity"
	}
	var rows []struct {
		Account      schema.AccountID `ch:"account_id"`
		Post         string           `ch:"post_id"`
		Interactions int64            `ch:"interactions"`
	}
	err := db.Conn.Select(ctx, &rows, query(name),
		clickhouse.Named("zone", db.Zone.String()),
		clickhouse.Named("accounts", accountIDs(accounts)),
		date("day", d.Day))
	if err != nil {
		return nil, fmt.Errorf("top post of %s: %w", d.Day.Format(time.DateOnly), err)
	}
	if len(rows) == 0 || rows[0].Interactions <= 0 {
		return nil, nil
	}
	t := &TopPost{
		AccountID: rows[0].Account, PostID: rows[0].Post,
		Interactions: float64(rows[0].Interactions), Share: float64(rows[0].Interactions) / *d.Value,
	}
	for _, a := range accounts {
		if a.ID == t.AccountID {
			t.Account = a.Name
		}
	}
	err = db.Conn.QueryRow(ctx,
		`SELECT text, permalink FROM posts FINAL WHERE account_id = {account:String} AND post_id = {post:String}`,
		clickhouse.Named("account", string(t.AccountID)), clickhouse.Named("post", t.PostID)).Scan(&t.Text, &t.Permalink)
	if err != nil {
		return nil, fmt.Errorf("top post %s of %s: %w", t.PostID, t.AccountID, err)
	}
	return t, nil
}
