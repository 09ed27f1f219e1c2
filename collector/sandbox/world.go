package sandbox

import (
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

// A World is the truth behind one platform's sandbox. All its answers depend
// on nothing but the options with which it was loaded, the post and the
// moment, so they can be asked for again later, by anyone. A World does not
// change and may be shared.
type World interface {
	Platform() schema.Platform

	// Accounts returns the accounts, by handle.
	Accounts() []Account

	// Posts returns what the account had published at the moment, newest
	// first; nil for a handle that is not in the world.
	Posts(handle string, at time.Time) []Post

	// Truth returns a post's counters in the second of at, all of them,
	// whether or not the platform would show them to us. It returns false for
	// a post that is not in the world, or not published yet.
	Truth(handle, postID string, at time.Time) (Truth, bool)

	// Profile returns what the account's profile shows in the second of at;
	// the zero ProfileTruth for a handle that is not in the world.
	Profile(handle string, at time.Time) ProfileTruth

	// Told returns which counters, by their column names, the call tells
	// about the post the way the account is read; nil means that there is no
	// such call.
	Told(a Account, p Post, call string) []string
}

// An Account is one account of a world.
type Account struct {
	Handle     string
	PlatformID string // the id that the platform's API wants
	Name       string
	URL        string
	Bio        string // says what is a copy or made up
	Department Department
	Access     schema.Access
}

// A Post is one post as it was published.
type Post struct {
	PostID      string        // as collectors store it: schema.Post.PostID
	NativeID    string        // the id that the platform's API gives it
	Text        string        // may be empty
	Permalink   string        // of the platform's own site
	Format      schema.Format // empty where it is not known
	PublishedAt time.Time

	Relation  schema.Relation // as collectors store it
	RelatedID string          // as collectors store it: schema.Post.RelatedID
}

// A Commented world knows comments too.
type Commented interface {
	// Comments returns the comments under a post at the moment that the way in
	// which the account is read tells of, in any order.
	Comments(a Account, postID string, at time.Time) []Comment
}

// A Comment is one comment under a post.
type Comment struct {
	CommentID   string // as collectors store it
	ParentID    string // the comment that it answers; empty: the post
	Text        string
	Official    bool // written by the account itself
	PublishedAt time.Time
}

// Truth is what a post's counters stand at in one second. What is unknown is
// nil in Counters and missing in Platform.
type Truth struct {
	schema.Counters                  // by our common names
	Platform        map[string]int64 // by the platform's names of fields and metrics
}

// ProfileTruth is what an account's profile shows in one second. What is
// unknown is nil.
type ProfileTruth struct {
	Followers *int64
	Following *int64
	Posts     *int64
	Views     *int64 // of all posts together
}

// Unknown is a count that nobody told, in the numbers of a world's inside. It
// is never shown: see Pointer.
const Unknown = -1

// Number returns what p points to, Unknown for nil.
func Number(p *int64) int64 {
	if p == nil {
		return Unknown
	}
	return *p
}

// Pointer returns a pointer to n, nil for Unknown.
func Pointer(n int64) *int64 {
	if n == Unknown {
		return nil
	}
	return &n
}
