-- The rows of post_daily of one account from a day on.
--
-- A gain is the closing value of the day less the last known value before it;
-- it may be negative. The first known reading of a metric is a baseline, which
-- is carried, unless it was taken within 24 hours of the publication: then the
-- post is taken to have begun at 0. Beside the counters stand readings, their
-- number, and read_at, the moment of the last one in milliseconds.
INSERT INTO post_daily
WITH
    readings AS
    (
        SELECT
            o.post_id                                   AS post_id,
            o.observed_at                               AS at,
            toDate(o.observed_at, {zone:String})        AS day,
            p.published_at                              AS published_at,
            if(o.platform IN {shares_count:Array(String)}, o.shares, 0) AS counted_shares,
            [
                ('readings',      toNullable(toInt64(1))),
                ('read_at',       toNullable(toUnixTimestamp64Milli(o.observed_at))),
                ('views',         o.views),
                ('impressions',   o.impressions),
                ('reach',         o.reach),
                ('reactions',     o.reactions),
                ('comments',      o.comments),
                ('shares',        o.shares),
                ('saves',         o.saves),
                ('clicks',        o.clicks),
                ('watch_seconds', o.watch_seconds),
                ('interactions',  o.reactions + o.comments + counted_shares)
            ]                                           AS counters
        FROM observations AS o FINAL
        INNER JOIN (SELECT post_id, published_at FROM posts FINAL WHERE account_id = {account:String}) AS p
            ON p.post_id = o.post_id
        WHERE o.account_id = {account:String}
          AND o.observed_at >= toDateTime64({from:Date}, 3, {zone:String})
    ),
    days AS
    (
        SELECT
            post_id, counter.1 AS metric, day,
            any(published_at)                          AS published_at,
            if(metric = 'readings', toInt64(count()), argMax(assumeNotNull(counter.2), at)) AS closing,
            argMin(assumeNotNull(counter.2), at)       AS opening,
            min(at)                                    AS opened_at
        FROM readings
        ARRAY JOIN counters AS counter
        WHERE counter.2 IS NOT NULL
        GROUP BY post_id, metric, day
    ),
    before AS
    (
        SELECT post_id, metric, argMax(value, day) AS closing
        FROM post_daily FINAL
        WHERE zone = {zone:String} AND account_id = {account:String} AND day < {from:Date}
        GROUP BY post_id, metric
    ),
    joined AS
    (
        SELECT
            d.post_id AS post_id, d.metric AS metric, d.day AS day, d.closing AS closing,
            d.opening AS opening, d.opened_at AS opened_at, d.published_at AS published_at,
            lagInFrame(toNullable(d.closing)) OVER (PARTITION BY d.metric, d.post_id ORDER BY d.day
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS closed_within,
            b.closing AS closed_before
        FROM days AS d
        LEFT JOIN before AS b ON b.post_id = d.post_id AND b.metric = d.metric
    ),
    based AS
    (
        SELECT
            *,
            coalesce(closed_within, closed_before)             AS last_known,
            opened_at <= published_at + INTERVAL 24 HOUR       AS fresh
        FROM joined
    )
SELECT
    {zone:String}                                              AS zone,
    {account:String}                                           AS account_id,
    metric,
    day,
    post_id,
    closing                                                    AS value,
    multiIf(metric IN ('readings', 'read_at'), closing,
            last_known IS NOT NULL, closing - assumeNotNull(last_known),
            fresh, closing,
            closing - opening)                                 AS gained,
    if(metric IN ('readings', 'read_at') OR last_known IS NOT NULL OR fresh, 0, opening) AS carried,
    {computed_at:DateTime64(6, 'UTC')}                         AS computed_at
FROM based
SETTINGS join_use_nulls = 1
