package embedded

import (
	"debug/elf"
	"fmt"
	"runtime"
)

// checkImage says what is wrong with a file before the dynamic loader, whose
// messages are hard to read, meets it.
func checkImage(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %q is not a shared library (%v); run make build, or set HAMAWAZ_LIBCHDB to another file", ErrLibraryWrong, path, err)
	}
	defer f.Close()
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
	if f.Machine != want {
		return fmt.Errorf("%w: %q is for %s, this machine is %s; run make build on this machine, or set HAMAWAZ_LIBCHDB to another file", ErrLibraryWrong, path, f.Machine, runtime.GOARCH)
	}
	if f.Type != elf.ET_DYN {
		return fmt.Errorf("%w: %q is an ELF file but not a shared library; run make build, or set HAMAWAZ_LIBCHDB to another file", ErrLibraryWrong, path)
	}
	return nil
}
