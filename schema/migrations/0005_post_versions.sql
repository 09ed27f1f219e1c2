-- Every wording of a post that was ever seen. The rows of one wording merge
-- to its first and last sight, however often a page is stored again.

-- +goose Up
CREATE TABLE IF NOT EXISTS post_versions
(
    account_id   String,
    post_id      String,
    content_hash UInt64,
    text         SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    first_seen   SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen    SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (account_id, post_id, content_hash);

-- Stored by the engine itself from the posts, so no writer can forget it.
CREATE MATERIALIZED VIEW IF NOT EXISTS post_versions_from_posts TO post_versions AS
SELECT account_id, post_id, cityHash64(text) AS content_hash, text,
       collected_at AS first_seen, collected_at AS last_seen
FROM posts;
