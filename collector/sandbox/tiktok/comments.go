package tiktok

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A comment is one under a video, or an answer to one.
type comment struct {
	id      string // 19 digits, growing with time
	user    string // the platform's id of who wrote it
	text    string
	at      int64 // Unix seconds
	parent  int   // index of the comment that it answers; -1: none
	owner   bool  // the video's own account wrote it
	hidden  bool
	likes   int64
	replies int64
}

// The draws of a comment's hash.
const (
	drawCommentRest = iota
	drawCommentUser
	drawCommentKind
	drawCommentParent
	drawCommentText
	drawCommentNumber
	drawCommentHidden
	drawCommentLikes
)

// Parts of all the comments.
const (
	partAnswers       = 0.25 // to other comments
	partOfficial      = 0.4  // of the answers
	partHiddenComment = 0.03
)

// commentTexts and answerTexts are what people write, and what the account
// answers. %d is a small number.
var (
	commentTexts = []string{"بہت اچھا کام! %d", "کب تک مکمل ہو گا؟ %d", "Great work, number %d", "When does it open? %d", "Parabéns! %d", "E no meu bairro? %d", "👏 %d"}
	answerTexts  = []string{"شکریہ۔ تفصیل ہماری ویب سائٹ پر ہے۔ %d", "Thank you. See our website. %d", "Obrigado! Veja o nosso site. %d"}
)

// commentsAt returns the comments that are under the video in the second, the
// oldest first: as many as its counter tells.
func (v *video) commentsAt(second int64) []comment {
	count := func(at int64) int64 { return v.at(at).comments }
	n := int(count(second))
	all := make([]comment, n)
	from := v.published
	for i := range all {
		h := sandbox.HashOf(0, "tiktok comment", v.id, strconv.Itoa(i))
		c := &all[i]
		// It is there from the second on in which the counter reaches it.
		from += int64(sort.Search(int(second-from), func(s int) bool { return count(from+int64(s)) > int64(i) }))
		c.at = from
		c.id = strconv.FormatInt(c.at<<32|int64(h.Draw(drawCommentRest)&(1<<32-1)), 10)
		c.user = sandbox.HashOf(0, "tiktok citizen", strconv.FormatUint(h.Draw(drawCommentUser)%5000, 10)).Digits(0, "7", 19)
		c.parent = -1
		if kind := h.Unit(drawCommentKind); i > 0 && kind < partAnswers {
			c.parent = int(h.Draw(drawCommentParent) % uint64(i))
			if up := all[c.parent].parent; up >= 0 { // answers to answers stand beside them
				c.parent = up
			}
			c.owner = kind < partAnswers*partOfficial
			all[c.parent].replies++
		}
		texts := commentTexts
		if c.owner {
			texts, c.user = answerTexts, v.account.userID()
		}
		c.text = fmt.Sprintf(texts[h.Draw(drawCommentText)%uint64(len(texts))], 2+h.Draw(drawCommentNumber)%58) + " " + generatedMark
		c.hidden = !c.owner && h.Unit(drawCommentHidden) < partHiddenComment
		c.likes = int64(h.Between(drawCommentLikes, 0, 4) * h.Between(drawCommentLikes+100, 0, 4))
	}
	return all
}

// userID is what comments know the account by; it is no open_id.
func (a *account) userID() string {
	return sandbox.HashOf(0, "tiktok user", a.Handle).Digits(0, "68", 19)
}

// Comments returns the comments under a video at the moment: see
// sandbox.Commented. The Display API tells of none.
func (w *World) Comments(a sandbox.Account, id string, at time.Time) []sandbox.Comment {
	v := w.byVideo[id]
	if v == nil || v.private || v.account.Handle != a.Handle || v.published > at.Unix() {
		return nil
	}
	all := v.commentsAt(at.Unix())
	out := make([]sandbox.Comment, len(all))
	for i, c := range all {
		out[i] = sandbox.Comment{CommentID: c.id, Text: c.text, Official: c.owner, PublishedAt: time.Unix(c.at, 0).UTC()}
		if c.parent >= 0 {
			out[i].ParentID = all[c.parent].id
		}
	}
	return out
}

// The most of a page of comments.
const (
	maxComments     = 30
	defaultComments = 20
)

// businessComments answers GET /business/comment/list/: the newest first,
// whichever order is asked for. Answers stand below what they answer. The
// cursor is a place in the list.
func (c *call) businessComments() ([]byte, error) {
	if err := c.ownBusiness(); err != nil {
		return nil, err
	}
	v := c.world.byVideo[c.query.Get("video_id")]
	if v == nil || v.account != c.owner.account || !c.shows(v) {
		return nil, BusinessInvalidParams("video_id: Not a valid video.")
	}
	cursor, size := int64(0), int64(defaultComments)
	for name, to := range map[string]*int64{"cursor": &cursor, "max_count": &size} {
		if text := c.query.Get(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return nil, BusinessInvalidParams(name + ": Not a valid integer.")
			}
			*to = n
		}
	}
	status, with := c.query.Get("status"), c.query.Get("include_replies")
	switch {
	case size < 1 || size > maxComments:
		return nil, BusinessInvalidParams("max_count: Must be between 1 and 30.")
	case status != "" && status != "PUBLIC" && status != "ALL":
		return nil, BusinessInvalidParams("status: Must be one of PUBLIC, ALL.")
	case with != "" && with != "true" && with != "false":
		return nil, BusinessInvalidParams("include_replies: Not a valid boolean.")
	case !slices.Contains([]string{"", "likes", "replies", "create_time"}, c.query.Get("sort_field")),
		!slices.Contains([]string{"", "asc", "desc", "smart"}, c.query.Get("sort_order")):
		return nil, BusinessInvalidParams("sort_field: Must be one of likes, replies, create_time.")
	}
	all := v.commentsAt(c.at)
	answers := make(map[int][]int)
	var top []int
	for i := range all {
		switch {
		case all[i].hidden && status == "PUBLIC":
		case all[i].parent >= 0:
			answers[all[i].parent] = append(answers[all[i].parent], i)
		default:
			top = append(top, i)
		}
	}
	slices.Reverse(top)
	from := min(int(cursor), len(top))
	to := min(from+int(size), len(top))
	b := []byte(`{"comments":[`)
	for _, i := range top[from:to] {
		b = c.appendComment(b, v, all, i)
		if with == "true" {
			b = append(b, `,"reply_list":[`...)
			for _, j := range answers[i] {
				b = append(c.appendComment(b, v, all, j), '}', ',')
			}
			b = sandbox.CloseList(b, ']')
		}
		b = append(b, '}', ',')
	}
	b = sandbox.CloseList(b, ']')
	b = sandbox.AppendInt(append(b, `,"cursor":`...), int64(to))
	return append(appendBool(append(b, `,"has_more":`...), to < len(top)), '}'), nil
}

// appendComment appends the comment, without the end of its object.
func (c *call) appendComment(b []byte, v *video, all []comment, i int) []byte {
	x := &all[i]
	b = appendText(append(b, `{"comment_id":`...), x.id)
	b = appendText(append(b, `,"video_id":`...), v.id)
	b = appendText(append(b, `,"user_id":`...), x.user)
	name := "generated_user_" + x.user[len(x.user)-6:]
	if x.owner {
		name = v.account.Handle
	}
	b = appendText(append(b, `,"username":`...), name)
	b = appendText(append(b, `,"display_name":`...), strings.ReplaceAll(name, "_", " "))
	b = append(b, `,"create_time":`...)
	if c.faults.loose {
		b = appendText(b, strconv.FormatInt(x.at, 10))
	} else {
		b = sandbox.AppendInt(b, x.at)
	}
	b = appendText(append(b, `,"text":`...), x.text)
	b = sandbox.AppendInt(append(b, `,"likes":`...), x.likes)
	b = sandbox.AppendInt(append(b, `,"replies":`...), x.replies)
	b = appendBool(append(b, `,"owner":`...), x.owner)
	b = append(b, `,"liked":false,"pinned":false,"status":`...)
	b = appendText(b, map[bool]string{false: "PUBLIC", true: "HIDDEN"}[x.hidden])
	if x.parent >= 0 {
		b = appendText(append(b, `,"parent_comment_id":`...), all[x.parent].id)
	}
	return b
}
