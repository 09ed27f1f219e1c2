-- The readings of one account's followers.
SELECT observed_at, assumeNotNull(followers) AS followers
FROM account_observations FINAL
WHERE account_id = {account:String} AND followers IS NOT NULL
ORDER BY observed_at
