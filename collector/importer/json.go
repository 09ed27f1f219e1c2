package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonReader reads objects, one on each line or all in one array. An object's
// fields are its cells; the fields of an object within have names such as
// tweet.id_str. Arrays are no cells.
type jsonReader struct {
	text  *bufio.Reader
	enc   string
	index map[string][]int // heading, normalised → cells
	width int
	limit int

	array *json.Decoder // of an array; nil: lines
	guard *recordGuard
	ended bool // the array is closed
	line  uint64
}

// newJSONReader returns a reader whose records have a cell for each heading.
func newJSONReader(text *bufio.Reader, enc string, k kind, headings []string, l Limits) (*jsonReader, error) {
	r := &jsonReader{text: text, enc: enc, index: map[string][]int{}, width: len(headings), limit: l.RecordBytes}
	for i, h := range headings {
		h = normalHeading(h)
		r.index[h] = append(r.index[h], i)
	}
	if k == kindArray {
		// X's archive writes a line of script in front of the array.
		head, err := text.Peek(4096)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if _, err := text.Discard(max(0, bytes.IndexByte(head, '['))); err != nil {
			return nil, err
		}
		r.guard = &recordGuard{r: text, max: l.RecordBytes}
		r.array = json.NewDecoder(r.guard)
		if _, err := r.array.Token(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *jsonReader) encoding() string { return r.enc }

func (r *jsonReader) next() (record, error) {
	if r.array != nil {
		return r.nextItem()
	}
	for {
		line, whole, err := r.readLine()
		if err != nil {
			return record{}, err
		}
		r.line++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		rec, err := r.record(line)
		if err != nil && !whole {
			return record{}, &cutError{fmt.Sprintf("ends within line %d", r.line)}
		}
		if err != nil {
			rec.bad = refuse(ReasonUnreadable, "", string(line[:min(len(line), 200)]), "the line is no JSON object")
		}
		return rec, nil
	}
}

// readLine returns the next line, and whether it has an end.
func (r *jsonReader) readLine() (line []byte, whole bool, err error) {
	for {
		part, err := r.text.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > r.limit:
			return nil, false, errRecord
		case err == nil:
			return line, true, nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		}
	}
}

func (r *jsonReader) nextItem() (record, error) {
	r.guard.used = 0
	if r.ended {
		return record{}, io.EOF
	}
	if !r.array.More() {
		if _, err := r.array.Token(); err != nil {
			return record{}, r.cut(err)
		}
		r.ended = true
		return record{}, io.EOF
	}
	var item json.RawMessage
	if err := r.array.Decode(&item); err != nil {
		return record{}, r.cut(err)
	}
	r.line++
	rec, err := r.record(item)
	if err != nil {
		rec.bad = refuse(ReasonUnreadable, "", string(item[:min(len(item), 200)]), "the item is no object")
	}
	return rec, nil
}

// cut returns the error of an array that does not go on as one. After it,
// nothing can be read.
func (r *jsonReader) cut(err error) error {
	var syntax *json.SyntaxError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) {
		return &cutError{fmt.Sprintf("is no JSON after item %d: %v", r.line, err)}
	}
	return err
}

func (r *jsonReader) record(object []byte) (record, error) {
	rec := record{line: r.line, cells: make([]string, r.width)}
	if !utf8.Valid(object) { // the decoder would mend it silently
		rec.bad = refuse(ReasonBadText, "", "", "the row holds bytes that are no UTF-8")
		return rec, nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var fields map[string]any
	if err := d.Decode(&fields); err != nil {
		return rec, err
	}
	if d.More() {
		return rec, errors.New("more than one value")
	}
	r.fill(&rec, "", fields)
	return rec, nil
}

func (r *jsonReader) fill(rec *record, prefix string, fields map[string]any) {
	for name, v := range fields {
		name = prefix + name
		var text string
		switch v := v.(type) {
		case map[string]any:
			r.fill(rec, name+".", v)
			continue
		case string:
			text = v
		case json.Number:
			text = v.String()
		case bool:
			text = fmt.Sprint(v)
		default:
			continue // null, or an array
		}
		for _, i := range r.index[normalHeading(name)] {
			rec.cells[i] = text
		}
	}
}

// textKind says what a decoded text is.
func textKind(text *bufio.Reader) (kind, error) {
	head, err := text.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	s := strings.TrimSpace(string(head))
	switch {
	case strings.HasPrefix(s, "{"):
		return kindJSONL, nil
	case strings.HasPrefix(s, "window."), strings.HasPrefix(s, "[") && strings.HasPrefix(strings.TrimSpace(s[1:]), "{"):
		return kindArray, nil
	}
	return kindCSV, nil
}
