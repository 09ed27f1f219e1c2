package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const encodingUTF8 = "utf-8"

// encodings are the ones that a map may name. Nil: UTF-8, which is read as it is.
var encodings = map[string]encoding.Encoding{
	encodingUTF8:   nil,
	"utf-16":       unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf-16le":     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf-16be":     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"gb18030":      simplifiedchinese.GB18030,
	"windows-1252": charmap.Windows1252,
	"windows-1256": charmap.Windows1256,
}

func encodingNames() []string { return slices.Sorted(maps.Keys(encodings)) }

// decode returns the text in UTF-8 without a byte-order mark, and the name of
// its encoding: the declared one, or what the beginning of the text looks like.
// In what is no UTF-8, bytes that mean nothing come out as U+FFFD.
func decode(text *bufio.Reader, declared string) (*bufio.Reader, string, error) {
	text = bufio.NewReaderSize(text, sampleBytes)
	sample, err := text.Peek(sampleBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	name, mark := sniffMark(sample)
	switch {
	case name != "":
		// A byte-order mark knows better than a map that says UTF-8 or nothing.
	case declared != "":
		name = declared
	default:
		name = sniff(sample)
	}
	if name == encodingUTF8 {
		_, err := text.Discard(mark)
		return text, name, err
	}
	r := transform.NewReader(text, encodings[name].NewDecoder())
	decoded := bufio.NewReaderSize(r, sampleBytes)
	if first, _, err := decoded.ReadRune(); err == nil && first != '\ufeff' {
		if err := decoded.UnreadRune(); err != nil {
			return nil, "", fmt.Errorf("decode: %w", err)
		}
	}
	return decoded, name, nil
}

// sniffMark returns the encoding whose byte-order mark the text begins with,
// and the length of UTF-8's.
func sniffMark(b []byte) (name string, length int) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return encodingUTF8, 3
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return "utf-16le", 0
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return "utf-16be", 0
	}
	return "", 0
}

// sniff guesses the encoding of a text without a byte-order mark.
func sniff(b []byte) string {
	if name := sniffUTF16(b); name != "" {
		return name
	}
	// A few broken bytes in much UTF-8 are broken rows, not another encoding.
	whole, broken := 0, 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1 && len(b)-i >= utf8.UTFMax:
			broken++
		case n > 1:
			whole++
		}
		i += n
	}
	if broken == 0 || whole > 4*broken {
		return encodingUTF8
	}
	// Portuguese has an accent or two between plain letters, Arabic and Chinese
	// have whole words of high bytes.
	high, words, run := 0, 0, 0
	for _, c := range append(b[:len(b):len(b)], ' ') {
		if c >= 0x80 {
			run++
			continue
		}
		high += run
		if run > 2 {
			words += run
		}
		run = 0
	}
	switch {
	case 2*words < high:
		return "windows-1252"
	case isGB18030(b):
		return "gb18030"
	}
	return "windows-1256"
}

// sniffUTF16 knows UTF-16 without a mark by the zero bytes of its ASCII.
func sniffUTF16(b []byte) string {
	even, odd := 0, 0
	for i, c := range b[:min(len(b), 4096)] {
		if c == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	n := min(len(b), 4096)
	switch {
	case odd > n/4 && even < n/50:
		return "utf-16le"
	case even > n/4 && odd < n/50:
		return "utf-16be"
	}
	return ""
}

// isGB18030 says whether all pairs of high bytes are Chinese. Arabic letters of
// Windows-1256 are not: a space after an odd number of them breaks the pairs.
func isGB18030(b []byte) bool {
	if i := bytes.LastIndexByte(b, '\n'); i > 0 {
		b = b[:i] // the sample may end within a character
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	return err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}

// badText says what is wrong with a cell, or returns "". Only text that came
// as UTF-8 may hold U+FFFD: there it is what the platform exported.
func badText(cells []string, encoding string) string {
	for _, c := range cells {
		if strings.IndexByte(c, 0) >= 0 {
			return "a NUL byte"
		}
		if !utf8.ValidString(c) {
			return "bytes that are no UTF-8: if the file has another encoding, the map must name it"
		}
		if encoding != encodingUTF8 && strings.ContainsRune(c, utf8.RuneError) {
			return "bytes that mean nothing in " + encoding
		}
	}
	return ""
}
