// Package schema is what all other packages share: the domain types, the
// tables and the way to the store. It imports none of our packages but its own
// parts.
package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/hamawaz/hamawaz/schema/embedded"
)

// A Store is an open ClickHouse: a server's, or the embedded engine.
type Store struct {
	Conn driver.Conn

	// Dir is the folder of the embedded engine; empty for a server.
	Dir string
	// Holder says that this process holds the embedded engine. Any other
	// process reaches it through the socket in Dir.
	Holder bool

	options *clickhouse.Options
	engine  *embedded.Engine
	stay    *os.File // see embedded.LockFolder; nil for a server, and for a command that does not hold
}

// OpenOptions are what a DSN does not hold.
type OpenOptions struct {
	Password   string   // of the server's user; replaces the DSN's
	EngineArgs []string // embedded only: see embedded.Options

	// Stay says that this process serves others until it is stopped: the
	// dashboard, the workers, the schedule. Embedded only: such a process never
	// uses the engine of a command that is about to end, and waits for it.
	Stay bool
}

// Open opens the store that the DSN names and checks that it answers:
//
//	embedded:///var/lib/hamawaz       the engine in this process, in that folder
//	clickhouse://user@host:9000/name  a server, native protocol
//	http://host:8123/name, https://…  a server, HTTP
//
// Of the processes that open one embedded folder, the first holds the engine;
// the others use it through the folder's socket. A missing database is made by
// Migrate, not here.
func Open(ctx context.Context, dsn string, o OpenOptions) (*Store, error) {
	scheme, _, ok := strings.Cut(dsn, "://")
	if !ok {
		return nil, fmt.Errorf("store %q: want embedded:///folder, clickhouse://host:9000/name or http://host:8123/name", redactDSN(dsn))
	}
	switch scheme {
	case "embedded":
		return openEmbedded(ctx, dsn, o)
	case "clickhouse", "http", "https":
		return openServer(ctx, dsn, o)
	default:
		return nil, fmt.Errorf("store %q: unknown kind %q: want embedded, clickhouse, http or https", redactDSN(dsn), scheme)
	}
}

// maxConnections is more than workers, writer and pages ask for at once: who
// waits for a connection gives up after ten seconds.
const maxConnections = 64

func openServer(ctx context.Context, dsn string, o OpenOptions) (*Store, error) {
	options, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("store %q: %w", redactDSN(dsn), err)
	}
	if o.Password != "" {
		options.Auth.Password = o.Password
	}
	if options.Auth.Database == "" {
		options.Auth.Database = "hamawaz"
	}
	options.DialTimeout = 10 * time.Second
	options.MaxOpenConns, options.MaxIdleConns = maxConnections, 16
	options.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	s := &Store{options: options}
	return s, s.connect(ctx, fmt.Sprintf("%q does not answer: check that the server runs and that the address, user and password are right", redactDSN(dsn)))
}

func openEmbedded(ctx context.Context, dsn string, o OpenOptions) (*Store, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Host != "" || !filepath.IsAbs(u.Path) {
		return nil, fmt.Errorf("store %q: want embedded:///absolute/folder", dsn)
	}
	s := &Store{Dir: filepath.Clean(u.Path)}

	transport, err := s.reachEngine(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("store in %s: %w", s.Dir, err)
	}

	database := u.Query().Get("database")
	if database == "" {
		database = "hamawaz"
	}
	s.options = &clickhouse.Options{
		Protocol:         clickhouse.HTTP,
		Addr:             []string{"embedded"},
		Auth:             clickhouse.Auth{Database: database},
		MaxOpenConns:     maxConnections,
		MaxIdleConns:     8,
		ConnMaxLifetime:  time.Hour,
		TransportFunc:    func(*http.Transport) (http.RoundTripper, error) { return transport, nil },
		HttpHeaders:      map[string]string{},
		BlockBufferSize:  4,
		ConnOpenStrategy: clickhouse.ConnOpenInOrder,
	}
	if err := s.connect(ctx, "the engine in "+s.Dir+" does not answer"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// reachTries is how often a folder that others are about to let go, or to
// hold, is asked for, a tenth of a second apart.
const reachTries = 100

// reachEngine returns the way to the folder's engine: the holder's socket, or
// an engine of our own if nobody holds the folder.
func (s *Store) reachEngine(ctx context.Context, o OpenOptions) (http.RoundTripper, error) {
	var last error
	for range reachTries {
		way, err := s.tryEngine(ctx, o)
		var used *embedded.InUseError
		if way != nil || !errors.As(err, &used) {
			return way, err
		}
		last = err
		select {
		case <-ctx.Done():
			return nil, last
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil, last
}

// tryEngine is one try at reachEngine. It returns an *embedded.InUseError if
// another process is on its way in or out.
func (s *Store) tryEngine(ctx context.Context, o OpenOptions) (http.RoundTripper, error) {
	_, alive := embedded.Holder(s.Dir)
	if alive && !o.Stay {
		return embedded.DialSocket(s.Dir), nil
	}
	lock, err := embedded.LockFolder(s.Dir, o.Stay)
	if err != nil {
		return nil, err
	}
	if alive {
		s.stay = lock
		return embedded.DialSocket(s.Dir), nil
	}
	engine, err := embedded.Open(ctx, embedded.Options{Dir: s.Dir, Args: o.EngineArgs})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := engine.ServeSocket(); err != nil {
		return nil, errors.Join(err, engine.Close(), lock.Close())
	}
	s.engine, s.stay, s.Holder = engine, lock, true
	return engine, nil
}

// connect opens the connection and asks one question that needs no database.
func (s *Store) connect(ctx context.Context, trouble string) error {
	if err := s.createDatabase(ctx); err != nil {
		return fmt.Errorf("store: %s: %w", trouble, err)
	}
	conn, err := clickhouse.Open(s.options)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s.Conn = conn
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("store: %s: %w", trouble, err)
	}
	return nil
}

// accessDenied is ClickHouse's code for a statement that the user may not run.
const accessDenied = 497

// createDatabase makes the store's database if there is none: a connection to
// a missing database cannot even be opened.
func (s *Store) createDatabase(ctx context.Context) error {
	o := *s.options
	o.Auth.Database = "default"
	o.MaxOpenConns, o.MaxIdleConns = 1, 1
	conn, err := clickhouse.Open(&o)
	if err != nil {
		return err
	}
	defer conn.Close()
	err = conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quoteIdentifier(s.options.Auth.Database))
	var refused *clickhouse.Exception
	if errors.As(err, &refused) && refused.Code == accessDenied {
		return nil // the server's administrator made it for us, or the next question says that it is missing
	}
	return err
}

// SQL returns the store for packages that speak database/sql. The caller
// closes it.
func (s *Store) SQL() *sql.DB { return clickhouse.OpenDB(s.options) }

// Database returns the name of the store's database.
func (s *Store) Database() string { return s.options.Auth.Database }

// Close closes the store; a holder ends the engine.
func (s *Store) Close() error {
	var err error
	if s.Conn != nil {
		err = s.Conn.Close()
	}
	if s.engine != nil {
		err = errors.Join(err, s.engine.Close())
	}
	if s.stay != nil {
		err = errors.Join(err, s.stay.Close())
	}
	return err
}

// quoteIdentifier returns the name as ClickHouse reads an identifier.
func quoteIdentifier(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}

// redactDSN returns the DSN without its password.
func redactDSN(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "(unreadable)"
	}
	return u.Redacted()
}

// ReadSecret returns the content of a secret's file without white space around
// it.
func ReadSecret(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
