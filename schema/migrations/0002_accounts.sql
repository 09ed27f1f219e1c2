-- +goose Up
CREATE TABLE IF NOT EXISTS accounts
(
    account_id    String,
    department_id String,
    platform      LowCardinality(String),
    handle        String,
    platform_id   String,
    name          String,
    url           String,
    access        LowCardinality(String),
    status        LowCardinality(String),
    version       UInt64,
    changed_at    DateTime64(3, 'UTC'),
    changed_by    String,
    change_reason String
)
ENGINE = ReplacingMergeTree
ORDER BY (account_id, version, changed_by);

CREATE VIEW IF NOT EXISTS accounts_now AS
SELECT * FROM accounts ORDER BY version DESC, changed_at DESC LIMIT 1 BY account_id;
