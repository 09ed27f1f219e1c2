package youtube

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

const (
	callThreads = "commentThreads"

	maxThreads = "100" // the most that the API gives at once

	// again is how far behind the newest comment known others are taken once
	// more: one that was held back for review comes late, under its own time.
	again = 24 * time.Hour
)

// A thread is a comment under a video, with some of its answers.
type thread struct {
	Snippet struct {
		VideoID string    `json:"videoId"` // left out: a comment on the channel itself
		Top     comment   `json:"topLevelComment"`
		Replies api.Count `json:"totalReplyCount"`
	} `json:"snippet"`
	Replies struct {
		Comments []comment `json:"comments"`
	} `json:"replies"`
}

// A comment is a comment or an answer to one.
type comment struct {
	ID      string `json:"id"`
	Snippet struct {
		Author struct {
			ID string `json:"value"`
		} `json:"authorChannelId"`
		Text        string    `json:"textDisplay"`
		Original    string    `json:"textOriginal"` // told to its author alone, as a rule
		Likes       api.Count `json:"likeCount"`
		PublishedAt string    `json:"publishedAt"`
		UpdatedAt   string    `json:"updatedAt"`
	} `json:"snippet"`
}

// comments adds the newest comments on the channel's videos to the page at hand:
// those of one call, since the newest that is known. Answers of the channel
// itself are official.
//
// The answer itself is not kept: it names citizens.
func (r *run) comments(ctx context.Context, ch *channel, left *legacy) error {
	own := r.cred
	defer func() { r.cred = own }()
	if own.owner && r.Key != nil {
		// An owner's token needs another scope here, one that may change things.
		if key, err := r.Key(ctx, r.job.Account); err == nil && key != "" {
			r.cred = credential{secret: key}
		}
	}
	a, body, err := get[thread](ctx, r, callThreads, url.Values{
		"part":                         {threadParts},
		"allThreadsRelatedToChannelId": {ch.ID},
		"maxResults":                   {maxThreads},
		"order":                        {"time"},
		"textFormat":                   {"plainText"},
	})
	switch refused := asRefusal(err); {
	case refused.is("commentsDisabled"):
		return nil
	case refused.is("forbidden", "insufficientPermissions"):
		r.metric(callThreads, "comments", schema.MetricRefused, refused.message, r.at)
		return nil
	case errors.Is(err, collector.ErrGone):
		// Not the channel, which has just answered.
		r.skip("no comments", "detail", err.Error())
		return nil
	case err != nil:
		return err
	}
	r.metric(callThreads, "comments", schema.MetricGiven, "", a.At)
	r.addThreads(a, ch.ID, body.Items, left)
	return nil
}

// addThreads adds what is new in the threads to the page at hand, and notes the
// newest.
func (r *run) addThreads(a *api.Answer, channel string, threads []thread, left *legacy) {
	since := left.comments.Add(-again)
	for i := range threads {
		t := &threads[i]
		if t.Snippet.VideoID == "" {
			continue
		}
		r.addComment(a, channel, t, &t.Snippet.Top, "", since, left)
		for j := range t.Replies.Comments {
			r.addComment(a, channel, t, &t.Replies.Comments[j], t.Snippet.Top.ID, since, left)
		}
	}
}

func (r *run) addComment(a *api.Answer, channel string, t *thread, c *comment, parent string, since time.Time, left *legacy) {
	at, err := time.Parse(time.RFC3339Nano, c.Snippet.PublishedAt)
	if err != nil || !isID(t.Snippet.VideoID) || !isCommentID(c.ID) || parent != "" && !isCommentID(parent) ||
		at.Before(firstVideo) || at.After(a.At.Add(48*time.Hour)) {
		r.skip("comment left out: no id, or no time that can be true", "post_id", posttext.Valid(a.Excerpt(t.Snippet.VideoID)))
		return
	}
	edited, _ := time.Parse(time.RFC3339Nano, c.Snippet.UpdatedAt)
	if at.Before(since) && edited.Before(since) {
		return
	}
	if at.After(left.comments) {
		left.comments = at.UTC()
	}
	text := c.Snippet.Text
	if text == "" {
		text = c.Snippet.Original
	}
	row := schema.Comment{
		AccountID:   r.job.Account.ID,
		PostID:      t.Snippet.VideoID,
		CommentID:   c.ID,
		ParentID:    parent,
		Platform:    schema.YouTube,
		Author:      schema.CommentAuthor(schema.YouTube, c.Snippet.Author.ID),
		Official:    c.Snippet.Author.ID == channel,
		Text:        posttext.Valid(text),
		PublishedAt: at.UTC(),
		Likes:       c.Snippet.Likes.Ptr(),
		CollectedAt: a.At,
		RunID:       r.job.RunID,
	}
	if parent == "" {
		row.Replies = t.Snippet.Replies.Ptr()
	}
	r.page.Comments = append(r.page.Comments, row)
}

// isCommentID says whether s may be the id of a comment. That of an answer has a
// dot in it.
func isCommentID(s string) bool {
	before, after, answer := strings.Cut(s, ".")
	return isID(before) && (!answer || isID(after))
}
