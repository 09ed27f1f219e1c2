package dashboard

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf16"

	"github.com/gofiber/fiber/v2"
	"github.com/xuri/excelize/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// A cell is one value of a file: a text that no spreadsheet takes for a
// formula, or a number that may be unknown.
type cell struct {
	text   string
	number *float64
	isText bool
}

func textCell(s string) cell      { return cell{text: safeCell(s), isText: true} }
func numberCell(v *float64) cell  { return cell{number: v} }
func momentCell(t time.Time) cell { return cell{text: t.Format(time.RFC3339), isText: true} }

// String writes the cell for CSV.
func (c cell) String() string {
	if c.isText {
		return c.text
	}
	return number(c.number)
}

// postCells returns the table of a file: what the page shows, with the figures
// behind the rate and the score, and at the end what they belong to.
func postCells(p *i18n.Printer, q postsQuery, page analytics.PostsPage) [][]cell {
	life := q.query.View == analytics.ViewLife
	names := []string{"published", "department", "account", "handle", "platform", "format", "text", "link", "key", "deleted"}
	head := make([]cell, 0, 32)
	for _, n := range names {
		head = append(head, textCell(p.Text("csv."+n)))
	}
	for _, key := range q.figures() {
		head = append(head, textCell(postFigureName(p, key)))
	}
	names = []string{"read_at", "first_day", "last_day", "zone", "view"}
	if life {
		names = append([]string{"audience", "expected", "compared"}, names...)
	}
	for _, n := range names {
		head = append(head, textCell(p.Text("csv."+n)))
	}
	rows := [][]cell{head}
	for _, r := range page.Rows {
		row := []cell{
			momentCell(r.PublishedAt.In(p.Zone)), textCell(departmentOf(p, r)), textCell(r.AccountName), textCell(r.Handle),
			textCell(string(r.Platform)), textCell(string(r.Format)), textCell(r.Text), textCell(r.Permalink), textCell(r.PostID), {isText: true},
		}
		if r.DeletedAt != nil {
			row[9] = momentCell(r.DeletedAt.In(p.Zone))
		}
		for _, key := range q.figures() {
			row = append(row, numberCell(r.Figure(key)))
		}
		if life {
			compared := float64(r.Compared)
			row = append(row, numberCell(r.Audience), numberCell(r.Expected), numberCell(&compared))
		}
		readAt := cell{isText: true}
		if r.ReadAt != nil {
			readAt = momentCell(r.ReadAt.In(p.Zone))
		}
		rows = append(rows, append(row, readAt, textCell(q.query.Period.From.Format(time.DateOnly)), textCell(q.query.Period.Last().Format(time.DateOnly)),
			textCell(p.Zone.String()), textCell(string(q.query.View))))
	}
	return rows
}

func (q postsQuery) fileName() string {
	return "hamawaz-posts-" + q.query.Period.From.Format(time.DateOnly) + "-" + q.query.Period.Last().Format(time.DateOnly)
}

// postsCSV sends GET /posts.csv with the choices of the page: all its posts,
// not only those of one page.
func (s *Server) postsCSV(c *fiber.Ctx) error {
	q, rows, err := s.exported(c)
	if err != nil {
		return err
	}
	return sendCSV(c, q.fileName(), inWords(rows))
}

func inWords(rows [][]cell) [][]string {
	words := make([][]string, len(rows))
	for i, r := range rows {
		words[i] = make([]string, len(r))
		for j, one := range r {
			words[i][j] = one.String()
		}
	}
	return words
}

// postsXLSX sends GET /posts.xlsx: the rows of postsCSV as a sheet.
func (s *Server) postsXLSX(c *fiber.Ctx) error {
	q, rows, err := s.exported(c)
	if err != nil {
		return err
	}
	b, err := workbook(s.printer(c), rows)
	if err != nil {
		return fmt.Errorf("sheet of %d posts: %w", len(rows)-1, err)
	}
	c.Set(fiber.HeaderContentType, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+q.fileName()+`.xlsx"`)
	return c.Send(b)
}

// workbook returns a workbook of one sheet with the rows, the first one as
// headings that stay in view.
func workbook(p *i18n.Printer, rows [][]cell) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	const name = "Sheet1"
	if p.RTL() {
		right := true
		if err := f.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &right}); err != nil {
			return nil, err
		}
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	for i, r := range rows {
		values := make([]any, len(r))
		for j, one := range r {
			switch {
			case one.isText:
				values[j] = clip32767(one.text)
			case one.number != nil:
				values[j] = *one.number
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return nil, err
		}
		if err := w.SetRow(at, values); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// clip32767 shortens a text that is longer than a cell of a sheet can hold,
// counted in UTF-16, and shows that it did.
func clip32767(s string) string {
	const most = 32767
	if len(s) <= most { // bytes are never fewer
		return s
	}
	units, cut := 0, 0 // cut: where there is still room for the mark
	for i, r := range s {
		if units <= most-1 {
			cut = i
		}
		units += utf16.RuneLen(r)
	}
	if units <= most {
		return s
	}
	return s[:cut] + "…"
}
