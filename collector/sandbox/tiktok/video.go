package tiktok

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// The days of the generated videos: two years.
var (
	generatedFrom = time.Date(2022, 9, 1, 0, 0, 0, 0, time.UTC).Unix()
	generatedDays = 730
)

// A video is a video with what its counters end at.
type video struct {
	account   *account
	id        string // 19 digits, growing with time
	title     string // what the text begins with
	text      string
	published int64 // Unix seconds; no two videos of an account share one
	seconds   int64 // its length
	aigc      bool  // marked as made with artificial intelligence
	private   bool  // for its owner's eyes only, from the beginning
	final     finals
	hash      sandbox.Hash
}

func (v *video) link() string {
	return "https://www.tiktok.com/@" + v.account.Handle + "/video/" + v.id
}

// The draws of a video's hash. A number is never used twice or given another
// meaning: that would change every world.
const (
	drawDay = iota
	drawHour
	drawRest // of the id
	drawLength
	drawAIGC
	drawPrivate
	drawLanguage
	drawPhrase
	drawNumber
	drawCity
	drawTag
	drawHours
	drawViews
	drawLikes
	drawComments
	drawShares
	drawFavorites
	drawReach
	drawWatch
	drawFull
	drawFollowers
	drawProfile
	drawWebsite
	drawClicks // and on: one for each kind of clicks
)

// Parts of all the videos.
const (
	partPrivate = 0.03
	partAIGC    = 0.05
)

// generate fills an account with videos, spread over two years.
func (w *World) generate(a *account) {
	taken := map[int64]bool{}
	for i := range a.plan.videos {
		h := sandbox.HashOf(w.options.Seed, "tiktok video", a.Handle, strconv.Itoa(i))
		v := &video{account: a, hash: h}
		// Between 8 and 22 o'clock of Brasília.
		day := int64((float64(i) + h.Unit(drawDay)) * float64(generatedDays-2) / float64(a.plan.videos))
		v.published = generatedFrom + day*sandbox.DaySeconds + int64(h.Between(drawHour, 11*3600, 25*3600))
		for taken[v.published] {
			v.published++
		}
		taken[v.published] = true
		// The upper half of the platform's ids is the second of the upload.
		v.id = strconv.FormatInt(v.published<<32|int64(h.Draw(drawRest)&(1<<32-1)), 10)
		v.seconds = 9 + int64(h.Draw(drawLength)%80)
		v.aigc = h.Unit(drawAIGC) < partAIGC
		v.private = h.Unit(drawPrivate) < partPrivate
		v.title, v.text = write(h, a.plan.cities)
		a.all = append(a.all, v)
	}
	slices.SortFunc(a.all, func(x, y *video) int { return cmp.Compare(x.published, y.published) })
	for _, v := range a.all {
		if v.private {
			a.hidden = append(a.hidden, v)
		} else {
			a.videos = append(a.videos, v)
		}
	}
}
