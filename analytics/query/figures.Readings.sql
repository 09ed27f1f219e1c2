-- When each account was read: the first and the last day, the last moment, and
-- how many days of [from, to) had a reading.
SELECT
    account_id,
    min(day)                                              AS first_day,
    max(day)                                              AS last_day,
    fromUnixTimestamp64Milli(assumeNotNull(max(value)), 'UTC') AS read_at,
    countIf(day >= {from:Date} AND day < {to:Date})       AS days_read
FROM account_daily FINAL
WHERE zone = {zone:String}
  AND view = 'activity'
  AND metric = 'read_at'
  AND account_id IN {accounts:Array(String)}
GROUP BY account_id
