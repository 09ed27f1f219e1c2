package facebook

import (
	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// A plan is what the world is generated from, one Page each.
type plan struct {
	state  string // whose government answers for the Page
	handle string
	name   string
	access schema.Access
	posts  int     // that come out over the two years
	reach  float64 // of a usual post
	status string  // verification_status
}

// plans are the Pages of the world. A new one is a line here.
var plans = []plan{
	{"Alagoas", "governoal.sandbox", "Governo de Alagoas (sandbox)", schema.AccessPublic, 310, 2600, "not_verified"},
	{"Goiás", "governogo.sandbox", "Governo de Goiás (sandbox)", schema.AccessOwner, 380, 6100, "blue_verified"},
	{"Paraná", "governopr.sandbox", "Governo do Paraná (sandbox)", schema.AccessOwner, 460, 11000, "blue_verified"},
}

// A page is a Page with its posts, oldest first.
type page struct {
	sandbox.Account
	plan   plan
	other  string // the number that addresses of posts carry, which is not the Page's id
	posts  []*post
	byID   map[string]*post
	growth sandbox.Growth
}
