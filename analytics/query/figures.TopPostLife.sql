-- The post published on a day that has most interactions.
SELECT account_id, post_id, argMax(value, day) AS interactions
FROM post_daily FINAL
WHERE zone = {zone:String}
  AND account_id IN {accounts:Array(String)}
  AND metric = 'interactions'
  AND (account_id, post_id) IN
  (
      SELECT account_id, post_id
      FROM posts FINAL
      WHERE account_id IN {accounts:Array(String)}
        AND published_at >= toDateTime64({day:Date}, 3, {zone:String})
        AND published_at <  toDateTime64({day:Date} + 1, 3, {zone:String})
  )
GROUP BY account_id, post_id
ORDER BY interactions DESC, post_id
LIMIT 1
