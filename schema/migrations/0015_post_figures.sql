-- Derived from post_daily, posts, observations and account_observations by
-- analytics/postfigures.go; may be dropped and rebuilt. One row
-- per post: the latest known value of each counter, the followers that its
-- account had when it was published, and what the account's posts of its
-- format usually had at the age at which it was last read.
--
-- interactions_at is when its interactions were last read. expected is the
-- usual number of interactions at that age, from compared posts; it is NULL
-- where there were too few.

-- +goose Up
CREATE TABLE IF NOT EXISTS post_figures
(
    account_id      String,
    post_id         String,
    views           Nullable(Int64),
    impressions     Nullable(Int64),
    reach           Nullable(Int64),
    reactions       Nullable(Int64),
    comments        Nullable(Int64),
    shares          Nullable(Int64),
    saves           Nullable(Int64),
    clicks          Nullable(Int64),
    watch_seconds   Nullable(Int64),
    interactions    Nullable(Int64),
    read_at         Nullable(DateTime64(3, 'UTC')),
    interactions_at Nullable(DateTime64(3, 'UTC')),
    audience        Nullable(Int64),
    expected        Nullable(Float64),
    compared        UInt16,
    computed_at     DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (account_id, post_id);
