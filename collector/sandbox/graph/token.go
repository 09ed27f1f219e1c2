package graph

import (
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A DeadToken is a token that is refused from a second on; the zero one is not.
type DeadToken struct {
	Subcode int
	From    int64
}

// At says whether the token is dead in the second.
func (d DeadToken) At(second int64) bool { return d.Subcode != 0 && second >= d.From }

// Error returns the refusal of the token in the second.
func (d DeadToken) Error(second int64) *Error {
	return &Error{Code: 190, Subcode: d.Subcode, Message: d.message(second)}
}

// message says why a token died, in the platform's words.
func (d DeadToken) message(at int64) string {
	const prefix = "Error validating access token: "
	switch d.Subcode {
	case 458:
		return prefix + "The user has not authorized application."
	case 459:
		return prefix + "You cannot access the app till you log in to www.facebook.com and follow the instructions given."
	case 460:
		return prefix + "The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons."
	case 463:
		return prefix + "Session has expired on " + pacificText(max(d.From, 0)) + ". The current time is " + pacificText(at) + "."
	case 464:
		return prefix + "Sessions for the user are not allowed because the user is not a confirmed user."
	case 492:
		return prefix + "User does not have the appropriate role on the Page."
	default:
		return prefix + "The session is invalid because the user logged out."
	}
}

// pacificText writes a second as in "Thursday, 29-Jul-21 10:00:00 PDT".
func pacificText(second int64) string {
	name := "PST"
	offset := sandbox.PacificOffset(second)
	if offset == -7*3600 {
		name = "PDT"
	}
	return time.Unix(second, 0).In(time.FixedZone(name, int(offset))).Format(time.RFC850)
}
