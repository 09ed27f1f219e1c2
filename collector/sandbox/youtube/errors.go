package youtube

import (
	"cmp"
	"net/http"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// An APIError is a refusal as the API words it.
type APIError struct {
	Status   int // of HTTP
	Domain   string
	Reason   string
	Message  string
	Location string // the parameter or header at fault; "" where none is
	// Info and Unit are what newer fronts say in details: the reason there,
	// and what the quota counts by, such as 1/d/{project}. An error with Info
	// is always written their way.
	Info string
	Unit string
}

func (e *APIError) Error() string { return "youtube error " + e.Reason + ": " + e.Message }

// The words of newer fronts for a status of HTTP.
var statusWords = map[int]string{
	http.StatusBadRequest:          "INVALID_ARGUMENT",
	http.StatusUnauthorized:        "UNAUTHENTICATED",
	http.StatusForbidden:           "PERMISSION_DENIED",
	http.StatusNotFound:            "NOT_FOUND",
	http.StatusTooManyRequests:     "RESOURCE_EXHAUSTED",
	http.StatusInternalServerError: "INTERNAL",
	http.StatusServiceUnavailable:  "UNAVAILABLE",
}

// infos are the reasons of details for those of errors.
var infos = map[string]string{
	"keyInvalid":          "API_KEY_INVALID",
	"badRequest":          "API_KEY_INVALID",
	"quotaExceeded":       "RATE_LIMIT_EXCEEDED",
	"rateLimitExceeded":   "RATE_LIMIT_EXCEEDED",
	"accessNotConfigured": "SERVICE_DISABLED",
	"backendError":        "SERVICE_UNAVAILABLE",
}

// body returns the answer's JSON. details adds what newer fronts add.
func (e *APIError) body(details bool) []byte {
	b := sandbox.AppendString([]byte(`{"error":{"errors":[{"domain":`), e.Domain)
	b = sandbox.AppendString(append(b, `,"reason":`...), e.Reason)
	b = sandbox.AppendString(append(b, `,"message":`...), e.Message)
	switch {
	case e.Status == http.StatusUnauthorized && e.Reason == "authError":
		b = append(b, `,"locationType":"header","location":"Authorization"`...)
	case e.Location != "" || e.Reason == "missingRequiredParameter":
		b = sandbox.AppendString(append(b, `,"locationType":"parameter","location":`...), e.Location)
	}
	b = sandbox.AppendInt(append(b, `}],"code":`...), int64(e.Status))
	b = sandbox.AppendString(append(b, `,"message":`...), e.Message)
	if details || e.Info != "" {
		word := statusWords[e.Status]
		if e.Reason == "quotaExceeded" {
			word = statusWords[http.StatusTooManyRequests]
		}
		b = sandbox.AppendString(append(b, `,"status":`...), word)
		if info := cmp.Or(e.Info, infos[e.Reason]); info != "" {
			b = sandbox.AppendString(append(b, `,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":`...), info)
			b = append(b, `,"domain":"googleapis.com","metadata":{"service":"youtube.googleapis.com"`...)
			if unit := cmp.Or(e.Unit, map[string]string{"quotaExceeded": "1/d/{project}"}[e.Reason]); unit != "" {
				b = sandbox.AppendString(append(b, `,"quota_unit":`...), unit)
			}
			b = append(b, "}}]"...)
		}
	}
	return append(b, "}}"...)
}

// QuotaExceeded says that the day's units are used up.
func QuotaExceeded() *APIError {
	return &APIError{Status: http.StatusForbidden, Domain: "youtube.quota", Reason: "quotaExceeded",
		Message: `The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.`}
}

// RateLimited says that the calls of the last minute were too many, in the
// words of the newer fronts.
func RateLimited() *APIError {
	return &APIError{Status: http.StatusTooManyRequests, Domain: "global", Reason: "rateLimitExceeded",
		Message: "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'youtube.googleapis.com'.",
		Info:    "RATE_LIMIT_EXCEEDED", Unit: "1/min/{project}"}
}

// KeyInvalid says that there is no such API key.
func KeyInvalid() *APIError {
	return &APIError{Status: http.StatusBadRequest, Domain: "usageLimits", Reason: "keyInvalid", Message: "Bad Request"}
}

// AccessNotConfigured says that the key's project has the API switched off.
func AccessNotConfigured() *APIError {
	return &APIError{Status: http.StatusForbidden, Domain: "usageLimits", Reason: "accessNotConfigured",
		Message: "YouTube Data API v3 has not been used in project 0 before or it is disabled."}
}

// AuthError says that the access token is not, or no longer, valid.
func AuthError() *APIError {
	return &APIError{Status: http.StatusUnauthorized, Domain: "global", Reason: "authError", Message: "Invalid Credentials"}
}

// Trouble is a temporary error of the platform.
func Trouble() *APIError {
	return &APIError{Status: http.StatusServiceUnavailable, Domain: "global", Reason: "backendError", Message: "Backend Error"}
}

// noFilter says that none of the parameters is there that choose the items.
func noFilter(expected string) *APIError {
	return &APIError{Status: http.StatusBadRequest, Domain: "youtube.parameter", Reason: "missingRequiredParameter",
		Message: "No filter selected. Expected one of: " + expected}
}

func noPart() *APIError {
	return &APIError{Status: http.StatusBadRequest, Domain: "youtube.parameter", Reason: "missingRequiredParameter",
		Message: "Required parameter: part", Location: "part"}
}

func unknownPart(name string) *APIError {
	return &APIError{Status: http.StatusBadRequest, Domain: "youtube.part", Reason: "unknownPart", Message: "'" + name + "'", Location: "part"}
}

func invalidParameter(name, message string) *APIError {
	return &APIError{Status: http.StatusBadRequest, Domain: "youtube.parameter", Reason: "invalidParameter", Message: message, Location: name}
}

func invalidPageToken() *APIError {
	return &APIError{Status: http.StatusBadRequest, Domain: "youtube.parameter", Reason: "invalidPageToken",
		Message: "The request specifies an invalid page token.", Location: "pageToken"}
}

// notFound says that there is no such channel or video.
func notFound(what, parameter string) *APIError {
	return &APIError{Status: http.StatusNotFound, Domain: "youtube.commentThread", Reason: what + "NotFound",
		Message: "The " + what + " identified by the <code><a href=\"/youtube/v3/docs/commentThreads/list#" + parameter + "\">" + parameter + "</a></code> parameter could not be found.", Location: parameter}
}

func commentsDisabled() *APIError {
	return &APIError{Status: http.StatusForbidden, Domain: "youtube.commentThread", Reason: "commentsDisabled",
		Message: "The video identified by the <code>videoId</code> parameter has disabled comments.", Location: "videoId"}
}

// ReportsForbidden says that the figures of days are not ours to see.
func ReportsForbidden() *APIError {
	return &APIError{Status: http.StatusForbidden, Domain: "global", Reason: "forbidden", Message: "Forbidden"}
}

// badQuery is the refusal of a report that there is not.
func badQuery(message string) *APIError {
	return &APIError{Status: http.StatusBadRequest, Domain: "global", Reason: "badRequest", Message: message}
}

func noPlaylist() *APIError {
	return &APIError{Status: http.StatusNotFound, Domain: "youtube.playlistItem", Reason: "playlistNotFound",
		Message: "The playlist identified with the request's <code>playlistId</code> parameter cannot be found.", Location: "playlistId"}
}
