-- Every reading of one post, the oldest first: what each call said. Of
-- interactions only a reading that tells all their parts tells any.
SELECT
    observed_at, call, run_id,
    views, impressions, reach, reactions, comments, shares, saves, clicks, watch_seconds,
    reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0) AS interactions
FROM observations FINAL
WHERE account_id = {account:String}
  AND post_id = {post:String}
ORDER BY observed_at, call
