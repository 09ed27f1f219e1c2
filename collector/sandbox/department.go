package sandbox

import (
	"strings"

	"github.com/hamawaz/hamawaz/schema"
)

// A Department answers for accounts, maybe on several platforms.
type Department struct {
	NameEn    string
	NameUr    string
	ShortName string // its ID is made of it
	Kind      string
}

// ID returns the short name as an id: letters without their marks, joined by
// dashes.
func (d Department) ID() schema.DepartmentID {
	plain := strings.NewReplacer("á", "a", "ã", "a", "í", "i", "ô", "o", "ó", "o", "é", "e", "ç", "c").Replace(strings.ToLower(d.ShortName))
	return schema.DepartmentID(strings.Join(strings.Fields(plain), "-"))
}

// stateUr spells the Brazilian states in Urdu letters.
var stateUr = map[string]string{
	"Acre":                "آکری",
	"Alagoas":             "الاگواس",
	"Amapá":               "اماپا",
	"Amazonas":            "ایمیزوناس",
	"Espírito Santo":      "ایسپیریتو سانتو",
	"Goiás":               "گوئیاس",
	"Maranhão":            "مارانیاؤ",
	"Mato Grosso":         "ماتو گروسو",
	"Mato Grosso do Sul":  "ماتو گروسو دو سول",
	"Paraná":              "پارانا",
	"Paraíba":             "پارائیبا",
	"Pernambuco":          "پرنامبوکو",
	"Piauí":               "پیاوئی",
	"Rio Grande do Norte": "ریو گراندے دو نورتے",
	"Rondônia":            "روندونیا",
	"Roraima":             "رورائیما",
	"Santa Catarina":      "سانتا کاتارینا",
	"Sergipe":             "سیرژیپے",
	"São Paulo":           "ساؤ پالو",
	"Tocantins":           "توکانتینس",
}

// StateGovernment returns the government of a Brazilian state, and false for a
// name that is none of the twenty states of the sandbox.
func StateGovernment(state string) (Department, bool) {
	ur, ok := stateUr[state]
	return Department{
		NameEn:    "Government of " + state,
		NameUr:    "حکومتِ " + ur,
		ShortName: state,
		Kind:      "state government",
	}, ok
}
