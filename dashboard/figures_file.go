package dashboard

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// A CSV file has one row of headings, in the person's language, then the rows.
// Numbers are plain (no grouping, a point before decimals); what is unknown is
// empty. The last columns say what the numbers belong to.

func dayCSV(p *i18n.Printer, o analytics.Overview) [][]string {
	names := headings(p, "day", "interactions", "interactions_before", "posts", "top_account", "top_post", "top_link", "top_share")
	if o.Metric != defaultMetric && o.Metric != "" {
		names[1] = metricName(p, o.Metric)
		names[2] = p.Text("csv.metric_before", "Name", i18n.Words(names[1]))
	}
	rows := [][]string{names}
	for _, d := range o.Days {
		row := []string{d.Day.Format(time.DateOnly), number(d.Value), number(d.Previous), number(d.Posts), "", "", "", ""}
		if t := d.Top; t != nil {
			row[4], row[5], row[6], row[7] = safeCell(t.Account), safeCell(t.Text), safeCell(t.Permalink), number(&t.Share)
		}
		rows = append(rows, row)
	}
	return rows
}

func leagueCSV(p *i18n.Printer, lines []analytics.Line, accounts bool) [][]string {
	names := []string{"key", "name"}
	if accounts {
		names = append(names, "platform", "handle")
	}
	names = append(names, "interactions", "interactions_before", "change", "posts", "reactions", "comments", "rate", "followers", "gained", "unknown")
	rows := [][]string{headings(p, names...)}
	for _, l := range lines {
		row := []string{safeCell(l.Key), safeCell(name(p, l))}
		if accounts {
			row = append(row, safeCell(string(l.Platform)), safeCell(l.Handle))
		}
		rows = append(rows, append(row, number(l.Interactions.Value), number(l.Interactions.Previous), number(l.Interactions.Change()),
			number(l.Posts.Value), number(l.Reactions.Value), number(l.Comments.Value), number(l.Rate.Value),
			number(l.Followers.Value), number(l.Gained.Value), strconv.FormatUint(l.Interactions.Unknown, 10)))
	}
	return rows
}

func headings(p *i18n.Printer, names ...string) []string {
	row := make([]string, len(names))
	for i, n := range names {
		row[i] = p.Text("csv." + n)
	}
	return row
}

// withContext adds the columns that say what the numbers belong to.
func withContext(p *i18n.Printer, o analytics.Overview, q query, rows [][]string) [][]string {
	asOf := ""
	if o.AsOf != nil {
		asOf = o.AsOf.In(p.Zone).Format(time.RFC3339)
	}
	context := []string{q.Period.From.Format(time.DateOnly), q.Period.Last().Format(time.DateOnly), p.Zone.String(), string(q.View), asOf}
	for i := range rows {
		if i == 0 {
			rows[i] = append(rows[i], headings(p, "first_day", "last_day", "zone", "view", "as_of")...)
		} else {
			rows[i] = append(rows[i], context...)
		}
	}
	return rows
}

// number writes a number for a machine: as short as it is exact.
func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// safeCell keeps a text from being taken for a formula by a spreadsheet: an
// apostrophe before =, +, -, @, tab and carriage return, also after spaces.
func safeCell(s string) string {
	if strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") || strings.HasPrefix(s, "\n") {
		return "'" + s
	}
	if t := strings.TrimLeft(s, " \u00a0\u200e\u200f\ufeff"); t != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(t)[0]) {
		return "'" + s
	}
	return s
}

func sendCSV(c *fiber.Ctx, name string, rows [][]string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true // RFC 4180
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8; header=present")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`.csv"`)
	return c.Send(b.Bytes())
}
