-- The followers of each account at the close of the days of [from, to), and of
-- the last day before from with a reading.
SELECT account_id, reading.1 AS day, reading.2 AS followers
FROM
(
    SELECT account_id, max((day, assumeNotNull(value))) AS reading
    FROM account_daily FINAL
    WHERE zone = {zone:String} AND view = 'activity' AND metric = 'followers'
      AND account_id IN {accounts:Array(String)} AND day < {from:Date}
    GROUP BY account_id
    UNION ALL
    SELECT account_id, (day, assumeNotNull(value)) AS reading
    FROM account_daily FINAL
    WHERE zone = {zone:String} AND view = 'activity' AND metric = 'followers'
      AND account_id IN {accounts:Array(String)} AND day >= {from:Date} AND day < {to:Date}
)
ORDER BY day, account_id
