-- What platforms tell of a post besides its numbers.
--
-- relation says whose post it is: empty is the account's own; a repost carries
-- another post's numbers, and a joint post counts for its author alone, so
-- neither is counted for this account. related_id is the platform's id of the
-- other post. absence says why deleted_at is set.

-- +goose Up
ALTER TABLE posts
    ADD COLUMN IF NOT EXISTS relation LowCardinality(String) DEFAULT '',
    ADD COLUMN IF NOT EXISTS related_id String DEFAULT '',
    ADD COLUMN IF NOT EXISTS captions Nullable(Bool),
    ADD COLUMN IF NOT EXISTS paid Nullable(Bool),
    ADD COLUMN IF NOT EXISTS duration_seconds Nullable(Int64),
    ADD COLUMN IF NOT EXISTS thumbnail_url String DEFAULT '' CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS absence LowCardinality(String) DEFAULT '';

-- A comment under a post, as last seen. Its author is a number that tells two
-- people apart and names none; official is true for the account's own answers.
CREATE TABLE IF NOT EXISTS comments
(
    account_id   String,
    post_id      String,
    comment_id   String,
    parent_id    String,
    platform     LowCardinality(String),
    author       UInt64,
    official     Bool,
    text         String CODEC(ZSTD(3)),
    published_at DateTime64(3, 'UTC'),
    likes        Nullable(Int64),
    replies      Nullable(Int64),
    hidden       Nullable(Bool),
    collected_at DateTime64(3, 'UTC'),
    run_id       String
)
ENGINE = ReplacingMergeTree(collected_at)
ORDER BY (account_id, post_id, comment_id);

-- A small picture of a post, stored by us because platforms' links expire.
-- image is empty where none could be had; error says why.
CREATE TABLE IF NOT EXISTS thumbnails
(
    account_id String,
    post_id    String,
    image      String CODEC(NONE),
    media_type LowCardinality(String),
    width      UInt16,
    height     UInt16,
    error      String,
    tries      UInt8,
    fetched_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(fetched_at)
ORDER BY (account_id, post_id);

-- What a platform last did with a metric that it was asked for, by the kind of
-- post or call: given, empty or refused; since when, and the words of a refusal.
CREATE TABLE IF NOT EXISTS metric_status
(
    platform   LowCardinality(String),
    kind       LowCardinality(String),
    metric     LowCardinality(String),
    status     LowCardinality(String),
    detail     String,
    account_id String,
    run_id     String,
    at         DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (platform, kind, metric, status);

-- An account's own figure of one day of the platform's calendar, which may
-- change for some days. value is unknown where the platform gave the day and
-- no number.
CREATE TABLE IF NOT EXISTS account_insights
(
    account_id  String,
    platform    LowCardinality(String),
    metric      LowCardinality(String),
    day         Date,
    value       Nullable(Int64),
    observed_at DateTime64(3, 'UTC'),
    run_id      String
)
ENGINE = ReplacingMergeTree(observed_at)
ORDER BY (account_id, metric, day);
