-- What the reaches of the single posts published in [from, to) come to, account
-- by account: of how many posts the reach is known, the largest, and what the
-- estimate of the net reach by independence needs.
--
-- Each counted post counts once, at its latest known reach. missed is the sum of
-- ln(1 - reach / population): it adds up over accounts, so that any group of
-- them is estimated from these rows. It is 0 where no population (0) is set,
-- and minus infinity where a reach fills the population. implausible counts
-- the posts whose reach is negative or larger than the population.
--
-- Readings are taken from since on, a day or two before from: a post has none
-- before it is published, and clocks differ.
SELECT
    account_id,
    count()                                                                             AS known,
    max(least(greatest(reach, 0), if({population:Int64} = 0, reach, {population:Int64}))) AS largest,
    if({population:Int64} = 0, 0,
        sum(log1p(-least(greatest(reach, 0), {population:Int64}) / {population:Int64})))  AS missed,
    countIf(reach < 0 OR {population:Int64} > 0 AND reach > {population:Int64})         AS implausible
FROM
(
    SELECT account_id, cityHash64(account_id, post_id) AS post, argMax(value, (day, computed_at)) AS reach
    FROM post_daily
    WHERE zone = {zone:String}
      AND account_id IN {accounts:Array(String)}
      AND metric = 'reach'
      AND day >= {since:Date}
      AND post IN
      (
          SELECT cityHash64(account_id, post_id)
          FROM posts FINAL
          WHERE account_id IN {accounts:Array(String)}
            AND published_at >= toDateTime64({from:Date}, 3, {zone:String})
            AND published_at <  toDateTime64({to:Date}, 3, {zone:String})
            AND relation NOT IN {not_counted:Array(String)}
      )
    GROUP BY account_id, post
)
GROUP BY account_id
