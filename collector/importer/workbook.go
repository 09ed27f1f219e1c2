package importer

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheetReader reads one sheet of a workbook row by row. Cells come as stored:
// a date is a day number.
type sheetReader struct {
	book *excelize.File
	rows *excelize.Rows
	line uint64
	max  int
	mac  bool // day numbers count from 1904
}

// memoryPerPart is what one part of a workbook may take in memory; a larger one
// is unpacked to a temporary file.
const memoryPerPart = 16 << 20

// openWorkbook opens the workbook and checks, before anything is unpacked, what
// it would unpack to.
func openWorkbook(path, name string, l Limits) (*excelize.File, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, &cutError{"is no whole archive: " + err.Error()}
	}
	var total uint64
	parts, book := len(z.File), false
	for _, part := range z.File {
		total += part.UncompressedSize64
		book = book || part.Name == "xl/workbook.xml"
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	switch {
	case !book:
		return nil, fmt.Errorf("%s is an archive and no workbook: unpack it first", name)
	case total > uint64(l.Bytes) || parts > 10_000:
		return nil, errUnpacked
	}
	f, err := excelize.OpenFile(path, excelize.Options{
		RawCellValue: true, UnzipSizeLimit: l.Bytes, UnzipXMLSizeLimit: memoryPerPart,
	})
	if err != nil {
		return nil, &cutError{"is a damaged workbook: " + err.Error()}
	}
	return f, nil
}

// openSheet opens a sheet at its first row.
func openSheet(book *excelize.File, sheet string, l Limits) (*sheetReader, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, err
	}
	r := &sheetReader{book: book, rows: rows, max: l.Columns}
	if p, err := book.GetWorkbookProps(); err == nil && p.Date1904 != nil {
		r.mac = *p.Date1904
	}
	return r, nil
}

func (r *sheetReader) encoding() string { return encodingUTF8 }

func (r *sheetReader) next() (record, error) {
	if !r.rows.Next() {
		if err := r.rows.Error(); err != nil {
			return record{}, &cutError{"is a damaged workbook: " + err.Error()}
		}
		return record{}, io.EOF
	}
	r.line++
	cells, err := r.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return record{}, err
		}
		return record{}, &cutError{"is a damaged workbook: " + err.Error()}
	}
	rec := record{line: r.line, cells: cells, sheet: true}
	if len(cells) > r.max {
		rec.bad = refuse(ReasonUnreadable, "", "", "the row has %d cells and at most %d may be", len(cells), r.max)
	}
	return rec, nil
}

func (r *sheetReader) close() error { return r.rows.Close() }

// sheetNamed returns the sheet's name as the workbook writes it.
func sheetNamed(book *excelize.File, name string) (string, bool) {
	for _, s := range book.GetSheetList() {
		if strings.EqualFold(s, name) {
			return s, true
		}
	}
	return "", false
}
