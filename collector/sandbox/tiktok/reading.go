package tiktok

import (
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// A reading is what a video's counters stand at in one second.
type reading struct {
	finals
	seconds  int64 // the video's length
	aigc     int64 // 1 or 0
	watched  int64 // milliseconds, of all views together
	watch    int64 // of one view
	fullRate int64
}

// at returns the counters in the second.
func (v *video) at(second int64) reading {
	age := float64(second-v.published) / 3600
	share := sandbox.Path(min(age, settled), v.final.hours) / sandbox.Path(settled, v.final.hours)
	r := reading{finals: v.final, seconds: v.seconds}
	for _, n := range []*int64{&r.views, &r.likes, &r.comments, &r.shares, &r.favorites, &r.reach, &r.newFollowers, &r.profileViews, &r.websiteClicks} {
		*n = sandbox.Part(*n, share)
	}
	for i := range r.clicks {
		r.clicks[i] = sandbox.Part(r.clicks[i], share)
	}
	if v.aigc {
		r.aigc = 1
	}
	if r.views > 0 { // nobody watches before
		r.watch, r.fullRate = v.final.watchMillis, v.final.fullRate
		r.watched = r.views * r.watch
	}
	return r
}

// truth returns the reading in our words and by the platform's names: those of
// the Display API and, below them, those of the Accounts API. What the latter
// tells with a fraction is here as it is stored: see the connector.
func (r reading) truth() sandbox.Truth {
	t := sandbox.Truth{
		Counters: schema.Counters{
			Views:        sandbox.Pointer(r.views),
			Reach:        sandbox.Pointer(r.reach),
			Reactions:    sandbox.Pointer(r.likes),
			Comments:     sandbox.Pointer(r.comments),
			Shares:       sandbox.Pointer(r.shares),
			Saves:        sandbox.Pointer(r.favorites),
			Clicks:       sandbox.Pointer(r.websiteClicks),
			WatchSeconds: sandbox.Pointer(r.watched / 1000),
		},
		Platform: map[string]int64{
			"view_count":    r.views,
			"like_count":    r.likes,
			"comment_count": r.comments,
			"share_count":   r.shares,
			"duration":      r.seconds,
			"is_aigc":       r.aigc,

			"video_views":                        r.views,
			"likes":                              r.likes,
			"comments":                           r.comments,
			"shares":                             r.shares,
			"favorites":                          r.favorites,
			"reach":                              r.reach,
			"video_duration_millis":              r.seconds * 1000,
			"total_time_watched":                 r.watched / 1000,
			"average_time_watched_millis":        r.watch,
			"full_video_watched_rate_millionths": r.fullRate * 100,
			"new_followers":                      r.newFollowers,
			"profile_views":                      r.profileViews,
			"website_clicks":                     r.websiteClicks,
		},
	}
	for i, name := range clickKinds {
		if r.clicks[i] != sandbox.Unknown {
			t.Platform[name] = r.clicks[i]
		}
	}
	return t
}
