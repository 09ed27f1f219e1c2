//go:build data

package collectortest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hamawaz/hamawaz/schema"
)

// TestDataRecorded does the same with every recorded answer of the shared data.
func TestDataRecorded(t *testing.T) {
	dir := os.Getenv("HAMAWAZ_SHARED")
	if dir == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	folders, err := filepath.Glob(filepath.Join(dir, "platforms/recorded/*/"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, folder := range folders {
		platform := schema.Platform(filepath.Base(folder))
		files, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil || len(files) == 0 {
			continue // a file beside the folders
		}
		seen += len(files)
		t.Run(string(platform), func(t *testing.T) {
			if table[platform] == nil {
				t.Fatalf("%d recorded answers of a platform that is not in the table", len(files))
			}
			recordedTable(t, platform, files)
		})
	}
	if seen < 72 {
		t.Errorf("%d recorded answers, want at least 72", seen)
	}
}
