package main

import (
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/importer"
)

func TestDoctorNamesUnfinishedImports(t *testing.T) {
	now := time.Date(2024, 5, 10, 12, 0, 0, 0, time.UTC)
	batches := []importer.Batch{
		{ID: "import-under-way", State: importer.StateRunning, Files: []string{"a.csv"}, UpdatedAt: now.Add(-time.Minute)},
		{ID: "import-done", State: importer.StateDone, Files: []string{"b.csv"}, UpdatedAt: now.Add(-30 * time.Hour)},
	}
	if err := unfinished(batches, now); err != nil {
		t.Errorf("unfinished = %v, want none", err)
	}
	batches = append(batches, importer.Batch{ID: "import-died", State: importer.StateRunning, Files: []string{"c.csv"}, UpdatedAt: now.Add(-2 * time.Hour)})
	if err := unfinished(batches, now); err == nil || err.Error() != "begun and never ended: import-died of c.csv" {
		t.Errorf("unfinished = %v", err)
	}
}
