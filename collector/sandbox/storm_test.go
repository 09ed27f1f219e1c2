package sandbox

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/schema"
)

func TestParsePlan(t *testing.T) {
	p, err := ParsePlan([]byte("seed: 7\nfaults:\n  - kind: reset\n    one_in: 50\n  - {kind: html, one_in: 1, platform: x, path: /2/users}\n"))
	if err != nil || p.Seed != 7 || !slices.Equal(p.Faults, []Gust{{"reset", 50, "", ""}, {"html", 1, schema.X, "/2/users"}}) {
		t.Errorf("ParsePlan = %+v, %v", p, err)
	}
	for text, want := range map[string]string{
		"":                                  "it has none",
		"seed: 1":                           "it has none",
		"faults: no":                        "plan of faults",
		"faults: [{kind: rain, one_in: 3}]": `"rain" is not known: want one of bad-gateway`,
		"faults: [{kind: reset}]":           "one_in is 0",
		"faults: [{kind: reset, one_in: 3, often: 1}]": "often",
	} {
		if _, err := ParsePlan([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestStorm(t *testing.T) {
	happened := func(seed uint64, platform schema.Platform, path string) (names []int) {
		s := Plan{Seed: seed, Faults: []Gust{{Kind: "html", OneIn: 10, Platform: schema.X, Path: "/2/"}}}.Storm(platform)
		for i := range 1000 {
			if f := s.next(httptest.NewRequest("GET", path, nil)); f != nil {
				names = append(names, i)
			}
		}
		if int(s.Happened()) != len(names) {
			t.Errorf("Happened = %d, want %d", s.Happened(), len(names))
		}
		return names
	}
	one := happened(1, schema.X, "/2/users/1")
	if len(one) < 70 || len(one) > 130 {
		t.Errorf("%d of 1000 answers are spoiled, want about 100", len(one))
	}
	if !slices.Equal(one, happened(1, schema.X, "/2/users/1")) {
		t.Error("the same seed spoils other answers")
	}
	if slices.Equal(one, happened(2, schema.X, "/2/users/1")) {
		t.Error("another seed spoils the same answers")
	}
	if n := len(happened(1, schema.X, "/oauth2/token")) + len(happened(1, schema.Instagram, "/2/users/1")); n != 0 {
		t.Errorf("%d answers are spoiled that the plan does not name", n)
	}
}

// Some faults lie in what is asked, so that the platform itself refuses it.
func TestStormChangesRequests(t *testing.T) {
	s := Plan{Faults: []Gust{{Kind: "dead-page", OneIn: 1}, {Kind: "refused-metric", OneIn: 1}}}.Storm(schema.YouTube)
	for query, want := range map[string]string{
		"part=id&pageToken=abc":  "pageToken=abc0dead&part=id",
		"after=x&metric=a":       "after=x0dead&metric=a",
		"metric=reach,views&x=1": "metric=reach%2Cviews%2Cretired_metric&x=1",
		"part=id":                "",
	} {
		r := httptest.NewRequest("GET", "/?"+query, nil)
		f := s.next(r)
		if f == nil || want == "" {
			if f != nil || want != "" {
				t.Errorf("%s: fault %v, want %q", query, f, want)
			}
			continue
		}
		if f.Ask(r); r.URL.RawQuery != want {
			t.Errorf("%s becomes %s, want %s", query, r.URL.RawQuery, want)
		}
	}
	if n := s.Happened(); n != 3 {
		t.Errorf("%d happened, want 3", n)
	}
}

func TestShuffle(t *testing.T) {
	ids := func(body []byte) string {
		var v struct{ Data []struct{ ID string } }
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		var b strings.Builder
		for _, d := range v.Data {
			b.WriteString(d.ID)
		}
		return b.String()
	}
	body := `{"paging":{"next":[1,2]},"data":[{"id":"a","n":12345678901234567890},{"id":"b"},{"id":"c"}]}`
	twice, swapped := map[string]bool{}, map[string]bool{}
	for seed := range uint64(40) {
		got := shuffle([]byte(body), HashOf(seed), duplicateOne)
		twice[ids(got)] = true
		if !strings.Contains(string(got), "12345678901234567890") {
			t.Fatalf("a number changed: %s", got)
		}
		swapped[ids(shuffle([]byte(body), HashOf(seed), swapTwo))] = true
	}
	if len(twice) != 3 || !twice["abca"] || !twice["abcb"] || !twice["abcc"] {
		t.Errorf("duplicates: %v", twice)
	}
	if len(swapped) != 2 || !swapped["bac"] || !swapped["acb"] {
		t.Errorf("swaps: %v", swapped)
	}
	for _, same := range []string{`{"data":[]}`, `{"data":[{"id":"a"}]}`, `<html>`, ``} {
		if got := string(shuffle([]byte(same), HashOf(1), swapTwo)); got != same {
			t.Errorf("%q became %q", same, got)
		}
	}
}
