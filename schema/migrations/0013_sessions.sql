-- Signed-in sessions, kept beside Redis where the queue is embedded and
-- forgets over a restart. data is what the web framework stores.

-- +goose Up
CREATE TABLE IF NOT EXISTS sessions
(
    session_key String,
    data        String,
    expires_at  DateTime64(3, 'UTC'),
    updated_at  DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY session_key
TTL toDateTime(expires_at) + INTERVAL 1 DAY;
