-- Each account's metrics, summed over the days of [from, to).
--
-- value is NULL where nothing was known on any of the days. unknown counts
-- posts, each once, however many days it was read on.
SELECT
    metric,
    account_id,
    sum(value)                                 AS value,
    sum(carried)                               AS carried,
    toUInt64(length(groupUniqArrayArray(unknown_posts))) AS unknown
FROM account_daily FINAL
WHERE zone = {zone:String}
  AND view = {view:String}
  AND metric IN {metrics:Array(String)}
  AND day >= {from:Date}
  AND day <  {to:Date}
  AND account_id IN {accounts:Array(String)}
GROUP BY metric, account_id
