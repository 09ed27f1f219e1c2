-- The activity of one account on each day from a day on: what its posts
-- gained, whichever day they were published on.
--
-- A post that was read on a day counts as unknown for a metric as long as no
-- reading up to that day has told it.
INSERT INTO account_daily
WITH
    {metrics:Array(String)} AS metrics,
    rows AS
    (
        SELECT metric, day, post_id, gained, carried
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
        FROM (SELECT arrayJoin(metrics) AS metric, day, post_id FROM rows WHERE rows.metric = 'readings') AS r
        LEFT JOIN first_known AS k ON k.metric = r.metric AND k.post_id = r.post_id
        WHERE k.first_day IS NULL OR k.first_day > r.day
        GROUP BY metric, day
    ),
    gained AS
    (
        SELECT metric, day, if(metric = 'read_at', max(rows.gained), sum(rows.gained)) AS value,
            sum(rows.carried) AS carried, toUInt32(count()) AS known,
            argMax(post_id, rows.gained) AS top_post, max(rows.gained) AS top_value
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
