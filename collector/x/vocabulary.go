package x

import (
	"net/url"
	"strings"
)

// A Vocabulary is the set of names that a request uses. X renamed tweets to
// posts between the versions 2.166 and 2.167 of its specification, and answers
// in the names of the request. What we store has the legacy names throughout,
// so that a series goes on when the setting changes.
type Vocabulary string

const (
	Legacy Vocabulary = "legacy" // tweet.fields, retweet_count, edit_history_tweet_ids
	New    Vocabulary = "new"    // post.fields, repost_count, edit_history_post_ids
)

// userFields are the same in both. A name that the API does not know refuses
// the whole call.
const userFields = "id,name,username,description,entities,profile_image_url,public_metrics,url,verified"

// mediaFields too.
const mediaFields = "alt_text,duration_ms,media_key,preview_image_url,public_metrics,type,url"

// The private metrics of a post, each a field of its own. Promoted ones are
// told of posts that are paid for.
const insightFields = "id,non_public_metrics,organic_metrics,promoted_metrics"

// words are what a vocabulary asks for.
type words struct {
	parameter  string // that names the fields of posts
	fields     string
	expansions string
}

var vocabularies = map[Vocabulary]words{
	Legacy: {
		parameter:  "tweet.fields",
		fields:     "id,text,attachments,created_at,edit_history_tweet_ids,entities,note_tweet,paid_partnership,public_metrics,referenced_tweets",
		expansions: "attachments.media_keys",
	},
	// The history of edits is no field here but an expansion, and so are the
	// references. The posts that come with them are counted as billed.
	New: {
		parameter:  "post.fields",
		fields:     "id,text,attachments,created_at,entities,note_post,paid_partnership,public_metrics",
		expansions: "attachments.media_keys,edit_history_post_ids,referenced_posts",
	},
}

// timeline adds what to ask of the posts of a list.
func (w words) timeline(q url.Values) {
	q.Set(w.parameter, w.fields)
	q.Set("expansions", w.expansions)
	q.Set("media.fields", mediaFields)
}

// presence adds what to ask of posts that may be gone: whether they are there.
func (w words) presence(q url.Values, ids []string) {
	q.Set("ids", strings.Join(ids, ","))
	q.Set(w.parameter, "id")
}

// insights adds what to ask of the posts with the ids.
func (w words) insights(q url.Values, ids []string) {
	q.Set("ids", strings.Join(ids, ","))
	q.Set(w.parameter, insightFields)
}
