-- What people edit is kept as versions: one row per edit, none ever changed.
-- Two writers of the same version stay two rows, so a fork can be found.

-- +goose Up
CREATE TABLE IF NOT EXISTS departments
(
    department_id String,
    name_en       String,
    name_ur       String,
    short_name    String,
    kind          LowCardinality(String),
    version       UInt64,
    changed_at    DateTime64(3, 'UTC'),
    changed_by    String,
    change_reason String
)
ENGINE = ReplacingMergeTree
ORDER BY (department_id, version, changed_by);

CREATE VIEW IF NOT EXISTS departments_now AS
SELECT * FROM departments ORDER BY version DESC, changed_at DESC LIMIT 1 BY department_id;
