package x

import (
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// A reading is what a post's counters stand at in one second; unknown where
// nobody can say.
type reading struct {
	likes, retweets, replies int64
	quotes, bookmarks        int64
	impressions              int64
	clicks, profileClicks    int64
	engagements              int64
	promoted                 float64 // part of it all that was paid for
}

// organic returns the part of a count that nobody paid for.
func (r *reading) organic(n int64) int64 { return n - sandbox.Part(n, r.promoted) }

// at returns the counters in the second. A repost has the reposts of its
// original and nothing else.
func (p *post) at(second int64) reading {
	if p.kind == repost {
		return reading{retweets: p.of.at(second).retweets}
	}
	f, s := &p.final, p.share(second)
	r := reading{
		likes:         sandbox.Part(f.likes, s),
		retweets:      sandbox.Part(f.retweets, s),
		replies:       sandbox.Part(f.replies, s),
		quotes:        sandbox.Part(f.quotes, s),
		bookmarks:     sandbox.Part(f.bookmarks, s),
		impressions:   sandbox.Part(f.impressions, s),
		clicks:        sandbox.Part(f.clicks, s),
		profileClicks: sandbox.Part(f.profileClicks, s),
		engagements:   sandbox.Unknown,
		promoted:      f.promoted,
	}
	if p.purgedAt(second) {
		r.likes += r.likes / 30
	}
	if r.impressions != sandbox.Unknown {
		r.engagements = r.likes + r.retweets + r.replies + r.quotes + r.bookmarks + r.clicks + r.profileClicks
	}
	return r
}

// purgedAt says whether the post has, in the second, likes that it loses later.
// Counts of X fall as well as rise: it closes accounts and takes their likes
// away. So it goes with every eighth generated post after a day.
func (p *post) purgedAt(second int64) bool {
	const from, to = 2 * 3600, 26 * 3600
	age := second - p.published
	return p.account.generated && p.id>>22%8 == 0 && age >= from && age < to
}

// truth returns the reading in our words, and by the platform's older names;
// organic and promoted ones, which some answers have besides, by their path.
func (r reading) truth() sandbox.Truth {
	t := sandbox.Truth{
		Counters: schema.Counters{
			Impressions: sandbox.Pointer(r.impressions),
			Reactions:   sandbox.Pointer(r.likes),
			Comments:    sandbox.Pointer(r.replies),
			Saves:       sandbox.Pointer(r.bookmarks),
			Clicks:      sandbox.Pointer(r.clicks),
		},
		Platform: make(map[string]int64, 2*len(metrics)),
	}
	if r.quotes != sandbox.Unknown {
		t.Shares = sandbox.Pointer(r.retweets + r.quotes)
	}
	for _, m := range metrics {
		n := m.value(&r)
		if n == sandbox.Unknown {
			continue
		}
		t.Platform[m.name] = n
		// Only the owner is told, which takes a model.
		if m.organic && r.impressions != sandbox.Unknown {
			t.Platform["organic_metrics."+m.name] = r.organic(n)
		}
		if m.promoted && r.promoted > 0 {
			t.Platform["promoted_metrics."+m.name] = n - r.organic(n)
		}
	}
	return t
}

// metrics are the counters by the platform's older names.
var metrics = []struct {
	name     string
	organic  bool // organic_metrics has it too
	promoted bool // and promoted_metrics
	value    func(*reading) int64
}{
	{"like_count", true, true, func(r *reading) int64 { return r.likes }},
	{"retweet_count", true, true, func(r *reading) int64 { return r.retweets }},
	{"reply_count", true, true, func(r *reading) int64 { return r.replies }},
	{"quote_count", false, false, func(r *reading) int64 { return r.quotes }},
	{"bookmark_count", false, false, func(r *reading) int64 { return r.bookmarks }},
	{"impression_count", true, true, func(r *reading) int64 { return r.impressions }},
	{"url_link_clicks", true, false, func(r *reading) int64 { return r.clicks }},
	{"user_profile_clicks", true, false, func(r *reading) int64 { return r.profileClicks }},
	{"engagements", false, false, func(r *reading) int64 { return r.engagements }},
}
