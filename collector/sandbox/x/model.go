package x

import (
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// counted is when the real counts were read, as the sandbox shows time: the
// data say mid June 2020 and hold posts up to the evening of the 12th.
var counted = time.Date(2020, 6, 13, 0, 0, 0, 0, time.UTC).Add(Shift).Unix()

// finals are the counters of a post as they end. Of the real posts likes,
// retweets and replies are real; the rest is modelled, and unknown in a world
// without a model.
type finals struct {
	likes, retweets, replies int64
	quotes, bookmarks        int64
	impressions              int64
	clicks, profileClicks    int64
	promoted                 float64 // part of it all that was paid for
	hours                    float64 // how slowly the counts arrive
	wholeShare               float64 // of the path when the counts were read
}

// The draws of a post's hash. A number is never used twice or given another
// meaning: that would change every world.
const (
	drawHours = iota
	drawQuotes
	drawBookmarks
	drawImpressions
	drawClicks
	drawProfileClicks
	drawPromoted
)

// model sets what each of the account's counters ends at, and its followers.
// At every moment what people did is less than the impressions.
func (w *World) model(a *account) {
	for _, p := range a.posts {
		if p.kind == repost {
			continue // it has the counters of the original
		}
		f := &p.final
		h := sandbox.HashOf(w.options.Seed, "x post", a.Handle, p.idText())
		f.hours = h.Between(drawHours, 4, 18)
		f.wholeShare = 1
		if !a.generated {
			f.wholeShare = sandbox.Path(float64(counted-p.published)/3600, f.hours)
		}
		f.quotes, f.bookmarks, f.impressions, f.clicks, f.profileClicks = sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown, sandbox.Unknown
		if w.options.Modelled {
			f.modelled(p, h)
		}
	}
	a.following = sandbox.Unknown
	if w.options.Modelled {
		// The audience is in proportion to the likes that the posts usually get.
		h := sandbox.HashOf(w.options.Seed, "x account", a.Handle)
		a.growth = sandbox.NewGrowth(h, 2000+sandbox.Part(a.medianLikes(), h.Between(0, 500, 1100)))
		a.following = 40 + int64(h.Draw(2)%900)
	}
}

func (f *finals) modelled(p *post, h sandbox.Hash) {
	if u := h.Unit(drawPromoted); p.account.generated && u < 0.05 {
		f.promoted = 0.2 + 10*u
	}
	f.quotes = sandbox.Part(f.retweets, h.Between(drawQuotes, 0.04, 0.22))
	f.bookmarks = sandbox.Part(f.likes, h.Between(drawBookmarks, 0.01, 0.08))
	acts := f.likes + f.retweets + f.replies + f.quotes + f.bookmarks + 30
	f.impressions = sandbox.Part(acts, h.Between(drawImpressions, 22, 75))
	f.profileClicks = sandbox.Part(f.impressions, h.Between(drawProfileClicks, 0.001, 0.006))
	f.clicks = 0
	if len(p.entities().urls) > 0 {
		f.clicks = sandbox.Part(f.impressions, h.Between(drawClicks, 0.003, 0.02))
	}
}

// share returns the part of the final counts that has arrived at the second:
// 0 at publication; 1, for real posts, since the counts were read.
func (p *post) share(at int64) float64 {
	if !p.account.generated && at >= counted {
		return 1
	}
	return sandbox.Path(float64(at-p.published)/3600, p.final.hours) / p.final.wholeShare
}

// medianLikes returns the middle of the likes.
func (a *account) medianLikes() int64 {
	var likes []int64
	for _, p := range a.posts {
		if p.kind != repost {
			likes = append(likes, p.final.likes)
		}
	}
	if len(likes) == 0 {
		return 0
	}
	slices.Sort(likes)
	return likes[len(likes)/2]
}
