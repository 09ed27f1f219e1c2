package instagram

import "github.com/hamawaz/hamawaz/collector/sandbox/graph"

// A GraphError is a refusal as the Graph API words it.
type GraphError = graph.Error

// noUser is what business discovery says of a name that no professional
// account has.
func noUser(name string) *GraphError {
	return &GraphError{
		Code: 110, Subcode: 2207013, Message: "Invalid user id",
		UserTitle: "Cannot find User", UserMessage: "The user with username: " + name + " cannot be found.",
	}
}
