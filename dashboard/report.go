package dashboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// ReportStats answers what a report asks; *analytics.DB and Departments are
// one.
type ReportStats interface {
	Overview(ctx context.Context, sel analytics.Selection) (analytics.Overview, error)
	Posts(ctx context.Context, q analytics.PostsQuestion) (analytics.PostsPage, error)
	// Thumbnail returns schema.ErrNotFound where there is none.
	Thumbnail(ctx context.Context, account schema.AccountID, post string) (analytics.Thumbnail, error)
	Departments(ctx context.Context) ([]schema.Department, error)
}

// A Printer turns a page of ours into PDF; *pdf.Printer is one.
type Printer interface {
	Print(ctx context.Context, page []byte, files http.Handler) ([]byte, error)
}

// A Reporter makes reports on paper, one A4 page for each language, and the
// mail around them. The page of a report in the dashboard is the same.
type Reporter struct {
	Stats   ReportStats
	Printer Printer          // nil: pages can be shown, not printed
	Now     func() time.Time // default time.Now
	Zone    *time.Location   // default UTC
	Demo    *Demo            // nil: the figures are measured
	Version string
}

// reporter returns the server's own.
func (s *Server) reporter() *Reporter {
	return &Reporter{Stats: s.Stats, Now: s.Now, Zone: s.Zone, Demo: s.Demo, Version: s.Version}
}

// Report makes the report and its mail. A report that is not complete gives
// the printer's error, which says what is missing.
func (r *Reporter) Report(ctx context.Context, q schema.ReportQuestion) (schema.ReportFile, error) {
	if r.Printer == nil {
		return schema.ReportFile{}, errors.New("report: there is no printer")
	}
	static, err := loadAssets()
	if err != nil {
		return schema.ReportFile{}, fmt.Errorf("report: %w", err)
	}
	views, err := parseViews(static)
	if err != nil {
		return schema.ReportFile{}, fmt.Errorf("report: %w", err)
	}
	page, err := r.page(ctx, q, everyPost)
	if err != nil {
		return schema.ReportFile{}, err
	}
	var b bytes.Buffer
	if err := views.byName["report"].ExecuteTemplate(&b, "paper", page); err != nil {
		return schema.ReportFile{}, fmt.Errorf("report: %w", err)
	}
	pdf, err := r.Printer.Print(ctx, b.Bytes(), static)
	if err != nil {
		return schema.ReportFile{}, fmt.Errorf("report of %s: %w", page.period, err)
	}
	sum := sha256.Sum256(pdf)
	f := schema.ReportFile{
		Language: q.Language, Name: reportFileName(q), PDF: pdf, SHA256: hex.EncodeToString(sum[:]), Size: uint64(len(pdf)), MadeAt: r.now().UTC(),
	}
	f.Subject, f.Text = page.mailSubject(), page.mailText()
	if f.HTML, err = page.mailHTML(); err != nil {
		return schema.ReportFile{}, err
	}
	return f, nil
}

func (r *Reporter) now() time.Time {
	if r.Now == nil {
		return time.Now()
	}
	return r.Now()
}

func (r *Reporter) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

// reportFileName returns the name of a report's file: "hamawaz-2024-05-ur.pdf",
// of a week by its first day.
func reportFileName(q schema.ReportQuestion) string {
	name := "hamawaz-" + q.From.Format("2006-01")
	if !wholeMonth(q.From, q.To) {
		name = "hamawaz-" + q.From.Format(time.DateOnly)
	}
	if q.Department != "" {
		name += "-" + safeName(string(q.Department))
	}
	return name + "-" + q.Language + ".pdf"
}

// safeName leaves letters, digits and dashes of a text.
func safeName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, s)
}

func wholeMonth(from, to time.Time) bool { return from.Day() == 1 && to.Equal(from.AddDate(0, 1, 0)) }

// A narrowing leaves of a filter what somebody may see post by post, and says
// whether that is anything at all.
type narrowing func(analytics.Filter) (analytics.Filter, bool)

func everyPost(f analytics.Filter) (analytics.Filter, bool) { return f, true }

// A reportPage is a report: a sheet of paper for each language.
type reportPage struct {
	Title     string
	Complete  bool // every figure could be computed, and the period is over or said not to be
	Sheets    []sheet
	Toolbar   *reportToolbar // nil: printed
	Lang, Dir string         // of the first sheet

	period analytics.Period
}

// reportFacts are what the sheets of a report are written from.
type reportFacts struct {
	q          schema.ReportQuestion
	now        time.Time
	toDate     bool // the period is not over
	own, all   analytics.Overview
	department *schema.Department // nil: all
	posts      []analytics.PostRow
	pictures   []template.URL // of the posts; empty: there is none
	postsOf    bool           // false: this person may see no post
	narrowed   bool           // only some posts, those of the person's department
}

// page asks for the figures and writes the report of them.
func (r *Reporter) page(ctx context.Context, q schema.ReportQuestion, narrow narrowing) (reportPage, error) {
	facts, err := r.gather(ctx, q, narrow)
	if err != nil {
		return reportPage{}, err
	}
	p := reportPage{period: facts.own.Period, Complete: true}
	languages := []string{q.Language}
	if q.Language == schema.ReportBoth {
		languages = []string{schema.ReportEnglish, schema.ReportUrdu}
	}
	var titles []string
	for _, lang := range languages {
		s := r.sheet(i18n.New(lang, r.zone()), facts)
		p.Sheets = append(p.Sheets, s)
		p.Complete = p.Complete && len(s.Missing) == 0
		titles = append(titles, s.Title+" · "+s.Period)
	}
	p.Title = strings.Join(titles, " · ")
	p.Lang, p.Dir = p.Sheets[0].Lang, p.Sheets[0].Dir
	return p, nil
}

// gather asks for the figures.
func (r *Reporter) gather(ctx context.Context, q schema.ReportQuestion, narrow narrowing) (reportFacts, error) {
	facts := reportFacts{q: q, now: r.now()}
	sel := analytics.Selection{View: analytics.ViewLife, Period: analytics.Period{From: q.From, To: q.To}}
	sel.Before = sel.Period.Previous()
	if wholeMonth(q.From, q.To) {
		sel.Before = analytics.Period{From: q.From.AddDate(0, -1, 0), To: q.From}
	}
	if today := facts.now.In(r.zone()); sel.Period.To.After(today) && !sel.Period.From.After(today) {
		// As many days of the period before as this one has had.
		facts.toDate = true
		sel.Period.To = time.Date(today.Year(), today.Month(), today.Day()+1, 0, 0, 0, 0, r.zone())
		if to := sel.Before.From.AddDate(0, 0, sel.Period.Days()); to.Before(sel.Before.To) {
			sel.Before.To = to
		}
	}
	departments, err := r.Stats.Departments(ctx)
	if err != nil {
		return facts, fmt.Errorf("departments: %w", err)
	}
	if facts.all, err = r.Stats.Overview(ctx, sel); err != nil {
		return facts, fmt.Errorf("overview of %s: %w", sel.Period, err)
	}
	facts.own = facts.all
	if q.Department != "" {
		i := slices.IndexFunc(departments, func(d schema.Department) bool { return d.ID == q.Department })
		if i < 0 {
			return facts, fmt.Errorf("report: department %q: %w", q.Department, schema.ErrNotFound)
		}
		facts.department = &departments[i]
		sel.Filter.Departments = []schema.DepartmentID{q.Department}
		if facts.own, err = r.Stats.Overview(ctx, sel); err != nil {
			return facts, fmt.Errorf("overview of %s, department %s: %w", sel.Period, q.Department, err)
		}
	}
	posts := analytics.PostsQuestion{Selection: sel, Sort: "interactions", Whose: analytics.Own, Limit: reportPosts}
	posts.Filter, facts.postsOf = narrow(sel.Filter)
	facts.narrowed = !facts.postsOf || len(posts.Filter.Departments) != len(sel.Filter.Departments)
	if facts.postsOf {
		page, err := r.Stats.Posts(ctx, posts)
		if err != nil {
			return facts, fmt.Errorf("posts of %s: %w", sel.Period, err)
		}
		facts.posts = page.Rows
		if facts.pictures, err = r.pictures(ctx, page.Rows); err != nil {
			return facts, err
		}
	}
	return facts, nil
}

// pictures returns the small pictures of the posts, within the page.
func (r *Reporter) pictures(ctx context.Context, posts []analytics.PostRow) ([]template.URL, error) {
	list := make([]template.URL, len(posts))
	for i, p := range posts {
		if !p.Thumbnail {
			continue
		}
		t, err := r.Stats.Thumbnail(ctx, p.Account, p.PostID)
		switch {
		case errors.Is(err, schema.ErrNotFound): // none could be had
		case err != nil:
			return nil, err
		default:
			list[i] = inPage(t)
		}
	}
	return list, nil
}

// A reportToolbar stands above a report on the screen.
type reportToolbar struct {
	*i18n.Printer
	Months, Languages, Departments []option
	Schedules                      bool // the person may see the schedules
}

// reportMonths is how many months back the page offers.
const reportMonths = 24

// report shows GET /report?month=2024-05&lang=en|ur|both&department=; or
// week=2024-05-27, a Monday, in the month's place.
func (s *Server) report(c *fiber.Ctx) error {
	r := s.reporter()
	q, err := s.readReport(c)
	if err != nil {
		return err
	}
	page, err := r.page(c.UserContext(), q, func(f analytics.Filter) (analytics.Filter, bool) { return s.narrow(c, f) })
	if err != nil {
		if errors.Is(err, schema.ErrNotFound) {
			return fmt.Errorf("%w: %w", inputError{"report.problem_department"}, err)
		}
		return fmt.Errorf("report: %w: %w", errUnavailable, err)
	}
	if page.Toolbar, err = s.reportToolbar(c, q); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.views.byName["report"].ExecuteTemplate(&b, "paper", page); err != nil {
		return fmt.Errorf("render report: %w", err)
	}
	c.Type("html", "utf-8")
	c.Set(fiber.HeaderContentLanguage, page.Lang)
	return c.Send(b.Bytes())
}

// readReport reads what the address asks for; the last month that is over
// where it names none.
func (s *Server) readReport(c *fiber.Ctx) (schema.ReportQuestion, error) {
	q := schema.ReportQuestion{Language: c.Query("lang", language(c)), Department: schema.DepartmentID(c.Query("department"))}
	q.From, q.To = schema.ReportMonthly.LastPeriod(s.Now(), s.Zone)
	month, week := c.Query("month"), c.Query("week")
	var err error
	switch {
	case month != "":
		q.From, q.To, err = ParseMonth(month, s.Zone)
	case week != "":
		if q.From, err = time.ParseInLocation(time.DateOnly, week, s.Zone); err == nil && q.From.Weekday() != time.Monday {
			err = fmt.Errorf("%q is no Monday", week)
		}
		q.To = q.From.AddDate(0, 0, 7)
	}
	if err != nil || q.From.Year() < 2000 || q.From.Year() > 2200 {
		return q, fmt.Errorf("%w: %w", inputError{"report.problem_month"}, err)
	}
	if !slices.Contains(schema.ReportLanguages(), q.Language) {
		return q, inputError{"report.problem_language"}
	}
	return q, nil
}

// ParseMonth reads a month such as 2024-05 and returns its first day and that
// of the next one.
func ParseMonth(s string, zone *time.Location) (from, to time.Time, err error) {
	if from, err = time.ParseInLocation("2006-01", s, zone); err != nil {
		return from, to, fmt.Errorf("%q is no month: want one such as 2024-05", s)
	}
	return from, from.AddDate(0, 1, 0), nil
}

func (s *Server) reportToolbar(c *fiber.Ctx, q schema.ReportQuestion) (*reportToolbar, error) {
	t := &reportToolbar{Printer: s.printer(c), Schedules: analysts.allows(person(c))}
	now := s.Now().In(s.Zone)
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, s.Zone)
	offered := false
	for i := range reportMonths {
		m := first.AddDate(0, -i, 0)
		o := option{Name: monthName(t.Printer, m), Value: m.Format("2006-01"), Current: m.Equal(q.From) && wholeMonth(q.From, q.To)}
		offered = offered || o.Current
		t.Months = append(t.Months, o)
	}
	if !offered && wholeMonth(q.From, q.To) {
		t.Months = append(t.Months, option{Name: monthName(t.Printer, q.From), Value: q.From.Format("2006-01"), Current: true})
	}
	for _, l := range schema.ReportLanguages() {
		t.Languages = append(t.Languages, option{Name: t.Text("report.language_" + l), Value: l, Current: l == q.Language})
	}
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return nil, fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	for _, d := range departments {
		t.Departments = append(t.Departments, option{Name: departmentName(t.Printer, d), Value: string(d.ID), Current: d.ID == q.Department})
	}
	return t, nil
}

// monthName returns the month in words: "May 2024".
func monthName(p *i18n.Printer, t time.Time) string {
	name := t.Month().String()
	if p.RTL() {
		name = p.Month(t.Month())
	}
	return fmt.Sprintf("%s %d", name, t.Year())
}

// ServeHTTP answers for /assets/… outside the dashboard: the paper's own files.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	as, ok := a.byPath[strings.TrimPrefix(r.URL.Path, "/assets/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", as.kind)
	io.Copy(w, bytes.NewReader(as.body))
}

// reportAddress returns the address of the report's page.
func reportAddress(from, to time.Time, department schema.DepartmentID, language string) string {
	v := url.Values{}
	if wholeMonth(from, to) {
		v.Set("month", from.Format("2006-01"))
	} else {
		v.Set("week", from.Format(time.DateOnly))
	}
	if department != "" {
		v.Set("department", string(department))
	}
	if language != "" {
		v.Set("lang", language)
	}
	return "/report?" + v.Encode()
}

// kind says whether figures are measured.
func (r *Reporter) kind(p *i18n.Printer) string {
	if r.Demo != nil {
		return p.Text("kind.modelled")
	}
	return p.Text("kind.measured")
}

// origin says where the figures come from.
func (r *Reporter) origin(p *i18n.Printer) template.HTML {
	if r.Demo != nil {
		return template.HTML(template.HTMLEscapeString(r.Demo.Sentence.In(p.Lang)))
	}
	return p.HTML("report.measured")
}
