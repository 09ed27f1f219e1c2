package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox/instagram"
	"github.com/hamawaz/hamawaz/schema"
	"golang.org/x/sync/errgroup"
)

// benchCollect measures the rows that come through the whole collecting path,
// from a sandbox without limits by HTTP into the store, against the engine's
// own bulk insert of the very same rows in the same run. It does so twice: the
// whole way with one insights call for each post, as the platform asks, and
// the lists of posts alone, a hundred to a call.
func benchCollect(ctx context.Context, report func(measure) error) error {
	for _, way := range []struct {
		name   string
		access schema.Access
	}{
		{"collect_whole", schema.AccessOwner},
		{"collect_lists", schema.AccessPublic},
	} {
		if err := benchCollectWay(ctx, way.name, way.access, report); err != nil {
			return err
		}
	}
	return nil
}

var factTables = []string{"posts", "observations", "account_observations", "raw_answers"}

func benchCollectWay(ctx context.Context, name string, access schema.Access, report func(measure) error) (err error) {
	p, closeStore, err := benchStore(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	p.setClock(benchClock)
	world, err := instagram.Load(instagram.DefaultWorldOptions())
	if err != nil {
		return err
	}
	server := instagram.New(instagram.Options{World: world, Now: p.clock.Now, AccountCalls: 1 << 30, AppUsers: 1 << 20})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	api := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	go api.Serve(listener)
	defer api.Close()
	token := filepath.Join(p.store.Dir, "sandbox.token")
	if err := os.WriteFile(token, []byte(server.Token()), 0o600); err != nil {
		return err
	}
	coll, err := p.collector(collectSettings{
		budgetSettings:     budgetSettings{YouTubeUnits: 1},
		InstagramTokenFile: token, InstagramOfficeID: server.OfficeUserID(),
		InstagramURL: "http://" + listener.Addr().String(), Backfill: collector.DefaultBackfill, Workers: 8,
	}, nil)
	if err != nil {
		return err
	}

	began := time.Now()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	calls := make(chan uint32, len(world.Accounts()))
	for _, a := range world.Accounts() {
		if access == schema.AccessOwner && a.Access != access {
			continue // nobody may read its insights
		}
		account := schema.Account{
			ID: schema.AccountID("instagram-" + a.Handle), Platform: schema.Instagram, Handle: a.Handle,
			PlatformID: a.PlatformID, Access: access,
		}
		g.Go(func() error {
			run, err := coll.Collect(gctx, account, false)
			calls <- run.Calls
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	took := time.Since(began)
	close(calls)
	var sent uint32
	for n := range calls {
		sent += n
	}

	var rows uint64
	for _, table := range factTables {
		var n uint64
		if err := p.store.Conn.QueryRow(ctx, "SELECT count() FROM "+table+" FINAL").Scan(&n); err != nil {
			return err
		}
		rows += n
		if err := p.store.Conn.Exec(ctx, "CREATE TABLE bulk_"+table+" AS "+table); err != nil {
			return err
		}
	}
	began = time.Now()
	for _, table := range factTables {
		if err := p.store.Conn.Exec(ctx, "INSERT INTO bulk_"+table+" SELECT * FROM "+table); err != nil {
			return err
		}
	}
	bulk := time.Since(began)
	path := float64(rows) / took.Seconds()
	return report(measure{
		Name: name + "_over_bulk_insert", Value: path / (float64(rows) / bulk.Seconds()), Unit: "ratio",
		Detail: map[string]any{
			"rows": rows, "calls": sent, "seconds": took.Seconds(), "rows_per_second": path,
			"calls_per_second": float64(sent) / took.Seconds(),
			"bulk_seconds":     bulk.Seconds(), "bulk_rows_per_second": float64(rows) / bulk.Seconds(),
		},
		Notes: []string{fmt.Sprintf("sandbox and collector share %s", "the same cores")},
	}.above(0.5))
}
