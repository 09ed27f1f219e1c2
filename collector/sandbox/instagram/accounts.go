package instagram

import "github.com/hamawaz/hamawaz/schema"

// accessTo says how each account of the data may be read. The five accounts
// with the most hidden likes can be read by business discovery only, where
// hidden likes are left out.
var accessTo = map[string]schema.Access{
	"governo.acre":        schema.AccessPublic,
	"governo_do_amazonas": schema.AccessPublic,
	"governo_es":          schema.AccessOwner,
	"governoamapa":        schema.AccessOwner,
	"governodealagoas":    schema.AccessPublic,
	"governodopiaui":      schema.AccessOwner,
	"governodorn":         schema.AccessPublic,
	"governodotocantins":  schema.AccessOwner,
	"governogoias":        schema.AccessOwner,
	"governoma":           schema.AccessPublic,
	"governoms":           schema.AccessOwner,
	"governoparana":       schema.AccessOwner,
	"governope":           schema.AccessOwner,
	"governoro":           schema.AccessOwner,
	"governosc":           schema.AccessOwner,
	"governosergipe":      schema.AccessOwner,
	"governosp":           schema.AccessOwner,
	"govmatogrosso":       schema.AccessOwner,
	"govparaiba":          schema.AccessOwner,
	"govroraima":          schema.AccessOwner,
}
