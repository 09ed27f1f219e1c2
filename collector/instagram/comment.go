package instagram

import (
	"cmp"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// commentFields ask for the newest comments of each media and the answers to
// them, within the call for the list.
const commentFields = "comments.limit(25){" + oneComment + ",replies.limit(10){" + oneComment + "}}"

const oneComment = "id,text,timestamp,like_count,username,from,hidden"

type commentList struct {
	Data   []comment    `json:"data"` // nil: not asked for, or there are none
	Paging graph.Paging `json:"paging"`
}

type comment struct {
	ID        ident     `json:"id"`
	Text      string    `json:"text"`
	Timestamp string    `json:"timestamp"`
	Likes     api.Count `json:"like_count"`
	Username  string    `json:"username"`
	From      struct {
		ID       ident  `json:"id"`
		Username string `json:"username"`
	} `json:"from"`
	Hidden  *bool       `json:"hidden"`
	Replies commentList `json:"replies"`
}

// addComments adds comments under a post, and the answers to them, to the page
// at hand. What cannot be read is skipped.
func (r *run) addComments(p *schema.Post, list []comment, parent string, at time.Time) {
	for i := range list {
		c := &list[i]
		published, err := parseTime(c.Timestamp)
		if c.ID == "" || err != nil || published.Before(firstPost) || published.After(at.Add(48*time.Hour)) {
			r.Skip("comment left out", "post_id", p.PostID, "comment_id", string(c.ID))
			continue
		}
		if c.Likes.Bad {
			r.Skip("value left out: not a count", "post_id", p.PostID, "comment_id", string(c.ID), "name", "like_count")
		}
		name := cmp.Or(c.Username, c.From.Username)
		row := schema.Comment{
			AccountID:   p.AccountID,
			PostID:      p.PostID,
			CommentID:   string(c.ID),
			ParentID:    parent,
			Platform:    schema.Instagram,
			Author:      schema.CommentAuthor(schema.Instagram, cmp.Or(string(c.From.ID), strings.ToLower(name))),
			Official:    string(c.From.ID) == r.Job.Account.PlatformID || name != "" && strings.EqualFold(name, r.handle),
			Text:        posttext.Valid(c.Text),
			PublishedAt: published.UTC(),
			Likes:       c.Likes.Ptr(),
			Hidden:      c.Hidden,
			CollectedAt: at,
			RunID:       r.Job.RunID,
		}
		if c.Replies.Data != nil && c.Replies.Paging.Next == "" {
			row.Replies = new(int64(len(c.Replies.Data)))
		}
		r.Page.Comments = append(r.Page.Comments, row)
		if parent == "" { // answers have none of their own
			r.addComments(p, c.Replies.Data, row.CommentID, at)
		}
	}
}
