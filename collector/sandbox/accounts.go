package sandbox

import "github.com/hamawaz/hamawaz/schema"

// An Account is one account of the world.
type Account struct {
	UserID    string // the id that the API wants, 17 digits; made up
	ProfileID int64  // the platform's number of the account; real
	Handle    string
	Name      string // as the account called itself on its newest post
	State     string // the Brazilian state whose government it is
	StateUr   string // the state's name in Urdu letters
	Access    schema.Access
	URL       string
	Bio       string // says that this is a copy; the real text is not known
	Posts     int    // in the whole window
}

// known is what we add to an account of the data: how its state is written in
// Urdu, and how it may be read. The five accounts with the most hidden likes
// can be read by business discovery only, where hidden likes are left out.
var known = map[string]struct {
	stateUr string
	access  schema.Access
}{
	"governo.acre":        {"آکری", schema.AccessPublic},
	"governo_do_amazonas": {"ایمیزوناس", schema.AccessPublic},
	"governo_es":          {"ایسپیریتو سانتو", schema.AccessOwner},
	"governoamapa":        {"اماپا", schema.AccessOwner},
	"governodealagoas":    {"الاگواس", schema.AccessPublic},
	"governodopiaui":      {"پیاوئی", schema.AccessOwner},
	"governodorn":         {"ریو گراندے دو نورتے", schema.AccessPublic},
	"governodotocantins":  {"توکانتینس", schema.AccessOwner},
	"governogoias":        {"گوئیاس", schema.AccessOwner},
	"governoma":           {"مارانیاؤ", schema.AccessPublic},
	"governoms":           {"ماتو گروسو دو سول", schema.AccessOwner},
	"governoparana":       {"پارانا", schema.AccessOwner},
	"governope":           {"پرنامبوکو", schema.AccessOwner},
	"governoro":           {"روندونیا", schema.AccessOwner},
	"governosc":           {"سانتا کاتارینا", schema.AccessOwner},
	"governosergipe":      {"سیرژیپے", schema.AccessOwner},
	"governosp":           {"ساؤ پالو", schema.AccessOwner},
	"govmatogrosso":       {"ماتو گروسو", schema.AccessOwner},
	"govparaiba":          {"پارائیبا", schema.AccessOwner},
	"govroraima":          {"رورائیما", schema.AccessOwner},
}
