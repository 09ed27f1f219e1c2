-- The life of one account's posts by their day of publication: the latest
-- known value of each metric, for the publication days of all posts that were
-- read from a day on.
--
-- audience is the sum of the followers that the account had when each post was
-- published, and audience_interactions the interactions of the same posts:
-- only posts of which both are known. Followers come from the reading nearest
-- to the publication, at most 7 days away.
--
-- Only counted posts are looked at; a day on which only others were published
-- has 0, in the place of what it had while they were counted.
INSERT INTO account_daily
WITH
    {metrics:Array(String)} AS metrics,
    posts_read AS
    (
        SELECT post_id, published_at, toDate(published_at, {zone:String}) AS day,
               relation NOT IN {not_counted:Array(String)} AS counted
        FROM posts FINAL
        WHERE account_id = {account:String}
    ),
    touched AS
    (
        SELECT DISTINCT day FROM posts_read
        WHERE post_id IN
        (
            SELECT post_id FROM post_daily
            WHERE zone = {zone:String} AND account_id = {account:String}
              AND metric = 'readings' AND day >= {from:Date}
        )
    ),
    latest AS
    (
        SELECT metric, post_id, argMax(value, day) AS value
        FROM post_daily FINAL
        WHERE zone = {zone:String} AND account_id = {account:String} AND metric NOT IN ('readings', 'read_at')
        GROUP BY metric, post_id
    ),
    audiences AS
    (
        SELECT toInt64(toUnixTimestamp64Milli(observed_at)) AS at, assumeNotNull(followers) AS followers
        FROM account_observations FINAL
        WHERE account_id = {account:String} AND followers IS NOT NULL
    ),
    published AS
    (
        SELECT post_id, day, counted, toInt64(toUnixTimestamp64Milli(published_at)) AS at, 1 AS one
        FROM posts_read
        WHERE day IN touched
    ),
    before AS
    (
        SELECT p.post_id AS post_id, p.at - a.at AS distance, a.followers AS followers
        FROM published AS p
        ASOF INNER JOIN (SELECT *, 1 AS one FROM audiences) AS a ON a.one = p.one AND a.at <= p.at
    ),
    after AS
    (
        SELECT p.post_id AS post_id, a.at - p.at AS distance, a.followers AS followers
        FROM published AS p
        ASOF INNER JOIN (SELECT *, 1 AS one FROM audiences) AS a ON a.one = p.one AND a.at >= p.at
    ),
    audience AS
    (
        SELECT post_id, argMin(followers, distance) AS followers
        FROM (SELECT * FROM before UNION ALL SELECT * FROM after)
        WHERE distance <= 7 * 24 * 3600 * 1000
        GROUP BY post_id
    ),
    figures AS
    (
        SELECT p.day AS day, p.post_id AS post_id, p.counted AS counted, m.metric AS metric, l.value AS value
        FROM published AS p
        CROSS JOIN (SELECT arrayJoin(metrics) AS metric) AS m
        LEFT JOIN latest AS l ON l.metric = m.metric AND l.post_id = p.post_id
        UNION ALL
        SELECT day, post_id, counted, 'posts', toNullable(toInt64(1)) FROM published
        UNION ALL
        SELECT p.day, p.post_id, p.counted, 'audience', if(l.value IS NULL, NULL, a.followers)
        FROM published AS p
        LEFT JOIN audience AS a ON a.post_id = p.post_id
        LEFT JOIN (SELECT * FROM latest WHERE metric = 'interactions') AS l ON l.post_id = p.post_id
        UNION ALL
        SELECT p.day, p.post_id, p.counted, 'audience_interactions', if(a.followers IS NULL, NULL, l.value)
        FROM published AS p
        LEFT JOIN audience AS a ON a.post_id = p.post_id
        LEFT JOIN (SELECT * FROM latest WHERE metric = 'interactions') AS l ON l.post_id = p.post_id
    )
SELECT
    {zone:String}                                              AS zone,
    'life'                                                     AS view,
    metric,
    day,
    {account:String}                                           AS account_id,
    if(countIf(counted) = 0, 0, sumIf(figures.value, counted)) AS value,
    NULL                                                       AS carried,
    toUInt32(countIf(counted AND figures.value IS NOT NULL))   AS known,
    groupUniqArrayIf(cityHash64(post_id), counted AND figures.value IS NULL) AS unknown_posts,
    ifNull(argMaxIf(post_id, figures.value, counted), '')      AS top_post,
    maxIf(figures.value, counted)                              AS top_value,
    {computed_at:DateTime64(6, 'UTC')}                         AS computed_at
FROM figures
GROUP BY metric, day
SETTINGS join_use_nulls = 1
