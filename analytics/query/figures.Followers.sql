-- Each account's followers at its last reading before a day. An account
-- without a row had none.
SELECT
    account_id,
    argMax(value, day) AS followers
FROM account_daily FINAL
WHERE zone = {zone:String}
  AND view = 'activity'
  AND metric = 'followers'
  AND day < {to:Date}
  AND account_id IN {accounts:Array(String)}
GROUP BY account_id
