package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// A Reporter makes reports and the mails around them; *dashboard.Reporter is
// one. A report that is not complete gives an error with a method Incomplete
// that returns true, anywhere in its chain.
type Reporter interface {
	Report(ctx context.Context, q schema.ReportQuestion) (schema.ReportFile, error)
}

// TypePlanReports is the task that looks which reports and mails are due.
const TypePlanReports = "report:plan"

// NewPlanReports returns the task. One at a time.
func NewPlanReports() (*asynq.Task, error) {
	return newTask(TypePlanReports, struct{}{},
		asynq.Queue(QueueSchedule),
		asynq.Timeout(time.Minute),
		asynq.MaxRetry(0),
		asynq.Unique(time.Minute))
}

// TypeSendReport is the task that makes a schedule's report of a period and
// puts a mail to each recipient on the queue.
const TypeSendReport = "report:send"

// reportTimeout bounds the making of one report in all its languages.
const reportTimeout = 10 * time.Minute

type sendReport struct {
	Schedule string `json:"schedule"`
	From     string `json:"from"` // the period's first day
	Again    bool   `json:"again,omitempty"`
	By       string `json:"by,omitempty"` // a person's id; empty: the schedule
}

// NewSendReport returns the task. A second one for the same schedule, period
// and person is refused until this one succeeds, at most a minute. It is not
// retried: what was not made is due again by the plan, and who asked sees why.
func NewSendReport(schedule string, from time.Time, again bool, by string) (*asynq.Task, error) {
	return newTask(TypeSendReport, sendReport{schedule, from.Format(time.DateOnly), again, by},
		asynq.Queue(QueueReport),
		asynq.Timeout(reportTimeout),
		asynq.MaxRetry(0),
		asynq.Unique(time.Minute))
}

// SendReport asks for the schedule's report of the period that begins on the
// day; again sends it also to those who have it. It implements
// dashboard.Queue.
func (c *Client) SendReport(ctx context.Context, schedule string, from time.Time, again bool, by string) error {
	task, err := NewSendReport(schedule, from, again, by)
	if err != nil {
		return err
	}
	_, err = c.enqueue(ctx, task)
	return err
}

// When a report that was not made is tried again: a quarter of an hour after
// the first try, then twice as long each time, up to six hours, for ten days.
const (
	reportAgainAfter  = 15 * time.Minute
	reportAgainAtMost = 6 * time.Hour
	reportGivesUp     = 10 * 24 * time.Hour
)

// againAfter returns how long to wait after the n-th try, counted from 1.
func againAfter(n int) time.Duration {
	return min(reportAgainAfter<<min(max(n-1, 0), 8), reportAgainAtMost)
}

// diedAfter is when a run without outcome counts as one whose process died.
const diedAfter = 2 * reportTimeout

// planReports handles report:plan: it reads from the facts which reports are
// due and which mails are not delivered, so that nothing is lost when the
// queue is.
func (w *Worker) planReports(ctx context.Context, _ *asynq.Task) error {
	schedules, err := w.Directory.ReportSchedules(ctx)
	if err != nil {
		return err
	}
	now := w.Clock.Now()
	var all error
	for _, s := range schedules {
		due, from, _, ok := s.Due(now, w.Stats.Zone)
		if !ok || now.Sub(due) > reportGivesUp {
			continue
		}
		all = errors.Join(all, w.planReport(ctx, s, from, now))
	}
	return errors.Join(all, w.planDeliveries(ctx, now))
}

// planReport puts the schedule's report of the period on the queue if it is to
// be made.
func (w *Worker) planReport(ctx context.Context, s schema.ReportSchedule, from, now time.Time) error {
	runs, err := w.Directory.ReportRunsOf(ctx, s.ID, from)
	if err != nil || !toBeMade(runs, now) {
		return err
	}
	task, err := NewSendReport(s.ID, from, false, "")
	if err != nil {
		return err
	}
	_, err = w.Client.enqueue(ctx, task)
	return err
}

// toBeMade reports whether a report that is due is to be made now, by the runs
// over its period, the newest first: not if it was made, is being made, or was
// tried a moment ago.
func toBeMade(runs []schema.ReportRun, now time.Time) bool {
	for _, r := range runs {
		switch {
		case r.Outcome == schema.ReportMade, r.Outcome == schema.ReportNobody:
			return false
		case r.Outcome == "" && now.Sub(r.StartedAt) < diedAfter:
			return false
		}
	}
	return len(runs) == 0 || now.Sub(runs[0].StartedAt) >= againAfter(len(runs))
}

// planDeliveries puts mails on the queue that have not come to an end, of the
// reports that were made lately.
func (w *Worker) planDeliveries(ctx context.Context, now time.Time) error {
	runs, err := w.Directory.ReportRuns(ctx, 500)
	if err != nil {
		return err
	}
	var all error
	for _, r := range runs {
		if r.Outcome != schema.ReportMade || now.Sub(r.StartedAt) > reportGivesUp {
			continue
		}
		steps, err := w.Directory.DeliveriesOf(ctx, r.Schedule, r.From)
		if err != nil {
			return err
		}
		for i, to := range r.Recipients {
			if !w.deliveryDue(lastStep(steps, r.ID, to), now) {
				continue
			}
			all = errors.Join(all, w.enqueueDelivery(ctx, r.ID, i))
		}
	}
	return all
}

// deliveryDue reports whether a mail is to be tried, by its last step; nil: it
// has none.
func (w *Worker) deliveryDue(last *schema.Delivery, now time.Time) bool {
	switch {
	case last == nil:
		return true
	case last.State == schema.DeliveryNoServer:
		return w.Mailer != nil
	case last.State == schema.DeliveryRetry:
		// The queue's own retries come first.
		return now.Sub(last.At) >= againAfter(last.Tried())
	}
	return false
}

// lastStep returns the recipient's last step within the run, or nil.
func lastStep(steps []schema.Delivery, run, recipient string) *schema.Delivery {
	var last *schema.Delivery
	for i, d := range steps {
		if d.Run == run && d.Recipient == recipient && (last == nil || d.Step > last.Step) {
			last = &steps[i]
		}
	}
	return last
}

func (w *Worker) enqueueDelivery(ctx context.Context, run string, recipient int) error {
	task, err := NewDeliverReport(run, recipient)
	if err != nil {
		return err
	}
	_, err = w.Client.enqueue(ctx, task)
	return err
}

// sendReport handles report:send. The report is made once for each language;
// what was made is stored before any mail is put on the queue.
func (w *Worker) sendReport(ctx context.Context, t *asynq.Task) error {
	p, err := payloadOf[sendReport](t)
	if err != nil {
		return err
	}
	from, err := time.ParseInLocation(time.DateOnly, p.From, w.Stats.Zone)
	if err != nil {
		return fmt.Errorf("report:send: %w: %w", err, asynq.SkipRetry)
	}
	s, err := w.Directory.ReportSchedule(ctx, p.Schedule)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return fmt.Errorf("report:send: %w: %w", err, asynq.SkipRetry)
	case err != nil:
		return err
	case s.Status != schema.ScheduleActive:
		return fmt.Errorf("report:send: schedule %s is %s: %w", s.ID, s.Status, asynq.SkipRetry)
	}
	release, free, err := w.Client.hold(ctx, "report:"+s.ID+":"+p.From)
	if err != nil || !free {
		return err // not free: it is being made
	}
	defer release()

	runs, err := w.Directory.ReportRunsOf(ctx, s.ID, from)
	if err != nil {
		return err
	}
	if p.By == "" && !toBeMade(runs, w.Clock.Now()) {
		return nil // another worker was faster than the plan
	}
	run := schema.ReportRun{
		ID: uuid.NewString(), Schedule: s.ID, From: from, To: from.AddDate(0, 1, 0), Department: s.Department,
		AskedBy: p.By, Again: p.Again, StartedAt: w.Clock.Now(),
	}
	if s.Kind == schema.ReportWeekly {
		run.To = from.AddDate(0, 0, 7)
	}
	if err := w.Directory.SaveReportRun(ctx, run); err != nil {
		return err
	}
	notes, err := w.makeReport(ctx, s, &run)
	// However it ended is kept, also where the task's time is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	finished := w.Clock.Now()
	run.FinishedAt = &finished
	if err != nil {
		run.Outcome, run.Error = schema.ReportFailed, err.Error()
		var incomplete interface{ Incomplete() bool }
		if errors.As(err, &incomplete) && incomplete.Incomplete() {
			run.Outcome = schema.ReportIncomplete
		}
		return errors.Join(fmt.Errorf("report %s of %s: %w: %w", s.ID, p.From, err, asynq.SkipRetry), w.Directory.SaveReportRun(ctx, run))
	}
	for _, d := range notes {
		if err := w.Directory.AddDelivery(ctx, d); err != nil {
			return err
		}
	}
	if err := w.Directory.SaveReportRun(ctx, run); err != nil {
		return err
	}
	var all error
	for i, to := range run.Recipients {
		if lastStep(notes, run.ID, to) == nil {
			all = errors.Join(all, w.enqueueDelivery(ctx, run.ID, i))
		}
	}
	return all
}

// makeReport finds out who is to receive the report, makes it in their
// languages and stores it. It returns the steps of those who are not sent
// anything, with the reason.
func (w *Worker) makeReport(ctx context.Context, s schema.ReportSchedule, run *schema.ReportRun) (notes []schema.Delivery, err error) {
	steps, err := w.Directory.DeliveriesOf(ctx, s.ID, run.From)
	if err != nil {
		return nil, err
	}
	for i, who := range s.Recipients {
		r, err := w.recipient(ctx, s, who, s.Languages[i])
		if err != nil {
			return nil, err
		}
		if !run.Again && has(steps, r.address) {
			continue
		}
		run.Recipients, run.People, run.Languages = append(run.Recipients, r.address), append(run.People, r.person), append(run.Languages, r.language)
		if r.refused != "" {
			notes = append(notes, schema.Delivery{Schedule: s.ID, From: run.From, To: run.To, Run: run.ID, Recipient: r.address, Person: r.person,
				Language: r.language, Step: 1, At: w.Clock.Now(), State: r.refused})
		}
	}
	if len(run.Recipients) == 0 {
		run.Outcome = schema.ReportNobody
		return nil, nil
	}
	if w.Reporter == nil {
		return nil, errors.New("this worker makes no reports")
	}
	if err := w.rollUp(ctx); err != nil {
		return nil, err
	}
	for _, language := range schema.ReportLanguages() {
		if !slices.Contains(run.Languages, language) {
			continue
		}
		f, err := w.Reporter.Report(ctx, schema.ReportQuestion{From: run.From, To: run.To, Department: s.Department, Language: language})
		if err != nil {
			return nil, err
		}
		f.Run = run.ID
		if err := w.Directory.SaveReportFile(ctx, f); err != nil {
			return nil, err
		}
	}
	run.Outcome = schema.ReportMade
	return notes, nil
}

// rollUp brings the daily figures of every account up to its readings: a
// report does not wait for the next round.
func (w *Worker) rollUp(ctx context.Context) error {
	accounts, err := w.Directory.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if _, err := w.Stats.Rollup(ctx, a.ID); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether a mail of the period reached the address, or may have.
func has(steps []schema.Delivery, address string) bool {
	return slices.ContainsFunc(steps, func(d schema.Delivery) bool {
		return d.Recipient == address && (d.State == schema.DeliverySent || d.State == schema.DeliveryUnclear) ||
			d.Recipient == address && d.State == schema.DeliverySending && !followed(steps, d)
	})
}

// followed reports whether the step was not the recipient's last in its run.
func followed(steps []schema.Delivery, d schema.Delivery) bool {
	return lastStep(steps, d.Run, d.Recipient).Step > d.Step
}

// A recipient is who a mail goes to.
type recipient struct {
	address  string // the person's id where there is no address
	person   string
	language string
	refused  string // why nothing is sent, a state of a delivery; empty: it is
}

// recipient looks up who is named in a schedule.
func (w *Worker) recipient(ctx context.Context, s schema.ReportSchedule, who, language string) (recipient, error) {
	if strings.Contains(who, "@") {
		if language == "" {
			language = s.Language
		}
		return recipient{address: who, language: language}, nil
	}
	r := recipient{address: who, person: who, language: language}
	p, err := w.Directory.Person(ctx, who)
	if err != nil && !errors.Is(err, schema.ErrNotFound) {
		return r, err
	}
	if r.language == "" {
		r.language = s.Language
	}
	switch {
	case err != nil, p.Status != schema.StatusActive, !schema.IsMailAddress(p.Email):
		r.refused = schema.DeliveryNoAddress
		return r, nil
	case (p.Role == schema.RoleDepartmentHead || p.Role == schema.RoleOfficer) && p.Department != s.Department:
		r.refused = schema.DeliveryNotAllowed
	}
	r.address = p.Email
	return r, nil
}
