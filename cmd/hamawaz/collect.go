package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/hamawaz/hamawaz/schema"
)

type collectCmd struct {
	storeSettings
	queueSettings
	collectSettings
	connectSettings
	Account []string `arg:"" optional:"" help:"Accounts, by id; by default all."`
	Force   bool     `help:"Read the youngest posts of an account even if nothing is due."`
}

// Run collects the accounts one after the other, without the queue, and says
// of each how it went.
func (c *collectCmd) Run(ctx context.Context, out io.Writer) error {
	return withStore(ctx, c.storeSettings, func(p *parts) error {
		if err := p.openTokens(c.connectSettings, c.queueSettings); err != nil {
			return err
		}
		coll, err := p.collector(c.collectSettings, nil) // a person asked: the platform may refuse
		if err != nil {
			return err
		}
		accounts, err := p.directory.Accounts(ctx)
		if err != nil {
			return err
		}
		chosen, err := choose(accounts, c.Account)
		if err != nil {
			return err
		}
		failed := false
		for _, a := range chosen {
			run, err := coll.Collect(ctx, a, c.Force)
			_, rollupErr := p.stats.Rollup(ctx, a.ID)
			switch err = errors.Join(err, rollupErr); {
			case err != nil:
				failed = true
				fmt.Fprintf(out, "%s: %s\n", a.ID, sentence(err))
			case run.ID == "":
				fmt.Fprintf(out, "%s: nothing is due (--force reads anyway)\n", a.ID)
			default:
				fmt.Fprintf(out, "%s: %d posts, %d readings, %d calls\n", a.ID, run.Posts, run.Observations, run.Calls)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if failed {
			return errReported
		}
		return nil
	})
}

// choose returns the approved accounts with the ids, or all of them.
func choose(accounts []schema.Account, ids []string) ([]schema.Account, error) {
	var chosen []schema.Account
	for _, a := range accounts {
		if a.Status == schema.StatusApproved && (len(ids) == 0 || slices.Contains(ids, string(a.ID))) {
			chosen = append(chosen, a)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(chosen, func(a schema.Account) bool { return string(a.ID) == id }) {
			return nil, fmt.Errorf("there is no approved account %q: see hamawaz account list", id)
		}
	}
	return chosen, nil
}
