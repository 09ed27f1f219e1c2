-- The interactions that the counted posts before one post usually had at some ages, in
-- milliseconds: see postfigures.go, which has the same at one age.
WITH
    20 AS enough,
    peers AS
    (
        SELECT post_id, toInt64(toUnixTimestamp64Milli(published_at)) AS at
        FROM posts FINAL
        WHERE account_id = {account:String}
          AND format = {format:String}
          AND relation NOT IN {not_counted:Array(String)}
          AND (published_at, post_id) < (fromUnixTimestamp64Milli({at:Int64}, 'UTC'), {post:String})
        ORDER BY published_at DESC, post_id DESC
        LIMIT 100
    ),
    curves AS
    (
        SELECT r.post_id AS post_id, arraySort(groupArray((r.at - p.at, r.interactions))) AS curve
        FROM
        (
            SELECT post_id, toInt64(toUnixTimestamp64Milli(observed_at)) AS at,
                   assumeNotNull(reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) AS interactions
            FROM observations FINAL
            WHERE account_id = {account:String}
              AND post_id IN (SELECT post_id FROM peers)
              AND (reactions + comments + if(platform IN {shares_count:Array(String)}, shares, 0)) IS NOT NULL
        ) AS r
        INNER JOIN peers AS p ON p.post_id = r.post_id
        GROUP BY post_id
    ),
    compared AS
    (
        SELECT arrayJoin({ages:Array(Int64)}) AS age,
               arraySort(x -> abs(x.1 - age), arrayFilter(x -> abs(x.1 - age) * 5 <= age, curve)) AS near,
               if(empty(near), NULL, toNullable(near[1].2)) AS value
        FROM curves
    )
SELECT age, n, expected
FROM
(
    SELECT age, arraySort(groupArray(value)) AS sorted, length(sorted) AS n, intDiv(n, 4) AS cut,
           if(n >= enough, arrayAvg(arraySlice(sorted, cut + 1, n - 2 * cut)), NULL) AS expected
    FROM compared
    GROUP BY age
)
ORDER BY age
