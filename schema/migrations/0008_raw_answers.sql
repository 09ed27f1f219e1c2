-- Answers of platforms as received, secrets masked: the evidence behind every
-- figure. The same answer stored again is the same row.

-- +goose Up
CREATE TABLE IF NOT EXISTS raw_answers
(
    received_at DateTime64(3, 'UTC'),
    account_id  String,
    platform    LowCardinality(String),
    run_id      String,
    request     String CODEC(ZSTD(3)),
    status      UInt16,
    api_version LowCardinality(String),
    body_hash   String,
    body        String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (account_id, received_at, body_hash);
