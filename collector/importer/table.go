package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// FileInfo is what was found out about a file.
type FileInfo struct {
	Name        string            `json:"name"`
	SHA256      string            `json:"sha256"`
	Kind        string            `json:"kind"`                // csv, xlsx, jsonl or json
	Encoding    string            `json:"encoding"`            // that it was read in
	Separator   string            `json:"separator,omitempty"` // of a csv
	Sheet       string            `json:"sheet,omitempty"`     // of a workbook
	HeadingLine uint64            `json:"heading_line"`        // 0 of JSON
	Fields      map[string]string `json:"fields"`              // field → the headings it is read from
	Ignored     []string          `json:"ignored,omitempty"`   // headings that the map does not know
	AsOf        *time.Time        `json:"as_of,omitempty"`     // when it was exported, as far as one moment is for all rows
	Rows        uint64            `json:"rows"`                // without blank ones
	titles      []string          // above the headings
}

// A table is an opened file whose headings were found.
type table struct {
	reader
	heading heading
	info    FileInfo
	mac     bool // day numbers count from 1904
	src     *source
	close   []func() error
}

func (t *table) Close() error {
	var err error
	for i := len(t.close) - 1; i >= 0; i-- {
		err = errors.Join(err, t.close[i]())
	}
	return errors.Join(err, t.src.Close())
}

// A layout is what a table must look like: its headings, and how it may be
// written.
type layout struct {
	headings  []string   // all that are known
	groups    [][]string // one of each must be there
	encoding  string
	separator string
	sheet     string
}

// openTable opens the file and reads on to below its headings.
func openTable(f File, want layout, l Limits) (t *table, err error) {
	src, err := openSource(f, l)
	if err != nil {
		return nil, err
	}
	t = &table{src: src, info: FileInfo{Name: f.Name, Fields: map[string]string{}}}
	defer func() {
		if err != nil {
			err = errors.Join(t.explain(f, err, l), t.Close())
		}
	}()
	if src.kind == kindXLSX {
		err = t.openBook(f, want, l)
	} else {
		err = t.openText(want, l)
	}
	if err != nil {
		return t, err
	}
	t.info.Encoding = t.encoding()
	t.info.HeadingLine, t.info.titles = t.heading.line, t.heading.titles
	return t, nil
}

func (t *table) openText(want layout, l Limits) error {
	text, enc, err := decode(t.src.text, want.encoding)
	if err != nil {
		return err
	}
	if t.src.kind, err = textKind(text); err != nil {
		return err
	}
	t.info.Kind = string(t.src.kind)
	if t.src.kind != kindCSV {
		t.heading = heading{cells: want.headings}
		t.reader, err = newJSONReader(text, enc, t.src.kind, want.headings, l)
		if err != nil {
			return err
		}
		return t.lookAhead(want)
	}
	separator := rune(0)
	if want.separator != "" {
		separator = []rune(want.separator)[0]
	} else if separator, err = sniffSeparator(text, func(cells []string) int {
		h := heading{cells: cells}
		return len(h.match(want.headings))
	}); err != nil {
		return err
	}
	t.info.Separator = string(separator)
	t.reader = newCSVReader(text, enc, separator, l)
	t.heading, err = findHeading(t.reader, want.groups)
	return err
}

// lookAhead reads the first objects, which are given again, and keeps of the
// headings those that one of them has.
func (t *table) lookAhead(want layout) error {
	ahead := &aheadReader{reader: t.reader}
	seen := make([]bool, len(want.headings))
	for len(ahead.records) < 100 {
		rec, err := t.reader.next()
		if isEnd(err) {
			break
		}
		if err != nil {
			return err
		}
		for i, c := range rec.cells {
			seen[i] = seen[i] || c != ""
		}
		ahead.records = append(ahead.records, rec)
	}
	t.reader = ahead
	there := heading{cells: make([]string, len(seen))}
	for i, ok := range seen {
		if ok {
			there.cells[i] = want.headings[i]
		}
	}
	for _, g := range want.groups {
		if len(there.match(g)) == 0 {
			return &headingError{want.groups, slices.DeleteFunc(there.cells, func(c string) bool { return c == "" })}
		}
	}
	return nil
}

// An aheadReader gives records that were read ahead before it reads on.
type aheadReader struct {
	reader
	records []record
}

func (r *aheadReader) next() (record, error) {
	if len(r.records) == 0 {
		return r.reader.next()
	}
	rec := r.records[0]
	r.records = r.records[1:]
	return rec, nil
}

func (t *table) openBook(f File, want layout, l Limits) error {
	t.info.Kind = string(kindXLSX)
	book, err := openWorkbook(t.src.workbook, f.Name, l)
	if err != nil {
		return err
	}
	t.close = append(t.close, book.Close)
	sheets := book.GetSheetList()
	if want.sheet != "" {
		name, ok := sheetNamed(book, want.sheet)
		if !ok {
			return fmt.Errorf("has no sheet %q: it has %q", want.sheet, sheets)
		}
		sheets = []string{name}
	}
	for _, name := range sheets {
		if err = t.openSheet(book, name, want, l); err == nil {
			return nil
		}
		var none *headingError
		if !errors.As(err, &none) {
			return err
		}
	}
	if err == nil {
		err = errors.New("has no sheet")
	}
	return err
}

func (t *table) openSheet(book *excelize.File, name string, want layout, l Limits) error {
	r, err := openSheet(book, name, l)
	if err != nil {
		return err
	}
	h, err := findHeading(r, want.groups)
	if err != nil {
		return errors.Join(err, r.close())
	}
	t.close = append(t.close, r.close)
	t.reader, t.heading, t.mac = r, h, r.mac
	t.info.Sheet = name
	return nil
}

// explain puts the file's name before an error.
func (t *table) explain(f File, err error, l Limits) error {
	var cut *cutError
	var none *headingError
	switch {
	case errors.As(err, &cut):
		return fmt.Errorf("%s %w: the file is cut off or damaged, download it again", f.Name, cut)
	case errors.As(err, &none):
		return fmt.Errorf("%s %w", f.Name, none)
	case errors.Is(err, errRecord), errors.Is(err, errUnpacked), errors.Is(err, io.ErrUnexpectedEOF):
		return t.src.trouble(f, err, l)
	}
	return t.src.trouble(f, err, l)
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) }
