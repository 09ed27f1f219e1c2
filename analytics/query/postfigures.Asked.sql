-- The posts of one account that were read from a day on and whose newest
-- reading is not in post_figures yet; or every one that was read.
SELECT d.post_id AS post_id
FROM
(
    SELECT post_id, max(value) AS at
    FROM post_daily
    WHERE zone = {zone:String} AND account_id = {account:String}
      AND metric = 'read_at' AND day >= {from:Date}
    GROUP BY post_id
) AS d
LEFT JOIN
(
    SELECT post_id, toUnixTimestamp64Milli(max(assumeNotNull(read_at))) AS at
    FROM post_figures
    WHERE account_id = {account:String} AND read_at IS NOT NULL
    GROUP BY post_id
) AS f ON f.post_id = d.post_id
WHERE {every:Bool} OR f.at IS NULL OR f.at < d.at
SETTINGS join_use_nulls = 1
