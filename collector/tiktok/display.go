package tiktok

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// displayVersion is the version of the Display API.
const displayVersion = "v2"

// callVideos is the name of the Display API's list in observations.
const callVideos = "videos"

// display reads an account through the Display API.
type display struct {
	*run
	user, list, query fields
}

func newDisplay(r *run) *display {
	return &display{run: r,
		// The profile's own address, profile_deep_link, is not asked for: it is
		// not a link that the owner chose.
		user: fields{call: "profile", kind: "user/info", needed: []string{"open_id", "union_id", "avatar_url", "display_name"}, optional: []group{
			{"user.info.stats", []string{"follower_count", "following_count", "likes_count", "video_count"}},
			{"user.info.profile", []string{"bio_description", "is_verified", "username"}},
		}},
		// is_aigc is told since August 2026 only.
		list: fields{call: "videos", kind: "video/list", needed: []string{"id", "create_time", "title", "video_description", "share_url"},
			counters: []string{"duration", "like_count", "comment_count", "share_count", "view_count"},
			optional: []group{{"", []string{"cover_image_url", "is_aigc"}}}},
		query: fields{call: "videos by id", kind: "video/query", needed: []string{"id"}},
	}
}

func (d *display) check() error { return nil }

// A displayBody is embedded in the types that answers are read into. The codes
// of a failure stand in error, or at the top where the error comes alone.
type displayBody struct {
	Error   *fault `json:"error"` // in a success too
	Code    text   `json:"code"`
	Message text   `json:"message"`
}

// fault returns what the answer says of itself.
func (b *displayBody) fault() fault {
	if b.Error != nil {
		return *b.Error
	}
	return fault{string(b.Code), string(b.Message)}
}

// A displayTarget is a pointer to a type that embeds displayBody.
type displayTarget[T any] interface {
	*T
	fault() fault
}

type userBody struct {
	displayBody
	Data struct {
		User *user `json:"user"`
	} `json:"data"`
}

type user struct {
	OpenID    text      `json:"open_id"`  // of the account, for this app
	UnionID   text      `json:"union_id"` // of the account, for all apps of this developer
	Name      text      `json:"display_name"`
	Avatar    text      `json:"avatar_url"`
	Bio       text      `json:"bio_description"`
	Verified  flag      `json:"is_verified"`
	Username  text      `json:"username"`
	Followers api.Count `json:"follower_count"`
	Following api.Count `json:"following_count"`
	Likes     api.Count `json:"likes_count"` // that its videos got
	Videos    api.Count `json:"video_count"` // public ones
}

type videosBody struct {
	displayBody
	Data struct {
		Videos []displayVideo `json:"videos"` // nil: there was no list, or an empty one
		Cursor api.Count      `json:"cursor"`
		More   flag           `json:"has_more"`
	} `json:"data"`
}

type displayVideo struct {
	ID          ident     `json:"id"`
	Created     api.Count `json:"create_time"`
	Title       text      `json:"title"`
	Description text      `json:"video_description"`
	Link        text      `json:"share_url"`
	Cover       text      `json:"cover_image_url"` // signed, good for about six hours
	Duration    api.Count `json:"duration"`        // seconds
	Likes       api.Count `json:"like_count"`
	Comments    api.Count `json:"comment_count"`
	Shares      api.Count `json:"share_count"`
	Views       api.Count `json:"view_count"`
	AIGC        flag      `json:"is_aigc"` // made with artificial intelligence, as its owner or TikTok marked it
}

func (d *display) profile(ctx context.Context) (*profile, error) {
	var p *profile
	err := d.with(&d.user, func(names []string) error {
		a, body, odd, err := askDisplay[userBody](ctx, d, "user/info/", names, nil)
		if err != nil {
			return err
		}
		u := body.Data.User
		if u == nil || u.OpenID == "" {
			return a.Broken("no profile")
		}
		if err := d.checkOwner(u.OpenID, u.UnionID); err != nil {
			return err
		}
		d.odd(odd)
		d.keep(a)
		p = &profile{answer: a, name: u.Name, handle: u.Username, bio: u.Bio, avatar: u.Avatar, verified: u.Verified,
			followers: named{"follower_count", u.Followers}, following: named{"following_count", u.Following},
			likes: named{"likes_count", u.Likes}, videos: named{"video_count", u.Videos}}
		return nil
	})
	return p, err
}

func (d *display) videos(ctx context.Context, before int64) (*list, error) {
	request, err := json.Marshal(struct {
		Cursor int64 `json:"cursor,omitempty"`
		Max    int   `json:"max_count"`
	}{before, d.pageSize()})
	if err != nil {
		return nil, err
	}
	var l *list
	err = d.with(&d.list, func(names []string) error {
		a, body, odd, err := askDisplay[videosBody](ctx, d, "video/list/", names, request)
		if err != nil {
			return err
		}
		// An empty list may be null, or left out.
		if body.Data.Videos == nil && (odd != nil || !body.Data.More.told) {
			return a.Broken("no list of videos")
		}
		d.odd(odd)
		d.keep(a)
		l = &list{answer: a, call: callVideos, next: body.Data.Cursor, more: body.Data.More, videos: make([]video, len(body.Data.Videos))}
		for i := range body.Data.Videos {
			l.videos[i] = body.Data.Videos[i].video()
		}
		return nil
	})
	return l, err
}

// present asks which of the videos are there. Ids of others' videos are left out
// as those of deleted ones are, so whose token it is must be known first.
func (d *display) present(ctx context.Context, ids []string) ([]ident, error) {
	if d.job.Account.PlatformID != "" && !d.owned {
		_, body, _, err := askDisplay[userBody](ctx, d, "user/info/", []string{"open_id", "union_id"}, nil)
		if err != nil {
			return nil, err
		}
		u := body.Data.User
		if u == nil {
			return nil, fmt.Errorf("%w: the platform does not say whose token it is", collector.ErrTransient)
		}
		if err := d.checkOwner(u.OpenID, u.UnionID); err != nil {
			return nil, err
		}
		d.owned = true
	}
	var request struct {
		Filters struct {
			IDs []string `json:"video_ids"`
		} `json:"filters"`
	}
	request.Filters.IDs = ids
	post, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	a, body, odd, err := askDisplay[videosBody](ctx, d, "video/query/", d.query.names(), post)
	if err != nil {
		return nil, err
	}
	// Were an answer without a list taken for an empty one, all would be gone.
	if body.Data.Videos == nil || odd != nil {
		return nil, a.Broken("no list of videos")
	}
	found := make([]ident, len(body.Data.Videos))
	for i := range body.Data.Videos {
		found[i] = body.Data.Videos[i].ID
	}
	return found, nil
}

// askDisplay asks for fields and reads the answer. With a JSON body the request
// is a POST, whose fields stand in the query all the same. See api.Answer.Decode
// about odd.
func askDisplay[T any, P displayTarget[T]](ctx context.Context, d *display, path string, names []string, post []byte) (a *api.Answer, body *T, odd, err error) {
	at := d.Connector.display
	u := at.base.JoinPath(displayVersion, path)
	u.RawQuery = url.Values{"fields": {strings.Join(names, ",")}}.Encode()
	err = d.call(ctx, func(token string) (err error) {
		if post != nil {
			a, err = at.client.PostJSON(ctx, u, token, post)
		} else {
			a, err = at.client.Get(ctx, u, token)
		}
		if err != nil {
			return err
		}
		body = new(T)
		if odd, err = a.Decode(body); err != nil {
			return err
		}
		switch f := P(body).fault(); {
		case f.Code == codeOK && a.OK():
			return nil
		case f.Code == "" && a.OK():
			return a.Broken("answer does not say whether it is a success")
		default:
			return newDisplayRefusal(a, f)
		}
	})
	return a, body, odd, err
}

func (v *displayVideo) video() video {
	return video{
		id: v.ID, created: v.Created, text: v.text(), link: string(v.Link), format: v.format(), picture: string(v.Cover), seconds: v.Duration,
		counters: schema.Counters{
			Views:     v.Views.Ptr(),
			Reactions: v.Likes.Ptr(),
			Comments:  v.Comments.Ptr(),
			Shares:    v.Shares.Ptr(),
		},
		told: []named{
			{"view_count", v.Views},
			{"like_count", v.Likes},
			{"comment_count", v.Comments},
			{"share_count", v.Shares},
			{"duration", v.Duration},
			{"is_aigc", v.AIGC.count()},
		},
	}
}

// text returns what the owner wrote. Title and description are one text in the
// app, and often the same twice, or one of them cut short.
func (v *displayVideo) text() string {
	title, description := string(v.Title), string(v.Description)
	switch {
	case strings.HasPrefix(description, title):
		return description
	case strings.HasPrefix(title, description):
		return title
	}
	return title + "\n\n" + description
}

// format is video, but for what is shown as pictures: TikTok does not say
// whether that is one or several.
func (v *displayVideo) format() schema.Format {
	u, err := url.Parse(string(v.Link))
	if err == nil && slices.Contains(strings.Split(u.Path, "/"), "photo") {
		return ""
	}
	return schema.FormatVideo
}
