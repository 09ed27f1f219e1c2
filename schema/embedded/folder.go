package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// folderError says in one sentence why a folder cannot be used.
func folderError(verb, dir string, err error) error {
	var why string
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		why = "the disk is full"
	case errors.Is(err, syscall.EROFS):
		why = "the file system is read-only"
	case errors.Is(err, syscall.ENOTDIR):
		why = "a part of the path is a file, not a folder"
	case errors.Is(err, fs.ErrPermission):
		why = "this user may not write there"
	default:
		return fmt.Errorf("%s data folder %q: %w", verb, dir, err)
	}
	return fmt.Errorf("%s data folder %q: %s: %w", verb, dir, why, err)
}

// checkFree returns an *InUseError if a process holds the folder.
func checkFree(dir string) error {
	pid, held := Holder(dir)
	if !held {
		return nil
	}
	return &InUseError{Dir: dir, PID: pid, Command: commandLine(pid)}
}

// Holder tells which process holds the folder. The process ID is the one that
// the engine wrote last, 0 if there is none; alive tells whether that process
// holds the folder now.
func Holder(dir string) (pid int, alive bool) {
	// The engine keeps this file locked. A process ID alone proves nothing:
	// in a container the next process often has the same.
	f, err := os.OpenFile(filepath.Join(dir, "status"), os.O_RDONLY, 0)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if n, ok := strings.CutPrefix(lines.Text(), "PID: "); ok {
			pid, _ = strconv.Atoi(strings.TrimSpace(n))
		}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		return pid, errors.Is(err, syscall.EWOULDBLOCK)
	}
	syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	return pid, false
}

// commandLine returns the command line of a process, or "".
func commandLine(pid int) string {
	if pid == 0 {
		return ""
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " "))
}
