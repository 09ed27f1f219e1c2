-- Derived from observations by analytics/query/rollup.PostDaily.sql; may be
-- dropped and rebuilt. One row per post, day and metric that a reading of the
-- day told: the last value of the day, and what was gained since the last
-- known value before it. carried is what the first known reading brought that
-- was not gained under our eyes. The metric 'readings' counts the readings.

-- +goose Up
CREATE TABLE IF NOT EXISTS post_daily
(
    zone        LowCardinality(String),
    account_id  String,
    metric      LowCardinality(String),
    day         Date,
    post_id     String,
    value       Int64,
    gained      Int64,
    carried     Int64,
    computed_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (zone, account_id, metric, day, post_id);
