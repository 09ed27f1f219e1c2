-- The counted posts of any age that were read in [from, to), in an order, some rows of
-- them, each with what it gained on those days. total counts all rows.
--
-- sort, unknown and ranks are those of posts.Life.sql. A post that was read,
-- but of which a metric was not known, has no value for it.
WITH
    (key ->
        multiIf(key = 'reactions',    toFloat64(f.reactions),
                key = 'comments',     toFloat64(f.comments),
                key = 'shares',       toFloat64(f.shares),
                key = 'interactions', toFloat64(f.interactions),
                key = 'views',        toFloat64(f.views),
                key = 'reach',        toFloat64(f.reach),
                key = 'saves',        toFloat64(f.saves),
                key = 'clicks',       toFloat64(f.clicks),
                key = 'published',    toFloat64(toUnixTimestamp64Milli(p.published_at)),
                key IN ('account', 'department', 'platform'), toFloat64(transform(p.account_id, {accounts:Array(String)}, {ranks:Array(UInt32)}, toUInt32(0))),
                NULL)) AS figure
SELECT
    p.account_id   AS account_id,
    p.post_id      AS post_id,
    p.format       AS format,
    p.published_at AS published_at,
    p.deleted_at   AS deleted_at,
    p.relation     AS relation,
    f.reactions    AS reactions,
    f.comments     AS comments,
    f.shares       AS shares,
    f.interactions AS interactions,
    f.views        AS views,
    f.reach        AS reach,
    f.saves        AS saves,
    f.clicks       AS clicks,
    f.read_at      AS read_at,
    CAST(NULL, 'Nullable(Int64)')    AS audience,
    CAST(NULL, 'Nullable(Float64)')  AS expected,
    toUInt16(0)                   AS compared,
    count() OVER () AS total,
    toUInt64(0)     AS others
FROM
(
    SELECT account_id, post_id, format, published_at, deleted_at, relation,
           multiIf({sort:String} = 'text', lowerUTF8(substringUTF8(text, 1, 100)), {sort:String} = 'format', toString(format), '') AS word
    FROM posts FINAL
    WHERE account_id IN {accounts:Array(String)}
      AND ({format:String} = '' OR format = {format:String})
      AND relation NOT IN {not_counted:Array(String)}
      AND ({search:String} = '' OR positionCaseInsensitiveUTF8(translateUTF8(text, 'يىك', 'ییک'), {search:String}) > 0)
) AS p
INNER JOIN
(
    SELECT account_id, post_id,
        sumOrNullIf(gained, metric = 'reactions')    AS reactions,
        sumOrNullIf(gained, metric = 'comments')     AS comments,
        sumOrNullIf(gained, metric = 'shares')       AS shares,
        sumOrNullIf(gained, metric = 'interactions') AS interactions,
        sumOrNullIf(gained, metric = 'views')        AS views,
        sumOrNullIf(gained, metric = 'reach')        AS reach,
        sumOrNullIf(gained, metric = 'saves')        AS saves,
        sumOrNullIf(gained, metric = 'clicks')       AS clicks,
        fromUnixTimestamp64Milli(maxOrNullIf(value, metric = 'read_at'), 'UTC') AS read_at
    FROM post_daily FINAL
    WHERE zone = {zone:String}
      AND account_id IN {accounts:Array(String)}
      AND metric IN ('reactions', 'comments', 'shares', 'interactions', 'views', 'reach', 'saves', 'clicks', 'read_at')
      AND day >= {from:Date}
      AND day <  {to:Date}
    GROUP BY account_id, post_id
) AS f ON f.account_id = p.account_id AND f.post_id = p.post_id
WHERE {unknown:String} = '' OR figure({unknown:String}) IS NULL
ORDER BY
    if({ascending:Bool}, 1, -1) * figure({sort:String}) ASC NULLS LAST,
    if({ascending:Bool}, p.word, '') ASC,
    if({ascending:Bool}, '', p.word) DESC,
    p.account_id, p.post_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
SETTINGS join_use_nulls = 1
