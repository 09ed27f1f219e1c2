-- What each counted post gained of a metric in [from, to). A post that was
-- read, but of which the metric was not known, has no value.
SELECT
    d.account_id                        AS account_id,
    d.post_id                           AS post_id,
    sumOrNullIf(d.gained, d.metric = {metric:String})  AS value,
    sumOrNullIf(d.carried, d.metric = {metric:String}) AS carried
FROM post_daily AS d FINAL
WHERE d.zone = {zone:String}
  AND d.account_id IN {accounts:Array(String)}
  AND d.metric IN ('readings', {metric:String})
  AND d.day >= {from:Date}
  AND d.day <  {to:Date}
  AND (d.account_id, d.post_id) NOT IN
  (
      SELECT account_id, post_id FROM posts FINAL
      WHERE account_id IN {accounts:Array(String)} AND relation IN {not_counted:Array(String)}
  )
GROUP BY account_id, post_id
ORDER BY value DESC NULLS LAST, post_id
