package oauth

import (
	"context"
	"errors"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// A Renewing connector asks for another token, once, when the platform refuses
// the one that it had, and goes on where it was.
type Renewing struct {
	Connector collector.Connector
	Tokens    *Tokens
}

// Collect implements collector.Connector.
func (r Renewing) Collect(ctx context.Context, job collector.Job, store collector.Store) (collector.Cursor, error) {
	cur, err := r.Connector.Collect(ctx, job, store)
	if !errors.Is(err, collector.ErrUnauthorized) || errors.Is(err, collector.ErrNoInsights) || !r.Tokens.Refused(ctx, job.Account) {
		return cur, err
	}
	job.Cursor = cur
	return r.Connector.Collect(ctx, job, store)
}

// Renew returns the connector, renewing, and a Finder if it is one.
func Renew(c collector.Connector, tokens *Tokens) collector.Connector {
	r := Renewing{Connector: c, Tokens: tokens}
	if finder, ok := c.(collector.Finder); ok {
		return RenewingFinder{r, finder}
	}
	return r
}

// A RenewingFinder is a Renewing connector that can ask for posts by their ids.
type RenewingFinder struct {
	Renewing
	Finder collector.Finder
}

// Missing implements collector.Finder.
func (r RenewingFinder) Missing(ctx context.Context, job collector.Job, posts []schema.Post) (gone map[string]schema.Absence, calls int, err error) {
	gone, calls, err = r.Finder.Missing(ctx, job, posts)
	if !errors.Is(err, collector.ErrUnauthorized) || !r.Tokens.Refused(ctx, job.Account) {
		return gone, calls, err
	}
	gone, more, err := r.Finder.Missing(ctx, job, posts)
	return gone, calls + more, err
}
