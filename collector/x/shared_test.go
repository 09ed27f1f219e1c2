//go:build data

package x

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
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

// TestDataRecorded decodes every recorded answer of X, and says of each what
// was read out of it.
func TestDataRecorded(t *testing.T) {
	files, err := filepath.Glob(shared(t, "recorded/x/*.json"))
	if err != nil || len(files) < 22 {
		t.Fatalf("%d recorded answers, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			rec := readRecording(t, file)
			refused := func(want collector.Outcome) {
				t.Helper()
				_, _, err := replay(t, rec).timeline(t.Context(), testUser, 0, "")
				if got := collector.OutcomeOf(err); got != want {
					t.Errorf("timeline: outcome %q of %v, want %q", got, err, want)
				}
				t.Log(err)
			}
			posts := func(want, reposts, skipped int) {
				t.Helper()
				r := decodePosts(t, rec.Response.Body)
				if len(r.page.Posts) != want || r.page.Skipped != skipped || len(r.page.Observations) != want-reposts {
					t.Errorf("%d posts, %d readings, %d skipped, want %d, %d and %d", len(r.page.Posts), len(r.page.Observations), r.page.Skipped, want, want-reposts, skipped)
				}
				for i, o := range r.page.Observations {
					if o.Reactions == nil || o.Shares == nil || o.Impressions != nil {
						t.Errorf("reading of post %s: %+v", r.page.Posts[i].PostID, o.Counters)
					}
				}
				t.Logf("%d posts", want)
			}
			switch name {
			case "search-all-401":
				refused(collector.OutcomeReconnect)
			case "search-all-400-start-after-end", "users-ids-invalid-400":
				refused(collector.OutcomeFixRequest)
			case "user-tweets-unknown-user-200":
				refused(collector.OutcomeGone)
			case "search-all-empty-200", "retweeted-by-final-empty-page-200":
				refused(collector.OutcomeOK)
				posts(0, 0, 0)
			case "user-tweets-page-200":
				posts(2, 0, 0)
			case "mentions-page-200", "edited-post-latest-version-200", "tweets-lookup-partial-200":
				posts(1, 0, 0)
			case "tweets-lookup-partial-2-200":
				posts(2, 2, 0)
			case "user-tweets-default-fields-200", "tweets-lookup-default-fields-200":
				var list struct{ Data []json.RawMessage }
				if err := json.Unmarshal(rec.Response.Body, &list); err != nil {
					t.Fatal(err)
				}
				posts(0, 0, len(list.Data)) // a post without a time is none
			case "users-me-200":
				r := replay(t, rec)
				r.job.Account.PlatformID = ""
				if id, err := r.profile(t.Context()); err != nil || id != "1072250532645998596" || r.page.Profiles[0].Followers != nil {
					t.Errorf("profile %+v of %s, error %v", r.page.Profiles, id, err)
				}
			case "users-by-200", "users-by-partial-200", "users-lookup-expansions-200", "users-lookup-public-metrics-200":
				var list struct{ Data []json.RawMessage }
				if err := json.Unmarshal(rec.Response.Body, &list); err != nil || len(list.Data) < 2 {
					t.Fatalf("%d users, %v", len(list.Data), err)
				}
				for _, u := range list.Data {
					r, a := testRun([]byte(`{"data":` + string(u) + `}`))
					var body userBody
					if odd, err := a.Decode(&body); odd != nil || err != nil || body.Data.ID == 0 {
						t.Fatalf("user %s: %v, %v", u, odd, err)
					}
					r.addProfile(a, body.Data)
					if hasMetrics := strings.Contains(name, "lookup"); (r.page.Profiles[0].Posts != nil) != hasMetrics || r.page.Profiles[0].Likes != nil {
						t.Errorf("profile %+v", r.page.Profiles[0])
					}
				}
				t.Logf("%d users", len(list.Data))
			case "counts-all-last-page-200", "counts-recent-200", "usage-tweets-200", "oauth2-token-app-only-200":
				// Not collected. Taken for a list of posts they bring no post.
				if _, body, err := replay(t, rec).timeline(t.Context(), testUser, 0, ""); err == nil {
					t.Errorf("passes for a list of %d posts", len(body.Data))
				}
			default:
				t.Errorf("no decoder reads %s", name)
			}
		})
	}
}

// TestDataSpecification holds what we ask for against the specification of
// either vocabulary: a name that is not in it refuses the whole call.
func TestDataSpecification(t *testing.T) {
	for v, file := range map[Vocabulary]string{Legacy: "x-openapi-2.166.trimmed.json", New: "x-openapi-2.167.trimmed.json"} {
		t.Run(string(v), func(t *testing.T) {
			b, err := os.ReadFile(shared(t, "contracts/"+file))
			if err != nil {
				t.Fatal(err)
			}
			type parameter struct {
				Ref    string `json:"$ref"`
				Name   string
				Schema struct {
					Items struct{ Enum []string }
				}
			}
			var spec struct {
				Paths map[string]struct {
					Get struct{ Parameters []parameter }
				}
				Components struct{ Parameters map[string]parameter }
			}
			if err := json.Unmarshal(b, &spec); err != nil {
				t.Fatal(err)
			}
			check := func(path string, q url.Values) {
				t.Helper()
				known := make(map[string][]string)
				for _, p := range spec.Paths[path].Get.Parameters {
					if p.Ref != "" {
						p = spec.Components.Parameters[p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]]
					}
					known[p.Name] = p.Schema.Items.Enum
				}
				for name, values := range q {
					enum, ok := known[name]
					if !ok {
						t.Errorf("%s takes no %s", path, name)
					}
					for _, value := range strings.Split(values[0], ",") {
						if enum != nil && !slices.Contains(enum, value) {
							t.Errorf("%s takes no %s=%s", path, name, value)
						}
					}
				}
			}
			p := newPlatform(6)
			c := connect(t, p)
			c.Vocabulary = v
			for _, account := range []collector.Job{
				{Account: ownerAccount, Depth: testNow.AddDate(-1, 0, 0), Cursor: position{until: parseIdent(postID(0))}.cursor()},
				{Account: publicAccount},
			} {
				if _, _, err := collect(t, c, account); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := c.Missing(t.Context(), collector.Job{Account: publicAccount}, known(postID(0))); err != nil {
				t.Fatal(err)
			}
			for path, suffix := range map[string]string{
				"/2/users/{id}": "/2/users/" + testUser, "/2/users/by/username/{username}": "/2/users/by/username/pid_sindh",
				"/2/users/{id}/tweets": timeline, "/2/tweets": "/2/tweets",
			} {
				requests := p.requests(suffix)
				if len(requests) == 0 {
					t.Errorf("no request to %s", path)
				}
				for _, q := range requests {
					check(path, q)
				}
			}
		})
	}
}
