package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/schema"
)

type importCmd struct {
	Posts       importPostsCmd       `cmd:"" help:"Import posts with their figures: CSV, TSV, XLSX, JSON lines, each also gzipped."`
	Accounts    importAccountsCmd    `cmd:"" help:"Register the accounts of a list."`
	Departments importDepartmentsCmd `cmd:"" help:"Add or change the departments of a list."`
	List        importListCmd        `cmd:"" help:"List the imports of posts."`
	Undo        importUndoCmd        `cmd:"" help:"Take back all that an import brought."`
	Maps        importMapsCmd        `cmd:"" help:"List the maps, or print one to make another of it."`
}

// commandLine is who imports by command.
const commandLine = "command line"

// importer returns the importer into the store.
func (p *parts) importer() *importer.Importer {
	return &importer.Importer{Store: p.store, Directory: p.directory, Audit: p.audit, Now: p.clock.Now, Zone: p.stats.Zone}
}

type importPostsCmd struct {
	storeSettings
	Files     []string `arg:"" name:"file" help:"Exports to import, together as one import." type:"path"`
	Platform  string   `help:"The platform of the posts." required:"" enum:"facebook,instagram,x,youtube,tiktok"`
	Map       string   `help:"How the files are read: the name of a map (see import maps), or a JSON file." required:"" placeholder:"NAME|FILE"`
	Account   string   `help:"All rows are of this account, by our id."`
	AccountBy string   `help:"How rows find their account otherwise: by its id, handle or link in the row, or by the file's name." default:"columns" enum:"columns,file"`
	AsOf      string   `help:"When the files were exported: a day, which means its end, or a moment such as 2025-04-30T14:00." placeholder:"DATE"`
	DryRun    bool     `help:"Read everything, say what would be stored, and store nothing."`
	Refused   string   `help:"Write every refused row and value to this CSV file." type:"path" placeholder:"FILE"`
	JSON      bool     `name:"json" help:"Print JSON, with the first 1000 refusals."`
}

// Run imports the files. Rows that are refused are told, and are no failure.
func (c *importPostsCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) (err error) {
		im := p.importer()
		req := importer.Request{
			Platform: schema.Platform(c.Platform), Account: schema.AccountID(c.Account), AccountBy: importer.AccountBy(c.AccountBy), Actor: commandLine,
		}
		if req.Map, err = chooseMap(ctx, im, c.Map); err != nil {
			return err
		}
		if c.AsOf != "" {
			if req.AsOf, err = importer.ParseAsOf(c.AsOf, p.stats.Zone); err != nil {
				return fmt.Errorf("--as-of: %w", err)
			}
		}
		for _, path := range c.Files {
			req.Files = append(req.Files, importer.File{Name: filepath.Base(path), Path: path})
		}
		if c.Refused != "" {
			refused, err := newRefusedFile(c.Refused)
			if err != nil {
				return err
			}
			req.Refused = refused.add
			defer func() { err = errors.Join(err, refused.close()) }()
		}
		result, err := c.run(ctx, im, req)
		if err != nil {
			return interrupted(ctx, err)
		}
		if !c.DryRun {
			if err := p.rollUp(ctx, result.Accounts); err != nil {
				return err
			}
		}
		if c.JSON {
			return printJSON(out, result)
		}
		return c.print(out, result)
	})
}

func (c *importPostsCmd) run(ctx context.Context, im *importer.Importer, req importer.Request) (*importer.Result, error) {
	if c.DryRun {
		preview, err := im.Preview(ctx, req, 0, importProgress())
		if err != nil {
			return nil, err
		}
		return &preview.Result, nil
	}
	return im.Import(ctx, req, importProgress())
}

// interrupted tells of an import that a person stopped: it can be completed.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	fmt.Fprintln(stderr, "hamawaz:", sentence(err))
	return errReported
}

// chooseMap returns the map by its name or from its file. A map that an import
// used before is known by its name.
func chooseMap(ctx context.Context, im *importer.Importer, name string) (importer.Map, error) {
	m, err := importer.LoadMap(name)
	if err == nil {
		return m, nil
	}
	if used, usedErr := im.Map(ctx, name); usedErr == nil {
		return used, nil
	}
	return m, err
}

// rollUp derives the daily figures that an import changed. How many readings a
// day has does not tell of readings that were replaced, so the days are named.
func (p *parts) rollUp(ctx context.Context, accounts []importer.AccountResult) error {
	for _, a := range accounts {
		from, err := p.stats.Rollup(ctx, a.ID)
		if err != nil {
			return err
		}
		local := a.Earliest.In(p.stats.Zone)
		day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
		if a.Earliest.IsZero() || from != nil && !from.After(day) {
			continue
		}
		if err := p.stats.RollupFrom(ctx, a.ID, day); err != nil {
			return err
		}
	}
	return nil
}

// importProgress prints how far an import is, where a person looks on.
func importProgress() func(importer.Progress) {
	info, err := os.Stderr.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	var began time.Time
	var writing bool
	return func(p importer.Progress) {
		if began.IsZero() || p.Writing != writing {
			began, writing = time.Now(), p.Writing
		}
		what := "checked"
		if p.Writing {
			what = "stored"
		}
		took := time.Since(began)
		fmt.Fprintf(stderr, "\r%s %d rows", what, p.Rows)
		if s := took.Seconds(); s > 0.5 {
			fmt.Fprintf(stderr, ", %.0f a second", float64(p.Rows)/s)
		}
		if p.TotalBytes > 0 && p.Bytes > 0 {
			left := time.Duration(float64(took) * float64(p.TotalBytes-p.Bytes) / float64(p.Bytes))
			fmt.Fprintf(stderr, ", %d %%, %s left", 100*p.Bytes/p.TotalBytes, left.Round(time.Second))
		}
		fmt.Fprint(stderr, "   ")
		if p.Bytes == 0 || p.Bytes >= p.TotalBytes {
			fmt.Fprint(stderr, "\r")
		}
	}
}

// shownRefusals is how many refusals are printed.
const shownRefusals = 20

func (c *importPostsCmd) print(out io.Writer, r *importer.Result) error {
	kept := "kept"
	if c.DryRun {
		kept = "would be kept"
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %d rows read, %d posts %s, %d values unknown because they were refused, %d rows refused, %d rows that said the same again\n",
		r.ID, r.Read, r.Kept, kept, r.Unread, r.Refused, r.Repeated)
	for _, name := range importer.Fields() {
		if f, ok := r.Fields[name]; ok {
			fmt.Fprintf(w, "%s\t%d known\t%d unknown\n", name, f.Known, f.Unknown)
		}
	}
	for _, a := range r.Accounts {
		fmt.Fprintf(w, "%s\t%d posts\t\n", a.ID, a.Rows)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, x := range r.Warnings {
		fmt.Fprintf(out, "warning: %s\n", strings.TrimPrefix(x.File+": "+x.Text, ": "))
	}
	printRefusals(out, r.Refusals, r.Refused+r.Unread, c.Refused == "")
	return nil
}

// printRefusals prints the first refusals of all.
func printRefusals(out io.Writer, refusals []importer.Refusal, all uint64, hint bool) {
	for i, x := range refusals {
		if i == shownRefusals {
			break
		}
		fmt.Fprintln(out, x)
	}
	if all > shownRefusals {
		fmt.Fprintf(out, "… and %d more", all-shownRefusals)
		if hint {
			fmt.Fprint(out, ": --refused FILE.csv writes all")
		}
		fmt.Fprintln(out)
	}
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// A refusedFile is a CSV file of refusals.
type refusedFile struct {
	file *os.File
	csv  *csv.Writer
}

func newRefusedFile(path string) (*refusedFile, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("--refused: %w", err)
	}
	r := &refusedFile{f, csv.NewWriter(f)}
	if _, err := f.WriteString("\ufeff"); err != nil { // by it spreadsheets know UTF-8
		return nil, errors.Join(err, f.Close())
	}
	return r, r.csv.Write([]string{"file", "line", "refused", "field", "reason", "detail", "value"})
}

func (r *refusedFile) add(x importer.Refusal) {
	what := "value"
	if x.WholeRow {
		what = "row"
	}
	cells := []string{x.File, fmt.Sprint(x.Line), what, x.Field, string(x.Reason), x.Detail, x.Value}
	for i, c := range cells {
		cells[i] = noFormula(c)
	}
	r.csv.Write(cells) // an error is told by close
}

func (r *refusedFile) close() error {
	r.csv.Flush()
	if err := errors.Join(r.csv.Error(), r.file.Close()); err != nil {
		return fmt.Errorf("--refused: %w", err)
	}
	return nil
}

// noFormula returns the cell so that no spreadsheet takes it for a formula.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
