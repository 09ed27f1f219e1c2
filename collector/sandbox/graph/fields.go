package graph

import (
	"fmt"
	"strings"
)

// A Field is one item of a fields parameter, such as
// media.after(CURSOR).limit(25){id,caption}.
type Field struct {
	Name   string
	Args   []Arg   // in the order written
	Fields []Field // between braces
	Braces bool
}

// An Arg is a modifier of a field, such as limit(25).
type Arg struct{ Name, Value string }

// Arg returns the value of a modifier; the last one counts.
func (f Field) Arg(name string) (string, bool) {
	for i := len(f.Args) - 1; i >= 0; i-- {
		if f.Args[i].Name == name {
			return f.Args[i].Value, true
		}
	}
	return "", false
}

// What a fields parameter may hold; the platform has such limits too.
const (
	maxFieldDepth = 8
	maxFields     = 300
)

// ParseFields reads a fields parameter:
//
//	list  = [ item { "," item } ]
//	item  = name { "." name "(" value ")" } [ "{" list "}" ]
//
// White space may stand between tokens. An error is a *Error of code 2500.
func ParseFields(s string) ([]Field, error) {
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

func (p *fieldParser) list(depth int) ([]Field, error) {
	if depth > maxFieldDepth {
		return nil, &Error{Code: 2500, Message: "Syntax error: fields are nested too deep"}
	}
	if p.space(); p.pos == len(p.text) || p.text[p.pos] == '}' {
		return nil, nil
	}
	var out []Field
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

func (p *fieldParser) item(depth int) (Field, error) {
	if p.count++; p.count > maxFields {
		return Field{}, &Error{Code: 2500, Message: "Syntax error: too many fields"}
	}
	name, err := p.name()
	if err != nil {
		return Field{}, err
	}
	f := Field{Name: name}
	for p.take('.') {
		var a Arg
		if a.Name, err = p.name(); err != nil {
			return Field{}, err
		}
		if !p.take('(') {
			return Field{}, p.fail("(")
		}
		end := strings.IndexByte(p.text[p.pos:], ')')
		if end < 0 {
			p.pos = len(p.text)
			return Field{}, p.fail(")")
		}
		a.Value = strings.TrimSpace(p.text[p.pos : p.pos+end])
		p.pos += end + 1
		f.Args = append(f.Args, a)
	}
	if p.take('{') {
		f.Braces = true
		if f.Fields, err = p.list(depth + 1); err != nil {
			return Field{}, err
		}
		if !p.take('}') {
			return Field{}, p.fail("}")
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
	return &Error{Code: 2500, Message: fmt.Sprintf("Syntax error \"Expected %s instead of %s.\" at character %d: %s", want, got, p.pos, p.text)}
}

// FieldsText writes fields the way ParseFields reads them.
func FieldsText(fields []Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f.Name)
		for _, a := range f.Args {
			b.WriteString("." + a.Name + "(" + a.Value + ")")
		}
		if f.Braces {
			b.WriteString("{" + FieldsText(f.Fields) + "}")
		}
	}
	return b.String()
}
