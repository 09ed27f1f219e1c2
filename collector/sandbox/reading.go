package sandbox

import "github.com/hamawaz/hamawaz/schema"

// A reading is what a post's counters stand at in one second; unknown where
// nobody can say.
type reading struct {
	likes, comments             int64
	views, reach, impressions   int64
	saved, shares, reposts      int64
	interactions                int64
	visits, follows, activity   int64
	watchAverage, watchMs, skip int64
}

// at returns the counters in the second.
func (p *post) at(second int64) reading {
	f, s := &p.final, p.share(second)
	r := reading{
		likes:       part(f.likes, s),
		comments:    part(f.comments, s),
		views:       part(f.views, s),
		reach:       part(f.reach, s),
		impressions: part(f.impressions, s),
		saved:       part(f.saved, s),
		shares:      part(f.shares, s),
		reposts:     part(f.reposts, s),
		visits:      part(f.visits, s),
		follows:     part(f.follows, s),
		activity:    part(f.activity, s),

		interactions: unknown, watchAverage: unknown, watchMs: unknown, skip: unknown,
	}
	if r.likes != unknown && r.comments != unknown && r.saved != unknown {
		r.interactions = r.likes + r.comments + r.saved + r.shares + r.reposts
	}
	if f.watchMs != unknown {
		r.watchMs = f.watchMs * r.views
		if r.views > 0 { // before the first view there is no average
			r.watchAverage, r.skip = f.watchMs, f.skip
		}
	}
	return r
}

// metrics are the numbers of a media by the platform's names, in the order in
// which the platform documents them. A new one is a line here.
var metrics = []struct {
	name  string
	value func(*reading) int64
}{
	{"reach", func(r *reading) int64 { return r.reach }},
	{"views", func(r *reading) int64 { return r.views }},
	{"likes", func(r *reading) int64 { return r.likes }},
	{"comments", func(r *reading) int64 { return r.comments }},
	{"saved", func(r *reading) int64 { return r.saved }},
	{"shares", func(r *reading) int64 { return r.shares }},
	{"total_interactions", func(r *reading) int64 { return r.interactions }},
	{"reposts", func(r *reading) int64 { return r.reposts }},
	{"follows", func(r *reading) int64 { return r.follows }},
	{"profile_visits", func(r *reading) int64 { return r.visits }},
	{"profile_activity", func(r *reading) int64 { return r.activity }},
	{"ig_reels_avg_watch_time", func(r *reading) int64 { return r.watchAverage }},
	{"ig_reels_video_view_total_time", func(r *reading) int64 { return r.watchMs }},
	{"reels_skip_rate", func(r *reading) int64 { return r.skip }},
	{"total_likes", func(r *reading) int64 { return r.likes }},
	{"total_comments", func(r *reading) int64 { return r.comments }},
	{"total_views", func(r *reading) int64 { return r.views }},
	{"impressions", func(r *reading) int64 { return r.impressions }},
	{"like_count", func(r *reading) int64 { return r.likes }},
	{"comments_count", func(r *reading) int64 { return r.comments }},
	{"saved_count", func(r *reading) int64 { return r.saved }},
	{"shares_count", func(r *reading) int64 { return r.shares }},
	{"reposts_count", func(r *reading) int64 { return r.reposts }},
	{"total_like_count", func(r *reading) int64 { return r.likes }},
	{"total_comments_count", func(r *reading) int64 { return r.comments }},
	{"total_views_count", func(r *reading) int64 { return r.views }},
}

func (r reading) truth() Truth {
	t := Truth{
		Counters: schema.Counters{
			Views:       pointer(r.views),
			Impressions: pointer(r.impressions),
			Reach:       pointer(r.reach),
			Reactions:   pointer(r.likes),
			Comments:    pointer(r.comments),
			Shares:      pointer(r.shares),
			Saves:       pointer(r.saved),
		},
		Platform: make(map[string]int64, len(metrics)),
	}
	if r.watchMs != unknown {
		t.WatchSeconds = pointer(r.watchMs / 1000)
	}
	for _, m := range metrics {
		if v := m.value(&r); v != unknown {
			t.Platform[m.name] = v
		}
	}
	return t
}
