-- Some of the stored comments under one post, the newest first: those that
-- answer the post itself, or a comment that is not stored.
SELECT *
FROM comments FINAL
WHERE account_id = {account:String} AND post_id = {post:String}
  AND parent_id NOT IN (SELECT comment_id FROM comments WHERE account_id = {account:String} AND post_id = {post:String})
ORDER BY published_at DESC, comment_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
