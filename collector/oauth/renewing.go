package oauth

import (
	"context"
	"errors"

	"github.com/hamawaz/hamawaz/collector"
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
