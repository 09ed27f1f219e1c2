package dashboard

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Imports brings posts from files into the store; *importer.Importer is one.
type Imports interface {
	Maps(ctx context.Context) ([]importer.Map, error)
	Map(ctx context.Context, name string) (importer.Map, error)
	Preview(ctx context.Context, req importer.Request, n int, progress func(importer.Progress)) (*importer.Preview, error)
	Import(ctx context.Context, req importer.Request, progress func(importer.Progress)) (*importer.Result, error)
	Undo(ctx context.Context, id, actor string) (importer.Undone, error)
	List(ctx context.Context) ([]importer.Batch, error)
	// Batch returns schema.ErrNotFound where there is none.
	Batch(ctx context.Context, id string) (importer.Batch, error)
	Refusals(ctx context.Context, id string, limit, offset int) ([]importer.Refusal, error)
}

// Actions in the audit log. The importer itself notes what it stored and took
// back; these say from where it was asked.
const (
	actionUpload      = "import.upload"
	actionStartImport = "import.start"
	actionAskUndo     = "import.ask_undo"
)

// batchesOnPage is how many imports one page lists.
const batchesOnPage = 50

// importsPage is what GET /imports shows.
type importsPage struct {
	page
	Status  template.HTML
	Uploads []uploadRow // that wait for a person
	Batches []batchRow
	Pages   pager
	Sample  bool // there is a file to try with
}

// An uploadRow is a file that was sent, wholly or in part, and not imported.
type uploadRow struct {
	Address, Remove string
	Files           string
	Platform, Map   string
	State           string // class
	Words           string
	Began           moment
	By              string
}

// A batchRow is an import as a person sees it.
type batchRow struct {
	ID, Address, Undo string
	Files             []string
	More              template.HTML // files beyond those listed; empty: none
	Platform, Map     string
	Accounts          string // how rows found their account
	AsOf              string // empty: the files say
	Kept, Refused     template.HTML
	Unread            template.HTML
	Repeated, Read    template.HTML
	State             string // class
	Words             string
	Advice            string
	GoOn              string // address that completes it; empty: nothing to complete
	Started           moment
	By                string
	Undone            bool
}

// A pager leads to the other pages of a list.
type pager struct {
	Say          template.HTML // empty: everything is on this page
	Newer, Older string        // addresses; empty: there is none

	Label, Before, After string // words
}

// imports shows GET /imports?page=: the imports, the newest first.
func (s *Server) imports(c *fiber.Ctx) error {
	all, err := s.Imports.List(c.UserContext())
	if err != nil {
		return fmt.Errorf("imports: %w: %w", errUnavailable, err)
	}
	s.spool.sweep(s.tasks.busy)
	uploads, err := s.spool.list()
	if err != nil {
		return err
	}
	p := importsPage{page: s.newPage(c, "imports.title"), Sample: s.Demo != nil}
	now := s.Now()
	p.Status = p.HTML("imports.status", "Zone", p.zoneName(), "Now", p.Moment(now, now), "Count", len(all))
	byImport := map[string]string{}
	for _, u := range uploads {
		if u.Import != "" {
			byImport[u.Import] = uploadAddress(u.ID)
		}
		p.Uploads = append(p.Uploads, s.uploadRow(c, p.Printer, u))
	}
	from, to, pages := pageOf(c, p.Printer, "/imports", len(all), batchesOnPage)
	p.Pages = pages
	for _, b := range all[from:to] {
		p.Batches = append(p.Batches, s.batchRow(c, p.Printer, b, byImport[b.ID]))
	}
	return s.render(c, fiber.StatusOK, "imports", p)
}

// pageOf returns the part of n things that ?page= asks for, and the way to the
// others. A page that does not exist is the last one.
func pageOf(c *fiber.Ctx, p *i18n.Printer, path string, n, size int) (from, to int, links pager) {
	last := max((n-1)/size, 0)
	number := min(max(c.QueryInt("page", 1)-1, 0), last)
	from, to = number*size, min((number+1)*size, n)
	if last == 0 {
		return from, to, links
	}
	links.Label, links.Before, links.After = p.Text("imports.pages"), p.Text("imports.page_before"), p.Text("imports.page_after")
	links.Say = p.HTML("imports.page", "First", p.Int(from+1), "Last", p.Int(to), "Count", n)
	if number > 0 {
		links.Newer = fmt.Sprintf("%s?page=%d", path, number)
	}
	if number < last {
		links.Older = fmt.Sprintf("%s?page=%d", path, number+2)
	}
	return from, to, links
}

func uploadAddress(id string) string { return "/imports/uploads/" + id }
func importAddress(id string) string { return "/imports/" + url.PathEscape(id) }

func (s *Server) uploadRow(c *fiber.Ctx, p *i18n.Printer, u upload) uploadRow {
	r := uploadRow{Address: uploadAddress(u.ID), Remove: uploadAddress(u.ID) + "/remove", Platform: platformName(p, u.Platform), Map: mapName(p, u.Map.Name),
		By: s.whoImported(c, p, u.Person), State: "wait", Words: p.Text("imports.upload_partly")}
	// The spool goes by the machine's clock, which the demo's outruns.
	began := s.Now().Add(-time.Since(u.Began))
	r.Began = at(p, &began, s.Now())
	names := make([]string, len(u.Files))
	for i, f := range u.Files {
		names[i] = f.Name
	}
	r.Files = strings.Join(names[:min(len(names), filesShown)], " · ")
	if n := len(names) - filesShown; n > 0 {
		r.Files += " · " + p.Text("imports.more_files", "Count", n)
	}
	if s.spool.complete(u) {
		t := s.tasks.of(u.ID)
		r.State, r.Words = taskClass(t.State), p.Text("imports.state_"+string(t.State))
	}
	return r
}

// filesShown is how many files of an import a row names.
const filesShown = 4

func (s *Server) batchRow(c *fiber.Ctx, p *i18n.Printer, b importer.Batch, goOn string) batchRow {
	r := batchRow{ID: b.ID, Address: importAddress(b.ID), Undo: importAddress(b.ID) + "/undo", Files: b.Files, Platform: platformName(p, b.Platform),
		Map: mapName(p, b.MapName), Accounts: accountsBy(p, b.Accounts), Started: at(p, &b.StartedAt, s.Now()), By: s.whoImported(c, p, b.Actor),
		Kept: p.Uint(b.Kept).HTML(), Refused: p.Uint(b.Refused).HTML(), Unread: p.Uint(b.Unread).HTML(), Repeated: p.Uint(b.Repeated).HTML(), Read: p.Uint(b.Read).HTML()}
	if n := len(b.Files) - filesShown; n > 0 {
		r.Files, r.More = b.Files[:filesShown], p.HTML("imports.more_files", "Count", n)
	}
	if b.AsOf != nil {
		r.AsOf = string(p.Moment(*b.AsOf, s.Now()))
	}
	switch {
	case b.State == importer.StateDone:
		r.State, r.Words = "ok", p.Text("imports.batch_done")
	case b.State == importer.StateUndone:
		r.State, r.Words, r.Undone = "none", p.Text("imports.batch_undone"), true
	case s.tasks.imports(b.ID):
		r.State, r.Words = "run", p.Text("imports.batch_running")
	default:
		// It died, or another process is at it: repeating does no harm.
		r.State, r.Words, r.Advice, r.GoOn = "act", p.Text("imports.batch_died"), p.Text("imports.advice_again"), "/imports/new?again="+url.QueryEscape(b.ID)
		if goOn != "" {
			r.Advice, r.GoOn = p.Text("imports.advice_go_on"), goOn
		}
	}
	if b.State == importer.StateRunning { // not counted yet
		r.Kept, r.Refused, r.Unread, r.Repeated = i18n.Dash.HTML(), i18n.Dash.HTML(), i18n.Dash.HTML(), i18n.Dash.HTML()
	}
	return r
}

// whoImported returns the name of who imported.
func (s *Server) whoImported(c *fiber.Ctx, p *i18n.Printer, actor string) string {
	if actor == "command line" {
		return p.Text("imports.by_command")
	}
	return s.nameOf(c, actor)
}

// accountsBy says how rows found their account, from a batch's record.
func accountsBy(p *i18n.Printer, how string) string {
	switch {
	case how == string(importer.ByFile):
		return p.Text("imports.by_file")
	case strings.HasPrefix(how, "account "):
		return p.Text("imports.by_account", "Account", strings.TrimPrefix(how, "account "))
	}
	return p.Text("imports.by_columns")
}

// batchOf returns the import that the address names.
func (s *Server) batchOf(c *fiber.Ctx) (importer.Batch, error) {
	id, err := url.PathUnescape(c.Params("id"))
	if err != nil {
		return importer.Batch{}, fmt.Errorf("import: %w", schema.ErrNotFound)
	}
	b, err := s.Imports.Batch(c.UserContext(), id)
	if err != nil && !errors.Is(err, schema.ErrNotFound) {
		err = fmt.Errorf("%w: %w", errUnavailable, err)
	}
	return b, err
}
