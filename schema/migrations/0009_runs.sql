-- One try at collecting an account. A pass over an account may take several
-- runs; pass_started_at is when its first run began. A run without outcome is
-- running, or its process died.

-- +goose Up
CREATE TABLE IF NOT EXISTS runs
(
    run_id          String,
    account_id      String,
    platform        LowCardinality(String),
    started_at      DateTime64(3, 'UTC'),
    pass_started_at DateTime64(3, 'UTC'),
    finished_at     Nullable(DateTime64(3, 'UTC')),
    outcome         LowCardinality(String),
    error           String,
    retry_at        Nullable(DateTime64(3, 'UTC')),
    cursor_after    String,
    complete        Bool,
    depth           DateTime64(3, 'UTC'),
    pages           UInt32,
    posts           UInt32,
    observations    UInt32,
    calls           UInt32,
    skipped         UInt32,
    quota_percent   Nullable(Float64),
    updated_at      DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
PARTITION BY toYYYYMM(started_at)
ORDER BY (account_id, started_at, run_id);
