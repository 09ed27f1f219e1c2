package tiktok

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// The bounds of reading comments: people rarely write under old videos, and the
// calls are those that the videos need.
const (
	commentAge      = 7 * 24 * time.Hour // of the video
	commentPageSize = 30                 // the most that is given
	maxCommentPages = 5                  // of one video: the newest 150, and their answers
	maxCommentCalls = 60                 // of one run
)

type commentsBody struct {
	businessBody
	Data struct {
		Comments []commentWithAnswers `json:"comments"`
		Cursor   api.Count            `json:"cursor"`
		More     flag                 `json:"has_more"`
	} `json:"data"`
}

// A commentWithAnswers is a comment under a video. Whether answers stand in its
// list, or beside it with the id of what they answer, is not written down: both
// are read.
type commentWithAnswers struct {
	comment
	Answers []comment `json:"reply_list"`
}

type comment struct {
	ID      ident     `json:"comment_id"`
	User    word      `json:"user_id"`
	Created api.Count `json:"create_time"` // a number or a string
	Text    text      `json:"text"`
	Likes   api.Count `json:"likes"`
	Replies api.Count `json:"replies"`
	Owner   flag      `json:"owner"` // the account of the video wrote it
	Status  text      `json:"status"`
	Parent  ident     `json:"parent_comment_id"`
}

// A word is an id of any kind, sent as string or number.
type word string

// UnmarshalJSON never fails.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = ""
	var s string
	switch {
	case json.Unmarshal(b, &s) == nil:
		*w = word(s)
	case len(b) <= 32 && len(bytes.Trim(b, "0123456789")) == 0:
		*w = word(b)
	}
	return nil
}

// addComments reads the comments under the young videos of the page whose
// insights are due, and adds them to the page at hand. Comments are the least
// that is asked for: trouble with them ends their reading in this run, and
// nothing else.
func (b *accounts) addComments(ctx context.Context, l *list) error {
	for i := range l.videos {
		v := &l.videos[i]
		p, err := v.post(b.job.Account, b.handle, l.answer.At)
		n := v.counters.Comments
		if err != nil || n != nil && *n == 0 || l.answer.At.Sub(p.PublishedAt) > commentAge ||
			b.job.InsightsDue != nil && !b.job.InsightsDue(p) {
			continue
		}
		if b.noComments || b.commentCalls >= maxCommentCalls {
			return nil
		}
		err = b.readComments(ctx, p.PostID)
		switch e := asRefusal(err); {
		case err == nil:
		case ctx.Err() != nil:
			return err
		case e != nil && e.fault == faultScope:
			b.noComments = true
			b.metrics(&b.comments, []string{"comments"}, schema.MetricRefused, e.Error())
			b.notPermitted("comments", e)
		case errors.Is(err, collector.ErrRequest):
			// This video's alone: it may have gone meanwhile.
			b.skip("comments left out", "post_id", p.PostID, "reason", err.Error())
		default:
			b.noComments = true
			b.skip("comments are left out in this run", "post_id", p.PostID, "reason", err.Error())
		}
	}
	return nil
}

// readComments adds the newest comments under the video, and their answers.
func (b *accounts) readComments(ctx context.Context, id string) error {
	q := url.Values{"video_id": {id}, "include_replies": {"true"}, "status": {"ALL"}, "sort_field": {"create_time"},
		"sort_order": {"desc"}, "max_count": {strconv.Itoa(commentPageSize)}}
	for page, next := 0, int64(0); page < maxCommentPages && b.commentCalls < maxCommentCalls; page++ {
		if next != 0 {
			q.Set("cursor", strconv.FormatInt(next, 10))
		}
		b.commentCalls++
		a, body, odd, err := askBusiness[commentsBody](ctx, b, "business/comment/list/", nil, q)
		if err != nil {
			return err
		}
		b.odd(odd)
		// The answer is not kept: it names citizens, whom we only count.
		b.addThreads(body, id, a.At)
		if !b.comments.told {
			b.comments.told = true
			b.metrics(&b.comments, []string{"comments"}, schema.MetricGiven, "")
		}
		cursor := body.Data.Cursor
		if !body.Data.More.value || !cursor.Known || cursor.N == next || len(body.Data.Comments) == 0 {
			return nil
		}
		next = cursor.N
	}
	return nil
}

// addThreads adds the comments of an answer, and the answers to them.
func (b *accounts) addThreads(body *commentsBody, post string, at time.Time) {
	for i := range body.Data.Comments {
		c := &body.Data.Comments[i]
		b.addComment(&c.comment, post, c.Parent, at)
		for j := range c.Answers {
			b.addComment(&c.Answers[j], post, c.ID, at)
		}
	}
}

// addComment adds a comment under the video to the page at hand. One without an
// id or a time that can be true is skipped.
func (b *accounts) addComment(c *comment, post string, parent ident, at time.Time) {
	when := video{created: c.Created}
	published := when.published(at)
	if c.ID == "" || published.IsZero() {
		b.skip("comment left out: no id, or no time that can be true", "post_id", post)
		return
	}
	if c.Parent != "" {
		parent = c.Parent
	}
	if parent == c.ID {
		parent = ""
	}
	var hidden *bool
	switch c.Status {
	case "PUBLIC", "HIDDEN":
		hidden = new(c.Status == "HIDDEN")
	}
	b.page.Comments = append(b.page.Comments, schema.Comment{
		AccountID:   b.job.Account.ID,
		PostID:      post,
		CommentID:   string(c.ID),
		ParentID:    string(parent),
		Platform:    schema.TikTok,
		Author:      schema.CommentAuthor(schema.TikTok, string(c.User)),
		Official:    c.Owner.value || c.User != "" && string(c.User) == b.job.Account.PlatformID,
		Text:        posttext.Valid(string(c.Text)),
		PublishedAt: published,
		Likes:       c.Likes.Ptr(),
		Replies:     c.Replies.Ptr(),
		Hidden:      hidden,
		CollectedAt: at,
		RunID:       b.job.RunID,
	})
}
