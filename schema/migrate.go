package schema

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the store's tables to the newest version and returns the
// names of the migrations that it applied. It may be repeated, also after it
// was cut off: each statement can run again.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	provider, closeDB, err := s.migrations()
	if err != nil {
		return nil, err
	}
	defer closeDB()
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	applied := make([]string, len(results))
	for i, r := range results {
		applied[i] = r.Source.Path
	}
	return applied, nil
}

// Pending returns how many migrations the store lacks.
func (s *Store) Pending(ctx context.Context) (int, error) {
	provider, closeDB, err := s.migrations()
	if err != nil {
		return 0, err
	}
	defer closeDB()
	all, err := provider.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	n := 0
	for _, m := range all {
		if m.State == goose.StatePending {
			n++
		}
	}
	return n, nil
}

func (s *Store) migrations() (*goose.Provider, func() error, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, nil, err
	}
	db := s.SQL()
	provider, err := goose.NewProvider(goose.DialectClickHouse, db, files)
	if err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("migrations: %w", err)
	}
	return provider, db.Close, nil
}
