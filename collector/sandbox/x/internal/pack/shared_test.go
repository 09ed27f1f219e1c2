//go:build data

package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestDataPackIsRemade packs the source again: the file in the project is
// exactly what its description says it is.
func TestDataPackIsRemade(t *testing.T) {
	shared := os.Getenv("HAMAWAZ_SHARED")
	if shared == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	want, err := os.ReadFile("../../data/x-cdcgov-2020.jsonl.zst")
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if err := run(filepath.Join(shared, "data/engagement/x-cdcgov-2020"), again, io.Discard); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("packing again gives %d bytes, not the %d that are in the project", len(got), len(want))
	}
}
