package dashboard

import (
	"context"
	"fmt"
	"html/template"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
)

// importPage is what GET /imports/:id shows, and what its undoing asks.
type importPage struct {
	page
	Status   template.HTML
	Batch    batchRow
	Facts    []fact
	Totals   []total
	Done     template.HTML // what was just done; empty: nothing
	Late     string        // that the daily figures will come later; empty: they were asked for
	Undoing  bool
	Fault    string // why the last undoing failed, in the words for people; empty: it did not
	Figures  []heading
	Accounts []importedRow
	Warnings []string
	Refusals refusalTable
	Goes     template.HTML // what an undoing takes away

	readings uint64
}

type importedRow struct {
	Name, Handle, Link string
	Rows               template.HTML
	When               string
	Figures            []importedFigure
}

type importedFigure struct {
	Sum, Unknown template.HTML // Unknown: empty where every reading tells
}

const (
	refusalsOnPage  = 100
	refusalsAtOnce  = 20_000
	refusalsInFile  = 200_000
	undoWait        = 10 * time.Second // how long a page waits for an undoing to end
	undoTimeout     = 30 * time.Minute
	importedFigures = 6
)

// showImport shows GET /imports/:id?page=&done=: what an import brought.
func (s *Server) showImport(c *fiber.Ctx) error {
	b, err := s.batchOf(c)
	if err != nil {
		return err
	}
	p, err := s.importPage(c, b, "imports.import_title")
	if err != nil {
		return err
	}
	if c.Query("done") != "" && b.State == importer.StateDone {
		p.Done = p.HTML("imports.done")
		for _, t := range s.tasks.ofImport(b.ID) {
			if t.Late {
				p.Late = p.Text("imports.late")
			}
		}
	}
	if err := s.fillRefusals(c, &p, b); err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "import-result", p)
}

func (s *Server) importPage(c *fiber.Ctx, b importer.Batch, title string) (importPage, error) {
	p := importPage{page: s.newPage(c, title), Warnings: b.Warnings}
	p.Batch = s.batchRow(c, p.Printer, b, "")
	p.Status = p.HTML("imports.import_status", "Name", p.Batch.By, "When", p.Moment(b.StartedAt, s.Now()), "Zone", p.zoneName())
	p.Totals = resultTotals(p.Printer, b.Read, b.Kept, b.Refused, b.Unread, b.Repeated)
	if b.State == importer.StateRunning {
		p.Totals = nil
	}
	text := func(s string) template.HTML { return template.HTML(`<bdi>` + template.HTMLEscapeString(s) + `</bdi>`) }
	asOf := text(p.Text("imports.as_of_files"))
	if p.Batch.AsOf != "" {
		asOf = text(p.Batch.AsOf)
	}
	p.Facts = []fact{
		{p.Text("imports.column_platform"), text(p.Batch.Platform)}, {p.Text("imports.column_map"), text(p.Batch.Map)},
		{p.Text("imports.column_as_of"), asOf}, {p.Text("imports.column_accounts"), text(p.Batch.Accounts)},
	}
	for i, name := range b.Files {
		hash := ""
		if i < len(b.Hashes) && len(b.Hashes[i]) > 12 {
			hash = b.Hashes[i][:12]
		}
		p.Facts = append(p.Facts, fact{p.Text("imports.file"), text(name) + template.HTML(` <span class="unknown"><bdi dir="ltr">SHA-256 `+template.HTMLEscapeString(hash)+`…</bdi></span>`)})
		if i == filesShown*3 {
			break
		}
	}
	p.Facts = append(p.Facts, fact{p.Text("imports.id"), template.HTML(`<bdi dir="ltr">` + template.HTMLEscapeString(b.ID) + `</bdi>`)})
	t := s.tasks.of(undoKey(b.ID))
	p.Undoing = t.going()
	if t.State == taskFailed && b.State != importer.StateUndone {
		p.Fault = p.Text("imports.fault_undo")
	}
	if b.State == importer.StateUndone {
		return p, nil
	}
	brought, err := s.Stats.ImportedAccounts(c.UserContext(), b.ID)
	if err != nil {
		return p, fmt.Errorf("%w: %w", errUnavailable, err)
	}
	names, err := s.accountNames(c)
	if err != nil {
		return p, err
	}
	p.Figures, p.Accounts = importedTable(p.Printer, brought)
	for i, a := range brought {
		p.readings += a.Readings
		account, ok := names[a.ID]
		p.Accounts[i].Name, p.Accounts[i].Handle = account.Name, account.Handle
		if !ok {
			p.Accounts[i].Name = string(a.ID)
		} else {
			p.Accounts[i].Link = "/accounts/" + string(a.ID)
		}
	}
	return p, nil
}

// importedTable returns the sums of the counters that any account tells.
func importedTable(p *i18n.Printer, brought []analytics.ImportedAccount) ([]heading, []importedRow) {
	sums := func(a analytics.ImportedAccount) [importedFigures]*float64 {
		return [...]*float64{a.Reactions, a.Comments, a.Shares, a.Views, a.Impressions, a.Reach}
	}
	unknown := func(a analytics.ImportedAccount) [importedFigures]uint64 {
		return [...]uint64{a.ReactionsUnknown, a.CommentsUnknown, a.SharesUnknown, a.ViewsUnknown, a.ImpressionsUnknown, a.ReachUnknown}
	}
	var told [importedFigures]bool
	for _, a := range brought {
		for i, sum := range sums(a) {
			told[i] = told[i] || sum != nil
		}
	}
	var headings []heading
	for i, ok := range told {
		switch {
		case ok && countFields[i] == "reach":
			headings = append(headings, heading{Name: p.Text("imports.summed_reach")})
		case ok:
			headings = append(headings, heading{Name: fieldName(p, countFields[i])})
		}
	}
	rows := make([]importedRow, len(brought))
	for n, a := range brought {
		rows[n] = importedRow{Rows: p.Uint(a.Readings).HTML(), When: string(p.Days(a.First, a.Last))}
		un := unknown(a)
		for i, sum := range sums(a) {
			if !told[i] {
				continue
			}
			f := importedFigure{Sum: p.Count(sum).HTML()}
			if sum != nil && un[i] > 0 {
				f.Unknown = p.HTML("imports.unknown_in", "Value", p.Uint(un[i]))
			}
			rows[n].Figures = append(rows[n].Figures, f)
		}
	}
	return headings, rows
}

func (s *Server) fillRefusals(c *fiber.Ctx, p *importPage, b importer.Batch) error {
	all := int(b.Refused + b.Unread)
	if b.State == importer.StateRunning {
		return nil // not counted yet
	}
	from, _, pages := pageOf(c, p.Printer, importAddress(b.ID), all, refusalsOnPage)
	if all == 0 {
		return nil
	}
	list, err := s.Imports.Refusals(c.UserContext(), b.ID, refusalsOnPage, from)
	if err != nil {
		return fmt.Errorf("refusals: %w: %w", errUnavailable, err)
	}
	p.Refusals = refusalTable{Rows: refusalRows(p.Printer, list), Pages: pages, CSV: importAddress(b.ID) + "/refusals.csv"}
	return nil
}

// refusalsFile sends GET /imports/:id/refusals.csv and .xlsx: every row and value that was
// refused. Of more than refusalsInFile the last line says how many are missing.
func (s *Server) refusalsFile(c *fiber.Ctx) error {
	b, err := s.batchOf(c)
	if err != nil {
		return err
	}
	p := s.printer(c)
	rows := [][]cell{headings(p, "file", "line", "refused", "field", "reason", "detail", "value")}
	for len(rows) <= refusalsInFile {
		list, err := s.Imports.Refusals(c.UserContext(), b.ID, refusalsAtOnce, len(rows)-1)
		if err != nil {
			return fmt.Errorf("refusals: %w: %w", errUnavailable, err)
		}
		for _, x := range list {
			what := p.Text("imports.value")
			if x.WholeRow {
				what = p.Text("imports.row")
			}
			rows = append(rows, []cell{textCell(x.File), countCell(x.Line), textCell(what), textCell(x.Field), textCell(reasonName(p, x.Reason)), textCell(x.Detail), textCell(x.Value)})
		}
		if len(list) < refusalsAtOnce {
			break
		}
	}
	if all := b.Refused + b.Unread; len(rows) > refusalsInFile && all > uint64(len(rows)-1) {
		rows = append(rows, []cell{textCell(p.Text("imports.csv_more", "Value", p.Uint(all-uint64(len(rows)-1))))})
	}
	return sendTable(c, p, "hamawaz-refused", rows)
}

// undoForm shows GET /imports/:id/undo: what would go.
func (s *Server) undoForm(c *fiber.Ctx) error {
	b, err := s.batchOf(c)
	if err != nil {
		return err
	}
	if b.State == importer.StateUndone {
		return c.Redirect(importAddress(b.ID), fiber.StatusSeeOther)
	}
	p, err := s.importPage(c, b, "imports.undo_title")
	if err != nil {
		return err
	}
	p.Goes = p.HTML("imports.goes", "Readings", p.Uint(p.readings), "Count", len(p.Accounts))
	return s.render(c, fiber.StatusOK, "import-undo", p)
}

// undoImport takes POST /imports/:id/undo. It goes on in the background if it
// takes long; asking again changes nothing.
func (s *Server) undoImport(c *fiber.Ctx) error {
	b, err := s.batchOf(c)
	if err != nil {
		return err
	}
	switch {
	case s.tasks.imports(b.ID):
		return inputError{"imports.problem_importing"}
	case b.State == importer.StateUndone:
		return c.Redirect(importAddress(b.ID), fiber.StatusSeeOther)
	}
	who, key := person(c).ID, undoKey(b.ID)
	if err := s.audit(c, who, actionAskUndo, b.ID); err != nil {
		return err
	}
	ended := make(chan struct{})
	began := s.tasks.start(key, taskUndoing, b.ID, func(ctx context.Context, _ func(importer.Progress)) (func(*importTask), error) {
		defer close(ended)
		ctx, cancel := context.WithTimeout(ctx, undoTimeout)
		defer cancel()
		u, err := s.Imports.Undo(ctx, b.ID, who)
		if err != nil {
			s.Log.Error("undo failed", "import", b.ID, "error", err.Error())
			return nil, err
		}
		late := s.rollUp(ctx, u.Accounts)
		return func(t *importTask) { t.State, t.Late = taskDone, late }, nil
	})
	if began {
		select {
		case <-ended:
		case <-time.After(undoWait):
		}
	}
	return c.Redirect(importAddress(b.ID), fiber.StatusSeeOther)
}
