package importer

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hamawaz/hamawaz/schema"
)

// A Reason is why a row or a value was refused, in one word that a page can
// translate.
type Reason string

// Scan implements sql.Scanner.
func (r *Reason) Scan(v any) error { return schema.ScanText(r, v) }

// Value implements driver.Valuer.
func (r Reason) Value() (driver.Value, error) { return string(r), nil }

// The reasons for which a whole row is refused.
const (
	ReasonUnreadable   Reason = "unreadable"    // broken quotes or JSON
	ReasonBadText      Reason = "bad_text"      // NUL, or bytes that are no text in the file's encoding
	ReasonPlatform     Reason = "platform"      // the row is of another platform
	ReasonExcluded     Reason = "excluded"      // the map leaves such rows out
	ReasonNoID         Reason = "no_id"         // neither the link nor a column holds the post's id
	ReasonDamagedID    Reason = "damaged_id"    // a spreadsheet destroyed the id
	ReasonIDsDiffer    Reason = "ids_differ"    // link and column name two posts
	ReasonNoDate       Reason = "no_date"       // no moment of publication
	ReasonBadDate      Reason = "bad_date"      // a moment that cannot be
	ReasonLaterDate    Reason = "later_date"    // published after it was read
	ReasonNoAsOf       Reason = "no_as_of"      // no moment of the reading
	ReasonAccount      Reason = "account"       // the account is not registered
	ReasonOtherAccount Reason = "other_account" // the row names another account than the one chosen
	ReasonReplaced     Reason = "replaced"      // a later row tells otherwise of the same post and moment
	ReasonCut          Reason = "cut"           // the last line is cut off

	// The reasons for which a record of accounts or departments is refused.
	ReasonMissing Reason = "missing" // a cell that must be filled is empty
	ReasonInvalid Reason = "invalid" // a cell holds what cannot be
	ReasonTaken   Reason = "taken"   // another record has this handle
)

// The reasons for which one value is refused: it is unknown, its post is kept.
const (
	ReasonNegative  Reason = "negative"
	ReasonTooLarge  Reason = "too_large"  // beyond 64 bits
	ReasonNotWhole  Reason = "not_whole"  // 1.568: a fraction, or a separator that the map does not name
	ReasonNotNumber Reason = "not_number" // "outros 2"
	ReasonShortened Reason = "shortened"  // 9.2K, 1E+05
)

// A Refusal is a row, or a value of a row, that an import did not take.
type Refusal struct {
	File     string `ch:"file" json:"file"`
	Line     uint64 `ch:"line" json:"line"`             // of the file, from 1; in a JSON array the number of the item
	Field    string `ch:"field" json:"field,omitempty"` // empty where it is about no field
	WholeRow bool   `ch:"whole_row" json:"whole_row"`
	Reason   Reason `ch:"reason" json:"reason"`
	Detail   string `ch:"detail" json:"detail"`         // one English sentence
	Value    string `ch:"value" json:"value,omitempty"` // what stood there, at most excerptLength characters
}

// String returns the refusal as one line for people.
func (r Refusal) String() string {
	what := "row refused"
	if !r.WholeRow {
		what = r.Field + " unknown, post kept"
	}
	return fmt.Sprintf("%s:%d: %s: %s", r.File, r.Line, what, r.Detail)
}

const excerptLength = 80 // characters

// excerpt returns the beginning of a cell, on one line and safe to print.
func excerpt(s string) string {
	if len(s) > 4*excerptLength {
		s = s[:4*excerptLength]
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	s = strings.TrimSpace(s)
	n := 0
	for i := range s {
		if n++; n > excerptLength {
			return s[:i] + "…"
		}
	}
	return s
}

// refuse returns the refusal of a whole row.
func refuse(reason Reason, field, value, format string, args ...any) *Refusal {
	return &Refusal{Field: field, WholeRow: true, Reason: reason, Detail: fmt.Sprintf(format, args...), Value: excerpt(value)}
}
