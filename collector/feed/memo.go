package feed

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
)

// validators are what a server told of an answer, byte for byte, so that we can
// ask whether it has changed.
type validators struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
}

// validatorsOf returns those of an answer. What could not be sent back as it
// came is left out.
func validatorsOf(h http.Header) validators {
	keep := func(s string) string {
		if len(s) > maxValidator || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return ""
		}
		return s
	}
	return validators{keep(h.Get("ETag")), keep(h.Get("Last-Modified"))}
}

// A memo is what a complete pass leaves for the next: see collector.Job.Left.
type memo struct {
	Account string    `json:"account"`           // the URL of the account that all of this is about
	Address string    `json:"address,omitempty"` // where the feed has moved for good, within its site
	Read    time.Time `json:"read"`              // the last good answer
	Full    time.Time `json:"full"`              // the last one that was the whole feed
	Depth   time.Time `json:"depth"`             // how far back the pass of that one went
	Manners manners   `json:"manners"`
	validators

	// Undated is when items were first seen whose date is missing or cannot be
	// true, in Unix seconds, by post id. It is the date that they keep.
	Undated map[string]int64 `json:"undated,omitempty"`
}

const (
	maxValidator = 1 << 10 // bytes of an ETag or a Last-Modified that is kept
	maxUndated   = 500     // dates of items that are kept; the oldest are forgotten
)

// parseMemo reads what an earlier pass left. What cannot be read, or is about
// another address, is nothing.
func parseMemo(s, account string) memo {
	var m memo
	if json.Unmarshal([]byte(s), &m) != nil || m.Account != account {
		return memo{}
	}
	if m.Address != "" {
		if u, err := url.Parse(m.Address); err != nil || check(u) != nil {
			m.Address = ""
		}
	}
	return m
}

func (m memo) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // it holds nothing that JSON cannot
	}
	return string(b)
}

// forget keeps the undated items within bounds.
func (m *memo) forget() {
	if len(m.Undated) <= maxUndated {
		return
	}
	at := slices.Sorted(maps.Values(m.Undated))
	from := at[len(at)-maxUndated]
	maps.DeleteFunc(m.Undated, func(_ string, t int64) bool { return t < from })
}

// A position is what a cursor holds: the page that comes next, and what the
// pass will leave.
type position struct {
	Page    int       `json:"page"` // its number, from 1
	Next    string    `json:"next"` // its address
	Guessed bool      `json:"guessed,omitempty"`
	Depth   time.Time `json:"depth"`
	Memo    memo      `json:"memo"`
}

// maxPages bounds a pass: a list that long has no end.
const maxPages = 5000

func (p position) cursor() collector.Cursor {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // it holds nothing that JSON cannot
	}
	return collector.Cursor(b)
}

// parseCursor reads where a pass over the account's feed goes on.
func parseCursor(c collector.Cursor, account string) (position, error) {
	if c == "" {
		return position{}, nil
	}
	var p position
	if err := json.Unmarshal([]byte(c), &p); err != nil {
		return position{}, err
	}
	u, err := url.Parse(p.Next)
	if err != nil || check(u) != nil || p.Page < 2 || p.Page > maxPages || p.Memo.Account != account {
		return position{}, errors.New("no page of this feed")
	}
	return p, nil
}
