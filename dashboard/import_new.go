package dashboard

import (
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// importPlatforms are those of which files with posts are known.
var importPlatforms = slices.DeleteFunc(slices.Clone(platforms), func(p schema.Platform) bool { return p == schema.Feed })

// importChoices are what a person says about files, as typed.
type importChoices struct {
	Platform, Map, Account, Day, Clock string
}

// A choicesForm offers them.
type choicesForm struct {
	Platforms, Maps []option
	Abouts          []about // of the maps that we know
	How             []option
	Accounts        []accountGroup
	Day, Clock      string
}

type about struct{ Name, Text string }

type accountGroup struct {
	Name     string
	Accounts []option
}

// newImportPage is what GET /imports/new shows.
type newImportPage struct {
	page
	Choices choicesForm
	Problem string
	Again   template.HTML // which import is to be completed; empty: none
	Chunk   int
	Max     template.HTML
	Small   template.HTML
	Sample  bool
	Own     []fact // the headings of our own format
	Limit   int64
}

// newImport shows GET /imports/new?again=: the choices, as those of the import
// that is to be completed.
func (s *Server) newImport(c *fiber.Ctx) error {
	chosen := importChoices{Map: ownMapName}
	var again template.HTML
	if id := c.Query("again"); id != "" {
		b, err := s.Imports.Batch(c.UserContext(), id)
		switch {
		case errors.Is(err, schema.ErrNotFound):
			return err
		case err != nil:
			return fmt.Errorf("import: %w: %w", errUnavailable, err)
		}
		chosen = importChoices{Platform: string(b.Platform), Map: b.MapName, Account: strings.TrimPrefix(b.Accounts, "account ")}
		if b.AsOf != nil {
			at := b.AsOf.In(s.Zone)
			chosen.Day = at.Format(time.DateOnly)
			if !at.Equal(endOfDay(at)) {
				chosen.Clock = at.Format("15:04")
			}
		}
		again = s.printer(c).HTML("imports.again", "Files", strings.Join(b.Files, ", "))
	}
	return s.showNewImport(c, fiber.StatusOK, chosen, "", again)
}

// endOfDay is what importer.ParseAsOf makes of a day.
func endOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 23, 59, 59, 0, t.Location())
}

func (s *Server) showNew(c *fiber.Ctx, status int, chosen importChoices, problem string) error {
	return s.showNewImport(c, status, chosen, problem, "")
}

func (s *Server) showNewImport(c *fiber.Ctx, status int, chosen importChoices, problem string, again template.HTML) error {
	p := newImportPage{page: s.newPage(c, "imports.new"), Again: again, Chunk: chunkBytes, Limit: importer.DefaultLimits.FileBytes, Sample: s.Demo != nil}
	p.Script = "js/import.js"
	p.Max, p.Small = byteSize(p.Printer, importer.DefaultLimits.FileBytes).HTML(), byteSize(p.Printer, chunkBytes).HTML()
	var err error
	if p.Choices, err = s.choicesForm(c, p.Printer, chosen, nil); err != nil {
		return err
	}
	if problem != "" {
		p.Problem = p.Text(problem)
	}
	for _, f := range importer.Fields() {
		p.Own = append(p.Own, fact{f, template.HTML(template.HTMLEscapeString(fieldName(p.Printer, f)))})
	}
	return s.render(c, status, "import-new", p)
}

// choicesForm returns the form with what is chosen. own is a map of the upload
// that no import has used yet, or nil.
func (s *Server) choicesForm(c *fiber.Ctx, p *i18n.Printer, chosen importChoices, own *importer.Map) (choicesForm, error) {
	f := choicesForm{Day: chosen.Day, Clock: chosen.Clock}
	maps, err := s.Imports.Maps(c.UserContext())
	if err != nil {
		return f, fmt.Errorf("maps: %w: %w", errUnavailable, err)
	}
	accounts, err := s.Stats.Accounts(c.UserContext())
	if err != nil {
		return f, fmt.Errorf("accounts: %w: %w", errUnavailable, err)
	}
	if chosen.Platform == "" {
		f.Platforms = append(f.Platforms, option{Name: p.Text("imports.choose")})
	}
	for _, x := range importPlatforms {
		f.Platforms = append(f.Platforms, option{Name: platformName(p, x), Value: string(x), Current: string(x) == chosen.Platform})
		g := accountGroup{Name: platformName(p, x)}
		for _, a := range accounts {
			if a.Platform != x {
				continue
			}
			name := "@" + a.Handle
			if a.Name != "" && a.Handle != "" {
				name = a.Name + " · @" + a.Handle
			} else if a.Name != "" {
				name = a.Name
			}
			g.Accounts = append(g.Accounts, option{Name: name, Value: string(a.ID), Current: string(a.ID) == chosen.Account})
		}
		if len(g.Accounts) > 0 {
			slices.SortFunc(g.Accounts, func(a, b option) int { return strings.Compare(a.Name, b.Name) })
			f.Accounts = append(f.Accounts, g)
		}
	}
	names := []string{ownMapName}
	for _, m := range maps {
		if m.Name != "" && m.Name != ownMapName {
			names = append(names, m.Name)
		}
	}
	if own != nil && !slices.Contains(names, own.Name) {
		names = append(names, own.Name)
	}
	for _, name := range names {
		f.Maps = append(f.Maps, option{Name: mapName(p, name), Value: name, Current: name == chosen.Map})
		if key, ok := mapTexts[name]; ok {
			f.Abouts = append(f.Abouts, about{mapName(p, name), p.Text(key[1])})
		}
	}
	f.How = []option{
		{Name: p.Text("imports.by_columns"), Value: string(importer.ByColumns), Current: chosen.Account == "" || chosen.Account == string(importer.ByColumns)},
		{Name: p.Text("imports.by_file"), Value: string(importer.ByFile), Current: chosen.Account == string(importer.ByFile)},
	}
	return f, nil
}

// readChoices reads the form into the upload. It returns what was typed, and an
// inputError about it.
func (s *Server) readChoices(c *fiber.Ctx, u *upload) (importChoices, error) {
	form := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	chosen := importChoices{form("platform"), form("map"), form("account"), form("as_of"), form("clock")}
	u.Platform = schema.Platform(chosen.Platform)
	if !slices.Contains(importPlatforms, u.Platform) {
		return chosen, inputError{"imports.problem_platform"}
	}
	switch {
	case chosen.Map == ownMapName:
		u.Map = ownMap()
	case chosen.Map == u.Map.Name && chosen.Map != "": // made by hand for this upload
	default:
		m, err := s.Imports.Map(c.UserContext(), chosen.Map)
		if errors.Is(err, schema.ErrNotFound) {
			return chosen, inputError{"imports.problem_map"}
		}
		if err != nil {
			return chosen, fmt.Errorf("map: %w: %w", errUnavailable, err)
		}
		u.Map = m
	}
	if len(u.Map.Platforms) > 0 && !slices.Contains(u.Map.Platforms, u.Platform) {
		return chosen, inputError{"imports.problem_map_platform"}
	}
	if err := s.readAccount(c, u, chosen.Account); err != nil {
		return chosen, err
	}
	return chosen, s.readAsOf(u, chosen)
}

func (s *Server) readAccount(c *fiber.Ctx, u *upload, chosen string) error {
	u.Account, u.AccountBy = "", importer.AccountBy(chosen)
	switch u.AccountBy {
	case "", importer.ByColumns:
		u.AccountBy = importer.ByColumns
		return nil
	case importer.ByFile:
		return nil
	}
	accounts, err := s.Stats.Accounts(c.UserContext())
	if err != nil {
		return fmt.Errorf("accounts: %w: %w", errUnavailable, err)
	}
	i := slices.IndexFunc(accounts, func(a schema.Account) bool { return string(a.ID) == chosen })
	switch {
	case i < 0:
		return inputError{"imports.problem_account"}
	case accounts[i].Platform != u.Platform:
		return inputError{"imports.problem_account_platform"}
	}
	u.Account, u.AccountBy = accounts[i].ID, ""
	return nil
}

// readAsOf reads when the files were exported: a day, which stands for its last
// second, or a moment of it.
func (s *Server) readAsOf(u *upload, chosen importChoices) error {
	u.AsOf = time.Time{}
	if chosen.Day == "" {
		if chosen.Clock != "" {
			return inputError{"imports.problem_day"}
		}
		return nil
	}
	text := chosen.Day
	if chosen.Clock != "" {
		text += "T" + chosen.Clock
	}
	at, err := importer.ParseAsOf(text, s.Zone)
	switch {
	case err != nil:
		return inputError{"imports.problem_day"}
	case at.After(s.Now()) && chosen.Clock == "" && at.Equal(endOfDay(s.Now().In(s.Zone))):
		return inputError{"imports.problem_today"}
	case at.After(s.Now()):
		return inputError{"imports.problem_future"}
	}
	u.AsOf = at
	return nil
}

// byteSize writes a number of bytes in MB or GB, of 1024.
func byteSize(p *i18n.Printer, n int64) i18n.Num {
	switch {
	case n > 0 && n%(1<<30) == 0:
		return p.Int(int(n>>30)) + " GB"
	case n > 0 && n%(1<<20) == 0:
		return p.Int(int(n>>20)) + " MB"
	case n >= 1<<30:
		return p.Decimal(float64(n)/(1<<30), 1) + " GB"
	case n >= 1<<20:
		return p.Decimal(float64(n)/(1<<20), 1) + " MB"
	}
	return p.Decimal(float64(n)/(1<<10), 0) + " kB"
}

// importSample sends GET /imports/sample.csv: a file in our own format, in the
// demo with a few rows to try the import with, two of them to be refused.
func (s *Server) importSample(c *fiber.Ctx) error {
	rows := [][]string{{"link", "published", "account_handle", "format", "text", "reactions", "comments", "shares", "views"}}
	if s.Demo != nil {
		accounts, err := s.Stats.Accounts(c.UserContext())
		if err != nil {
			return fmt.Errorf("accounts: %w: %w", errUnavailable, err)
		}
		i := slices.IndexFunc(accounts, func(a schema.Account) bool { return a.Platform == schema.Instagram })
		if i >= 0 {
			day := func(n int) string { return s.Now().In(s.Zone).AddDate(0, 0, -n).Format(time.DateOnly) + " 10:30" }
			handle, text := accounts[i].Handle, "Made up, for trying the import"
			rows = append(rows,
				[]string{"https://www.instagram.com/p/HamawazSmp1/", day(40), handle, "image", text, "120", "14", "-", "2300"},
				[]string{"https://www.instagram.com/p/HamawazSmp2/", day(39), handle, "reel", text, "310", "22", "-", "9100"},
				[]string{"https://www.instagram.com/p/HamawazSmp3/", day(38), handle, "image", text + ": its comments are below zero", "75", "-3", "-", "1400"},
				[]string{"https://www.instagram.com/p/HamawazSmp4/", "2024-02-30 10:30", handle, "image", text + ": its day cannot be", "88", "4", "-", "1900"},
				[]string{"https://www.instagram.com/p/HamawazSmp5/", day(36), handle, "album", text, "205", "", "-", ""})
		}
	}
	cells := make([][]cell, len(rows))
	for i, r := range rows {
		for _, text := range r {
			cells[i] = append(cells[i], cell{text: text}) // as it is: to be read by us
		}
	}
	return sendTable(c, s.printer(c), "hamawaz-sample", cells)
}
