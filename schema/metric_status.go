package schema

import "time"

// A MetricState is what a platform did with a metric that it was asked for.
type MetricState string

// The states of a metric.
const (
	MetricGiven   MetricState = "given"
	MetricRefused MetricState = "refused" // its name is not taken (any more)
)

// A MetricStatus is what a platform last did with a metric.
type MetricStatus struct {
	Platform  Platform    `ch:"platform"`
	Kind      string      `ch:"kind"` // the kind of post or call, in the platform's words
	Metric    string      `ch:"metric"`
	Status    MetricState `ch:"status"`
	Detail    string      `ch:"detail"` // of a refusal, in the platform's words
	AccountID AccountID   `ch:"account_id"`
	RunID     string      `ch:"run_id"`
	At        time.Time   `ch:"at"`
}

// An AccountInsight is an account's own figure of one day.
type AccountInsight struct {
	AccountID  AccountID `ch:"account_id"`
	Platform   Platform  `ch:"platform"`
	Metric     string    `ch:"metric"` // the platform's name
	Day        time.Time `ch:"day"`    // in the platform's calendar: Pacific for Meta and YouTube, UTC for TikTok
	Value      *int64    `ch:"value"`
	ObservedAt time.Time `ch:"observed_at"`
	RunID      string    `ch:"run_id"`
}
