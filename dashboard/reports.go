package dashboard

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// Reports keeps the schedules of reports, and what became of them;
// *schema.Directory is one.
type Reports interface {
	ReportSchedules(ctx context.Context) ([]schema.ReportSchedule, error)
	ReportSchedule(ctx context.Context, id string) (schema.ReportSchedule, error)
	// SaveReportSchedule stores a new version; schema.ErrConflict means that
	// somebody was faster.
	SaveReportSchedule(ctx context.Context, s schema.ReportSchedule) error
	ReportRuns(ctx context.Context, limit int) ([]schema.ReportRun, error)
	Deliveries(ctx context.Context, state string, limit int) ([]schema.Delivery, error)
	ReportFile(ctx context.Context, run, language string) (schema.ReportFile, error)
}

// Actions in the audit log.
const (
	actionSaveSchedule = "report.save"
	actionSendReport   = "report.send"
	actionReadReport   = "report.read"
)

// How much of the past the page of reports shows.
const (
	runsShown        = 60
	deliveriesShown  = 200
	deliveriesInFile = 20_000
	periodsOffered   = 12

	runDiedAfter = 20 * time.Minute // of a run without outcome: as package jobs sees it
)

// reportsPage is what GET /reports shows.
type reportsPage struct {
	page
	Status    template.HTML
	Asked     template.HTML // what was just asked for; empty: nothing
	Schedules []scheduleRow
	Runs      []runRow
	State     string // of the deliveries shown; empty: all
	States    []option
	Log       []deliveryRow
	More      template.HTML // that there are older ones; empty: there are none
	CSV       string
}

type scheduleRow struct {
	ID, Name, When, Department, Language string
	Recipients                           []string
	Next                                 moment
	Closed                               bool
	Edit, StatusAction, SendAction       string
	Version                              uint64
	Periods                              []option
}

type runRow struct {
	Schedule, Period string
	Started          moment
	State, Outcome   string // class and words
	Error            string
	By               string // who asked; empty: the schedule
	Again            bool
	Files            []option // the papers, by language
	Page             string   // address of the report with today's figures
}

type deliveryRow struct {
	Schedule, Period, Recipient, Language string
	At                                    moment
	Class, State, Advice                  string
	Error                                 string
	Tried                                 int
	MessageID                             string
	Paper                                 string // address of what was attached; empty: nothing
}

// reports shows GET /reports?state=&asked=.
func (s *Server) reports(c *fiber.Ctx) error {
	ctx := c.UserContext()
	p := reportsPage{page: s.newPage(c, "reports.title"), State: c.Query("state")}
	if p.State != "" && !slices.Contains(schema.DeliveryStates(), p.State) {
		return inputError{"reports.problem_state"}
	}
	schedules, err := s.Reports.ReportSchedules(ctx)
	if err != nil {
		return fmt.Errorf("report schedules: %w: %w", errUnavailable, err)
	}
	runs, err := s.Reports.ReportRuns(ctx, runsShown)
	if err != nil {
		return fmt.Errorf("report runs: %w: %w", errUnavailable, err)
	}
	log, err := s.Reports.Deliveries(ctx, p.State, deliveriesShown)
	if err != nil {
		return fmt.Errorf("deliveries: %w: %w", errUnavailable, err)
	}
	names, err := s.departmentNames(c)
	if err != nil {
		return err
	}
	now := s.Now()
	p.Status = p.HTML("reports.status", "Zone", p.zoneName(), "Now", p.Moment(now, now), "Count", len(schedules))
	byID := map[string]schema.ReportSchedule{}
	for _, x := range schedules {
		byID[x.ID] = x
		row, err := s.scheduleRow(c, p.Printer, x, names, now)
		if err != nil {
			return err
		}
		p.Schedules = append(p.Schedules, row)
	}
	if asked, ok := byID[c.Query("asked")]; ok {
		p.Asked = p.HTML("reports.asked", "Name", asked.Name)
	}
	for _, r := range runs {
		p.Runs = append(p.Runs, s.runRow(c, p.Printer, r, byID[r.Schedule].Name, now))
	}
	for _, d := range log {
		p.Log = append(p.Log, newDeliveryRow(p.Printer, d, byID[d.Schedule].Name, now))
	}
	if len(log) == deliveriesShown {
		p.More = p.HTML("reports.older", "Count", deliveriesShown)
	}
	p.States = []option{{p.Text("reports.state_all"), "", "/reports#deliveries", p.State == ""}}
	for _, state := range schema.DeliveryStates() {
		p.States = append(p.States, option{p.Text("reports.state_" + state), state, "/reports?state=" + state + "#deliveries", p.State == state})
	}
	p.CSV = "/reports.csv"
	if p.State != "" {
		p.CSV += "?state=" + p.State
	}
	return s.render(c, fiber.StatusOK, "reports", p)
}

// departmentNames returns what each department is called in the person's
// language.
func (s *Server) departmentNames(c *fiber.Ctx) (map[schema.DepartmentID]string, error) {
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return nil, fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	p := s.printer(c)
	names := map[schema.DepartmentID]string{"": p.Text("filter.all_departments")}
	for _, d := range departments {
		names[d.ID] = departmentName(p, d)
	}
	return names, nil
}

func (s *Server) scheduleRow(c *fiber.Ctx, p *i18n.Printer, x schema.ReportSchedule, names map[schema.DepartmentID]string, now time.Time) (scheduleRow, error) {
	path := "/reports/" + url.PathEscape(x.ID)
	r := scheduleRow{ID: x.ID, Name: x.Name, When: scheduleWhen(p, x), Department: names[x.Department], Language: p.Text("report.language_" + x.Language),
		Closed: x.Status == schema.ScheduleClosed, Edit: "/reports/schedule?id=" + url.QueryEscape(x.ID),
		StatusAction: path + "/status", SendAction: path + "/send", Version: x.Number}
	if r.Department == "" {
		r.Department = string(x.Department)
	}
	if next, ok := x.NextDue(now, s.Zone); ok {
		r.Next = at(p, &next, now)
	}
	for i, who := range x.Recipients {
		name, err := s.recipientName(c, who)
		if err != nil {
			return r, err
		}
		if l := x.Languages[i]; l != "" {
			name += " · " + p.Text("report.language_"+l)
		}
		r.Recipients = append(r.Recipients, name)
	}
	r.Periods = periodOptions(p, x.Kind, now, s.Zone)
	return r, nil
}

// periodOptions lists the newest periods that a report of the kind may be
// about, the last one first.
func periodOptions(p *i18n.Printer, kind schema.ReportKind, now time.Time, zone *time.Location) []option {
	var list []option
	from, to := kind.LastPeriod(now, zone)
	for range periodsOffered {
		list = append(list, option{Name: periodName(p, from, to), Value: from.Format(time.DateOnly)})
		from, to = kind.LastPeriod(from, zone)
	}
	return list
}

// periodName returns the month's name, or the days of a week.
func periodName(p *i18n.Printer, from, to time.Time) string {
	if wholeMonth(from, to) {
		return monthName(p, from)
	}
	return string(p.Days(inZone(from, p.Zone), inZone(to, p.Zone).AddDate(0, 0, -1)))
}

// inZone returns the midnight of t's date in the zone.
func inZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
}

// recipientName returns the address of a recipient who is named by id.
func (s *Server) recipientName(c *fiber.Ctx, who string) (string, error) {
	if strings.Contains(who, "@") {
		return who, nil
	}
	switch person, err := s.People.Person(c.UserContext(), who); {
	case err == nil:
		return person.Email, nil
	case errors.Is(err, schema.ErrNotFound):
		return who, nil
	default:
		return "", fmt.Errorf("person %s: %w: %w", who, errUnavailable, err)
	}
}

// scheduleWhen says when the report is due.
func scheduleWhen(p *i18n.Printer, x schema.ReportSchedule) string {
	hour := i18n.Num(fmt.Sprintf("%02d:00", x.Hour))
	switch x.Kind {
	case schema.ReportMonthly:
		return p.Text("reports.when_monthly", "Day", i18n.Num(strconv.Itoa(int(x.Day))), "Hour", hour)
	case schema.ReportWeekly:
		return p.Text("reports.when_weekly", "Day", i18n.Words(p.Text("weekday."+strconv.Itoa(int(x.Day)))), "Hour", hour)
	}
	return p.Text("reports.when_on_demand")
}

func (s *Server) runRow(c *fiber.Ctx, p *i18n.Printer, r schema.ReportRun, name string, now time.Time) runRow {
	row := runRow{Schedule: name, Period: periodName(p, r.From, r.To), Started: at(p, &r.StartedAt, now), Error: clip(r.Error, 400), Again: r.Again,
		Page: reportAddress(r.From, r.To, r.Department, "")}
	if row.Schedule == "" {
		row.Schedule = r.Schedule
	}
	if r.AskedBy != "" {
		row.By = r.AskedBy
		if person, err := s.People.Person(c.UserContext(), r.AskedBy); err == nil {
			row.By = person.Name
		}
	}
	switch r.Outcome {
	case schema.ReportMade, schema.ReportNobody:
		row.State = "ok"
	case schema.ReportIncomplete, schema.ReportFailed:
		row.State = "act"
	default:
		row.State = "run"
	}
	switch {
	case r.Outcome == "" && now.Sub(r.StartedAt) > runDiedAfter:
		row.State, row.Outcome = "act", p.Text("reports.outcome_stopped")
	case r.Outcome == "":
		row.Outcome = p.Text("reports.outcome_running")
	default:
		row.Outcome = p.Text("reports.outcome_" + r.Outcome)
	}
	if r.Outcome == schema.ReportMade {
		for _, l := range slices.Compact(slices.Sorted(slices.Values(r.Languages))) {
			row.Files = append(row.Files, option{Name: p.Text("report.language_" + l), Address: "/reports/runs/" + url.PathEscape(r.ID) + "/" + l})
		}
	}
	return row
}

func newDeliveryRow(p *i18n.Printer, d schema.Delivery, name string, now time.Time) deliveryRow {
	row := deliveryRow{Schedule: name, Period: periodName(p, d.From, d.To), Recipient: d.Recipient, At: at(p, &d.At, now),
		State: p.Text("reports.state_" + d.State), Error: clip(d.Error, 400), Tried: d.Tried(), MessageID: d.MessageID}
	if row.Schedule == "" {
		row.Schedule = d.Schedule
	}
	if d.Language != "" {
		row.Language = p.Text("report.language_" + d.Language)
	}
	if d.PDFSHA256 != "" {
		row.Paper = "/reports/runs/" + url.PathEscape(d.Run) + "/" + d.Language
	}
	if d.State != schema.DeliverySent {
		row.Advice = p.Text("reports.advice_" + d.State)
	}
	switch d.State {
	case schema.DeliverySent:
		row.Class = "ok"
	case schema.DeliverySending:
		row.Class = "run"
	case schema.DeliveryRetry:
		row.Class = "wait"
	default:
		row.Class = "act"
	}
	return row
}

// deliveriesFile sends GET /reports.csv and .xlsx?state=.
func (s *Server) deliveriesFile(c *fiber.Ctx) error {
	state := c.Query("state")
	if state != "" && !slices.Contains(schema.DeliveryStates(), state) {
		return inputError{"reports.problem_state"}
	}
	log, err := s.Reports.Deliveries(c.UserContext(), state, deliveriesInFile)
	if err != nil {
		return fmt.Errorf("deliveries: %w: %w", errUnavailable, err)
	}
	p := s.printer(c)
	rows := [][]cell{headings(p, "schedule", "first_day", "last_day", "recipient", "language", "at", "state", "tried", "answer", "error", "message_id", "pdf_sha256", "pdf_size", "run")}
	for _, d := range log {
		code, size := cell{}, cell{}
		if d.Code > 0 {
			code = countCell(d.Code)
		}
		if d.PDFSHA256 != "" {
			size = countCell(d.PDFSize)
		}
		rows = append(rows, []cell{textCell(d.Schedule), dayCell(d.From), dayCell(d.To.AddDate(0, 0, -1)), textCell(d.Recipient),
			textCell(d.Language), momentCell(p, &d.At), textCell(d.State), countCell(d.Tried()), code, textCell(d.Error), textCell(d.MessageID), textCell(d.PDFSHA256), size, textCell(d.Run)})
	}
	return sendTable(c, p, "hamawaz-deliveries", rows)
}

// reportFile sends GET /reports/runs/:run/:language: a report as it was made.
func (s *Server) reportFile(c *fiber.Ctx) error {
	run, err := url.PathUnescape(c.Params("run"))
	if err != nil {
		return fmt.Errorf("report: %w", schema.ErrNotFound)
	}
	f, err := s.Reports.ReportFile(c.UserContext(), run, c.Params("language"))
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return err
	case err != nil:
		return fmt.Errorf("report: %w: %w", errUnavailable, err)
	}
	if err := s.audit(c, person(c).ID, actionReadReport, run+" "+f.Language); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/pdf")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+safeFileName(f.Name)+`"`)
	return c.Send(f.PDF)
}

// safeFileName leaves of a name what needs no quoting.
func safeFileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || safeName(string(r)) == string(r) {
			return r
		}
		return '-'
	}, s)
}

// sendReport takes POST /reports/:schedule/send: the report of a period goes
// out now.
func (s *Server) sendReport(c *fiber.Ctx) error {
	x, err := s.scheduleOf(c)
	if err != nil {
		return err
	}
	if x.Status != schema.ScheduleActive {
		return inputError{"reports.problem_closed"}
	}
	from, err := time.ParseInLocation(time.DateOnly, c.FormValue("from"), s.Zone)
	if err != nil || !slices.ContainsFunc(periodOptions(s.printer(c), x.Kind, s.Now(), s.Zone), func(o option) bool { return o.Value == c.FormValue("from") }) {
		return inputError{"report.problem_month"}
	}
	again := c.FormValue("again") != ""
	subject := x.ID + " " + from.Format(time.DateOnly)
	if again {
		subject += " again"
	}
	if err := s.audit(c, person(c).ID, actionSendReport, subject); err != nil {
		return err
	}
	if err := s.Queue.SendReport(c.UserContext(), x.ID, from, again, person(c).ID); err != nil {
		return fmt.Errorf("send report %s: %w: %w", x.ID, errUnavailable, err)
	}
	return c.Redirect("/reports?asked="+url.QueryEscape(x.ID), fiber.StatusSeeOther)
}

// scheduleOf returns the schedule that the path names.
func (s *Server) scheduleOf(c *fiber.Ctx) (schema.ReportSchedule, error) {
	id, err := url.PathUnescape(c.Params("schedule"))
	if err != nil {
		return schema.ReportSchedule{}, fmt.Errorf("report schedule: %w", schema.ErrNotFound)
	}
	x, err := s.Reports.ReportSchedule(c.UserContext(), id)
	if err != nil && !errors.Is(err, schema.ErrNotFound) {
		err = fmt.Errorf("%w: %w", errUnavailable, err)
	}
	return x, err
}

// setScheduleStatus takes POST /reports/:schedule/status: closed or active.
func (s *Server) setScheduleStatus(c *fiber.Ctx) error {
	x, err := s.scheduleOf(c)
	if err != nil {
		return err
	}
	status := c.FormValue("status")
	if status != schema.ScheduleActive && status != schema.ScheduleClosed {
		return inputError{"reports.problem_form"}
	}
	if x.Status == status {
		return c.Redirect("/reports", fiber.StatusSeeOther)
	}
	// Somebody else's change since the page was shown must be seen first.
	if c.FormValue("version") != strconv.FormatUint(x.Number, 10) {
		return c.Redirect("/reports/schedule?changed=1&id="+url.QueryEscape(x.ID), fiber.StatusSeeOther)
	}
	x.Status, x.ChangedBy, x.Reason = status, person(c).ID, status
	if status == schema.ScheduleActive {
		x.Since = s.Now().UTC()
	}
	if err := s.audit(c, person(c).ID, actionSaveSchedule, x.ID+" "+status); err != nil {
		return err
	}
	switch err := s.Reports.SaveReportSchedule(c.UserContext(), x); {
	case errors.Is(err, schema.ErrConflict):
		return c.Redirect("/reports/schedule?changed=1&id="+url.QueryEscape(x.ID), fiber.StatusSeeOther)
	case err != nil:
		return fmt.Errorf("save schedule %s: %w: %w", x.ID, errUnavailable, err)
	}
	return c.Redirect("/reports", fiber.StatusSeeOther)
}

func newScheduleID() string { return uuid.NewString() }
