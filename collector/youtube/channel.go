package youtube

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// A channel is an item of channels.list. Its statistics may hold a
// commentCount, which has been 0 for all since long: it is not read.
type channel struct {
	ID      string `json:"id"`
	Snippet struct {
		Title       string     `json:"title"`
		Description string     `json:"description"`
		CustomURL   string     `json:"customUrl"` // the handle, with @
		Thumbnails  thumbnails `json:"thumbnails"`
	} `json:"snippet"`
	ContentDetails struct {
		RelatedPlaylists struct {
			Uploads string `json:"uploads"`
		} `json:"relatedPlaylists"`
	} `json:"contentDetails"`
	Statistics struct {
		Views api.Count `json:"viewCount"`
		// Subscribers is rounded down by the platform to three significant
		// figures, for the owner too.
		Subscribers api.Count `json:"subscriberCount"`
		Hidden      bool      `json:"hiddenSubscriberCount"` // then Subscribers is left out, or 0
		Videos      api.Count `json:"videoCount"`            // public ones
	} `json:"statistics"`
}

type thumbnails struct {
	Default, Medium, High struct {
		URL string `json:"url"`
	}
}

// url returns the largest of the pictures, or "".
func (t *thumbnails) url() string { return firstURL(t.High.URL, t.Medium.URL, t.Default.URL) }

// small returns the one of 320 dots where there is one, or another, or "".
func (t *thumbnails) small() string { return firstURL(t.Medium.URL, t.Default.URL, t.High.URL) }

// firstURL returns the first of the addresses that is one, or "".
func firstURL(addresses ...string) string {
	for _, u := range addresses {
		if strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") {
			return posttext.Valid(u)
		}
	}
	return ""
}

// channel finds the account's channel and adds its profile to the page at
// hand.
func (r *run) channel(ctx context.Context) (*channel, error) {
	id := r.job.Account.PlatformID
	q := url.Values{"part": {channelParts}}
	switch handle := strings.TrimPrefix(r.job.Account.Handle, "@"); {
	case isID(id):
		q.Set("id", id)
	case id != "":
		return nil, fmt.Errorf("%w: platform id %q is no id of a channel", collector.ErrRequest, id)
	case isHandle(handle):
		q.Set("forHandle", "@"+handle)
	default:
		return nil, fmt.Errorf("%w: %q is no handle", collector.ErrRequest, handle)
	}
	a, body, err := get[channel](ctx, r, "channels", q)
	if err != nil {
		return nil, err
	}
	if len(body.Items) == 0 {
		// Unknown and terminated channels are left out without a word.
		return nil, fmt.Errorf("%w: the platform knows no such channel", collector.ErrGone)
	}
	ch := &body.Items[0]
	switch {
	case !isID(ch.ID):
		return nil, a.Broken("no channel")
	case id != "" && ch.ID != id:
		return nil, fmt.Errorf("%w: the platform answers with another channel", collector.ErrGone)
	}
	r.at = a.At
	r.addProfile(a, ch)
	return ch, nil
}

func (r *run) addProfile(a *api.Answer, ch *channel) {
	r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
	stats := &ch.Statistics
	if stats.Hidden {
		stats.Subscribers = api.Count{}
	}
	for _, f := range []struct {
		name string
		api.Count
	}{{"subscriberCount", stats.Subscribers}, {"videoCount", stats.Videos}, {"viewCount", stats.Views}} {
		if f.Bad {
			r.skip("value left out: not a count", "name", f.name)
		}
	}
	r.page.Profiles = append(r.page.Profiles, schema.AccountObservation{
		AccountID:  r.job.Account.ID,
		Platform:   schema.YouTube,
		ObservedAt: a.At,
		Followers:  stats.Subscribers.Ptr(),
		Posts:      stats.Videos.Ptr(),
		Views:      stats.Views.Ptr(),
		Name:       posttext.Valid(ch.Snippet.Title),
		Handle:     posttext.Valid(strings.TrimPrefix(ch.Snippet.CustomURL, "@")),
		Bio:        posttext.Valid(ch.Snippet.Description),
		AvatarURL:  ch.Snippet.Thumbnails.url(),
		RunID:      r.job.RunID,
	})
}

// isHandle says whether s may be a handle, which may be of any script.
func isHandle(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.·", r) {
			return false
		}
	}
	return true
}
