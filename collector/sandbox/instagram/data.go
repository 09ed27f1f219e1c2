package instagram

import _ "embed" // the packed posts

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
	Caption  string `json:"caption"`
}
