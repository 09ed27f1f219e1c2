-- The latest known value of a metric of each counted post published in [from, to).
SELECT
    p.account_id AS account_id,
    p.post_id    AS post_id,
    l.value      AS value,
    NULL         AS carried
FROM
(
    SELECT account_id, post_id
    FROM posts FINAL
    WHERE account_id IN {accounts:Array(String)}
      AND published_at >= toDateTime64({from:Date}, 3, {zone:String})
      AND published_at <  toDateTime64({to:Date}, 3, {zone:String})
      AND relation NOT IN {not_counted:Array(String)}
) AS p
LEFT JOIN
(
    SELECT account_id, post_id, argMax(value, day) AS value
    FROM post_daily FINAL
    WHERE zone = {zone:String}
      AND account_id IN {accounts:Array(String)}
      AND metric = {metric:String}
    GROUP BY account_id, post_id
) AS l ON l.account_id = p.account_id AND l.post_id = p.post_id
ORDER BY value DESC NULLS LAST, post_id
SETTINGS join_use_nulls = 1
