package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// stayName is the file in the folder that LockFolder locks.
const stayName = "stay.lock"

// LockFolder keeps processes that stay, such as the dashboard and the workers,
// and commands that come and go out of each other's way. A process that stays
// has the folder together with others of its kind, a command that wants to
// hold the engine has it alone. So no command becomes holder while those that
// stay start again, and none of them takes a command for their holder.
//
// It does not wait: an *InUseError says that others have the folder. The lock
// ends when the file is closed, or with the process, however that ends.
func LockFolder(dir string, stay bool) (*os.File, error) {
	dir, err := prepareDir(dir)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, stayName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, folderError("write to", dir, err)
	}
	how := syscall.LOCK_EX
	if stay {
		how = syscall.LOCK_SH
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, folderError("lock", dir, err)
	}
	if busy := checkFree(dir); busy != nil {
		return nil, busy
	}
	return nil, &InUseError{Dir: dir}
}
