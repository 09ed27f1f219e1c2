// Package i18n holds the dashboard's texts in English and Urdu, and writes
// numbers and dates in either.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed en.json ur.json
var files embed.FS

// Languages lists the languages of the dashboard, the default first.
func Languages() []string { return []string{"en", "ur"} }

// bundle reads the two files, once.
var bundle = sync.OnceValue(func() *goi18n.Bundle {
	b := goi18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, lang := range Languages() {
		if _, err := b.LoadMessageFileFS(files, lang+".json"); err != nil {
			panic(fmt.Sprintf("i18n: %v", err)) // embedded: a test reads both
		}
	}
	return b
})

// Match returns the language of the dashboard that suits an Accept-Language
// header best: English where none does.
func Match(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return "en"
	}
	matcher := language.NewMatcher([]language.Tag{language.English, language.Urdu})
	if _, i, confidence := matcher.Match(tags...); i == 1 && confidence > language.No {
		return "ur"
	}
	return "en"
}

// A Printer writes texts, numbers and dates in one language; days are cut in
// its zone.
type Printer struct {
	Lang   string // "en" or "ur"
	Dir    string // "ltr" or "rtl"
	Zone   *time.Location
	Digits string // UrduDigits, or empty: Latin ones
	loc    *goi18n.Localizer
}

// New returns the printer of the language: English for every word but "ur".
func New(lang string, zone *time.Location) *Printer {
	p := &Printer{Lang: "en", Dir: "ltr", Zone: zone}
	if lang == "ur" {
		p.Lang, p.Dir = "ur", "rtl"
	}
	p.loc = goi18n.NewLocalizer(bundle(), p.Lang)
	return p
}

// RTL reports whether the language is written from right to left.
func (p *Printer) RTL() bool { return p.Dir == "rtl" }

// Words is text that our own texts or dates brought forth: it is in the
// language of the sentence around it and needs no isolation.
type Words string

// Text returns the text of the key, to be escaped like any other. Args are
// pairs of a name and a value; the value named Count picks the plural form. In
// Urdu, numbers and names are wrapped in Unicode's isolates, so that neither
// turns the sentence around.
func (p *Printer) Text(key string, args ...any) string {
	return p.localize(key, args, func(v any) string {
		switch v := v.(type) {
		case Words:
			return string(v)
		case Num:
			return p.isolate("\u2066", string(v))
		case int:
			return p.isolate("\u2066", string(p.Int(v)))
		case template.HTML:
			panic("i18n: " + key + ": HTML in a plain text")
		default:
			return p.isolate("\u2068", fmt.Sprint(v))
		}
	})
}

// isolate wraps the text in the mark (U+2066: left to right; U+2068: by its
// first letter) and its end.
func (p *Printer) isolate(mark, s string) string {
	if !p.RTL() {
		return s
	}
	return mark + s + "\u2069"
}

// HTML returns the text of the key as HTML: numbers and names in elements that
// isolate them, everything else escaped. Args are as in Text; a value that is
// HTML already stays as it is.
func (p *Printer) HTML(key string, args ...any) template.HTML {
	return template.HTML(p.localize(key, args, func(v any) string {
		switch v := v.(type) {
		case template.HTML:
			return string(v)
		case Words:
			return template.HTMLEscapeString(string(v))
		case Num:
			return string(v.HTML())
		case int:
			return string(p.Int(v).HTML())
		default:
			return "<bdi>" + template.HTMLEscapeString(fmt.Sprint(v)) + "</bdi>"
		}
	}))
}

func (p *Printer) localize(key string, args []any, write func(any) string) string {
	cfg := goi18n.LocalizeConfig{MessageID: key}
	data := make(map[string]string, len(args)/2)
	var values []string // place holder and value in turn
	for i := 0; i+1 < len(args); i += 2 {
		name := args[i].(string)
		if n, ok := args[i+1].(int); ok && name == "Count" {
			cfg.PluralCount = n
		}
		data[name] = write(args[i+1])
		if p.Digits == UrduDigits {
			// The text's own digits are to be Urdu ones; those of a handle or an
			// address within it are not.
			hold := string(rune(0xe000 + i/2))
			values = append(values, hold, data[name])
			data[name] = hold
		}
	}
	cfg.TemplateData = data
	s, err := p.loc.Localize(&cfg)
	if err != nil {
		return "[" + key + "]" // a test looks for every key that code and templates name
	}
	if p.Digits == UrduDigits {
		s = strings.NewReplacer(values...).Replace(p.Numerals(s))
	}
	return strings.TrimSpace(s)
}
