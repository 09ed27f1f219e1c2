-- What is told of some posts besides their figures, each post given by its
-- account in of and its id in posts, and whether a small picture is stored.
SELECT account_id, post_id, text, permalink, alt_text, captions, paid, duration_seconds, absence,
       (account_id, post_id) IN
       (
           SELECT account_id, post_id
           FROM thumbnails FINAL
           WHERE (account_id, post_id) IN arrayZip({of:Array(String)}, {posts:Array(String)}) AND media_type != ''
       ) = 1 AS thumbnail
FROM posts FINAL
WHERE (account_id, post_id) IN arrayZip({of:Array(String)}, {posts:Array(String)})
