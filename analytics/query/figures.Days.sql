-- Metrics on each day of [from, to) and of [before, before_to), summed over accounts, with the post that
-- brought most of the day. A day without a row had nothing to tell.
SELECT
    view,
    metric,
    day,
    sum(d.value)                                    AS value,
    argMax((d.account_id, d.top_post), d.top_value) AS top,
    max(d.top_value)                                AS top_value
FROM account_daily AS d FINAL
WHERE zone = {zone:String}
  AND (view, metric) IN {figures:Array(Tuple(String, String))}
  AND (day >= {from:Date} AND day < {to:Date} OR day >= {before:Date} AND day < {before_to:Date})
  AND account_id IN {accounts:Array(String)}
GROUP BY view, metric, day
ORDER BY view, metric, day
