-- +goose Up
CREATE TABLE IF NOT EXISTS account_observations
(
    account_id  String,
    platform    LowCardinality(String),
    observed_at DateTime64(3, 'UTC'),
    followers   Nullable(Int64),
    following   Nullable(Int64),
    posts       Nullable(Int64),
    likes       Nullable(Int64),
    views       Nullable(Int64),
    name        String,
    handle      String,
    bio         String,
    link        String,
    avatar_url  String,
    verified    Nullable(Bool),
    extra       Map(LowCardinality(String), Int64),
    run_id      String
)
ENGINE = ReplacingMergeTree
ORDER BY (account_id, observed_at);
