-- Every reading of the interactions of some posts of one account.
SELECT post_id, observed_at,
       assumeNotNull(reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) AS interactions
FROM observations FINAL
WHERE account_id = {account:String}
  AND post_id IN {posts:Array(String)}
  AND (reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) IS NOT NULL
ORDER BY post_id, observed_at
