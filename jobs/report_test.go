package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// fakeReporter makes papers of one line.
type fakeReporter struct {
	mu    sync.Mutex
	asked []string
	err   error
}

type incompleteError struct{}

func (incompleteError) Error() string {
	return "the page is not complete: Nothing has been collected yet."
}
func (incompleteError) Incomplete() bool { return true }

func (r *fakeReporter) Report(_ context.Context, q schema.ReportQuestion) (schema.ReportFile, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, fmt.Sprintf("%s %s %s %s", q.From.Format(time.DateOnly), q.To.Format(time.DateOnly), q.Department, q.Language))
	return schema.ReportFile{Language: q.Language, Name: "report.pdf", PDF: []byte("%PDF-1.4 " + q.Language), SHA256: "5a", Size: 11, Subject: "Report", Text: "figures", HTML: "<p>figures</p>", MadeAt: time.Now()}, r.err
}

// An office is a worker with a schedule, a mail server and a clock that the
// test moves.
type office struct {
	*Worker
	t        *testing.T
	redis    redis.UniversalClient
	reporter *fakeReporter
	smtp     *smtpServer
	now      time.Time
}

// openOffice is at 4 June 2024, an hour after the report of May was due.
func openOffice(t *testing.T, recipients, languages []string) *office {
	t.Helper()
	r := startRedis(t)
	o := &office{t: t, redis: r, reporter: &fakeReporter{}, smtp: startSMTP(t)}
	o.Worker = workerOn(t, r, schema.Clock{}, func(context.Context, collector.Job, collector.Store) (collector.Cursor, error) { return "", nil })
	o.setClock(time.Date(2024, 6, 4, 10, 0, 0, 0, time.UTC))
	o.Reporter, o.Mailer = o.reporter, o.smtp.mailer()
	for _, p := range []schema.Person{
		{ID: "reader", Email: "reader@b.example", Role: schema.RoleReader, Status: schema.StatusActive},
		{ID: "gone", Email: "gone@b.example", Role: schema.RoleReader, Status: schema.StatusDisabled},
		{ID: "officer", Email: "officer@b.example", Role: schema.RoleOfficer, Department: "d", Status: schema.StatusActive},
	} {
		p.ChangedBy = "test"
		if err := o.Directory.SavePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	s := schema.ReportSchedule{ID: "s", Name: "Monthly", Kind: schema.ReportMonthly, Day: 4, Hour: 9, Language: "en", Recipients: recipients, Languages: languages,
		Status: schema.ScheduleActive, Since: o.now.AddDate(0, -2, 0), Version: schema.Version{ChangedBy: "test"}}
	if err := o.Directory.SaveReportSchedule(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return o
}

// setClock stops the clock at the time; its factor is too small to be seen.
func (o *office) setClock(now time.Time) {
	o.now = now
	o.Clock = schema.Clock{Start: now, Real: time.Now(), Factor: 1e-9}
}

func (o *office) plan() {
	o.t.Helper()
	if err := o.Mux().ProcessTask(o.t.Context(), task(o.t, NewPlanReports)); err != nil {
		o.t.Fatal(err)
	}
}

// work does what waits in the queue of reports, once each, and returns the
// errors.
func (o *office) work() []error {
	o.t.Helper()
	var all []error
	for {
		tasks, err := asynq.NewInspectorFromRedisClient(o.redis).ListPendingTasks(QueueReport)
		if err != nil && !errors.Is(err, asynq.ErrQueueNotFound) {
			o.t.Fatal(err)
		}
		if len(tasks) == 0 {
			return all
		}
		o.forget()
		for _, x := range tasks {
			if err := o.Mux().ProcessTask(o.t.Context(), asynq.NewTask(x.Type, x.Payload)); err != nil {
				all = append(all, err)
			}
		}
	}
}

// forget empties the queue, locks and all: the tasks are taken. The names of
// the queues stay, which a client tells but once.
func (o *office) forget() {
	o.t.Helper()
	keys, err := o.redis.Keys(o.t.Context(), "*").Result()
	if err != nil {
		o.t.Fatal(err)
	}
	for _, k := range keys {
		if k != "asynq:queues" {
			o.redis.Del(o.t.Context(), k)
		}
	}
}

// states returns the states of all mails of May, in short: "address state".
func (o *office) states() []string {
	o.t.Helper()
	steps, err := o.Directory.DeliveriesOf(o.t.Context(), "s", time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		o.t.Fatal(err)
	}
	var list []string
	for _, d := range steps {
		list = append(list, d.Recipient+" "+d.State)
	}
	slices.Sort(list)
	return list
}

func (o *office) outcomes() string {
	o.t.Helper()
	runs, err := o.Directory.ReportRunsOf(o.t.Context(), "s", time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		o.t.Fatal(err)
	}
	var list []string
	for _, r := range runs {
		list = append(list, r.Outcome)
	}
	return strings.Join(list, " ")
}

func (o *office) wantStates(want ...string) {
	o.t.Helper()
	slices.Sort(want)
	if got := o.states(); !slices.Equal(got, want) {
		o.t.Errorf("deliveries:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReportGoesOutOnce(t *testing.T) {
	o := openOffice(t, []string{"reader", "a@b.example", "gone", "officer"}, []string{"ur", "", "", ""})
	o.plan()
	o.plan()
	if got := pending(t, o.redis, QueueReport); len(got) != 1 || got[0] != `report:send {"schedule":"s","from":"2024-05-01"}` {
		t.Fatalf("queue = %q, want the report of May, once", got)
	}
	if errs := o.work(); errs != nil {
		t.Fatal(errs)
	}
	if want := []string{"2024-05-01 2024-06-01  en", "2024-05-01 2024-06-01  ur"}; !slices.Equal(o.reporter.asked, want) {
		t.Errorf("reports made: %q, want each language once: %q", o.reporter.asked, want)
	}
	o.wantStates("reader@b.example sending", "reader@b.example sent", "a@b.example sending", "a@b.example sent", "gone no_address", "officer@b.example not_allowed")
	mails := o.smtp.caught()
	if len(mails) != 2 || !strings.Contains(mails[0].data, "List-Id: <s.reports.balochistan.example>") {
		t.Fatalf("%d mails", len(mails))
	}
	steps, _ := o.Directory.DeliveriesOf(t.Context(), "s", time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
	for _, d := range steps {
		if d.State == schema.DeliverySent && (d.PDFSHA256 != "5a" || d.PDFSize != 11 || !strings.Contains(mails[0].data+mails[1].data, "Message-ID: "+d.MessageID)) {
			t.Errorf("logged %+v", d)
		}
	}
	// Nothing more, also after days and when the queue forgot everything.
	for range 3 {
		o.setClock(o.now.AddDate(0, 0, 2))
		o.plan()
		o.work()
	}
	if n := len(o.smtp.caught()); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
	// A month later the next one is due.
	o.setClock(time.Date(2024, 7, 4, 9, 0, 0, 0, time.UTC))
	o.plan()
	o.work()
	if n := len(o.smtp.caught()); n != 4 {
		t.Errorf("%d mails after the next month, want 4", n)
	}
}

func TestReportIsNotDue(t *testing.T) {
	o := openOffice(t, []string{"a@b.example"}, []string{""})
	for name, edit := range map[string]func(*schema.ReportSchedule){
		"closed":                func(s *schema.ReportSchedule) { s.Status = schema.ScheduleClosed },
		"made after it was due": func(s *schema.ReportSchedule) { s.Status, s.Since = schema.ScheduleActive, o.now.Add(-time.Minute) },
		"on demand":             func(s *schema.ReportSchedule) { s.Kind, s.Since = schema.ReportOnDemand, time.Time{} },
		"so late that it is no use": func(s *schema.ReportSchedule) {
			s.Kind, s.Since, s.Day = schema.ReportMonthly, o.now.AddDate(0, -3, 0), 5
		},
	} {
		s, err := o.Directory.ReportSchedule(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		edit(&s)
		if s.Day == 5 {
			o.setClock(time.Date(2024, 6, 4, 10, 0, 0, 0, time.UTC)) // the last one was due a month ago
		}
		if err := o.Directory.SaveReportSchedule(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		o.plan()
		if got := pending(t, o.redis, QueueReport); len(got) != 0 {
			t.Errorf("%s: queue = %q", name, got)
		}
	}
}

func TestReportIncompleteIsTriedAgain(t *testing.T) {
	o := openOffice(t, []string{"a@b.example"}, []string{""})
	o.reporter.err = fmt.Errorf("report of May: %w", incompleteError{})
	o.plan()
	errs := o.work()
	if len(errs) != 1 || !errors.Is(errs[0], asynq.SkipRetry) || o.outcomes() != "incomplete" || len(o.smtp.caught()) != 0 {
		t.Fatalf("errors %v, outcomes %q, %d mails", errs, o.outcomes(), len(o.smtp.caught()))
	}
	o.plan()
	if got := pending(t, o.redis, QueueReport); len(got) != 0 {
		t.Errorf("at once again: %q", got)
	}
	o.setClock(o.now.Add(16 * time.Minute))
	o.reporter.err = errors.New("no Chromium to print with")
	o.plan()
	o.work()
	o.setClock(o.now.Add(16 * time.Minute)) // the second wait is longer
	o.plan()
	o.work()
	if got := o.outcomes(); got != "failed incomplete" {
		t.Fatalf("outcomes %q", got)
	}
	o.setClock(o.now.Add(31 * time.Minute))
	o.reporter.err = nil
	o.plan()
	o.work()
	if got := o.outcomes(); got != "made failed incomplete" || len(o.smtp.caught()) != 1 {
		t.Errorf("outcomes %q, %d mails", got, len(o.smtp.caught()))
	}
}

func TestReportWhoseProcessDied(t *testing.T) {
	o := openOffice(t, []string{"a@b.example"}, []string{""})
	run := schema.ReportRun{ID: "dead", Schedule: "s", From: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), StartedAt: o.now}
	if err := o.Directory.SaveReportRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	o.plan()
	if got := pending(t, o.redis, QueueReport); len(got) != 0 {
		t.Errorf("while it is being made: %q", got)
	}
	o.setClock(o.now.Add(diedAfter + time.Minute))
	o.plan()
	o.work()
	if got := o.outcomes(); got != "made " || len(o.smtp.caught()) != 1 {
		t.Errorf("outcomes %q, %d mails", got, len(o.smtp.caught()))
	}
}

func TestMailsThatFail(t *testing.T) {
	o := openOffice(t, []string{"later@b.example", "never@b.example", "maybe@b.example"}, []string{"", "", ""})
	o.smtp.set(func() {
		o.smtp.rcpt["later@b.example"] = "451 4.7.1 greylisted"
		o.smtp.rcpt["never@b.example"] = "550 5.1.1 no such user"
		o.smtp.data = []string{"drop"}
	})
	o.plan()
	errs := o.work()
	if len(errs) != 3 {
		t.Fatalf("errors: %v", errs)
	}
	for _, err := range errs {
		if later := strings.Contains(err.Error(), "later@"); errors.Is(err, asynq.SkipRetry) == later {
			t.Errorf("%v: retried %v", err, !errors.Is(err, asynq.SkipRetry))
		}
	}
	o.wantStates("later@b.example sending", "later@b.example retry", "never@b.example sending", "never@b.example refused", "maybe@b.example sending", "maybe@b.example unclear")
	// The queue forgot; the plan takes up the one that may pass, and it alone.
	o.plan()
	if got := pending(t, o.redis, QueueReport); len(got) != 0 {
		t.Errorf("at once again: %q", got)
	}
	o.smtp.set(func() { clear(o.smtp.rcpt) })
	o.setClock(o.now.Add(16 * time.Minute))
	o.plan()
	if errs := o.work(); errs != nil {
		t.Fatal(errs)
	}
	caught := o.smtp.caught()
	if len(caught) != 2 || caught[1].to[0] != "later@b.example" {
		t.Fatalf("caught %d", len(caught))
	}
	// By hand: those who have it, or may have it, do not get it twice …
	send := func(again bool) {
		t.Helper()
		if err := o.Client.SendReport(t.Context(), "s", time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), again, "analyst"); err != nil {
			t.Fatal(err)
		}
		o.work()
	}
	send(false)
	if caught := o.smtp.caught(); len(caught) != 3 || caught[2].to[0] != "never@b.example" {
		t.Fatalf("send now: %d mails", len(caught))
	}
	send(false)
	if n := len(o.smtp.caught()); n != 3 || !strings.HasPrefix(o.outcomes(), "nobody") && !strings.Contains(o.outcomes(), "nobody") {
		t.Errorf("send now, all have it: %d mails, outcomes %q", n, o.outcomes())
	}
	// … unless that is what is asked for.
	send(true)
	if n := len(o.smtp.caught()); n != 6 {
		t.Errorf("send again: %d mails, want 6", n)
	}
}

// A task that runs twice, and a sender that died in the middle, send nothing
// twice.
func TestMailIsNotSentTwice(t *testing.T) {
	o := openOffice(t, []string{"a@b.example", "b@b.example"}, []string{"", ""})
	o.plan()
	o.work()
	runs, err := o.Directory.ReportRunsOf(t.Context(), "s", time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	deliver := func() error {
		return o.Mux().ProcessTask(t.Context(), task(t, func() (*asynq.Task, error) { return NewDeliverReport(runs[0].ID, 0) }))
	}
	if err := deliver(); err != nil || len(o.smtp.caught()) != 2 {
		t.Errorf("a second task: %v, %d mails", err, len(o.smtp.caught()))
	}
	// The process died after it wrote down that it would send.
	dead := runs[0]
	dead.ID = "dead"
	if err := o.Directory.SaveReportRun(t.Context(), dead); err != nil {
		t.Fatal(err)
	}
	err = o.Directory.AddDelivery(t.Context(), schema.Delivery{Schedule: "s", From: dead.From, To: dead.To, Run: "dead", Recipient: "a@b.example", Step: 1, At: o.now, State: schema.DeliverySending})
	if err != nil {
		t.Fatal(err)
	}
	o.setClock(o.now.Add(24 * time.Hour))
	o.plan()
	o.work()
	if n := len(o.smtp.caught()); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
	for _, bad := range []func() (*asynq.Task, error){
		func() (*asynq.Task, error) { return NewDeliverReport("none", 0) },
		func() (*asynq.Task, error) { return NewDeliverReport(runs[0].ID, 7) },
		func() (*asynq.Task, error) { return NewSendReport("none", o.now, false, "") },
		func() (*asynq.Task, error) { return asynq.NewTask(TypeSendReport, []byte("{")), nil },
	} {
		x := task(t, bad)
		if err := o.Mux().ProcessTask(t.Context(), x); !errors.Is(err, asynq.SkipRetry) {
			t.Errorf("%s %s: %v, want no retry", x.Type(), x.Payload(), err)
		}
	}
}

func TestNoMailServer(t *testing.T) {
	o := openOffice(t, []string{"a@b.example"}, []string{""})
	mailer := o.Mailer
	o.Mailer = nil
	o.plan()
	if errs := o.work(); errs != nil {
		t.Fatal(errs)
	}
	o.wantStates("a@b.example no_server")
	o.setClock(o.now.Add(24 * time.Hour))
	o.plan()
	o.work()
	o.wantStates("a@b.example no_server")
	// Set at last, it goes out by itself.
	o.Mailer = mailer
	o.plan()
	o.work()
	o.wantStates("a@b.example no_server", "a@b.example sending", "a@b.example sent")
}

// TestReportThroughTheQueue lets the real parts run: the schedule's plan makes
// the report, the queue tries a mail again that was refused for a moment.
func TestReportThroughTheQueue(t *testing.T) {
	o := openOffice(t, []string{"a@b.example"}, []string{""})
	o.smtp.set(func() { o.smtp.data = []string{"451 4.3.0 in a moment"} })
	o.Clock = schema.Clock{Start: o.now, Real: time.Now(), Factor: 60} // a minute's wait is a second
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- o.Worker.Run(ctx, o.redis) }()
	go func() { done <- RunSchedule(ctx, o.redis, o.Clock, o.Log) }()
	want := []string{"a@b.example sending", "a@b.example retry", "a@b.example sending", "a@b.example sent"}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(30 * time.Second); len(o.states()) < len(want); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("deliveries after 30 seconds: %q", o.states())
		}
	}
	cancel() // what is under way is finished
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	o.wantStates(want...)
	// Nor does anything wait that could send a second one.
	if left := pending(t, o.redis, QueueReport); len(left) != 0 {
		t.Errorf("still on the queue: %q", left)
	}
	if n := len(o.smtp.caught()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
}
