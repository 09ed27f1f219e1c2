package schema

import "time"

// A Format is the shape in which a post was published, one word for all
// platforms.
type Format string

// The formats that connectors report.
const (
	FormatImage Format = "image"
	FormatVideo Format = "video"
	FormatAlbum Format = "album"
	FormatReel  Format = "reel"
	FormatStory Format = "story"
	FormatText  Format = "text"
	FormatAudio Format = "audio" // an episode of a podcast
	FormatLive  Format = "live"  // a broadcast, under way or over
)

// A Relation says whose post a post is.
type Relation string

// The relations. Counted once: the numbers of a repost are those of the
// original, and those of a joint post belong to its author, so neither counts
// for the account that it is listed under. All others have numbers of their own.
const (
	RelationOwn       Relation = ""          // the account's own
	RelationRepost    Relation = "repost"    // another account's post, as it is
	RelationJoint     Relation = "joint"     // published together; another account is the author
	RelationQuote     Relation = "quote"     // with words of our own above another post
	RelationShare     Relation = "share"     // another post, shared; it has numbers of its own
	RelationReply     Relation = "reply"     // an answer
	RelationCrosspost Relation = "crosspost" // the same item, published on another platform as well
)

// Counted says whether the post's numbers belong to the account.
func (r Relation) Counted() bool { return r != RelationRepost && r != RelationJoint }

// An Absence says why a post cannot be seen any more. Platforms tell little:
// most say "gone" of what was deleted, hidden and made private alike.
type Absence string

// The absences.
const (
	AbsenceNone    Absence = ""
	AbsenceGone    Absence = "gone"    // deleted, hidden or private: the platform does not say
	AbsenceDeleted Absence = "deleted" // by the account, as the platform says
	AbsencePrivate Absence = "private"
	AbsenceExpired Absence = "expired" // a story after its day
	AbsenceAccount Absence = "account" // the whole account is protected, suspended or gone
)

// A Post is one published item as a platform last showed it. Its key is the
// account and PostID, one natural key per platform whichever way the post came
// in (Instagram: the short code of the link).
type Post struct {
	AccountID   AccountID  `ch:"account_id"`
	PostID      string     `ch:"post_id"`
	Platform    Platform   `ch:"platform"`
	NativeID    string     `ch:"native_id"` // the id that the platform's API wants; may differ per door
	Text        string     `ch:"text"`
	Format      Format     `ch:"format"`
	Permalink   string     `ch:"permalink"`
	Links       []string   `ch:"links"`
	Hashtags    []string   `ch:"hashtags"` // without #, as written
	AltText     *string    `ch:"alt_text"` // nil: the platform did not say
	PublishedAt time.Time  `ch:"published_at"`
	DeletedAt   *time.Time `ch:"deleted_at"`
	CollectedAt time.Time  `ch:"collected_at"`
	RunID       string     `ch:"run_id"` // the run or import that brought the row; may be empty

	Relation     Relation `ch:"relation"`
	RelatedID    string   `ch:"related_id"`       // the platform's id of the post that Relation speaks of; may be empty
	Captions     *bool    `ch:"captions"`         // the video has captions; nil: no video, or not told
	Paid         *bool    `ch:"paid"`             // the platform says that it is advertising, or a paid partnership
	Seconds      *int64   `ch:"duration_seconds"` // of a video, a broadcast or an episode; nil: none, or not told
	ThumbnailURL string   `ch:"thumbnail_url"`    // of a small picture; expires
	Absence      Absence  `ch:"absence"`          // why DeletedAt is set
}

// Counters are the numbers of one post at one moment, cumulative since its
// publication, as the platform gave them. Nil means that this reading did not
// say: it is never zero.
type Counters struct {
	Views        *int64 `ch:"views"`
	Impressions  *int64 `ch:"impressions"`
	Reach        *int64 `ch:"reach"`
	Reactions    *int64 `ch:"reactions"`
	Comments     *int64 `ch:"comments"`
	Shares       *int64 `ch:"shares"`
	Saves        *int64 `ch:"saves"`
	Clicks       *int64 `ch:"clicks"`
	WatchSeconds *int64 `ch:"watch_seconds"` // whole seconds, rounded down
}

// An Observation is one reading of a post's counters: what one call to the
// platform said at one moment. Its key is account, post, ObservedAt and Call,
// so two calls within the same second stay two readings.
type Observation struct {
	AccountID  AccountID `ch:"account_id"`
	PostID     string    `ch:"post_id"`
	Platform   Platform  `ch:"platform"`
	ObservedAt time.Time `ch:"observed_at"`
	Call       string    `ch:"call"` // which of the platform's calls: "media", "insights", …
	Counters
	Extra map[string]int64 `ch:"extra"` // by the platform's own names
	RunID string           `ch:"run_id"`
}

// An AccountObservation is one reading of an account's profile.
type AccountObservation struct {
	AccountID  AccountID        `ch:"account_id"`
	Platform   Platform         `ch:"platform"`
	ObservedAt time.Time        `ch:"observed_at"`
	Followers  *int64           `ch:"followers"`
	Following  *int64           `ch:"following"`
	Posts      *int64           `ch:"posts"`
	Likes      *int64           `ch:"likes"`
	Views      *int64           `ch:"views"`
	Name       string           `ch:"name"`
	Handle     string           `ch:"handle"`
	Bio        string           `ch:"bio"`
	Link       string           `ch:"link"`
	AvatarURL  string           `ch:"avatar_url"` // expires; never an identity
	Verified   *bool            `ch:"verified"`
	Extra      map[string]int64 `ch:"extra"`
	RunID      string           `ch:"run_id"`
}

// A RawAnswer is a platform's answer as it was received, kept as evidence.
// Request and Body hold no secret.
type RawAnswer struct {
	ReceivedAt time.Time `ch:"received_at"`
	AccountID  AccountID `ch:"account_id"`
	Platform   Platform  `ch:"platform"`
	RunID      string    `ch:"run_id"`
	Request    string    `ch:"request"` // method and URL, secrets masked
	Status     uint16    `ch:"status"`
	APIVersion string    `ch:"api_version"`
	BodyHash   string    `ch:"body_hash"` // SHA-256 of Body, hexadecimal
	Body       string    `ch:"body"`
}
