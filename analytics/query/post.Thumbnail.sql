-- The small picture of one post that is stored; no row where there is none.
SELECT image, media_type, width, height
FROM thumbnails FINAL
WHERE account_id = {account:String} AND post_id = {post:String} AND image != ''
