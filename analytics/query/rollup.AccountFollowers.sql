-- The followers of one account at the close of each day with a reading from a
-- day on, and the change since the last reading before it.
INSERT INTO account_daily
WITH
    days AS
    (
        SELECT toDate(observed_at, {zone:String}) AS day,
               argMax(assumeNotNull(followers), observed_at) AS closing,
               argMin(assumeNotNull(followers), observed_at) AS opening
        FROM account_observations FINAL
        WHERE account_id = {account:String} AND followers IS NOT NULL
        GROUP BY day
    ),
    gains AS
    (
        SELECT day, closing,
               closing - coalesce(lagInFrame(toNullable(closing)) OVER (ORDER BY day
                   ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), opening) AS gained
        FROM days
    )
SELECT
    {zone:String}                                AS zone,
    'activity'                                   AS view,
    figure.1                                     AS metric,
    day,
    {account:String}                             AS account_id,
    figure.2                                     AS value,
    NULL                                         AS carried,
    1                                            AS known,
    []                                           AS unknown_posts,
    ''                                           AS top_post,
    NULL                                         AS top_value,
    {computed_at:DateTime64(6, 'UTC')}           AS computed_at
FROM gains
ARRAY JOIN [('followers', closing), ('followers_gained', gained)] AS figure
WHERE day >= {from:Date}
