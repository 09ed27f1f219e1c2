package youtube

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as in the program, also where the system has no zones

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

// newFront is a refusal as the newer front of Google spells it.
func newFront(code int, reason, status, detail, metadata string) string {
	return fmt.Sprintf(`{"error":{"code":%d,"message":"m","errors":[{"message":"m","domain":"global","reason":%q}],"status":%q,
		"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":%q,"domain":"googleapis.com","metadata":{%s}}]}}`, code, reason, status, detail, metadata)
}

// The waits that tests expect; zero is for errors that are no limits.
const (
	short = time.Minute
	reset = 20 * time.Hour // from testNow, four in the morning Pacific time
)

func TestRefusals(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		public collector.Outcome
		owner  collector.Outcome // if not as public
		wait   time.Duration
	}{
		{name: "quotaExceeded", status: 403, body: errorBody(403, "quotaExceeded", `exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.`),
			public: collector.OutcomeWait, wait: reset},
		{name: "dailyLimitExceeded", status: 403, body: errorBody(403, "dailyLimitExceeded", "Daily Limit Exceeded"), public: collector.OutcomeWait, wait: reset},
		{name: "rateLimitExceeded 403", status: 403, body: errorBody(403, "rateLimitExceeded", "x"), public: collector.OutcomeWait, wait: short},
		{name: "rateLimitExceeded 429", status: 429, body: errorBody(429, "rateLimitExceeded", "x"), public: collector.OutcomeWait, wait: short},
		{name: "userRateLimitExceeded", status: 403, body: errorBody(403, "userRateLimitExceeded", "x"), public: collector.OutcomeWait, wait: short},
		{name: "RATE_LIMIT_EXCEEDED", status: 429, body: newFront(429, "somethingNew", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", `"quota_unit":"1/min/{project}"`),
			public: collector.OutcomeWait, wait: short},
		{name: "RATE_LIMIT_EXCEEDED of the day", status: 429, body: newFront(429, "rateLimitExceeded", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", `"quota_unit":"1/d/{project}"`),
			public: collector.OutcomeWait, wait: reset},
		{name: "429 without a reason", status: 429, body: `{"error":{"code":429}}`, public: collector.OutcomeWait, wait: short},
		{name: "keyInvalid", status: 400, body: errorBody(400, "keyInvalid", "Bad Request"), public: collector.OutcomeFixRequest},
		{name: "badRequest API_KEY_INVALID", status: 400, body: newFront(400, "badRequest", "INVALID_ARGUMENT", "API_KEY_INVALID", `"service":"youtube.googleapis.com"`),
			public: collector.OutcomeFixRequest},
		{name: "accessNotConfigured", status: 403, body: errorBody(403, "accessNotConfigured", "x"), public: collector.OutcomeFixRequest},
		{name: "SERVICE_DISABLED", status: 403, body: newFront(403, "", "PERMISSION_DENIED", "SERVICE_DISABLED", ""), public: collector.OutcomeFixRequest},
		{name: "forbidden", status: 403, body: errorBody(403, "forbidden", "x"), public: collector.OutcomeFixRequest, owner: collector.OutcomeReconnect},
		{name: "insufficientPermissions", status: 403, body: errorBody(403, "insufficientPermissions", "x"), public: collector.OutcomeFixRequest, owner: collector.OutcomeReconnect},
		{name: "403 of an unknown reason", status: 403, body: errorBody(403, "subscriptionForbidden", "x"), public: collector.OutcomeFixRequest, owner: collector.OutcomeReconnect},
		{name: "authError", status: 401, body: errorBody(401, "authError", "Invalid Credentials"), public: collector.OutcomeReconnect},
		{name: "401 without a reason", status: 401, body: `{}`, public: collector.OutcomeReconnect},
		{name: "authenticatedUserAccountSuspended", status: 403, body: errorBody(403, "authenticatedUserAccountSuspended", "x"), public: collector.OutcomeReconnect},
		{name: "missingRequiredParameter", status: 400, body: errorBody(400, "missingRequiredParameter", "x"), public: collector.OutcomeFixRequest},
		{name: "invalidParameter", status: 400, body: errorBody(400, "invalidParameter", "x"), public: collector.OutcomeFixRequest},
		{name: "unknownPart", status: 400, body: errorBody(400, "unknownPart", "x"), public: collector.OutcomeFixRequest},
		{name: "invalidPageToken without a token", status: 400, body: errorBody(400, "invalidPageToken", "x"), public: collector.OutcomeFixRequest},
		{name: "channelNotFound", status: 404, body: errorBody(404, "channelNotFound", "x"), public: collector.OutcomeGone},
		{name: "playlistNotFound", status: 404, body: errorBody(404, "playlistNotFound", "x"), public: collector.OutcomeGone},
		{name: "videoNotFound", status: 404, body: errorBody(404, "videoNotFound", "x"), public: collector.OutcomeGone},
		{name: "404 of an unknown reason", status: 404, body: errorBody(404, "notFound", "x"), public: collector.OutcomeFixRequest},
		{name: "channelClosed", status: 403, body: errorBody(403, "channelClosed", "x"), public: collector.OutcomeGone},
		{name: "channelSuspended", status: 403, body: errorBody(403, "channelSuspended", "x"), public: collector.OutcomeGone},
		{name: "accountClosed", status: 403, body: errorBody(403, "accountClosed", "x"), public: collector.OutcomeGone},
		{name: "accountSuspended", status: 403, body: errorBody(403, "accountSuspended", "x"), public: collector.OutcomeGone},
		{name: "backendError", status: 503, body: errorBody(503, "backendError", "x"), public: collector.OutcomeRetry},
		{name: "internalError", status: 500, body: errorBody(500, "internalError", "x"), public: collector.OutcomeRetry},
		{name: "SERVICE_UNAVAILABLE", status: 503, body: newFront(503, "", "UNAVAILABLE", "SERVICE_UNAVAILABLE", ""), public: collector.OutcomeRetry},
		{name: "500 without a reason", status: 500, body: `{}`, public: collector.OutcomeRetry},
		{name: "HTML 404", status: 404, body: `<html>`, public: collector.OutcomeRetry},
		{name: "HTML 403", status: 403, body: `<html>`, public: collector.OutcomeRetry},
		{name: "empty", status: 200, body: ``, public: collector.OutcomeRetry},
		{name: "cut", status: 400, body: `{"error":{"code":400`, public: collector.OutcomeRetry},
		{name: "refusal with status 200", status: 200, body: `{"error":{"code":401}}`, public: collector.OutcomeReconnect},
		{name: "reasons of other types", status: 403, body: `{"error":{"errors":[1,{"reason":2}],"details":"x","message":[]}}`,
			public: collector.OutcomeFixRequest, owner: collector.OutcomeReconnect},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, call := range []string{"channels", "playlistItems", "videos"} {
				for _, account := range []schema.Account{publicAccount, ownerAccount} {
					p := newPlatform(2)
					p.before = func(c string, _ *http.Request) (int, string) {
						if c == call {
							return tt.status, tt.body
						}
						return 0, ""
					}
					m, _, err := collect(t, connect(t, p), collector.Job{Account: account})
					want := tt.public
					if account.Access == schema.AccessOwner && tt.owner != "" {
						want = tt.owner
					}
					if got := collector.OutcomeOf(err); got != want || len(m.all().Posts) != 0 {
						t.Errorf("%s for %s: outcome %q of %v, want %q", call, account.Access, got, err, want)
					}
					if n := len(m.all().Profiles); n != 1 && call != "channels" {
						t.Errorf("%s for %s: the profile, which was read, is not stored", call, account.Access)
					}
					var limit *collector.RateLimitError
					switch {
					case !errors.As(err, &limit):
					case tt.wait == short && (limit.RetryAfter < short || limit.RetryAfter >= 2*short),
						tt.wait == reset && limit.RetryAfter != reset:
						t.Errorf("%s: wait of %s, want %s", call, limit.RetryAfter, tt.wait)
					}
				}
			}
		})
	}
}

func TestRefusalSaysWhy(t *testing.T) {
	p := newPlatform(1)
	p.before = func(string, *http.Request) (int, string) {
		return 403, errorBody(403, "quotaExceeded", "key "+testKey+"\nhas no <a href=x>quota</a>")
	}
	_, _, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	want := `youtube: read channel: rate limited, retry after 20h0m0s: quotaExceeded: "key MASKED has no <a href=x>quota</a>"`
	if err == nil || err.Error() != want {
		t.Errorf("Collect: got error %v, want %s", err, want)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "300")
		refuse(w, 429, "rateLimitExceeded", "x")
	})
	_, _, err := collect(t, connect(t, h), collector.Job{Account: publicAccount})
	limit, ok := errors.AsType[*collector.RateLimitError](err)
	if !ok || limit.RetryAfter < 5*time.Minute || limit.RetryAfter >= 6*time.Minute {
		t.Errorf("Collect: got error %v, want a wait of five minutes and a little", err)
	}
}

func TestNextMidnight(t *testing.T) {
	tests := []struct{ name, at, want string }{
		{"winter", "2026-11-20T12:00:00Z", "2026-11-21T08:00:00Z"},
		{"summer", "2026-07-01T12:00:00Z", "2026-07-02T07:00:00Z"},
		{"evening there is the next day here", "2026-07-02T06:59:59Z", "2026-07-02T07:00:00Z"},
		{"at midnight", "2026-07-02T07:00:00Z", "2026-07-03T07:00:00Z"},
		{"summer time begins: 23 hours", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"},
		{"summer time ends: 25 hours", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"},
		{"end of the year", "2026-12-31T23:00:00Z", "2027-01-01T08:00:00Z"},
	}
	for _, tt := range tests {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextMidnight(at, pacific()).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("%s: nextMidnight(%s): got %s, want %s", tt.name, tt.at, got, tt.want)
		}
	}
	if got := pacific().String(); !strings.Contains(got, "Los_Angeles") {
		t.Errorf("pacific: got %s", got)
	}
}
