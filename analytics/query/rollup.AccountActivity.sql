-- The activity of one account on each day from a day on: what its posts
-- gained, whichever day they were published on.
--
-- A post that was read on a day counts as unknown for a metric as long as no
-- reading up to that day has told it. Only counted posts are looked at; a day
-- on which only others were read has 0, in the place of what it had while they
-- were counted.
INSERT INTO account_daily
WITH
    {metrics:Array(String)} AS metrics,
    others AS
    (
        SELECT post_id FROM posts FINAL
        WHERE account_id = {account:String} AND relation IN {not_counted:Array(String)}
    ),
    rows AS
    (
        SELECT metric, day, post_id, gained, carried,
               post_id NOT IN (SELECT post_id FROM others) AS counted
        FROM post_daily FINAL
        WHERE zone = {zone:String} AND account_id = {account:String} AND day >= {from:Date}
    ),
    first_known AS
    (
        SELECT metric, post_id, min(day) AS first_day
        FROM post_daily FINAL
        WHERE zone = {zone:String} AND account_id = {account:String} AND metric NOT IN ('readings', 'read_at')
        GROUP BY metric, post_id
    ),
    unknown AS
    (
        SELECT r.metric AS metric, r.day AS day, groupUniqArray(cityHash64(r.post_id)) AS unknown_posts
        FROM (SELECT arrayJoin(metrics) AS metric, day, post_id FROM rows WHERE rows.metric = 'readings' AND counted) AS r
        LEFT JOIN first_known AS k ON k.metric = r.metric AND k.post_id = r.post_id
        WHERE k.first_day IS NULL OR k.first_day > r.day
        GROUP BY metric, day
    ),
    gained AS
    (
        SELECT metric, day, if(metric = 'read_at', max(rows.gained), sumIf(rows.gained, counted)) AS value,
            sumIf(rows.carried, counted) AS carried, toUInt32(countIf(counted)) AS known,
            argMaxIf(post_id, rows.gained, counted) AS top_post, maxOrNullIf(rows.gained, counted) AS top_value
        FROM rows
        GROUP BY metric, day
    )
SELECT
    {zone:String}                      AS zone,
    'activity'                         AS view,
    if(g.metric IS NOT NULL, g.metric, u.metric) AS metric,
    if(g.day IS NOT NULL, g.day, u.day) AS day,
    {account:String}                   AS account_id,
    g.value                            AS value,
    g.carried                          AS carried,
    ifNull(g.known, 0)                 AS known,
    u.unknown_posts                    AS unknown_posts,
    ifNull(g.top_post, '')             AS top_post,
    g.top_value                        AS top_value,
    {computed_at:DateTime64(6, 'UTC')} AS computed_at
FROM gained AS g
FULL OUTER JOIN unknown AS u ON u.metric = g.metric AND u.day = g.day
SETTINGS join_use_nulls = 1
