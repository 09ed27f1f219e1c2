package schema

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// A ReportKind says when a schedule's report is due.
type ReportKind string

const (
	// ReportMonthly is about a calendar month, on a day of the next one.
	ReportMonthly ReportKind = "monthly"
	// ReportWeekly is about Monday to Sunday, on a day of the next week.
	ReportWeekly ReportKind = "weekly"
	// ReportOnDemand is about a calendar month, when somebody asks for it.
	ReportOnDemand ReportKind = "on_demand"
)

// ReportKinds lists every kind.
func ReportKinds() []ReportKind { return []ReportKind{ReportMonthly, ReportWeekly, ReportOnDemand} }

// Languages of a report: one page each.
const (
	ReportEnglish = "en"
	ReportUrdu    = "ur"
	ReportBoth    = "both"
)

// ReportLanguages lists them.
func ReportLanguages() []string { return []string{ReportEnglish, ReportUrdu, ReportBoth} }

// The states of a schedule.
const (
	ScheduleActive = "active"
	ScheduleClosed = "closed"
)

// A ReportSchedule says which report goes out, when and to whom. It is a
// versioned record: see Version.
type ReportSchedule struct {
	ID         string       `ch:"schedule_id"`
	Name       string       `ch:"name"`
	Kind       ReportKind   `ch:"kind"`
	Day        uint8        `ch:"day"`           // monthly: 1 to 28; weekly: 1 (Monday) to 7
	Hour       uint8        `ch:"hour"`          // 0 to 23, in the office's zone
	Language   string       `ch:"language"`      // of recipients who have none of their own
	Department DepartmentID `ch:"department_id"` // empty: all
	Recipients []string     `ch:"recipients"`    // people's ids, or mail addresses
	Languages  []string     `ch:"languages"`     // of the recipients, in their order; "": the person's, or the schedule's
	Status     string       `ch:"status"`
	Since      time.Time    `ch:"since"` // when its time was last set: nothing is due from before
	Version
}

// Check returns what is wrong with the schedule, or nil.
func (s ReportSchedule) Check() error {
	switch {
	case strings.TrimSpace(s.Name) == "" || len([]rune(s.Name)) > 120 || strings.ContainsFunc(s.Name, isControl):
		return fmt.Errorf("schedule %q: the name must have 1 to 120 letters on one line", s.ID)
	case !slices.Contains(ReportKinds(), s.Kind):
		return fmt.Errorf("schedule %q: unknown kind %q", s.ID, s.Kind)
	case s.Kind == ReportMonthly && (s.Day < 1 || s.Day > 28), s.Kind == ReportWeekly && (s.Day < 1 || s.Day > 7):
		return fmt.Errorf("schedule %q: day %d cannot be", s.ID, s.Day)
	case s.Hour > 23:
		return fmt.Errorf("schedule %q: hour %d cannot be", s.ID, s.Hour)
	case !slices.Contains(ReportLanguages(), s.Language):
		return fmt.Errorf("schedule %q: unknown language %q", s.ID, s.Language)
	case len(s.Recipients) != len(s.Languages):
		return fmt.Errorf("schedule %q: %d recipients, %d languages", s.ID, len(s.Recipients), len(s.Languages))
	case s.Status != ScheduleActive && s.Status != ScheduleClosed:
		return fmt.Errorf("schedule %q: unknown status %q", s.ID, s.Status)
	}
	for i, r := range s.Recipients {
		if strings.Contains(r, "@") && !IsMailAddress(r) {
			return fmt.Errorf("schedule %q: %q is no mail address", s.ID, r)
		}
		if l := s.Languages[i]; l != "" && !slices.Contains(ReportLanguages(), l) {
			return fmt.Errorf("schedule %q: unknown language %q", s.ID, l)
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }

// IsMailAddress reports whether s is a bare mail address: no name beside it,
// and nothing that could end a line.
func IsMailAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == "" && len(s) <= 254 && !strings.ContainsFunc(s, isControl) && !strings.ContainsAny(s, " \"<>,;")
}

// LastPeriod returns the newest whole period of the kind that is over at now:
// two midnights in the zone, the second not included.
func (k ReportKind) LastPeriod(now time.Time, zone *time.Location) (from, to time.Time) {
	now = now.In(zone)
	if k == ReportWeekly {
		since := (int(now.Weekday()) + 6) % 7 // days since Monday
		to = time.Date(now.Year(), now.Month(), now.Day()-since, 0, 0, 0, 0, zone)
		return to.AddDate(0, 0, -7), to
	}
	to = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone)
	return to.AddDate(0, -1, 0), to
}

// Due returns the newest moment at or before now at which the schedule's
// report was due, with the period that it is about. ok is false where none was
// since the schedule's time was set.
func (s ReportSchedule) Due(now time.Time, zone *time.Location) (at, from, to time.Time, ok bool) {
	if s.Status != ScheduleActive || s.Kind == ReportOnDemand {
		return at, from, to, false
	}
	from, to = s.Kind.LastPeriod(now, zone)
	if at = s.dueAfter(to); at.After(now) {
		from, to = s.Kind.LastPeriod(from, zone)
		at = s.dueAfter(to)
	}
	return at, from, to, !at.Before(s.Since)
}

// NextDue returns the first moment after now at which the schedule's report is
// due, or false where it never is by itself.
func (s ReportSchedule) NextDue(now time.Time, zone *time.Location) (time.Time, bool) {
	if s.Status != ScheduleActive || s.Kind == ReportOnDemand {
		return time.Time{}, false
	}
	_, to := s.Kind.LastPeriod(now, zone)
	for at := s.dueAfter(to); ; at = s.dueAfter(to) {
		if at.After(now) {
			return at, true
		}
		if s.Kind == ReportWeekly {
			to = to.AddDate(0, 0, 7)
		} else {
			to = to.AddDate(0, 1, 0)
		}
	}
}

// dueAfter returns when the report of the period that ends with to is due.
func (s ReportSchedule) dueAfter(to time.Time) time.Time {
	return time.Date(to.Year(), to.Month(), to.Day()+int(s.Day)-1, int(s.Hour), 0, 0, 0, to.Location())
}

// A ReportQuestion asks for the report of a period.
type ReportQuestion struct {
	From, To   time.Time // midnights in the zone, To not included
	Department DepartmentID
	Language   string // en, ur or both
}

// Outcomes of a report's run.
const (
	ReportMade       = "made"       // its files are stored, and deliveries go out
	ReportNobody     = "nobody"     // everybody has it already
	ReportIncomplete = "incomplete" // the figures are not complete: nothing was made
	ReportFailed     = "failed"
)

// A ReportRun is one try at making a schedule's report of a period.
type ReportRun struct {
	ID         string       `ch:"run_id"`
	Schedule   string       `ch:"schedule_id"`
	From       time.Time    `ch:"from_day"` // a day: its date counts, not its zone
	To         time.Time    `ch:"to_day"`
	Department DepartmentID `ch:"department_id"`
	AskedBy    string       `ch:"asked_by"`   // a person's id; empty: the schedule
	Again      bool         `ch:"again"`      // asked to send also to those who have it
	Recipients []string     `ch:"recipients"` // mail addresses; a person's id where there is no address
	People     []string     `ch:"people"`     // their ids, in the same order; "": an address only
	Languages  []string     `ch:"languages"`  // en, ur or both
	StartedAt  time.Time    `ch:"started_at"`
	FinishedAt *time.Time   `ch:"finished_at"`
	Outcome    string       `ch:"outcome"` // empty: goes on, or its process died
	Error      string       `ch:"error"`
	UpdatedAt  time.Time    `ch:"updated_at"`
}

// A ReportFile is a report as it was made, in one language: the paper, and
// what the mail around it says.
type ReportFile struct {
	Run      string    `ch:"run_id"`
	Language string    `ch:"language"`
	Name     string    `ch:"name"` // of the file
	PDF      []byte    `ch:"pdf"`
	SHA256   string    `ch:"sha256"` // of PDF, in hex
	Size     uint64    `ch:"size"`   // of PDF, in bytes
	Subject  string    `ch:"subject"`
	Text     string    `ch:"text"`
	HTML     string    `ch:"html"`
	MadeAt   time.Time `ch:"made_at"`
}

// States of a delivery. Those that are final are not tried again by
// themselves.
const (
	DeliverySending    = "sending"     // handed to the mail server now, or the process died over it: final
	DeliverySent       = "sent"        // the mail server took it: final
	DeliveryRetry      = "retry"       // a passing trouble: tried again
	DeliveryRefused    = "refused"     // the mail server refused it for good: final
	DeliveryUnclear    = "unclear"     // the connection broke before the server's last word: final
	DeliveryNoServer   = "no_server"   // no mail server is set
	DeliveryNoAddress  = "no_address"  // the person is gone, disabled or has no address: final
	DeliveryNotAllowed = "not_allowed" // the person may not see this report: final
)

// DeliveryStates lists them.
func DeliveryStates() []string {
	return []string{DeliverySent, DeliverySending, DeliveryRetry, DeliveryRefused, DeliveryUnclear, DeliveryNoServer, DeliveryNoAddress, DeliveryNotAllowed}
}

// A Delivery is one step of sending a report to one recipient.
type Delivery struct {
	Schedule  string    `ch:"schedule_id"`
	From      time.Time `ch:"from_day"`
	To        time.Time `ch:"to_day"`
	Run       string    `ch:"run_id"`
	Recipient string    `ch:"recipient"`
	Person    string    `ch:"person_id"`
	Language  string    `ch:"language"`
	Step      uint32    `ch:"step"` // counts from 1 within run and recipient
	At        time.Time `ch:"at"`
	State     string    `ch:"state"`
	Code      uint16    `ch:"code"`  // the mail server's answer; 0: none
	Error     string    `ch:"error"` // in the server's or our words; never a secret
	MessageID string    `ch:"message_id"`
	PDFSHA256 string    `ch:"pdf_sha256"`
	PDFSize   uint64    `ch:"pdf_size"`
}

// Tried returns which try of sending the step belongs to: each takes two
// steps, "sending" and what came of it.
func (d Delivery) Tried() int { return int(d.Step+1) / 2 }

const scheduleColumns = `schedule_id, name, kind, day, hour, language, department_id, recipients, languages, status, since,
	version, changed_at, changed_by, change_reason`

// ReportSchedules returns all schedules, the active ones first, by name.
func (d *Directory) ReportSchedules(ctx context.Context) ([]ReportSchedule, error) {
	return selectAll[ReportSchedule](ctx, d.Store, "report schedules",
		`SELECT `+scheduleColumns+` FROM report_schedules_now ORDER BY status, name, schedule_id`)
}

// ReportSchedule returns the schedule, or ErrNotFound.
func (d *Directory) ReportSchedule(ctx context.Context, id string) (ReportSchedule, error) {
	return selectOne[ReportSchedule](ctx, d.Store, fmt.Sprintf("report schedule %q", id),
		`SELECT `+scheduleColumns+` FROM report_schedules_now WHERE schedule_id = {key:String}`, id)
}

// SaveReportSchedule stores the next version of the schedule; see
// SaveDepartment.
func (d *Directory) SaveReportSchedule(ctx context.Context, s ReportSchedule) error {
	if err := s.Check(); err != nil {
		return err
	}
	return save(ctx, d, "report_schedules", "schedule_id", s.ID, &s, &s.Version)
}

const runColumns = `run_id, schedule_id, from_day, to_day, department_id, asked_by, again, recipients, people, languages,
	started_at, finished_at, outcome, error, updated_at`

// ReportRuns returns the newest runs of all schedules, at most limit, the
// newest first.
func (d *Directory) ReportRuns(ctx context.Context, limit int) ([]ReportRun, error) {
	return d.reportRuns(ctx, "ORDER BY started_at DESC, run_id LIMIT {limit:UInt32}", clickhouse.Named("limit", uint32(limit)))
}

// ReportRunsOf returns the runs of the schedule over the period that begins on
// the day, the newest first.
func (d *Directory) ReportRunsOf(ctx context.Context, schedule string, from time.Time) ([]ReportRun, error) {
	return d.reportRuns(ctx, "WHERE schedule_id = {schedule:String} AND from_day = {from:Date} ORDER BY started_at DESC, run_id",
		clickhouse.Named("schedule", schedule), clickhouse.Named("from", from.Format(time.DateOnly)))
}

// ReportRun returns the run, or ErrNotFound.
func (d *Directory) ReportRun(ctx context.Context, id string) (ReportRun, error) {
	runs, err := d.reportRuns(ctx, "WHERE run_id = {id:String}", clickhouse.Named("id", id))
	if err != nil || len(runs) == 0 {
		if err == nil {
			err = fmt.Errorf("report run %q: %w", id, ErrNotFound)
		}
		return ReportRun{}, err
	}
	return runs[0], nil
}

func (d *Directory) reportRuns(ctx context.Context, rest string, args ...any) ([]ReportRun, error) {
	var rows []ReportRun
	if err := d.Store.Conn.Select(ctx, &rows, `SELECT `+runColumns+` FROM report_runs FINAL `+rest, args...); err != nil {
		return nil, fmt.Errorf("read report runs: %w", err)
	}
	return rows, nil
}

// SaveReportRun stores how the run stands now.
func (d *Directory) SaveReportRun(ctx context.Context, r ReportRun) error {
	r.From, r.To, r.UpdatedAt = day(r.From), day(r.To), time.Now().UTC()
	if err := Insert(ctx, d.Store.Conn, "report_runs", []any{&r}); err != nil {
		return fmt.Errorf("save report run %s: %w", r.ID, err)
	}
	return nil
}

// day returns the date of t as midnight in UTC: the driver writes it as it is.
func day(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }

// SaveReportFile keeps a report as it was made.
func (d *Directory) SaveReportFile(ctx context.Context, f ReportFile) error {
	if err := Insert(ctx, d.Store.Conn, "report_files", []any{&f}); err != nil {
		return fmt.Errorf("save report %s, %s: %w", f.Run, f.Language, err)
	}
	return nil
}

// ReportFile returns the report of the run in the language, or ErrNotFound.
func (d *Directory) ReportFile(ctx context.Context, run, language string) (ReportFile, error) {
	var f ReportFile
	var pdf string
	rows, err := d.Store.Conn.Query(ctx, `SELECT run_id, language, name, pdf, sha256, size, subject, text, html, made_at
		FROM report_files FINAL WHERE run_id = {run:String} AND language = {language:String}`,
		clickhouse.Named("run", run), clickhouse.Named("language", language))
	if err == nil {
		defer rows.Close()
		if !rows.Next() {
			if err = rows.Err(); err == nil {
				err = ErrNotFound
			}
		} else {
			err = rows.Scan(&f.Run, &f.Language, &f.Name, &pdf, &f.SHA256, &f.Size, &f.Subject, &f.Text, &f.HTML, &f.MadeAt)
		}
	}
	if err != nil {
		return ReportFile{}, fmt.Errorf("report %q, %q: %w", run, language, err)
	}
	f.PDF = []byte(pdf)
	return f, nil
}

const deliveryColumns = `schedule_id, from_day, to_day, run_id, recipient, person_id, language, step, at, state, code, error,
	message_id, pdf_sha256, pdf_size`

// Deliveries returns the newest steps, at most limit, the newest first; with a
// state, only the steps of that state.
func (d *Directory) Deliveries(ctx context.Context, state string, limit int) ([]Delivery, error) {
	return d.deliveries(ctx, `WHERE {state:String} = '' OR state = {state:String}
		ORDER BY at DESC, run_id, recipient, step DESC LIMIT {limit:UInt32}`,
		clickhouse.Named("state", state), clickhouse.Named("limit", uint32(limit)))
}

// DeliveriesOf returns every step of the schedule's reports over the period
// that begins on the day, in their order within run and recipient.
func (d *Directory) DeliveriesOf(ctx context.Context, schedule string, from time.Time) ([]Delivery, error) {
	return d.deliveries(ctx, `WHERE schedule_id = {schedule:String} AND from_day = {from:Date} ORDER BY run_id, recipient, step`,
		clickhouse.Named("schedule", schedule), clickhouse.Named("from", from.Format(time.DateOnly)))
}

func (d *Directory) deliveries(ctx context.Context, rest string, args ...any) ([]Delivery, error) {
	var rows []Delivery
	if err := d.Store.Conn.Select(ctx, &rows, `SELECT `+deliveryColumns+` FROM deliveries `+rest, args...); err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return rows, nil
}

// AddDelivery appends a step.
func (d *Directory) AddDelivery(ctx context.Context, x Delivery) error {
	x.From, x.To = day(x.From), day(x.To)
	if err := Insert(ctx, d.Store.Conn, "deliveries", []any{&x}); err != nil {
		return fmt.Errorf("log delivery to %s: %w", x.Recipient, err)
	}
	return nil
}

// Scan implements sql.Scanner.
func (x *ReportKind) Scan(v any) error { return ScanText(x, v) }

// Value implements driver.Valuer.
func (x ReportKind) Value() (driver.Value, error) { return string(x), nil }
