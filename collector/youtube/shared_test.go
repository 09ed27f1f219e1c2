//go:build data

package youtube

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/sandbox/youtube"
	"github.com/hamawaz/hamawaz/schema"
)

// TestDataRecorded decodes every recorded answer of the Data API, and says of
// each what was read out of it.
func TestDataRecorded(t *testing.T) {
	shared := os.Getenv("HAMAWAZ_SHARED")
	if shared == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	files, err := filepath.Glob(filepath.Join(shared, "platforms/recorded/youtube/*.json"))
	if err != nil || len(files) < 26 {
		t.Fatalf("%d recorded answers, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
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
			switch {
			case strings.HasPrefix(name, "oauth-"):
				t.Log("not of the Data API: whoever hands us tokens reads it")
			case strings.HasPrefix(name, "analytics-") && a.OK():
				body, err := readReport(a)
				if err != nil {
					t.Fatal(err)
				}
				r.addDays(a, dayMetrics, body) // these are not by day
				t.Logf("%d columns, %d rows", len(body.Columns), len(body.Rows))
			case !a.OK():
				var body listing[json.RawMessage]
				if odd, err := a.Decode(&body); err != nil || odd != nil || body.Error == nil {
					t.Fatal(odd, err, body.Error)
				}
				refusal := newRefusal(a, body.Error, true)
				if refusal.reason() == "" || collector.OutcomeOf(refusal) == collector.OutcomeRetry {
					t.Errorf("refusal %v has no reason, or no class", refusal)
				}
				t.Log(refusal)
			case strings.HasPrefix(name, "channels-"):
				items := decode[channel](t, a).Items
				for i := range items {
					r.addProfile(a, &items[i])
				}
				if len(r.page.Profiles) == 0 != strings.Contains(name, "unknown") || r.page.Skipped != 0 {
					t.Errorf("%d profiles, %d skipped", len(r.page.Profiles), r.page.Skipped)
				}
				t.Logf("%d channels", len(r.page.Profiles))
			case strings.HasPrefix(name, "playlistitems-"):
				body := decode[item](t, a)
				for i := range body.Items {
					if body.Items[i].id() == "" {
						t.Errorf("item %d has no video", i)
					}
				}
				t.Logf("%d items, next page %q", len(body.Items), body.Next)
			case strings.HasPrefix(name, "videos-"):
				videos := decode[video](t, a).Items
				told := 0
				for i := range videos {
					if videos[i].Snippet.PublishedAt == "" {
						// The call did not ask for the time.
						videos[i].Snippet.PublishedAt = "2020-01-01T00:00:00Z"
					}
				}
				r.add(a, itemsOf(videos), videos)
				for _, o := range r.page.Observations {
					told += len(o.Extra)
				}
				if len(r.page.Posts) != len(videos) || r.page.Skipped != 0 {
					t.Errorf("%d videos, %d skipped", len(r.page.Posts), r.page.Skipped)
				}
				t.Logf("%d videos, %d counts", len(r.page.Posts), told)
			case strings.HasPrefix(name, "commentthreads-"):
				r.addThreads(a, channelID, decode[thread](t, a).Items, new(legacy))
				if len(r.page.Comments) != 1 || r.page.Skipped != 0 || r.page.Comments[0].Official {
					t.Errorf("comments %+v, %d skipped", r.page.Comments, r.page.Skipped)
				}
				t.Logf("%d comments", len(r.page.Comments))
			case strings.HasPrefix(name, "search-"):
				// Not asked for; the answer is no error all the same.
				t.Logf("%d items, not stored", len(decode[json.RawMessage](t, a).Items))
			default:
				t.Errorf("no decoder reads %s", name)
			}
		})
	}
}

// TestDataSpecification holds every request against the discovery documents:
// its path and parameters, their values, and the parts that are asked for.
func TestDataSpecification(t *testing.T) {
	type method struct {
		Path       string
		HTTPMethod string
		Parameters map[string]struct {
			Type, Location, Minimum, Maximum string
			Enum                             []string
			Required                         bool
		}
		Response struct {
			Ref string `json:"$ref"`
		}
	}
	type resource struct{ Methods map[string]method }
	type object struct {
		Properties map[string]struct {
			Items struct {
				Ref string `json:"$ref"`
			}
		}
	}
	methods, schemas := map[string]method{}, map[string]object{}
	for _, file := range []string{"youtube-v3.discovery.trimmed.json", "youtubeanalytics-v2.discovery.json"} {
		b, err := os.ReadFile(filepath.Join(os.Getenv("HAMAWAZ_SHARED"), "platforms/contracts", file))
		if err != nil {
			t.Fatal(err)
		}
		var spec struct {
			Resources map[string]resource
			Schemas   map[string]object
		}
		if err := json.Unmarshal(b, &spec); err != nil {
			t.Fatal(err)
		}
		for _, r := range spec.Resources {
			for _, m := range r.Methods {
				methods[m.HTTPMethod+" /"+m.Path] = m
			}
		}
		for name, o := range spec.Schemas {
			schemas[name] = o
		}
	}
	asked := map[string]int{}
	check := func(r *http.Request) {
		m, ok := methods[r.Method+" "+r.URL.Path]
		if !ok {
			t.Errorf("there is no call %s %s", r.Method, r.URL.Path)
			return
		}
		asked[r.URL.Path]++
		q := r.URL.Query()
		for name, values := range q {
			p, ok := m.Parameters[name]
			if !ok || p.Location != "query" || len(values) != 1 {
				t.Errorf("%s takes no %s=%v", m.Path, name, values)
			}
			if len(p.Enum) > 0 && !slices.Contains(p.Enum, values[0]) {
				t.Errorf("%s takes no %s=%s", m.Path, name, values[0])
			}
			if p.Type == "integer" {
				n, err := strconv.Atoi(values[0])
				least, _ := strconv.Atoi(p.Minimum)
				if most, _ := strconv.Atoi(p.Maximum); err != nil || n < least || most > 0 && n > most {
					t.Errorf("%s takes no %s=%s", m.Path, name, values[0])
				}
			}
		}
		for name, p := range m.Parameters {
			if p.Required && !q.Has(name) {
				t.Errorf("%s lacks %s", m.Path, name)
			}
		}
		item := schemas[schemas[m.Response.Ref].Properties["items"].Items.Ref]
		for part := range strings.SplitSeq(q.Get("part"), ",") {
			if _, ok := item.Properties[part]; !ok && part != "" {
				t.Errorf("%s has no part %s", m.Path, part)
			}
		}
		checkReport(t, q)
	}
	s, _, c := startSandbox(t, youtube.Options{})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		check(r)
		s.Server.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	c.BaseURL = front.URL
	for _, handle := range []string{"governopr.sandbox", "governosp.sandbox"} {
		a := sandboxAccount(t, s.World, handle)
		for _, byName := range []bool{false, true} {
			if byName {
				a.PlatformID = ""
			}
			if _, _, err := collect(t, c, collector.Job{Account: a, Comments: true, Left: "insights=none"}); err != nil {
				t.Fatal(err)
			}
		}
		a = sandboxAccount(t, s.World, handle)
		if _, _, err := c.Missing(t.Context(), collector.Job{Account: a}, []schema.Post{{PostID: "nobody", NativeID: "nobody"}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(asked) != 5 {
		t.Errorf("calls %v", asked)
	}
	t.Log(asked)
}

// checkReport holds a report's parameters against the patterns that their
// descriptions give.
func checkReport(t *testing.T, q url.Values) {
	for name, pattern := range map[string]string{
		"ids": `^[a-zA-Z]+==[a-zA-Z0-9_+-]+$`, "metrics": `^[0-9a-zA-Z,]+$`, "dimensions": `^[0-9a-zA-Z,]+$`,
		"startDate": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, "endDate": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
	} {
		if q.Has(name) && !regexp.MustCompile(pattern).MatchString(q.Get(name)) {
			t.Errorf("%s=%s does not match %s", name, q.Get(name), pattern)
		}
	}
}
