-- Text and link of some posts, each given by its account in of and its id in
-- posts.
SELECT account_id, post_id, text, permalink
FROM posts FINAL
WHERE (account_id, post_id) IN arrayZip({of:Array(String)}, {posts:Array(String)})
