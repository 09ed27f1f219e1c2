-- An account's own figures of the days of [from, to), in the calendar of its
-- platform, by the platform's names. A day that was never told has no row.
SELECT metric, day, value
FROM account_insights FINAL
WHERE account_id = {account:String} AND day >= {from:Date} AND day < {to:Date}
ORDER BY metric, day
