-- The latest known value of each counter of some posts of one account.
SELECT
    post_id,
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
    fromUnixTimestamp64Milli(argMaxOrNullIf(value, day, metric = 'read_at'), 'UTC') AS read_at
FROM post_daily FINAL
WHERE zone = {zone:String} AND account_id = {account:String}
  AND post_id IN {posts:Array(String)}
GROUP BY post_id
