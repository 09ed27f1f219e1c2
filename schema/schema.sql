-- The tables as the migrations leave them, for reading. go test ./schema -update rewrites it.

CREATE TABLE account_daily
(
    `zone` LowCardinality(String),
    `view` LowCardinality(String),
    `metric` LowCardinality(String),
    `day` Date,
    `account_id` String,
    `value` Nullable(Int64),
    `carried` Nullable(Int64),
    `known` UInt32,
    `unknown_posts` Array(UInt64),
    `top_post` String,
    `top_value` Nullable(Int64),
    `computed_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (zone, view, metric, day, account_id)
SETTINGS index_granularity = 8192;

CREATE TABLE account_observations
(
    `account_id` String,
    `platform` LowCardinality(String),
    `observed_at` DateTime64(3, 'UTC'),
    `followers` Nullable(Int64),
    `following` Nullable(Int64),
    `posts` Nullable(Int64),
    `likes` Nullable(Int64),
    `views` Nullable(Int64),
    `name` String,
    `handle` String,
    `bio` String,
    `link` String,
    `avatar_url` String,
    `verified` Nullable(Bool),
    `extra` Map(LowCardinality(String), Int64),
    `run_id` String
)
ENGINE = ReplacingMergeTree
ORDER BY (account_id, observed_at)
SETTINGS index_granularity = 8192;

CREATE TABLE accounts
(
    `account_id` String,
    `department_id` String,
    `platform` LowCardinality(String),
    `handle` String,
    `platform_id` String,
    `name` String,
    `url` String,
    `access` LowCardinality(String),
    `status` LowCardinality(String),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
ENGINE = ReplacingMergeTree
ORDER BY (account_id, version, changed_by)
SETTINGS index_granularity = 8192;

CREATE VIEW accounts_now
(
    `account_id` String,
    `department_id` String,
    `platform` LowCardinality(String),
    `handle` String,
    `platform_id` String,
    `name` String,
    `url` String,
    `access` LowCardinality(String),
    `status` LowCardinality(String),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
AS SELECT *
FROM accounts
ORDER BY
    version DESC,
    changed_at DESC
LIMIT 1 BY account_id;

CREATE TABLE audit_log
(
    `writer` String,
    `number` UInt64,
    `at` DateTime64(3, 'UTC'),
    `actor` String,
    `action` LowCardinality(String),
    `subject` String,
    `details` String,
    `prev_hash` String,
    `hash` String
)
ENGINE = ReplacingMergeTree
ORDER BY (writer, number, hash)
SETTINGS index_granularity = 8192;

CREATE TABLE departments
(
    `department_id` String,
    `name_en` String,
    `name_ur` String,
    `short_name` String,
    `kind` LowCardinality(String),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
ENGINE = ReplacingMergeTree
ORDER BY (department_id, version, changed_by)
SETTINGS index_granularity = 8192;

CREATE VIEW departments_now
(
    `department_id` String,
    `name_en` String,
    `name_ur` String,
    `short_name` String,
    `kind` LowCardinality(String),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
AS SELECT *
FROM departments
ORDER BY
    version DESC,
    changed_at DESC
LIMIT 1 BY department_id;

CREATE TABLE observations
(
    `account_id` String,
    `post_id` String,
    `platform` LowCardinality(String),
    `observed_at` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `call` LowCardinality(String),
    `views` Nullable(Int64),
    `impressions` Nullable(Int64),
    `reach` Nullable(Int64),
    `reactions` Nullable(Int64),
    `comments` Nullable(Int64),
    `shares` Nullable(Int64),
    `saves` Nullable(Int64),
    `clicks` Nullable(Int64),
    `watch_seconds` Nullable(Int64),
    `extra` Map(LowCardinality(String), Int64),
    `run_id` String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(observed_at)
ORDER BY (account_id, post_id, observed_at, call)
SETTINGS index_granularity = 8192;

CREATE TABLE people
(
    `person_id` String,
    `email` String,
    `name` String,
    `role` LowCardinality(String),
    `department_id` String,
    `language` LowCardinality(String),
    `password_hash` String,
    `status` LowCardinality(String),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
ENGINE = ReplacingMergeTree
ORDER BY (person_id, version, changed_by)
SETTINGS index_granularity = 8192;

CREATE VIEW people_now
(
    `person_id` String,
    `email` String,
    `name` String,
    `role` LowCardinality(String),
    `department_id` String,
    `language` LowCardinality(String),
    `password_hash` String,
    `status` LowCardinality(String),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
AS SELECT *
FROM people
ORDER BY
    version DESC,
    changed_at DESC
LIMIT 1 BY person_id;

CREATE TABLE post_daily
(
    `zone` LowCardinality(String),
    `account_id` String,
    `metric` LowCardinality(String),
    `day` Date,
    `post_id` String,
    `value` Int64,
    `gained` Int64,
    `carried` Int64,
    `computed_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (zone, account_id, metric, day, post_id)
SETTINGS index_granularity = 8192;

CREATE TABLE post_versions
(
    `account_id` String,
    `post_id` String,
    `content_hash` UInt64,
    `text` SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    `first_seen` SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    `last_seen` SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (account_id, post_id, content_hash)
SETTINGS index_granularity = 8192;

CREATE MATERIALIZED VIEW post_versions_from_posts TO post_versions
(
    `account_id` String,
    `post_id` String,
    `content_hash` UInt64,
    `text` String,
    `first_seen` DateTime64(3, 'UTC'),
    `last_seen` DateTime64(3, 'UTC')
)
AS SELECT
    account_id,
    post_id,
    cityHash64(text) AS content_hash,
    text,
    collected_at AS first_seen,
    collected_at AS last_seen
FROM posts;

CREATE TABLE posts
(
    `account_id` String,
    `post_id` String,
    `platform` LowCardinality(String),
    `native_id` String,
    `text` String CODEC(ZSTD(3)),
    `format` LowCardinality(String),
    `permalink` String CODEC(ZSTD(3)),
    `links` Array(String),
    `hashtags` Array(String),
    `alt_text` Nullable(String),
    `published_at` DateTime64(3, 'UTC'),
    `deleted_at` Nullable(DateTime64(3, 'UTC')),
    `collected_at` DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(collected_at)
ORDER BY (account_id, post_id)
SETTINGS index_granularity = 8192;

CREATE TABLE raw_answers
(
    `received_at` DateTime64(3, 'UTC'),
    `account_id` String,
    `platform` LowCardinality(String),
    `run_id` String,
    `request` String CODEC(ZSTD(3)),
    `status` UInt16,
    `api_version` LowCardinality(String),
    `body_hash` String,
    `body` String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (account_id, received_at, body_hash)
SETTINGS index_granularity = 8192;

CREATE TABLE runs
(
    `run_id` String,
    `account_id` String,
    `platform` LowCardinality(String),
    `started_at` DateTime64(3, 'UTC'),
    `pass_started_at` DateTime64(3, 'UTC'),
    `finished_at` Nullable(DateTime64(3, 'UTC')),
    `outcome` LowCardinality(String),
    `error` String,
    `retry_at` Nullable(DateTime64(3, 'UTC')),
    `cursor_after` String,
    `complete` Bool,
    `depth` DateTime64(3, 'UTC'),
    `pages` UInt32,
    `posts` UInt32,
    `observations` UInt32,
    `calls` UInt32,
    `skipped` UInt32,
    `quota_percent` Nullable(Float64),
    `updated_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
PARTITION BY toYYYYMM(started_at)
ORDER BY (account_id, started_at, run_id)
SETTINGS index_granularity = 8192;

CREATE TABLE sessions
(
    `session_key` String,
    `data` String,
    `expires_at` DateTime64(3, 'UTC'),
    `updated_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY session_key
TTL toDateTime(expires_at) + toIntervalDay(1)
SETTINGS index_granularity = 8192;
