-- How many of the accounts must be connected again by a person, as their last
-- run that ended says.
SELECT count() AS accounts
FROM
(
    SELECT account_id, argMax(outcome, started_at) AS last_outcome
    FROM runs FINAL
    WHERE started_at >= {since:DateTime64(6, 'UTC')}
      AND finished_at IS NOT NULL
      AND account_id IN {accounts:Array(String)}
    GROUP BY account_id
)
WHERE last_outcome = 'reconnect'
