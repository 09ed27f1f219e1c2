-- The rows of post_figures of one account, for the publication days of all
-- posts that were read from a day on: the same posts as AccountLife's.
--
-- Followers come from the reading nearest to the publication, at most 7 days
-- away. expected is the mean of the middle half of the interactions that the
-- posts before this one had at the same age: the last 100 of its format, of
-- which each counts by the reading whose age lies nearest to the age at which
-- this post was last read, at most a fifth of that age away. Fewer than 20 of
-- them are too few.
INSERT INTO post_figures
WITH
    20 AS enough,
    posts_read AS
    (
        SELECT post_id, format, toInt64(toUnixTimestamp64Milli(published_at)) AS at,
               toDate(published_at, {zone:String}) AS day,
               row_number() OVER (PARTITION BY format ORDER BY published_at, post_id) AS place
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
    published AS
    (
        SELECT post_id, format, at, place, 1 AS one FROM posts_read WHERE day IN touched
    ),
    latest AS
    (
        SELECT post_id,
            argMaxOrNullIf(value, day, metric = 'views')         AS views,
            argMaxOrNullIf(value, day, metric = 'impressions')   AS impressions,
            argMaxOrNullIf(value, day, metric = 'reach')         AS reach,
            argMaxOrNullIf(value, day, metric = 'reactions')     AS reactions,
            argMaxOrNullIf(value, day, metric = 'comments')      AS comments,
            argMaxOrNullIf(value, day, metric = 'shares')        AS shares,
            argMaxOrNullIf(value, day, metric = 'saves')         AS saves,
            argMaxOrNullIf(value, day, metric = 'clicks')        AS clicks,
            argMaxOrNullIf(value, day, metric = 'watch_seconds') AS watch_seconds,
            argMaxOrNullIf(value, day, metric = 'interactions')  AS interactions,
            argMaxOrNullIf(value, day, metric = 'read_at')       AS read_at
        FROM post_daily FINAL
        WHERE zone = {zone:String} AND account_id = {account:String}
          AND post_id IN (SELECT post_id FROM published)
        GROUP BY post_id
    ),
    audiences AS
    (
        SELECT toInt64(toUnixTimestamp64Milli(observed_at)) AS at, assumeNotNull(followers) AS followers, 1 AS one
        FROM account_observations FINAL
        WHERE account_id = {account:String} AND followers IS NOT NULL
    ),
    audience AS
    (
        SELECT post_id, argMin(followers, distance) AS followers
        FROM
        (
            SELECT p.post_id AS post_id, p.at - a.at AS distance, a.followers AS followers
            FROM published AS p
            ASOF INNER JOIN audiences AS a ON a.one = p.one AND a.at <= p.at
            UNION ALL
            SELECT p.post_id AS post_id, a.at - p.at AS distance, a.followers AS followers
            FROM published AS p
            ASOF INNER JOIN audiences AS a ON a.one = p.one AND a.at >= p.at
        )
        WHERE distance <= 7 * 24 * 3600 * 1000
        GROUP BY post_id
    ),
    -- Every reading of the interactions, as (age, number), the youngest first.
    curves AS
    (
        SELECT r.post_id AS post_id, p.format AS format, p.place AS place,
               arraySort(groupArray((r.at - p.at, r.interactions))) AS curve
        FROM
        (
            SELECT post_id, toInt64(toUnixTimestamp64Milli(observed_at)) AS at,
                   assumeNotNull(reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) AS interactions
            FROM observations FINAL
            WHERE account_id = {account:String}
              AND (reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) IS NOT NULL
        ) AS r
        INNER JOIN posts_read AS p ON p.post_id = r.post_id
        GROUP BY post_id, format, place
    ),
    asked AS
    (
        SELECT c.post_id AS post_id, c.format AS format, c.curve[-1].1 AS age,
               arrayJoin(range(toUInt64(greatest(toInt64(c.place) - 100, 1)), toUInt64(c.place))) AS place
        FROM curves AS c
        WHERE c.post_id IN (SELECT post_id FROM published)
    ),
    -- The other post's number at the asked age; NULL: not read at that age.
    compared AS
    (
        SELECT a.post_id AS post_id,
               arraySort(x -> abs(x.1 - a.age), arrayFilter(x -> abs(x.1 - a.age) * 5 <= a.age, c.curve)) AS near,
               if(empty(near), NULL, toNullable(near[1].2)) AS value
        FROM asked AS a
        INNER JOIN curves AS c ON c.format = a.format AND c.place = a.place
    ),
    usual AS
    (
        SELECT post_id, arraySort(groupArray(value)) AS sorted, length(sorted) AS n, intDiv(n, 4) AS cut,
               if(n >= enough, arrayAvg(arraySlice(sorted, cut + 1, n - 2 * cut)), NULL) AS expected
        FROM compared
        GROUP BY post_id
    )
SELECT
    {account:String}    AS account_id,
    p.post_id           AS post_id,
    l.views, l.impressions, l.reach, l.reactions, l.comments, l.shares, l.saves, l.clicks, l.watch_seconds, l.interactions,
    fromUnixTimestamp64Milli(l.read_at, 'UTC')        AS read_at,
    if(c.post_id IS NULL, NULL, fromUnixTimestamp64Milli(assumeNotNull(p.at + c.curve[-1].1), 'UTC')) AS interactions_at,
    a.followers         AS audience,
    u.expected          AS expected,
    toUInt16(ifNull(u.n, 0))                          AS compared,
    {computed_at:DateTime64(6, 'UTC')}                AS computed_at
FROM published AS p
LEFT JOIN latest   AS l ON l.post_id = p.post_id
LEFT JOIN audience AS a ON a.post_id = p.post_id
LEFT JOIN curves   AS c ON c.post_id = p.post_id
LEFT JOIN usual    AS u ON u.post_id = p.post_id
SETTINGS join_use_nulls = 1
