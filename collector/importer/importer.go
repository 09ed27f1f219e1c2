// Package importer brings posts that departments hold in exports (CSV, TSV,
// XLSX, JSON lines, each also gzipped) into the store, as facts: a post and one
// reading of its counters for each row.
//
// A file is read twice. The first pass reads all of it and writes nothing, so
// a file that is cut off or has no headings leaves no trace; the second pass
// writes. An import's id is made of its content, and rows have the platform's
// own ids, so an import that was killed is completed by repeating it.
package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// An Importer reads exports into the store.
type Importer struct {
	Store     *schema.Store
	Directory *schema.Directory
	Audit     *schema.AuditLog
	Now       func() time.Time
	Zone      *time.Location // the office's, of days without a zone
	Limits    Limits         // zero: DefaultLimits
}

// A Request is what to import.
type Request struct {
	Platform  schema.Platform
	Map       Map
	Files     []File
	Account   schema.AccountID // of all rows; empty: AccountBy
	AccountBy AccountBy        // empty: ByColumns
	AsOf      time.Time        // when the files were exported; zero: what the rows, the titles or the map say
	Actor     string           // a person's id, or "command line"

	// Refused, if set, is told of every row and value that is refused, once.
	Refused func(Refusal)
}

// Progress says how far an import has come.
type Progress struct {
	Writing    bool // the second pass: rows are being stored
	Rows       uint64
	Bytes      int64 // read of the files, in this pass
	TotalBytes int64 // of all files
}

// A Result says what an import did, or would do.
type Result struct {
	ID       string               `json:"import_id"`
	Platform schema.Platform      `json:"platform"`
	Map      string               `json:"map"`
	Read     uint64               `json:"read"`     // rows, without blank ones
	Kept     uint64               `json:"kept"`     // readings of posts
	Repeated uint64               `json:"repeated"` // rows that said the same again
	Refused  uint64               `json:"refused"`  // rows
	Unread   uint64               `json:"unread"`   // values that were refused, their posts kept
	Fields   map[string]FieldSums `json:"fields"`   // counter → how often it is known
	Accounts []AccountResult      `json:"accounts"`
	Files    []FileInfo           `json:"files"`
	Warnings []Warning            `json:"warnings"`
	Refusals []Refusal            `json:"refusals"` // the first ones; Refusals of the Importer has all of an import
}

// FieldSums says how often a counter was known in the rows that were kept.
type FieldSums struct {
	Known   uint64 `json:"known"`
	Unknown uint64 `json:"unknown"` // blank, a dash, hidden or refused
	Refused uint64 `json:"refused"`
}

// An AccountResult is what an import brought for one account.
type AccountResult struct {
	ID       schema.AccountID `json:"account_id"`
	Rows     uint64           `json:"rows"`
	Earliest time.Time        `json:"earliest"` // the first moment of a reading: figures from that day on change
}

// firstRefusals is how many refusals a Result and a Preview hold.
const firstRefusals = 1000

// A plan is a request that was looked through before any row is read.
type plan struct {
	id       string
	m        Map
	req      Request
	platform schema.Platform
	limits   Limits
	zone     *time.Location
	now      time.Time
	calendar calendar
	numbers  numbers
	ways     []string
	formats  map[string]schema.Format
	accounts accounts
	byFile   bool
	asOf     *time.Time // said with the request
	mapAsOf  *time.Time
	hashes   []string
	layout   layout
	bytes    int64
}

// plan checks the request. Its error is one sentence for people.
func (im *Importer) plan(ctx context.Context, req Request) (*plan, error) {
	p := &plan{req: req, m: req.Map, platform: req.Platform, limits: im.Limits, zone: im.Zone, now: im.Now().UTC()}
	if p.limits == (Limits{}) {
		p.limits = DefaultLimits
	}
	if p.zone == nil {
		p.zone = time.UTC
	}
	switch {
	case !slices.Contains(platforms, req.Platform):
		return nil, fmt.Errorf("platform %q is not known: want one of %s", req.Platform, platformNames())
	case len(req.Map.Platforms) > 0 && !slices.Contains(req.Map.Platforms, req.Platform):
		return nil, fmt.Errorf("the map %s is for %s, not for %s", req.Map.Name, joined(req.Map.Platforms), req.Platform)
	case len(req.Files) == 0:
		return nil, errors.New("no file is named")
	case len(req.Files) > p.limits.Files:
		return nil, fmt.Errorf("%d files are too many for one import: at most %d", len(req.Files), p.limits.Files)
	case req.AccountBy != "" && req.AccountBy != ByColumns && req.AccountBy != ByFile:
		return nil, fmt.Errorf("accounts by %q are not known: want %s or %s", req.AccountBy, ByColumns, ByFile)
	case req.AsOf.After(p.now):
		return nil, fmt.Errorf("the export lies in the future (%s): if it was made today, give the time too, such as %s",
			req.AsOf.In(p.zone).Format("2006-01-02 15:04"), p.now.In(p.zone).Format("2006-01-02T15:04"))
	}
	if err := p.m.check(); err != nil {
		return nil, fmt.Errorf("map %s: %w", p.m.Name, err)
	}
	if err := p.readMap(); err != nil {
		return nil, fmt.Errorf("map %s: %w", p.m.Name, err)
	}
	if err := p.findAccounts(ctx, im.Directory); err != nil {
		return nil, err
	}
	for _, f := range req.Files {
		// Files that cannot be are told before time is spent on hashing.
		src, err := openSource(f, p.limits)
		if err != nil {
			return nil, err
		}
		if err := src.Close(); err != nil {
			return nil, err
		}
		hash, err := f.hash(ctx)
		if err != nil {
			return nil, err
		}
		p.hashes = append(p.hashes, hash)
		p.bytes += f.size()
	}
	return p, p.name()
}

func (p *plan) readMap() (err error) {
	if p.calendar, err = p.m.calendar(p.zone); err != nil {
		return err
	}
	if p.numbers, err = p.m.numbers(); err != nil {
		return err
	}
	if p.ways = p.m.PostID; len(p.ways) == 0 {
		p.ways = ways(p.platform)
	}
	p.formats = map[string]schema.Format{}
	for word, f := range p.m.Formats {
		p.formats[normalHeading(word)] = f
	}
	if !p.req.AsOf.IsZero() {
		p.asOf = new(p.req.AsOf.UTC().Truncate(time.Millisecond))
	}
	if p.m.AsOf != "" {
		at, err := ParseAsOf(p.m.AsOf, p.zone)
		if err != nil {
			return err
		}
		p.mapAsOf = &at
	}
	p.layout = layout{headings: p.m.headings(), encoding: p.m.Encoding, separator: p.m.Separator, sheet: p.m.Sheet}
	if c := p.m.Columns[fieldPublished]; c.Value == "" {
		p.layout.groups = append(p.layout.groups, c.Headings)
	}
	p.layout.groups = append(p.layout.groups, slices.Concat(p.m.Columns[fieldLink].Headings, p.m.Columns[fieldPostID].Headings))
	return nil
}

func (p *plan) findAccounts(ctx context.Context, d *schema.Directory) error {
	all, err := d.Accounts(ctx)
	if err != nil {
		return err
	}
	p.accounts = *newAccounts(p.platform, all)
	p.byFile = p.req.AccountBy == ByFile && p.req.Account == ""
	if p.req.Account != "" {
		return p.accounts.choose(p.req.Account)
	}
	if len(p.accounts.byKey) == 0 {
		return fmt.Errorf("no %s account is registered: see hamawaz account add", p.platform)
	}
	return nil
}

// selection says in one word how rows find their account.
func (p *plan) selection() string {
	switch {
	case p.req.Account != "":
		return "account " + string(p.req.Account)
	case p.byFile:
		return string(ByFile)
	}
	return string(ByColumns)
}

// idPrefix begins the id of every import: by it a post's run_id is known to be
// an import's.
const idPrefix = "import-"

// name makes the import's id of all that decides what it stores.
func (p *plan) name() error {
	m, err := json.Marshal(p.m)
	if err != nil {
		return err
	}
	parts := []string{string(p.platform), string(m), p.selection(), p.zone.String()}
	if p.asOf != nil {
		parts = append(parts, p.asOf.Format(time.RFC3339Nano))
	}
	parts = append(parts, p.hashes...)
	if p.byFile {
		for _, f := range p.req.Files {
			parts = append(parts, f.Name)
		}
	}
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part) // the length keeps two neighbours apart
	}
	p.id = idPrefix + hex.EncodeToString(h.Sum(nil))[:20]
	return nil
}

// A Preview is what an import would do, with its first rows.
type Preview struct {
	Result
	Rows []Row `json:"rows"`
}

// Preview reads all files and returns the first n rows as they would be stored,
// with the refusals and warnings of the whole. It writes nothing.
func (im *Importer) Preview(ctx context.Context, req Request, n int, progress func(Progress)) (*Preview, error) {
	p, err := im.plan(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	var rows []Row
	result, err := im.check(ctx, p, progress, func(r *Row) {
		if len(rows) < n {
			rows = append(rows, *r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return &Preview{*result, rows}, nil
}

// check is the first pass: it reads everything and writes nothing.
func (im *Importer) check(ctx context.Context, p *plan, progress func(Progress), look func(*Row)) (*Result, error) {
	jumps := &jumps{}
	s := scan{plan: p, progress: progress, keep: func(_ context.Context, r *Row) error {
		jumps.add(r)
		if look != nil {
			look(r)
		}
		return nil
	}, refuse: func(_ context.Context, r Refusal) error {
		if p.req.Refused != nil {
			p.req.Refused(r)
		}
		return nil
	}}
	result, err := s.run(ctx)
	if err != nil {
		return nil, err
	}
	found, err := jumps.find(ctx, im.Store.Conn, p.id)
	if err != nil {
		return nil, err
	}
	result.Warnings = append(result.Warnings, found...)
	return result, nil
}

// maxWarnings bounds what is stored of the warnings.
const maxWarnings = 100

func (r *Result) warningTexts() []string {
	texts := make([]string, 0, len(r.Warnings))
	for _, w := range r.Warnings[:min(len(r.Warnings), maxWarnings)] {
		texts = append(texts, strings.TrimPrefix(w.File+": "+w.Text, ": "))
	}
	return texts
}
