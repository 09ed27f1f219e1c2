package analytics

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/hamawaz/hamawaz/schema"
)

// Overview answers the first page: the figures of the period, by day,
// department and account, each against the period before.
func (db *DB) Overview(ctx context.Context, sel Selection) (Overview, error) {
	accounts, err := db.accounts(ctx, sel.Filter)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{Period: sel.Period, Previous: sel.before(), View: sel.View, Metric: cmp.Or(sel.Metric, "interactions"), Total: len(accounts)}

	metrics := []string{"posts", "reactions", "comments", "interactions", "audience", "audience_interactions", "followers_gained"}
	now, before, err := db.sheets(ctx, accounts, sel, metrics)
	if err != nil {
		return Overview{}, err
	}

	o.Headline = compare(now, before, accounts)
	byDepartment, byPlatform := map[schema.DepartmentID][]account{}, map[schema.Platform][]account{}
	for _, a := range accounts {
		byDepartment[a.Department] = append(byDepartment[a.Department], a)
		byPlatform[a.Platform] = append(byPlatform[a.Platform], a)
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
	for platform, group := range byPlatform {
		o.Platforms = append(o.Platforms, Line{Key: string(platform), Platform: platform, Figures: compare(now, before, group)})
	}
	league(o.Platforms)
	league(o.Departments)
	league(o.Accounts)

	o.AsOf, o.HistoryBegins = now.asOf(db.Zone)
	if o.Reconnect, err = db.reconnect(ctx, accounts); err != nil {
		return Overview{}, err
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

// reconnect counts the accounts whose last ended run says that a person must
// connect them again.
func (db *DB) reconnect(ctx context.Context, accounts []account) (int, error) {
	var n uint64
	err := db.Conn.QueryRow(ctx, query("overview.Reconnect"),
		clickhouse.Named("accounts", accountIDs(accounts)), moment("since", db.Now().AddDate(0, 0, -62))).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count accounts to connect again: %w", err)
	}
	return int(n), nil
}

// A dayRow is a row of figures.Days.sql.
type dayRow struct {
	View     string    `ch:"view"`
	Metric   string    `ch:"metric"`
	Day      time.Time `ch:"day"`
	Value    *int64    `ch:"value"`
	Top      []any     `ch:"top"` // account, post
	TopValue *int64    `ch:"top_value"`
}

// days returns the daily chart of the overview.
func (db *DB) days(ctx context.Context, accounts []account, o Overview) ([]Day, error) {
	var rows []dayRow
	if !slices.Contains(DailyMetrics, o.Metric) {
		return nil, fmt.Errorf("metric %q has no days: want one of %s", o.Metric, strings.Join(DailyMetrics, ", "))
	}
	err := db.Conn.Select(ctx, &rows, query("figures.Days"),
		clickhouse.Named("zone", db.Zone.String()), clickhouse.Named("accounts", accountIDs(accounts)),
		figuresParam(o.View, []string{o.Metric, "posts", "read_at"}),
		date("before", o.Previous.From), date("before_to", o.Previous.To), date("from", o.Period.From), date("to", o.Period.To))
	if err != nil {
		return nil, fmt.Errorf("days of %s: %w", o.Period, err)
	}
	values := map[string]map[string]dayRow{o.Metric: {}, "posts": {}, "read_at": {}} // by metric, then by day
	for _, r := range rows {
		values[r.Metric][r.Day.Format(time.DateOnly)] = r
	}

	days := make([]Day, o.Period.Days())
	today := midnight(db.Now().In(db.Zone), db.Zone)
	top := -1
	for i := range days {
		d := &days[i]
		d.Day = o.Period.From.AddDate(0, 0, i)
		key := d.Day.Format(time.DateOnly)
		keyBefore := o.Previous.From.AddDate(0, 0, i).Format(time.DateOnly)
		_, coveredBefore := values["read_at"][keyBefore]
		d.Previous = pointOf(values[o.Metric], keyBefore, o, coveredBefore)
		if d.Day.After(today) {
			continue
		}
		_, d.Covered = values["read_at"][key]
		d.Value = pointOf(values[o.Metric], key, o, d.Covered)
		d.Posts = pointOf(values["posts"], key, Overview{View: ViewLife, Metric: "posts", Reported: o.Reported}, true)
		if d.Value != nil && *d.Value > 0 && (top < 0 || *d.Value > *days[top].Value) {
			top = i
		}
	}
	if o.Metric == "followers" {
		return days, db.audiences(ctx, accounts, o, days)
	}
	if top >= 0 {
		row := values[o.Metric][days[top].Day.Format(time.DateOnly)]
		if days[top].Top, err = db.topPost(ctx, accounts, row); err != nil {
			return nil, err
		}
	}
	return days, nil
}

// audiences puts the followers into the days.
func (db *DB) audiences(ctx context.Context, accounts []account, o Overview, days []Day) error {
	now, err := db.audienceByDay(ctx, accounts, o.Period)
	if err != nil {
		return err
	}
	before, err := db.audienceByDay(ctx, accounts, o.Previous)
	if err != nil {
		return err
	}
	for i := range days {
		days[i].Value, days[i].Previous = now[i], before[i]
	}
	return nil
}

// DailyMetrics are the metrics that the daily chart can show.
var DailyMetrics = []string{"interactions", "posts", "reactions", "comments", "shares", "views", "impressions", "followers", "followers_gained"}

// pointOf returns the value of a day. A day without a row is 0 where accounts
// were read (activity) or have been collected at all (life), and unknown
// otherwise.
func pointOf(values map[string]dayRow, key string, o Overview, covered bool) *float64 {
	v, ok := values[key]
	switch {
	case ok:
		return float(v.Value)
	case o.View == ViewActivity && covered, o.View == ViewLife && o.Reported > 0:
		return new(float64)
	default:
		return nil
	}
}

// topPost returns the post that brought most of the day's interactions, or nil
// if none did.
func (db *DB) topPost(ctx context.Context, accounts []account, r dayRow) (*TopPost, error) {
	if r.TopValue == nil || *r.TopValue <= 0 || len(r.Top) != 2 {
		return nil, nil
	}
	id, _ := r.Top[0].(string)
	post, _ := r.Top[1].(string)
	if post == "" {
		return nil, nil // a figure of the account
	}
	t := &TopPost{
		AccountID: schema.AccountID(id), PostID: post,
		Value: float64(*r.TopValue), Share: float64(*r.TopValue) / float64(*r.Value),
	}
	for _, a := range accounts {
		if a.ID == t.AccountID {
			t.Account = a.Name
		}
	}
	err := db.Conn.QueryRow(ctx,
		`SELECT text, permalink FROM posts FINAL WHERE account_id = {account:String} AND post_id = {post:String}`,
		clickhouse.Named("account", id), clickhouse.Named("post", post)).Scan(&t.Text, &t.Permalink)
	if err != nil {
		return nil, fmt.Errorf("top post %s of %s: %w", post, id, err)
	}
	return t, nil
}
