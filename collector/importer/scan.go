package importer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// A scan reads the files of a plan once and hands on what it finds, in the
// order of the files. Both passes are scans, so they find the same.
type scan struct {
	*plan
	keep     func(context.Context, *Row) error // a row that is new, or replaces an earlier one
	refuse   func(context.Context, Refusal) error
	progress func(Progress)
	writing  bool

	result   Result
	row      Row // at hand
	repeats  *repeats
	accounts map[schema.AccountID]*AccountResult
	readPast int64 // bytes of the files before the one at hand
	told     time.Time
}

func (s *scan) run(ctx context.Context) (*Result, error) {
	s.repeats = newRepeats()
	s.accounts = map[schema.AccountID]*AccountResult{}
	s.result = Result{ID: s.id, Platform: s.platform, Map: s.m.Name, Fields: map[string]FieldSums{}}
	for i, f := range s.req.Files {
		if err := s.file(ctx, f, i); err != nil {
			return nil, err
		}
		s.readPast += f.size()
	}
	for _, id := range sortedKeys(s.accounts) {
		s.result.Accounts = append(s.result.Accounts, *s.accounts[id])
	}
	s.tell(0)
	result := s.result // alone: the scan's own memory may go
	return &result, nil
}

func (s *scan) file(ctx context.Context, f File, number int) (err error) {
	t, err := openTable(f, s.layout, s.limits)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	t.info.SHA256 = s.hashes[number]
	sheet, err := s.lay(t)
	if err != nil {
		return err
	}
	if sheet.asOf == nil && len(sheet.observed) == 0 && s.m.Columns[fieldObserved].Value == "" {
		return fmt.Errorf("%s does not say when it was exported: give the day with --as-of", f.Name)
	}
	checks := newChecks(f.Name, s.m.totals(), s.req.Account != "" || s.byFile)
	if enc := t.encoding(); enc != encodingUTF8 && s.m.Encoding == "" && !strings.HasPrefix(enc, "utf-16") {
		checks.guess = enc
	}
	for {
		rec, err := t.next()
		if isEnd(err) {
			break
		}
		if err != nil {
			return t.explain(f, err, s.limits)
		}
		if rec.blank() {
			continue
		}
		t.info.Rows++
		if s.result.Read++; s.result.Read > uint64(s.limits.Rows) {
			return fmt.Errorf("the files have more than %d rows: split them", s.limits.Rows)
		}
		if err := s.record(ctx, sheet, &rec, checks, number); err != nil {
			return err
		}
		if s.result.Read%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			s.tell(t.src.read.Load())
		}
	}
	s.result.Warnings = append(s.result.Warnings, checks.warnings()...)
	s.result.Files = append(s.result.Files, t.info)
	return nil
}

// record takes one row of a file.
func (s *scan) record(ctx context.Context, sheet *sheetMap, rec *record, checks *checks, number int) error {
	row := &s.row
	values, whole := sheet.row(rec, row)
	if whole != nil {
		whole.File, whole.Line = sheet.file, rec.line
		return s.refuseRow(ctx, *whole)
	}
	what, earlierFile, earlierLine := s.repeats.add(row, number)
	if what == same {
		s.result.Repeated++
		return nil
	}
	checks.row(row)
	for _, v := range values {
		checks.value(v)
		s.result.Unread++
		if err := s.note(ctx, v); err != nil {
			return err
		}
	}
	s.count(sheet, row, values)
	if what == other {
		by := fmt.Sprintf("line %d", row.Line)
		if earlierFile != number {
			by += " of " + row.File
		}
		replaced := refuse(ReasonReplaced, "", row.Post.PostID, "%s tells otherwise of the same post, and the later row counts", by)
		replaced.File, replaced.Line = s.req.Files[earlierFile].Name, earlierLine
		s.result.Kept--
		if err := s.refuseRow(ctx, *replaced); err != nil {
			return err
		}
	}
	return s.keep(ctx, row)
}

func (s *scan) count(sheet *sheetMap, r *Row, values []Refusal) {
	s.result.Kept++
	a := s.accounts[r.Post.AccountID]
	if a == nil {
		a = &AccountResult{ID: r.Post.AccountID, Earliest: r.Observation.ObservedAt}
		s.accounts[a.ID] = a
	}
	a.Rows++
	if r.Observation.ObservedAt.Before(a.Earliest) {
		a.Earliest = r.Observation.ObservedAt
	}
	for i, c := range counters {
		if len(sheet.counts[i].at) == 0 && sheet.counts[i].Value == "" {
			continue
		}
		sums := s.result.Fields[c.name]
		if c.get(&r.Observation.Counters) != nil {
			sums.Known++
		} else {
			sums.Unknown++
		}
		if slices.ContainsFunc(values, func(v Refusal) bool { return v.Field == c.name }) {
			sums.Refused++
		}
		s.result.Fields[c.name] = sums
	}
}

func (s *scan) refuseRow(ctx context.Context, r Refusal) error {
	s.result.Refused++
	return s.note(ctx, r)
}

func (s *scan) note(ctx context.Context, r Refusal) error {
	if len(s.result.Refusals) < firstRefusals {
		s.result.Refusals = append(s.result.Refusals, r)
	}
	return s.refuse(ctx, r)
}

// tell reports progress, a few times a second at most.
func (s *scan) tell(read int64) {
	if s.progress == nil || read > 0 && time.Since(s.told) < 200*time.Millisecond {
		return
	}
	s.told = time.Now()
	s.progress(Progress{Writing: s.writing, Rows: s.result.Read, Bytes: min(s.readPast+read, s.bytes), TotalBytes: s.bytes})
}
