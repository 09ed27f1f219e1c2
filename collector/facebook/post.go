package facebook

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/graph"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// postFields are what we ask of a post. from is not asked for: the list holds
// the Page's own posts, and the number in from may be another than the Page's id.
const postFields = "id,created_time,message,story,permalink_url,status_type,is_published,is_hidden,is_expired,parent_id,full_picture," +
	"attachments{media_type,type,title,url,target,subattachments},shares"

// countFields are the counters that anyone may see, each under a name of ours.
// They need a permission, or a feature, more than the post itself.
var countFields = strings.Join([]string{
	"reactions.limit(0).summary(total_count).as(r)",
	"reactions.type(LIKE).limit(0).summary(total_count).as(r_like)",
	"reactions.type(LOVE).limit(0).summary(total_count).as(r_love)",
	"reactions.type(WOW).limit(0).summary(total_count).as(r_wow)",
	"reactions.type(HAHA).limit(0).summary(total_count).as(r_haha)",
	"reactions.type(SAD).limit(0).summary(total_count).as(r_sad)",
	"reactions.type(ANGRY).limit(0).summary(total_count).as(r_angry)",
	"reactions.type(CARE).limit(0).summary(total_count).as(r_care)",
	"comments.limit(0).filter(stream).summary(total_count).as(c)", // stream: answers to comments too
}, ",")

// The names of our calls in observations.
const (
	callPosts    = "posts"
	callInsights = "insights"
)

type postPage struct {
	api.GraphBody
	Data   []post       `json:"data"` // nil: there was no list
	Paging graph.Paging `json:"paging"`
}

type post struct {
	ID          ident  `json:"id"`
	Created     string `json:"created_time"`
	Message     string `json:"message"` // left out of posts without text
	Permalink   string `json:"permalink_url"`
	Picture     string `json:"full_picture"`
	StatusType  string `json:"status_type"`
	Published   *bool  `json:"is_published"`
	Hidden      bool   `json:"is_hidden"`
	Expired     bool   `json:"is_expired"`
	Parent      ident  `json:"parent_id"`
	Attachments struct {
		Data []attachment `json:"data"`
	} `json:"attachments"`

	Shares    shares  `json:"shares"`
	Reactions summary `json:"r"`
	Like      summary `json:"r_like"`
	Love      summary `json:"r_love"`
	Wow       summary `json:"r_wow"`
	Haha      summary `json:"r_haha"`
	Sad       summary `json:"r_sad"`
	Angry     summary `json:"r_angry"`
	Care      summary `json:"r_care"`
	Comments  summary `json:"c"`

	Commented commentList `json:"cc"`
}

type attachment struct {
	MediaType string `json:"media_type"`
	URL       string `json:"url"`
	Sub       struct {
		Data []struct {
			MediaType string `json:"media_type"`
		} `json:"data"`
	} `json:"subattachments"`
}

// A summary holds the total of an edge. The platform leaves it out where the
// token may not see it: then it is unknown.
type summary struct {
	Summary struct {
		Total api.Count `json:"total_count"`
	} `json:"summary"`
}

// shares is the one counter that is left out when it is zero. It may count
// shares that were deleted since or that we cannot see.
// https://developers.facebook.com/docs/graph-api/reference/page-post
type shares struct {
	sent  bool
	count api.Count
}

// UnmarshalJSON never fails: what cannot be read is a count that is bad.
func (s *shares) UnmarshalJSON(b []byte) error {
	*s = shares{sent: true}
	var body struct {
		Count api.Count `json:"count"`
	}
	if string(b) != "null" {
		if _, err := (&api.Answer{Body: b}).Decode(&body); err != nil {
			return nil
		}
		s.count = body.Count
		s.count.Bad = !body.Count.Known
	}
	return nil
}

// total returns the shares. None were sent: there are none.
func (s *shares) total() api.Count {
	if !s.sent {
		return api.Count{Known: true}
	}
	return s.count
}

// add adds the posts of a list to the page at hand, with the reading of their
// public counters, and returns them. What cannot be read is skipped.
func (r *run) add(a *api.Answer, list []post) []schema.Post {
	r.Page.Raw = append(r.Page.Raw, a.Raw(r.Job.Account, r.Job.RunID))
	r.Page.Posts = slices.Grow(r.Page.Posts, len(list))
	r.Page.Observations = slices.Grow(r.Page.Observations, 2*len(list))
	r.kinds = r.kinds[:0]
	for i := range list {
		p := &list[i]
		if p.Published != nil && !*p.Published {
			continue // nobody has seen it, and nobody may
		}
		row, err := p.row(r.Job.Account.ID, r.pageID, a.At)
		if err != nil {
			r.Skip("post left out", "post_id", string(p.ID), "reason", err.Error())
			continue
		}
		r.Page.Posts = append(r.Page.Posts, row)
		r.Page.Observations = append(r.Page.Observations, r.counters(a, p, row.PostID))
		r.kinds = append(r.kinds, kindOf(row.Format))
		r.addComments(&row, p.Commented.Data, a.At)
	}
	return r.Page.Posts
}

// counters returns the reading of what the list tells of a post.
//
// In Extra stand the reactions of each kind by the platform's words for them,
// and three marks, each 1 or not there: is_hidden and is_expired as the platform
// says, and shared_story where the Page passed on another post. (The platform's
// status_type shared_story will not do: posts with a link have it too.) The
// other post is its author's; the counters are those of the Page's own.
func (r *run) counters(a *api.Answer, p *post, id string) schema.Observation {
	o := schema.Observation{
		AccountID:  r.Job.Account.ID,
		PostID:     id,
		Platform:   schema.Facebook,
		ObservedAt: a.At,
		Call:       callPosts,
		RunID:      r.Job.RunID,
		Extra:      make(map[string]int64),
	}
	total := p.Shares.total()
	o.Reactions, o.Comments, o.Shares = p.Reactions.Summary.Total.Ptr(), p.Comments.Summary.Total.Ptr(), total.Ptr()
	for _, f := range []struct {
		name  string
		extra bool
		count *api.Count
	}{
		{"reactions", false, &p.Reactions.Summary.Total},
		{"comments", false, &p.Comments.Summary.Total},
		{"shares", false, &total},
		{"LIKE", true, &p.Like.Summary.Total},
		{"LOVE", true, &p.Love.Summary.Total},
		{"WOW", true, &p.Wow.Summary.Total},
		{"HAHA", true, &p.Haha.Summary.Total},
		{"SAD", true, &p.Sad.Summary.Total},
		{"ANGRY", true, &p.Angry.Summary.Total},
		{"CARE", true, &p.Care.Summary.Total},
	} {
		switch {
		case f.count.Bad:
			r.Skip("value left out: not a count", "post_id", id, "name", f.name)
		case f.count.Known && f.extra:
			o.Extra[f.name] = f.count.N
		}
	}
	for name, is := range map[string]bool{"is_hidden": p.Hidden, "is_expired": p.Expired, "shared_story": p.shares()} {
		if is {
			o.Extra[name] = 1
		}
	}
	if len(o.Extra) == 0 {
		o.Extra = nil
	}
	return o
}

// The reasons for leaving out a post.
var (
	errNoID   = errors.New("no id")
	errNoTime = errors.New("no time of publication that can be true")
)

// firstPost is when Facebook began.
var firstPost = time.Date(2004, 2, 4, 0, 0, 0, 0, time.UTC)

// row returns the post as seen at the given moment. Its key is PAGE_POST; the
// edges of videos leave the Page out of it.
func (p *post) row(account schema.AccountID, pageID string, at time.Time) (schema.Post, error) {
	if p.ID == "" {
		return schema.Post{}, errNoID
	}
	published, err := parseTime(p.Created)
	if err != nil || published.Before(firstPost) || published.After(at.Add(48*time.Hour)) {
		return schema.Post{}, errNoTime
	}
	id := string(p.ID)
	if !strings.Contains(id, "_") {
		id = pageID + "_" + id
	}
	text := posttext.Valid(p.Message)
	links, hashtags := posttext.Parse(text)
	for _, a := range p.Attachments.Data {
		if link := a.link(); link != "" {
			links = posttext.AppendOnce(links, link)
		}
	}
	out := schema.Post{
		AccountID:   account,
		PostID:      id,
		Platform:    schema.Facebook,
		NativeID:    string(p.ID),
		Text:        text,
		Format:      p.format(),
		Permalink:   posttext.Link(p.Permalink),
		Links:       links,
		Hashtags:    hashtags,
		PublishedAt: published.UTC(),
		CollectedAt: at,

		ThumbnailURL: posttext.Link(p.Picture),
		// The alternative text of a picture is told by the picture's own node
		// only, a call for each: it stays unknown.
	}
	if p.shares() {
		out.Relation, out.RelatedID = schema.RelationShare, string(p.Parent)
	}
	switch {
	case p.Expired:
		out.DeletedAt, out.Absence = &at, schema.AbsenceExpired
	case p.Hidden:
		out.DeletedAt, out.Absence = &at, schema.AbsencePrivate
	}
	return out, nil
}

// shares says whether the Page passed on another post.
func (p *post) shares() bool { return p.Parent != "" && p.Parent != p.ID }

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05-0700", s)
	if err != nil {
		return time.Parse(time.RFC3339, s)
	}
	return t, nil
}

// link returns the address that a post with a link leads to, or "". The
// platform may send readers through a page of its own.
func (a *attachment) link() string {
	if a.MediaType != "link" {
		return ""
	}
	link := posttext.Link(a.URL)
	if u, err := url.Parse(link); err == nil && (u.Host == "l.facebook.com" || u.Host == "lm.facebook.com") {
		if to := posttext.Link(u.Query().Get("u")); to != "" {
			return to
		}
	}
	return link
}

// format returns "" where the platform does not tell, for posts with a link,
// and for a kind of post that did not exist when this was written. A live video
// cannot be told from another.
func (p *post) format() schema.Format {
	if u, err := url.Parse(p.Permalink); err == nil && strings.HasPrefix(u.Path, "/reel/") {
		return schema.FormatReel
	}
	if len(p.Attachments.Data) > 0 {
		switch a := &p.Attachments.Data[0]; a.MediaType {
		case "album":
			return schema.FormatAlbum
		case "photo":
			if len(a.Sub.Data) > 1 {
				return schema.FormatAlbum
			}
			return schema.FormatImage
		case "video":
			return schema.FormatVideo
		}
		return ""
	}
	switch p.StatusType {
	case "added_video":
		return schema.FormatVideo
	case "mobile_status_update", "wall_post":
		return schema.FormatText
	}
	return "" // added_photos does not say how many
}
