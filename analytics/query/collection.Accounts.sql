-- How collecting stands, account by account: what is stored, the last run, the
-- last run that ended, and the runs, readings, requests and failures since a moment. Runs before the horizon
-- are not looked at.
WITH
    ended AS
    (
        SELECT account_id,
               argMax(outcome, started_at)       AS outcome,
               argMax(error, started_at)         AS error,
               argMax(quota_percent, started_at) AS quota
        FROM runs FINAL
        WHERE finished_at IS NOT NULL AND started_at >= {horizon:DateTime64(6, 'UTC')}
        GROUP BY account_id
    ),
    tries AS
    (
        SELECT account_id,
               max(started_at)                                   AS last_run,
               argMax((finished_at, 0), started_at).1            AS last_finished,
               max(complete)                                     AS complete,
               sumIf(calls, started_at >= {since:DateTime64(6, 'UTC')})                              AS calls,
               countIf(started_at >= {since:DateTime64(6, 'UTC')})                                   AS runs,
               countIf(started_at >= {since:DateTime64(6, 'UTC')} AND outcome NOT IN ('', 'ok'))     AS failed,
               sumIf(observations, started_at >= {since:DateTime64(6, 'UTC')})                       AS stored_rows,
               sumIf(skipped, started_at >= {since:DateTime64(6, 'UTC')})                            AS skipped
        FROM runs FINAL
        WHERE started_at >= {horizon:DateTime64(6, 'UTC')}
        GROUP BY account_id
    ),
    stored AS
    (
        SELECT account_id, count() AS posts
        FROM posts FINAL
        GROUP BY account_id
    ),
    readings AS
    (
        SELECT account_id,
               sumIf(value, metric = 'readings') AS observations,
               maxIf(value, metric = 'read_at')  AS read_at
        FROM account_daily FINAL
        WHERE zone = {zone:String} AND view = 'activity' AND metric IN ('readings', 'read_at')
        GROUP BY account_id
    )
SELECT
    a.account_id                       AS account_id,
    a.name                             AS name,
    a.handle                           AS handle,
    a.platform                         AS platform,
    a.access                           AS access,
    if(d.name_en IS NULL OR d.name_en = '', a.department_id, d.name_en) AS department,
    ifNull(d.name_ur, '')              AS department_ur,
    ifNull(s.posts, 0)                 AS posts,
    toUInt64(ifNull(r.observations, 0)) AS observations,
    if(r.read_at IS NULL, NULL, fromUnixTimestamp64Milli(assumeNotNull(r.read_at), 'UTC')) AS newest,
    t.last_run                         AS last_run,
    t.last_finished                    AS last_finished,
    ifNull(e.outcome, '')              AS outcome,
    ifNull(e.error, '')                AS error,
    ifNull(t.complete, false)          AS complete,
    toUInt64(ifNull(t.calls, 0))       AS calls,
    e.quota                            AS quota,
    toUInt64(ifNull(t.runs, 0))        AS runs,
    toUInt64(ifNull(t.failed, 0))      AS failed,
    toUInt64(ifNull(t.stored_rows, 0)) AS stored_rows,
    toUInt64(ifNull(t.skipped, 0))     AS skipped
FROM (SELECT * FROM accounts_now WHERE status = 'approved') AS a
LEFT JOIN departments_now AS d ON d.department_id = a.department_id
LEFT JOIN tries AS t ON t.account_id = a.account_id
LEFT JOIN ended AS e ON e.account_id = a.account_id
LEFT JOIN stored AS s ON s.account_id = a.account_id
LEFT JOIN readings AS r ON r.account_id = a.account_id
ORDER BY name, account_id
SETTINGS join_use_nulls = 1
