-- What is told of some posts besides their figures, each post given by its
-- account in of and its id in posts.
SELECT account_id, post_id, text, permalink, alt_text, captions, paid, duration_seconds, absence
FROM posts FINAL
WHERE (account_id, post_id) IN arrayZip({of:Array(String)}, {posts:Array(String)})
