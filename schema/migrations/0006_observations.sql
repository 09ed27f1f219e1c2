-- One reading of a post's counters: what one call said at one moment. NULL
-- means that this reading did not say.

-- +goose Up
CREATE TABLE IF NOT EXISTS observations
(
    account_id    String,
    post_id       String,
    platform      LowCardinality(String),
    observed_at   DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    call          LowCardinality(String),
    views         Nullable(Int64),
    impressions   Nullable(Int64),
    reach         Nullable(Int64),
    reactions     Nullable(Int64),
    comments      Nullable(Int64),
    shares        Nullable(Int64),
    saves         Nullable(Int64),
    clicks        Nullable(Int64),
    watch_seconds Nullable(Int64),
    extra         Map(LowCardinality(String), Int64),
    run_id        String CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(observed_at)
ORDER BY (account_id, post_id, observed_at, call);
