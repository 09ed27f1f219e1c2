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

// words are what a vocabulary asks for.
type words struct {
	parameter  string // that names the fields of posts
	fields     string
	expansions string
}

var vocabularies = map[Vocabulary]words{
	Legacy: {
		parameter:  "tweet.fields",
		fields:     "id,text,attachments,created_at,edit_history_tweet_ids,entities,note_tweet,public_metrics,referenced_tweets",
		expansions: "attachments.media_keys",
	},
	// The history of edits is no field here but an expansion. The references
	// are too, and not asked for: their posts would be billed.
	New: {
		parameter:  "post.fields",
		fields:     "id,text,attachments,created_at,entities,note_post,public_metrics",
		expansions: "attachments.media_keys,edit_history_post_ids",
	},
}

// timeline adds what to ask of the posts of a list.
func (w words) timeline(q url.Values) {
	q.Set(w.parameter, w.fields)
	q.Set("expansions", w.expansions)
	q.Set("media.fields", "alt_text,media_key,public_metrics,type")
}

// insights adds what to ask of the posts with the ids.
func (w words) insights(q url.Values, ids []string) {
	q.Set("ids", strings.Join(ids, ","))
	q.Set(w.parameter, "id,non_public_metrics,organic_metrics")
}
