package schema

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Platform is where posts are published: a social network or a website. It
// is in small letters, as in our keys.
type Platform string

// The platforms that the Digital Media Policy approves (clause P7).
const (
	Facebook  Platform = "facebook"
	Instagram Platform = "instagram"
	X         Platform = "x"
	YouTube   Platform = "youtube"
	TikTok    Platform = "tiktok"
)

// Feed is a department's own website, read by its feed: RSS, Atom or JSON
// Feed. It is none of the five of the policy. An account's URL is the address
// of the feed, its handle that of FeedHandle; its posts
// are records, of which at most the comments are counted.
const Feed Platform = "feed"

// feedEndings are the last parts of the addresses of feeds that name nothing.
var feedEndings = []string{"feed", "feeds", "rss", "atom", "index", "blog"}

// FeedHandle returns the handle of the account whose feed has the address: the
// host without "www.", and what of the path tells several feeds of one host
// apart, joined by dashes. It is empty for what is no address of a feed.
//
// It is https://www.example.gov.pk/health/feed/ that has example.gov.pk-health.
func FeedHandle(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return ""
	}
	handle := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	for part := range strings.SplitSeq(u.Path, "/") {
		name := strings.ToLower(part)
		if dot := strings.LastIndexByte(name, '.'); dot > 0 {
			name = name[:dot]
		}
		if name != "" && !slices.Contains(feedEndings, name) && !strings.ContainsAny(name, " ?#@") {
			handle += "-" + name
		}
	}
	return handle
}

// AccountID is our own key of an account; it never changes, whatever the
// handle does.
type AccountID string

// DepartmentID is our own key of a department.
type DepartmentID string

// Access says how an account may be read.
type Access string

const (
	// AccessOwner reads with the owner's authorisation: all that the platform tells.
	AccessOwner Access = "owner"
	// AccessPublic reads what anyone may see, by handle: no reach, no saves.
	AccessPublic Access = "public"
)

// The states of an account. Only an approved one is collected (clauses P8, P13).
const (
	StatusProposed = "proposed"
	StatusApproved = "approved"
	StatusClosed   = "closed"
)

// An Account is one page, channel or profile on a platform. It belongs to a
// department. Accounts are versioned records: see Version.
type Account struct {
	ID         AccountID    `ch:"account_id"`
	Department DepartmentID `ch:"department_id"`
	Platform   Platform     `ch:"platform"`
	Handle     string       `ch:"handle"`      // without @; of a feed: see FeedHandle
	PlatformID string       `ch:"platform_id"` // the platform's own id; may be empty for AccessPublic
	Name       string       `ch:"name"`
	URL        string       `ch:"url"`
	Access     Access       `ch:"access"`
	Status     string       `ch:"status"` // StatusApproved, …
	Version
}

// A Department is the part of the organisation that answers for accounts.
type Department struct {
	ID        DepartmentID `ch:"department_id"`
	NameEn    string       `ch:"name_en"`
	NameUr    string       `ch:"name_ur"` // may be empty: then NameEn is shown
	ShortName string       `ch:"short_name"`
	Kind      string       `ch:"kind"`
	Version
}

// A Version says which edit of a record a row is, and who made it, when and
// why. A record's history is all its rows.
type Version struct {
	Number    uint64    `ch:"version"`
	ChangedAt time.Time `ch:"changed_at"`
	ChangedBy string    `ch:"changed_by"`
	Reason    string    `ch:"change_reason"`
}
