-- What lets us read an account with its owner's permission, and the warnings
-- that it is about to end.
--
-- Only the newest version of a credential is kept: who connected what and when
-- stands in the audit log, and a secret that was replaced or taken away must
-- not stay readable in older rows. secret is encrypted; key_id says with which
-- key. renewing_since is set while a renewal is under way: where it stays
-- behind, the platform may have given a new token that we never stored.

-- +goose Up
CREATE TABLE IF NOT EXISTS credentials
(
    account_id         String,
    platform           LowCardinality(String),
    flow               LowCardinality(String),
    platform_id        String,
    handle             String,
    granted_by         String,
    scopes             Array(String),
    secret             String,
    key_id             LowCardinality(String),
    expires_at         Nullable(DateTime64(3, 'UTC')),
    refresh_expires_at Nullable(DateTime64(3, 'UTC')),
    renewed_at         DateTime64(3, 'UTC'),
    renewing_since     Nullable(DateTime64(3, 'UTC')),
    status             LowCardinality(String),
    reason             LowCardinality(String),
    last_error         String,
    connected_by       String,
    connected_at       DateTime64(3, 'UTC'),
    version            UInt64,
    changed_at         DateTime64(3, 'UTC'),
    changed_by         String,
    change_reason      String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY account_id;

CREATE TABLE IF NOT EXISTS credential_warnings
(
    account_id String,
    lapses_at  DateTime64(3, 'UTC'),
    days       UInt16,
    recipient  String,
    person_id  String,
    at         DateTime64(3, 'UTC'),
    state      LowCardinality(String),
    code       UInt16,
    error      String
)
ENGINE = MergeTree
ORDER BY (account_id, lapses_at, days, recipient, at);
