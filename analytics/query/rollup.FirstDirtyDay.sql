-- The first day of one account whose readings are not all in its daily figures,
-- as far as their number tells, or whose followers are not, or of whose posts
-- one has no row in post_figures. No row: everything is rolled up.
--
-- Only counted posts are looked at. fewer says that some day has fewer readings
-- than its figures were made of: a post is no longer counted.
SELECT min(day) AS day, CAST(max(readings < 0), 'Bool') AS fewer
FROM
(
    SELECT day, sum(n) AS readings
    FROM
    (
        SELECT toDate(observed_at, {zone:String}) AS day, toInt64(count()) AS n
        FROM observations FINAL
        WHERE account_id = {account:String}
          AND post_id NOT IN
          (
              SELECT post_id FROM posts FINAL
              WHERE account_id = {account:String} AND relation IN {not_counted:Array(String)}
          )
        GROUP BY day
        UNION ALL
        SELECT day, -sum(assumeNotNull(value)) AS n
        FROM account_daily FINAL
        WHERE zone = {zone:String} AND view = 'activity' AND metric = 'readings' AND account_id = {account:String}
        GROUP BY day
    )
    GROUP BY day
    HAVING readings != 0
    UNION ALL
    SELECT f.day AS day, toInt64(1) AS readings
    FROM
    (
        SELECT toDate(observed_at, {zone:String}) AS day, argMax(assumeNotNull(followers), observed_at) AS closing
        FROM account_observations FINAL
        WHERE account_id = {account:String} AND followers IS NOT NULL
        GROUP BY day
    ) AS f
    LEFT JOIN
    (
        SELECT day, value
        FROM account_daily FINAL
        WHERE zone = {zone:String} AND view = 'activity' AND metric = 'followers' AND account_id = {account:String}
    ) AS d ON d.day = f.day
    WHERE d.value IS NULL OR d.value != f.closing
    UNION ALL
    SELECT day, toInt64(1) AS readings
    FROM post_daily
    WHERE zone = {zone:String} AND metric = 'readings' AND account_id = {account:String}
      AND post_id IN (SELECT post_id FROM posts FINAL WHERE account_id = {account:String} AND relation NOT IN {not_counted:Array(String)})
      AND post_id NOT IN (SELECT post_id FROM post_figures WHERE account_id = {account:String})
)
HAVING count() > 0
SETTINGS join_use_nulls = 1
