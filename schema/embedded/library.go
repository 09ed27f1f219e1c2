package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// A library is libchdb's C interface, the part of chdb.h that we use. Handles
// are addresses of the library's own memory: never Go's, never followed here.
type library struct {
	path    string
	version string

	setSignalHandlersEnabled func(enabled int32)
	versionString            func() string

	connect func(argc int32, argv *unsafe.Pointer) *uintptr // NULL: refused
	close   func(conn *uintptr)

	classify func(conn uintptr, q unsafe.Pointer, qn uintptr, db unsafe.Pointer, dbn uintptr, out *analysis) int32

	query       starter
	streamQuery starter
	streamFetch func(conn, stream uintptr) uintptr
	streamStop  func(conn, stream uintptr)

	resultBuffer  func(result uintptr) unsafe.Pointer
	resultLength  func(result uintptr) uintptr
	resultError   func(result uintptr) string
	resultDestroy func(result uintptr)

	streamInsert  starter
	insertAppend  func(stream uintptr, data unsafe.Pointer, n uintptr) int32 // 0: well
	insertDone    func(stream uintptr) uintptr
	insertCancel  func(stream uintptr)
	insertError   func(stream uintptr) string
	insertDestroy func(stream uintptr)
}

// A starter is one of the functions that begin a statement. They have the same
// arguments: connection, query, format, and the named parameters.
type starter func(conn uintptr, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr,
	names, nameLens, values, valueLens unsafe.Pointer, n uintptr) uintptr

// An analysis is what the engine's parser says of a text of SQL; see
// chdb_query_analysis_v1 in chdb.h.
type analysis struct {
	size       uint32
	statements uint32
	_          uint32 // flags
	class      uint32 // 0: leaves no trace
}

// loadLibrary loads path and binds its functions. A library cannot be unloaded:
// the engine's threads live in it.
func loadLibrary(path string) (*library, error) {
	if err := checkImage(path); err != nil {
		return nil, err
	}
	image, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %v; run make build, or set HAMAWAZ_LIBCHDB to another file", ErrLibraryWrong, err)
	}
	lib := &library{path: path}
	for _, f := range []struct {
		to   any
		name string
	}{
		{&lib.setSignalHandlersEnabled, "chdb_set_signal_handlers_enabled"},
		{&lib.versionString, "chdb_version"},
		{&lib.connect, "chdb_connect"},
		{&lib.close, "chdb_close_conn"},
		{&lib.classify, "chdb_classify_query_n"},
		{&lib.query, "chdb_query_with_params_n"},
		{&lib.streamQuery, "chdb_stream_query_with_params_n"},
		{&lib.streamFetch, "chdb_stream_fetch_result"},
		{&lib.streamStop, "chdb_stream_cancel_query"},
		{&lib.resultBuffer, "chdb_result_buffer"},
		{&lib.resultLength, "chdb_result_length"},
		{&lib.resultError, "chdb_result_error"},
		{&lib.resultDestroy, "chdb_destroy_query_result"},
		{&lib.streamInsert, "chdb_stream_insert_with_params_n"},
		{&lib.insertAppend, "chdb_stream_append"},
		{&lib.insertDone, "chdb_stream_done"},
		{&lib.insertCancel, "chdb_stream_cancel_insert"},
		{&lib.insertError, "chdb_stream_insert_error"},
		{&lib.insertDestroy, "chdb_destroy_insert_stream"},
	} {
		symbol, err := purego.Dlsym(image, f.name)
		if err != nil {
			return nil, fmt.Errorf("%w: %q has no function %s; run make build for version 26.7.3 or newer, or set HAMAWAZ_LIBCHDB to another file", ErrLibraryWrong, path, f.name)
		}
		purego.RegisterFunc(f.to, symbol)
	}
	lib.version = lib.versionString()

	// The engine takes its time zone from the environment, or else from the
	// machine. Only C sees this: Go keeps an environment of its own.
	setenv, err := purego.Dlsym(purego.RTLD_DEFAULT, "setenv")
	if err != nil {
		return nil, fmt.Errorf("%w: the C library has no setenv: %v", ErrLibraryWrong, err)
	}
	var set func(name, value string, overwrite int32) int32
	purego.RegisterFunc(&set, setenv)
	set("TZ", "UTC", 1)

	// The call that keeps the engine from installing signal handlers also
	// removes those that Go needs.
	keepSignals(func() { lib.setSignalHandlersEnabled(0) })
	return lib, nil
}

// findLibrary returns the path of the library: the one asked for, or the first
// that exists of those that Options.Library names.
func findLibrary(asked string) (string, error) {
	from := "Library"
	if asked == "" {
		from, asked = "HAMAWAZ_LIBCHDB", os.Getenv("HAMAWAZ_LIBCHDB")
	}
	if asked != "" {
		if _, err := os.Stat(asked); err != nil {
			return "", fmt.Errorf("%w: %s names it: %v; run make build, or set HAMAWAZ_LIBCHDB to its path", ErrLibraryMissing, from, err)
		}
		return asked, nil
	}

	var tried []string
	try := func(path string) bool {
		if slices.Contains(tried, path) {
			return false
		}
		tried = append(tried, path)
		info, err := os.Stat(path)
		return err == nil && !info.IsDir()
	}
	var starts []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		starts = append(starts, dir)
		for _, path := range []string{filepath.Join(dir, "libchdb.so"), filepath.Join(dir, "lib", "libchdb.so")} {
			if try(path) {
				return path, nil
			}
		}
	}
	if wd, err := os.Getwd(); err == nil {
		starts = append([]string{wd}, starts...)
	}
	for _, dir := range starts {
		for {
			if path := filepath.Join(dir, "node_modules", "@chdb", npmPackage(), "libchdb.so"); try(path) {
				return path, nil
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return "", fmt.Errorf("%w: looked for %s; run make build, or set HAMAWAZ_LIBCHDB to its path", ErrLibraryMissing, strings.Join(tried, ", "))
}

// npmPackage is the name of the npm package with this machine's library.
func npmPackage() string {
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	if runtime.GOOS == "linux" {
		return "lib-linux-" + arch + "-gnu"
	}
	return "lib-" + runtime.GOOS + "-" + arch
}

// text is a Go string as C takes it: an address and a length. The caller keeps
// the string alive.
func text(s string) (unsafe.Pointer, uintptr) {
	return unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s))
}

// A params holds named parameters as C takes them.
type params struct {
	names, values       []unsafe.Pointer
	nameLens, valueLens []uintptr
}

func (p *params) add(name, value string) {
	n, nn := text(name)
	v, vn := text(value)
	p.names, p.nameLens = append(p.names, n), append(p.nameLens, nn)
	p.values, p.valueLens = append(p.values, v), append(p.valueLens, vn)
}

// start begins a statement with these parameters.
func (p *params) start(f starter, conn uintptr, query, format string) uintptr {
	q, qn := text(query)
	fm, fn := text(format)
	result := f(conn, q, qn, fm, fn,
		unsafe.Pointer(unsafe.SliceData(p.names)), unsafe.Pointer(unsafe.SliceData(p.nameLens)),
		unsafe.Pointer(unsafe.SliceData(p.values)), unsafe.Pointer(unsafe.SliceData(p.valueLens)),
		uintptr(len(p.names)))
	runtime.KeepAlive(query)
	runtime.KeepAlive(format)
	runtime.KeepAlive(p)
	return result
}

// use hands a result's bytes, or its error, to f and frees it. The bytes are
// the library's and end with f.
func (l *library) use(result uintptr, f func(data []byte) error) error {
	if result == 0 {
		return refuse(codeUnknown, "the engine gave no answer")
	}
	defer l.resultDestroy(result)
	if msg := l.resultError(result); msg != "" {
		return parseException(msg)
	}
	n, buf := l.resultLength(result), l.resultBuffer(result)
	if n == 0 || buf == nil {
		return f(nil)
	}
	return f(unsafe.Slice((*byte)(buf), n))
}
