package youtube

import "github.com/hamawaz/hamawaz/collector/sandbox"

// A video is a video with what its counters end at.
type video struct {
	channel     *channel
	id          string
	title       string
	description string
	language    string // BCP 47
	tags        []string
	category    string
	added       int64 // to the list of uploads, Unix seconds
	published   int64 // when it comes out, Unix seconds; a stream's beginning
	due         int64 // when a stream is to begin; 0 for what is no stream
	seconds     int64 // its length
	fate        fate
	hides       hides
	captions    bool
	placement   bool // paid product placement, as its owner says
	final       finals
	comments    []*comment // the first ones first
	hash        sandbox.Hash
}

// A fate is what becomes of an upload.
type fate int

const (
	comesOut fate = iota
	staysPrivate
	isDeleted // within the second in which it was added
)

// hides are the counters that a video's owner does not show.
type hides struct{ views, likes, comments bool }

// out says whether the video was published in the second or before.
func (v *video) out(at int64) bool { return v.fate == comesOut && v.published <= at }

func (v *video) stream() bool { return v.due != 0 }

// live says whether the video is a stream that goes on in the second.
func (v *video) live(at int64) bool {
	return v.stream() && v.published <= at && at < v.published+v.seconds
}

// upcoming says whether the video is a stream that is announced.
func (v *video) upcoming(at int64) bool { return v.stream() && at < v.published }

// shownAs returns the moment that the platform calls the publication: that of
// the announcement, until a stream begins.
func (v *video) shownAs(at int64) int64 {
	if v.upcoming(at) {
		return v.added
	}
	return v.published
}
