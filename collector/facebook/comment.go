package facebook

import (
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// commentFields ask for the newest comments of each post, the answers to
// comments among them, within the call for the list. Who wrote one is told of
// Pages, and of people only where we may know.
const commentFields = "comments.limit(25).filter(stream).order(reverse_chronological).as(cc){id,message,created_time,from,like_count,comment_count,is_hidden,parent{id}}"

type commentList struct {
	Data []comment `json:"data"`
}

type comment struct {
	ID      ident     `json:"id"`
	Message string    `json:"message"`
	Created string    `json:"created_time"`
	Likes   api.Count `json:"like_count"`
	Answers api.Count `json:"comment_count"`
	Hidden  *bool     `json:"is_hidden"`
	From    struct {
		ID ident `json:"id"`
	} `json:"from"`
	Parent struct {
		ID ident `json:"id"`
	} `json:"parent"`
}

// addComments adds comments under a post to the page at hand. What cannot be
// read is skipped.
func (r *run) addComments(p *schema.Post, list []comment, at time.Time) {
	for i := range list {
		c := &list[i]
		published, err := parseTime(c.Created)
		if c.ID == "" || err != nil || published.Before(firstPost) || published.After(at.Add(48*time.Hour)) {
			r.Skip("comment left out", "post_id", p.PostID, "comment_id", string(c.ID))
			continue
		}
		if c.Likes.Bad || c.Answers.Bad {
			r.Skip("value left out: not a count", "post_id", p.PostID, "comment_id", string(c.ID))
		}
		r.Page.Comments = append(r.Page.Comments, schema.Comment{
			AccountID:   p.AccountID,
			PostID:      p.PostID,
			CommentID:   string(c.ID),
			ParentID:    string(c.Parent.ID),
			Platform:    schema.Facebook,
			Author:      schema.CommentAuthor(schema.Facebook, string(c.From.ID)),
			Official:    c.From.ID != "" && string(c.From.ID) == r.pageID,
			Text:        posttext.Valid(c.Message),
			PublishedAt: published.UTC(),
			Likes:       c.Likes.Ptr(),
			Replies:     c.Answers.Ptr(),
			Hidden:      c.Hidden,
			CollectedAt: at,
			RunID:       r.Job.RunID,
		})
	}
}
