-- Every wording of one post that was ever seen, in the order of their first
-- sight.
SELECT
    any(v.text)       AS text,
    min(v.first_seen) AS first_seen,
    max(v.last_seen)  AS last_seen
FROM post_versions AS v
WHERE account_id = {account:String}
  AND post_id = {post:String}
GROUP BY content_hash
ORDER BY first_seen, last_seen, content_hash
