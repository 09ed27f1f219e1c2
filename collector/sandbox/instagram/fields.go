package instagram

import (
	"fmt"
	"strings"
)

// A field is one item of a fields parameter, such as
// media.after(CURSOR).limit(25){id,caption}.
type field struct {
	name   string
	args   []arg   // in the order written
	fields []field // between braces
	braces bool
}

type arg struct{ name, value string }

// arg returns the value of a modifier; the last one counts.
func (f field) arg(name string) (string, bool) {
	for i := len(f.args) - 1; i >= 0; i-- {
		if f.args[i].name == name {
			return f.args[i].value, true
		}
	}
	return "", false
}

// What a fields parameter may hold; the platform has such limits too.
const (
	maxFieldDepth = 8
	maxFields     = 300
)

// parseFields reads a fields parameter:
//
//	list  = [ item { "," item } ]
//	item  = name { "." name "(" value ")" } [ "{" list "}" ]
//
// White space may stand between tokens. An error is a *GraphError of code 2500.
func parseFields(s string) ([]field, error) {
	p := fieldParser{text: s}
	fields, err := p.list(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(s) {
		return nil, p.fail("end of string")
	}
	return fields, nil
}

type fieldParser struct {
	text  string
	pos   int
	count int
}

func (p *fieldParser) list(depth int) ([]field, error) {
	if depth > maxFieldDepth {
		return nil, &GraphError{Code: 2500, Message: "Syntax error: fields are nested too deep"}
	}
	if p.space(); p.pos == len(p.text) || p.text[p.pos] == '}' {
		return nil, nil
	}
	var out []field
	for {
		f, err := p.item(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
		if !p.take(',') {
			return out, nil
		}
	}
}

func (p *fieldParser) item(depth int) (field, error) {
	if p.count++; p.count > maxFields {
		return field{}, &GraphError{Code: 2500, Message: "Syntax error: too many fields"}
	}
	name, err := p.name()
	if err != nil {
		return field{}, err
	}
	f := field{name: name}
	for p.take('.') {
		var a arg
		if a.name, err = p.name(); err != nil {
			return field{}, err
		}
		if !p.take('(') {
			return field{}, p.fail("(")
		}
		end := strings.IndexByte(p.text[p.pos:], ')')
		if end < 0 {
			p.pos = len(p.text)
			return field{}, p.fail(")")
		}
		a.value = strings.TrimSpace(p.text[p.pos : p.pos+end])
		p.pos += end + 1
		f.args = append(f.args, a)
	}
	if p.take('{') {
		f.braces = true
		if f.fields, err = p.list(depth + 1); err != nil {
			return field{}, err
		}
		if !p.take('}') {
			return field{}, p.fail("}")
		}
	}
	return f, nil
}

func (p *fieldParser) name() (string, error) {
	p.space()
	start := p.pos
	for p.pos < len(p.text) && isNameByte(p.text[p.pos]) {
		p.pos++
	}
	if p.pos == start {
		return "", p.fail("a field name")
	}
	return p.text[start:p.pos], nil
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (p *fieldParser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// take moves past c if it is next.
func (p *fieldParser) take(c byte) bool {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *fieldParser) fail(want string) error {
	got := "end of string"
	if p.pos < len(p.text) {
		got = fmt.Sprintf("%q", p.text[p.pos:p.pos+1])
	}
	return &GraphError{Code: 2500, Message: fmt.Sprintf("Syntax error \"Expected %s instead of %s.\" at character %d: %s", want, got, p.pos, p.text)}
}
