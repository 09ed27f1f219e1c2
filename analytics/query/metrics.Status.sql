-- What each platform did with the metrics that it was asked for, by the kind of
-- post or call: when it last gave one and when it last refused it, with its
-- words of the refusal.
SELECT
    platform, kind, metric,
    maxOrNullIf(at, status = 'given')                  AS given,
    maxOrNullIf(at, status = 'refused')                AS refused,
    argMaxIf(detail, metric_status.at, status = 'refused') AS detail
FROM metric_status
GROUP BY platform, kind, metric
ORDER BY platform, kind, metric
