package tiktok

import (
	"math"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// settled is the age, in hours, from which a video's counts stand still.
const settled = 365 * 24

// clickKinds are the clicks that are counted for registered businesses only.
var clickKinds = [...]string{"phone_number_clicks", "lead_submissions", "app_download_clicks", "email_clicks", "address_clicks"}

// finals are the counts at which a video ends; all are modelled.
type finals struct {
	views, likes, comments, shares, favorites int64
	reach                                     int64
	watchMillis                               int64 // of one view, on average
	fullRate                                  int64 // of the views that went to the end, in ten thousandths
	newFollowers, profileViews, websiteClicks int64
	clicks                                    [len(clickKinds)]int64
	hours                                     float64 // how slowly the counts arrive
}

// model sets what each of the account's counts ends at.
//
// At every moment: reach ≤ views, and likes + comments + shares + favorites ≤
// views.
func (w *World) model(a *account) {
	for _, v := range a.all {
		v.final.model(v, a.plan)
	}
	h := sandbox.HashOf(w.options.Seed, "tiktok account", a.Handle)
	a.growth = sandbox.NewGrowth(h, int64(a.plan.views*h.Between(0, 2, 6)))
	a.older = int64(a.plan.views * h.Between(2, 20, 90))
	a.following = 10 + int64(h.Draw(3)%300)
}

func (f *finals) model(v *video, p plan) {
	h := v.hash
	f.hours = h.Between(drawHours, 10, 48)
	// Most videos are seen by few, some by very many.
	f.views = 150 + int64(p.views*(0.15+math.Pow(-math.Log(1-h.Unit(drawViews)), 2.2)))
	f.likes = sandbox.Part(f.views, h.Between(drawLikes, 0.02, 0.09))
	f.comments = sandbox.Part(f.likes, h.Between(drawComments, 0.02, 0.12))
	f.shares = sandbox.Part(f.likes, h.Between(drawShares, 0.03, 0.2))
	f.favorites = sandbox.Part(f.likes, h.Between(drawFavorites, 0.04, 0.18))
	f.reach = sandbox.Part(f.views, h.Between(drawReach, 0.7, 0.95))
	f.watchMillis = int64(float64(v.seconds*1000) * h.Between(drawWatch, 0.15, 0.7))
	f.fullRate = int64(h.Between(drawFull, 500, 4500))
	f.newFollowers = sandbox.Part(f.views, h.Between(drawFollowers, 0, 0.004))
	f.profileViews = sandbox.Part(f.views, h.Between(drawProfile, 0.002, 0.02))
	f.websiteClicks = sandbox.Part(f.profileViews, h.Between(drawWebsite, 0, 0.1))
	for i := range f.clicks {
		f.clicks[i] = sandbox.Unknown
		if p.business {
			f.clicks[i] = sandbox.Part(f.profileViews, h.Between(drawClicks+uint64(i), 0, 0.05))
		}
	}
}
