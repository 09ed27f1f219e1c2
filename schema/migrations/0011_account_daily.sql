-- Derived from post_daily, posts and account_observations by
-- analytics/query/rollup.Account*.sql; may be dropped and rebuilt.
--
-- view 'activity': day is the day of the readings, value what was gained on it
-- (followers: the closing value).
-- view 'life': day is the day of publication, value the latest readings of the
-- posts published on it.
-- unknown_posts are the posts (hashed) whose platform had not told the metric.
-- top_post is the post that brought most of value, top_value what it brought.

-- +goose Up
CREATE TABLE IF NOT EXISTS account_daily
(
    zone          LowCardinality(String),
    view          LowCardinality(String),
    metric        LowCardinality(String),
    day           Date,
    account_id    String,
    value         Nullable(Int64),
    carried       Nullable(Int64),
    known         UInt32,
    unknown_posts Array(UInt64),
    top_post      String,
    top_value     Nullable(Int64),
    computed_at   DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (zone, view, metric, day, account_id);
