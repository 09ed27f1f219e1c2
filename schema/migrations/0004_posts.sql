-- +goose Up
CREATE TABLE IF NOT EXISTS posts
(
    account_id   String,
    post_id      String,
    platform     LowCardinality(String),
    native_id    String,
    text         String CODEC(ZSTD(3)),
    format       LowCardinality(String),
    permalink    String CODEC(ZSTD(3)),
    links        Array(String),
    hashtags     Array(String),
    alt_text     Nullable(String),
    published_at DateTime64(3, 'UTC'),
    deleted_at   Nullable(DateTime64(3, 'UTC')),
    collected_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(collected_at)
ORDER BY (account_id, post_id);
