package youtube

import (
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

var newYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

const daysOf2024 = 366

// The draws of a video's hash. A number is never used twice or given another
// meaning: that would change every world.
const (
	drawDay = iota + 20 // the first are those of the id
	drawHour
	drawKind
	drawLength
	drawLead
	drawLate
	drawHides
	drawHours
	drawViews
	drawLikes
	drawComments
	drawDislikes
	drawViewers
	drawLanguage
	drawTopic
	drawPhrase
	drawPlace
	drawCaptions
	drawPlacement
	drawMinute = 1000 // and on: the minutes of a stream
)

// generate fills a channel with uploads: as many as come out as its plan says,
// spread over 2024, and a few in a hundred that nobody gets to see.
func (w *World) generate(ch *channel) {
	all := ch.plan.videos + ch.plan.videos/20
	for i := range all {
		h := sandbox.HashOf(w.options.Seed, "video", ch.Handle, strconv.Itoa(i))
		v := &video{channel: ch, id: newID(h, "", 11), hash: h}
		spread := i
		if i >= ch.plan.videos {
			v.fate = staysPrivate
			if i%2 == 1 {
				v.fate = isDeleted
			}
			spread = int(h.Draw(drawDay) % uint64(ch.plan.videos))
		}
		// Between 8 and 22 o'clock of Brasília, one after the other.
		day := int64((float64(spread) + h.Unit(drawDay)) * (daysOf2024 - 1) / float64(ch.plan.videos))
		v.published = newYear + day*sandbox.DaySeconds + int64(h.Between(drawHour, 11*3600, 25*3600))
		v.added = v.published
		v.describe(i + 1)
		ch.uploads = append(ch.uploads, v)
	}
	ch.order()
}

// The kinds of videos, by what part of all each is.
const (
	partShorts    = 0.35
	partStreams   = 0.03
	partScheduled = 0.15
)

// describe says what the video is: its kind, its length, its texts, and what
// its owner does not show. n counts the channel's videos.
func (v *video) describe(n int) {
	h := v.hash
	kind := h.Unit(drawKind)
	suffix := ""
	switch {
	case kind < partShorts:
		v.seconds = 12 + int64(h.Draw(drawLength)%48)
		suffix = " #Shorts"
	case kind < partShorts+partStreams && v.fate == comesOut:
		v.seconds = 1200 + int64(h.Draw(drawLength)%9000)
		v.due = v.published - v.published%900
		v.published = v.due + int64(h.Draw(drawLate)%300)
		v.added = v.due - int64(h.Between(drawLead, 3600, 4*sandbox.DaySeconds))
	case kind < partShorts+partStreams+partScheduled && v.fate == comesOut:
		v.seconds = 60 + int64(h.Draw(drawLength)%1500)
		v.published -= v.published % 1800
		v.added = v.published - int64(h.Between(drawLead, 1800, 9*sandbox.DaySeconds))
	default:
		v.seconds = 60 + int64(h.Draw(drawLength)%1500)
	}
	// As in a real answer of 50 videos: six without likes and comments, two
	// without comments, one without likes, and one without any count.
	switch part := h.Unit(drawHides); {
	case part < 0.12:
		v.hides = hides{likes: true, comments: true}
	case part < 0.16:
		v.hides = hides{comments: true}
	case part < 0.18:
		v.hides = hides{likes: true}
	case part < 0.20:
		v.hides = hides{views: true, likes: true, comments: true}
	}
	v.captions = h.Unit(drawCaptions) < 0.4
	v.placement = h.Unit(drawPlacement) < 0.02
	v.write(n, suffix)
}
