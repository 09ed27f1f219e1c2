-- The last runs of one account, the newest first.
SELECT started_at, finished_at, outcome, error, retry_at, complete,
       pages, posts, observations, calls, skipped, quota_percent
FROM runs FINAL
WHERE account_id = {account:String}
ORDER BY started_at DESC, run_id
LIMIT {limit:UInt32}
