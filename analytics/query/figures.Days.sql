-- A metric on each day of [from, to), summed over accounts. A day without a
-- row had nothing to tell.
SELECT
    day,
    sum(value) AS value
FROM account_daily FINAL
WHERE zone = {zone:String}
  AND view = {view:String}
  AND metric = {metric:String}
  AND day >= {from:Date}
  AND day <  {to:Date}
  AND account_id IN {accounts:Array(String)}
GROUP BY day
ORDER BY day
