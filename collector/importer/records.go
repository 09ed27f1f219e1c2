package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A record is one row of a file as it stands there.
type record struct {
	line  uint64
	cells []string
	sheet bool     // numbers are in full, as a workbook stores them
	bad   *Refusal // the row cannot be read; reading goes on after it
}

// bytes returns the size of the record.
func (r *record) bytes() int {
	n := 0
	for _, c := range r.cells {
		n += len(c)
	}
	return n
}

// blank says whether all cells are empty.
func (r *record) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return r.bad == nil
}

// A reader gives the records of one file, one after the other, and io.EOF
// after the last. The record's cells are valid until the next call.
type reader interface {
	next() (record, error)
	encoding() string
}

// csvReader reads a table of text with one separator.
type csvReader struct {
	csv   *csv.Reader
	guard *recordGuard
	enc   string
	max   int // columns

	fewest int // cells of a line so far; the last line may be cut
	quote  *csv.ParseError
}

func newCSVReader(text *bufio.Reader, enc string, separator rune, l Limits) *csvReader {
	g := &recordGuard{r: text, max: l.RecordBytes, last: '\n'}
	c := csv.NewReader(g)
	c.Comma = separator
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return &csvReader{csv: c, guard: g, enc: enc, max: l.Columns}
}

func (r *csvReader) encoding() string { return r.enc }

func (r *csvReader) next() (record, error) {
	r.guard.used = 0
	cells, err := r.csv.Read()
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		if r.quote != nil {
			return record{}, &cutError{fmt.Sprintf("ends within the quotation marks of line %d", r.quote.StartLine)}
		}
		return record{}, io.EOF
	case errors.As(err, &parse) && (errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote)):
		if errors.Is(err, csv.ErrQuote) && r.guard.ended {
			r.quote = parse // at the end of the file: cut off within a cell
		}
		return record{line: uint64(parse.StartLine), bad: refuse(ReasonUnreadable, "", "",
			"a quotation mark stands where none may, at column %d of line %d", parse.Column, parse.Line)}, nil
	case errors.As(err, &parse):
		return record{}, parse.Err
	case err != nil:
		return record{}, err
	}
	r.quote = nil
	line, _ := r.csv.FieldPos(0)
	rec := record{line: uint64(line), cells: cells}
	if len(cells) > r.max {
		rec.bad = refuse(ReasonUnreadable, "", "", "the row has %d cells and at most %d may be", len(cells), r.max)
		return rec, nil
	}
	if r.guard.ended && r.guard.last != '\n' && len(cells) > 1 && len(cells) < r.fewest && r.atEnd() {
		rec.bad = refuse(ReasonCut, "", cells[len(cells)-1], "the file ends within this line: it has %d cells, every other at least %d", len(cells), r.fewest)
	}
	if r.fewest == 0 || len(cells) < r.fewest {
		r.fewest = len(cells)
	}
	return rec, nil
}

// atEnd says whether the record just read was the last of the file.
func (r *csvReader) atEnd() bool { return r.csv.InputOffset() >= r.guard.total }

// A cutError says that a file ends in the middle.
type cutError struct{ where string }

func (e *cutError) Error() string { return e.where }

// Unwrap makes a cutError one of the errors of files that are cut off.
func (e *cutError) Unwrap() error { return io.ErrUnexpectedEOF }

// A recordGuard fails when one record takes more than max bytes, plus what is
// read ahead: a quotation mark that is never closed makes the rest of the file
// one cell.
type recordGuard struct {
	r     io.Reader
	max   int
	used  int // since the record began
	total int64
	ended bool
	last  byte
}

func (g *recordGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	g.used += n
	g.total += int64(n)
	if n > 0 {
		g.last = p[n-1]
	}
	if errors.Is(err, io.EOF) {
		g.ended = true
	}
	if g.used > g.max+8<<10 {
		return 0, errRecord
	}
	return n, err
}

// separators are tried in this order.
var separators = []rune{',', ';', '\t', '|'}

// sniffSeparator returns the separator with which the beginning of the text
// has the headings that score counts most.
func sniffSeparator(text *bufio.Reader, score func(cells []string) int) (rune, error) {
	sample, err := text.Peek(sampleBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	best, bestScore, bestCells := separators[0], 0, 0
	for _, s := range separators {
		c := csv.NewReader(bytes.NewReader(sample))
		c.Comma, c.FieldsPerRecord, c.LazyQuotes = s, -1, true
		for range headingDepth {
			cells, err := c.Read()
			if err != nil {
				break
			}
			if n := score(cells); n > bestScore || n == bestScore && bestScore == 0 && len(cells) > bestCells {
				best, bestScore, bestCells = s, n, len(cells)
			}
		}
	}
	return best, nil
}
