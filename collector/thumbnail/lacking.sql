-- Which posts of an account have no picture yet, the newest first?
--
-- A post whose picture could not be had is asked for again an hour after the
-- first try, four hours after the second and sixteen after the third. One that
-- is gone is left out, for its picture is gone as well.
SELECT
    p.post_id       AS post_id,
    p.thumbnail_url AS url,
    t.tries         AS tries
FROM
(
    SELECT post_id, thumbnail_url, published_at
    FROM posts FINAL
    WHERE account_id = {account:String}
      AND thumbnail_url != ''
      AND deleted_at IS NULL
) AS p
LEFT JOIN
(
    SELECT post_id, width, tries, fetched_at
    FROM thumbnails FINAL
    WHERE account_id = {account:String}
) AS t ON t.post_id = p.post_id
WHERE t.width = 0
  AND t.tries < {tries:UInt8}
  AND (t.tries = 0 OR addHours(t.fetched_at, toUInt32(pow(4, t.tries - 1))) <= {now:DateTime('UTC')})
ORDER BY p.published_at DESC, p.post_id
LIMIT {limit:UInt32}
