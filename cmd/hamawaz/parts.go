package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/oauth"
	"github.com/hamawaz/hamawaz/jobs"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/hamawaz/hamawaz/schema/embedded"
	"github.com/redis/go-redis/v9"
)

// parts are the opened stores and what stands on them.
type parts struct {
	clock     schema.Clock
	log       *slog.Logger
	store     *schema.Store
	directory *schema.Directory
	audit     *schema.AuditLog
	stats     *analytics.DB
	redis     redis.UniversalClient // nil until openQueue
	tokens    *oauth.Tokens         // nil until openTokens: until then tokens are those of the files
	keys      *schema.Keyring       // of openTokens; nil: none is set

	closers []func() error
}

// openStore opens the store for a command and checks that its tables are
// there: with migrate it brings them up to date, otherwise it says which
// command does.
func openStore(ctx context.Context, s storeSettings, migrate bool) (*parts, error) {
	return s.open(ctx, migrate, false)
}

// openToStay is openStore for a process that serves others until it is stopped.
func openToStay(ctx context.Context, s storeSettings, migrate bool) (*parts, error) {
	return s.open(ctx, migrate, true)
}

func (s storeSettings) open(ctx context.Context, migrate, stay bool) (*parts, error) {
	zone, err := s.location()
	if err != nil {
		return nil, err
	}
	clock, err := s.clock()
	if err != nil {
		return nil, err
	}
	if err := s.checkPopulation(); err != nil {
		return nil, err
	}
	dsn, err := s.dsn()
	if err != nil {
		return nil, err
	}
	if dir, ok := strings.CutPrefix(dsn, "embedded://"); ok {
		if _, held := embedded.Holder(dir); !held {
			if err := enoughSpace(dir, spaceToStart); err != nil {
				return nil, err
			}
		}
	}
	password, err := secret(s.ClickHousePasswordFile)
	if err != nil {
		return nil, err
	}
	store, err := schema.Open(ctx, dsn, schema.OpenOptions{Password: password, Stay: stay})
	if err != nil {
		return nil, err
	}
	p := &parts{clock: clock, log: s.logger(stderr), store: store}
	redis.SetLogger(redisLog{p.log})
	p.closers = append(p.closers, store.Close)
	if err := p.tables(ctx, migrate || store.Holder); err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.directory = &schema.Directory{Store: store, Now: clock.Now}
	p.audit = &schema.AuditLog{Store: store, Now: clock.Now}
	p.stats = &analytics.DB{Conn: store.Conn, Zone: zone, Now: clock.Now,
		Population: s.Population, PopulationOf: analytics.Text{En: s.PopulationOf}}
	return p, nil
}

// redisLog sends the Redis client's own messages to our log.
type redisLog struct{ *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, v ...any) {
	l.Logger.DebugContext(ctx, "redis", "message", fmt.Sprintf(format, v...))
}

// tables migrates the store, or checks that nothing is pending.
func (p *parts) tables(ctx context.Context, migrate bool) error {
	if migrate {
		_, err := p.store.Migrate(ctx)
		return err
	}
	pending, err := p.store.Pending(ctx)
	if err == nil && pending > 0 {
		err = fmt.Errorf("the store's tables are %d versions behind: run hamawaz migrate", pending)
	}
	return err
}

// openQueue connects to the queue. On an embedded store without a Redis the
// process that holds the engine also holds the queue.
func (p *parts) openQueue(ctx context.Context, s queueSettings) error {
	if s.Redis == "" && p.store.Dir == "" {
		return errors.New("a ClickHouse server needs a Redis server beside it: set --redis or HAMAWAZ_REDIS")
	}
	if s.Redis == "" {
		if p.store.Holder {
			q, err := jobs.StartEmbeddedQueue(p.store.Dir)
			if err != nil {
				return err
			}
			p.closers = append(p.closers, q.Close)
		}
		p.redis = jobs.DialEmbeddedQueue(p.store.Dir)
		if !p.store.Holder {
			// A holder that has just started has no queue yet.
			if err := p.waitQueue(ctx); err != nil {
				return errors.Join(err, p.redis.Close())
			}
		}
	} else {
		password, err := secret(s.RedisPasswordFile)
		if err != nil {
			return err
		}
		if p.redis, err = jobs.OpenRedis(ctx, s.Redis, password); err != nil {
			return err
		}
	}
	p.closers = append(p.closers, p.redis.Close)
	return nil
}

// waitQueue returns once the queue of the folder's holder answers.
func (p *parts) waitQueue(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		err := p.redis.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no queue runs in %s: start hamawaz up there, or again: %w", p.store.Dir, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// collector returns the collector with a connector for each platform. The
// budget may be nil.
func (p *parts) collector(s collectSettings, budget collector.Budget) (*collector.Collector, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	connectors, err := connectors(s, p.clock, p.log, budget, p.stats.Zone, p.tokens)
	if err != nil {
		return nil, err
	}
	writer := collector.NewWriter(p.store.Conn)
	p.closers = append(p.closers, func() error { writer.Close(); return nil })
	return &collector.Collector{
		Conn: p.store.Conn, Writer: writer, Connectors: connectors,
		Now: p.clock.Now, Backfill: s.Backfill, Log: p.log, Comments: s.Comments,
		Forget: map[schema.Platform]bool{schema.X: s.XForget},
	}, nil
}

// close closes everything, the last opened first.
func (p *parts) close() error {
	var err error
	for i := len(p.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, p.closers[i]())
	}
	return err
}

// figures is what the dashboard asks for: the analytics, and the schedule that
// only the collector knows.
type figures struct {
	*analytics.DB
	directory *schema.Directory
	backfill  time.Duration
}

// Departments implements dashboard.Stats.
func (f figures) Departments(ctx context.Context) ([]schema.Department, error) {
	return f.directory.Departments(ctx)
}

// Accounts implements dashboard.Stats.
func (f figures) Accounts(ctx context.Context) ([]schema.Account, error) {
	return f.directory.Accounts(ctx)
}

// Collection implements dashboard.Stats.
func (f figures) Collection(ctx context.Context) (analytics.Collection, error) {
	histories, err := collector.Histories(ctx, f.Conn, f.Now())
	if err != nil {
		return analytics.Collection{}, err
	}
	planner := collector.Collector{Now: f.Now, Backfill: f.backfill}
	due := make(map[schema.AccountID]time.Time, len(histories))
	for id, h := range histories {
		due[id] = planner.NextDue(h)
	}
	return f.DB.Collection(ctx, due)
}

// people is what the dashboard needs to know of people.
type people struct {
	*schema.Directory
	*schema.AuditLog
}
