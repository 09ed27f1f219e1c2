//go:build data

package x_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/contract-*.json anew")

// served are the paths of the specification that the sandbox serves.
var served = []string{
	"/2/users", "/2/users/by", "/2/users/by/username/{username}", "/2/users/me", "/2/users/{id}", "/2/users/{id}/tweets",
	"/2/tweets", "/2/tweets/{id}",
}

// TestDataContract takes what the sandbox serves out of the platform's
// published specifications: the files in testdata are exactly that.
func TestDataContract(t *testing.T) {
	shared := os.Getenv("HAMAWAZ_SHARED")
	if shared == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	for _, version := range []string{"2.166", "2.167"} {
		spec, err := os.ReadFile(filepath.Join(shared, "platforms/contracts/x-openapi-"+version+".trimmed.json"))
		if err != nil {
			t.Fatal(err)
		}
		got := extract(t, spec)
		name := "testdata/contract-" + version + ".json"
		if *update {
			if err := os.WriteFile(name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the specification says: run this test with -update", name)
		}
	}
}

// extract returns the parameters and the answers of the paths that are served,
// with every schema that they need, without the explanations.
func extract(t *testing.T, spec []byte) []byte {
	t.Helper()
	var s struct {
		Paths map[string]struct {
			Get struct {
				Parameters []json.RawMessage
				Responses  map[string]struct {
					Content map[string]struct{ Schema map[string]any }
				}
			}
		}
		Components struct {
			Schemas    map[string]any
			Parameters map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(spec, &s); err != nil {
		t.Fatal(err)
	}
	out := contract{Paths: map[string]contractPath{}, Schemas: map[string]any{}}
	var need func(v any)
	need = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range []string{"description", "example"} {
				if _, ok := v[key].(map[string]any); !ok { // or it is the schema of a member of that name
					delete(v, key)
				}
			}
			for key, x := range v {
				name, ok := x.(string)
				if name, found := strings.CutPrefix(name, "#/components/schemas/"); ok && found && (key == "$ref" || strings.HasPrefix(key, "http")) {
					if out.Schemas[name] == nil {
						out.Schemas[name] = s.Components.Schemas[name]
						need(s.Components.Schemas[name])
					}
				}
				need(x)
			}
		case []any:
			for _, x := range v {
				need(x)
			}
		}
	}
	for _, path := range served {
		p := contractPath{Parameters: map[string]any{}}
		for _, raw := range s.Paths[path].Get.Parameters {
			var parameter struct {
				Ref    string `json:"$ref"`
				Name   string
				In     string
				Schema map[string]any
			}
			if err := json.Unmarshal(raw, &parameter); err != nil {
				t.Fatal(err)
			}
			if name, ok := strings.CutPrefix(parameter.Ref, "#/components/parameters/"); ok {
				if err := json.Unmarshal(s.Components.Parameters[name], &parameter); err != nil {
					t.Fatal(err)
				}
			}
			if parameter.In == "query" {
				need(parameter.Schema)
				p.Parameters[parameter.Name] = parameter.Schema
			}
		}
		p.Answer = s.Paths[path].Get.Responses["200"].Content["application/json"].Schema
		need(p.Answer)
		out.Paths[path] = p
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}
