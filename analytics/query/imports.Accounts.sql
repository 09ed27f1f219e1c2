-- What one import brought, account by account: its readings, when they were
-- made, and the sum of each counter over the readings that tell it. A sum of
-- reaches is no number of people.
--
-- Readings that a later import replaced are not counted.
SELECT
    account_id,
    count()                                  AS readings,
    min(observed_at)                         AS first,
    max(observed_at)                         AS last,
    sumOrNull(toFloat64(reactions))          AS reactions_sum,
    sumOrNull(toFloat64(comments))           AS comments_sum,
    sumOrNull(toFloat64(shares))             AS shares_sum,
    sumOrNull(toFloat64(views))              AS views_sum,
    sumOrNull(toFloat64(impressions))        AS impressions_sum,
    sumOrNull(toFloat64(reach))              AS reach_sum,
    countIf(reactions IS NULL)               AS reactions_unknown,
    countIf(comments IS NULL)                AS comments_unknown,
    countIf(shares IS NULL)                  AS shares_unknown,
    countIf(views IS NULL)                   AS views_unknown,
    countIf(impressions IS NULL)             AS impressions_unknown,
    countIf(reach IS NULL)                   AS reach_unknown
FROM observations FINAL
WHERE account_id IN (SELECT DISTINCT account_id FROM observations WHERE run_id = {import:String})
  AND run_id = {import:String}
GROUP BY account_id
ORDER BY readings DESC, account_id
