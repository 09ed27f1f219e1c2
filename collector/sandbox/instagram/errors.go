package instagram

import (
	"net/http"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A GraphError is a refusal as the Graph API words it.
type GraphError struct {
	Status      int // of HTTP; 0 means 400
	Code        int
	Subcode     int    // 0: the answer has none
	Type        string // "" means OAuthException
	Message     string
	Transient   bool
	UserTitle   string
	UserMessage string
}

func (e *GraphError) Error() string {
	return "graph error " + strconv.Itoa(e.Code) + "/" + strconv.Itoa(e.Subcode) + ": " + e.Message
}

func (e *GraphError) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// body returns the answer's JSON. trace tells answers apart in a report to the
// platform.
func (e *GraphError) body(trace string) []byte {
	b := sandbox.AppendString([]byte(`{"error":{"message":`), e.Message)
	kind := e.Type
	if kind == "" {
		kind = "OAuthException"
	}
	b = sandbox.AppendString(append(b, `,"type":`...), kind)
	b = strconv.AppendInt(append(b, `,"code":`...), int64(e.Code), 10)
	if e.Subcode != 0 {
		b = strconv.AppendInt(append(b, `,"error_subcode":`...), int64(e.Subcode), 10)
	}
	if e.Transient || e.UserTitle != "" {
		b = strconv.AppendBool(append(b, `,"is_transient":`...), e.Transient)
	}
	if e.UserTitle != "" {
		b = sandbox.AppendString(append(b, `,"error_user_title":`...), e.UserTitle)
		b = sandbox.AppendString(append(b, `,"error_user_msg":`...), e.UserMessage)
	}
	b = sandbox.AppendString(append(b, `,"fbtrace_id":`...), trace)
	return append(b, "}}"...)
}

// invalid is error 100: the request itself is wrong.
func invalid(message string) *GraphError {
	return &GraphError{Code: 100, Message: "(#100) " + message}
}

// noObject is error 100/33. Deleted, never there and not ours look the same.
func noObject(verb, id string) *GraphError {
	return &GraphError{
		Code: 100, Subcode: 33, Type: "GraphMethodException",
		Message: "Unsupported " + verb + " request. Object with ID '" + id + "' does not exist, cannot be loaded due to missing permissions, " +
			"or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api",
	}
}

func unknownPath(path string) *GraphError {
	return &GraphError{Status: http.StatusNotFound, Code: 2500, Message: "Unknown path components: " + path}
}

func noField(name, node string) *GraphError {
	return invalid("Tried accessing nonexisting field (" + name + ") on node type (" + node + ")")
}

// noUser is what business discovery says of a name that no professional
// account has.
func noUser(name string) *GraphError {
	return &GraphError{
		Code: 110, Subcode: 2207013, Message: "Invalid user id",
		UserTitle: "Cannot find User", UserMessage: "The user with username: " + name + " cannot be found.",
	}
}
