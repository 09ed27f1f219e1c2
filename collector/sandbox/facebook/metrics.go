package facebook

import "slices"

// A postMetric is one metric of a post's insights: a number, or several by
// name. One with neither is valid, and left out of every answer.
type postMetric struct {
	name  string
	film  bool // only posts with a video have it
	value func(*reading) int64
	parts func(*reading) []part
	title string
}

// A part is one of a metric's numbers.
type part struct {
	name string
	n    int64
}

// some returns the parts that are not zero: the others are left out.
func some(parts ...part) []part {
	return slices.DeleteFunc(parts, func(p part) bool { return p.n == 0 })
}

// postMetrics are the metrics of posts, over their lifetime, in the order of
// the contract.
var postMetrics = []postMetric{
	{"post_media_view", false, func(r *reading) int64 { return r.views }, nil, "Lifetime Post Media Views"},
	{"post_total_media_view_unique", false, func(r *reading) int64 { return r.reach }, nil, "Lifetime Post Unique Media Viewers"},
	{"post_clicks", false, func(r *reading) int64 { return r.clicks }, nil, "Lifetime Post Clicks"},
	{"post_clicks_by_type", false, nil, func(r *reading) []part {
		return some(part{"link clicks", r.linkClicks}, part{"photo view", r.photoViews()}, part{"video play", r.filmClicks()},
			part{"other clicks", r.clicks - r.linkClicks - r.opened})
	}, "Lifetime Post Clicks by Type"},
	{"post_reactions_like_total", false, func(r *reading) int64 { return r.insight(like) }, nil, "Lifetime Like Reactions"},
	{"post_reactions_love_total", false, func(r *reading) int64 { return r.insight(love) }, nil, "Lifetime Love Reactions"},
	{"post_reactions_wow_total", false, func(r *reading) int64 { return r.insight(wow) }, nil, "Lifetime Wow Reactions"},
	{"post_reactions_haha_total", false, func(r *reading) int64 { return r.insight(haha) }, nil, "Lifetime Haha Reactions"},
	{"post_reactions_sorry_total", false, func(r *reading) int64 { return r.insight(sad) }, nil, "Lifetime Sorry Reactions"},
	{"post_reactions_anger_total", false, func(r *reading) int64 { return r.insight(angry) }, nil, "Lifetime Anger Reactions"},
	{"post_reactions_by_type_total", false, nil, (*reading).byType, "Lifetime Reactions by Type"},
	{"post_activity_by_action_type", false, nil, func(r *reading) []part {
		return some(part{"like", r.total}, part{"comment", r.comments}, part{"share", r.shares})
	}, "Lifetime Post Stories by Action Type"},
	{"post_activity_by_action_type_unique", false, nil, nil, ""},
	{"post_video_views", true, func(r *reading) int64 { return r.plays }, nil, "Lifetime Video Views"},
	{"post_video_views_organic", true, func(r *reading) int64 { return r.plays - r.paid }, nil, "Lifetime Organic Video Views"},
	{"post_video_views_paid", true, func(r *reading) int64 { return r.paid }, nil, "Lifetime Paid Video Views"},
	{"post_video_views_15s", true, func(r *reading) int64 { return r.long }, nil, "Lifetime 15-Second Video Views"},
	{"post_video_avg_time_watched", true, func(r *reading) int64 { return r.average }, nil, "Lifetime Average Time Video Viewed"},
	{"post_video_view_time", true, func(r *reading) int64 { return r.watchMs }, nil, "Lifetime Video View Time"},
	silent("post_video_views_autoplayed"),
	silent("post_video_views_clicked_to_play"),
	silent("post_video_views_sound_on"),
	silent("post_video_length"),
	silent("post_video_complete_views_organic"),
	silent("post_video_complete_views_organic_unique"),
	silent("post_video_complete_views_paid"),
	silent("post_video_complete_views_paid_unique"),
	silent("post_video_complete_views_30s_autoplayed"),
	silent("post_video_complete_views_30s_clicked_to_play"),
	silent("post_video_complete_views_30s_organic"),
	silent("post_video_complete_views_30s_paid"),
	silent("post_video_complete_views_30s_unique"),
	silent("post_video_views_organic_unique"),
	silent("post_video_views_paid_unique"),
	silent("post_video_views_60s_excludes_shorter"),
	silent("post_video_view_time_organic"),
	silent("post_video_social_actions_count_unique"),
	silent("post_video_retention_graph"),
	silent("post_video_retention_graph_autoplayed"),
	silent("post_video_retention_graph_clicked_to_play"),
	silent("post_video_view_time_by_age_bucket_and_gender"),
	silent("post_video_view_time_by_country_id"),
	silent("post_video_views_by_distribution_type"),
	silent("post_video_view_time_by_distribution_type"),
	silent("post_video_view_time_by_region_id"),
}

// silent is a metric of films that is valid and of which the model says nothing.
func silent(name string) postMetric { return postMetric{name: name, film: true} }

func (r *reading) photoViews() int64 {
	if r.film {
		return 0
	}
	return r.opened
}

func (r *reading) filmClicks() int64 {
	if !r.film {
		return 0
	}
	return r.opened
}

// insight returns the reactions of a kind as insights count them.
func (r *reading) insight(kind int) int64 {
	if kind == like {
		return r.reactions[like] + r.reactions[care]
	}
	return r.reactions[kind]
}

func (r *reading) byType() []part {
	var out []part
	for i, k := range reactionKinds {
		if k.insight != "" {
			out = append(out, part{k.insight, r.insight(i)})
		}
	}
	return some(out...)
}

// A pageMetric is one metric of a Page's insights, by day.
type pageMetric struct {
	name  string
	day   func(pg *page, from, to int64) int64 // of the Page itself, on the day between the two seconds
	gain  func(*reading) int64                 // the counter of posts whose gains of the day it sums up
	parts bool                                 // by reaction
	title string
}

// pageMetrics are the metrics of period day. Those with nothing behind them are
// valid, and left out of every answer.
var pageMetrics = []pageMetric{
	{"page_follows", func(pg *page, _, to int64) int64 { return pg.growth.Followers(to) }, nil, false, "Page Follows"},
	{"page_daily_follows", nil, nil, false, ""},
	{"page_daily_follows_unique", func(pg *page, from, to int64) int64 {
		return max(0, pg.growth.Followers(to)-pg.growth.Followers(from))
	}, nil, false, "Daily New Follows"},
	{"page_daily_unfollows_unique", func(pg *page, from, to int64) int64 {
		return max(0, pg.growth.Followers(from)-pg.growth.Followers(to))
	}, nil, false, "Daily Unfollows"},
	{"page_post_engagements", nil, func(r *reading) int64 { return r.total + r.comments + r.shares + r.clicks }, false, "Daily Post Engagements"},
	{"page_total_actions", nil, nil, false, ""},
	{"page_views_total", nil, func(r *reading) int64 { return r.clicks / 4 }, false, "Daily Total Page Views"},
	{"page_media_view", nil, func(r *reading) int64 { return r.views }, false, "Daily Media Views"},
	{"page_total_media_view_unique", nil, func(r *reading) int64 { return r.reach }, false, "Daily Unique Media Viewers"},
	{"page_actions_post_reactions_like_total", nil, func(r *reading) int64 { return r.insight(like) }, false, "Daily Like Reactions"},
	{"page_actions_post_reactions_love_total", nil, func(r *reading) int64 { return r.insight(love) }, false, "Daily Love Reactions"},
	{"page_actions_post_reactions_wow_total", nil, func(r *reading) int64 { return r.insight(wow) }, false, "Daily Wow Reactions"},
	{"page_actions_post_reactions_haha_total", nil, func(r *reading) int64 { return r.insight(haha) }, false, "Daily Haha Reactions"},
	{"page_actions_post_reactions_sorry_total", nil, func(r *reading) int64 { return r.insight(sad) }, false, "Daily Sorry Reactions"},
	{"page_actions_post_reactions_anger_total", nil, func(r *reading) int64 { return r.insight(angry) }, false, "Daily Anger Reactions"},
	{"page_actions_post_reactions_total", nil, nil, true, "Daily Total Reactions by Type"},
	{"page_video_views", nil, func(r *reading) int64 { return r.plays }, false, "Daily Video Views"},
	{"page_video_view_time", nil, func(r *reading) int64 { return r.watchMs }, false, "Daily Video View Time"},
	{name: "page_fan_adds_by_paid_non_paid_unique"}, {name: "page_video_views_paid"}, {name: "page_video_views_organic"},
	{name: "page_video_views_autoplayed"}, {name: "page_video_views_click_to_play"}, {name: "page_video_repeat_views"},
	{name: "page_video_complete_views_30s"}, {name: "page_video_complete_views_30s_paid"}, {name: "page_video_complete_views_30s_organic"},
	{name: "page_video_complete_views_30s_autoplayed"}, {name: "page_video_complete_views_30s_click_to_play"},
	{name: "page_video_complete_views_30s_repeat_views"}, {name: "page_video_views_by_uploaded_hosted"}, {name: "page_video_views_by_paid_non_paid"},
	{name: "page_tab_views_login_top_unique"}, {name: "page_tab_views_login_top"}, {name: "page_tab_views_logout_top"},
	{name: "content_monetization_earnings"},
}
