package importer

import (
	"errors"
	"fmt"
	"io"
)

// Limits bound what one import may take.
type Limits struct {
	FileBytes   int64 // of a file as it lies there
	Bytes       int64 // of a file unpacked
	RecordBytes int   // of one row
	Columns     int   // of one row
	Rows        int64 // of all files together
	Files       int
}

// DefaultLimits are far above what any platform exports: a file of 1 GiB,
// 4 GiB unpacked, 10 million rows.
var DefaultLimits = Limits{
	FileBytes: 1 << 30, Bytes: 4 << 30, RecordBytes: 16 << 20, Columns: 16_384, Rows: 10_000_000, Files: 1_000,
}

var (
	errUnpacked = errors.New("too large unpacked")
	errRecord   = errors.New("a row is too long")
)

// A boundedReader fails once more than left bytes came out of r.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errUnpacked
	}
	return n, err
}

// size returns a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
