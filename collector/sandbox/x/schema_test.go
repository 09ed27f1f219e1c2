package x_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// contract is what one version of the specification says of the paths that the
// sandbox serves.
type contract struct {
	Paths   map[string]contractPath `json:"paths"`
	Schemas map[string]any          `json:"schemas"`
}

type contractPath struct {
	Parameters map[string]any `json:"parameters"` // by name, in the query
	Answer     map[string]any `json:"answer"`
}

func readContract(t *testing.T, version string) *contract {
	t.Helper()
	b, err := os.ReadFile("testdata/contract-" + version + ".json")
	if err != nil {
		t.Fatal(err)
	}
	c := new(contract)
	if err := json.Unmarshal(b, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// values returns what a parameter of names may hold.
func (c *contract) values(path, parameter string) []string {
	p, _ := c.Paths[path].Parameters[parameter].(map[string]any)
	items, _ := p["items"].(map[string]any)
	var out []string
	all, _ := items["enum"].([]any)
	for _, v := range all {
		out = append(out, v.(string))
	}
	return out
}

// beyond are members that the platform sends and a specification lacks.
var beyond = map[string]bool{
	// The guides name these; 2.166 has the impressions alone, 2.167 none.
	"non_public_metrics.url_link_clicks":     true,
	"non_public_metrics.user_profile_clicks": true,
	"non_public_metrics.engagements":         true,
	"non_public_metrics.impression_count":    true,
	"organic_metrics.url_link_clicks":        true,
	"organic_metrics.user_profile_clicks":    true,
	"organic_metrics.impression_count":       true,
	"organic_metrics.like_count":             true,
	"organic_metrics.reply_count":            true,
	"organic_metrics.repost_count":           true,
	"promoted_metrics.impression_count":      true,
	"promoted_metrics.like_count":            true,
	"promoted_metrics.reply_count":           true,
	"promoted_metrics.repost_count":          true,
	// 2.166 has these for other problems, 2.167 for this one too.
	"errors[].value":       true,
	"errors[].parameter":   true,
	"errors[].resource_id": true,
	// Since 2023, in 2.167.
	"public_metrics.media_count": true,
}

// check returns how a value differs from a schema.
func (c *contract) check(schema map[string]any, v any, path string) (faults []string) {
	differ := func(format string, args ...any) { faults = append(faults, path+": "+fmt.Sprintf(format, args...)) }
	if ref, ok := schema["$ref"].(string); ok {
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		next, ok := c.Schemas[name].(map[string]any)
		if !ok {
			return []string{path + ": no schema " + name}
		}
		return c.check(next, v, path)
	}
	if d, ok := schema["discriminator"].(map[string]any); ok {
		object, _ := v.(map[string]any)
		kind, _ := object[d["propertyName"].(string)].(string)
		ref, ok := d["mapping"].(map[string]any)[kind].(string)
		if !ok {
			return []string{path + ": no problem of the type " + kind}
		}
		next := c.Schemas[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any)
		if parts, ok := next["allOf"].([]any); ok { // the first is this one again
			next = map[string]any{"allOf": parts[1:]}
			base := maps.Clone(schema)
			delete(base, "discriminator")
			next["allOf"] = append([]any{base}, parts[1:]...)
		}
		return c.check(next, v, path)
	}
	if parts, ok := schema["allOf"].([]any); ok {
		return c.check(c.merge(parts), v, path)
	}
	if choices, ok := schema["oneOf"].([]any); ok {
		for _, choice := range choices {
			if faults = c.check(choice.(map[string]any), v, path); len(faults) == 0 {
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
		for _, name := range slices.Sorted(maps.Keys(object)) {
			next, ok := properties[name].(map[string]any)
			switch inside := path[strings.LastIndexByte(path, '.')+1:] + "." + name; {
			case ok:
				faults = append(faults, c.check(next, object[name], path+"."+name)...)
			case !beyond[inside]:
				differ("there is no %s", name)
			}
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			differ("%T is no array", v)
			return faults
		}
		if least, ok := schema["minItems"].(float64); ok && len(list) < int(least) {
			differ("%d items", len(list))
		}
		for _, x := range list {
			faults = append(faults, c.check(schema["items"].(map[string]any), x, path+"[]")...)
		}
	case "string":
		s, ok := v.(string)
		if !ok {
			differ("%T is no string", v)
			return faults
		}
		if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(s) {
			differ("%q does not match %s", s, pattern)
		}
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", s); schema["format"] == "date-time" && err != nil {
			differ("%q is no time: %v", s, err)
		}
	case "integer":
		if n, ok := v.(float64); !ok || n != float64(int64(n)) {
			differ("%v is no whole number", v)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			differ("%T is no boolean", v)
		}
	}
	return faults
}

// merge makes one schema of several objects that all hold.
func (c *contract) merge(parts []any) map[string]any {
	properties, required := map[string]any{}, []any{}
	for _, part := range parts {
		p := part.(map[string]any)
		if ref, ok := p["$ref"].(string); ok {
			p = c.Schemas[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any)
		}
		if inner, ok := p["allOf"].([]any); ok {
			p = c.merge(inner)
		}
		more, _ := p["properties"].(map[string]any)
		maps.Copy(properties, more)
		names, _ := p["required"].([]any)
		required = append(required, names...)
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}
