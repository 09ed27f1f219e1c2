-- The first day of one account whose readings are not all in post_daily, as
-- far as their number tells. No row: everything is rolled up.
SELECT day
FROM
(
    SELECT day, sum(n) AS readings
    FROM
    (
        SELECT toDate(observed_at, {zone:String}) AS day, toInt64(count()) AS n
        FROM observations FINAL
        WHERE account_id = {account:String}
        GROUP BY day
        UNION ALL
        SELECT day, -sum(value) AS n
        FROM post_daily FINAL
        WHERE zone = {zone:String} AND account_id = {account:String} AND metric = 'readings'
        GROUP BY day
    )
    GROUP BY day
)
WHERE readings != 0
ORDER BY day
LIMIT 1
