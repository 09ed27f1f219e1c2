package collector

import (
	"context"
	"fmt"
)

// A pipe lets a connector read on while its pages are being kept. Pages are
// kept in the order in which they came; those that come meanwhile are kept
// together, in one insert.
type pipe struct {
	pages chan Page
	ended chan struct{} // closed once no more pages are kept
	err   error         // why not, once ended is closed
}

// pipeDepth is how many pages of one account may wait: some megabytes at most.
const pipeDepth = 16

// newPipe returns a pipe into the writer. It calls kept for each page that is
// kept, one at a time.
func newPipe(ctx context.Context, w *Writer, kept func(context.Context, Page) error) *pipe {
	p := &pipe{pages: make(chan Page, pipeDepth), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = p.run(ctx, w, kept)
	}()
	return p
}

func (p *pipe) run(ctx context.Context, w *Writer, kept func(context.Context, Page) error) error {
	for first := range p.pages {
		batch := []Page{first}
		for n := len(p.pages); n > 0; n-- {
			if next, ok := <-p.pages; ok {
				batch = append(batch, next)
			}
		}
		if err := w.Store(ctx, batch...); err != nil {
			return fmt.Errorf("keep %d pages: %w", len(batch), err)
		}
		for _, page := range batch {
			if err := kept(ctx, page); err != nil {
				return err
			}
		}
	}
	return nil
}

// store is the Store of the connector.
func (p *pipe) store(ctx context.Context, page Page) error {
	select {
	case <-p.ended:
		return p.err
	default:
	}
	select {
	case p.pages <- page:
		return nil
	case <-p.ended:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close waits until all pages are kept and returns the error of the one that
// is not. No page may be sent any more.
func (p *pipe) close() error {
	close(p.pages)
	<-p.ended
	return p.err
}
