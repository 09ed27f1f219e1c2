package x

import _ "embed" // the packed posts

// packed holds the posts of the one real account, one JSON object a line,
// after the line that names it. See data/SOURCE.md.
//
//go:embed data/x-cdcgov-2020.jsonl.zst
var packed []byte

// line is a line of the packed file: the account, or one of its posts.
type line struct {
	Account string `json:"account"`
	Posts   int    `json:"posts"`

	ID       uint64 `json:"id,string"`
	At       int64  `json:"at"`
	Likes    int64  `json:"likes"`
	Retweets int64  `json:"retweets"`
	Replies  int64  `json:"replies"`
	Text     string `json:"text"`
}
