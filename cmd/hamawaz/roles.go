package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/collector/thumbnail"
	"github.com/hamawaz/hamawaz/dashboard"
	"github.com/hamawaz/hamawaz/jobs"
	"github.com/hamawaz/hamawaz/schema"
	"golang.org/x/sync/errgroup"
)

type upCmd struct {
	storeSettings
	queueSettings
	collectSettings
	connectSettings
	webSettings
	paperSettings
	mailSettings
}

func (c *upCmd) Run(ctx context.Context) error {
	return withQueue(ctx, c.storeSettings, c.queueSettings, c.ClickHouse == "", func(p *parts) error {
		if err := p.openTokens(c.connectSettings, c.queueSettings); err != nil {
			return err
		}
		return p.up(ctx, c.collectSettings, c.webSettings, c.paperSettings, c.mailSettings, nil)
	})
}

// withQueue opens the store and the queue for a role that runs on both, and
// closes them behind it.
func withQueue(ctx context.Context, s storeSettings, q queueSettings, migrate bool, role func(*parts) error) error {
	p, err := openToStay(ctx, s, migrate)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.openQueue(ctx, q); err != nil {
		return err
	}
	return role(p)
}

// up runs every role until ctx ends.
func (p *parts) up(ctx context.Context, cs collectSettings, ws webSettings, ps paperSettings, ms mailSettings, demo *dashboard.Demo) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.serve(ctx, ws, cs.budgetSettings, cs.Backfill, demo) })
	g.Go(func() error { return p.work(ctx, cs, ps, ms, demo) })
	g.Go(func() error { return jobs.RunSchedule(ctx, p.redis, p.clock, p.log) })
	return g.Wait()
}

type serveCmd struct {
	storeSettings
	queueSettings
	connectSettings
	webSettings
	budgetSettings
	Backfill time.Duration `help:"How far back the first pass reads; the same as the workers'." env:"HAMAWAZ_BACKFILL" default:"17520h"`
}

func (c *serveCmd) Run(ctx context.Context) error {
	return withQueue(ctx, c.storeSettings, c.queueSettings, false, func(p *parts) error {
		if err := p.openTokens(c.connectSettings, c.queueSettings); err != nil {
			return err
		}
		return p.serve(ctx, c.webSettings, c.budgetSettings, c.Backfill, nil)
	})
}

// serve runs the dashboard until ctx ends.
func (p *parts) serve(ctx context.Context, ws webSettings, bs budgetSettings, backfill time.Duration, demo *dashboard.Demo) error {
	listener, err := listen(ws.Listen)
	if err != nil {
		return err
	}
	var sessions dashboard.Storage = dashboard.RedisStorage{Client: p.redis}
	if p.store.Dir != "" {
		// The embedded queue forgets over a restart; people should not have to
		// sign in again.
		sessions = &dashboard.KeptStorage{Storage: sessions, Store: p.store}
	}
	client := jobs.NewClient(p.redis)
	uploads := "" // the dashboard's own choice
	if p.store.Dir != "" {
		uploads = filepath.Join(p.store.Dir, "uploads")
	}
	server := &dashboard.Server{
		Stats: figures{p.stats, p.directory, backfill}, People: people{p.directory, p.audit}, Reports: p.directory, Notes: p.directory,
		Imports: p.importer(), Readings: collector.Typed{Conn: p.store.Conn}, Uploads: uploads,
		Sessions: sessions, Queue: client, Budgets: p.budget(bs),
		Now: p.clock.Now, Zone: p.stats.Zone, Log: p.log, Demo: demo,
		Secure: ws.Secure, Proxies: ws.Proxy, Version: version,
	}
	if p.tokens != nil {
		server.Connections = oauth.Connections{Tokens: p.tokens}
		if server.Public, err = ws.public(); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	app, err := server.App()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p.log.Info("dashboard", "address", "http://"+listener.Addr().String())
	done := make(chan error, 1)
	go func() { done <- app.Listener(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return app.ShutdownWithTimeout(5 * time.Second)
	}
}

// budget returns the budget that all processes on the queue share.
func (p *parts) budget(s budgetSettings) *jobs.Budget {
	allowances := jobs.DefaultAllowances()
	allowances[schema.YouTube] = jobs.Allowance{Unit: schema.BudgetUnits, Limit: s.YouTubeUnits, Window: jobs.PacificDay}
	return &jobs.Budget{Redis: p.redis, Clock: p.clock, Log: p.log, Allowances: allowances,
		MonthlyCost: map[schema.Platform]int64{schema.X: millionths(s.XDollars)}}
}

// listen opens the address, or says what to do.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is in use by another program: stop it, or choose another with --listen", address)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w: choose another address with --listen", address, err)
	}
	return l, nil
}

type workCmd struct {
	storeSettings
	queueSettings
	collectSettings
	connectSettings
	paperSettings
	mailSettings
}

func (c *workCmd) Run(ctx context.Context) error {
	return withQueue(ctx, c.storeSettings, c.queueSettings, false, func(p *parts) error {
		if err := p.openTokens(c.connectSettings, c.queueSettings); err != nil {
			return err
		}
		return p.work(ctx, c.collectSettings, c.paperSettings, c.mailSettings, nil)
	})
}

// work runs the workers until ctx ends.
func (p *parts) work(ctx context.Context, s collectSettings, ps paperSettings, ms mailSettings, demo *dashboard.Demo) error {
	budget := p.budget(s.budgetSettings)
	coll, err := p.collector(s, budget)
	if err != nil {
		return err
	}
	mailer, err := ms.mailer()
	if err != nil {
		return err
	}
	if demo == nil {
		if demo, err = p.seeded(ctx); err != nil {
			return err
		}
	}
	w := &jobs.Worker{
		Reporter: p.reporter(ps.printer(), demo), Mailer: mailer,
		Directory: p.directory, Collector: coll, Stats: p.stats,
		Client: jobs.NewClient(p.redis), Budget: budget, Clock: p.clock, Concurrency: s.Workers, Log: p.log,
		Pictures: &thumbnail.Keeper{Conn: p.store.Conn, Fetcher: &thumbnail.Fetcher{Allowed: s.standInHosts()}, Now: p.clock.Now},
	}
	if s.XVerify > 0 && coll.Connectors[schema.X] != nil {
		w.Terms = jobs.Terms{schema.X: s.XVerify}
	}
	if p.tokens != nil {
		w.Credentials = &jobs.Credentials{Vault: p.vault(p.keys), Tokens: p.tokens, Warner: p.reporter(nil, demo)}
	}
	return w.Run(ctx, p.redis)
}

type scheduleCmd struct {
	storeSettings
	queueSettings
}

func (c *scheduleCmd) Run(ctx context.Context) error {
	return withQueue(ctx, c.storeSettings, c.queueSettings, false, func(p *parts) error {
		return jobs.RunSchedule(ctx, p.redis, p.clock, p.log)
	})
}

type migrateCmd struct{ storeSettings }

func (c *migrateCmd) Run(ctx context.Context) error {
	p, err := openStore(ctx, c.storeSettings, true)
	if err != nil {
		return err
	}
	return p.close()
}
