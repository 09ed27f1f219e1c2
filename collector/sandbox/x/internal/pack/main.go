// Command pack makes the data file of the sandbox of X out of the published
// posts of one national health agency:
//
//	go run ./collector/sandbox/x/internal/pack FOLDER
//
// FOLDER holds cdc.csv.gz. The same folder always gives the same file, byte
// for byte. What is changed on the way is told in data/SOURCE.md.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// out is where the packed file is kept, from the root of the module.
const out = "collector/sandbox/x/data/x-cdcgov-2020.jsonl.zst"

// account is the line that stands before the posts.
type account struct {
	Handle string `json:"account"`
	Posts  int    `json:"posts"`
}

// post is one line of the packed file.
type post struct {
	ID       string `json:"id"`
	At       int64  `json:"at"`
	Likes    int64  `json:"likes"`
	Retweets int64  `json:"retweets"`
	Replies  int64  `json:"replies"`
	Text     string `json:"text"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(folder, out string, log io.Writer) error {
	a, posts, err := read(filepath.Join(folder, "cdc.csv.gz"))
	if err != nil {
		return fmt.Errorf("read cdc.csv.gz: %w", err)
	}
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		return err
	}
	for _, p := range posts {
		if err := enc.Encode(p); err != nil {
			return err
		}
	}
	packed, err := sandbox.Pack(lines.Bytes())
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "%s: %d posts, %d bytes, packed %d\n", a.Handle, a.Posts, lines.Len(), len(packed))
	return os.WriteFile(out, packed, 0o644)
}

// read returns the account and its posts, oldest first.
func read(path string) (account, []post, error) {
	f, err := os.Open(path)
	if err != nil {
		return account{}, nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return account{}, nil, err
	}
	r := csv.NewReader(z)
	head, err := r.Read()
	if err != nil {
		return account{}, nil, err
	}
	col := make(map[string]int)
	for i, name := range head {
		col[name] = i
	}
	var a account
	var posts []post
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return a, nil, err
		}
		cell := func(name string) string { return row[col[name]] }
		if a.Handle != "" && a.Handle != cell("username") {
			return a, nil, fmt.Errorf("posts of %s and of %s in one file", a.Handle, cell("username"))
		}
		a.Handle = cell("username")
		p, err := parse(cell)
		if err != nil {
			return a, nil, err
		}
		posts = append(posts, p)
	}
	slices.Reverse(posts)
	older := func(x, y post) int { return int(min(max(x.At-y.At, -1), 1)) }
	if !slices.IsSortedFunc(posts, older) {
		return a, nil, errors.New("the posts are not newest first")
	}
	a.Posts = len(posts)
	return a, posts, nil
}

// snowflakeEpoch is the millisecond from which the platform counts in its ids.
const snowflakeEpoch = 1288834974657

func parse(cell func(string) string) (post, error) {
	at, err := time.Parse(time.DateTime, cell("date"))
	if err != nil {
		return post{}, err
	}
	p := post{ID: cell("id"), At: at.Unix(), Text: html.UnescapeString(cell("text"))}
	id, err := strconv.ParseUint(p.ID, 10, 64)
	if err != nil {
		return post{}, err
	}
	if made := (int64(id>>22) + snowflakeEpoch) / 1000; made != p.At {
		return post{}, fmt.Errorf("post %s is of %s, its id says %s", p.ID, at, time.Unix(made, 0).UTC())
	}
	for name, to := range map[string]*int64{"favorites": &p.Likes, "retweets": &p.Retweets, "replies": &p.Replies} {
		if *to, err = strconv.ParseInt(cell(name), 10, 64); err != nil {
			return post{}, err
		}
	}
	return p, nil
}
