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

CREATE TABLE account_insights
(
    `account_id` String,
    `platform` LowCardinality(String),
    `metric` LowCardinality(String),
    `day` Date,
    `value` Nullable(Int64),
    `observed_at` DateTime64(3, 'UTC'),
    `run_id` String
)
ENGINE = ReplacingMergeTree(observed_at)
ORDER BY (account_id, metric, day)
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

CREATE TABLE annotations
(
    `annotation_id` String,
    `action` LowCardinality(String),
    `day` Date,
    `department_id` String,
    `text` String,
    `actor` String,
    `at` DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (annotation_id, action)
SETTINGS index_granularity = 8192;

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

CREATE TABLE comments
(
    `account_id` String,
    `post_id` String,
    `comment_id` String,
    `parent_id` String,
    `platform` LowCardinality(String),
    `author` UInt64,
    `official` Bool,
    `text` String CODEC(ZSTD(3)),
    `published_at` DateTime64(3, 'UTC'),
    `likes` Nullable(Int64),
    `replies` Nullable(Int64),
    `hidden` Nullable(Bool),
    `collected_at` DateTime64(3, 'UTC'),
    `run_id` String
)
ENGINE = ReplacingMergeTree(collected_at)
ORDER BY (account_id, post_id, comment_id)
SETTINGS index_granularity = 8192;

CREATE TABLE credential_warnings
(
    `account_id` String,
    `lapses_at` DateTime64(3, 'UTC'),
    `days` UInt16,
    `recipient` String,
    `person_id` String,
    `at` DateTime64(3, 'UTC'),
    `state` LowCardinality(String),
    `code` UInt16,
    `error` String
)
ENGINE = MergeTree
ORDER BY (account_id, lapses_at, days, recipient, at)
SETTINGS index_granularity = 8192;

CREATE TABLE credentials
(
    `account_id` String,
    `platform` LowCardinality(String),
    `flow` LowCardinality(String),
    `platform_id` String,
    `handle` String,
    `granted_by` String,
    `scopes` Array(String),
    `secret` String,
    `key_id` LowCardinality(String),
    `expires_at` Nullable(DateTime64(3, 'UTC')),
    `refresh_expires_at` Nullable(DateTime64(3, 'UTC')),
    `renewed_at` DateTime64(3, 'UTC'),
    `renewing_since` Nullable(DateTime64(3, 'UTC')),
    `status` LowCardinality(String),
    `reason` LowCardinality(String),
    `last_error` String,
    `connected_by` String,
    `connected_at` DateTime64(3, 'UTC'),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY account_id
SETTINGS index_granularity = 8192;

CREATE TABLE deliveries
(
    `schedule_id` String,
    `from_day` Date,
    `to_day` Date,
    `run_id` String,
    `recipient` String,
    `person_id` String,
    `language` LowCardinality(String),
    `step` UInt32,
    `at` DateTime64(3, 'UTC'),
    `state` LowCardinality(String),
    `code` UInt16,
    `error` String,
    `message_id` String,
    `pdf_sha256` String,
    `pdf_size` UInt64
)
ENGINE = MergeTree
ORDER BY (schedule_id, from_day, recipient, run_id, step)
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

CREATE TABLE import_refusals
(
    `import_id` String,
    `started_at` DateTime64(3, 'UTC'),
    `file` LowCardinality(String),
    `line` UInt64,
    `field` LowCardinality(String),
    `whole_row` Bool,
    `reason` LowCardinality(String),
    `detail` String,
    `value` String
)
ENGINE = ReplacingMergeTree
ORDER BY (import_id, started_at, file, line, field)
SETTINGS index_granularity = 8192;

CREATE TABLE imports
(
    `import_id` String,
    `platform` LowCardinality(String),
    `files` Array(String),
    `hashes` Array(String),
    `map_name` String,
    `map_json` String CODEC(ZSTD(3)),
    `as_of` Nullable(DateTime64(3, 'UTC')),
    `accounts` String,
    `state` LowCardinality(String),
    `started_at` DateTime64(3, 'UTC'),
    `finished_at` Nullable(DateTime64(3, 'UTC')),
    `read` UInt64,
    `kept` UInt64,
    `repeated` UInt64,
    `refused` UInt64,
    `unread` UInt64,
    `warnings` Array(String),
    `actor` String,
    `updated_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY import_id
SETTINGS index_granularity = 8192;

CREATE TABLE metric_status
(
    `platform` LowCardinality(String),
    `kind` LowCardinality(String),
    `metric` LowCardinality(String),
    `status` LowCardinality(String),
    `detail` String,
    `account_id` String,
    `run_id` String,
    `at` DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (platform, kind, metric, status)
SETTINGS index_granularity = 8192;

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
    `digits` LowCardinality(String) DEFAULT '',
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
    `digits` LowCardinality(String),
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

CREATE TABLE post_figures
(
    `account_id` String,
    `post_id` String,
    `views` Nullable(Int64),
    `impressions` Nullable(Int64),
    `reach` Nullable(Int64),
    `reactions` Nullable(Int64),
    `comments` Nullable(Int64),
    `shares` Nullable(Int64),
    `saves` Nullable(Int64),
    `clicks` Nullable(Int64),
    `watch_seconds` Nullable(Int64),
    `interactions` Nullable(Int64),
    `read_at` Nullable(DateTime64(3, 'UTC')),
    `interactions_at` Nullable(DateTime64(3, 'UTC')),
    `audience` Nullable(Int64),
    `expected` Nullable(Float64),
    `compared` UInt16,
    `computed_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (account_id, post_id)
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
    `collected_at` DateTime64(3, 'UTC'),
    `run_id` String DEFAULT '',
    `relation` LowCardinality(String) DEFAULT '',
    `related_id` String DEFAULT '',
    `captions` Nullable(Bool),
    `paid` Nullable(Bool),
    `duration_seconds` Nullable(Int64),
    `thumbnail_url` String DEFAULT '' CODEC(ZSTD(3)),
    `absence` LowCardinality(String) DEFAULT ''
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

CREATE TABLE report_files
(
    `run_id` String,
    `language` LowCardinality(String),
    `name` String,
    `pdf` String CODEC(ZSTD(1)),
    `sha256` String,
    `size` UInt64,
    `subject` String,
    `text` String,
    `html` String CODEC(ZSTD(1)),
    `made_at` DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(made_at)
ORDER BY (run_id, language)
SETTINGS index_granularity = 8192;

CREATE TABLE report_runs
(
    `run_id` String,
    `schedule_id` String,
    `from_day` Date,
    `to_day` Date,
    `department_id` String,
    `asked_by` String,
    `again` Bool,
    `recipients` Array(String),
    `people` Array(String),
    `languages` Array(String),
    `started_at` DateTime64(3, 'UTC'),
    `finished_at` Nullable(DateTime64(3, 'UTC')),
    `outcome` LowCardinality(String),
    `error` String,
    `updated_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (schedule_id, from_day, run_id)
SETTINGS index_granularity = 8192;

CREATE TABLE report_schedules
(
    `schedule_id` String,
    `name` String,
    `kind` LowCardinality(String),
    `day` UInt8,
    `hour` UInt8,
    `language` LowCardinality(String),
    `department_id` String,
    `recipients` Array(String),
    `languages` Array(String),
    `status` LowCardinality(String),
    `since` DateTime64(3, 'UTC'),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
ENGINE = ReplacingMergeTree
ORDER BY (schedule_id, version, changed_by)
SETTINGS index_granularity = 8192;

CREATE VIEW report_schedules_now
(
    `schedule_id` String,
    `name` String,
    `kind` LowCardinality(String),
    `day` UInt8,
    `hour` UInt8,
    `language` LowCardinality(String),
    `department_id` String,
    `recipients` Array(String),
    `languages` Array(String),
    `status` LowCardinality(String),
    `since` DateTime64(3, 'UTC'),
    `version` UInt64,
    `changed_at` DateTime64(3, 'UTC'),
    `changed_by` String,
    `change_reason` String
)
AS SELECT *
FROM report_schedules
ORDER BY
    version DESC,
    changed_at DESC
LIMIT 1 BY schedule_id;

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

CREATE TABLE thumbnails
(
    `account_id` String,
    `post_id` String,
    `image` String CODEC(NONE),
    `media_type` LowCardinality(String),
    `width` UInt16,
    `height` UInt16,
    `error` String,
    `tries` UInt8,
    `fetched_at` DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(fetched_at)
ORDER BY (account_id, post_id)
SETTINGS index_granularity = 8192;
