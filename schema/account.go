package schema

import "time"

// A Platform is a social network, in small letters as in our keys.
type Platform string

// The platforms that the Digital Media Policy approves (clause P7).
const (
	Facebook  Platform = "facebook"
	Instagram Platform = "instagram"
	X         Platform = "x"
	YouTube   Platform = "youtube"
	TikTok    Platform = "tiktok"
)

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
	Handle     string       `ch:"handle"`      // without @
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
