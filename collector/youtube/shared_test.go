//go:build data

package youtube

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
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
				t.Log("not of the Data API, and not read yet")
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
			case strings.HasPrefix(name, "search-"), strings.HasPrefix(name, "commentthreads-"):
				// Not asked for; the answers are no errors all the same.
				t.Logf("%d items, not stored", len(decode[json.RawMessage](t, a).Items))
			default:
				t.Errorf("no decoder reads %s", name)
			}
		})
	}
}
