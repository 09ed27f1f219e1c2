package graph

import (
	"net/http"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// An Error is a refusal as the Graph API words it.
type Error struct {
	Status      int // of HTTP; 0 means 400
	Code        int
	Subcode     int    // 0: the answer has none
	Type        string // "" means OAuthException
	Message     string
	Transient   bool
	UserTitle   string
	UserMessage string
}

func (e *Error) Error() string {
	return "graph error " + strconv.Itoa(e.Code) + "/" + strconv.Itoa(e.Subcode) + ": " + e.Message
}

// HTTPStatus returns the status that the refusal is sent with.
func (e *Error) HTTPStatus() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// Body returns the answer's JSON. trace tells answers apart in a report to the
// platform.
func (e *Error) Body(trace string) []byte {
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

// Refuse writes the headers of the refusal and returns its status and body. n
// counts the server's answers.
func (e *Error) Refuse(header http.Header, n uint64) (int, []byte) {
	if e.Code == 190 {
		header.Set("WWW-Authenticate", e.challenge())
	}
	return e.HTTPStatus(), e.Body("A" + strconv.FormatUint(sandbox.HashOf(n, "trace").Draw(0), 36))
}

func (e *Error) challenge() string {
	return `OAuth "Facebook Platform" "invalid_token" ` + strconv.Quote(e.Message)
}

// Refused is the fault that answers with the error.
func Refused(e *Error) sandbox.Fault {
	f := sandbox.Fault{Status: e.HTTPStatus(), Body: e.Body("Asandboxfault")}
	if e.Code == 190 {
		f.Header = http.Header{"Www-Authenticate": {e.challenge()}}
	}
	return f
}

// Invalid is error 100: the request itself is wrong.
func Invalid(message string) *Error {
	return &Error{Code: 100, Message: "(#100) " + message}
}

// NoObject is error 100/33. Deleted, never there and not ours look the same.
func NoObject(verb, id string) *Error {
	return &Error{
		Code: 100, Subcode: 33, Type: "GraphMethodException",
		Message: "Unsupported " + verb + " request. Object with ID '" + id + "' does not exist, cannot be loaded due to missing permissions, " +
			"or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api",
	}
}

// NoAlias is error 803: a name, or an id, that nothing has.
func NoAlias(name string) *Error {
	return &Error{Status: http.StatusNotFound, Code: 803, Message: "(#803) Some of the aliases you requested do not exist: " + name}
}

// UnknownPath is error 2500 for an address that leads nowhere.
func UnknownPath(path string) *Error {
	return &Error{Status: http.StatusNotFound, Code: 2500, Message: "Unknown path components: " + path}
}

// NoField refuses a field that the node does not have.
func NoField(name, node string) *Error {
	return Invalid("Tried accessing nonexisting field (" + name + ") on node type (" + node + ")")
}

// NoMetric refuses insights that name no metric.
func NoMetric() *Error {
	return &Error{
		Code: 3001, Subcode: 1504028, Message: "(#3001) Invalid query",
		UserTitle: "No metric was specified to be fetched", UserMessage: "Please specify one or more metrics to be fetched and try again.",
	}
}

// NotAMetric refuses insights that name a metric that was removed, or never
// was.
func NotAMetric() *Error { return Invalid("The value must be a valid insights metric") }

// Trouble is a temporary error of the platform.
func Trouble() *Error {
	return &Error{
		Status: http.StatusInternalServerError, Code: 2, Transient: true,
		Message:   "An unexpected error has occurred. Please retry your request later.",
		UserTitle: "Temporary trouble", UserMessage: "Please try again later.",
	}
}

// Unexpected is what the platform says of what it did not expect itself.
func Unexpected() *Error {
	return &Error{Status: http.StatusInternalServerError, Code: 1, Message: "An unknown error has occurred.", Transient: true}
}
