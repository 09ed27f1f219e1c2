package tiktok

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// The most of a page, or of a query.
const (
	maxCount     = 20
	defaultCount = 10
)

// userMembers are the fields of a user.
var userMembers = []member[*account]{
	{"open_id", "user.info.basic", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.PlatformID) }},
	{"union_id", "user.info.basic", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.unionID) }},
	{"avatar_url", "user.info.basic", appendAvatar},
	{"avatar_url_100", "user.info.basic", appendAvatar},
	{"avatar_large_url", "user.info.basic", appendAvatar},
	{"display_name", "user.info.basic", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.Name) }},
	{"bio_description", "user.info.profile", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.Bio) }},
	{"profile_deep_link", "user.info.profile", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.URL) }},
	{"is_verified", "user.info.profile", func(_ *call, b []byte, _ *account) []byte { return appendBool(b, false) }},
	{"username", "user.info.profile", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.Handle) }},
	{"follower_count", "user.info.stats", func(c *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, a.growth.Followers(c.at)) }},
	{"following_count", "user.info.stats", func(_ *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, a.following) }},
	{"likes_count", "user.info.stats", func(c *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, a.likes(c.at)) }},
	{"video_count", "user.info.stats", func(c *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, c.shown(a)) }},
}

func appendAvatar(_ *call, b []byte, a *account) []byte {
	return appendText(b, "https://p16-sign.sandbox.invalid/avatar/"+a.Handle+".jpeg?x-expires=1&x-signature=generated")
}

// appendCover appends the address of the video's picture. The platform's is
// signed, and good for about six hours.
func appendCover(c *call, b []byte, v *video) []byte {
	return appendText(b, sandbox.PictureURL(c.r, "tiktok", v.id)+"?x-expires="+strconv.FormatInt(c.at+6*3600, 10)+"&x-signature=generated")
}

// shown returns how many videos of the account others can see.
func (c *call) shown(a *account) int64 {
	n := int64(0)
	for _, v := range a.videos[:publishedBy(a.videos, c.at)] {
		if c.shows(v) {
			n++
		}
	}
	return n
}

// videoMembers are the fields of a video.
var videoMembers = []member[*video]{
	{"id", "video.list", func(c *call, b []byte, v *video) []byte {
		if c.faults.loose {
			return append(b, v.id...)
		}
		return appendText(b, v.id)
	}},
	{"create_time", "video.list", func(_ *call, b []byte, v *video) []byte { return sandbox.AppendInt(b, v.published) }},
	{"cover_image_url", "video.list", appendCover},
	{"share_url", "video.list", func(c *call, b []byte, v *video) []byte {
		return appendText(b, v.link()+"?utm_campaign=tt4d_open_api&utm_source="+c.clientKey)
	}},
	{"video_description", "video.list", func(_ *call, b []byte, v *video) []byte { return appendText(b, v.text) }},
	{"duration", "video.list", func(_ *call, b []byte, v *video) []byte { return sandbox.AppendInt(b, v.seconds) }},
	{"height", "video.list", func(_ *call, b []byte, _ *video) []byte { return sandbox.AppendInt(b, 1024) }},
	{"width", "video.list", func(_ *call, b []byte, _ *video) []byte { return sandbox.AppendInt(b, 576) }},
	{"title", "video.list", func(_ *call, b []byte, v *video) []byte { return appendText(b, v.title) }},
	{"embed_html", "video.list", func(_ *call, b []byte, v *video) []byte {
		return appendText(b, `<blockquote class="tiktok-embed" cite="`+v.link()+`" data-video-id="`+v.id+`"></blockquote>`)
	}},
	{"embed_link", "video.list", func(_ *call, b []byte, v *video) []byte {
		return appendText(b, "https://www.tiktok.com/player/v1/"+v.id)
	}},
	{"like_count", "video.list", func(c *call, b []byte, v *video) []byte { return sandbox.AppendInt(b, v.at(c.at).likes) }},
	{"comment_count", "video.list", func(c *call, b []byte, v *video) []byte { return sandbox.AppendInt(b, v.at(c.at).comments) }},
	{"share_count", "video.list", func(c *call, b []byte, v *video) []byte { return sandbox.AppendInt(b, v.at(c.at).shares) }},
	{"view_count", "video.list", func(c *call, b []byte, v *video) []byte { return sandbox.AppendInt(b, v.at(c.at).views) }},
	{"is_aigc", "video.list", func(_ *call, b []byte, v *video) []byte { return appendBool(b, v.aigc) }},
}

// fieldsOf returns the fields that a call of the Display API asks for, which
// stand in the query, in a POST too.
func fieldsOf[T any](c *call, all []member[T]) ([]*member[T], error) {
	if c.query.Get("fields") == "" {
		return nil, InvalidParams("Fields is required.")
	}
	var out []*member[T]
	for name := range strings.SplitSeq(c.query.Get("fields"), ",") {
		m := find(all, name)
		switch {
		case m == nil || c.faults.retired[name]:
			return nil, InvalidParams("Field " + name + " is not supported.")
		case !c.may(m.scope):
			return nil, ScopePermissionMissed()
		case !slices.Contains(out, m):
			out = append(out, m)
		}
	}
	return out, nil
}

// decode reads the JSON body of a POST. An empty one stands for {}.
func (c *call) decode(to any) error {
	kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	if strings.TrimSpace(kind) != "application/json" {
		return InvalidParams("Content-Type must be application/json.")
	}
	err := json.NewDecoder(http.MaxBytesReader(nil, c.r.Body, maxForm)).Decode(to)
	if err != nil && !errors.Is(err, io.EOF) {
		return InvalidParams("The request body is not valid.")
	}
	return nil
}

// userInfo answers GET /v2/user/info/.
func (c *call) userInfo() ([]byte, error) {
	members, err := fieldsOf(c, userMembers)
	if err != nil {
		return nil, err
	}
	return append(appendMembers(c, []byte(`{"user":`), members, c.owner.account), '}'), nil
}

// videoList answers POST /v2/video/list/.
func (c *call) videoList() ([]byte, error) {
	members, err := fieldsOf(c, videoMembers)
	if err != nil {
		return nil, err
	}
	in := struct {
		Cursor   int64 `json:"cursor"`
		MaxCount int32 `json:"max_count"`
	}{MaxCount: defaultCount}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.MaxCount < 1 || in.MaxCount > maxCount || in.Cursor < 0 {
		return nil, InvalidParams("Max_count must be between 1 and 20.")
	}
	p := c.list(in.Cursor, int(in.MaxCount))
	return appendPage(p, func(b []byte, v *video) []byte { return appendMembers(c, b, members, v) }), nil
}

// videoQuery answers POST /v2/video/query/. Ids that are deleted, private or
// someone else's are left out without a word.
func (c *call) videoQuery() ([]byte, error) {
	members, err := fieldsOf(c, videoMembers)
	if err != nil {
		return nil, err
	}
	var in struct {
		Filters struct {
			IDs []string `json:"video_ids"`
		} `json:"filters"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if n := len(in.Filters.IDs); n == 0 || n > maxCount {
		return nil, InvalidParams("Between 1 and 20 video_ids are needed.")
	}
	var p page
	for _, id := range in.Filters.IDs {
		if strings.Trim(id, "0123456789") != "" || id == "" {
			return nil, InvalidParams("A video id is not valid.")
		}
		if v := c.world.byVideo[id]; v != nil && v.account == c.owner.account && c.shows(v) && !slices.Contains(p.videos, v) {
			p.videos = append(p.videos, v)
		}
	}
	return appendPage(p, func(b []byte, v *video) []byte { return appendMembers(c, b, members, v) }), nil
}
