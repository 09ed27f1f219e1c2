package schema

import (
	"errors"
	"time"
)

// A Role says what a person may do; dashboard has the table of rules.
type Role string

// The roles, from the most to the least.
const (
	RoleAdministrator  Role = "administrator"
	RoleAnalyst        Role = "analyst"         // Information Department
	RoleDepartmentHead Role = "department_head" // own department in full, the others in comparison
	RoleOfficer        Role = "officer"         // custodian of accounts
	RoleReader         Role = "reader"          // secretary
)

// Roles lists every role.
func Roles() []Role {
	return []Role{RoleAdministrator, RoleAnalyst, RoleDepartmentHead, RoleOfficer, RoleReader}
}

// A Person may sign in. People are versioned records: see Version.
type Person struct {
	ID           string       `ch:"person_id"`
	Email        string       `ch:"email"` // lower case
	Name         string       `ch:"name"`
	Role         Role         `ch:"role"`
	Department   DepartmentID `ch:"department_id"` // empty for people of the Information Department
	Language     string       `ch:"language"`      // "en" or "ur"
	Digits       string       `ch:"digits"`        // DigitsUrdu, or empty: Latin ones
	PasswordHash string       `ch:"password_hash"` // argon2id in its own text form
	Status       string       `ch:"status"`        // active, disabled
	Version
}

// An AuditEntry is one line of the audit log: who did what to what, when.
type AuditEntry struct {
	At      time.Time
	Actor   string // a person's id, "system", or what was typed at a sign-in that failed
	Action  string // noun.verb: "session.open", "session.refuse", "person.save"
	Subject string
	Details string // JSON, or empty; never a secret
}

// The states of a person.
const (
	StatusActive   = "active"
	StatusDisabled = "disabled"
)

// DigitsUrdu asks for Urdu numerals where the language is Urdu.
const DigitsUrdu = "urdu"

// ErrNotFound means that there is no such record.
var ErrNotFound = errors.New("not found")

// ErrConflict means that somebody changed the record since it was read.
var ErrConflict = errors.New("changed in the meantime")
