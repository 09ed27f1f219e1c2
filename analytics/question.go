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

// A Question asks for one metric of a period, row by row.
type Question struct {
	Metric string // a key of the catalogue
	By     string // department, account, platform or post
	View   View
	Period Period
	Filter Filter
}

// An Answer is the rows of a question: the same numbers that the pages show.
type Answer struct {
	Metric string     `json:"metric"`
	Unit   Unit       `json:"unit"`
	From   string     `json:"from"` // first day
	To     string     `json:"to"`   // the day after the last one
	Zone   string     `json:"zone"`
	View   View       `json:"view"`
	AsOf   *time.Time `json:"as_of"` // the newest reading behind the rows; null: none yet
	Rows   []Row      `json:"rows"`
}

// A Row is the metric of one department, account, platform or post.
type Row struct {
	Key     string   `json:"key"`
	Name    string   `json:"name"`
	Value   *float64 `json:"value"`   // null: unknown
	Unknown uint64   `json:"unknown"` // posts (for followers: accounts) whose platform did not say
	// Carried is what first readings brought that was not gained in the
	// period; activity only.
	Carried *float64 `json:"carried,omitempty"`
}

// Ask answers the question. Rows come largest first, unknown ones last.
func (db *DB) Ask(ctx context.Context, q Question) (Answer, error) {
	m, ok := MetricByKey(q.Metric)
	if !ok {
		return Answer{}, fmt.Errorf("unknown metric %q: want one of %s", q.Metric, strings.Join(keys(), ", "))
	}
	if m.OfPost {
		return Answer{}, fmt.Errorf("metric %s is one of a single post: the page of posts shows it", q.Metric)
	}
	if !slices.Contains(m.Views, q.View) {
		return Answer{}, fmt.Errorf("metric %s has no view %q: want %s", q.Metric, q.View, join(m.Views))
	}
	accounts, err := db.accounts(ctx, q.Filter)
	if err != nil {
		return Answer{}, err
	}
	s, _, err := db.sheets(ctx, accounts, Selection{Period: q.Period, View: q.View}, stored(q.Metric))
	if err != nil {
		return Answer{}, err
	}
	a := Answer{
		Metric: q.Metric, Unit: m.Unit, View: q.View, Zone: db.Zone.String(),
		From: q.Period.From.Format(time.DateOnly), To: q.Period.To.Format(time.DateOnly),
		Rows: []Row{},
	}
	a.AsOf, _ = s.asOf(db.Zone)

	figure := func(members []account) Figure { return s.metric(q.Metric, members) }
	if part := netReach(q.Metric); part != nil {
		net, err := db.singles(ctx, accounts, q.Period)
		if err != nil {
			return Answer{}, err
		}
		figure = func(members []account) Figure {
			summed := s.metric("reach", members)
			return Figure{Value: part(net.of(summed, members)), Unknown: summed.Unknown}
		}
	}
	group := func(key func(account) (string, string)) {
		names := map[string]string{}
		groups := map[string][]account{}
		for _, acc := range accounts {
			k, name := key(acc)
			names[k] = name
			groups[k] = append(groups[k], acc)
		}
		for k, members := range groups {
			f := figure(members)
			a.Rows = append(a.Rows, Row{Key: k, Name: names[k], Value: f.Value, Unknown: f.Unknown, Carried: f.Carried})
		}
	}
	switch q.By {
	case "department":
		group(func(a account) (string, string) { return string(a.Department), a.DepartmentEn })
	case "account":
		group(func(a account) (string, string) { return string(a.ID), a.Name })
	case "platform":
		group(func(a account) (string, string) { return string(a.Platform), string(a.Platform) })
	case "post":
		if a.Rows, err = db.posts(ctx, accounts, q); err != nil {
			return Answer{}, err
		}
	default:
		return Answer{}, fmt.Errorf("cannot answer by %q: want department, account, platform or post", q.By)
	}
	sortRows(a.Rows)
	return a, nil
}

// posts returns the metric post by post.
func (db *DB) posts(ctx context.Context, accounts []account, q Question) ([]Row, error) {
	if !slices.Contains(counters, q.Metric) {
		return nil, fmt.Errorf("metric %s is none of a single post: want one of %s", q.Metric, strings.Join(counters, ", "))
	}
	name := "figures.PostLife"
	if q.View == ViewActivity {
		name = "figures.PostActivity"
	}
	var rows []struct {
		Account schema.AccountID `ch:"account_id"`
		Post    string           `ch:"post_id"`
		Value   *int64           `ch:"value"`
		Carried *int64           `ch:"carried"`
	}
	err := db.Conn.Select(ctx, &rows, query(name),
		clickhouse.Named("zone", db.Zone.String()),
		clickhouse.Named("metric", q.Metric),
		clickhouse.Named("accounts", accountIDs(accounts)), notCounted,
		date("from", q.Period.From), date("to", q.Period.To))
	if err != nil {
		return nil, fmt.Errorf("%s by post, %s: %w", q.Metric, q.Period, err)
	}
	answer := make([]Row, len(rows))
	for i, r := range rows {
		answer[i] = Row{Key: string(r.Account) + "/" + r.Post, Name: r.Post, Value: float(r.Value), Carried: float(r.Carried)}
		if r.Value == nil {
			answer[i].Unknown = 1
		}
	}
	return answer, nil
}

func float(v *int64) *float64 {
	if v == nil {
		return nil
	}
	f := float64(*v)
	return &f
}

func sortRows(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		switch {
		case a.Value == nil && b.Value == nil:
			return strings.Compare(a.Key, b.Key)
		case a.Value == nil:
			return 1
		case b.Value == nil:
			return -1
		case *a.Value != *b.Value:
			if *a.Value > *b.Value {
				return -1
			}
			return 1
		default:
			return strings.Compare(a.Key, b.Key)
		}
	})
}

func keys() []string {
	all := make([]string, len(catalogue))
	for i, m := range catalogue {
		all[i] = m.Key
	}
	return all
}

func join[S ~string](words []S) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return strings.Join(all, " or ")
}
