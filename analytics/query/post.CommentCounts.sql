-- How many comments are stored under one post, how many of them the account
-- wrote, how many begin a thread, and how many of these that others wrote have
-- had no answer of the account although they are older than a moment.
WITH
    stored AS
    (
        SELECT comment_id, parent_id, official, published_at, collected_at
        FROM comments FINAL
        WHERE account_id = {account:String} AND post_id = {post:String}
    )
SELECT
    count()           AS total,
    countIf(s.official) AS official,
    countIf(first)    AS threads,
    countIf(first AND NOT s.official AND published_at < {before:DateTime64(6, 'UTC')}
        AND comment_id NOT IN (SELECT parent_id FROM stored WHERE stored.official)) AS unanswered,
    maxOrNull(s.collected_at) AS read_at
FROM (SELECT *, parent_id NOT IN (SELECT comment_id FROM stored) AS first FROM stored) AS s
