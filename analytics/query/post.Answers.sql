-- The stored answers to some comments under one post, the oldest first.
SELECT *
FROM comments FINAL
WHERE account_id = {account:String} AND post_id = {post:String}
  AND parent_id IN {comments:Array(String)}
ORDER BY published_at, comment_id
