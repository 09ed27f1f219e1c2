package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Unpack reads a packed file of JSON lines and calls take with each of them.
func Unpack[L any](packed []byte, take func(L) error) error {
	dec, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer dec.Close()
	r := bufio.NewReaderSize(dec, 1<<16)
	for n := 1; ; n++ {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(text) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var l L
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := take(l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// Pack packs JSON lines for Unpack. It uses one encoder on one block of
// memory, so that the result does not depend on the machine.
func Pack(lines []byte) ([]byte, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(32<<20))
	if err != nil {
		return nil, err
	}
	return enc.EncodeAll(lines, nil), enc.Close()
}
