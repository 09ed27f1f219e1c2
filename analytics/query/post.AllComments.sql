-- The stored comments under one post, answers among them, the newest first.
SELECT *
FROM comments FINAL
WHERE account_id = {account:String} AND post_id = {post:String}
ORDER BY published_at DESC, comment_id
LIMIT {limit:UInt32}
