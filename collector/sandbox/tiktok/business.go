package tiktok

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// accountMembers are the fields of an account that are served. The others are
// known, and left out.
var accountMembers = []member[*account]{
	{"username", "user.info.username", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.Handle) }},
	{"display_name", "user.info.basic", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.Name) }},
	{"profile_image", "user.info.basic", appendAvatar},
	{"profile_deep_link", "user.info.basic", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.URL) }},
	{"bio_description", "user.info.basic", func(_ *call, b []byte, a *account) []byte { return appendText(b, a.Bio) }},
	{"is_verified", "user.info.basic", func(_ *call, b []byte, _ *account) []byte { return appendBool(b, false) }},
	{"is_business_account", "user.account.type", func(_ *call, b []byte, a *account) []byte { return appendBool(b, a.plan.business) }},
	{"followers_count", "user.info.stats", func(c *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, a.growth.Followers(c.at)) }},
	{"following_count", "user.info.stats", func(_ *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, a.following) }},
	{"total_likes", "user.info.stats", func(c *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, a.likes(c.at)) }},
	{"videos_count", "user.info.stats", func(c *call, b []byte, a *account) []byte { return sandbox.AppendInt(b, c.shown(a)) }},
}

// businessVideoMembers are the fields of a video that are served. Which of the
// counters take the scope video.insights is not written down anywhere: here
// those do that the Display API does not tell.
var businessVideoMembers = []member[*video]{
	{"item_id", "video.list", func(_ *call, b []byte, v *video) []byte { return appendText(b, v.id) }},
	{"create_time", "video.list", func(c *call, b []byte, v *video) []byte {
		if c.faults.loose {
			return appendText(b, strconv.FormatInt(v.published, 10))
		}
		return sandbox.AppendInt(b, v.published)
	}},
	{"caption", "video.list", func(_ *call, b []byte, v *video) []byte { return appendText(b, v.text) }},
	{"share_url", "video.list", func(c *call, b []byte, v *video) []byte {
		return appendText(b, v.link()+"?utm_campaign=tt4d_open_api&utm_source="+c.businessID)
	}},
	{"embed_url", "video.list", func(_ *call, b []byte, v *video) []byte {
		return appendText(b, "https://www.tiktok.com/player/v1/"+v.id)
	}},
	{"thumbnail_url", "video.list", appendCover},
	{"video_duration", "video.list", func(_ *call, b []byte, v *video) []byte { return appendDecimal(b, v.seconds, 1) }},
	{"media_type", "video.list", func(_ *call, b []byte, _ *video) []byte { return appendText(b, "VIDEO") }},
	{"is_ad", "video.list", func(_ *call, b []byte, _ *video) []byte { return appendBool(b, false) }},

	counter("likes", "video.list", func(r *reading) int64 { return r.likes }),
	counter("comments", "video.list", func(r *reading) int64 { return r.comments }),
	counter("shares", "video.list", func(r *reading) int64 { return r.shares }),
	counter("video_views", "video.list", func(r *reading) int64 { return r.views }),
	counter("favorites", insights, func(r *reading) int64 { return r.favorites }),
	counter("reach", insights, func(r *reading) int64 { return r.reach }),
	counter("new_followers", insights, func(r *reading) int64 { return r.newFollowers }),
	counter("profile_views", insights, func(r *reading) int64 { return r.profileViews }),
	counter("website_clicks", insights, func(r *reading) int64 { return r.websiteClicks }),
	counter(clickKinds[0], insights, func(r *reading) int64 { return r.clicks[0] }),
	counter(clickKinds[1], insights, func(r *reading) int64 { return r.clicks[1] }),
	counter(clickKinds[2], insights, func(r *reading) int64 { return r.clicks[2] }),
	counter(clickKinds[3], insights, func(r *reading) int64 { return r.clicks[3] }),
	counter(clickKinds[4], insights, func(r *reading) int64 { return r.clicks[4] }),
	fraction("total_time_watched", 1000, func(r *reading) int64 { return r.watched }),
	fraction("average_time_watched", 1000, func(r *reading) int64 { return r.watch }),
	fraction("full_video_watched_rate", 10_000, func(r *reading) int64 { return r.fullRate }),

	{"video_view_retention", insights, nil},
	{"impression_sources", insights, nil},
	{"audience_types", insights, nil},
	{"audience_genders", insights, nil},
	{"audience_countries", insights, nil},
	{"audience_cities", insights, nil},
	{"engagement_likes", insights, nil},
}

const insights = "video.insights"

// counter returns the member of a counter of videos.
func counter(name, scope string, value func(*reading) int64) member[*video] {
	return member[*video]{name, scope, func(c *call, b []byte, v *video) []byte {
		if r := c.late(v); r != nil {
			return appendKnown(b, value(r))
		}
		return b
	}}
}

// fraction returns the member of a number that is kept in so many parts of one.
func fraction(name string, parts int64, value func(*reading) int64) member[*video] {
	return member[*video]{name, insights, func(c *call, b []byte, v *video) []byte {
		if r := c.late(v); r != nil {
			return appendDecimal(b, value(r), parts)
		}
		return b
	}}
}

// late returns the counters as the Accounts API knows them, or nil where it
// knows none yet.
func (c *call) late(v *video) *reading {
	at := c.at - c.lag
	if at < v.published {
		return nil
	}
	r := v.at(at)
	return &r
}

// appendDecimal appends n parts, of which so many make one, with all digits
// that parts, a power of ten, has behind the point.
func appendDecimal(b []byte, n, parts int64) []byte {
	b = sandbox.AppendInt(b, n/parts)
	if parts == 1 {
		return b
	}
	return fmt.Appendf(append(b, '.'), "%0*d", len(strconv.FormatInt(parts, 10))-1, n%parts)
}

// businessFields returns the fields that a call of the Accounts API asks for.
// Left out, they are those that decide who or which video it is.
func businessFields[T any](c *call, all []member[T], byDefault ...string) ([]*member[T], error) {
	names := byDefault
	if raw := c.query.Get("fields"); raw != "" {
		names = nil
		if json.Unmarshal([]byte(raw), &names) != nil || len(names) == 0 {
			return nil, BusinessInvalidParams("fields: must be an array of strings.")
		}
		if byDefault[0] == "item_id" && !slices.Contains(names, "item_id") {
			return nil, BusinessInvalidParams("fields: item_id is required.")
		}
	}
	var out []*member[T]
	for _, name := range names {
		m := find(all, name)
		switch {
		case m == nil || c.faults.retired[name]:
			return nil, BusinessInvalidParams("fields: " + name + " is not supported.")
		case !c.may(m.scope):
			return nil, BusinessNoPermission()
		case !slices.Contains(out, m):
			out = append(out, m)
		}
	}
	return out, nil
}

// ownBusiness says whether business_id is the open_id of the token's owner.
func (c *call) ownBusiness() error {
	switch id := c.query.Get("business_id"); id {
	case "":
		return BusinessInvalidParams("business_id: Missing data for required field.")
	case c.owner.account.PlatformID:
		return nil
	}
	return BusinessNoPermission()
}

// businessGet answers GET /business/get/ with the profile, and with the figures
// of days where it is asked for such.
func (c *call) businessGet() ([]byte, error) {
	if err := c.ownBusiness(); err != nil {
		return nil, err
	}
	var days []*dayMember
	if raw := c.query.Get("fields"); raw != "" {
		var names, rest []string
		if json.Unmarshal([]byte(raw), &names) != nil {
			return nil, BusinessInvalidParams("fields: must be an array of strings.")
		}
		for _, name := range names {
			i := slices.IndexFunc(dayMembers, func(m dayMember) bool { return m.name == name })
			switch {
			case i < 0 || c.faults.retired[name]:
				rest = append(rest, name)
			case !c.may("user.insights"):
				return nil, BusinessNoPermission()
			default:
				days = append(days, &dayMembers[i])
			}
		}
		if len(days) > 0 && len(rest) == 0 {
			b, err := c.appendDays([]byte(`{"metrics":`), days)
			return append(b, '}'), err
		}
		list, err := json.Marshal(rest)
		if err != nil {
			return nil, err
		}
		c.query.Set("fields", string(list))
	}
	members, err := businessFields(c, accountMembers, "display_name", "profile_image")
	if err != nil {
		return nil, err
	}
	b := appendMembers(c, nil, members, c.owner.account)
	if len(days) == 0 {
		return b, nil
	}
	b, err = c.appendDays(append(b[:len(b)-1], `,"metrics":`...), days)
	return append(b, '}'), err
}

// businessVideoList answers GET /business/video/list/.
func (c *call) businessVideoList() ([]byte, error) {
	if err := c.ownBusiness(); err != nil {
		return nil, err
	}
	members, err := businessFields(c, businessVideoMembers, "item_id")
	if err != nil {
		return nil, err
	}
	cursor, size := int64(0), int64(defaultCount)
	for name, to := range map[string]*int64{"cursor": &cursor, "max_count": &size} {
		if text := c.query.Get(name); text != "" {
			if *to, err = strconv.ParseInt(text, 10, 64); err != nil || *to < 0 {
				return nil, BusinessInvalidParams(name + ": Not a valid integer.")
			}
		}
	}
	if size < 1 || size > maxCount {
		return nil, BusinessInvalidParams("max_count: Must be between 1 and 20.")
	}
	p := c.list(cursor, int(size))
	if raw := c.query.Get("filters"); raw != "" {
		var filters struct {
			IDs []string `json:"video_ids"`
		}
		if json.Unmarshal([]byte(raw), &filters) != nil || len(filters.IDs) > maxCount {
			return nil, BusinessInvalidParams("filters: Not a valid object.")
		}
		if len(filters.IDs) > 0 {
			p = page{}
			for _, id := range filters.IDs {
				if v := c.world.byVideo[id]; v != nil && v.account == c.owner.account && c.shows(v) {
					p.videos = append(p.videos, v)
				}
			}
		}
	}
	return appendPage(p, func(b []byte, v *video) []byte { return appendMembers(c, b, members, v) }), nil
}
