-- Reports by mail: what goes out, when and to whom; each try at making one;
-- what was made, kept as it was sent; and each step of each delivery.
--
-- report_schedules.since is when its time was last set: nothing is due from
-- before. A run without outcome goes on, or its process died. deliveries is
-- append-only: a recipient's state is its last step.

-- +goose Up
CREATE TABLE IF NOT EXISTS report_schedules
(
    schedule_id   String,
    name          String,
    kind          LowCardinality(String),
    day           UInt8,
    hour          UInt8,
    language      LowCardinality(String),
    department_id String,
    recipients    Array(String),
    languages     Array(String),
    status        LowCardinality(String),
    since         DateTime64(3, 'UTC'),
    version       UInt64,
    changed_at    DateTime64(3, 'UTC'),
    changed_by    String,
    change_reason String
)
ENGINE = ReplacingMergeTree
ORDER BY (schedule_id, version, changed_by);

CREATE VIEW IF NOT EXISTS report_schedules_now AS
SELECT * FROM report_schedules ORDER BY version DESC, changed_at DESC LIMIT 1 BY schedule_id;

CREATE TABLE IF NOT EXISTS report_runs
(
    run_id        String,
    schedule_id   String,
    from_day      Date,
    to_day        Date,
    department_id String,
    asked_by      String,
    again         Bool,
    recipients    Array(String),
    people        Array(String),
    languages     Array(String),
    started_at    DateTime64(3, 'UTC'),
    finished_at   Nullable(DateTime64(3, 'UTC')),
    outcome       LowCardinality(String),
    error         String,
    updated_at    DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (schedule_id, from_day, run_id);

CREATE TABLE IF NOT EXISTS report_files
(
    run_id   String,
    language LowCardinality(String),
    name     String,
    pdf      String CODEC(ZSTD(1)),
    sha256   String,
    size     UInt64,
    subject  String,
    text     String,
    html     String CODEC(ZSTD(1)),
    made_at  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(made_at)
ORDER BY (run_id, language);

CREATE TABLE IF NOT EXISTS deliveries
(
    schedule_id String,
    from_day    Date,
    to_day      Date,
    run_id      String,
    recipient   String,
    person_id   String,
    language    LowCardinality(String),
    step        UInt32,
    at          DateTime64(3, 'UTC'),
    state       LowCardinality(String),
    code        UInt16,
    error       String,
    message_id  String,
    pdf_sha256  String,
    pdf_size    UInt64
)
ENGINE = MergeTree
ORDER BY (schedule_id, from_day, recipient, run_id, step);
