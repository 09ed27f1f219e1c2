package youtube

import (
	"math"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// settled is the age, in hours, from which a video's counts stand still.
const settled = 300 * 24

// finals are the counts at which a video ends; all are modelled.
type finals struct {
	views, likes, comments, dislikes int64
	viewers                          int64   // of a stream, at its best
	hours                            float64 // τ: how slowly the counts arrive
}

// model sets what each of the channel's counts ends at.
//
// At every moment: likes + comments ≤ views.
func (w *World) model(ch *channel) {
	for _, v := range ch.uploads {
		v.final.model(v, ch.plan.views)
		v.comment()
	}
	h := sandbox.HashOf(w.options.Seed, "channel", ch.Handle)
	ch.growth = sandbox.NewGrowth(h, int64(ch.plan.views*h.Between(0, 20, 50)))
	ch.older = int64(ch.plan.views * h.Between(2, 2000, 9000))
}

func (f *finals) model(v *video, usual float64) {
	h := v.hash
	f.hours = h.Between(drawHours, 12, 60)
	// Few videos have most of the views.
	factor := 0.2 + math.Pow(-math.Log(1-h.Unit(drawViews)), 1.7)
	switch {
	case v.stream():
		factor *= 0.6
	case v.seconds < 60:
		factor *= 2.2
	}
	f.views = 30 + int64(usual*factor)
	f.likes = sandbox.Part(f.views, h.Between(drawLikes, 0.008, 0.06))
	f.comments = sandbox.Part(f.likes, h.Between(drawComments, 0.02, 0.2))
	f.dislikes = sandbox.Part(f.likes, h.Between(drawDislikes, 0.01, 0.08))
	if v.hides.comments {
		f.comments = sandbox.Unknown // there are none, and no number of them
	}
	f.viewers = sandbox.Unknown
	if v.stream() {
		f.viewers = 1 + sandbox.Part(f.views, h.Between(drawViewers, 0.02, 0.1))
	}
}

// A reading is what a video's counters stand at in one second; unknown where
// nobody can say.
type reading struct {
	views, likes, comments, dislikes int64
	viewers                          int64 // of the moment, while a stream goes on
}

// at returns the counters in the second.
func (v *video) at(second int64) reading {
	f := &v.final
	age := float64(second-v.published) / 3600
	share := sandbox.Path(min(age, settled), f.hours) / sandbox.Path(settled, f.hours)
	r := reading{
		views:    sandbox.Part(f.views, share),
		likes:    sandbox.Part(f.likes, share),
		comments: sandbox.Part(f.comments, share),
		dislikes: sandbox.Part(f.dislikes, share),
		viewers:  sandbox.Unknown,
	}
	if v.live(second) {
		minute := uint64(second-v.published) / 60
		r.viewers = sandbox.Part(f.viewers, v.hash.Between(drawMinute+minute, 0.5, 1))
	}
	return r
}

// counts are the numbers of a video by the platform's names. A new one is a
// line here.
var counts = []struct {
	name  string
	value func(*reading) int64
}{
	{"viewCount", func(r *reading) int64 { return r.views }},
	{"likeCount", func(r *reading) int64 { return r.likes }},
	{"dislikeCount", func(r *reading) int64 { return r.dislikes }},
	{"commentCount", func(r *reading) int64 { return r.comments }},
	{"concurrentViewers", func(r *reading) int64 { return r.viewers }},
}

func (r reading) truth() sandbox.Truth {
	t := sandbox.Truth{
		Counters: schema.Counters{
			Views:     sandbox.Pointer(r.views),
			Reactions: sandbox.Pointer(r.likes),
			Comments:  sandbox.Pointer(r.comments),
		},
		Platform: make(map[string]int64, len(counts)),
	}
	for _, c := range counts {
		if n := c.value(&r); n != sandbox.Unknown {
			t.Platform[c.name] = n
		}
	}
	return t
}

// subscribers returns the number that the channel shows in the second.
func (ch *channel) subscribers(at int64) int64 {
	if ch.plan.hidden {
		return sandbox.Unknown
	}
	return rounded(ch.growth.Followers(at))
}

// rounded cuts a number down to its first three figures, as the platform does
// with subscribers, also for the owner. Unknown stays unknown.
func rounded(n int64) int64 {
	unit := int64(1)
	for n/unit >= 1000 {
		unit *= 10
	}
	return n / unit * unit
}

// views returns those of all the channel's videos in the second.
func (ch *channel) views(at int64) int64 {
	n := ch.older
	for _, v := range ch.videos[:ch.publishedBy(at)] {
		n += v.at(at).views
	}
	return n
}
