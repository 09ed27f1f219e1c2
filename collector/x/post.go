package x

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/collector/internal/posttext"
	"github.com/hamawaz/hamawaz/schema"
)

// The names of our calls in observations.
const (
	callTweets   = "tweets"
	callInsights = "insights"
	callUsers    = "users"    // the profile, and
	callPresence = "presence" // whether posts are there: in what is said of metrics
)

type timelineBody struct {
	problem
	Data     []post `json:"data"` // nil: there was no list, which is what an empty one looks like
	Includes struct {
		Media  []media    `json:"media"`
		Tweets []struct{} `json:"tweets"` // that others refer to; what is in them is not read
		Posts  []struct{} `json:"posts"`  // the same in the new vocabulary
	} `json:"includes"`
	Meta struct {
		Count api.Count `json:"result_count"` // always told
		Next  pageToken `json:"next_token"`   // left out on the last page
	} `json:"meta"`
}

// A pageToken stands for a page. It is opaque.
type pageToken struct {
	text string
	bad  bool // something was sent that is no token
}

// UnmarshalJSON never fails: a token that cannot be read must not pass for the
// end of the list.
func (t *pageToken) UnmarshalJSON(b []byte) error {
	*t = pageToken{}
	if string(b) == "null" {
		return nil
	}
	var s string
	if json.Unmarshal(b, &s) != nil || s == "" || len(s) > 2048 ||
		strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.bad = true
		return nil
	}
	t.text = s
	return nil
}

// A post is one version of a post.
type post struct {
	ID        ident     `json:"id"`
	Text      string    `json:"text"` // the first 280 characters, HTML-escaped
	CreatedAt string    `json:"created_at"`
	Entities  *entities `json:"entities"`
	NoteTweet *note     `json:"note_tweet"`
	NotePost  *note     `json:"note_post"`

	Attachments struct {
		MediaKeys []string `json:"media_keys"`
	} `json:"attachments"`

	// The ids of all versions, the oldest first, this one among them.
	EditsLegacy []ident `json:"edit_history_tweet_ids"`
	EditsNew    []ident `json:"edit_history_post_ids"`

	ReferencesLegacy []reference `json:"referenced_tweets"`
	ReferencesNew    []reference `json:"referenced_posts"`

	Paid flag `json:"paid_partnership"` // since June 2026

	Metrics metrics `json:"public_metrics"`
}

// metrics are counters by all the names that they have had.
type metrics struct {
	Retweets    api.Count `json:"retweet_count"`
	Reposts     api.Count `json:"repost_count"`
	Replies     api.Count `json:"reply_count"`
	Likes       api.Count `json:"like_count"`
	Quotes      api.Count `json:"quote_count"`
	Bookmarks   api.Count `json:"bookmark_count"`   // since the end of 2022
	Impressions api.Count `json:"impression_count"` // the same

	LinkClicks    api.Count `json:"url_link_clicks"`
	ProfileClicks api.Count `json:"user_profile_clicks"`
	Engagements   api.Count `json:"engagements"`
}

// named returns the counters by the names that we store them under.
func (m *metrics) named() []named {
	return []named{
		{"retweet_count", either(m.Retweets, m.Reposts)},
		{"reply_count", m.Replies},
		{"like_count", m.Likes},
		{"quote_count", m.Quotes},
		{"bookmark_count", m.Bookmarks},
		{"impression_count", m.Impressions},
		{"url_link_clicks", m.LinkClicks},
		{"user_profile_clicks", m.ProfileClicks},
		{"engagements", m.Engagements},
	}
}

// A note is the whole text of a post that is longer than 280 characters.
type note struct {
	Text     string    `json:"text"`
	Entities *entities `json:"entities"`
}

type entities struct {
	URLs     []link `json:"urls"`
	Hashtags []struct {
		Tag string `json:"tag"`
	} `json:"hashtags"`
}

type link struct {
	Expanded string `json:"expanded_url"`
	MediaKey string `json:"media_key"` // of what is attached; the author wrote no link
}

// A reference is to another post. Its types are the same in both vocabularies.
type reference struct {
	Type string `json:"type"`
	ID   ident  `json:"id"`
}

type media struct {
	Key     string    `json:"media_key"`
	Type    string    `json:"type"`
	AltText string    `json:"alt_text"`
	URL     string    `json:"url"`               // of a photo
	Preview string    `json:"preview_image_url"` // of a video or an animated picture
	Millis  api.Count `json:"duration_ms"`       // of a video
	Metrics struct {
		Views api.Count `json:"view_count"` // videos only
	} `json:"public_metrics"`
}

// add adds the posts of a list to the page at hand, with the reading of their
// public counters, and returns them. What cannot be read is skipped. A repost
// has no reading: it is another account's post and carries that one's counters.
func (r *run) add(a *api.Answer, body *timelineBody) []schema.Post {
	r.page.Raw = append(r.page.Raw, a.Raw(r.job.Account, r.job.RunID))
	r.denied(callTweets, a, body.Errors)
	attached := make(map[string]*media, len(body.Includes.Media))
	for i := range body.Includes.Media {
		attached[body.Includes.Media[i].Key] = &body.Includes.Media[i]
	}
	seen := make(map[string]bool, len(body.Data))
	for i := range body.Data {
		t := &body.Data[i]
		all := t.media(attached)
		p, err := t.post(r.job.Account, r.handle, all, a.At)
		if err != nil {
			r.skip("post left out", "post_id", t.ID.String(), "reason", err.Error())
			continue
		}
		if seen[p.PostID] {
			continue // an older version of a post that is on the page
		}
		seen[p.PostID] = true
		r.page.Posts = append(r.page.Posts, p)
		if p.Relation.Counted() {
			r.metric(callTweets, "public_metrics", schema.MetricGiven, "", a.At)
			r.page.Observations = append(r.page.Observations, r.reading(t, &p, all, a.At))
		}
	}
	return r.page.Posts
}

// reading returns the reading of a post's public counters.
//
// X counts as impressions how often a post was displayed, and calls them views
// where it shows them. Views are those of the video that is attached, if there
// is exactly one: playing and displaying are different things. The video's
// count goes with it wherever else it is posted. Shares are reposts and quotes,
// and unknown unless both are told.
//
// Counters belong to a version of a post: an edit may set them back.
func (r *run) reading(t *post, p *schema.Post, attached []*media, at time.Time) schema.Observation {
	m := &t.Metrics
	var views api.Count
	if v := video(attached); v != nil {
		views = v.Metrics.Views
	}
	extra := r.extra(nil, "", append(m.named(), named{"view_count", views}), "post_id", p.PostID)
	return schema.Observation{
		AccountID:  r.job.Account.ID,
		PostID:     p.PostID,
		Platform:   schema.X,
		ObservedAt: at,
		Call:       callTweets,
		Counters: schema.Counters{
			Views:       views.Ptr(),
			Impressions: m.Impressions.Ptr(),
			Reactions:   m.Likes.Ptr(),
			Comments:    m.Replies.Ptr(),
			Shares:      sum(either(m.Retweets, m.Reposts), m.Quotes),
			Saves:       m.Bookmarks.Ptr(),
		},
		Extra: extra,
		RunID: r.job.RunID,
	}
}

// video returns the one video that is attached, or nil where there is none, or
// more than one.
func video(attached []*media) *media {
	var found *media
	for _, m := range attached {
		switch {
		case m == nil || m.Type != "video":
		case found != nil:
			return nil
		default:
			found = m
		}
	}
	return found
}

// sum returns the sum of two counts, or nil unless both are known.
func sum(a, b api.Count) *int64 {
	if !a.Known || !b.Known || a.N > math.MaxInt64-b.N {
		return nil
	}
	return new(a.N + b.N)
}

// bottom returns the id of the last post of a list, and when it was published:
// down to there the list has been read. An old post further up would be one
// that is out of its place. Zero means that there is no post.
func (b *timelineBody) bottom() (id ident, at time.Time) {
	for i := range slices.Backward(b.Data) {
		if t := &b.Data[i]; t.ID != 0 {
			at, _ = parseTime(t.CreatedAt)
			return t.ID, at
		}
	}
	return 0, time.Time{}
}

// The reasons for leaving out a post.
var (
	errNoID   = errors.New("no id")
	errNoTime = errors.New("no time of publication that can be true")
)

// firstPost is the day of the first post of X.
var firstPost = time.Date(2006, 3, 21, 0, 0, 0, 0, time.UTC)

func parseTime(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) }

// post returns what was answered as a post seen at the given moment.
//
// An edit gives a post a new id, and the list shows the newest version only.
// So that an edited post stays one post, its key is the id of the first
// version; NativeID and the link are those of the version that was answered.
func (t *post) post(account schema.Account, handle string, attached []*media, at time.Time) (schema.Post, error) {
	if t.ID == 0 {
		return schema.Post{}, errNoID
	}
	published, err := parseTime(t.CreatedAt)
	if err != nil || published.Before(firstPost) || published.After(at.Add(48*time.Hour)) {
		return schema.Post{}, errNoTime
	}
	first := t.first()
	if began := first.time(); first != t.ID && began.Before(published) {
		published = began
	}
	text := t.text()
	links, hashtags := t.linksAndHashtags(text)
	relation, related := t.relation()
	return schema.Post{
		AccountID:   account.ID,
		PostID:      first.String(),
		Platform:    schema.X,
		NativeID:    t.ID.String(),
		Text:        text,
		Format:      format(attached),
		Permalink:   permalink(account, handle, t.ID),
		Links:       links,
		Hashtags:    hashtags,
		AltText:     altText(attached),
		PublishedAt: published.UTC(),
		CollectedAt: at,

		Relation:     relation,
		RelatedID:    related,
		Paid:         t.Paid.value,
		Seconds:      seconds(attached),
		ThumbnailURL: thumbnail(attached),
	}, nil
}

// permalink returns the address of a post. X finds it by the id alone, so the
// word before it may be any where no handle is known.
func permalink(account schema.Account, handle string, id ident) string {
	if !isHandle(handle) {
		handle = account.Handle
	}
	if !isHandle(handle) {
		handle = "i"
	}
	return "https://x.com/" + handle + "/status/" + id.String()
}

// relations are the types of references, the one that decides first: an answer
// that quotes is an answer.
var relations = []struct {
	kind     string
	relation schema.Relation
}{
	{"retweeted", schema.RelationRepost},
	{"replied_to", schema.RelationReply},
	{"quoted", schema.RelationQuote},
}

// relation returns what the post is to another, and that one's id. An answer to
// a post of our own, as in a thread, is an answer too.
func (t *post) relation() (schema.Relation, string) {
	for _, known := range relations {
		for _, refs := range [][]reference{t.ReferencesLegacy, t.ReferencesNew} {
			for _, ref := range refs {
				switch {
				case ref.Type != known.kind:
				case ref.ID == 0:
					return known.relation, ""
				default:
					return known.relation, ref.ID.String()
				}
			}
		}
	}
	return schema.RelationOwn, ""
}

// maxEditing is more than the time in which a post can be edited.
const maxEditing = 24 * time.Hour

// first returns the id of the first version: ids grow with time. One from long
// before cannot be a version of this post.
func (t *post) first() ident {
	first := t.ID
	for _, ids := range [][]ident{t.EditsLegacy, t.EditsNew} {
		for _, id := range ids {
			if id != 0 && t.ID.time().Sub(id.time()) <= maxEditing {
				first = min(first, id)
			}
		}
	}
	return first
}

// time returns when the post with the id was published, to the second: an id
// begins with the milliseconds since 2010-11-04 01:42:54.657 UTC. Ids from
// before that do not, and their time comes out wrong.
func (id ident) time() time.Time {
	return time.UnixMilli(int64(id>>22) + 1288834974657).UTC().Truncate(time.Second)
}

// media returns what is attached; nil stands for what X did not describe.
func (t *post) media(known map[string]*media) []*media {
	if len(t.Attachments.MediaKeys) == 0 {
		return nil
	}
	all := make([]*media, len(t.Attachments.MediaKeys))
	for i, key := range t.Attachments.MediaKeys {
		all[i] = known[key]
	}
	return all
}

// format returns "" for a kind of media that did not exist when this was
// written, or that X did not describe. An animated picture is a picture: X does
// not count how often it is played.
func format(attached []*media) schema.Format {
	switch {
	case len(attached) == 0:
		return schema.FormatText
	case len(attached) > 1:
		return schema.FormatAlbum
	case attached[0] == nil:
		return ""
	}
	switch attached[0].Type {
	case "photo", "animated_gif":
		return schema.FormatImage
	case "video":
		return schema.FormatVideo
	}
	return ""
}

// altText returns the descriptions of what is attached, one a line, or nil
// when there is none.
func altText(attached []*media) *string {
	var lines []string
	for _, m := range attached {
		if m != nil && m.AltText != "" {
			lines = append(lines, posttext.Valid(m.AltText))
		}
	}
	if lines == nil {
		return nil
	}
	return new(strings.Join(lines, "\n"))
}

// seconds returns the length of the one video that is attached, or nil.
func seconds(attached []*media) *int64 {
	if v := video(attached); v != nil && v.Millis.Known {
		return new(v.Millis.N/1000 + (v.Millis.N%1000+500)/1000)
	}
	return nil
}

// thumbnail returns the address of the first picture that stands for what is
// attached, or "".
func thumbnail(attached []*media) string {
	for _, m := range attached {
		if m == nil {
			continue
		}
		for _, address := range []string{m.Preview, m.URL} {
			if u := posttext.Link(address); u != "" {
				return u
			}
		}
	}
	return ""
}
