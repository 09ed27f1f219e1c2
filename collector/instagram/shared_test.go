//go:build data

package instagram

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// TestDataRecorded decodes every recorded answer of Instagram, and says of each
// what was read out of it.
func TestDataRecorded(t *testing.T) {
	shared := os.Getenv("HAMAWAZ_SHARED")
	if shared == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	files, err := filepath.Glob(filepath.Join(shared, "platforms/recorded/instagram/*.json"))
	if err != nil || len(files) < 10 {
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
			decode := func(v api.GraphTarget) {
				t.Helper()
				if _, err := api.Graph(a, v); err != nil {
					t.Fatal(err)
				}
			}
			switch {
			case strings.HasPrefix(name, "user-media-"):
				var m mediaPage
				decode(&m)
				posts := r.add(a, m.Data, false)
				if len(posts) != 2 || len(r.Page.Observations) != 2 || r.Page.Observations[0].Reactions == nil {
					t.Errorf("%d posts, %d readings", len(posts), len(r.Page.Observations))
				}
				t.Logf("%d posts, %d readings", len(posts), len(r.Page.Observations))
			case strings.HasPrefix(name, "business-discovery-"):
				var d discoveryBody
				decode(&d)
				if d.Discovery.ID == "" {
					t.Error("no account was read")
				}
				if d.Discovery.Media != nil {
					if posts := r.add(a, d.Discovery.Media.Data, true); len(posts) != 2 {
						t.Errorf("%d posts", len(posts))
					}
				}
				t.Logf("account %s, %d posts", d.Discovery.ID, len(r.Page.Posts))
			case strings.HasPrefix(name, "user-fields-"):
				var p profileBody
				decode(&p)
				r.addProfile(a, &p.profile)
				if len(r.Page.Profiles) != 1 || r.Page.Profiles[0].Followers == nil || *r.Page.Profiles[0].Followers != 64363 {
					t.Errorf("profiles = %+v", r.Page.Profiles)
				}
				t.Log("64363 followers")
			case strings.Contains(name, "insights"):
				var i graph.InsightsBody
				decode(&i)
				if len(i.Data) == 0 {
					t.Error("no metric was read")
				}
				t.Logf("%d metrics", len(i.Data))
			case strings.HasPrefix(name, "media-comments-"):
				var body struct {
					api.GraphBody
					commentList
				}
				decode(&body)
				r.addComments(&schema.Post{PostID: "C1"}, body.Data, "", a.At)
				if c := r.Page.Comments; len(c) != 2 || c[0].Text != "Beautiful!" || c[0].Author != 0 || c[0].Likes != nil {
					t.Errorf("comments %+v", c)
				}
				t.Logf("%d comments", len(r.Page.Comments))
			default:
				t.Errorf("no decoder reads %s", name)
			}
		})
	}
}
