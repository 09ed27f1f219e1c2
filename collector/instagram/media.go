package instagram

import (
	"bytes"
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

// What we ask for. A name that the API does not know refuses the whole call.
const (
	profileFields        = "id,ig_id,username,name,biography,website,profile_picture_url,followers_count,follows_count,media_count"
	mediaFields          = "id,caption,media_type,media_product_type,permalink,shortcode,timestamp,username,like_count,comments_count,alt_text,media_url,thumbnail_url"
	discoveryFields      = "id,username,name,biography,website,profile_picture_url,followers_count,media_count"
	discoveryMediaFields = "id,caption,like_count,comments_count,view_count,media_type,media_product_type,permalink,timestamp"
	moreDiscoveryFields  = "username,media_url,thumbnail_url"
)

// The names of our calls in observations.
const (
	callMedia    = "media"
	callInsights = "insights"
)

type profileBody struct {
	api.GraphBody
	profile
}

type profile struct {
	ID        ident     `json:"id"`
	Username  string    `json:"username"`
	Name      string    `json:"name"`
	Biography string    `json:"biography"`
	Website   string    `json:"website"`
	Picture   string    `json:"profile_picture_url"`
	Followers api.Count `json:"followers_count"`
	Follows   api.Count `json:"follows_count"`
	Media     api.Count `json:"media_count"`
}

type mediaPage struct {
	api.GraphBody
	mediaList
}

type discoveryBody struct {
	api.GraphBody
	Discovery struct {
		profile
		// Media is left out when there is none.
		Media *mediaList `json:"media"`
	} `json:"business_discovery"`
}

type mediaList struct {
	Data   []media      `json:"data"` // nil: there was no list
	Paging graph.Paging `json:"paging"`
}

type media struct {
	ID          ident   `json:"id"`
	Caption     string  `json:"caption"`
	Type        string  `json:"media_type"`
	ProductType string  `json:"media_product_type"`
	Permalink   string  `json:"permalink"`
	Shortcode   string  `json:"shortcode"`
	Timestamp   string  `json:"timestamp"`
	Username    string  `json:"username"` // of the author
	AltText     *string `json:"alt_text"`
	URL         string  `json:"media_url"`
	Thumbnail   string  `json:"thumbnail_url"` // of films only

	Commented commentList `json:"comments"`

	Likes    api.Count `json:"like_count"` // left out when the owner hides it
	Comments api.Count `json:"comments_count"`
	Views    api.Count `json:"view_count"` // business discovery only

	// The counters of 2026, answered to MoreFields only.
	Reposts       api.Count `json:"reposts_count"`
	Saved         api.Count `json:"saved_count"`
	Shares        api.Count `json:"shares_count"`
	TotalLikes    api.Count `json:"total_like_count"`
	TotalComments api.Count `json:"total_comments_count"`
	TotalViews    api.Count `json:"total_views_count"`
}

// An ident is an id, which may come as a number too.
type ident string

func (id *ident) UnmarshalJSON(b []byte) error {
	*id = ""
	if b = bytes.Trim(b, `"`); string(b) != "null" && isID(string(b)) {
		*id = ident(b)
	}
	return nil
}

// addProfile adds a profile to the page at hand.
func (r *run) addProfile(a *api.Answer, p *profile) {
	r.Page.Raw = append(r.Page.Raw, a.Raw(r.Job.Account, r.Job.RunID))
	r.handle = p.Username
	for _, f := range []struct {
		name string
		api.Count
	}{{"followers_count", p.Followers}, {"follows_count", p.Follows}, {"media_count", p.Media}} {
		if f.Bad {
			r.Skip("value left out: not a count", "name", f.name)
		}
	}
	r.Page.Profiles = append(r.Page.Profiles, schema.AccountObservation{
		AccountID:  r.Job.Account.ID,
		Platform:   schema.Instagram,
		ObservedAt: a.At,
		Followers:  p.Followers.Ptr(),
		Following:  p.Follows.Ptr(),
		Posts:      p.Media.Ptr(),
		Name:       posttext.Valid(p.Name),
		Handle:     posttext.Valid(p.Username),
		Bio:        posttext.Valid(p.Biography),
		Link:       posttext.Valid(p.Website),
		AvatarURL:  posttext.Link(p.Picture),
		RunID:      r.Job.RunID,
	})
}

// add adds the posts of a list to the page at hand, with the reading of their
// public counters, and returns them. What cannot be read is skipped.
func (r *run) add(a *api.Answer, list []media, public bool) []schema.Post {
	if !public || len(r.Page.Raw) == 0 {
		r.Page.Raw = append(r.Page.Raw, a.Raw(r.Job.Account, r.Job.RunID))
	}
	r.Page.Posts = slices.Grow(r.Page.Posts, len(list))
	r.Page.Observations = slices.Grow(r.Page.Observations, 2*len(list))
	r.products = r.products[:0]
	for i := range list {
		m := &list[i]
		p, err := m.post(r.Job.Account.ID, a.At)
		if err != nil {
			r.Skip("post left out", "post_id", string(m.ID), "reason", err.Error())
			continue
		}
		if author := m.Username; author != "" && r.handle != "" && !strings.EqualFold(author, r.handle) {
			p.Relation = schema.RelationJoint
		}
		r.Page.Posts = append(r.Page.Posts, p)
		r.products = append(r.products, productOf(m))
		r.addComments(&p, m.Commented.Data, "", a.At)
		if !p.Relation.Counted() {
			continue // its numbers are the author's
		}
		o := schema.Observation{
			AccountID:  r.Job.Account.ID,
			PostID:     p.PostID,
			Platform:   schema.Instagram,
			ObservedAt: a.At,
			Call:       callMedia,
			RunID:      r.Job.RunID,
		}
		o.Reactions, o.Comments = m.Likes.Ptr(), m.Comments.Ptr()
		if public {
			o.Views = m.Views.Ptr()
		}
		for _, f := range []struct {
			name  string
			extra bool
			*api.Count
		}{
			{"like_count", false, &m.Likes},
			{"comments_count", false, &m.Comments},
			{"view_count", true, &m.Views},
			{"reposts_count", true, &m.Reposts},
			{"saved_count", true, &m.Saved},
			{"shares_count", true, &m.Shares},
			{"total_like_count", true, &m.TotalLikes},
			{"total_comments_count", true, &m.TotalComments},
			{"total_views_count", true, &m.TotalViews},
		} {
			switch {
			case f.Bad:
				r.Skip("value left out: not a count", "post_id", p.PostID, "name", f.name)
			case f.Known && f.extra:
				if o.Extra == nil {
					o.Extra = make(map[string]int64)
				}
				o.Extra[f.name] = f.N
			}
		}
		if o.Counters != (schema.Counters{}) || o.Extra != nil || p.Format != schema.FormatStory {
			r.Page.Observations = append(r.Page.Observations, o) // of a story often nothing is told
		}
	}
	return r.Page.Posts
}

// The reasons for leaving out a post.
var (
	errNoID   = errors.New("no id")
	errNoCode = errors.New("no short code")
	errNoTime = errors.New("no time of publication that can be true")
)

// firstPost is when Instagram began.
var firstPost = time.Date(2010, 10, 6, 0, 0, 0, 0, time.UTC)

// post returns the media as a post seen at the given moment.
func (m *media) post(account schema.AccountID, at time.Time) (schema.Post, error) {
	if m.ID == "" {
		return schema.Post{}, errNoID
	}
	code := m.Shortcode
	if !isCode(code) {
		code = codeOf(m.Permalink)
	}
	if code == "" {
		return schema.Post{}, errNoCode
	}
	published, err := parseTime(m.Timestamp)
	if err != nil || published.Before(firstPost) || published.After(at.Add(48*time.Hour)) {
		return schema.Post{}, errNoTime
	}
	text := posttext.Valid(m.Caption)
	links, hashtags := posttext.Parse(text)
	p := schema.Post{
		AccountID:   account,
		PostID:      code,
		Platform:    schema.Instagram,
		NativeID:    string(m.ID),
		Text:        text,
		Format:      m.format(),
		Permalink:   posttext.Link(m.Permalink),
		Links:       links,
		Hashtags:    hashtags,
		PublishedAt: published.UTC(),
		CollectedAt: at,
	}
	if m.AltText != nil {
		p.AltText = new(posttext.Valid(*m.AltText))
	}
	if p.ThumbnailURL = posttext.Link(m.Thumbnail); p.ThumbnailURL == "" && m.Type == "IMAGE" {
		p.ThumbnailURL = posttext.Link(m.URL)
	}
	if m.ProductType == "AD" {
		p.Paid = new(true) // of others it is not told
	}
	return p, nil
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05-0700", s)
	if err != nil {
		return time.Parse(time.RFC3339, s)
	}
	return t, nil
}

// format returns "" for a kind of media that did not exist when this was
// written.
func (m *media) format() schema.Format {
	switch m.ProductType {
	case "REELS":
		return schema.FormatReel
	case "STORY":
		return schema.FormatStory
	}
	switch m.Type {
	case "IMAGE":
		return schema.FormatImage
	case "VIDEO":
		return schema.FormatVideo
	case "CAROUSEL_ALBUM":
		return schema.FormatAlbum
	}
	return ""
}

// codeOf returns the short code in a link such as
// https://www.instagram.com/reel/C8xyz/, or "".
func codeOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, kind := range parts[:len(parts)-1] {
		switch kind {
		case "p", "reel", "reels", "tv":
			if isCode(parts[i+1]) {
				return parts[i+1]
			}
		case "stories": // /stories/NAME/ID
			if i+2 < len(parts) && isCode(parts[i+2]) {
				return parts[i+2]
			}
		}
	}
	return ""
}

func isCode(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, b := range []byte(s) {
		if !isWord(b) && b != '-' {
			return false
		}
	}
	return true
}
