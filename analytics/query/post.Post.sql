-- One post with its latest known figures; one that is not counted for the
-- account has none.
SELECT
    p.format         AS format,
    p.published_at   AS published_at,
    p.deleted_at     AS deleted_at,
    p.text           AS text,
    p.permalink      AS permalink,
    p.alt_text       AS alt_text,
    p.relation       AS relation,
    p.related_id     AS related_id,
    p.captions       AS captions,
    p.paid           AS paid,
    p.duration_seconds AS duration_seconds,
    p.absence        AS absence,
    (
        SELECT count() > 0 FROM thumbnails FINAL
        WHERE account_id = {account:String} AND post_id = {post:String} AND media_type != ''
    )                AS thumbnail,
    p.hashtags       AS hashtags,
    p.links          AS links,
    f.reactions      AS reactions,
    f.comments       AS comments,
    f.shares         AS shares,
    f.interactions   AS interactions,
    f.views          AS views,
    f.impressions    AS impressions,
    f.reach          AS reach,
    f.saves          AS saves,
    f.clicks         AS clicks,
    f.watch_seconds  AS watch_seconds,
    f.read_at        AS read_at,
    f.interactions_at AS interactions_at,
    f.audience       AS audience,
    f.expected       AS expected,
    ifNull(f.compared, 0) AS compared
FROM
(
    SELECT * FROM posts FINAL WHERE account_id = {account:String} AND post_id = {post:String}
) AS p
LEFT JOIN
(
    SELECT * FROM post_figures FINAL WHERE account_id = {account:String} AND post_id = {post:String}
) AS f ON f.post_id = p.post_id AND p.relation NOT IN {not_counted:Array(String)}
SETTINGS join_use_nulls = 1
