-- +goose Up
CREATE TABLE IF NOT EXISTS people
(
    person_id     String,
    email         String,
    name          String,
    role          LowCardinality(String),
    department_id String,
    language      LowCardinality(String),
    password_hash String,
    status        LowCardinality(String),
    version       UInt64,
    changed_at    DateTime64(3, 'UTC'),
    changed_by    String,
    change_reason String
)
ENGINE = ReplacingMergeTree
ORDER BY (person_id, version, changed_by);

CREATE VIEW IF NOT EXISTS people_now AS
SELECT * FROM people ORDER BY version DESC, changed_at DESC LIMIT 1 BY person_id;
