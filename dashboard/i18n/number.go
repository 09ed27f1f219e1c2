package i18n

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// A Num is a number as it is shown, with its sign and unit.
type Num string

// Dash stands for a number that is not known.
const Dash Num = "–"

// HTML returns the number in an element that keeps it from turning around in
// a sentence from right to left.
func (n Num) HTML() template.HTML {
	if n == Dash {
		return `<span class="unknown">–</span>`
	}
	return template.HTML(`<bdi class="num">` + template.HTMLEscapeString(string(n)) + `</bdi>`)
}

// Int returns the whole number, grouped by thousands.
func (p *Printer) Int(n int) Num { return p.num(sign(n < 0) + group(strconv.Itoa(abs(n)))) }

// Uint returns the whole number, grouped by thousands.
func (p *Printer) Uint(n uint64) Num { return p.num(group(strconv.FormatUint(n, 10))) }

// Count returns the number rounded to a whole one, or the dash.
func (p *Printer) Count(v *float64) Num {
	if unknown(v) {
		return Dash
	}
	digits := strconv.FormatFloat(math.Round(math.Abs(*v)), 'f', 0, 64)
	return p.num(sign(*v < 0 && digits != "0") + group(digits))
}

// Gain returns the number with its sign written out, or the dash.
func (p *Printer) Gain(v *float64) Num {
	n := p.Count(v)
	if n == Dash || math.Round(*v) <= 0 {
		return n
	}
	return "+" + n
}

// Percent returns the ratio in percent with so many digits after the point, or
// the dash.
func (p *Printer) Percent(ratio *float64, digits int) Num {
	if unknown(ratio) {
		return Dash
	}
	return p.num(decimals(*ratio*100, digits, false) + "%")
}

// Change returns a relative change in percent, its sign written out: one digit
// after the point below 1,000 %, none above. Nil gives the dash.
func (p *Printer) Change(ratio *float64) Num {
	if unknown(ratio) {
		return Dash
	}
	digits := 1
	if math.Abs(*ratio) >= 10 {
		digits = 0
	}
	return p.num(decimals(*ratio*100, digits, true) + "%")
}

// Points returns the difference of two ratios in percentage points, its sign
// written out, without the unit; the dash if either is unknown.
func (p *Printer) Points(now, before *float64) Num {
	if unknown(now) || unknown(before) {
		return Dash
	}
	d := (*now - *before) * 100
	if math.Abs(d) < 0.095 && math.Abs(d) >= 0.005 {
		return p.num(decimals(d, 2, true))
	}
	return p.num(decimals(d, 1, true))
}

// Decimal returns the number with so many digits after the point.
func (p *Printer) Decimal(v float64, digits int) Num { return p.num(decimals(v, digits, false)) }

func unknown(v *float64) bool { return v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) }

// decimals writes v; plus asks for a sign above zero too. What rounds to zero
// has no sign.
func decimals(v float64, digits int, plus bool) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
	whole, rest, point := strings.Cut(s, ".")
	out := group(whole)
	if point {
		out += "." + rest
	}
	switch zero := strings.Trim(s, "0.") == ""; {
	case zero:
		return out
	case v < 0:
		return sign(true) + out
	case plus:
		return "+" + out
	}
	return out
}

// sign returns the minus sign, which is not the hyphen.
func sign(negative bool) string {
	if negative {
		return "−"
	}
	return ""
}

// group puts a comma between thousands.
func group(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
