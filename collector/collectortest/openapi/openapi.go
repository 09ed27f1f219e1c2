// Package openapi holds requests and answers against an OpenAPI 3.0 document:
// of it, as much as the contracts in our tests use.
package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A Document is a contract.
type Document struct {
	Servers []struct{ URL string }
	Paths   map[string]map[string]operation // by path and method in small letters

	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]securityScheme
	}
}

type operation struct {
	Security    []map[string][]string
	Parameters  []parameter
	RequestBody *struct {
		Required bool
		Content  map[string]media
	}
	Responses map[string]struct {
		Content map[string]media
	}
}

type media struct{ Schema map[string]any }

type parameter struct {
	Name     string
	In       string
	Required bool
	Explode  *bool
	Schema   map[string]any
}

type securityScheme struct{ Type, Scheme, In, Name string }

// Read reads the document in a file.
func Read(t testing.TB, file string) *Document {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := new(Document)
	if err := json.Unmarshal(b, d); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(d.Paths) == 0 {
		t.Fatalf("%s: no paths", file)
	}
	return d
}

// operation returns what the document says of a request, whatever the host.
func (d *Document) operation(method, path string) (operation, bool) {
	prefix := ""
	if len(d.Servers) > 0 {
		if u, err := url.Parse(d.Servers[0].URL); err == nil {
			prefix = strings.TrimSuffix(u.Path, "/")
		}
	}
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return operation{}, false
	}
	op, ok := d.Paths[rest][strings.ToLower(method)]
	return op, ok
}

// Has says whether the request's path and method are in the document.
func (d *Document) Has(method, path string) bool {
	_, ok := d.operation(method, path)
	return ok
}

// CheckRequest returns what the document does not allow in a request: an
// unknown path or parameter, a value of the wrong type, something required
// that is missing. body is the request's.
func (d *Document) CheckRequest(r *http.Request, body []byte) (faults []string) {
	where := r.Method + " " + r.URL.Path
	differ := func(format string, args ...any) { faults = append(faults, where+": "+fmt.Sprintf(format, args...)) }
	op, ok := d.operation(r.Method, r.URL.Path)
	if !ok {
		return []string{where + ": there is no such call"}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		differ("query: %v", err)
	}
	known := map[string]bool{}
	for _, p := range op.Parameters {
		known[p.Name] = true
		values, sent := query[p.Name]
		switch {
		case p.In != "query":
			differ("parameters in %s are not checked", p.In)
		case !sent && p.Required:
			differ("parameter %s is missing", p.Name)
		case len(values) > 1:
			differ("parameter %s comes %d times", p.Name, len(values))
		case sent:
			faults = append(faults, d.checkText(p.Schema, values[0], where+"?"+p.Name)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !known[name] {
			differ("there is no parameter %s", name)
		}
	}
	for _, s := range op.Security {
		for name := range s {
			scheme := d.Components.SecuritySchemes[name]
			switch {
			case scheme.Type == "http" && scheme.Scheme == "bearer" && !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "):
				differ("no bearer token")
			case scheme.Type == "apiKey" && scheme.In == "header" && r.Header.Get(scheme.Name) == "":
				differ("no header %s", scheme.Name)
			}
		}
	}
	return append(faults, d.checkBody(op, r.Header.Get("Content-Type"), body, where)...)
}

func (d *Document) checkBody(op operation, contentType string, body []byte, where string) []string {
	switch {
	case op.RequestBody == nil && len(body) > 0:
		return []string{where + ": it takes no body"}
	case op.RequestBody == nil, len(body) == 0 && !op.RequestBody.Required:
		return nil
	case len(body) == 0:
		return []string{where + ": the body is missing"}
	}
	kind, _, err := mime.ParseMediaType(contentType)
	m, ok := op.RequestBody.Content[kind]
	if err != nil || !ok {
		return []string{where + ": it takes no body of the type " + contentType}
	}
	if kind != "application/x-www-form-urlencoded" {
		return d.checkJSON(m.Schema, body, where)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return []string{where + ": " + err.Error()}
	}
	v := make(map[string]any, len(form))
	for name := range form {
		v[name] = form.Get(name)
	}
	return d.check(m.Schema, v, where)
}

// CheckAnswer returns what the document does not allow in an answer to a
// request: an unknown status, a member that is not in the schema, a value of
// the wrong type, something required that is missing.
func (d *Document) CheckAnswer(method, path string, status int, contentType string, body []byte) []string {
	where := fmt.Sprintf("%s %s: %d", method, path, status)
	op, ok := d.operation(method, path)
	if !ok {
		return []string{where + ": there is no such call"}
	}
	answer, ok := op.Responses[strconv.Itoa(status)]
	if !ok {
		return []string{where + ": there is no such answer"}
	}
	if len(answer.Content) == 0 {
		if len(body) > 0 {
			return []string{where + ": the body should be empty"}
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	m, ok := answer.Content[kind]
	if err != nil || !ok {
		return []string{where + ": it does not answer with " + contentType}
	}
	return d.checkJSON(m.Schema, body, where)
}

func (d *Document) checkJSON(schema map[string]any, body []byte, where string) []string {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return []string{where + ": " + err.Error()}
	}
	if dec.More() {
		return []string{where + ": more than one value"}
	}
	return d.check(schema, v, where)
}

// checkText checks the text of a parameter. A list is joined by commas.
func (d *Document) checkText(schema map[string]any, text, where string) (faults []string) {
	if schema["type"] == "array" {
		items, _ := schema["items"].(map[string]any)
		for part := range strings.SplitSeq(text, ",") {
			faults = append(faults, d.checkText(items, part, where)...)
		}
		return faults
	}
	switch schema["type"] {
	case "integer", "number":
		return d.check(schema, json.Number(text), where)
	case "boolean":
		if v, err := strconv.ParseBool(text); err == nil {
			return d.check(schema, v, where)
		}
	}
	return d.check(schema, text, where)
}

// check returns where v differs from the schema.
func (d *Document) check(schema map[string]any, v any, path string) (faults []string) {
	differ := func(format string, args ...any) { faults = append(faults, path+": "+fmt.Sprintf(format, args...)) }
	if ref, ok := schema["$ref"].(string); ok {
		next, ok := d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
		if !ok {
			return []string{path + ": no schema " + ref}
		}
		return d.check(next, v, path)
	}
	if choices, ok := schema["oneOf"].([]any); ok {
		for _, choice := range choices {
			if faults = d.check(choice.(map[string]any), v, path); len(faults) == 0 {
				return nil
			}
		}
		return faults
	}
	if v == nil && schema["nullable"] == true {
		return nil
	}
	if all, ok := schema["enum"].([]any); ok && !slices.Contains(all, v) {
		differ("%v is none of %v", v, all)
	}
	switch schema["type"] {
	case "object":
		object, ok := v.(map[string]any)
		if !ok {
			differ("%T is no object", v)
			return faults
		}
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := object[name.(string)]; !ok {
				differ("%s is missing", name)
			}
		}
		if properties == nil {
			return faults
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			next, ok := properties[name].(map[string]any)
			if !ok {
				differ("there is no %s", name)
				continue
			}
			faults = append(faults, d.check(next, object[name], path+"."+name)...)
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			differ("%T is no array", v)
			return faults
		}
		if most, ok := schema["maxItems"].(float64); ok && len(list) > int(most) {
			differ("%d items", len(list))
		}
		items, _ := schema["items"].(map[string]any)
		for _, x := range list {
			faults = append(faults, d.check(items, x, path+"[]")...)
		}
	case "string":
		s, ok := v.(string)
		if !ok {
			differ("%T is no string", v)
			return faults
		}
		if _, err := time.Parse(time.DateOnly, s); schema["format"] == "date" && err != nil {
			differ("%q is no date", s)
		}
	case "integer", "number":
		n, ok := v.(json.Number)
		if !ok {
			differ("%T is no number", v)
			return faults
		}
		faults = append(faults, checkNumber(schema, n, path)...)
	case "boolean":
		if _, ok := v.(bool); !ok {
			differ("%T is no boolean", v)
		}
	default:
		differ("schemas of the type %v are not checked", schema["type"])
	}
	return faults
}

func checkNumber(schema map[string]any, n json.Number, path string) (faults []string) {
	differ := func(format string, args ...any) { faults = append(faults, path+": "+fmt.Sprintf(format, args...)) }
	if schema["type"] == "integer" {
		bits := 64
		if schema["format"] == "int32" {
			bits = 32
		}
		if _, err := strconv.ParseInt(string(n), 10, bits); err != nil {
			differ("%s is no whole number of %d bits", n, bits)
		}
	}
	f, err := n.Float64()
	if err != nil {
		differ("%s is no number", n)
	}
	if least, ok := schema["minimum"].(float64); ok && f < least {
		differ("%s is less than %v", n, least)
	}
	if most, ok := schema["maximum"].(float64); ok && f > most {
		differ("%s is more than %v", n, most)
	}
	return faults
}
