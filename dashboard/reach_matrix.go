package dashboard

import (
	"html/template"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// tableMatrix is the file of the matrix: a row for each of its cells.
const tableMatrix = "matrix"

// A matrixCard is departments against platforms.
type matrixCard struct {
	Means    string
	Note     string // what stands below each figure
	Caption  string
	Measures []option
	Columns  []string
	Rows     []matrixRow
	CSV      string
	AsOf     template.HTML
}

type matrixRow struct {
	Name  string
	Cells []matrixCell
}

// A matrixCell is one figure. A department without an account on the platform
// has none.
type matrixCell struct {
	Any   bool
	Value template.HTML
	Link  string // of what is behind it; empty: none for this person
	Below template.HTML
}

// newMatrix returns the matrix of the measure. The last column and the last row
// hold all platforms and all departments.
func newMatrix(p *i18n.Printer, q query, measure string, r analytics.Reach, now time.Time, link func(analytics.ReachLine) string) matrixCard {
	m := matrixCard{Means: metricMeans(p, measure), CSV: q.address("/reach.csv", "table", tableMatrix, "measure", ""),
		AsOf: p.HTML("foot.as_of", "AsOf", p.Moment(*r.AsOf, now))}
	switch measure {
	case measureReach:
		m.Note = p.Text("reach.below_reach")
	case measureFollowers:
		m.Note = p.Text("reach.below_followers")
	case measurePosts:
		m.Note = p.Text("reach.below_posts")
	}
	for _, name := range measures {
		value := name
		if name == measureReach {
			value = ""
		}
		m.Measures = append(m.Measures, option{metricName(p, name), name, q.address(q.Path, "measure", value), name == measure})
	}
	m.Caption = p.Text("reach.matrix_caption", "Name", i18n.Words(metricName(p, measure)))

	type place struct {
		department schema.DepartmentID
		platform   schema.Platform
	}
	lines := map[place]analytics.ReachLine{{}: {ReachFigures: r.All}}
	for _, list := range [][]analytics.ReachLine{r.Departments, r.Platforms, r.Cells} {
		for _, l := range list {
			lines[place{l.Department, l.Platform}] = l
		}
	}
	var columns []schema.Platform
	for _, platform := range platforms {
		if _, ok := lines[place{"", platform}]; ok {
			columns = append(columns, platform)
			m.Columns = append(m.Columns, platformName(p, platform))
		}
	}
	columns = append(columns, "")
	m.Columns = append(m.Columns, p.Text("filter.all_platforms"))

	row := func(name string, department schema.DepartmentID) matrixRow {
		row := matrixRow{Name: name}
		for _, platform := range columns {
			l, ok := lines[place{department, platform}]
			if !ok {
				row.Cells = append(row.Cells, matrixCell{})
				continue
			}
			cell := measured(p, measure, l.ReachFigures, now)
			if department != "" {
				cell.Link = link(l)
			}
			row.Cells = append(row.Cells, cell)
		}
		return row
	}
	for _, d := range r.Departments {
		m.Rows = append(m.Rows, row(reachName(p, d), d.Department))
	}
	m.Rows = append(m.Rows, row(p.Text("filter.all_departments"), ""))
	return m
}

// measured returns the cell of one measure, with its coverage and its age.
func measured(p *i18n.Printer, measure string, f analytics.ReachFigures, now time.Time) matrixCell {
	var value, covered *float64
	accounts := func(known int) *float64 {
		if f.Accounts == 0 {
			return nil
		}
		share := float64(known) / float64(f.Accounts)
		return &share
	}
	switch measure {
	case measureFollowers:
		value, covered = f.Followers.Value, accounts(f.Accounts-int(f.Followers.Unknown))
	case measurePosts:
		value, covered = f.Posts.Value, accounts(f.Accounts-f.Unread)
	default:
		value, covered = f.Summed.Value, f.Coverage.Share()
	}
	c := matrixCell{Any: true, Value: p.Count(value).HTML(), Below: p.Percent(covered, 0).HTML()}
	if f.Oldest != nil {
		c.Below += template.HTML(" · ") + escaped(p.Moment(*f.Oldest, now))
	}
	return c
}

func metricMeans(p *i18n.Printer, key string) string {
	m, _ := analytics.MetricByKey(key)
	return m.Means.In(p.Lang)
}
