package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/schema"
	"github.com/hibiken/asynq"
)

// TypeDeliverReport is the task that mails a report to one recipient.
const TypeDeliverReport = "report:deliver"

// deliverRetries is how often the queue tries a mail again; then the plan
// does, by what is logged.
const deliverRetries = 4

type deliverReport struct {
	Run       string `json:"run"`
	Recipient int    `json:"recipient"` // which of the run's
}

// NewDeliverReport returns the task. A second one for the same run and
// recipient is refused until this one succeeds, at most ten minutes.
func NewDeliverReport(run string, recipient int) (*asynq.Task, error) {
	return newTask(TypeDeliverReport, deliverReport{run, recipient},
		asynq.Queue(QueueReport),
		asynq.Timeout(5*time.Minute),
		asynq.MaxRetry(deliverRetries),
		asynq.Unique(10*time.Minute))
}

// deliverDelay returns how long the queue waits after the n-th try, counted
// from 0: 1, 2, 4, 8 minutes.
func deliverDelay(n int) time.Duration { return time.Minute << min(n, 3) }

// deliverReport handles report:deliver. It writes down what it is about to do
// before it does it: a mail whose sender died in the middle is not sent twice,
// since nobody knows whether it arrived.
func (w *Worker) deliverReport(ctx context.Context, t *asynq.Task) error {
	p, err := payloadOf[deliverReport](t)
	if err != nil {
		return err
	}
	run, err := w.Directory.ReportRun(ctx, p.Run)
	switch {
	case errors.Is(err, schema.ErrNotFound):
		return fmt.Errorf("report:deliver: %w: %w", err, asynq.SkipRetry)
	case err != nil:
		return err
	case p.Recipient < 0 || p.Recipient >= len(run.Recipients) || run.Outcome != schema.ReportMade:
		return fmt.Errorf("report:deliver: run %s has no recipient %d: %w", run.ID, p.Recipient, asynq.SkipRetry)
	}
	to := run.Recipients[p.Recipient]
	day := run.From.Format(time.DateOnly)
	// One mail to an address at a time, also over several runs of the period.
	release, free, err := w.Client.hold(ctx, "deliver:"+run.Schedule+":"+day+":"+to)
	if err != nil {
		return err
	}
	if !free {
		return fmt.Errorf("mail to %s: another one is being sent", to)
	}
	defer release()

	steps, err := w.Directory.DeliveriesOf(ctx, run.Schedule, run.From)
	if err != nil {
		return err
	}
	last := lastStep(steps, run.ID, to)
	if last != nil && last.State != schema.DeliveryRetry && last.State != schema.DeliveryNoServer {
		return nil // it has come to an end
	}
	if !run.Again && has(steps, to) {
		return nil // by another run
	}
	d := schema.Delivery{Schedule: run.Schedule, From: run.From, To: run.To, Run: run.ID, Recipient: to, Person: run.People[p.Recipient], Language: run.Languages[p.Recipient]}
	if last != nil {
		d.Step = last.Step
	}
	note := func(state string, code int, e error) error {
		d.Step++
		d.At, d.State, d.Code, d.Error = w.Clock.Now(), state, uint16(code), ""
		if e != nil {
			d.Error = e.Error()
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return w.Directory.AddDelivery(ctx, d)
	}
	if w.Mailer == nil {
		if last != nil && last.State == schema.DeliveryNoServer {
			return nil
		}
		d.Step++ // a try takes two steps; this one has but one
		return note(schema.DeliveryNoServer, 0, nil)
	}

	f, err := w.Directory.ReportFile(ctx, run.ID, d.Language)
	if err != nil {
		return err
	}
	d.MessageID, d.PDFSHA256, d.PDFSize = "<"+w.Mailer.MessageID(run.ID, to)+">", f.SHA256, f.Size
	if err := note(schema.DeliverySending, 0, nil); err != nil {
		return err // what cannot be written down is not done
	}
	err = w.Mailer.Send(ctx, Mail{To: to, Subject: f.Subject, Text: f.Text, HTML: f.HTML, Language: f.Language, Name: f.Name, PDF: f.PDF,
		MessageID: w.Mailer.MessageID(run.ID, to), ListID: w.Mailer.ListID(run.Schedule)})
	var failure *MailError
	switch {
	case err == nil:
		return note(schema.DeliverySent, 0, nil)
	case !errors.As(err, &failure):
		failure = &MailError{State: schema.DeliveryUnclear, Err: err}
	}
	err = errors.Join(&deliveryError{to, failure}, note(failure.State, failure.Code, failure))
	if failure.State != schema.DeliveryRetry || failure.Code >= 500 {
		// Refused for good; or the server refuses us, which takes somebody's
		// hand: the plan asks again later.
		err = fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	return err
}

// A deliveryError is a mail that was not handed over.
type deliveryError struct {
	to string
	*MailError
}

func (e *deliveryError) Error() string { return "mail to " + e.to + ": " + e.MailError.Error() }

func (e *deliveryError) Unwrap() error { return e.MailError }
