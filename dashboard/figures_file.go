package dashboard

import (
	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// dayCells returns the table of days for a file.
func dayCells(p *i18n.Printer, o analytics.Overview) [][]cell {
	names := headings(p, "day", "interactions", "interactions_before", "posts", "top_account", "top_post", "top_link", "top_share")
	if o.Metric != defaultMetric && o.Metric != "" {
		name := metricName(p, o.Metric)
		names[1], names[2] = textCell(name), textCell(p.Text("csv.metric_before", "Name", i18n.Words(name)))
	}
	rows := [][]cell{names}
	for _, d := range o.Days {
		row := []cell{dayCell(d.Day), numberCell(d.Value), numberCell(d.Previous), numberCell(d.Posts), {}, {}, {}, {}}
		if t := d.Top; t != nil {
			row[4], row[5], row[6], row[7] = textCell(t.Account), textCell(t.Text), textCell(t.Permalink), numberCell(&t.Share)
		}
		rows = append(rows, row)
	}
	return rows
}

// leagueCells returns the lines of a table for a file.
func leagueCells(p *i18n.Printer, lines []analytics.Line, accounts bool) [][]cell {
	names := []string{"key", "name"}
	if accounts {
		names = append(names, "platform", "handle")
	}
	names = append(names, "interactions", "interactions_before", "change", "posts", "reactions", "comments", "rate", "followers", "gained", "unknown")
	rows := [][]cell{headings(p, names...)}
	for _, l := range lines {
		row := []cell{textCell(l.Key), textCell(name(p, l))}
		if accounts {
			row = append(row, textCell(string(l.Platform)), textCell(l.Handle))
		}
		rows = append(rows, append(row, numberCell(l.Interactions.Value), numberCell(l.Interactions.Previous), numberCell(l.Interactions.Change()),
			numberCell(l.Posts.Value), numberCell(l.Reactions.Value), numberCell(l.Comments.Value), numberCell(l.Rate.Value),
			numberCell(l.Followers.Value), numberCell(l.Gained.Value), countCell(l.Interactions.Unknown)))
	}
	return rows
}

func headings(p *i18n.Printer, names ...string) []cell {
	row := make([]cell, len(names))
	for i, n := range names {
		row[i] = textCell(p.Text("csv." + n))
	}
	return row
}

// withContext adds the columns that say what the numbers belong to.
func withContext(p *i18n.Printer, o analytics.Overview, q query, rows [][]cell) [][]cell {
	context := []cell{dayCell(q.Period.From), dayCell(q.Period.Last()), textCell(p.Zone.String()), textCell(string(q.View)), momentCell(p, o.AsOf)}
	for i := range rows {
		if i == 0 {
			rows[i] = append(rows[i], headings(p, "first_day", "last_day", "zone", "view", "as_of")...)
		} else {
			rows[i] = append(rows[i], context...)
		}
	}
	return rows
}
