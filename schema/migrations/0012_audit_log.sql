-- Who did what. Each process writes a chain of its own: a row holds the hash
-- of the row before it, and the first row of a chain the hash of the newest
-- row that the process found, so that no row can be changed or taken out
-- unseen.

-- +goose Up
CREATE TABLE IF NOT EXISTS audit_log
(
    writer    String,
    number    UInt64,
    at        DateTime64(3, 'UTC'),
    actor     String,
    action    LowCardinality(String),
    subject   String,
    details   String,
    prev_hash String,
    hash      String
)
ENGINE = ReplacingMergeTree
ORDER BY (writer, number, hash);
