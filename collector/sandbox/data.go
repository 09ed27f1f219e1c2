package sandbox

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// packed holds the posts, one JSON object a line, each account's posts after
// the line that names it. See data/SOURCE.md.
//
//go:embed data/instagram-brazil-states.jsonl.zst
var packed []byte

// line is a line of the packed file: an account, or a post of the last one.
type line struct {
	Account   string `json:"account"`
	State     string `json:"state"`
	ProfileID int64  `json:"profile_id,string"`
	Name      string `json:"name"`
	Posts     int    `json:"posts"`

	Code     string `json:"code"`
	Kind     string `json:"kind"`
	At       int64  `json:"at"`
	Likes    *int64 `json:"likes"`
	Comments *int64 `json:"comments"`
	Profile  string `json:"profile"`
	Caption  string `json:"caption"`
}

// unpack calls account for each account and then post for each of its posts,
// oldest first.
func unpack(packed []byte, account, post func(line) error) error {
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
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		take := post
		if l.Account != "" {
			take = account
		}
		if err := take(l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}
