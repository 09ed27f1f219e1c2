//go:build !linux

package embedded

import (
	"unsafe"

	"github.com/ebitengine/purego"
)

// keepSignals calls f and puts back every signal handler that f changed.
func keepSignals(f func()) {
	addr, err := purego.Dlsym(purego.RTLD_DEFAULT, "sigaction")
	if err != nil {
		f()
		return
	}
	var saved [32][32]uint64 // larger than any system's struct sigaction
	for sig := 1; sig < len(saved); sig++ {
		purego.SyscallN(addr, uintptr(sig), 0, uintptr(unsafe.Pointer(&saved[sig])))
	}
	f()
	for sig := 1; sig < len(saved); sig++ {
		purego.SyscallN(addr, uintptr(sig), uintptr(unsafe.Pointer(&saved[sig])), 0)
	}
}
