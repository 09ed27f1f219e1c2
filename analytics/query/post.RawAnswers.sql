-- How many answers of the platform are kept of the runs in which one post was
-- read.
SELECT uniqExact(received_at, body_hash) AS answers
FROM raw_answers
WHERE account_id = {account:String}
  AND run_id IN
  (
      SELECT run_id FROM observations
      WHERE account_id = {account:String} AND post_id = {post:String} AND run_id != ''
  )
