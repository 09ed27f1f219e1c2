package importer

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// A File is one export. It is read several times, so it must stay as it is
// until the import has ended.
type File struct {
	Name string // shown to people, and by which the account may be found
	Path string
}

// A kind is a file format.
type kind string

const (
	kindCSV   kind = "csv" // with any separator
	kindXLSX  kind = "xlsx"
	kindJSONL kind = "jsonl" // one object on each line
	kindArray kind = "json"  // one array of objects, as in X's archive
)

// sampleBytes is how much of a text is looked at to find out what it is.
const sampleBytes = 256 << 10

// A source is an opened file: a text, or a workbook.
type source struct {
	kind     kind
	text     *bufio.Reader // unpacked, as the file encodes it; not of a workbook
	workbook string        // path of the workbook
	gzip     bool
	read     atomic.Int64 // bytes of the file that were read
	close    []func() error
}

// Close closes the file and takes away what was unpacked.
func (s *source) Close() error {
	var err error
	for i := len(s.close) - 1; i >= 0; i-- {
		err = errors.Join(err, s.close[i]())
	}
	return err
}

// A countingReader adds to n what it reads.
type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

var (
	magicGzip = []byte{0x1f, 0x8b}
	magicZip  = []byte("PK\x03\x04")
	magicOLE  = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}
	// noTables are the beginnings of files that people take for tables.
	noTables = []struct {
		magic []byte
		what  string
	}{
		{[]byte("%PDF"), "a PDF"},
		{[]byte("{\\rtf"), "a text document"},
		{[]byte("\x89PNG"), "a picture"},
		{[]byte("\xff\xd8\xff"), "a picture"},
		{[]byte("Rar!"), "a RAR archive: unpack it first"},
		{[]byte("7z\xbc\xaf"), "a 7z archive: unpack it first"},
		{[]byte("BZh"), "packed by bzip2: unpack it first"},
		{[]byte("\xfd7zXZ"), "packed by xz: unpack it first"},
		{[]byte("\x28\xb5\x2f\xfd"), "packed by zstd: unpack it first"},
		{[]byte("<!DOCTYPE"), "a web page"},
		{[]byte("<html"), "a web page"},
	}
)

// openSource opens the file and finds out whether it is a text or a workbook.
func openSource(f File, l Limits) (s *source, err error) {
	s = &source{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	file, err := os.Open(f.Path)
	if err != nil {
		return s, err
	}
	s.close = append(s.close, file.Close)
	info, err := file.Stat()
	switch {
	case err != nil:
		return s, err
	case !info.Mode().IsRegular():
		return s, fmt.Errorf("%s is no file", f.Name)
	case info.Size() == 0:
		return s, fmt.Errorf("%s is empty", f.Name)
	case info.Size() > l.FileBytes:
		return s, fmt.Errorf("%s has %s and at most %s may be imported: split it", f.Name, size(info.Size()), size(l.FileBytes))
	}
	raw := bufio.NewReaderSize(countingReader{file, &s.read}, 64<<10)
	head, _ := raw.Peek(8)
	if !bytes.HasPrefix(head, magicGzip) {
		return s, s.settle(f, raw, f.Path, l)
	}
	s.gzip = true
	unpacked, err := gzip.NewReader(raw)
	if err != nil {
		return s, s.trouble(f, err, l)
	}
	return s, s.settle(f, bufio.NewReaderSize(&boundedReader{unpacked, l.Bytes}, 64<<10), "", l)
}

// settle decides what the unpacked bytes are. path is where they lie, or empty
// if they lie packed.
func (s *source) settle(f File, r *bufio.Reader, path string, l Limits) error {
	head, err := r.Peek(16)
	if err != nil && !errors.Is(err, io.EOF) {
		return s.trouble(f, err, l)
	}
	switch {
	case len(head) == 0:
		return fmt.Errorf("%s is empty", f.Name)
	case bytes.HasPrefix(head, magicGzip):
		return fmt.Errorf("%s is packed twice: unpack it first", f.Name)
	case bytes.HasPrefix(head, magicOLE):
		return fmt.Errorf("%s is an old Excel workbook (.xls) or has a password: save it as .xlsx without a password", f.Name)
	case bytes.HasPrefix(head, magicZip):
		s.kind, s.workbook = kindXLSX, path
		if path == "" {
			s.workbook, err = s.unpack(r)
			if err != nil {
				return s.trouble(f, err, l)
			}
		}
		return nil
	}
	for _, n := range noTables {
		if len(head) >= len(n.magic) && bytes.EqualFold(head[:len(n.magic)], n.magic) {
			return fmt.Errorf("%s is %s: want CSV, TSV, XLSX or JSON lines", f.Name, n.what)
		}
	}
	s.text = r
	return nil
}

// unpack writes what r gives to a temporary file, which Close takes away.
func (s *source) unpack(r io.Reader) (string, error) {
	t, err := os.CreateTemp("", "hamawaz-import-*.xlsx")
	if err != nil {
		return "", err
	}
	s.close = append(s.close, func() error { return os.Remove(t.Name()) })
	_, err = io.Copy(t, r)
	return t.Name(), errors.Join(err, t.Close())
}

// trouble says in one sentence what is wrong with a file that cannot be read to
// its end.
func (s *source) trouble(f File, err error, l Limits) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, errUnpacked):
		return fmt.Errorf("%s unpacks to more than %s: it is no export", f.Name, size(l.Bytes))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return fmt.Errorf("%s is cut off or damaged: download it again (%w)", f.Name, err)
	case errors.Is(err, errRecord):
		return fmt.Errorf("%s: %w: a row has more than %s; a quotation mark that is never closed does that", f.Name, err, size(int64(l.RecordBytes)))
	}
	return fmt.Errorf("read %s: %w", f.Name, err)
}

// hash returns the file's SHA-256 in hexadecimal.
func (f File) hash(ctx context.Context) (string, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for ctx.Err() == nil {
		n, err := file.Read(buf)
		h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", fmt.Errorf("read %s: %w", f.Name, err)
		}
	}
	return "", ctx.Err()
}

// size returns how many bytes the file has, or 0 if that is unknown.
func (f File) size() int64 {
	info, err := os.Stat(f.Path)
	if err != nil {
		return 0
	}
	return info.Size()
}
