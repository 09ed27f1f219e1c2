package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// How much of a disk must be free.
const (
	spaceToStart = 100 << 20 // bytes; below, the engine soon refuses every insert
	spaceToRun   = 16 << 20
	spaceToMerge = 2 << 30
)

// enoughSpace returns an error that says what to do if the disk of the folder,
// which need not exist yet, has less than least bytes free.
func enoughSpace(dir string, least uint64) error {
	free, known, err := freeSpace(dir)
	if err != nil || !known || free >= least {
		return err
	}
	return fmt.Errorf("the disk of %s is full: %d MiB are free and %d are needed: make room, or choose another folder with --data",
		dir, free>>20, least>>20)
}

// freeSpace returns how many bytes are free on the disk of the folder, or of the
// nearest folder above it that exists. known is false for what is no disk, such
// as /proc.
func freeSpace(dir string) (free uint64, known bool, err error) {
	var s syscall.Statfs_t
	err = syscall.Statfs(dir, &s)
	if parent := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && parent != dir {
		return freeSpace(parent)
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return 0, false, nil // whoever opens the folder says what is wrong with it
	}
	if err != nil {
		return 0, false, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks > 0, nil
}
