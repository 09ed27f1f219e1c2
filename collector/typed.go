package collector

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/hamawaz/hamawaz/schema"
)

// Typed keeps readings that people type in. It is the dashboard's Readings.
type Typed struct {
	Conn driver.Conn
}

// AddReading stores the reading. One of the same post, moment and call is
// replaced.
func (t Typed) AddReading(ctx context.Context, o schema.Observation) error {
	return InsertObservations(ctx, t.Conn, []schema.Observation{o})
}
