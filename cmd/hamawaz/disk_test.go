package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestEnoughSpace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	if err := enoughSpace(dir, 1); err != nil {
		t.Errorf("one byte: %v", err)
	}
	err := enoughSpace(dir, 1<<62)
	if err == nil || !strings.Contains(err.Error(), "is full") || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("more than any disk has: %v", err)
	}
	if err := enoughSpace("/proc/hamawaz", spaceToStart); err != nil {
		t.Errorf("what is no disk: %v", err)
	}
}
