package dashboard

import (
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// schedulePage is the form of one schedule of reports.
type schedulePage struct {
	page
	ID, Name, Recipients string // as typed
	Version              string
	Kinds, Days          []option
	Weekdays, Hours      []option
	Languages            []option
	Departments          []option
	Problem              string        // why it was not saved; empty: it was not tried, or well
	Theirs               template.HTML // what somebody else saved meanwhile; empty: nothing
	TheirRecipients      string
}

// maxRecipients is how many one schedule may have.
const maxRecipients = 200

// scheduleForm shows GET /reports/schedule?id=&changed=: an empty form without
// an id.
func (s *Server) scheduleForm(c *fiber.Ctx) error {
	x := schema.ReportSchedule{Kind: schema.ReportMonthly, Day: 3, Hour: 9, Language: language(c), Status: schema.ScheduleActive}
	if id := c.Query("id"); id != "" {
		var err error
		if x, err = s.Reports.ReportSchedule(c.UserContext(), id); err != nil {
			if !errors.Is(err, schema.ErrNotFound) {
				err = fmt.Errorf("%w: %w", errUnavailable, err)
			}
			return err
		}
	}
	recipients, err := s.recipientLines(c, x)
	if err != nil {
		return err
	}
	problem := ""
	if c.Query("changed") != "" {
		problem = "reports.problem_changed"
	}
	return s.showSchedule(c, fiber.StatusOK, x, recipients, problem, nil)
}

// showSchedule shows the form with what was typed, and, after a conflict, what
// is stored.
func (s *Server) showSchedule(c *fiber.Ctx, status int, x schema.ReportSchedule, recipients, problem string, theirs *schema.ReportSchedule) error {
	title := "reports.new"
	if x.ID != "" {
		title = "reports.edit"
	}
	p := schedulePage{page: s.newPage(c, title), ID: x.ID, Name: x.Name, Recipients: recipients, Version: strconv.FormatUint(x.Number, 10)}
	for _, k := range schema.ReportKinds() {
		p.Kinds = append(p.Kinds, option{Name: p.Text("reports.kind_" + string(k)), Value: string(k), Current: k == x.Kind})
	}
	for d := 1; d <= 28; d++ {
		p.Days = append(p.Days, option{Name: strconv.Itoa(d), Value: strconv.Itoa(d), Current: x.Kind != schema.ReportWeekly && d == int(x.Day)})
	}
	for d := 1; d <= 7; d++ {
		p.Weekdays = append(p.Weekdays, option{Name: p.Text("weekday." + strconv.Itoa(d)), Value: strconv.Itoa(d), Current: x.Kind == schema.ReportWeekly && d == int(x.Day)})
	}
	for h := range 24 {
		p.Hours = append(p.Hours, option{Name: fmt.Sprintf("%02d:00", h), Value: strconv.Itoa(h), Current: h == int(x.Hour)})
	}
	for _, l := range schema.ReportLanguages() {
		p.Languages = append(p.Languages, option{Name: p.Text("report.language_" + l), Value: l, Current: l == x.Language})
	}
	departments, err := s.Stats.Departments(c.UserContext())
	if err != nil {
		return fmt.Errorf("departments: %w: %w", errUnavailable, err)
	}
	p.Departments = []option{{Name: p.Text("filter.all_departments"), Current: x.Department == ""}}
	names := map[schema.DepartmentID]string{"": p.Text("filter.all_departments")}
	for _, d := range departments {
		names[d.ID] = departmentName(p.Printer, d)
		p.Departments = append(p.Departments, option{Name: names[d.ID], Value: string(d.ID), Current: d.ID == x.Department})
	}
	if problem != "" {
		p.Problem = p.Text(problem, "Typed", problemLine(recipients, problem))
	}
	if theirs != nil {
		by := theirs.ChangedBy
		if q, err := s.People.Person(c.UserContext(), by); err == nil {
			by = q.Name
		}
		p.Theirs = p.HTML("reports.theirs", "Name", by, "When", p.Moment(theirs.ChangedAt, s.Now()), "Schedule", theirs.Name,
			"Due", i18n.Words(scheduleWhen(p.Printer, *theirs)), "Department", names[theirs.Department], "Language", i18n.Words(p.Text("report.language_"+theirs.Language)))
		if p.TheirRecipients, err = s.recipientLines(c, *theirs); err != nil {
			return err
		}
	}
	return s.render(c, status, "schedule", p)
}

// problemLine finds the line that a problem with recipients is about.
func problemLine(recipients, problem string) string {
	if problem == "reports.problem_address" {
		for line := range strings.Lines(recipients) {
			fields := strings.Fields(line)
			if len(fields) > 0 && (len(fields) > 2 || !schema.IsMailAddress(fields[0]) || len(fields) == 2 && !slices.Contains(schema.ReportLanguages(), fields[1])) {
				return clip(strings.TrimSpace(line), 80)
			}
		}
	}
	return ""
}

// recipientLines writes the recipients as the form wants them: an address on
// each line, with a language behind it where it has its own.
func (s *Server) recipientLines(c *fiber.Ctx, x schema.ReportSchedule) (string, error) {
	var b strings.Builder
	for i, who := range x.Recipients {
		name, err := s.recipientName(c, who)
		if err != nil {
			return "", err
		}
		b.WriteString(strings.TrimRight(name+" "+x.Languages[i], " ") + "\n")
	}
	return b.String(), nil
}

// saveSchedule takes POST /reports/schedule.
func (s *Server) saveSchedule(c *fiber.Ctx) error {
	ctx := c.UserContext()
	form := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	x := schema.ReportSchedule{Status: schema.ScheduleActive, Since: s.Now().UTC()}
	var stored schema.ReportSchedule
	if id := form("id"); id != "" {
		var err error
		if stored, err = s.Reports.ReportSchedule(ctx, id); err != nil {
			if !errors.Is(err, schema.ErrNotFound) {
				err = fmt.Errorf("%w: %w", errUnavailable, err)
			}
			return err
		}
		x = stored
		version, err := strconv.ParseUint(form("version"), 10, 64)
		if err != nil {
			return inputError{"reports.problem_form"}
		}
		x.Number = version
	}
	x.Name, x.Kind, x.Language, x.Department = form("name"), schema.ReportKind(form("kind")), form("language"), schema.DepartmentID(form("department"))
	day, hour := form("day"), form("hour")
	if x.Kind == schema.ReportWeekly {
		day = form("weekday")
	}
	typed := c.FormValue("recipients")
	refuse := func(problem string) error {
		return s.showSchedule(c, fiber.StatusBadRequest, x, typed, problem, nil)
	}
	n, err1 := strconv.ParseUint(day, 10, 8)
	h, err2 := strconv.ParseUint(hour, 10, 8)
	if err1 != nil || err2 != nil {
		return refuse("reports.problem_time")
	}
	x.Day, x.Hour = uint8(n), uint8(h)
	if x.Department != "" {
		departments, err := s.Stats.Departments(ctx)
		if err != nil {
			return fmt.Errorf("departments: %w: %w", errUnavailable, err)
		}
		if !slices.ContainsFunc(departments, func(d schema.Department) bool { return d.ID == x.Department }) {
			return refuse("report.problem_department")
		}
	}
	problem, err := s.readRecipients(c, &x, typed)
	switch {
	case err != nil:
		return err
	case problem != "":
		return refuse(problem)
	case x.Name == "":
		return refuse("reports.problem_name")
	}
	if x.Check() != nil {
		return refuse("reports.problem_form")
	}
	if stored.ID == "" {
		x.ID = newScheduleID()
	} else if x.Kind != stored.Kind || x.Day != stored.Day || x.Hour != stored.Hour {
		x.Since = s.Now().UTC() // nothing becomes due by a change of the hour
	}
	x.ChangedBy, x.Reason = person(c).ID, "form"
	if err := s.audit(c, person(c).ID, actionSaveSchedule, x.ID); err != nil {
		return err
	}
	switch err := s.Reports.SaveReportSchedule(ctx, x); {
	case errors.Is(err, schema.ErrConflict):
		theirs, err := s.Reports.ReportSchedule(ctx, x.ID)
		if err != nil {
			return fmt.Errorf("report schedule: %w: %w", errUnavailable, err)
		}
		x.Number = theirs.Number // who saves now has seen theirs
		return s.showSchedule(c, fiber.StatusConflict, x, typed, "reports.problem_changed", &theirs)
	case err != nil:
		return fmt.Errorf("save schedule %s: %w: %w", x.ID, errUnavailable, err)
	}
	return c.Redirect("/reports", fiber.StatusSeeOther)
}

// readRecipients reads the typed lines into the schedule. An address of
// somebody who signs in here is kept as that person, who may change it. It
// returns the key of what is wrong, or "".
func (s *Server) readRecipients(c *fiber.Ctx, x *schema.ReportSchedule, typed string) (problem string, err error) {
	x.Recipients, x.Languages = nil, nil
	for line := range strings.Lines(typed) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		who, lang := fields[0], ""
		if len(fields) == 2 {
			lang = fields[1]
		}
		if len(fields) > 2 || !schema.IsMailAddress(who) || lang != "" && !slices.Contains(schema.ReportLanguages(), lang) {
			return "reports.problem_address", nil
		}
		switch p, err := s.People.PersonByEmail(c.UserContext(), strings.ToLower(who)); {
		case err == nil:
			if own, limited := ownDepartment(&p); limited && own != x.Department {
				return "reports.problem_not_theirs", nil
			}
			who = p.ID
		case !errors.Is(err, schema.ErrNotFound):
			return "", fmt.Errorf("person %q: %w: %w", who, errUnavailable, err)
		}
		if slices.Contains(x.Recipients, who) {
			return "reports.problem_twice", nil
		}
		x.Recipients, x.Languages = append(x.Recipients, who), append(x.Languages, lang)
	}
	switch {
	case len(x.Recipients) == 0:
		return "reports.problem_nobody", nil
	case len(x.Recipients) > maxRecipients:
		return "reports.problem_many", nil
	}
	return "", nil
}
