package tiktok

import (
	"sort"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// A plan is what the world is generated from, one account each.
type plan struct {
	state    string // whose government answers for the account
	handle   string
	dash     bool // the open_id begins with one, as some of the platform's do
	business bool // a registered business: more clicks are counted
	videos   int
	views    float64 // of a usual video
	cities   []string
}

// plans are the accounts of the world. A new one is a line here.
var plans = []plan{
	{"Paraná", "parana.gen", false, true, 420, 18_000, []string{"Curitiba", "Londrina", "Maringá", "Cascavel", "Foz do Iguaçu"}},
	{"Santa Catarina", "scatarina.gen", true, false, 310, 6_500, []string{"Florianópolis", "Joinville", "Blumenau", "Chapecó", "Criciúma"}},
	{"Pernambuco", "pernambuco.gen", false, false, 240, 2_400, []string{"Recife", "Olinda", "Caruaru", "Petrolina", "Garanhuns"}},
}

// An account is an account with its videos, oldest first.
type account struct {
	sandbox.Account
	plan      plan
	unionID   string
	videos    []*video // those that others can see
	hidden    []*video // those that nobody but the owner ever saw
	all       []*video // both
	growth    sandbox.Growth
	following int64
	older     int64 // likes of the videos of the years before, which are not listed
}

func newAccount(p plan, department sandbox.Department) *account {
	a := &account{plan: p, unionID: newID(sandbox.HashOf(0, "tiktok union", p.handle), "", 36)}
	start := ""
	if p.dash {
		start = "-000"
	}
	a.Account = sandbox.Account{
		Handle:     p.handle,
		PlatformID: newID(sandbox.HashOf(0, "tiktok account", p.handle), start, 36),
		Name:       department.ShortName + " (generated)",
		URL:        "https://www.tiktok.com/@" + p.handle,
		Bio:        "A generated account of a demo. Nobody made its videos; the government of " + p.state + " has nothing to do with them.",
		Department: department,
		Access:     schema.AccessOwner,
	}
	return a
}

// idLetters are those of the platform's ids of accounts.
const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// newID returns an id of so many letters that begins with start, or else with a
// letter.
func newID(h sandbox.Hash, start string, length int) string {
	b := []byte(start)
	for n := len(b); n < length; n++ {
		letters := idLetters
		if n == 0 {
			letters = idLetters[:52]
		}
		b = append(b, letters[h.Draw(uint64(n))%uint64(len(letters))])
	}
	return string(b)
}

// publishedBy returns how many of the videos, oldest first, were out at the
// second.
func publishedBy(videos []*video, at int64) int {
	return sort.Search(len(videos), func(i int) bool { return videos[i].published > at })
}
