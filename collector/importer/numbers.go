package importer

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// numbers reads the counts of one kind of export.
type numbers struct {
	thousands string // between groups of three digits; empty: nothing
	decimal   string
	unknown   map[string]bool
}

// numbers returns the reader of the map's counts.
func (m *Map) numbers() (numbers, error) {
	n := numbers{thousands: m.Thousands, decimal: m.Decimal, unknown: map[string]bool{}}
	if n.decimal == "" {
		n.decimal = "."
		if n.thousands == "." {
			n.decimal = ","
		}
	}
	if n.thousands == n.decimal {
		return n, fmt.Errorf("thousands and decimal are both %q", n.decimal)
	}
	for name, s := range map[string]string{"thousands": n.thousands, "decimal": n.decimal} {
		if strings.ContainsAny(s, "0123456789+-") || len([]rune(s)) > 1 {
			return n, fmt.Errorf("%s %q: want one character, such as a comma", name, s)
		}
	}
	for _, u := range m.Unknown {
		n.unknown[strings.ToLower(strings.TrimSpace(u))] = true
	}
	return n, nil
}

// A count is what a cell says.
type count struct {
	value  int64
	known  bool
	reason Reason // why a cell that says something is no count; empty: it is, or says nothing
	detail string
}

// parse reads a cell. A workbook's numbers are in full, so they may have an
// exponent; in a text an exponent means that digits were lost.
func (n *numbers) parse(cell string, sheet, round bool) count {
	if len(cell) > 0 && len(cell) < 19 && isDigits(cell) {
		v, _ := strconv.ParseInt(cell, 10, 64)
		return count{value: v, known: true}
	}
	s := asciiDigits(strings.TrimSpace(cell))
	switch s {
	case "", "-", "–", "—":
		return count{}
	}
	if n.unknown[strings.ToLower(s)] {
		return count{}
	}
	sign := ""
	switch {
	case strings.HasPrefix(s, "-"), strings.HasPrefix(s, "−"):
		sign, s = "-", strings.TrimPrefix(strings.TrimPrefix(s, "−"), "-")
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	if sheet {
		if v, ok := sheetNumber(s); ok {
			s = v
		}
		return n.finish(cell, sign, s, ".", round)
	}
	if n.thousands != "" {
		var ok bool
		if s, ok = ungroup(s, n.thousands, n.decimal); !ok {
			return no(ReasonNotNumber, "%q is no number with %q between groups of three digits", excerpt(cell), n.thousands)
		}
	}
	return n.finish(cell, sign, s, n.decimal, round)
}

func no(reason Reason, format string, args ...any) count {
	return count{reason: reason, detail: fmt.Sprintf(format, args...)}
}

func (n *numbers) finish(cell, sign, s, decimal string, round bool) count {
	whole, fraction, _ := strings.Cut(s, decimal)
	switch {
	case whole == "" || !isDigits(whole) || !isDigits(fraction):
		if looksShortened(s) {
			return no(ReasonShortened, "%q is shortened: digits are lost", excerpt(cell))
		}
		if n.thousands == "" && looksGrouped(s) {
			return no(ReasonNotWhole, "%q is no whole number: if %q stands between thousands, the map must say so", excerpt(cell), separatorIn(s))
		}
		return no(ReasonNotNumber, "%q is no number", excerpt(cell))
	case strings.Trim(fraction, "0") != "" && !round:
		return no(ReasonNotWhole, "%q is no whole number: if %q stands between thousands, the map must say so", excerpt(cell), decimal)
	case len(fraction) == 3 && !round && n.thousands == "" && len(whole) <= 3:
		// 1.000 is as well a thousand as one.
		return no(ReasonNotWhole, "%q may be a thousand times more: the map must say what stands between thousands", excerpt(cell))
	}
	v, ok := new(big.Int).SetString(whole, 10)
	switch {
	case !ok:
		return no(ReasonNotNumber, "%q is no number", excerpt(cell))
	case sign == "-" && v.Sign() > 0:
		return no(ReasonNegative, "%s is negative", excerpt(cell))
	case !v.IsInt64():
		return no(ReasonTooLarge, "%s is beyond 64 bits", excerpt(cell))
	}
	return count{value: v.Int64(), known: true}
}

// sheetNumber writes a number of a workbook without its exponent. Above 2⁵³ a
// workbook cannot hold every whole number, so it is left as it is.
func sheetNumber(s string) (string, bool) {
	if !strings.ContainsAny(s, "eE") {
		return s, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(f) >= 1<<53 {
		return s, false
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

// ungroup takes the separators out of 1.234.567, if they stand where they must.
func ungroup(s, thousands, decimal string) (string, bool) {
	whole, fraction, cut := strings.Cut(s, decimal)
	if thousands == " " { // also the spaces that do not break
		whole = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(whole)
	}
	groups := strings.Split(whole, thousands)
	for i, g := range groups {
		if !isDigits(g) || len(groups) > 1 && (i == 0 && (len(g) == 0 || len(g) > 3) || i > 0 && len(g) != 3) {
			return s, false
		}
	}
	whole = strings.Join(groups, "")
	if cut {
		return whole + decimal + fraction, true
	}
	return whole, true
}

// looksGrouped says whether s is like 1,568 or 1 234 567.
func looksGrouped(s string) bool {
	sep := separatorIn(s)
	if sep == "" {
		return false
	}
	_, ok := ungroup(s, sep, "\x00")
	return ok
}

func separatorIn(s string) string {
	if i := strings.IndexAny(s, ".,' \u00a0\u202f"); i > 0 {
		for _, r := range s[i:] {
			return string(r)
		}
	}
	return ""
}

// looksShortened says whether s is like 9.2K, 3 mil or 1.8E+05.
func looksShortened(s string) bool {
	digits := strings.TrimRightFunc(s, unicode.IsLetter)
	if len(digits) < len(s) && strings.IndexFunc(strings.TrimSpace(digits), func(r rune) bool { return !(r >= '0' && r <= '9') && r != '.' && r != ',' }) < 0 && digits != "" {
		return true
	}
	return hasExponent(s)
}

// hasExponent says whether s is a number such as 1.8E+05, whose last digits a
// spreadsheet took.
func hasExponent(s string) bool {
	i := strings.IndexAny(s, "eE")
	if i <= 0 {
		return false
	}
	_, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	return err == nil
}

// isDigits says whether s has nothing but ASCII digits; the empty text has.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// asciiDigits writes Arabic and Persian digits, and their separators, in ASCII.
func asciiDigits(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x660 && r <= 0x6f9 }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r == '٫':
			return '.'
		case r == '٬':
			return ','
		}
		return r
	}, s)
}
