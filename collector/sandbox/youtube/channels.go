package youtube

import (
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// A plan is what the world is generated from, one channel each.
type plan struct {
	state   string // whose government answers for the channel
	handle  string
	user    string // the name that channels had before handles; "" for none
	name    string
	founded string // with the fraction of a second that newer channels have
	access  schema.Access
	videos  int     // that come out in 2024
	views   float64 // of a usual video
	hidden  bool    // the number of subscribers is
}

// plans are the channels of the world. A new one is a line here.
var plans = []plan{
	{"São Paulo", "governosp.sandbox", "", "Governo de São Paulo (sandbox)", "2011-03-14T17:20:09Z", schema.AccessPublic, 600, 9000, false},
	{"Paraná", "governopr.sandbox", "SandboxParana", "Governo do Paraná (sandbox)", "2009-11-02T12:45:31Z", schema.AccessOwner, 420, 5200, false},
	{"Santa Catarina", "governosc.sandbox", "", "Governo de Santa Catarina (sandbox)", "2012-05-21T19:03:44.000Z", schema.AccessOwner, 300, 3100, false},
	{"Pernambuco", "governope.sandbox", "", "Governo de Pernambuco (sandbox)", "2022-09-08T18:49:42.012416Z", schema.AccessPublic, 220, 1400, false},
	{"Rondônia", "governoro.sandbox", "", "Governo de Rondônia (sandbox)", "2023-01-30T14:11:58.731904Z", schema.AccessPublic, 150, 700, true},
}

// A channel is a channel with its videos.
type channel struct {
	sandbox.Account
	plan    plan
	uploads []*video // all, in the order in which they were added
	videos  []*video // those that come out, in the order in which they do
	growth  sandbox.Growth
	older   int64 // views of the videos of the years before, which are not listed
}

// listID returns the id of the channel's list of uploads.
func (ch *channel) listID() string { return "UU" + ch.PlatformID[2:] }

// idLetters are those of the platform's ids.
const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// newID returns an id of so many letters after the prefix.
func newID(h sandbox.Hash, prefix string, letters int) string {
	b := []byte(prefix)
	for n := range letters {
		b = append(b, idLetters[h.Draw(uint64(n))%uint64(len(idLetters))])
	}
	return string(b)
}
