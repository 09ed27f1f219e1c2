package x

import (
	"context"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
)

// Prices are what X bills for what it shows, in millionths of a US dollar.
// Contracts differ, so they are settings; the zero value bills nothing.
type Prices struct {
	Post int64
	User int64
}

// ListPrices are those of pay per use since 6 February 2026.
// https://docs.x.com/x-api/getting-started/pricing
var ListPrices = Prices{Post: 5000, User: 10000}

// bill tells the budget what an answer with n objects costs. X says that it
// usually bills an object once a day, and does not promise it: each is counted.
func (r *run) bill(ctx context.Context, a *api.Answer, n int, price int64) {
	if r.Budget != nil && a != nil && n > 0 && price > 0 {
		r.Budget.Told(ctx, a.Charge, collector.Quota{Cost: int64(n) * price})
	}
}

// countedPath returns what X counts a request under: its path, whichever user
// or post it is about.
func countedPath(u *url.URL) string {
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, s := range segments {
		if parseIdent(s) != 0 && i > 1 {
			segments[i] = ":id"
		}
		if i > 0 && segments[i-1] == "username" {
			segments[i] = ":username"
		}
	}
	return strings.Join(segments, "/")
}
