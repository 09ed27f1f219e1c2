package x

import (
	"cmp"
	"slices"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
	"github.com/hamawaz/hamawaz/schema"
)

// created is when all accounts were made, as the sandbox tells it.
var created = time.Date(2023, 10, 1, 9, 0, 0, 0, time.UTC).Unix()

// account is an account with its posts, oldest first: by time and by id.
type account struct {
	sandbox.Account
	location  string
	generated bool
	posts     []*post
	byID      map[uint64]*post
	growth    sandbox.Growth
	following int64
}

// realAccount returns the account of the data. The data do not hold the platform's number
// of it, so it is made up.
func realAccount(handle string) *account {
	return &account{
		Account: sandbox.Account{
			Handle:     handle,
			PlatformID: userID(handle),
			Name:       "CDC (copy)",
			URL:        "https://x.com/" + handle,
			Bio:        "Copy of the public posts of January to June 2020, shown four years later. Not the account itself.",
			Department: sandbox.Department{
				NameEn:    "Centers for Disease Control (copy)",
				NameUr:    "مراکزِ انسدادِ امراض (نقل)",
				ShortName: "CDC",
				Kind:      "national agency",
			},
			Access: schema.AccessPublic,
		},
		location: "Atlanta, GA",
	}
}

// generatedAccounts are those whose posts nobody wrote. Their departments have
// accounts on Instagram too.
var generatedAccounts = []struct {
	handle, state string
	cities        []string
	level         float64 // of likes that a post usually gets
}{
	{"parana_gen", "Paraná", []string{"Curitiba", "Londrina", "Maringá", "Cascavel", "Foz do Iguaçu"}, 140},
	{"saopaulo_gen", "São Paulo", []string{"Campinas", "Santos", "Sorocaba", "Ribeirão Preto", "São José dos Campos"}, 420},
	{"scatarina_gen", "Santa Catarina", []string{"Florianópolis", "Joinville", "Blumenau", "Chapecó", "Criciúma"}, 90},
}

// generatedAccount returns one of them, without posts.
func generatedAccount(handle, state string) *account {
	d, _ := sandbox.StateGovernment(state)
	return &account{
		Account: sandbox.Account{
			Handle:     handle,
			PlatformID: userID(handle),
			Name:       "Governo: " + state + " (generated)",
			URL:        "https://x.com/" + handle,
			Bio:        "A generated account of a demo. Nobody wrote its posts; the government of " + state + " has nothing to do with them.",
			Department: d,
			Access:     schema.AccessOwner,
		},
		location:  state,
		generated: true,
	}
}

// userID returns the platform's number of an account, 19 digits, made up.
func userID(handle string) string { return sandbox.HashOf(0, "x user", handle).Digits(0, "17", 19) }

// add adds posts, which may come in any order.
func (a *account) add(posts []*post) {
	a.posts = append(a.posts, posts...)
	slices.SortFunc(a.posts, func(x, y *post) int { return cmp.Compare(x.id, y.id) })
	a.byID = make(map[uint64]*post, len(a.posts))
	for i, p := range a.posts {
		p.account, p.index = a, i
		a.byID[p.id] = p
	}
}
