-- Each account's metrics, summed over the days of [from, to), and over those of
-- [before, before_to), which ends at from or earlier.
--
-- value is NULL where nothing was known on any of the days. unknown counts
-- posts, each once, however many days it was read on.
SELECT
    view,
    metric,
    account_id,
    day >= {from:Date}                                   AS current,
    sum(value)                                           AS value,
    sum(carried)                                         AS carried,
    toUInt64(length(groupUniqArrayArray(unknown_posts))) AS unknown
FROM account_daily FINAL
WHERE zone = {zone:String}
  AND (view, metric) IN {figures:Array(Tuple(String, String))}
  AND (day >= {from:Date} AND day < {to:Date} OR day >= {before:Date} AND day < {before_to:Date})
  AND account_id IN {accounts:Array(String)}
GROUP BY view, metric, account_id, current
