package instagram

import (
	"net/http"

	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// authorize checks the call's token. The platform answers 401 on edges and 400
// on nodes, so that nobody relies on the status.
func (c *call) authorize() error {
	status := http.StatusBadRequest
	if len(c.path) > 1 {
		status = http.StatusUnauthorized
	}
	switch token := graph.Bearer(c.r); {
	case token == "":
		return &GraphError{Status: status, Code: 190, Message: "An access token is required to request this resource."}
	case token != c.token:
		return &GraphError{Status: status, Code: 190, Message: "Invalid OAuth access token - Cannot parse access token"}
	case c.faults.token.At(c.at):
		e := c.faults.token.Error(c.at)
		e.Status = status
		return e
	}
	return nil
}
