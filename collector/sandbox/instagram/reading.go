package instagram

import (
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// A reading is what a post's counters stand at in one second; unknown where
// nobody can say.
type reading struct {
	likes, comments             int64
	views, reach, impressions   int64
	saved, shares, reposts      int64
	interactions                int64
	visits, follows, activity   int64
	watchAverage, watchMs, skip int64
	replies, taps, linkClicks   int64 // of stories
}

// at returns the counters in the second.
func (p *post) at(second int64) reading {
	f, s := &p.final, p.share(second)
	r := reading{
		likes:       sandbox.Part(f.likes, s),
		comments:    sandbox.Part(f.comments, s),
		views:       sandbox.Part(f.views, s),
		reach:       sandbox.Part(f.reach, s),
		impressions: sandbox.Part(f.impressions, s),
		saved:       sandbox.Part(f.saved, s),
		shares:      sandbox.Part(f.shares, s),
		reposts:     sandbox.Part(f.reposts, s),
		visits:      sandbox.Part(f.visits, s),
		follows:     sandbox.Part(f.follows, s),
		activity:    sandbox.Part(f.activity, s),

		interactions: sandbox.Unknown, watchAverage: sandbox.Unknown, watchMs: sandbox.Unknown, skip: sandbox.Unknown,
		replies: sandbox.Unknown, taps: sandbox.Unknown, linkClicks: sandbox.Unknown,
	}
	if p.story() {
		r.replies, r.taps, r.linkClicks = sandbox.Part(f.replies, s), sandbox.Part(f.taps, s), sandbox.Part(f.linkClicks, s)
		r.interactions = r.shares + r.reposts + r.replies
	}
	if r.likes != sandbox.Unknown && r.comments != sandbox.Unknown && r.saved != sandbox.Unknown {
		r.interactions = r.likes + r.comments + r.saved + r.shares + r.reposts
	}
	if f.watchMs != sandbox.Unknown {
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
	{"view_count", func(r *reading) int64 { return r.views }}, // business discovery's name
	{"likes", func(r *reading) int64 { return r.likes }},
	{"comments", func(r *reading) int64 { return r.comments }},
	{"saved", func(r *reading) int64 { return r.saved }},
	{"shares", func(r *reading) int64 { return r.shares }},
	{"total_interactions", func(r *reading) int64 { return r.interactions }},
	{"reposts", func(r *reading) int64 { return r.reposts }},
	{"follows", func(r *reading) int64 { return r.follows }},
	{"profile_visits", func(r *reading) int64 { return r.visits }},
	{"profile_activity", func(r *reading) int64 { return r.activity }},
	{"navigation", func(r *reading) int64 { return r.taps }},
	{"replies", func(r *reading) int64 { return r.replies }},
	{"link_clicks", func(r *reading) int64 { return r.linkClicks }},
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

func (r reading) truth() sandbox.Truth {
	t := sandbox.Truth{
		Counters: schema.Counters{
			Views:       sandbox.Pointer(r.views),
			Impressions: sandbox.Pointer(r.impressions),
			Reach:       sandbox.Pointer(r.reach),
			Reactions:   sandbox.Pointer(r.likes),
			Comments:    sandbox.Pointer(r.comments),
			Shares:      sandbox.Pointer(r.shares),
			Saves:       sandbox.Pointer(r.saved),
		},
		Platform: make(map[string]int64, len(metrics)),
	}
	if r.watchMs != sandbox.Unknown {
		t.WatchSeconds = sandbox.Pointer(r.watchMs / 1000)
	}
	for _, m := range metrics {
		if v := m.value(&r); v != sandbox.Unknown {
			t.Platform[m.name] = v
		}
	}
	return t
}
