package analytics

import (
	"context"
	"fmt"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// A MetricStatus is what a platform last did with a metric that it was asked
// for.
type MetricStatus struct {
	Platform schema.Platform `ch:"platform"`
	Kind     string          `ch:"kind"`    // of post or call, in the platform's words
	Metric   string          `ch:"metric"`  // the platform's name
	Given    *time.Time      `ch:"given"`   // nil: never
	Refused  *time.Time      `ch:"refused"` // when it last was; nil: never
	Detail   string          `ch:"detail"`  // of the last refusal, in the platform's words
}

// IsRefused reports that the platform refuses the metric now: it has not given
// it since it last refused it.
func (m MetricStatus) IsRefused() bool {
	return m.Refused != nil && (m.Given == nil || m.Refused.After(*m.Given))
}

// MetricStatus lists every metric that a platform was asked for, by platform,
// kind and name.
func (db *DB) MetricStatus(ctx context.Context) ([]MetricStatus, error) {
	var rows []MetricStatus
	if err := db.Conn.Select(ctx, &rows, query("metrics.Status")); err != nil {
		return nil, fmt.Errorf("status of metrics: %w", err)
	}
	return rows, nil
}
