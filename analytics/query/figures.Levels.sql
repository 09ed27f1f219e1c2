-- What each account stood at: its followers at the last reading before to and
-- before before_to, and when it was read: the first and the last day, the last
-- moment, and how many days of [from, to) and of [before, before_to) had a
-- reading.
SELECT
    account_id,
    argMaxIf(value, day, metric = 'followers' AND day < {to:Date})   AS followers,
    argMaxIf(value, day, metric = 'followers' AND day < {before_to:Date}) AS followers_before,
    minIf(day, metric = 'read_at')                                   AS first_day,
    maxIf(day, metric = 'read_at')                                   AS last_day,
    maxIf(value, metric = 'read_at')                                 AS read_at,
    countIf(metric = 'read_at' AND day >= {from:Date} AND day < {to:Date})       AS days_read,
    countIf(metric = 'read_at' AND day >= {before:Date} AND day < {before_to:Date})   AS days_read_before
FROM account_daily FINAL
WHERE zone = {zone:String}
  AND view = 'activity'
  AND metric IN ('followers', 'read_at')
  AND account_id IN {accounts:Array(String)}
GROUP BY account_id
