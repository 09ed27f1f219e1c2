package facebook

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// The posts come out over two years, up to the last day of September 2024.
var (
	firstDay = time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC).Unix()
	days     = float64(731)
)

// A post is a post with what its counters end at.
type post struct {
	page      *page
	index     int // in page.posts
	id        string
	kind      kind
	message   string // "" for a post without text
	story     string
	link      string // that it leads to; "" for none
	parent    string // the post that it passes on; "" for none
	pictures  int    // of an album
	video     string // the id of its film
	seconds   int64  // the length of its film
	published int64  // Unix seconds
	final     finals
	hash      sandbox.Hash
}

// key returns the id as the platform writes it.
func (p *post) key() string { return p.page.PlatformID + "_" + p.id }

func (p *post) permalink() string {
	if p.kind == reel {
		return "https://www.facebook.com/reel/" + p.video + "/"
	}
	return "https://www.facebook.com/" + p.page.other + "/posts/" + p.id
}

// film says whether the post has a video.
func (p *post) film() bool { return p.kind == video || p.kind == reel }

// A kind is a kind of post.
type kind int

const (
	photo kind = iota
	album
	video
	reel
	link
	status
	share // of another Page's post
)

// kinds say how the platform words each kind, what part of all it is, and our
// word for it; "" where we have none.
var kinds = [...]struct {
	part      float64
	status    string // status_type
	mediaType string // of the attachment; "" where there is none
	attached  string // its type
	format    schema.Format
}{
	photo:  {0.42, "added_photos", "photo", "photo", schema.FormatImage},
	album:  {0.13, "added_photos", "album", "album", schema.FormatAlbum},
	video:  {0.13, "added_video", "video", "video_inline", schema.FormatVideo},
	reel:   {0.10, "added_video", "video", "video_inline", schema.FormatReel},
	link:   {0.10, "shared_story", "link", "share", ""},
	status: {0.08, "mobile_status_update", "", "", schema.FormatText},
	share:  {0.04, "shared_story", "photo", "photo", schema.FormatImage},
}

// The draws of a post's hash. A number is never used twice or given another
// meaning: that would change every world.
const (
	drawID = iota
	drawVideo
	drawDay
	drawSecond
	drawKind
	drawSilent
	drawLength
	drawPictures
	drawParent
	drawLanguage
	drawTopic
	drawPhrase
	drawPlace
	drawHours
	drawReach
	drawViews
	drawReactions
	drawLove
	drawWow
	drawHaha
	drawSad
	drawAngry
	drawCare
	drawComments
	drawShares
	drawClicks
	drawLinkClicks
	drawPhotoViews
	drawPlays
	drawPaid
	drawLong
	drawWatch
	drawNoShares
	drawCommented
)

// generate fills a Page with posts, spread over the two years.
func (w *World) generate(pg *page) {
	for i := range pg.plan.posts {
		h := sandbox.HashOf(w.options.Seed, "post", pg.Handle, strconv.Itoa(i))
		p := &post{page: pg, hash: h, id: h.Digits(drawID, "7", 15)}
		// Between 8 and 22 o'clock of Brasília, one after the other.
		day := int64((float64(i) + h.Unit(drawDay)) * (days - 1) / float64(pg.plan.posts))
		p.published = firstDay + day*sandbox.DaySeconds + int64(h.Between(drawSecond, 11*3600, 25*3600))
		p.describe(i + 1)
		pg.posts = append(pg.posts, p)
	}
	slices.SortFunc(pg.posts, func(a, b *post) int { return cmp.Or(cmp.Compare(a.published, b.published), cmp.Compare(a.id, b.id)) })
}

// describe says what the post is: its kind, its texts and what hangs on it. n
// counts the Page's posts.
func (p *post) describe(n int) {
	h := p.hash
	for part := h.Unit(drawKind) - kinds[0].part; part >= 0 && int(p.kind) < len(kinds)-1; part -= kinds[p.kind].part {
		p.kind++
	}
	switch p.kind {
	case album:
		p.pictures = 2 + int(h.Draw(drawPictures)%9)
	case video:
		p.seconds = 30 + int64(h.Draw(drawLength)%900)
	case reel:
		p.seconds = 8 + int64(h.Draw(drawLength)%80)
	case link:
		p.link = "https://example.org/" + p.page.Handle + "/" + strconv.Itoa(n)
	case share:
		p.parent = h.Digits(drawParent, "2", 15) + "_" + h.Digits(drawParent+1000, "5", 15)
		p.story = p.page.Name + " shared a post."
	}
	if p.film() {
		p.video = h.Digits(drawVideo, "9", 16)
	}
	p.write(n)
	if (p.kind == photo || p.kind == album) && h.Unit(drawSilent) < 0.06 {
		p.message = ""
		p.story = p.page.Name + " added photos. " + generatedNote
	}
}
