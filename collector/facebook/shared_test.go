//go:build data

package facebook

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// shared returns the path of a file in the shared data.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("HAMAWAZ_SHARED")
	if dir == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	return filepath.Join(dir, "platforms", name)
}

// told says which counters a list of posts told, and of how many posts.
func told(rows []schema.Observation) string {
	n := map[string]int{}
	for _, o := range rows {
		for name, v := range map[string]*int64{"reactions": o.Reactions, "comments": o.Comments, "shares": o.Shares} {
			if v != nil {
				n[name]++
			}
		}
	}
	return fmt.Sprintf("reactions of %d, comments of %d, shares of %d", n["reactions"], n["comments"], n["shares"])
}

// TestDataRecorded decodes every recorded answer of Facebook, and says of each
// what is stored, what stays unknown, or of which class its error is.
func TestDataRecorded(t *testing.T) {
	files, err := filepath.Glob(shared(t, "recorded/facebook/*.json"))
	if err != nil || len(files) < 13 {
		t.Fatalf("%d recorded answers, %v", len(files), err)
	}
	t.Logf("%-34s | %-70s | %-34s | %s", "answer", "stored", "unknown", "error class")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var recorded struct {
			Response struct {
				Status int
				Body   json.RawMessage
			}
		}
		if err := json.Unmarshal(b, &recorded); err != nil {
			t.Fatal(err)
		}
		r, a := testRun(recorded.Response.Body)
		a.Status = recorded.Response.Status
		stored, unknown, class := "", "", ""
		posts := func(want, counted int) {
			t.Helper()
			var body postPage
			if odd := decodeInto(t, a, &body); odd != nil {
				t.Errorf("%s: %v", name, odd)
			}
			if got := r.add(a, body.Data); len(got) != want || r.Page.Skipped != 0 {
				t.Errorf("%s: %d posts, %d skipped, want %d and none", name, len(got), r.Page.Skipped, want)
			}
			checkPage(t, r.Page)
			stored = fmt.Sprintf("%d posts; %s", want, told(r.Page.Observations))
			told := 0
			for _, o := range r.Page.Observations {
				if o.Reactions != nil && o.Comments != nil {
					told++
				}
			}
			if told != counted {
				t.Errorf("%s: counters of %d posts, want %d", name, told, counted)
			}
			if counted == 0 {
				unknown = "reactions, comments: not asked for"
			}
		}
		switch {
		case strings.HasPrefix(name, "error-"):
			var body postPage
			_, err := api.Graph(a, &body)
			if class = string(collector.OutcomeOf(err)); class != string(collector.OutcomeFixRequest) {
				t.Errorf("%s: %v", name, err)
			}
		case name == "feed-default-fields-p1-200":
			// It was asked for under other names than ours.
			a.Body = []byte(strings.NewReplacer(`"reactions":`, `"r":`, `"comments":`, `"c":`, `"like":`, `"r_like":`, `"love":`, `"r_love":`).Replace(string(a.Body)))
			posts(5, 5)
			if o := r.Page.Observations[0]; *o.Shares != 10 || *o.Reactions != 125 || *o.Comments != 13 || len(o.Extra) != 2 {
				t.Errorf("%s: %+v", name, o)
			}
		case name == "page-posts-paged-p1-200":
			posts(5, 0)
		case name == "page-posts-paged-p2-200", name == "videos-p1-200":
			posts(3, 0)
		case name == "pages-multi-ids-200":
			var bodies map[string]json.RawMessage
			if err := json.Unmarshal(recorded.Response.Body, &bodies); err != nil || len(bodies) != 2 {
				t.Fatal(err)
			}
			for id, one := range bodies {
				r, a := testRun(one)
				var body profileBody
				decodeInto(t, a, &body)
				if r.addProfile(a, &body); string(body.ID) != id || r.Page.Profiles[0].Extra["fan_count"] == 0 {
					t.Errorf("%s: %+v", name, r.Page.Profiles)
				}
			}
			stored, unknown = "2 profiles: name, user name, fan_count", "followers, verified, about"
		case strings.HasPrefix(name, "page-"):
			var body profileBody
			decodeInto(t, a, &body)
			r.addProfile(a, &body)
			p := r.Page.Profiles[0]
			if p.Followers != nil || p.Extra["fan_count"] != 214507731 || p.Handle != "facebookapp" {
				t.Errorf("%s: %+v", name, p)
			}
			stored, unknown = "profile: name, user name, fan_count", "followers"
			if p.Verified != nil {
				stored += ", verified, about, website, picture"
			} else {
				unknown += ", verified, about"
			}
		default: // log-in answers: what reads them is elsewhere, and none passes for a Page or a list of posts
			var page profileBody
			var list postPage
			if _, err := api.Graph(a, &page); err != nil || page.ID != "" {
				t.Errorf("%s passes for the Page %q, error %v", name, page.ID, err)
			}
			if _, err := api.Graph(a, &list); err == nil && len(r.add(a, list.Data)) > 0 {
				t.Errorf("%s passes for a list of posts", name)
			}
			stored = "nothing: an answer of the log-in"
		}
		t.Logf("%-34s | %-70s | %-34s | %s", name, stored, unknown, class)
	}
}

// TestDataSpecification holds what we ask for against the specification: a name
// that is not in it refuses the whole call.
func TestDataSpecification(t *testing.T) {
	type named struct{ Name string }
	type spec struct {
		Fields []named
		Apis   []struct {
			Endpoint string
			Params   []named
		}
	}
	read := func(name string, to any) {
		t.Helper()
		b, err := os.ReadFile(shared(t, "contracts/meta/"+name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, to); err != nil {
			t.Fatal(err)
		}
	}
	var page, post spec
	read("Page.json", &page)
	read("PagePost.json", &post)
	has := func(s spec, name string) bool {
		return slices.ContainsFunc(s.Fields, func(f named) bool { return f.Name == name }) ||
			slices.ContainsFunc(s.Apis, func(a struct {
				Endpoint string
				Params   []named
			}) bool {
				return a.Endpoint == name
			})
	}
	takes := func(s spec, edge, param string) bool {
		for _, a := range s.Apis {
			if a.Endpoint == edge {
				return slices.ContainsFunc(a.Params, func(p named) bool { return p.Name == param })
			}
		}
		return false
	}
	names := func(fields string) (out []string) {
		depth := 0
		for _, part := range strings.FieldsFunc(strings.NewReplacer("{", ",{,", "}", ",},").Replace(fields), func(r rune) bool { return r == ',' }) {
			switch part {
			case "{":
				depth++
			case "}":
				depth--
			default:
				if depth == 0 {
					name, _, _ := strings.Cut(part, ".")
					out = append(out, name)
				}
			}
		}
		return out
	}

	p := newPlatform(4)
	for _, account := range []schema.Account{ownerAccount, publicAccount} {
		c := connect(t, p)
		c.AppSecret = testSecret
		if _, _, err := collect(t, c, collector.Job{Account: account, Cursor: cursorAt(testNow, time.Time{})}); err != nil {
			t.Fatal(err)
		}
	}
	checked := 0
	for _, u := range p.requests("") {
		path := strings.Split(strings.Trim(u.Path, "/"), "/")[1:]
		of, edge := page, ""
		if len(path) == 2 {
			edge = path[1]
			if edge == "insights" {
				of = post
			}
			if !has(of, edge) {
				t.Errorf("there is no edge %s", edge)
			}
		}
		for name, values := range u.Query() {
			switch {
			case name == "appsecret_proof", name == "after", name == "until" && edge == "published_posts", name == "fields":
				// these are every edge's
			case !takes(of, edge, name):
				t.Errorf("%s takes no %s", edge, name)
			}
			if name == "fields" {
				of := of
				if edge == "published_posts" {
					of = post
				}
				for _, field := range names(values[0]) {
					checked++
					if !has(of, field) {
						t.Errorf("%s has no field %s", u.Path, field)
					}
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("%d fields were checked", checked)
	}

	var catalogue struct {
		Metrics []struct {
			Object, Metric, Status string
			Periods                []string
		}
	}
	read("insights-metrics.json", &catalogue)
	for kind, metrics := range metricsOf {
		for _, name := range metrics {
			valid := false
			for _, m := range catalogue.Metrics {
				valid = valid || m.Object == "fb_post" && m.Metric == name && m.Status == "valid" && slices.Contains(m.Periods, "lifetime")
			}
			if !valid {
				t.Errorf("%s of a %s is no metric over the lifetime of a post", name, kind)
			}
		}
	}
}
