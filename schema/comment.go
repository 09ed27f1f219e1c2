package schema

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A Comment is one comment under a post, or an answer to one, as last seen.
type Comment struct {
	AccountID   AccountID `ch:"account_id"`
	PostID      string    `ch:"post_id"`
	CommentID   string    `ch:"comment_id"` // the platform's
	ParentID    string    `ch:"parent_id"`  // the comment that it answers; empty: the post
	Platform    Platform  `ch:"platform"`
	Author      uint64    `ch:"author"`   // see CommentAuthor; 0: the platform did not say
	Official    bool      `ch:"official"` // written by the account itself
	Text        string    `ch:"text"`
	PublishedAt time.Time `ch:"published_at"`
	Likes       *int64    `ch:"likes"`
	Replies     *int64    `ch:"replies"`
	Hidden      *bool     `ch:"hidden"`
	CollectedAt time.Time `ch:"collected_at"`
	RunID       string    `ch:"run_id"`
}

// CommentAuthor returns the number that stands for the platform's id of a
// comment's author: citizens are counted, and not named. 0 stands for no id.
func CommentAuthor(p Platform, id string) uint64 {
	if id == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(string(p) + "\x00" + id))
	return binary.BigEndian.Uint64(sum[:8])
}
