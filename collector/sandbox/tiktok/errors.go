package tiktok

import (
	"net/http"
	"strconv"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A Refusal is an error of one of the three interfaces, as that one words it.
// It is a DisplayError, a BusinessError or an OAuthError.
type Refusal interface {
	error
	// answer returns the status of HTTP and the body. logID is what the
	// platform finds the request by.
	answer(logID string, inner bool) (status int, body []byte)
}

// A DisplayError is a refusal of the Display API.
type DisplayError struct {
	Status  int // of HTTP
	Code    string
	Message string
}

func (e *DisplayError) Error() string { return "tiktok error " + e.Code + ": " + e.Message }

// answer writes the error beside empty data, or, if inner, alone: pages of the
// reference show both.
func (e *DisplayError) answer(logID string, inner bool) (int, []byte) {
	b := appendError(nil, e.Code, e.Message, logID)
	if !inner {
		b = append(append([]byte(`{"data":{},"error":`), b...), '}')
	}
	return e.Status, b
}

func appendError(b []byte, code, message, logID string) []byte {
	b = sandbox.AppendString(append(b, `{"code":`...), code)
	b = sandbox.AppendString(append(b, `,"message":`...), message)
	b = sandbox.AppendString(append(b, `,"log_id":`...), logID)
	return append(b, '}')
}

// A BusinessError is a refusal of the Accounts API, which has the status 200.
type BusinessError struct {
	Code    int64
	Message string
}

func (e *BusinessError) Error() string {
	return "tiktok error " + strconv.FormatInt(e.Code, 10) + ": " + e.Message
}

func (e *BusinessError) answer(logID string, _ bool) (int, []byte) {
	b := sandbox.AppendInt([]byte(`{"code":`), e.Code)
	b = sandbox.AppendString(append(b, `,"message":`...), e.Message)
	b = sandbox.AppendString(append(b, `,"request_id":`...), logID)
	return http.StatusOK, append(b, '}')
}

// An OAuthError is a refusal of the OAuth of the Display API. The platform
// writes down no status for it, and 200 has been seen.
type OAuthError struct {
	Code        string
	Description string
}

func (e *OAuthError) Error() string { return "tiktok oauth error " + e.Code + ": " + e.Description }

func (e *OAuthError) answer(logID string, _ bool) (int, []byte) {
	b := sandbox.AppendString([]byte(`{"error":`), e.Code)
	b = sandbox.AppendString(append(b, `,"error_description":`...), e.Description)
	b = sandbox.AppendString(append(b, `,"log_id":`...), logID)
	return http.StatusBadRequest, append(b, '}')
}

// AccessTokenInvalid says that the token is none, or none any more.
func AccessTokenInvalid() *DisplayError {
	return &DisplayError{http.StatusUnauthorized, "access_token_invalid", "The access token is invalid or not found in the request."}
}

// ScopeNotAuthorized says that the owner has not permitted what the call needs.
func ScopeNotAuthorized() *DisplayError {
	return &DisplayError{http.StatusUnauthorized, "scope_not_authorized", "The user did not authorize the scope required for completing this request."}
}

// ScopePermissionMissed says that the owner has not permitted a field.
func ScopePermissionMissed() *DisplayError {
	return &DisplayError{http.StatusBadRequest, "scope_permission_missed", "Additional scope permissions are required for the requested fields."}
}

// InvalidParams says that a request is wrong.
func InvalidParams(message string) *DisplayError {
	return &DisplayError{http.StatusBadRequest, "invalid_params", message}
}

// RateLimitExceeded says that the requests of the last minute were too many. No
// header says when the next is allowed.
func RateLimitExceeded() *DisplayError {
	return &DisplayError{http.StatusTooManyRequests, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later."}
}

// InternalError is a temporary error of the platform.
func InternalError() *DisplayError {
	return &DisplayError{http.StatusInternalServerError, "internal_error", "Something went wrong. Please try again later."}
}

// BusinessNoToken says that the request has no token.
func BusinessNoToken() *BusinessError {
	return &BusinessError{40104, "Access token is null, you should set it in http header with key Access-Token."}
}

// BusinessTokenRevoked says that the token is none, or none any more.
func BusinessTokenRevoked() *BusinessError {
	return &BusinessError{40105, "Access token is incorrect or has been revoked."}
}

// The words of these four are made up: only their codes are known.

// BusinessNoPermission says that the owner has not permitted something.
func BusinessNoPermission() *BusinessError {
	return &BusinessError{40001, "No permission for the requested operation."}
}

// BusinessInvalidParams says that a request is wrong.
func BusinessInvalidParams(message string) *BusinessError { return &BusinessError{40002, message} }

// BusinessTooManyRequests says that the last requests were too many.
func BusinessTooManyRequests() *BusinessError {
	return &BusinessError{40100, "Too many requests. Please retry in some time."}
}

// BusinessTrouble is a temporary error of the platform.
func BusinessTrouble() *BusinessError { return &BusinessError{50000, "System error"} }
