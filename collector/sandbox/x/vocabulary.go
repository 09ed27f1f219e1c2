package x

import "strings"

// A vocabulary is one of the two sets of names that the platform uses. An
// answer has the names of its request.
type vocabulary struct {
	post           string // the word in parameters: tweet, or post
	problems       string // where the types of problems are
	repostCount    string
	postCount      string
	editHistory    string
	references     string
	note           string
	includes       string // the posts that expansions bring
	expandAuthor   string
	expandOriginal string
	expandEdits    string

	postFields, userFields         []string
	postExpansions, userExpansions []string
}

// fieldsParameter is the name of the parameter that asks for fields of posts.
func (v *vocabulary) fieldsParameter() string { return v.post + ".fields" }

// legacy is the vocabulary of the specification up to 2.166.
var legacy = &vocabulary{
	post:           "tweet",
	problems:       "https://api.twitter.com/2/problems/",
	repostCount:    "retweet_count",
	postCount:      "tweet_count",
	editHistory:    "edit_history_tweet_ids",
	references:     "referenced_tweets",
	note:           "note_tweet",
	includes:       "tweets",
	expandAuthor:   "author_id",
	expandOriginal: "referenced_tweets.id",
	expandEdits:    "edit_history_tweet_ids",

	postFields: split("article,attachments,author_id,card_uri,community_id,context_annotations,conversation_id,created_at,display_text_range," +
		"edit_controls,edit_history_tweet_ids,entities,geo,id,in_reply_to_user_id,lang,matched_media_notes,media_metadata,non_public_metrics," +
		"note_request_suggestions,note_tweet,organic_metrics,paid_partnership,possibly_sensitive,promoted_metrics,public_metrics," +
		"referenced_tweets,reply_settings,scopes,source,suggested_source_links,suggested_source_links_with_counts,text,withheld"),
	userFields: split("affiliation,confirmed_email,connection_status,created_at,description,entities,id,is_identity_verified,location," +
		"most_recent_tweet_id,name,parody,pinned_tweet_id,profile_banner_url,profile_image_url,protected,public_metrics,receives_your_dm," +
		"subscription,subscription_type,url,username,verified,verified_followers_count,verified_type,withheld"),
	postExpansions: split("article.cover_media,article.media_entities,attachments.media_keys,attachments.media_source_tweet,attachments.poll_ids," +
		"author_id,edit_history_tweet_ids,entities.mentions.username,geo.place_id,in_reply_to_user_id,entities.note.mentions.username," +
		"referenced_tweets.id,referenced_tweets.id.attachments.media_keys,referenced_tweets.id.author_id"),
	userExpansions: split("affiliation.user_id,most_recent_tweet_id,pinned_tweet_id"),
}

// renamed is the vocabulary of the specification from 2.167 on. There the
// author, and whom a reply answers, come with their expansions alone.
var renamed = &vocabulary{
	post:           "post",
	problems:       "https://api.x.com/2/problems/",
	repostCount:    "repost_count",
	postCount:      "post_count",
	editHistory:    "edit_history_post_ids",
	references:     "referenced_posts",
	note:           "note_post",
	includes:       "posts",
	expandAuthor:   "author_id",
	expandOriginal: "referenced_posts",
	expandEdits:    "edit_history_post_ids",

	postFields: split("article,article_title,attachments,card_uri,community_id,context_annotations,conversation_id,created_at,display_text_range," +
		"edit_controls,entities,geo,id,lang,matched_media_notes,media_metadata,non_public_metrics,note_post,note_request_suggestions," +
		"organic_metrics,paid_partnership,possibly_sensitive,promoted_metrics,public_metrics,reply_settings,scopes,source," +
		"suggested_source_links,suggested_source_links_with_counts,text,withheld"),
	userFields: split("confirmed_email,connection_status,created_at,description,entities,id,is_identity_verified,location,name,parody," +
		"profile_banner_url,profile_image_url,protected,public_metrics,receives_your_dm,subscribes_to_you,subscription,subscription_type," +
		"url,username,verified,verified_followers_count,verified_type,withheld"),
	postExpansions: split("article.cover_media,article.media_entities,attachments.media_keys,attachments.media_source_tweet,attachments.poll_ids," +
		"author_id,edit_history_post_ids,entities.mentions.username,geo.place_id,in_reply_to_user_id,referenced_posts,username"),
	userExpansions: split("affiliation,most_recent_post_id,pinned_post_id"),
}

// Fields of media, polls and places are the same in both. No post has any.
var (
	mediaFields = split("alt_text,duration_ms,height,media_key,non_public_metrics,organic_metrics,preview_image_url,promoted_metrics,public_metrics,type,url,variants,width")
	pollFields  = split("duration_minutes,end_datetime,id,options,voting_status")
	placeFields = split("contained_within,country,country_code,full_name,geo,id,name,place_type")
)

// split takes a list of names apart, with commas between them.
func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
