//go:build data

package youtube_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDataContractIsThePlatforms holds testdata/contract.json against the
// discovery document that it was taken from.
func TestDataContractIsThePlatforms(t *testing.T) {
	shared := os.Getenv("HAMAWAZ_SHARED")
	if shared == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	var discovery struct{ Schemas contract }
	readJSON(t, filepath.Join(shared, "platforms/contracts/youtube-v3.discovery.trimmed.json"), &discovery)
	c := readContract(t)
	for name, typ := range c {
		if d := cmp.Diff(discovery.Schemas[name], typ); d != "" {
			t.Errorf("%s (-discovery +ours):\n%s", name, d)
		}
	}
	for _, name := range answers {
		if c[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	t.Logf("%d types are the platform's", len(c))

	var reports struct{ Schemas contract }
	readJSON(t, filepath.Join(shared, "platforms/contracts/youtubeanalytics-v2.discovery.json"), &reports)
	var ours contract
	readJSON(t, "testdata/analytics.json", &ours)
	for name, typ := range ours {
		if d := cmp.Diff(reports.Schemas[name], typ); d != "" {
			t.Errorf("%s (-discovery +ours):\n%s", name, d)
		}
	}
}
