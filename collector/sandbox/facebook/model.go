package facebook

import (
	"math"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// settled is the age, in hours, from which a post's counts stand still.
const settled = 240 * 24

// The reactions that the platform knows, in its order.
const (
	like = iota
	love
	wow
	haha
	sad
	angry
	care
	allReactions // their number
)

// finals are the counts at which a post ends; all are modelled.
type finals struct {
	reach, views       int64
	reactions          [allReactions]int64
	comments, shares   int64
	clicks             int64
	linkClicks, opened int64   // parts of the clicks: on its link, on its picture or film
	plays, paid, long  int64   // of 3 seconds; those of ads among them; of 15 seconds
	watchMs            int64   // of one play
	hours              float64 // τ: how slowly the counts arrive
}

// model sets what each of the Page's counts ends at.
//
// At every moment: reactions, comments, shares and clicks ≤ reach ≤ views, and
// long plays ≤ plays.
func (w *World) model(pg *page) {
	for _, p := range pg.posts {
		p.final.model(p, pg.plan.reach)
	}
	h := sandbox.HashOf(w.options.Seed, "page", pg.Handle)
	pg.growth = sandbox.NewGrowth(h, int64(pg.plan.reach*h.Between(0, 12, 30)))
}

func (f *finals) model(p *post, usual float64) {
	h := p.hash
	f.hours = h.Between(drawHours, 9, 36)
	// Few posts have most of the reach.
	factor := 0.25 + math.Pow(-math.Log(1-h.Unit(drawReach)), 1.5)
	switch p.kind {
	case reel:
		factor *= 1.8
	case link, status:
		factor *= 0.5
	}
	f.reach = 60 + int64(usual*factor)
	f.views = sandbox.Part(f.reach, h.Between(drawViews, 1.1, 1.9))

	all := sandbox.Part(f.reach, h.Between(drawReactions, 0.01, 0.07))
	rest := all
	for i, d := range []struct {
		draw   uint64
		lo, hi float64
	}{love: {drawLove, 0.05, 0.2}, wow: {drawWow, 0, 0.02}, haha: {drawHaha, 0, 0.04}, sad: {drawSad, 0, 0.03}, angry: {drawAngry, 0, 0.02}, care: {drawCare, 0, 0.04}} {
		if i != like {
			f.reactions[i] = sandbox.Part(all, h.Between(d.draw, d.lo, d.hi))
			rest -= f.reactions[i]
		}
	}
	f.reactions[like] = rest
	f.comments = sandbox.Part(all, h.Between(drawComments, 0.02, 0.2))
	if h.Unit(drawNoShares) > 0.15 {
		f.shares = sandbox.Part(all, h.Between(drawShares, 0.02, 0.25))
	}
	f.clicks = sandbox.Part(f.reach, h.Between(drawClicks, 0.01, 0.1))
	if p.link != "" {
		f.linkClicks = sandbox.Part(f.clicks, h.Between(drawLinkClicks, 0.3, 0.7))
	}
	if kinds[p.kind].mediaType != "" && p.link == "" {
		f.opened = sandbox.Part(f.clicks, h.Between(drawPhotoViews, 0.2, 0.6))
	}
	if p.film() {
		f.plays = sandbox.Part(f.views, h.Between(drawPlays, 0.3, 0.7))
		if part := h.Unit(drawPaid); part < 0.2 { // one film in five is advertised
			f.paid = sandbox.Part(f.plays, part*2)
		}
		f.long = sandbox.Part(f.plays, h.Between(drawLong, 0.1, 0.5))
		f.watchMs = min(p.seconds*1000, int64(h.Between(drawWatch, 4000, 21000)))
	}
}

// A reading is what a post's counters stand at in one second; unknown where
// nobody can say.
type reading struct {
	reach, views       int64
	reactions          [allReactions]int64
	total              int64 // of the reactions
	comments, shares   int64
	clicks             int64
	linkClicks, opened int64
	plays, paid, long  int64
	watchMs, average   int64
	film               bool
}

// at returns the counters in the second.
func (p *post) at(second int64) reading {
	f := &p.final
	age := float64(second-p.published) / 3600
	s := sandbox.Path(min(age, settled), f.hours) / sandbox.Path(settled, f.hours)
	r := reading{
		reach:      sandbox.Part(f.reach, s),
		views:      sandbox.Part(f.views, s),
		comments:   sandbox.Part(f.comments, s),
		shares:     sandbox.Part(f.shares, s),
		clicks:     sandbox.Part(f.clicks, s),
		linkClicks: sandbox.Part(f.linkClicks, s),
		opened:     sandbox.Part(f.opened, s),
		film:       p.film(),
	}
	for i, n := range f.reactions {
		r.reactions[i] = sandbox.Part(n, s)
		r.total += r.reactions[i]
	}
	if r.film {
		r.plays, r.paid, r.long = sandbox.Part(f.plays, s), sandbox.Part(f.paid, s), sandbox.Part(f.long, s)
		r.watchMs = f.watchMs * r.plays
		if r.plays > 0 {
			r.average = f.watchMs
		}
	}
	return r
}

// reactionKinds are the platform's words for the reactions: as the type of the
// edge, and as insights spell it, where those of care count as like.
var reactionKinds = [allReactions]struct{ kind, insight string }{
	like: {"LIKE", "like"}, love: {"LOVE", "love"}, wow: {"WOW", "wow"}, haha: {"HAHA", "haha"},
	sad: {"SAD", "sorry"}, angry: {"ANGRY", "anger"}, care: {"CARE", ""},
}

// truth returns the counters by both kinds of names.
func (p *post) truth(second int64) sandbox.Truth {
	r := p.at(second)
	t := sandbox.Truth{
		Counters: schema.Counters{
			Views:     sandbox.Pointer(r.views),
			Reach:     sandbox.Pointer(r.reach),
			Reactions: sandbox.Pointer(r.total),
			Comments:  sandbox.Pointer(r.comments),
			Shares:    sandbox.Pointer(r.shares),
			Clicks:    sandbox.Pointer(r.clicks),
		},
		Platform: make(map[string]int64),
	}
	if r.film {
		t.WatchSeconds = sandbox.Pointer(r.watchMs / 1000)
	}
	for i, k := range reactionKinds {
		t.Platform[k.kind] = r.reactions[i]
	}
	if p.parent != "" {
		t.Platform["shared_story"] = 1
	}
	for _, m := range postMetrics {
		switch {
		case m.film && !r.film:
		case m.parts != nil:
			for _, part := range m.parts(&r) {
				t.Platform[m.name+"."+part.name] = part.n
			}
		case m.value != nil:
			t.Platform[m.name] = m.value(&r)
		}
	}
	return t
}
