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
    touched AS
    (
        SELECT DISTINCT toDate(published_at, {zone:String}) AS day
        FROM posts FINAL
        WHERE account_id = {account:String}
          AND post_id IN
          (
              SELECT post_id FROM post_daily
              WHERE zone = {zone:String} AND account_id = {account:String}
                AND metric = 'readings' AND day >= {from:Date}
          )
    ),
    -- place is a post's among those of its format; needed are the posts to be
    -- computed and those that they are compared with.
    ranked AS
    (
        SELECT post_id, format, at, asked,
               row_number() OVER (PARTITION BY format ORDER BY at, post_id) AS place,
               max(asked) OVER (PARTITION BY format ORDER BY at, post_id ROWS BETWEEN CURRENT ROW AND 100 FOLLOWING) AS needed
        FROM
        (
            SELECT post_id, toString(format) AS format, toInt64(toUnixTimestamp64Milli(published_at)) AS at,
                   toDate(published_at, {zone:String}) IN (SELECT day FROM touched) AS asked
            FROM posts FINAL
            WHERE account_id = {account:String}
        )
    ),
    published AS
    (
        SELECT post_id, format, at, place, 1 AS one FROM ranked WHERE asked
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
    -- Every reading of the interactions.
    readings AS
    (
        SELECT p.post_id AS post_id, p.format AS format, p.place AS place, r.at - p.at AS age, r.interactions AS interactions
        FROM
        (
            SELECT post_id, toInt64(toUnixTimestamp64Milli(observed_at)) AS at,
                   assumeNotNull(reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) AS interactions
            FROM observations FINAL
            WHERE account_id = {account:String}
              AND post_id IN (SELECT post_id FROM ranked WHERE needed)
              AND (reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) IS NOT NULL
        ) AS r
        INNER JOIN (SELECT post_id, format, place, at FROM ranked WHERE needed) AS p ON p.post_id = r.post_id
    ),
    last_read AS
    (
        SELECT post_id, max(toInt64(toUnixTimestamp64Milli(observed_at))) AS at
        FROM observations FINAL
        WHERE account_id = {account:String}
          AND post_id IN (SELECT post_id FROM published)
          AND (reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) IS NOT NULL
        GROUP BY post_id
    ),
    -- Which other post each is compared with, by its place, and at which age.
    pairs AS
    (
        SELECT p.post_id AS post_id, p.format AS format, l.at - p.at AS age,
               arrayJoin(range(toUInt64(greatest(toInt64(p.place) - 100, 1)), toUInt64(p.place))) AS place
        FROM published AS p
        INNER JOIN last_read AS l ON l.post_id = p.post_id
    ),
    -- The other post's reading at that age or before it, and the one after it.
    near AS
    (
        SELECT a.post_id AS post_id, a.place AS place, a.age AS age, a.age - r.age AS distance, 0 AS later, r.interactions AS interactions
        FROM pairs AS a
        ASOF INNER JOIN readings AS r ON r.format = a.format AND r.place = a.place AND r.age <= a.age
        UNION ALL
        SELECT a.post_id AS post_id, a.place AS place, a.age AS age, r.age - a.age AS distance, 1 AS later, r.interactions AS interactions
        FROM pairs AS a
        ASOF INNER JOIN readings AS r ON r.format = a.format AND r.place = a.place AND r.age > a.age
    ),
    compared AS
    (
        SELECT post_id, place, argMin(interactions, (distance, later)) AS value
        FROM near
        WHERE distance * 5 <= age
        GROUP BY post_id, place
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
    fromUnixTimestamp64Milli(c.at, 'UTC')             AS interactions_at,
    a.followers         AS audience,
    u.expected          AS expected,
    toUInt16(ifNull(u.n, 0))                          AS compared,
    {computed_at:DateTime64(6, 'UTC')}                AS computed_at
FROM published AS p
LEFT JOIN latest    AS l ON l.post_id = p.post_id
LEFT JOIN audience  AS a ON a.post_id = p.post_id
LEFT JOIN last_read AS c ON c.post_id = p.post_id
LEFT JOIN usual     AS u ON u.post_id = p.post_id
SETTINGS join_use_nulls = 1
