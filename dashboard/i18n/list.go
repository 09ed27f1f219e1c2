package i18n

import "strings"

// List joins words to a list: "a, b and c".
func (p *Printer) List(words []string) string {
	comma, and := ", ", " and "
	if p.RTL() {
		comma, and = "، ", " اور "
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], comma) + and + words[last]
}
