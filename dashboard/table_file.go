package dashboard

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/gofiber/fiber/v2"
	"github.com/xuri/excelize/v2"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// Every table can be had as a file, CSV or XLSX: one row of headings, in the
// person's language, then the rows. Numbers are plain (in CSV no grouping, a
// point before decimals); what is unknown is empty.

// A cell is one value of a file: a text, or a number. The zero value is empty.
type cell struct {
	text   string // never taken for a formula
	number *float64
}

func textCell(s string) cell     { return cell{text: safeCell(s)} }
func numberCell(v *float64) cell { return cell{number: v} }
func dayCell(day time.Time) cell { return cell{text: day.Format(time.DateOnly)} }

func countCell[T int | uint16 | uint64 | int64](n T) cell {
	v := float64(n)
	return cell{number: &v}
}

// yesNo writes whether something is so, in words.
func yesNo(p *i18n.Printer, yes bool) cell {
	return textCell(p.Text(map[bool]string{true: "csv.yes", false: "csv.no"}[yes]))
}

// momentCell writes a moment in the zone of the page; nil is empty.
func momentCell(p *i18n.Printer, at *time.Time) cell {
	if at == nil {
		return cell{}
	}
	return cell{text: at.In(p.Zone).Format(time.RFC3339)}
}

// String writes the cell for CSV: a number as short as it is exact.
func (c cell) String() string {
	if c.number != nil {
		return strconv.FormatFloat(*c.number, 'f', -1, 64)
	}
	return c.text
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

// Table files are asked for by an address that ends so.
const csvFile, xlsxFile = ".csv", ".xlsx"

// sheetAddress returns the address of the sheet with the rows of a CSV file.
func sheetAddress(address string) string {
	path, query, asked := strings.Cut(address, "?")
	path = strings.TrimSuffix(path, csvFile) + xlsxFile
	if asked {
		path += "?" + query
	}
	return path
}

// sendTable sends the rows as the kind of file that the address ends with.
func sendTable(c *fiber.Ctx, p *i18n.Printer, name string, rows [][]cell) error {
	var content []byte
	var err error
	kind := csvFile
	if strings.HasSuffix(c.Path(), xlsxFile) {
		kind = xlsxFile
		c.Set(fiber.HeaderContentType, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		content, err = workbook(p, rows)
	} else {
		c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8; header=present")
		content, err = commaSeparated(rows)
	}
	if err != nil {
		return fmt.Errorf("file %s%s of %d rows: %w", name, kind, len(rows), err)
	}
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+kind+`"`)
	return c.Send(content)
}

// commaSeparated returns the rows as CSV (RFC 4180).
func commaSeparated(rows [][]cell) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	var words []string
	for _, r := range rows {
		words = words[:0]
		for _, one := range r {
			words = append(words, one.String())
		}
		if err := w.Write(words); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
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
			case one.number != nil:
				values[j] = *one.number
			case one.text != "":
				values[j] = clip32767(one.text)
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
