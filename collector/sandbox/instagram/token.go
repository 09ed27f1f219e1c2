package instagram

import (
	"net/http"
	"strings"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// authorize checks the call's token. The platform answers 401 on edges and 400
// on nodes, so that nobody relies on the status.
func (c *call) authorize() error {
	status := http.StatusBadRequest
	if len(c.path) > 1 {
		status = http.StatusUnauthorized
	}
	token := c.r.URL.Query().Get("access_token")
	if bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	switch dead := c.faults.token; {
	case token == "":
		return &GraphError{Status: status, Code: 190, Message: "An access token is required to request this resource."}
	case token != c.token:
		return &GraphError{Status: status, Code: 190, Message: "Invalid OAuth access token - Cannot parse access token"}
	case dead.subcode != 0 && c.at >= dead.from:
		return &GraphError{Status: status, Code: 190, Subcode: dead.subcode, Message: tokenMessage(dead, c.at)}
	}
	return nil
}

// tokenMessage says why a token died, in the platform's words.
func tokenMessage(dead deadToken, at int64) string {
	const prefix = "Error validating access token: "
	switch dead.subcode {
	case 458:
		return prefix + "The user has not authorized application."
	case 459:
		return prefix + "You cannot access the app till you log in to www.facebook.com and follow the instructions given."
	case 460:
		return prefix + "The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons."
	case 463:
		return prefix + "Session has expired on " + pacificText(max(dead.from, 0)) + ". The current time is " + pacificText(at) + "."
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
