-- The counted posts of one account in the order of their publication.
SELECT post_id, format, published_at
FROM posts FINAL
WHERE account_id = {account:String} AND relation NOT IN {not_counted:Array(String)}
ORDER BY published_at, post_id
