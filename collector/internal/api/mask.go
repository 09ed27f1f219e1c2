package api

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

const masked = "MASKED"

// secretNames are the parameters and JSON keys whose values are secret
// wherever they stand. A longer name that ends in one of them counts too.
var secretNames = []string{
	"access_token", "refresh_token", "fb_exchange_token", "input_token", "id_token", "oauth_token",
	"client_secret", "token_secret", "app_secret", "appsecret_proof", "oauth_signature", "oauth_verifier",
	"code_verifier", "client_assertion", "api_key", "password",
}

// shortNames are secret as parameters of a query only: as JSON keys they name
// the number of an error and other things that we need to see.
var shortNames = []string{"code", "key", "token", "signature"}

// Mask returns s with the secrets in it replaced: values of secret parameters
// in URLs, plain, percent-encoded or inside JSON; values of secret JSON keys;
// bearer tokens; passwords of URLs; and the given secrets wherever they stand.
// Text without secrets comes back as it is.
func Mask(s string, secrets ...string) string {
	var forms []string
	for _, secret := range secrets {
		forms = append(forms, secretForms(secret)...)
	}
	return mask(s, forms)
}

// secretForms returns the ways in which a secret may be spelt. Anything
// shorter than six bytes would be found everywhere and guards nothing.
func secretForms(secret string) []string {
	if len(secret) < 6 {
		return nil
	}
	forms := []string{secret}
	add := func(f string) {
		if !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	add(url.QueryEscape(secret))
	add(url.PathEscape(secret))
	add(strings.ReplaceAll(secret, "/", `\/`))
	if quoted, err := json.Marshal(secret); err == nil {
		add(string(quoted[1 : len(quoted)-1]))
	}
	return forms
}

func mask(s string, forms []string) string {
	for _, f := range forms {
		s = strings.ReplaceAll(s, f, masked)
	}
	// One pass over the bytes that may stand before a value: whole pages come
	// through here.
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		from, to := -1, -1
		switch s[i] {
		case '=', '%', '\\':
			if n, nested := equals(s[i:]); n > 0 && isSecretParameter(s[:i]) {
				from = i + n
				to = from + queryValue(s[from:], nested)
			}
		case ':':
			if strings.HasPrefix(s[i:], "://") {
				from = i + len("://")
				to = from + userLen(s[from:])
			} else if quote := jsonKey(s[:i]); quote > 0 {
				from, to = jsonValue(s, i+1, s[quote-1] == '\\')
			}
		case 'B', 'b':
			if hasPrefixFold(s[i:], "bearer ") {
				from = i + len("bearer ")
				to = from + bearerLen(s[from:])
			}
		}
		if to > from {
			b.WriteString(s[done:from])
			b.WriteString(masked)
			done, i = to, to-1
		}
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// equals returns the length of the equals sign that s begins with, in the
// spelling of a URL, of JSON, or of a URL within a URL.
func equals(s string) (n int, nested bool) {
	switch {
	case s[0] == '=':
		return 1, false
	case strings.HasPrefix(s, `\u003d`), strings.HasPrefix(s, `\u003D`):
		return len(`\u003d`), false
	case hasPrefixFold(s, "%3d"):
		return len("%3d"), true
	case hasPrefixFold(s, "%253d"):
		return len("%253d"), true
	}
	return 0, false
}

// isSecretParameter says whether s ends in the name of a secret parameter.
func isSecretParameter(s string) bool {
	if endsInSecret(s) {
		return true
	}
	for _, name := range shortNames {
		if hasSuffixFold(s, name) && beginsParameter(s[:len(s)-len(name)]) {
			return true
		}
	}
	return false
}

func endsInSecret(s string) bool {
	// The last letters of all the names: most keys of a page end here.
	if s == "" || strings.IndexByte("nterfyd", s[len(s)-1]|0x20) < 0 {
		return false
	}
	for _, name := range secretNames {
		if hasSuffixFold(s, name) {
			return true
		}
	}
	return false
}

// beginsParameter says whether a parameter's name may begin after before.
func beginsParameter(before string) bool {
	if before == "" || strings.IndexByte("?&# \n\"'", before[len(before)-1]) >= 0 {
		return true
	}
	for _, e := range []string{`\u0026`, "%26", "%3f", "%2526", "%253f"} {
		if hasSuffixFold(before, e) {
			return true
		}
	}
	return false
}

// jsonKey returns where the closing quote stands, if s ends in a secret JSON
// key, and 0 otherwise.
func jsonKey(s string) int {
	s = strings.TrimRight(s, " \t\r\n")
	if s == "" || s[len(s)-1] != '"' {
		return 0
	}
	quote := len(s) - 1
	if !endsInSecret(strings.TrimRight(s[:quote], `\`)) {
		return 0
	}
	return quote
}

// jsonValue returns where the text of the string is that stands at s[i:]; to
// is from where there is none. nested is for JSON in a string of JSON.
func jsonValue(s string, i int, nested bool) (from, to int) {
	for i < len(s) && strings.IndexByte(" \t\r\n\\", s[i]) >= 0 {
		i++
	}
	if i >= len(s) || s[i] != '"' {
		return i, i
	}
	from = i + 1
	for i = from; i < len(s); i++ {
		switch s[i] {
		case '"':
			return from, i
		case '\\':
			if nested && i+1 < len(s) && s[i+1] == '"' {
				return from, i
			}
			i++
		}
	}
	return from, len(s)
}

// userLen returns the length of the user part of the URL whose host part s
// begins with, or 0.
func userLen(s string) int {
	n := strings.IndexAny(s[:min(len(s), 512)], "@/?# \t\r\n\"'\\<>")
	if n < 0 || s[n] != '@' {
		return 0
	}
	return n
}

// bearerLen returns the length of the token that s begins with. Prose about
// bearers of anything is not one.
func bearerLen(s string) int {
	n := strings.IndexAny(s, " \t\r\n\"'\\,;")
	if n < 0 {
		n = len(s)
	}
	if n < 16 {
		return 0
	}
	return n
}

// queryValue returns the length of the parameter's value that s begins with.
func queryValue(s string, nested bool) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '&', '"', '\'', '<', '>', ' ', '\t', '\r', '\n', '#':
			return i
		case '%':
			if nested && (strings.HasPrefix(s[i:], "%26") || strings.HasPrefix(s[i:], "%2526")) {
				return i
			}
		case '\\':
			// Inside JSON a slash and any rune may be escaped; an escaped
			// ampersand ends the value, and so does an escaped quote.
			switch {
			case strings.HasPrefix(s[i:], `\u0026`),
				!strings.HasPrefix(s[i:], `\/`) && !strings.HasPrefix(s[i:], `\u`):
				return i
			}
			i++
		}
	}
	return len(s)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-1]|0x20 == suffix[len(suffix)-1] && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
