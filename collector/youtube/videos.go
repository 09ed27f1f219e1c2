package youtube

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// callVideos is the name of our call in observations.
const callVideos = "videos"

// An item is an entry of the list of uploads. Its snippet has a time too: that
// of adding the video to the list.
type item struct {
	Snippet struct {
		Title    string `json:"title"`
		Resource struct {
			VideoID string `json:"videoId"`
		} `json:"resourceId"`
	} `json:"snippet"`
	Details struct {
		VideoID     string `json:"videoId"`
		PublishedAt string `json:"videoPublishedAt"` // left out when the video is private or deleted
	} `json:"contentDetails"`
	Status struct {
		Privacy string `json:"privacyStatus"`
	} `json:"status"`
}

// id returns the id of the item's video, or "".
func (i *item) id() string {
	for _, id := range []string{i.Details.VideoID, i.Snippet.Resource.VideoID} {
		if isID(id) {
			return id
		}
	}
	return ""
}

// A video is an item of videos.list.
type video struct {
	ID      string `json:"id"`
	Snippet struct {
		PublishedAt string     `json:"publishedAt"`
		Title       string     `json:"title"`
		Description string     `json:"description"`
		Live        string     `json:"liveBroadcastContent"` // none, upcoming, live
		Thumbnails  thumbnails `json:"thumbnails"`
	} `json:"snippet"`
	Details struct {
		Duration string `json:"duration"` // ISO 8601; P0D before a broadcast ends
		Caption  string `json:"caption"`  // true or false, as text
	} `json:"contentDetails"`
	Paid struct {
		Has flag `json:"hasPaidProductPlacement"`
	} `json:"paidProductPlacementDetails"`
	Status struct {
		Privacy   string `json:"privacyStatus"`
		Upload    string `json:"uploadStatus"`
		PublishAt string `json:"publishAt"` // of a private video, told to its owner
	} `json:"status"`
	// Statistics lack what the owner hides and, with comments off, the
	// comments. They also hold favoriteCount, which is always 0, and
	// dislikeCount, which only the owner is told: neither is read.
	Statistics struct {
		Views    api.Count `json:"viewCount"`
		Likes    api.Count `json:"likeCount"`
		Comments api.Count `json:"commentCount"`
	} `json:"statistics"`
	Streaming struct {
		Started string    `json:"actualStartTime"`
		Ended   string    `json:"actualEndTime"`
		Viewers api.Count `json:"concurrentViewers"` // of this moment, while live
	} `json:"liveStreamingDetails"`
}

// A flag is true, false, or not told.
type flag struct{ value *bool }

// UnmarshalJSON never fails: what is no flag was not told.
func (f *flag) UnmarshalJSON(b []byte) error {
	f.value = nil
	if s := string(b); s == "true" || s == "false" {
		f.value = new(s == "true")
	}
	return nil
}

// published says whether the video is out, for all to see. The owner is shown
// unlisted and private ones too, among them those that wait for their day, and
// what could not be processed. A premiere is announced to all, but not begun.
func (v *video) published(at time.Time) bool {
	switch v.Status.Privacy {
	case "public", "":
	default:
		return false
	}
	switch v.Status.Upload {
	case "failed", "rejected", "deleted":
		return false
	}
	due, err := time.Parse(time.RFC3339Nano, v.Status.PublishAt)
	return v.Snippet.Live != "upcoming" && (err != nil || !due.After(at))
}

// videos reads the videos of a page of the list, adds them to the page at hand
// and returns them.
func (r *run) videos(ctx context.Context, listed *api.Answer, items []item) ([]schema.Post, error) {
	ids := make([]string, 0, len(items))
	for i := range items {
		if id := items[i].id(); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	var (
		a    = listed
		body = new(listing[video])
	)
	if len(ids) > 0 {
		var err error
		a, body, err = get[video](ctx, r, "videos", url.Values{
			"part": {videoParts},
			"id":   {strings.Join(ids, ",")},
		})
		if err != nil {
			return nil, err
		}
	}
	r.page.Raw = append(r.page.Raw, listed.Raw(r.job.Account, r.job.RunID))
	if len(ids) > 0 {
		r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
	}
	return r.add(a, items, body.Items), nil
}

// add adds the videos to the page at hand, in the order of the list, with the
// reading of their counters, and returns them. What cannot be read is skipped.
func (r *run) add(a *api.Answer, items []item, videos []video) []schema.Post {
	byID := make(map[string]*video, len(videos))
	for i := range videos {
		byID[videos[i].ID] = &videos[i]
	}
	done := make(map[string]bool, len(items))
	for i := range items {
		id := items[i].id()
		v := byID[id]
		switch {
		case id == "":
			r.skip("item left out: no id of a video")
			continue
		case done[id]:
			continue
		case v == nil && items[i].Details.PublishedAt != "":
			// Deleted since, or the answer is short: the next pass will tell.
			r.skip("video left out: listed, but not found", "post_id", id)
		case v == nil, !v.published(a.At):
			// Private, deleted or still to come: not a post.
		default:
			r.addVideo(a, v)
		}
		done[id] = true
	}
	return r.page.Posts
}

func (r *run) addVideo(a *api.Answer, v *video) {
	p, err := v.post(r.job.Account.ID, a.At)
	if err != nil {
		r.skip("video left out", "post_id", v.ID, "reason", err.Error())
		return
	}
	o := schema.Observation{
		AccountID:  p.AccountID,
		PostID:     p.PostID,
		Platform:   schema.YouTube,
		ObservedAt: a.At,
		Call:       callVideos,
		Counters: schema.Counters{
			Views:     v.Statistics.Views.Ptr(),
			Reactions: v.Statistics.Likes.Ptr(),
			Comments:  v.Statistics.Comments.Ptr(),
		},
		RunID: r.job.RunID,
	}
	for _, f := range []struct {
		name string
		api.Count
	}{
		{"viewCount", v.Statistics.Views},
		{"likeCount", v.Statistics.Likes},
		{"commentCount", v.Statistics.Comments},
		{"concurrentViewers", v.Streaming.Viewers},
	} {
		switch {
		case f.Bad:
			r.skip("value left out: not a count", "post_id", p.PostID, "name", f.name)
		case f.Known:
			if o.Extra == nil {
				o.Extra = make(map[string]int64)
			}
			o.Extra[f.name] = f.N
		}
	}
	if v.Statistics.Comments.Known {
		r.counted.videos++
		r.counted.comments += v.Statistics.Comments.N
	}
	r.page.Posts = append(r.page.Posts, p)
	r.page.Observations = append(r.page.Observations, o)
}

var errNoTime = errors.New("no time of publication that can be true")

// firstVideo is the day on which the name youtube.com was registered.
var firstVideo = time.Date(2005, 2, 14, 0, 0, 0, 0, time.UTC)

// post returns the video as a post seen at the given moment.
//
// The API does not say what a Short is: neither its length nor its shape
// decides, so it is a video. A broadcast is told by its beginning, also once it
// is over. So is a premiere, which the API does not tell apart.
func (v *video) post(account schema.AccountID, at time.Time) (schema.Post, error) {
	published, err := time.Parse(time.RFC3339Nano, v.Snippet.PublishedAt)
	if err != nil || published.Before(firstVideo) || published.After(at.Add(48*time.Hour)) {
		return schema.Post{}, errNoTime
	}
	text := posttext.Valid(v.Snippet.Title)
	if d := posttext.Valid(v.Snippet.Description); d != "" {
		text = strings.TrimPrefix(text+"\n\n"+d, "\n\n")
	}
	links, hashtags := posttext.Parse(text)
	format := schema.FormatVideo
	if _, err := time.Parse(time.RFC3339Nano, v.Streaming.Started); err == nil {
		format = schema.FormatLive
	}
	return schema.Post{
		AccountID:   account,
		PostID:      v.ID,
		Platform:    schema.YouTube,
		NativeID:    v.ID,
		Text:        text,
		Format:      format,
		Permalink:   "https://www.youtube.com/watch?v=" + v.ID,
		Links:       links,
		Hashtags:    hashtags,
		PublishedAt: published.UTC(),
		CollectedAt: at,

		Captions:     v.captions(),
		Paid:         v.Paid.Has.value,
		Seconds:      v.seconds(),
		ThumbnailURL: v.Snippet.Thumbnails.small(),
	}, nil
}

// captions says whether the video has captions, or nil where nobody told.
func (v *video) captions() *bool {
	switch v.Details.Caption {
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	return nil
}

// seconds returns the video's length, or nil: a broadcast has none before its
// end, and may have to do with its times for a while after it.
func (v *video) seconds() *int64 {
	if n := seconds(v.Details.Duration); n > 0 {
		return &n
	}
	began, err1 := time.Parse(time.RFC3339Nano, v.Streaming.Started)
	ended, err2 := time.Parse(time.RFC3339Nano, v.Streaming.Ended)
	if err1 != nil || err2 != nil || !ended.After(began) {
		return nil
	}
	return new(int64(ended.Sub(began) / time.Second))
}

// duration is how ISO 8601 spells a length, as far as a length can have it.
var duration = regexp.MustCompile(`^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:[.,]\d+)?S)?)?$`)

// seconds returns the length that s spells, or 0.
func seconds(s string) int64 {
	m := duration.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	var all int64
	for i, unit := range []int64{7 * 86400, 86400, 3600, 60, 1} {
		n, _ := strconv.ParseInt(m[i+1], 10, 64) // "" is 0
		all += n * unit
	}
	return all
}
