package instagram

import (
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
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
	replies, taps   int64 // of stories
	linkClicks      int64 // of stories
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
	a.typical = typical
	for _, p := range a.posts {
		h := sandbox.HashOf(w.options.Seed, "post", a.Handle, p.code)
		f := &p.final
		f.hours = h.Between(drawHours, 8, 30)
		f.wholeShare = sandbox.Path(float64(exported-p.published)/3600, f.hours)
		f.views, f.reach, f.saved, f.shares, f.reposts = sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown
		f.impressions, f.visits, f.follows, f.activity = sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown
		f.watchMs, f.skip = sandbox.Unknown, sandbox.Unknown
		if w.options.Modelled {
			f.modelled(p, h, typical)
		}
	}
	a.follows = sandbox.Unknown
	if w.options.Modelled {
		// The audience is in proportion to the likes that the posts usually get.
		h := sandbox.HashOf(w.options.Seed, "account", a.Handle)
		a.growth = sandbox.NewGrowth(h, 2000+sandbox.Part(typical, h.Between(0, 90, 260)))
		a.follows = 40 + int64(h.Draw(2)%900)
	}
}

func (f *finals) modelled(p *post, h sandbox.Hash, typicalLikes int64) {
	f.likesForModel = f.likes
	if f.likes == sandbox.Unknown {
		f.likesForModel = sandbox.Part(typicalLikes, h.Between(drawHiddenLikes, 0.4, 1.8))
	}
	acts := f.likesForModel + 2*max(f.comments, 0) + 40
	if p.reel() {
		f.reach = sandbox.Part(acts, h.Between(drawReach, 12, 34))
		f.views = sandbox.Part(f.reach, h.Between(drawViews, 1.2, 2.3))
		f.watchMs = int64(h.Between(drawWatch, 3500, 16000))
		f.skip = int64(h.Between(drawSkip, 25, 65))
	} else {
		f.reach = sandbox.Part(acts, h.Between(drawReach, 8, 20))
		f.views = sandbox.Part(f.reach, h.Between(drawViews, 1.15, 1.7))
		f.visits = sandbox.Part(f.reach, h.Between(drawVisits, 0.002, 0.012))
		f.follows = sandbox.Part(f.visits, h.Between(drawFollows, 0.02, 0.12))
		f.activity = sandbox.Part(f.visits, h.Between(drawActivity, 0.01, 0.08))
		if p.published < impressionsEnd {
			f.impressions = f.reach + (f.views-f.reach)*9/10
		}
		if h.Unit(drawAlbum) < 0.4 {
			f.children = 2 + int(h.Draw(drawChildren)%7)
		}
	}
	f.saved = sandbox.Part(f.likesForModel, h.Between(drawSaved, 0.01, 0.06))
	f.shares = sandbox.Part(f.likesForModel, h.Between(drawShares, 0.01, 0.10))
	f.reposts = sandbox.Part(f.likesForModel, h.Between(drawReposts, 0.001, 0.012))
}

// share returns the part of the final counts that has arrived at the second:
// 0 at publication, 1 from the export on.
func (p *post) share(at int64) float64 {
	if at >= exported {
		return 1
	}
	return sandbox.Path(float64(at-p.published)/3600, p.final.hours) / p.final.wholeShare
}

// medianLikes returns the middle of the likes that are known.
func (a *account) medianLikes() int64 {
	var likes []int64
	for _, p := range a.posts {
		if p.final.likes != sandbox.Unknown {
			likes = append(likes, p.final.likes)
		}
	}
	if len(likes) == 0 {
		return 0
	}
	slices.Sort(likes)
	return likes[len(likes)/2]
}
