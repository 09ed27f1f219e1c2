package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// uploadPage is what GET /imports/uploads/:upload shows: how far the files have
// come, what would be stored of them, and the forms that change that.
type uploadPage struct {
	page
	Status template.HTML
	State  taskState

	// Files that are not there in full.
	Missing []missingFile
	Upload  string // address, for the script
	Chunk   int
	Limit   int64

	// Under way.
	Percent int
	Going   string // how far, in words
	Poll    string // address

	// Why it failed.
	Fault string // an English sentence of the reader of files; empty: see Words
	Words string

	// What would be stored.
	Say      template.HTML
	Totals   []total
	Accounts []accountBrought
	Figures  []figureBrought
	Rows     []previewRow
	Warnings []warningRow
	Refusals refusalTable
	Files    []fileRow

	Choices choicesForm
	Map     mapForm
	Problem string // of the choices
	Import  string // address that starts it
	Remove  string
	Changed string // address of the choices
	Mapped  string // address of the map
	Known   string // address of the same import, which was done before; empty: it was not
}

type missingFile struct {
	Number    int // of the file in the upload
	Name      string
	Size      int64
	Have, All template.HTML
}

// accountBrought is what files have of one account.
type accountBrought struct {
	Name, Handle string
	Rows         template.HTML
	From         string // the first reading
}

// figureBrought says how often a counter is known.
type figureBrought struct {
	Field, Name             string
	Known, Unknown, Refused template.HTML
}

type previewRow struct {
	Line                        template.HTML
	Post, Link, Text            string
	Account, Format             string
	Published, Observed         i18n.Words
	PublishedExact, ObservedRaw string
	Figures                     []template.HTML
}

type warningRow struct {
	Name  string // what it is a sign of
	Where template.HTML
	Says  string // the reader's sentence, in English
}

// A fileRow says how a file was read.
type fileRow struct {
	Name, Kind, Encoding string
	Heading              template.HTML
	Rows                 template.HTML
	AsOf                 string
	Fields               []fact
	Ignored              []string
}

// refusalTable lists rows and values that were not taken.
type refusalTable struct {
	Rows  []refusalRow
	Say   template.HTML
	CSV   string
	Pages pager
}

type refusalRow struct {
	File        string
	Line        template.HTML
	What        string
	Whole       bool
	Reason      string
	Value, Says string
	Dir         string // of Value: what has no letters is not to turn around
}

// showUpload shows GET /imports/uploads/:upload.
func (s *Server) showUpload(c *fiber.Ctx) error {
	u, err := s.uploadOf(c)
	if errors.Is(err, schema.ErrNotFound) {
		// It was imported meanwhile, and taken away.
		if t := s.tasks.of(c.Params("upload")); t.State == taskDone {
			return c.Redirect(importAddress(t.Import)+"?done=1", fiber.StatusSeeOther)
		}
	}
	if err != nil {
		return err
	}
	return s.renderUpload(c, fiber.StatusOK, u, typedChoices(u, s.Zone), "", nil)
}

// typedChoices returns the choices of the upload as a form has them.
func typedChoices(u upload, zone *time.Location) importChoices {
	chosen := importChoices{Platform: string(u.Platform), Map: u.Map.Name, Account: cmp.Or(string(u.Account), string(u.AccountBy))}
	if !u.AsOf.IsZero() {
		at := u.AsOf.In(zone)
		chosen.Day = at.Format(time.DateOnly)
		if !at.Equal(endOfDay(at)) {
			chosen.Clock = at.Format("15:04")
		}
	}
	return chosen
}

// renderUpload shows the upload with the choices as typed. problem is the key
// of what is wrong with them; mapFault what is wrong with the map, or nil.
func (s *Server) renderUpload(c *fiber.Ctx, status int, u upload, chosen importChoices, problem string, mapFault error) error {
	p := uploadPage{page: s.newPage(c, "imports.upload_title"), Upload: uploadAddress(u.ID), Chunk: chunkBytes, Limit: importer.DefaultLimits.FileBytes}
	p.Script = "js/import.js"
	p.Import, p.Remove, p.Changed, p.Mapped, p.Poll = p.Upload+"/import", p.Upload+"/remove", p.Upload+"/choices", p.Upload+"/map", p.Upload+"/progress"
	names := make([]string, len(u.Files))
	for i, f := range u.Files {
		names[i] = f.Name
		have, err := s.spool.received(u, i)
		if err != nil {
			return err
		}
		if have < f.Size {
			p.Missing = append(p.Missing, missingFile{i, f.Name, f.Size, byteSize(p.Printer, have).HTML(), byteSize(p.Printer, f.Size).HTML()})
		}
	}
	p.Status = p.HTML("imports.upload_status", "Platform", i18n.Words(platformName(p.Printer, u.Platform)), "Map", i18n.Words(mapName(p.Printer, u.Map.Name)),
		"Count", len(u.Files), "First", names[0])
	if len(p.Missing) > 0 {
		return s.render(c, status, "import", p)
	}
	s.checkUpload(u)
	t := s.tasks.of(u.ID)
	p.State = t.State
	if t.going() {
		p.Percent, p.Going = percentOf(t), sayProgress(p.Printer, t)
		return s.render(c, status, "import", p)
	}
	var err error
	if p.Choices, err = s.choicesForm(c, p.Printer, chosen, &u.Map); err != nil {
		return err
	}
	if problem != "" {
		p.Problem = p.Text(problem)
	}
	var files []importer.FileInfo
	headings := headingsOfError(t.Err)
	switch t.State {
	case taskFailed:
		p.Fault, p.Words = fault(t.Err), p.Text("imports.fault")
		if p.Fault == "" {
			p.Words = p.Text("imports.fault_ours")
		}
	case taskReady:
		files, headings = t.Preview.Files, headingsOf(t.Preview.Files)
		if err := s.fillPreview(c, &p, t.Preview); err != nil {
			return err
		}
	}
	p.Map = newMapForm(p.Printer, u.Map, files, headings)
	p.Map.Open = t.State == taskFailed && len(headings) > 0
	if mapFault != nil {
		var input inputError
		p.Map.Open, p.Map.Problem = true, p.Text("imports.problem_map_says")
		if errors.As(mapFault, &input) {
			p.Map.Problem = p.Text(input.Key)
		} else {
			p.Map.Says = mapFault.Error()
		}
		for i, f := range p.Map.Fields {
			p.Map.Fields[i].Typed, p.Map.Fields[i].Zero = strings.TrimSpace(c.FormValue("heading."+f.Field)), c.FormValue("zero."+f.Field) != ""
		}
		p.Map.Name, p.Map.Dates, p.Map.Zone = c.FormValue("name"), c.FormValue("dates"), c.FormValue("zone")
		for i, o := range p.Map.Thousands {
			p.Map.Thousands[i].Current = o.Value == c.FormValue("thousands")
		}
	}
	return s.render(c, status, "import", p)
}

// fillPreview puts what would be stored on the page.
func (s *Server) fillPreview(c *fiber.Ctx, p *uploadPage, v *importer.Preview) error {
	accounts, err := s.accountNames(c)
	if err != nil {
		return err
	}
	now := s.Now()
	p.Totals = resultTotals(p.Printer, v.Read, v.Kept, v.Refused, v.Unread, v.Repeated)
	p.Say = p.HTML("imports.say_preview", "Kept", p.Uint(v.Kept), "Count", len(v.Accounts))
	switch {
	case v.Kept == 0:
		p.Say = p.HTML("imports.say_nothing")
	case v.Refused+v.Unread > 0:
		p.Say += " " + p.HTML("imports.say_refused", "Refused", p.Uint(v.Refused), "Unread", p.Uint(v.Unread))
	}
	b, err := s.Imports.Batch(c.UserContext(), v.ID)
	switch {
	case err == nil && b.State == importer.StateDone:
		p.Known = importAddress(b.ID)
	case err != nil && !errors.Is(err, schema.ErrNotFound):
		return fmt.Errorf("import: %w: %w", errUnavailable, err)
	}
	for _, a := range v.Accounts {
		p.Accounts = append(p.Accounts, accountBrought{accounts[a.ID].Name, accounts[a.ID].Handle, p.Uint(a.Rows).HTML(), string(p.Moment(a.Earliest, now))})
	}
	for _, field := range countFields {
		if sums, ok := v.Fields[field]; ok {
			p.Figures = append(p.Figures, figureBrought{field, fieldName(p.Printer, field), p.Uint(sums.Known).HTML(), p.Uint(sums.Unknown).HTML(), p.Uint(sums.Refused).HTML()})
		}
	}
	for _, r := range v.Rows {
		row := previewRow{Line: p.Uint(r.Line).HTML(), Post: r.Post.PostID, Link: safeLink(r.Post.Permalink), Text: clip(strings.TrimSpace(r.Post.Text), 90),
			Account: accounts[r.Post.AccountID].Name, Format: formatName(p.Printer, r.Post.Format),
			Published: p.Moment(r.Post.PublishedAt, now), Observed: p.Moment(r.Observation.ObservedAt, now)}
		for _, f := range p.Figures {
			row.Figures = append(row.Figures, countOf(p.Printer, f.Field, r.Observation.Counters))
		}
		p.Rows = append(p.Rows, row)
	}
	p.Warnings = warningRows(p.Printer, v.Warnings)
	p.Refusals.Rows = refusalRows(p.Printer, v.Refusals[:min(len(v.Refusals), refusalsInPreview)])
	if n := v.Refused + v.Unread; n > uint64(len(p.Refusals.Rows)) {
		p.Refusals.Say = p.HTML("imports.refusals_first", "Shown", p.Int(len(p.Refusals.Rows)), "All", p.Uint(n))
	}
	for _, f := range v.Files {
		row := fileRow{Name: f.Name, Kind: strings.ToUpper(f.Kind), Encoding: f.Encoding, Rows: p.HTML("imports.rows", "Value", p.Uint(f.Rows)), Ignored: f.Ignored}
		if f.HeadingLine > 0 {
			row.Heading = p.HTML("imports.heading_line", "Line", p.Uint(f.HeadingLine))
		}
		if f.AsOf != nil {
			row.AsOf = p.Text("imports.as_of_is", "When", p.Moment(*f.AsOf, now))
		}
		for _, field := range importer.Fields() {
			if h, ok := f.Fields[field]; ok {
				row.Fields = append(row.Fields, fact{fieldName(p.Printer, field), template.HTML(`<bdi>` + template.HTMLEscapeString(h) + `</bdi>`)})
			}
		}
		p.Files = append(p.Files, row)
	}
	return nil
}

// refusalsInPreview is how many refusals a preview lists.
const refusalsInPreview = 100

// countOf returns the counter of the field.
func countOf(p *i18n.Printer, field string, v schema.Counters) template.HTML {
	n := []*int64{v.Reactions, v.Comments, v.Shares, v.Views, v.Impressions, v.Reach, v.Saves, v.Clicks, v.WatchSeconds}[slices.Index(countFields, field)]
	if n == nil {
		return i18n.Dash.HTML()
	}
	return p.Int(int(*n)).HTML()
}

func resultTotals(p *i18n.Printer, read, kept, refused, unread, repeated uint64) []total {
	return []total{
		{p.Text("imports.total_kept"), p.Uint(kept).HTML(), p.HTML("imports.total_kept_note", "Read", p.Uint(read))},
		{p.Text("imports.total_refused"), p.Uint(refused).HTML(), p.HTML("imports.total_refused_note")},
		{p.Text("imports.total_unread"), p.Uint(unread).HTML(), p.HTML("imports.total_unread_note")},
		{p.Text("imports.total_repeated"), p.Uint(repeated).HTML(), p.HTML("imports.total_repeated_note")},
	}
}

func warningRows(p *i18n.Printer, warnings []importer.Warning) []warningRow {
	var rows []warningRow
	for _, w := range warnings {
		r := warningRow{Name: w.Code, Says: w.Text}
		if slices.Contains(warningCodes, w.Code) {
			r.Name = p.Text("imports.warning_" + w.Code)
		}
		switch {
		case w.File != "" && w.Line > 0:
			r.Where = p.HTML("imports.where", "File", w.File, "Line", p.Uint(w.Line), "Value", p.Uint(w.Count), "Of", p.Uint(w.Of))
		case w.File != "":
			r.Where = p.HTML("imports.where_file", "File", w.File)
		}
		rows = append(rows, r)
	}
	return rows
}

var warningCodes = []string{"columns_shifted", "ceiling", "thousands", "jump", "reach", "several_accounts", "encoding"}

func refusalRows(p *i18n.Printer, refusals []importer.Refusal) []refusalRow {
	var rows []refusalRow
	for _, x := range refusals {
		r := refusalRow{File: x.File, Line: p.Uint(x.Line).HTML(), What: p.Text("imports.row"), Whole: x.WholeRow, Reason: reasonName(p, x.Reason), Value: x.Value, Says: x.Detail}
		r.Dir = "ltr"
		if strings.ContainsFunc(x.Value, func(c rune) bool { return unicode.In(c, unicode.Arabic, unicode.Hebrew) }) {
			r.Dir = "rtl"
		}
		if !x.WholeRow {
			r.What = fieldName(p, x.Field)
		}
		rows = append(rows, r)
	}
	return rows
}

// reasonName says why a row or value was refused. A test looks for every
// reason that the importer has.
func reasonName(p *i18n.Printer, r importer.Reason) string {
	return p.Text("imports.reason_" + string(r))
}

// accountNames returns the accounts by id, each with a name to show.
func (s *Server) accountNames(c *fiber.Ctx) (map[schema.AccountID]schema.Account, error) {
	list, err := s.Stats.Accounts(c.UserContext())
	if err != nil {
		return nil, fmt.Errorf("accounts: %w: %w", errUnavailable, err)
	}
	byID := make(map[schema.AccountID]schema.Account, len(list))
	for _, a := range list {
		a.Name = cmp.Or(a.Name, "@"+a.Handle)
		byID[a.ID] = a
	}
	return byID, nil
}

// percentOf returns how much of the work is done: an import reads its files
// twice, a check once.
func percentOf(t importTask) int {
	if t.Progress.TotalBytes <= 0 {
		return 0
	}
	part := float64(t.Progress.Bytes) / float64(t.Progress.TotalBytes)
	if t.State == taskImporting {
		part /= 2
		if t.Progress.Writing {
			part += 0.5
		}
	}
	return min(int(100*part), 99)
}

func sayProgress(p *i18n.Printer, t importTask) string {
	share := float64(percentOf(t)) / 100
	switch {
	case t.State == taskWaiting:
		return p.Text("imports.going_waits")
	case t.Progress.Writing:
		return p.Text("imports.going_stored", "Rows", p.Uint(t.Progress.Rows), "Share", p.Percent(&share, 0))
	}
	return p.Text("imports.going_checked", "Rows", p.Uint(t.Progress.Rows), "Share", p.Percent(&share, 0))
}

// uploadProgress answers GET /imports/uploads/:upload/progress.
func (s *Server) uploadProgress(c *fiber.Ctx) error {
	id := c.Params("upload")
	t := s.tasks.of(id)
	if t.State == taskNone {
		if _, err := s.uploadOf(c); err != nil {
			return err
		}
	}
	return c.JSON(fiber.Map{"state": t.State, "over": !t.going(), "percent": percentOf(t), "say": sayProgress(s.printer(c), t)})
}

// changeChoices takes POST /imports/uploads/:upload/choices: the files are
// checked anew.
func (s *Server) changeChoices(c *fiber.Ctx) error {
	u, err := s.changeable(c)
	if err != nil {
		return err
	}
	var input inputError
	chosen, err := s.readChoices(c, &u)
	switch {
	case errors.As(err, &input):
		stored, err := s.uploadOf(c)
		if err != nil {
			return err
		}
		return s.renderUpload(c, fiber.StatusBadRequest, stored, chosen, input.Key, nil)
	case err != nil:
		return err
	}
	return s.checkAnew(c, u)
}

// changeMap takes POST /imports/uploads/:upload/map: a map made by hand. It is
// kept with the import, and offered by its name from then on.
func (s *Server) changeMap(c *fiber.Ctx) error {
	u, err := s.changeable(c)
	if err != nil {
		return err
	}
	m, err := readMap(c, u.Map)
	if err != nil {
		return s.renderUpload(c, fiber.StatusBadRequest, u, typedChoices(u, s.Zone), "", err)
	}
	u.Map = m
	return s.checkAnew(c, u)
}

// changeable returns the upload that the address names, unless it is being
// imported.
func (s *Server) changeable(c *fiber.Ctx) (upload, error) {
	u, err := s.uploadOf(c)
	if err == nil && s.tasks.of(u.ID).State == taskImporting {
		err = inputError{"imports.problem_importing"}
	}
	return u, err
}

func (s *Server) checkAnew(c *fiber.Ctx, u upload) error {
	u.Import = ""
	s.tasks.forget(u.ID)
	if err := s.spool.save(u); err != nil {
		return err
	}
	s.checkUpload(u)
	return c.Redirect(uploadAddress(u.ID), fiber.StatusSeeOther)
}

// startImport takes POST /imports/uploads/:upload/import. Asking again for one
// that is under way changes nothing.
func (s *Server) startImport(c *fiber.Ctx) error {
	u, err := s.uploadOf(c)
	if err != nil {
		return err
	}
	t := s.tasks.of(u.ID)
	switch {
	case t.State == taskImporting || t.State == taskWaiting && u.Import != "":
		return c.Redirect(uploadAddress(u.ID), fiber.StatusSeeOther)
	case t.State != taskReady && !(t.State == taskFailed && u.Import != ""):
		return inputError{"imports.problem_unchecked"}
	case s.tasks.imports(t.Import):
		return inputError{"imports.problem_twice"}
	}
	if t.Import != "" {
		u.Import = t.Import
	}
	who := person(c).ID
	if err := s.audit(c, who, actionStartImport, u.Import, "upload", u.ID); err != nil {
		return err
	}
	if err := s.spool.save(u); err != nil {
		return err
	}
	s.runImport(u, who)
	return c.Redirect(uploadAddress(u.ID), fiber.StatusSeeOther)
}
