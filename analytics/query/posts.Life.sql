-- The posts published in [from, to), in an order, some rows of them, each with
-- its latest known figures. total counts all rows, others those of them that
-- are not counted for the account; these have no figures.
--
-- sort and unknown name a figure of the list below; ranks orders the accounts
-- for sort = 'account' and 'department'. What is unknown comes last, whatever
-- the direction; among equals the id decides.
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
                key = 'engagement_rate',   f.interactions / nullIf(f.audience, 0),
                key = 'performance_score', f.interactions / nullIf(f.expected, 0),
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
    f.audience     AS audience,
    f.expected     AS expected,
    ifNull(f.compared, 0) AS compared,
    count() OVER () AS total,
    countIf(NOT p.counted) OVER () AS others
FROM
(
    SELECT account_id, post_id, format, published_at, deleted_at, relation,
           relation NOT IN {not_counted:Array(String)} AS counted,
           multiIf({sort:String} = 'text', lowerUTF8(substringUTF8(text, 1, 100)), {sort:String} = 'format', toString(format), '') AS word
    FROM posts FINAL
    WHERE account_id IN {accounts:Array(String)}
      AND published_at >= toDateTime64({from:Date}, 3, {zone:String})
      AND published_at <  toDateTime64({to:Date}, 3, {zone:String})
      AND ({format:String} = '' OR format = {format:String})
      AND ({whose:String} = '' OR counted = ({whose:String} = 'own'))
      AND ({search:String} = '' OR positionCaseInsensitiveUTF8(translateUTF8(text, 'يىك', 'ییک'), {search:String}) > 0)
) AS p
LEFT JOIN
(
    SELECT * FROM post_figures FINAL
    WHERE (account_id, post_id) IN
    (
        SELECT account_id, post_id
        FROM posts
        WHERE account_id IN {accounts:Array(String)}
          AND published_at >= toDateTime64({from:Date}, 3, {zone:String})
          AND published_at <  toDateTime64({to:Date}, 3, {zone:String})
    )
) AS f ON f.account_id = p.account_id AND f.post_id = p.post_id AND p.counted
WHERE {unknown:String} = '' OR p.counted AND figure({unknown:String}) IS NULL
ORDER BY
    if({ascending:Bool}, 1, -1) * figure({sort:String}) ASC NULLS LAST,
    if({ascending:Bool}, p.word, '') ASC,
    if({ascending:Bool}, '', p.word) DESC,
    p.account_id, p.post_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
SETTINGS join_use_nulls = 1
