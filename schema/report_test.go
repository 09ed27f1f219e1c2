package schema_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/schematest"
)

var pakistan = time.FixedZone("Asia/Karachi", 5*3600)

func TestReportIsDue(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, pakistan)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	monthly := schema.ReportSchedule{Kind: schema.ReportMonthly, Day: 3, Hour: 9, Status: schema.ScheduleActive}
	weekly := schema.ReportSchedule{Kind: schema.ReportWeekly, Day: 1, Hour: 8, Status: schema.ScheduleActive}
	closed := monthly
	closed.Status = schema.ScheduleClosed
	young := monthly
	young.Since = at("2024-06-03 10:00")
	for _, tt := range []struct {
		name       string
		s          schema.ReportSchedule
		now        string
		due        string // empty: none
		from, next string
	}{
		{"an hour before", monthly, "2024-06-03 08:00", "2024-05-03 09:00", "2024-04-01", "2024-06-03 09:00"},
		{"on the hour", monthly, "2024-06-03 09:00", "2024-06-03 09:00", "2024-05-01", "2024-07-03 09:00"},
		{"at the year's turn", monthly, "2025-01-20 12:00", "2025-01-03 09:00", "2024-12-01", "2025-02-03 09:00"},
		{"half past midnight in Pakistan, yesterday in UTC", schema.ReportSchedule{Kind: schema.ReportMonthly, Day: 1, Status: schema.ScheduleActive},
			"2024-06-01 00:30", "2024-06-01 00:00", "2024-05-01", "2024-07-01 00:00"},
		{"a week ends with Sunday", weekly, "2024-06-03 08:00", "2024-06-03 08:00", "2024-05-27", "2024-06-10 08:00"},
		{"the same Monday, too early", weekly, "2024-06-03 07:59", "2024-05-27 08:00", "2024-05-20", "2024-06-03 08:00"},
		{"made after it was due", young, "2024-06-20 12:00", "", "", "2024-07-03 09:00"},
		{"closed", closed, "2024-06-20 12:00", "", "", ""},
		{"on demand", schema.ReportSchedule{Kind: schema.ReportOnDemand, Status: schema.ScheduleActive}, "2024-06-20 12:00", "", "", ""},
	} {
		due, from, _, ok := tt.s.Due(at(tt.now), pakistan)
		if ok != (tt.due != "") || ok && (!due.Equal(at(tt.due)) || from.Format(time.DateOnly) != tt.from) {
			t.Errorf("%s: due %s about %s, %v; want %s about %s", tt.name, due, from.Format(time.DateOnly), ok, tt.due, tt.from)
		}
		next, ok := tt.s.NextDue(at(tt.now), pakistan)
		if ok != (tt.next != "") || ok && !next.Equal(at(tt.next)) {
			t.Errorf("%s: next %s, %v; want %s", tt.name, next, ok, tt.next)
		}
	}
}

func TestMailAddress(t *testing.T) {
	for s, want := range map[string]bool{
		"secretary@balochistan.gov.pk": true, "a.b+c@d.example": true, "Name <a@b.example>": false, "a@b.example\r\nBcc: x@y.example": false,
		"a@b.example,c@d.example": false, "a b@c.example": false, "": false, "a": false, `"a b"@c.example`: false, strings.Repeat("a", 250) + "@b.example": false,
	} {
		if got := schema.IsMailAddress(s); got != want {
			t.Errorf("IsMailAddress(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestReportRecords(t *testing.T) {
	d := directoryOn(t)
	s := schema.ReportSchedule{ID: "s", Name: "ماہانہ رپورٹ", Kind: schema.ReportMonthly, Day: 3, Hour: 9, Language: "ur", Status: schema.ScheduleActive,
		Recipients: []string{"person", "a@b.example"}, Languages: []string{"", "both"}, Since: d.Now(), Version: schema.Version{ChangedBy: "test"}}
	if err := d.SaveReportSchedule(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveReportSchedule(t.Context(), s); !errors.Is(err, schema.ErrConflict) {
		t.Errorf("saving an old version: %v, want ErrConflict", err)
	}
	s.Number, s.ChangedAt = 1, d.Now()
	if got, err := d.ReportSchedule(t.Context(), "s"); err != nil || cmp.Diff(s, got) != "" {
		t.Errorf("ReportSchedule: %v\n%s", err, cmp.Diff(s, got))
	}
	for name, bad := range map[string]func(*schema.ReportSchedule){
		"day": func(s *schema.ReportSchedule) { s.Day = 29 }, "hour": func(s *schema.ReportSchedule) { s.Hour = 24 },
		"name": func(s *schema.ReportSchedule) { s.Name = "a\r\nBcc: x@y.example" }, "address": func(s *schema.ReportSchedule) { s.Recipients = []string{"a@b\nc", ""} },
	} {
		x := s
		bad(&x)
		if err := d.SaveReportSchedule(t.Context(), x); err == nil {
			t.Errorf("a schedule with a bad %s is saved", name)
		}
	}

	day := time.Date(2024, 5, 1, 0, 0, 0, 0, pakistan)
	run := schema.ReportRun{ID: "r", Schedule: "s", From: day, To: day.AddDate(0, 1, 0), Recipients: []string{"a@b.example"}, People: []string{""},
		Languages: []string{"ur"}, StartedAt: d.Now()}
	if err := d.SaveReportRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	run.Outcome = schema.ReportMade
	if err := d.SaveReportRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	runs, err := d.ReportRunsOf(t.Context(), "s", day)
	if err != nil || len(runs) != 1 || runs[0].Outcome != schema.ReportMade || runs[0].From.Format(time.DateOnly) != "2024-05-01" || runs[0].To.Format(time.DateOnly) != "2024-06-01" {
		t.Errorf("ReportRunsOf = %+v, %v", runs, err)
	}

	pdf := []byte("%PDF-\x00\xff\n;'\\")
	if err := d.SaveReportFile(t.Context(), schema.ReportFile{Run: "r", Language: "ur", PDF: pdf, Subject: "موضوع", MadeAt: d.Now()}); err != nil {
		t.Fatal(err)
	}
	if f, err := d.ReportFile(t.Context(), "r", "ur"); err != nil || string(f.PDF) != string(pdf) || f.Subject != "موضوع" {
		t.Errorf("ReportFile = %+v, %v", f, err)
	}
	if _, err := d.ReportFile(t.Context(), "r", "en"); !errors.Is(err, schema.ErrNotFound) {
		t.Errorf("ReportFile in a language that was not made: %v, want ErrNotFound", err)
	}

	for i, state := range []string{schema.DeliverySending, schema.DeliverySent} {
		err := d.AddDelivery(t.Context(), schema.Delivery{Schedule: "s", From: day, To: run.To, Run: "r", Recipient: "a@b.example", Step: uint32(i + 1), State: state, At: d.Now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	if all, err := d.DeliveriesOf(t.Context(), "s", day); err != nil || len(all) != 2 || all[1].State != schema.DeliverySent || all[1].Tried() != 1 {
		t.Errorf("DeliveriesOf = %+v, %v", all, err)
	}
	if all, err := d.Deliveries(t.Context(), schema.DeliverySent, 10); err != nil || len(all) != 1 {
		t.Errorf("Deliveries(sent) = %+v, %v", all, err)
	}
	schematest.Exec(t, d.Store, "INSERT INTO report_schedules (schedule_id, version, changed_by) VALUES ('s', 1, 'two')")
	if forks, err := d.Forks(t.Context()); err != nil || len(forks) != 1 {
		t.Errorf("Forks = %q, %v", forks, err)
	}
}
