package collector

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema/schematest"
)

func TestPipeTakesPagesWhileOneIsKept(t *testing.T) {
	w := &Writer{queue: make(chan write), done: make(chan struct{})}
	var kept []Cursor
	p := newPipe(t.Context(), w, func(_ context.Context, page Page) error {
		kept = append(kept, page.Next)
		return nil
	})
	send := func(i int) {
		if err := p.store(t.Context(), Page{Next: Cursor(fmt.Sprint(i))}); err != nil {
			t.Fatalf("page %d: %v", i, err)
		}
	}
	send(0)
	first := <-w.queue // its insert is under way from here on
	for i := range pipeDepth {
		send(i + 1)
	}
	full, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.store(full, Page{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a full pipe takes a page: %v", err)
	}
	first.reply <- nil
	second := <-w.queue
	second.reply <- nil
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	if len(first.pages) != 1 || len(second.pages) != pipeDepth {
		t.Errorf("inserts of %d and %d pages, want 1 and %d", len(first.pages), len(second.pages), pipeDepth)
	}
	if len(kept) != pipeDepth+1 {
		t.Fatalf("%d pages are kept, want %d", len(kept), pipeDepth+1)
	}
	for i, next := range kept {
		if next != Cursor(fmt.Sprint(i)) {
			t.Errorf("page %d is kept at place %d", i, i)
		}
	}
}

func TestPipeRefusesAfterAnError(t *testing.T) {
	w := &Writer{queue: make(chan write), done: make(chan struct{})}
	p := newPipe(t.Context(), w, func(context.Context, Page) error { return nil })
	if err := p.store(t.Context(), Page{}); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	(<-w.queue).reply <- full
	<-p.ended
	if err := p.store(t.Context(), Page{}); !errors.Is(err, full) {
		t.Errorf("page after the error: %v, want the error", err)
	}
	if err := p.close(); !errors.Is(err, full) {
		t.Errorf("close: %v, want the error", err)
	}
}

// TestCollectGoesOnFromTheLastKeptPage lets the store fail behind the
// connector's back: its own cursor would leave a hole.
func TestCollectGoesOnFromTheLastKeptPage(t *testing.T) {
	s := schematest.Open(t)
	now := schematest.Time(t, "2024-06-01 12:00:00")
	ended := make(chan error, 1)
	c := collectorOn(t, s, &now, func(ctx context.Context, job Job, store Store) (Cursor, error) {
		page := func(i int) Page {
			p := pageOf(fmt.Sprint(i), now.Add(-48*time.Hour), 1)
			p.Next = Cursor(fmt.Sprint(i + 1))
			return p
		}
		if job.Cursor != "" {
			return "", store(ctx, page(1))
		}
		if err := store(ctx, page(0)); err != nil {
			return "", err
		}
		for count(t, s, "SELECT count() FROM observations") == 0 { // until page 0 is kept
		}
		if err := s.Conn.Exec(ctx, "RENAME TABLE observations TO elsewhere"); err != nil {
			return "", err
		}
		err := store(ctx, page(1))
		ended <- err
		return "2", err
	})
	run, err := c.Collect(t.Context(), testAccount, false)
	if err == nil || run.Complete || run.Outcome != OutcomeRetry || run.Pages != 1 || run.CursorAfter != "1" {
		t.Fatalf("run = %+v, %v; want one page kept, cursor 1", run, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the page was not taken at once: %v", err)
	}
	if err := s.Conn.Exec(t.Context(), "RENAME TABLE elsewhere TO observations"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(10 * time.Minute)
	if run, err = c.Collect(t.Context(), testAccount, false); err != nil || !run.Complete {
		t.Fatalf("second run = %+v, %v", run, err)
	}
	if n := count(t, s, "SELECT count() FROM observations FINAL"); n != 2 {
		t.Errorf("%d readings are stored, want 2", n)
	}
	if n := count(t, s, "SELECT count() FROM runs FINAL"); n != 2 {
		t.Errorf("%d runs are noted, want 2", n)
	}
}
