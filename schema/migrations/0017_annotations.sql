-- Notes that people put on a day of the charts. A record: inserted, never
-- edited. A note that is taken away gets a second row with the action
-- "remove", which says who and when.

-- +goose Up
CREATE TABLE IF NOT EXISTS annotations
(
    annotation_id String,
    action        LowCardinality(String),
    day           Date,
    department_id String,
    text          String,
    actor         String,
    at            DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (annotation_id, action);
