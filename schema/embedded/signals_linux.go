package embedded

import (
	"runtime"
	"syscall"
	"unsafe"
)

// A sigaction is the kernel's struct, 32 bytes on amd64 and arm64, kept whole
// and never looked into.
type sigaction [8]uint64

// keepSignals calls f and puts back every signal handler that f changed. The
// library resets several on each connect, SIGSEGV among them, and without its
// own handler the Go runtime cannot turn a nil pointer into a panic.
func keepSignals(f func()) {
	var saved [65]sigaction
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for sig := 1; sig <= 64; sig++ {
		rtSigaction(sig, nil, &saved[sig])
	}
	f()
	for sig := 1; sig <= 64; sig++ {
		var now sigaction
		if rtSigaction(sig, nil, &now) && now != saved[sig] {
			rtSigaction(sig, &saved[sig], nil)
		}
	}
}

// rtSigaction reads or sets a handler past libc, which would swap the return
// trampoline. It reports false for signals that cannot be handled.
func rtSigaction(sig int, set, old *sigaction) bool {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	return errno == 0
}
