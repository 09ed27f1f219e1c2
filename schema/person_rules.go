package schema

import (
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"
)

// A PersonFault is a rule that a person's record, or a change of it, breaks.
// The command line and the page for administrators hold to the same rules.
type PersonFault string

// The rules, by what is wrong.
const (
	FaultEmail             PersonFault = "email"              // no e-mail address
	FaultTaken             PersonFault = "taken"              // somebody has the address already
	FaultName              PersonFault = "name"               // missing, or longer than 200 letters
	FaultRole              PersonFault = "role"               // none of Roles
	FaultNoDepartment      PersonFault = "no_department"      // the role needs one
	FaultDepartment        PersonFault = "department"         // there is no such department
	FaultLanguage          PersonFault = "language"           // neither en nor ur
	FaultStatus            PersonFault = "status"             // neither active nor disabled
	FaultSelf              PersonFault = "self"               // nobody ends the own access
	FaultLastAdministrator PersonFault = "last_administrator" // somebody must be able to manage people
)

// Error says what is wrong, for the command line.
func (f PersonFault) Error() string {
	switch f {
	case FaultEmail:
		return "this is no e-mail address"
	case FaultTaken:
		return "somebody has this e-mail address already"
	case FaultName:
		return "the name is missing, or longer than 200 letters"
	case FaultRole:
		return "there is no such role"
	case FaultNoDepartment:
		return "an officer or a head of department needs a department"
	case FaultDepartment:
		return "there is no such department"
	case FaultLanguage:
		return "the language must be en or ur"
	case FaultStatus:
		return "the status must be active or disabled"
	case FaultSelf:
		return "nobody ends the own access: ask another administrator"
	case FaultLastAdministrator:
		return "this is the last active administrator: give somebody else the role first"
	}
	return "the person's record breaks the rule " + string(f)
}

// maxName is the length of a person's name in letters; an e-mail address has
// at most 254 bytes (RFC 5321).
const (
	maxName  = 200
	maxEmail = 254
)

// NeedsDepartment reports whether the role is one within a department.
func (r Role) NeedsDepartment() bool { return r == RoleDepartmentHead || r == RoleOfficer }

// IsAdministrator reports whether the person may manage people now.
func (p Person) IsAdministrator() bool {
	return p.Role == RoleAdministrator && p.Status == StatusActive
}

// Check returns the first rule that the record breaks, as a PersonFault, or
// nil.
func (p Person) Check(departments []Department) error {
	address, err := mail.ParseAddress(p.Email)
	name := strings.TrimSpace(p.Name)
	switch {
	case err != nil || address.Address != p.Email || len(p.Email) > maxEmail:
		return FaultEmail
	case name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return FaultName
	case !slices.Contains(Roles(), p.Role):
		return FaultRole
	case p.Role.NeedsDepartment() && p.Department == "":
		return FaultNoDepartment
	case p.Department != "" && !slices.ContainsFunc(departments, func(d Department) bool { return d.ID == p.Department }):
		return FaultDepartment
	case p.Language != "en" && p.Language != "ur":
		return FaultLanguage
	case p.Status != StatusActive && p.Status != StatusDisabled:
		return FaultStatus
	}
	return nil
}

// CheckChange returns the rule that putting p into the place of the stored
// record of the same id breaks, as a PersonFault, or nil. all is everybody as
// stored, by the id of who changes it, empty for the command line. A new person
// has no stored record.
func (p Person) CheckChange(all []Person, by string) error {
	email := strings.ToLower(strings.TrimSpace(p.Email))
	others := 0 // administrators beside this one
	var before Person
	for _, q := range all {
		switch {
		case q.ID == p.ID:
			before = q
		case q.Email == email:
			return FaultTaken
		case q.IsAdministrator():
			others++
		}
	}
	switch {
	case p.ID == by && p.Status != StatusActive:
		return FaultSelf
	case before.IsAdministrator() && !p.IsAdministrator() && others == 0:
		return FaultLastAdministrator
	}
	return nil
}
