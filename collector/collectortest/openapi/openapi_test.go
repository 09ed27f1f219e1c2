package openapi

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const document = `{"servers":[{"url":"https://example.org/v1"}],"paths":{"/list/":{"post":{
	"security":[{"key":[]}],
	"parameters":[
		{"name":"fields","in":"query","required":true,"explode":false,"schema":{"type":"array","items":{"type":"string","enum":["id","n"]}}},
		{"name":"from","in":"query","schema":{"type":"string","format":"date"}},
		{"name":"all","in":"query","schema":{"type":"boolean"}}],
	"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"max":{"type":"integer","format":"int32","minimum":1,"maximum":20}}}},
		"application/x-www-form-urlencoded":{"schema":{"type":"object","properties":{"key":{"type":"string"}},"required":["key"]}}}},
	"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/List"}}}},"204":{}}}}},
	"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"Key"}},"schemas":{"List":{"type":"object","required":["items"],"properties":{
		"items":{"type":"array","maxItems":2,"items":{"type":"object","properties":{"id":{"type":"string"},"n":{"oneOf":[{"type":"integer"},{"type":"string"}]},"f":{"type":"number"},"ok":{"type":"boolean"}}}},
		"free":{"type":"object"},"maybe":{"type":"string","nullable":true}}}}}}`

func read(t *testing.T) *Document {
	t.Helper()
	file := filepath.Join(t.TempDir(), "document.json")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return Read(t, file)
}

func TestCheckRequest(t *testing.T) {
	d := read(t)
	tests := []struct {
		name              string
		method, url, kind string
		body, want        string // want: part of the only fault; "": none
		noKey             bool
	}{
		{name: "right", method: "POST", url: "/v1/list/?fields=id,n&from=2024-06-01&all=true", kind: "application/json; charset=UTF-8", body: `{"max":20}`},
		{name: "no body", method: "POST", url: "/v1/list/?fields=id"},
		{name: "form", method: "POST", url: "/v1/list/?fields=id", kind: "application/x-www-form-urlencoded", body: "key=a"},
		{name: "form without key", method: "POST", url: "/v1/list/?fields=id", kind: "application/x-www-form-urlencoded", body: "keys=a&key2=", want: "key is missing"},
		{name: "path", method: "POST", url: "/v1/list?fields=id", want: "no such call"},
		{name: "version", method: "POST", url: "/v2/list/?fields=id", want: "no such call"},
		{name: "method", method: "GET", url: "/v1/list/?fields=id", want: "no such call"},
		{name: "field", method: "POST", url: "/v1/list/?fields=id,x", want: "x is none of"},
		{name: "no fields", method: "POST", url: "/v1/list/", want: "fields is missing"},
		{name: "parameter", method: "POST", url: "/v1/list/?fields=id&max=2", want: "no parameter max"},
		{name: "twice", method: "POST", url: "/v1/list/?fields=id&fields=n", want: "comes 2 times"},
		{name: "date", method: "POST", url: "/v1/list/?fields=id&from=today", want: "no date"},
		{name: "boolean", method: "POST", url: "/v1/list/?fields=id&all=maybe", want: "no boolean"},
		{name: "no key", method: "POST", url: "/v1/list/?fields=id", noKey: true, want: "no header Key"},
		{name: "kind", method: "POST", url: "/v1/list/?fields=id", kind: "text/plain", body: "x", want: "no body of the type"},
		{name: "too many", method: "POST", url: "/v1/list/?fields=id", kind: "application/json", body: `{"max":21}`, want: "more than 20"},
		{name: "too few", method: "POST", url: "/v1/list/?fields=id", kind: "application/json", body: `{"max":0}`, want: "less than 1"},
		{name: "fraction", method: "POST", url: "/v1/list/?fields=id", kind: "application/json", body: `{"max":1.5}`, want: "no whole number"},
		{name: "text", method: "POST", url: "/v1/list/?fields=id", kind: "application/json", body: `{"max":"1"}`, want: "string is no number"},
		{name: "no JSON", method: "POST", url: "/v1/list/?fields=id", kind: "application/json", body: `{`, want: "EOF"},
		{name: "two values", method: "POST", url: "/v1/list/?fields=id", kind: "application/json", body: `{}{}`, want: "more than one value"},
	}
	for _, tt := range tests {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, "http://localhost"+tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", tt.kind)
		if !tt.noKey {
			r.Header.Set("Key", "secret")
		}
		faults := d.CheckRequest(r, []byte(tt.body))
		if tt.name == "form without key" && len(faults) == 3 {
			faults = faults[:1] // two unknown ones beside
		}
		if tt.want == "" && len(faults) > 0 || tt.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], tt.want)) {
			t.Errorf("%s: CheckRequest: got %q, want %q", tt.name, faults, tt.want)
		}
	}
}

func TestCheckAnswer(t *testing.T) {
	d := read(t)
	const kind = "application/json; charset=utf-8"
	tests := []struct {
		status int
		kind   string
		body   string
		want   string
	}{
		{200, kind, `{"items":[{"id":"1","n":9223372036854775807,"f":1.5,"ok":true},{"n":"7"}],"free":{"a":1},"maybe":null}`, ""},
		{204, "", ``, ""},
		{204, kind, `{}`, "should be empty"},
		{404, kind, `{}`, "no such answer"},
		{200, "text/html", `{}`, "does not answer with"},
		{200, kind, `[]`, "is no object"},
		{200, kind, `{}`, "items is missing"},
		{200, kind, `{"items":{}}`, "is no array"},
		{200, kind, `{"items":[{},{},{}]}`, "3 items"},
		{200, kind, `{"items":[{"id":1}]}`, "is no string"},
		{200, kind, `{"items":[{"n":1.5}]}`, "is no string"},
		{200, kind, `{"items":[{"f":"x"}]}`, "is no number"},
		{200, kind, `{"items":[{"ok":1}]}`, "is no boolean"},
		{200, kind, `{"items":[{"ID":"1"}]}`, "there is no ID"},
		{200, kind, `{"items":[null]}`, "is no object"},
	}
	for _, tt := range tests {
		faults := d.CheckAnswer("POST", "/v1/list/", tt.status, tt.kind, []byte(tt.body))
		if tt.want == "" && len(faults) > 0 || tt.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], tt.want)) {
			t.Errorf("CheckAnswer(%d, %s): got %q, want %q", tt.status, tt.body, faults, tt.want)
		}
	}
	if !d.Has("POST", "/v1/list/") || d.Has("GET", "/v1/list/") || len(d.CheckAnswer("GET", "/v1/list/", 200, kind, nil)) != 1 {
		t.Error("a call that is not in the document is there, or one that is is not")
	}
}
