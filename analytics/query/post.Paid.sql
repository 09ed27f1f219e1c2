-- The numbers of one post that the platform tells of what was paid for, or of
-- all but that, by its own names: each as it was last told.
SELECT name, argMax(number, observed_at) AS value, max(observed_at) AS at
FROM
(
    SELECT observed_at, mapKeys(extra) AS names, mapValues(extra) AS numbers
    FROM observations FINAL
    WHERE account_id = {account:String} AND post_id = {post:String}
)
ARRAY JOIN names AS name, numbers AS number
WHERE match(name, '^(promoted|organic)_metrics[.]|[.]is_from_ads([.]|$)|_(paid|organic)(_unique)?$')
GROUP BY name
ORDER BY name
