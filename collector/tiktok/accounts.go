package tiktok

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// businessVersion is the version of the Accounts API.
const businessVersion = "v1.3"

// callBusinessVideos is the name of the Accounts API's list in observations.
const callBusinessVideos = "business_videos"

// accounts reads an account through the Accounts API. Its counters of videos
// are one to two days late; those of the profile are not.
//
// Audiences, retention and impression sources are not read: they are lists, and
// there is no row for them.
type accounts struct {
	*run
	account, list, days, comments fields

	commentCalls int
	noComments   bool // none are read any more in this run
}

func newAccounts(r *run) *accounts {
	return &accounts{run: r,
		account: fields{call: "profile", kind: "business/get", needed: []string{"display_name", "profile_image", "bio_description", "is_verified"}, optional: []group{
			{"user.info.username", []string{"username"}},
			{"user.info.stats", []string{"followers_count", "following_count", "total_likes", "videos_count"}},
			{"user.account.type", []string{"is_business_account"}},
		}},
		list: fields{call: "insights", kind: "business/video/list", needed: []string{"item_id", "create_time", "caption", "share_url"},
			optional: []group{
				{"", []string{"media_type", "video_duration", "thumbnail_url", "is_ad"}},
				// Which of the counters take more than video.list is not written
				// down anywhere.
				{"video.insights", []string{"likes", "comments", "shares", "video_views"}},
				{"video.insights", []string{"favorites", "reach", "total_time_watched", "average_time_watched", "full_video_watched_rate"}},
				// Some of these are told of registered businesses only.
				{"", []string{"new_followers", "profile_views", "website_clicks", "phone_number_clicks", "lead_submissions",
					"app_download_clicks", "email_clicks", "address_clicks"}},
			}},
		// Something must be asked for besides, or there would be no call to find
		// out by which of the figures are refused. followers_count, which is told
		// by day as well, would be that of the profile.
		days: fields{call: "figures of days", kind: "business/get", needed: []string{"display_name"}, optional: []group{
			{"user.insights", []string{"video_views", "unique_video_views", "likes", "comments", "shares", "profile_views"}},
			{"user.insights", []string{"daily_new_followers", "daily_lost_followers", "daily_total_followers", "engaged_audience"}},
			{"", []string{"bio_link_clicks", "phone_number_clicks", "lead_submissions", "app_download_clicks", "email_clicks", "address_clicks"}},
		}},
		comments: fields{call: "comments", kind: "business/comment/list"},
	}
}

func (b *accounts) check() error {
	if id := b.job.Account.PlatformID; !isOpenID(id) {
		return fmt.Errorf("%w: platform id %q is no open_id, which the Accounts API wants", collector.ErrRequest, id)
	}
	return nil
}

// A businessBody is embedded in the types that answers are read into. Every
// answer has the status 200, and a code that is 0 for a success.
type businessBody struct {
	Code    api.Count `json:"code"`
	Message text      `json:"message"`
}

func (b *businessBody) asBusiness() *businessBody { return b }

// A businessTarget is a pointer to a type that embeds businessBody.
type businessTarget[T any] interface {
	*T
	asBusiness() *businessBody
}

type accountBody struct {
	businessBody
	Data *account `json:"data"` // may be missing in an error
}

type account struct {
	Name      text      `json:"display_name"`
	Avatar    text      `json:"profile_image"`
	Bio       text      `json:"bio_description"`
	Verified  flag      `json:"is_verified"`
	Username  text      `json:"username"`
	Followers api.Count `json:"followers_count"`
	Following api.Count `json:"following_count"`
	Likes     api.Count `json:"total_likes"`
	Videos    api.Count `json:"videos_count"`
	Business  flag      `json:"is_business_account"`
}

type businessVideosBody struct {
	businessBody
	Data struct {
		Videos []businessVideo `json:"videos"`
		Cursor api.Count       `json:"cursor"`
		More   flag            `json:"has_more"`
	} `json:"data"`
}

type businessVideo struct {
	ID        ident     `json:"item_id"`
	Created   api.Count `json:"create_time"` // a number or a string
	Caption   text      `json:"caption"`
	Link      text      `json:"share_url"`
	MediaType text      `json:"media_type"`
	Cover     text      `json:"thumbnail_url"`
	Ad        flag      `json:"is_ad"`
	Duration  decimal   `json:"video_duration"` // seconds

	Likes     api.Count `json:"likes"`
	Comments  api.Count `json:"comments"`
	Shares    api.Count `json:"shares"`
	Favorites api.Count `json:"favorites"`
	Reach     api.Count `json:"reach"`
	Views     api.Count `json:"video_views"`

	// Seconds: the contract names no unit, but these are what the average and
	// the length of the video are told in.
	Watched decimal `json:"total_time_watched"`
	Average decimal `json:"average_time_watched"`
	Full    decimal `json:"full_video_watched_rate"`

	NewFollowers  api.Count `json:"new_followers"`
	ProfileViews  api.Count `json:"profile_views"`
	WebsiteClicks api.Count `json:"website_clicks"`
	PhoneClicks   api.Count `json:"phone_number_clicks"`
	Leads         api.Count `json:"lead_submissions"`
	AppClicks     api.Count `json:"app_download_clicks"`
	EmailClicks   api.Count `json:"email_clicks"`
	AddressClicks api.Count `json:"address_clicks"`
}

func (b *accounts) profile(ctx context.Context) (*profile, error) {
	var p *profile
	err := b.with(&b.account, func(names []string) error {
		a, body, odd, err := askBusiness[accountBody](ctx, b, "business/get/", names, nil)
		if err != nil {
			return err
		}
		d := body.Data
		if d == nil || *d == (account{}) {
			return a.Broken("no profile")
		}
		b.odd(odd)
		b.keep(a)
		p = &profile{answer: a, name: d.Name, handle: d.Username, bio: d.Bio, avatar: d.Avatar, verified: d.Verified,
			followers: named{"followers_count", d.Followers}, following: named{"following_count", d.Following},
			likes: named{"total_likes", d.Likes}, videos: named{"videos_count", d.Videos},
			told: []named{{"is_business_account", d.Business.count()}}}
		return nil
	})
	return p, err
}

func (b *accounts) videos(ctx context.Context, before int64) (*list, error) {
	q := url.Values{"max_count": {strconv.Itoa(b.pageSize())}}
	if before != 0 {
		q.Set("cursor", strconv.FormatInt(before, 10))
	}
	var l *list
	err := b.with(&b.list, func(names []string) error {
		a, body, odd, err := askBusiness[businessVideosBody](ctx, b, "business/video/list/", names, q)
		if err != nil {
			return err
		}
		if body.Data.Videos == nil && (odd != nil || !body.Data.More.told) {
			return a.Broken("no list of videos")
		}
		b.odd(odd)
		b.keep(a)
		l = &list{answer: a, call: callBusinessVideos, next: body.Data.Cursor, more: body.Data.More, videos: make([]video, len(body.Data.Videos))}
		for i := range body.Data.Videos {
			l.videos[i] = body.Data.Videos[i].video()
		}
		return nil
	})
	return l, err
}

// present asks which of the videos are there. The contract does not say what
// becomes of an id that is not; here it is left out, as the Display API does,
// and a refusal says nothing of any of them.
func (b *accounts) present(ctx context.Context, ids []string) ([]ident, error) {
	filters, err := json.Marshal(map[string][]string{"video_ids": ids})
	if err != nil {
		return nil, err
	}
	a, body, odd, err := askBusiness[businessVideosBody](ctx, b, "business/video/list/", []string{"item_id"},
		url.Values{"filters": {string(filters)}, "max_count": {strconv.Itoa(DefaultPageSize)}})
	if err != nil {
		return nil, err
	}
	if body.Data.Videos == nil || odd != nil {
		return nil, a.Broken("no list of videos")
	}
	found := make([]ident, len(body.Data.Videos))
	for i := range body.Data.Videos {
		found[i] = body.Data.Videos[i].ID
	}
	return found, nil
}

// askBusiness asks for fields, if any, and for what else is in q, and reads the answer.
// See api.Answer.Decode about odd.
func askBusiness[T any, P businessTarget[T]](ctx context.Context, b *accounts, path string, names []string, q url.Values) (a *api.Answer, body *T, odd, err error) {
	list, err := json.Marshal(names)
	if err != nil {
		return nil, nil, nil, err
	}
	query := maps.Clone(q)
	if query == nil {
		query = make(url.Values)
	}
	query.Set("business_id", b.job.Account.PlatformID)
	if len(names) > 0 {
		query.Set("fields", string(list))
	}
	u := b.business.base.JoinPath("open_api", businessVersion, path)
	u.RawQuery = query.Encode()
	err = b.call(ctx, func(token string) (err error) {
		a, err = b.business.client.GetWithHeader(ctx, u, "Access-Token", token)
		if err != nil {
			return err
		}
		body = new(T)
		if odd, err = a.Decode(body); err != nil {
			return err
		}
		switch said := P(body).asBusiness(); {
		case said.Code.Known && said.Code.N == 0 && a.OK():
			return nil
		case !said.Code.Known && a.OK():
			return a.Broken("answer does not say whether it is a success")
		default:
			return newBusinessRefusal(a, said.Code.N, string(said.Message))
		}
	})
	return a, body, odd, err
}

// Extra holds whole numbers, so what has a fraction goes there in thousandths
// and millionths, and says so in its name.
const (
	millis     = 1000
	millionths = 1_000_000
)

func (v *businessVideo) video() video {
	return video{
		id: v.ID, created: v.Created, text: string(v.Caption), link: string(v.Link), format: v.format(), picture: string(v.Cover),
		seconds: v.Duration.whole(), paid: v.Ad,
		counters: schema.Counters{
			Views:        v.Views.Ptr(),
			Reach:        v.Reach.Ptr(),
			Reactions:    v.Likes.Ptr(),
			Comments:     v.Comments.Ptr(),
			Shares:       v.Shares.Ptr(),
			Saves:        v.Favorites.Ptr(),
			Clicks:       v.WebsiteClicks.Ptr(),
			WatchSeconds: v.Watched.whole().Ptr(),
		},
		told: []named{
			{"video_views", v.Views},
			{"reach", v.Reach},
			{"likes", v.Likes},
			{"comments", v.Comments},
			{"shares", v.Shares},
			{"favorites", v.Favorites},
			{"video_duration_millis", v.Duration.times(millis)},
			{"total_time_watched", v.Watched.whole()},
			{"average_time_watched_millis", v.Average.times(millis)},
			{"full_video_watched_rate_millionths", v.Full.times(millionths)},
			{"new_followers", v.NewFollowers},
			{"profile_views", v.ProfileViews},
			{"website_clicks", v.WebsiteClicks},
			{"phone_number_clicks", v.PhoneClicks},
			{"lead_submissions", v.Leads},
			{"app_download_clicks", v.AppClicks},
			{"email_clicks", v.EmailClicks},
			{"address_clicks", v.AddressClicks},
		},
	}
}

// format is video where the platform does not say otherwise.
func (v *businessVideo) format() schema.Format {
	switch strings.ToLower(string(v.MediaType)) {
	case "", "video":
		return schema.FormatVideo
	}
	return ""
}
