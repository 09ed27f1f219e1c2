package dashboard

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// postCells returns the table of a file: what the page shows, with the figures
// behind the rate and the score, what they belong to, and what else is told of
// the post.
func postCells(p *i18n.Printer, q postsQuery, page analytics.PostsPage) [][]cell {
	life := q.query.View == analytics.ViewLife
	head := headings(p, "published", "department", "account", "handle", "platform", "format", "text", "link", "key", "deleted")
	for _, key := range q.figures() {
		head = append(head, textCell(postFigureName(p, key)))
	}
	if life {
		head = append(head, headings(p, "audience", "expected", "compared")...)
	}
	rows := [][]cell{append(head, headings(p, "read_at", "first_day", "last_day", "zone", "view", "relation", "counted", "absence", "seconds", "captions", "described", "paid")...)}
	for _, r := range page.Rows {
		row := []cell{
			momentCell(p, &r.PublishedAt), textCell(departmentOf(p, r)), textCell(r.AccountName), textCell(r.Handle),
			textCell(string(r.Platform)), textCell(string(r.Format)), textCell(r.Text), textCell(r.Permalink), textCell(r.PostID), momentCell(p, r.DeletedAt),
		}
		for _, key := range q.figures() {
			row = append(row, numberCell(r.Figure(key)))
		}
		if life {
			row = append(row, numberCell(r.Audience), numberCell(r.Expected), countCell(r.Compared))
		}
		rows = append(rows, append(row, momentCell(p, r.ReadAt), dayCell(q.query.Period.From), dayCell(q.query.Period.Last()),
			textCell(p.Zone.String()), textCell(string(q.query.View)),
			textCell(string(r.Relation)), yesNo(p, r.Relation.Counted()), textCell(string(r.Absence)), numberOrNone(r.Seconds),
			toldCell(p, r.Captions), toldCell(p, described(r.PostDetails)), toldCell(p, r.Paid)))
	}
	return rows
}

// numberOrNone writes a number; what is not known is empty.
func numberOrNone(n *int64) cell {
	if n == nil {
		return cell{}
	}
	return countCell(*n)
}

// toldCell writes whether something is so; what is not told is empty.
func toldCell(p *i18n.Printer, yes *bool) cell {
	if yes == nil {
		return cell{}
	}
	return yesNo(p, *yes)
}

func (q postsQuery) fileName() string {
	return "hamawaz-posts-" + q.query.Period.From.Format(time.DateOnly) + "-" + q.query.Period.Last().Format(time.DateOnly)
}

// postsFile sends GET /posts.csv and /posts.xlsx with the choices of the page:
// all its posts, not only those of one page.
func (s *Server) postsFile(c *fiber.Ctx) error {
	q, rows, err := s.exported(c)
	if err != nil {
		return err
	}
	return sendTable(c, s.printer(c), q.fileName(), rows)
}
