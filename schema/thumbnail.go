package schema

import "time"

// A Thumbnail is a small picture of a post, or why there is none.
type Thumbnail struct {
	AccountID AccountID `ch:"account_id"`
	PostID    string    `ch:"post_id"`
	Image     string    `ch:"image"` // its bytes; empty: none could be had
	MediaType string    `ch:"media_type"`
	Width     uint16    `ch:"width"`
	Height    uint16    `ch:"height"`
	Error     string    `ch:"error"`
	Tries     uint8     `ch:"tries"` // that failed
	FetchedAt time.Time `ch:"fetched_at"`
}
