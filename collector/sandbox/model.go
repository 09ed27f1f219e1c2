package sandbox

import (
	"math"
	"slices"
	"time"
)

// exported is the day of the data's export, when the counts were final.
var exported = time.Date(2025, 4, 30, 0, 0, 0, 0, time.UTC).Unix()

// impressionsEnd is when the platform stopped giving impressions to new media.
var impressionsEnd = time.Date(2024, 7, 2, 0, 0, 0, 0, time.UTC).Unix()

// finals are the counters of a post as they end. Likes and comments are real;
// the rest is modelled, and unknown in a world without a model.
type finals struct {
	likes, comments int64
	views, reach    int64
	saved, shares   int64
	reposts         int64
	impressions     int64
	visits, follows int64
	activity        int64
	watchMs, skip   int64 // of one view; in percent
	children        int
	hours           float64 // τ: how slowly the counts arrive
	wholeShare      float64 // of the path at the export, before it is normalised
	likesForModel   int64   // the likes, or a guess where they are hidden; never shown
}

// The draws of a post's hash. A number is never used twice or given another
// meaning: that would change every world.
const (
	drawHours = iota
	drawReach
	drawViews
	drawSaved
	drawShares
	drawReposts
	drawVisits
	drawFollows
	drawActivity
	drawWatch
	drawSkip
	drawAlbum
	drawChildren
	drawHiddenLikes
)

// model sets what each of the account's counters ends at, and its followers.
//
// At every moment: likes and comments ≤ reach ≤ impressions ≤ views, and the
// rest small parts of likes or reach.
func (w *World) model(a *account) {
	typical := a.medianLikes()
	for _, p := range a.posts {
		h := hashOf(w.options.Seed, "post", a.Handle, p.code)
		f := &p.final
		f.hours = h.between(drawHours, 8, 30)
		f.wholeShare = path(float64(exported-p.published)/3600, f.hours)
		f.views, f.reach, f.saved, f.shares, f.reposts = unknown, unknown, unknown, unknown, unknown
		f.impressions, f.visits, f.follows, f.activity = unknown, unknown, unknown, unknown
		f.watchMs, f.skip = unknown, unknown
		if w.options.Modelled {
			f.modelled(p, h, typical)
		}
	}
	a.growth = growth{follows: unknown}
	if w.options.Modelled {
		a.growth = newGrowth(hashOf(w.options.Seed, "account", a.Handle), typical)
	}
}

func (f *finals) modelled(p *post, h hash, typicalLikes int64) {
	f.likesForModel = f.likes
	if f.likes == unknown {
		f.likesForModel = part(typicalLikes, h.between(drawHiddenLikes, 0.4, 1.8))
	}
	acts := f.likesForModel + 2*max(f.comments, 0) + 40
	if p.reel() {
		f.reach = part(acts, h.between(drawReach, 12, 34))
		f.views = part(f.reach, h.between(drawViews, 1.2, 2.3))
		f.watchMs = int64(h.between(drawWatch, 3500, 16000))
		f.skip = int64(h.between(drawSkip, 25, 65))
	} else {
		f.reach = part(acts, h.between(drawReach, 8, 20))
		f.views = part(f.reach, h.between(drawViews, 1.15, 1.7))
		f.visits = part(f.reach, h.between(drawVisits, 0.002, 0.012))
		f.follows = part(f.visits, h.between(drawFollows, 0.02, 0.12))
		f.activity = part(f.visits, h.between(drawActivity, 0.01, 0.08))
		if p.published < impressionsEnd {
			f.impressions = f.reach + (f.views-f.reach)*9/10
		}
		if h.unit(drawAlbum) < 0.4 {
			f.children = 2 + int(h.draw(drawChildren)%7)
		}
	}
	f.saved = part(f.likesForModel, h.between(drawSaved, 0.01, 0.06))
	f.shares = part(f.likesForModel, h.between(drawShares, 0.01, 0.10))
	f.reposts = part(f.likesForModel, h.between(drawReposts, 0.001, 0.012))
}

// path is the part of a count that has arrived at an age, in hours, before it
// is normalised: quick at first, and never quite at an end.
func path(age, hours float64) float64 {
	if age <= 0 {
		return 0
	}
	return 1 - math.Exp(-math.Pow(age/hours, 0.6))
}

// share returns the part of the final counts that has arrived at the second:
// 0 at publication, 1 from the export on.
func (p *post) share(at int64) float64 {
	if at >= exported {
		return 1
	}
	return path(float64(at-p.published)/3600, p.final.hours) / p.final.wholeShare
}

// part returns the whole part of n × share. Unknown stays unknown.
func part(n int64, share float64) int64 {
	if n == unknown {
		return unknown
	}
	return int64(float64(n) * share)
}

// medianLikes returns the middle of the likes that are known.
func (a *account) medianLikes() int64 {
	var likes []int64
	for _, p := range a.posts {
		if p.final.likes != unknown {
			likes = append(likes, p.final.likes)
		}
	}
	if len(likes) == 0 {
		return 0
	}
	slices.Sort(likes)
	return likes[len(likes)/2]
}
