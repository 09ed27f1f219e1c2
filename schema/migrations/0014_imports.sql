-- Posts that departments brought in files. An import's id is made of what is
-- imported (files, map, moment, accounts), so the same import again goes on
-- with the first. A row in state 'running' whose process died is completed by
-- importing the same again.
--
-- posts.run_id says which run or import brought the row: only rows of an
-- import go when the import is undone.

-- +goose Up
CREATE TABLE IF NOT EXISTS imports
(
    import_id   String,
    platform    LowCardinality(String),
    files       Array(String),
    hashes      Array(String),
    map_name    String,
    map_json    String CODEC(ZSTD(3)),
    as_of       Nullable(DateTime64(3, 'UTC')),
    accounts    String,
    state       LowCardinality(String),
    started_at  DateTime64(3, 'UTC'),
    finished_at Nullable(DateTime64(3, 'UTC')),
    read        UInt64,
    kept        UInt64,
    repeated    UInt64,
    refused     UInt64,
    unread      UInt64,
    warnings    Array(String),
    actor       String,
    updated_at  DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY import_id;

-- What an import refused: a whole row, or one value of a row that was kept.
CREATE TABLE IF NOT EXISTS import_refusals
(
    import_id  String,
    started_at DateTime64(3, 'UTC'),
    file       LowCardinality(String),
    line       UInt64,
    field      LowCardinality(String),
    whole_row  Bool,
    reason     LowCardinality(String),
    detail     String,
    value      String
)
ENGINE = ReplacingMergeTree
ORDER BY (import_id, started_at, file, line, field);

ALTER TABLE posts ADD COLUMN IF NOT EXISTS run_id String DEFAULT '';
