package tiktok_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector/sandbox/tiktok"
)

// notTold are the fields of business/get that the sandbox does not have, and
// the list in which the figures of days stand, which cannot be asked for.
var notTold = []string{"metrics", "audience_ages", "audience_genders", "audience_countries", "audience_cities"}

// Every call of the contracts is served, and nothing else is. That each answer
// fits its schema is held by service.send, in all tests.
func TestCallsFitTheContract(t *testing.T) {
	s := start(t, tiktok.Options{})
	s.loose = true // what is asked for here is mostly refused, in ways that need no schema
	for i, c := range s.contracts {
		prefix := []string{"", strings.TrimSuffix(business, "/")}[i]
		for path, methods := range c.Paths {
			for method := range methods {
				r := s.send(strings.ToUpper(method), prefix+path, "", "")
				if r.StatusCode == 404 {
					t.Errorf("%s %s is not served", method, path)
				}
				other := map[string]string{"get": "POST", "post": "GET"}[method]
				if r := s.send(other, prefix+path, "", ""); r.StatusCode != 404 {
					t.Errorf("%s %s: status %d", other, path, r.StatusCode)
				}
			}
		}
	}
}

// The names of fields are those of the contracts, each of them, and no other.
func TestFieldsFitTheContract(t *testing.T) {
	s := start(t, tiktok.Options{LimitTimes: 10})
	display, accounts := s.contracts[0], s.contracts[1]
	for path, ask := range map[string]func(fields string) *reply{
		"/v2/user/info/":  func(f string) *reply { return s.get("/v2/user/info/", "fields", f) },
		"/v2/video/list/": func(f string) *reply { return s.post("/v2/video/list/", "", "fields", f) },
		"/v2/video/query/": func(f string) *reply {
			return s.post("/v2/video/query/", `{"filters":{"video_ids":["1"]}}`, "fields", f)
		},
	} {
		var names []string
		for _, methods := range display.Paths[path] {
			for _, v := range methods.Parameters[0].Schema["items"].(map[string]any)["enum"].([]any) {
				names = append(names, v.(string))
			}
		}
		if len(names) < 14 {
			t.Fatalf("%s: fields %v", path, names)
		}
		for _, name := range append(names, "nonsense", "") {
			r := ask(name)
			if good := slices.Contains(names, name); good != (r.Error.Code == "ok") {
				t.Errorf("%s with field %q: %s", path, name, r.body)
			}
		}
	}

	s.token = s.BusinessToken("parana.gen")
	id := s.account("parana.gen").PlatformID
	for path, schema := range map[string]string{"business/get/": "Account", "business/video/list/": "BusinessVideo"} {
		names := slices.Sorted(maps.Keys(accounts.Components.Schemas[schema].(map[string]any)["properties"].(map[string]any)))
		for _, name := range append(names, "nonsense") {
			list, _ := json.Marshal(slices.Compact([]string{"item_id", name}))
			if path == "business/get/" {
				list, _ = json.Marshal([]string{name})
			}
			r := s.get(business+path, "business_id", id, "fields", string(list))
			good := name != "nonsense" && !(path == "business/get/" && slices.Contains(notTold, name))
			if good != (*r.Code == 0) {
				t.Errorf("%s with field %q: %s", path, name, r.body)
			}
		}
	}
}
