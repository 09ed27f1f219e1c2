package tiktok

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// A list is a page of videos, whichever API told it.
type list struct {
	answer *api.Answer
	call   string // its name in observations
	videos []video
	next   api.Count // Unix milliseconds: the next page lies before it
	more   flag
}

// A video is a video as either API tells it.
type video struct {
	id       ident
	created  api.Count // Unix seconds
	text     string
	link     string
	format   schema.Format
	picture  string    // its address
	seconds  api.Count // its length
	paid     flag      // it is an advertisement
	counters schema.Counters
	told     []named // what goes to Extra
}

// A named is a count with the name that it is stored under.
type named struct {
	name string
	api.Count
}

// firstVideo is from before the first video: musical.ly, which TikTok took
// over with its accounts, began in that year.
var firstVideo = time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC)

// published returns when the video was published, or the zero time where that
// is not known or cannot be true.
func (v *video) published(at time.Time) time.Time {
	if !v.created.Known || v.created.N < firstVideo.Unix() || v.created.N > at.Add(48*time.Hour).Unix() {
		return time.Time{}
	}
	return time.Unix(v.created.N, 0).UTC()
}

// bottom returns when the last video of the page was published: down to there
// the list has been read. It is the zero time where no video says.
func (l *list) bottom() time.Time {
	for i := range slices.Backward(l.videos) {
		if at := l.videos[i].published(l.answer.At); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// add adds the videos to the page at hand, with the reading of their counters.
// What cannot be read is skipped.
func (r *run) add(l *list) {
	r.page.Posts = slices.Grow(r.page.Posts, len(l.videos))
	r.page.Observations = slices.Grow(r.page.Observations, len(l.videos))
	seen := make(map[ident]bool, len(l.videos))
	for i := range l.videos {
		v := &l.videos[i]
		p, err := v.post(r.job.Account, r.handle, l.answer.At)
		if err != nil {
			r.skip("video left out", "post_id", string(v.id), "reason", err.Error())
			continue
		}
		if seen[v.id] {
			continue
		}
		seen[v.id] = true
		r.page.Posts = append(r.page.Posts, p)
		r.page.Observations = append(r.page.Observations, schema.Observation{
			AccountID:  p.AccountID,
			PostID:     p.PostID,
			Platform:   schema.TikTok,
			ObservedAt: l.answer.At,
			Call:       l.call,
			Counters:   v.counters,
			Extra:      r.extra(v.told, "post_id", p.PostID),
			RunID:      r.job.RunID,
		})
	}
}

// extra returns the counts that are known, or nil. One that cannot be read is
// counted and logged.
func (r *run) extra(counts []named, about ...any) map[string]int64 {
	var m map[string]int64
	for _, n := range counts {
		switch {
		case n.Bad:
			r.skip("value left out: not a count", append(about, "name", n.name)...)
		case n.Known:
			if m == nil {
				m = make(map[string]int64, len(counts))
			}
			m[n.name] = n.N
		}
	}
	return m
}

// The reasons for leaving out a video.
var (
	errNoID   = errors.New("no id")
	errNoTime = errors.New("no time of publication that can be true")
)

// post returns the video as a post seen at the given moment.
func (v *video) post(account schema.Account, handle string, at time.Time) (schema.Post, error) {
	if v.id == "" {
		return schema.Post{}, errNoID
	}
	published := v.published(at)
	if published.IsZero() {
		return schema.Post{}, errNoTime
	}
	caption := posttext.Valid(v.text)
	links, hashtags := posttext.Parse(caption)
	var seconds *int64
	if v.format == schema.FormatVideo && v.seconds.N > 0 {
		seconds = v.seconds.Ptr()
	}
	return schema.Post{
		AccountID:   account.ID,
		PostID:      string(v.id),
		Platform:    schema.TikTok,
		NativeID:    string(v.id),
		Text:        caption,
		Format:      v.format,
		Permalink:   v.permalink(account, handle),
		Links:       links,
		Hashtags:    hashtags,
		PublishedAt: published,
		CollectedAt: at,

		Paid:         v.paid.ptr(),
		Seconds:      seconds,
		ThumbnailURL: posttext.Link(v.picture),
	}, nil
}

// permalink returns the address of the video. The one that is told carries the
// name of our app behind it, which is cut off: so it is the same by whichever
// way a post comes in.
func (v *video) permalink(account schema.Account, handle string) string {
	u, err := url.Parse(posttext.Link(v.link))
	if err == nil && isTikTok(u.Hostname()) && u.User == nil && len(u.Path) > 1 {
		u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
		return posttext.Link(u.String())
	}
	if !isHandle(handle) {
		handle = account.Handle
	}
	if !isHandle(handle) {
		return ""
	}
	return "https://www.tiktok.com/@" + handle + "/video/" + string(v.id)
}

func isTikTok(host string) bool {
	host = strings.ToLower(host)
	return host == "tiktok.com" || strings.HasSuffix(host, ".tiktok.com")
}

// isHandle says whether s is a user name, and not a part of a path.
func isHandle(s string) bool {
	if s == "" || len(s) > 64 || strings.Trim(s, ".") == "" {
		return false
	}
	for _, b := range []byte(s) {
		if !('0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' || b == '.') {
			return false
		}
	}
	return true
}
