//go:build data

package tiktok

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
)

// TestDataRecorded reads every recorded answer of TikTok, and says of each what
// came out of it. Those that are held are answers to a login, which is not the
// connector's: whoever renews tokens reads them. Taken for a profile or a list
// they must not pass for one.
func TestDataRecorded(t *testing.T) {
	dir := os.Getenv("HAMAWAZ_SHARED")
	if dir == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	files, err := filepath.Glob(filepath.Join(dir, "platforms/recorded/tiktok/*.json"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d recorded answers, %v", len(files), err)
	}
	// By what the answer is taken for.
	outcomes := map[string]map[string]collector.Outcome{
		"business-token-200":      {"profile": collector.OutcomeRetry, "list": collector.OutcomeRetry, "display": collector.OutcomeRetry},
		"business-token-info-200": {"profile": collector.OutcomeRetry, "list": collector.OutcomeRetry, "display": collector.OutcomeRetry},
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var rec struct {
				Response struct {
					Status int
					Body   json.RawMessage
				}
			}
			if err := json.Unmarshal(b, &rec); err != nil {
				t.Fatal(err)
			}
			want, ok := outcomes[name]
			if !ok {
				t.Fatalf("no decoder reads %s", name)
			}
			for as, suffix := range map[string]string{"profile": "/business/get/", "list": "/video/list/", "display": "/user/info/"} {
				p := newPlatform(1)
				p.before = func(r *http.Request) (int, string) {
					if strings.HasSuffix(r.URL.Path, suffix) {
						return rec.Response.Status, string(rec.Response.Body)
					}
					return 0, ""
				}
				m, _, err := collect(t, connect(t, p, as != "display"), collector.Job{Account: testAccount})
				if got := collector.OutcomeOf(err); got != want[as] || len(m.ids()) != 0 || as != "list" && len(m.pages) != 0 {
					t.Errorf("taken for a %s: outcome %q of %v, %d videos, want %q and none", as, got, err, len(m.ids()), want[as])
				}
				t.Logf("taken for a %-7s  stored: nothing  class: %s  %v", as, collector.OutcomeOf(err), err)
			}
		})
	}
}
