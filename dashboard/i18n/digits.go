package i18n

import "strings"

// UrduDigits, in Printer.Digits, asks for the numerals of Urdu: those that
// Unicode calls extended Arabic-Indic. It has no effect in English.
const UrduDigits = "urdu"

// WithDigits returns the printer with the digits that a person chose. Urdu ones
// are for Urdu only.
func (p *Printer) WithDigits(digits string) *Printer {
	q := *p
	q.Digits = ""
	if digits == UrduDigits && p.RTL() {
		q.Digits = UrduDigits
	}
	return &q
}

// numerals turns Latin digits into those of Urdu, one by one.
var numerals = strings.NewReplacer("0", "۰", "1", "۱", "2", "۲", "3", "۳", "4", "۴",
	"5", "۵", "6", "۶", "7", "۷", "8", "۸", "9", "۹")

// signs does the same for the signs of a number: thousands, decimals and
// percent, as CLDR has them for Urdu.
var signs = strings.NewReplacer(",", "٬", ".", "٫", "%", "٪")

// Numerals returns a text of ours with its digits in those of the printer.
func (p *Printer) Numerals(s string) string {
	if p.Digits != UrduDigits {
		return s
	}
	return numerals.Replace(s)
}

// num returns the number, written in Latin digits, in those of the printer.
func (p *Printer) num(s string) Num {
	if p.Digits != UrduDigits {
		return Num(s)
	}
	return Num(signs.Replace(numerals.Replace(s)))
}
