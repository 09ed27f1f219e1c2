-- The post that gained most interactions on a day.
SELECT account_id, post_id, gained AS interactions
FROM post_daily FINAL
WHERE zone = {zone:String}
  AND account_id IN {accounts:Array(String)}
  AND metric = 'interactions'
  AND day = {day:Date}
ORDER BY interactions DESC, post_id
LIMIT 1
