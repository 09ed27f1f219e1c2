package x

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/internal/api"
	"github.com/hamawaz/hamawaz/schema"
)

// instead lets the platform answer so to the paths with the suffix.
func instead(suffix string, status int, body string) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, suffix) {
			return status, body
		}
		return 0, ""
	}
}

const (
	html      = "<!DOCTYPE html><html><body>Sorry, that page does not exist</body></html>"
	timeline  = "/" + testUser + "/tweets"
	unknownID = `{"value":"1405327120163872777","detail":"Could not find user with id: [1405327120163872777].","title":"Not Found Error",` +
		`"resource_type":"user","parameter":"id","resource_id":"1405327120163872777","type":"https://api.twitter.com/2/problems/resource-not-found"}`
	suspended = `{"value":"2244994945","detail":"User has been suspended: [2244994945].","title":"Forbidden",` +
		`"resource_type":"user","parameter":"id","resource_id":"2244994945","type":"https://api.x.com/2/problems/resource-not-found"}`
	protected = `{"value":"2244994945","detail":"Sorry, you are not authorized to see the user with id: [2244994945].","title":"Authorization Error",` +
		`"section":"data","resource_type":"user","parameter":"id","resource_id":"2244994945","type":"https://api.twitter.com/2/problems/not-authorized-for-resource"}`
	goneReference = `{"value":"12","detail":"Could not find tweet with referenced_tweets.id: [12].","title":"Not Found Error",` +
		`"resource_type":"tweet","parameter":"referenced_tweets.id","resource_id":"12","type":"https://api.twitter.com/2/problems/resource-not-found"}`
)

// TestRefusals has a case for each row of the contract's sections on access
// and on partial success that names a failure.
func TestRefusals(t *testing.T) {
	tests := []struct {
		name   string
		path   string // the suffix of what is asked
		status int
		body   string
		owner  collector.Outcome
		public collector.Outcome // "": the same
	}{
		// Access.
		{"missing, expired or revoked token", "", 401, unauthorized, collector.OutcomeReconnect, ""},
		{"token of the wrong kind", timeline, 403, `{"title":"Unsupported Authentication","detail":"x","type":"https://api.x.com/2/problems/unsupported-authentication"}`,
			collector.OutcomeReconnect, collector.OutcomeFixRequest},
		{"token of the wrong kind, legacy form", timeline, 403, `{"errors":[{"code":220,"message":"x"}]}`, collector.OutcomeReconnect, collector.OutcomeFixRequest},
		{"app without access to the path", timeline, 403, `{"title":"Client Forbidden","reason":"client-not-enrolled","type":"https://api.twitter.com/2/problems/client-forbidden"}`,
			collector.OutcomeFixRequest, ""},
		{"forbidden, and no more said", timeline, 403, `{"title":"Forbidden","type":"about:blank","status":403,"detail":"Forbidden"}`,
			collector.OutcomeReconnect, collector.OutcomeFixRequest},

		// Partial success and missing things.
		{"timeline of an unknown user", timeline, 200, `{"errors":[` + unknownID + `]}`, collector.OutcomeGone, ""},
		{"timeline of a suspended user", timeline, 200, `{"errors":[` + suspended + `]}`, collector.OutcomeGone, ""},
		{"single lookup of an unknown user, status 200", "users/" + testUser, 200, `{"errors":[` + unknownID + `]}`, collector.OutcomeGone, collector.OutcomeOK},
		{"single lookup of a suspended user, status 200", "pid_sindh", 200, `{"errors":[` + suspended + `]}`, collector.OutcomeOK, collector.OutcomeGone},
		{"single lookup, status 404", "", 404, `{"errors":[` + suspended + `],"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}`, collector.OutcomeGone, ""},
		{"single lookup, status 404 that says nothing", "", 404, `{"title":"Not Found","type":"about:blank","status":404}`, collector.OutcomeGone, ""},
		{"protected author", timeline, 200, `{"errors":[` + protected + `]}`, collector.OutcomeReconnect, ""},
		{"protected author, and an empty list", timeline, 200, `{"errors":[` + protected + `],"meta":{"result_count":0}}`, collector.OutcomeReconnect, ""},
		{"disallowed", timeline, 200, `{"errors":[{"title":"x","type":"https://api.x.com/2/problems/disallowed-resource"}]}`, collector.OutcomeGone, ""},
		{"unavailable", timeline, 200, `{"errors":[{"title":"x","type":"https://api.x.com/2/problems/resource-unavailable"}]}`, collector.OutcomeGone, ""},
		{"references gone, and an empty list", timeline, 200, `{"errors":[` + goneReference + `],"meta":{"result_count":0}}`, collector.OutcomeOK, ""},
		{"references gone, and no list", timeline, 200, `{"errors":[` + goneReference + `]}`, collector.OutcomeRetry, ""},
		{"one malformed id", "", 400, invalid("ids"), collector.OutcomeFixRequest, ""},
		{"start_time after end_time", timeline, 400, invalid("start_time"), collector.OutcomeFixRequest, ""},
		{"unknown path", timeline, 404, html, collector.OutcomeRetry, ""},

		// Limits and money.
		{"window", timeline, 429, tooMany, collector.OutcomeWait, ""},
		{"window as a code", timeline, 429, `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`, collector.OutcomeWait, ""},
		{"window as a code alone", timeline, 403, `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`, collector.OutcomeWait, ""},
		{"window as text", timeline, 429, "Rate limit exceeded", collector.OutcomeWait, ""},
		{"cap as 429", timeline, 429, capped, collector.OutcomeWait, ""},
		{"cap as 403", timeline, 403, capped, collector.OutcomeWait, ""},
		{"cap by its title", timeline, 403, `{"title":"UsageCapExceeded","type":"about:blank"}`, collector.OutcomeWait, ""},
		{"credits", "", 402, depleted, collector.OutcomeWait, ""},
		{"credits, and no type we know", "", 402, `{"title":"CreditsDepleted","type":"https://api.twitter.com/2/problems/credits"}`, collector.OutcomeWait, ""},
		{"internal error", timeline, 500, `{"title":"x","detail":"y","type":"https://api.x.com/2/problems/internal-error"}`, collector.OutcomeRetry, ""},
		{"503 as text", timeline, 503, "Service Unavailable", collector.OutcomeRetry, ""},
		{"503 as HTML", timeline, 503, html, collector.OutcomeRetry, ""},
		{"503 as JSON", timeline, 503, `{"title":"Service Unavailable","type":"about:blank","status":503}`, collector.OutcomeRetry, ""},

		// What nobody has seen yet.
		{"408", timeline, 408, `{}`, collector.OutcomeRetry, ""},
		{"418", timeline, 418, `{}`, collector.OutcomeFixRequest, ""},
		{"a kind that is new", timeline, 400, `{"title":"x","type":"https://api.x.com/2/problems/new-one"}`, collector.OutcomeFixRequest, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for account, want := range map[*schema.Account]collector.Outcome{&ownerAccount: tt.owner, &publicAccount: tt.public} {
				if want == "" {
					want = tt.owner
				}
				p := newPlatform(2)
				p.before = instead(tt.path, tt.status, tt.body)
				_, _, err := collect(t, connect(t, p), collector.Job{Account: *account})
				if got := collector.OutcomeOf(err); got != want {
					t.Errorf("Collect with %s access: outcome %q of %v, want %q", account.Access, got, err, want)
				}
			}
		})
	}
}

func TestRefusalText(t *testing.T) {
	for want, tt := range map[string]struct {
		status int
		body   string
	}{
		`x: read profile: gone: the account is suspended: resource-not-found: "User has been suspended: [2244994945]."`:                                 {200, `{"errors":[` + suspended + `]}`},
		`x: read profile: account must be connected again: "Unauthorized"`:                                                                              {401, unauthorized},
		`x: read profile: rate limited, retry after 24h0m0s: usage-capped: "Usage cap exceeded: Monthly product cap"`:                                   {403, capped},
		`x: read profile: rate limited, retry after 24h0m0s: credits-depleted: "credits depleted"`:                                                      {402, depleted},
		`x: read profile: platform trouble: "status 500"`:                                                                                               {500, `{}`},
		"x: read profile: request refused: invalid-request: \"The `ids` query parameter value [x] is not valid\"":                                       {400, invalid("ids")},
		`x: read profile: request refused: "two lines MASKED"`:                                                                                          {400, `{"detail":"two\nlines ` + testToken + `"}`},
		`x: read profile: rate limited, retry after 7m1s: "Rate limit exceeded"`:                                                                        {429, `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`},
		`x: read profile: account must be connected again: the account is protected: not-authorized-for-resource: "Sorry, you are not authorized to se`: {200, `{"errors":[` + protected + `]}`},
	} {
		p := newPlatform(2)
		p.before = instead(testUser, tt.status, tt.body)
		_, _, err := collect(t, connect(t, p), collector.Job{Account: ownerAccount})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Collect: got error\n%v, want\n%s", err, want)
		}
	}
}

// A page with posts is fine, whatever is wrong with what its posts refer to.
func TestReferencedPostGone(t *testing.T) {
	p := newPlatform(2)
	id := postID(0)
	p.before = instead(timeline, 200, `{"data":[{"id":"`+id+`","text":"x","created_at":"2026-11-20T11:00:00.000Z"}],
		"errors":[`+goneReference+`,`+goneReference+`,{"parameter":"entities.mentions.username","type":"https://api.twitter.com/2/problems/resource-not-found"}],
		"meta":{"result_count":1}}`)
	m, cur, err := collect(t, connect(t, p), collector.Job{Account: publicAccount})
	if err != nil || cur != "" || len(m.all().Posts) != 1 || m.all().Skipped != 0 {
		t.Errorf("Collect: %d posts, %d skipped, cursor %q, error %v", len(m.all().Posts), m.all().Skipped, cur, err)
	}
}

func TestWaits(t *testing.T) {
	reset := func(d time.Duration) map[string]string {
		return map[string]string{"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0", "x-rate-limit-reset": strconv.FormatInt(testNow.Add(d).Unix(), 10)}
	}
	tests := []struct {
		name   string
		status int
		body   string
		header map[string]string
		want   time.Duration
	}{
		{"until the window ends", 429, tooMany, reset(9 * time.Minute), 9*time.Minute + time.Second},
		{"and as text", 429, "slow down", reset(9 * time.Minute), 9*time.Minute + time.Second},
		{"the window has ended", 429, tooMany, reset(-time.Second), 15 * time.Minute},
		{"no headers", 429, tooMany, nil, 15 * time.Minute},
		{"Retry-After", 429, tooMany, map[string]string{"Retry-After": "30"}, 30 * time.Second},
		{"a window without end", 429, tooMany, map[string]string{"x-rate-limit-reset": "9223372036854775807"}, 7 * 24 * time.Hour},
		{"a reset that is no number", 429, tooMany, map[string]string{"x-rate-limit-reset": "soon"}, 15 * time.Minute},
		{"cap as 429, whatever the window", 429, capped, reset(time.Minute), 24 * time.Hour},
		{"cap as 403", 403, capped, reset(time.Minute), 24 * time.Hour},
		{"credits, whatever the window", 402, depleted, reset(time.Minute), 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				send(w, tt.status, tt.body)
			}))
			_, _, err := collect(t, c, collector.Job{Account: publicAccount})
			limit, ok := errors.AsType[*collector.RateLimitError](err)
			if !ok || limit.RetryAfter != tt.want {
				t.Errorf("Collect: got %v, want a wait of %s", err, tt.want)
			}
		})
	}
}

func TestReadUsage(t *testing.T) {
	at := time.Unix(1_700_000_000, 500_000_000)
	tests := []struct {
		name                    string
		limit, remaining, reset string
		want                    api.Usage
	}{ // limit and remaining are those of the header where Known
		{"nothing told", "", "", "", api.Usage{}},
		{"fresh", "900", "900", "1700000900", api.Usage{Known: true, RegainAfter: 901 * time.Second}},
		{"rounded up", "900", "899", "1700000001", api.Usage{Percent: 1, Known: true, RegainAfter: 2 * time.Second}},
		{"used up", "10000", "0", "1700000000", api.Usage{Percent: 100, Known: true}},
		{"more left than there was", "10", "11", "", api.Usage{Known: true}},
		{"no limit", "0", "0", "", api.Usage{}},
		{"not numbers", "many", "some", "soon", api.Usage{}},
		{"not a number", "NaN", "NaN", "-5", api.Usage{}},
	}
	for _, tt := range tests {
		h := make(http.Header)
		h.Set("x-rate-limit-limit", tt.limit)
		h.Set("x-rate-limit-remaining", tt.remaining)
		h.Set("x-rate-limit-reset", tt.reset)
		if tt.want.Known {
			limit, _ := strconv.ParseInt(tt.limit, 10, 64)
			remaining, _ := strconv.ParseInt(tt.remaining, 10, 64)
			tt.want.Limit, tt.want.Remaining = &limit, &remaining
		}
		if d := cmp.Diff(tt.want, readUsage(h, at)); d != "" {
			t.Errorf("%s: readUsage (-want +got):\n%s", tt.name, d)
		}
	}
}

func TestKindOf(t *testing.T) {
	for _, tt := range []struct{ typ, title, want string }{
		{"https://api.twitter.com/2/problems/resource-not-found", "", "resource-not-found"},
		{"https://api.x.com/2/problems/resource-not-found", "", "resource-not-found"},
		{"resource-not-found", "", "resource-not-found"},
		{"about:blank", "Unauthorized", ""},
		{"about:blank", "UsageCapExceeded", "usage-capped"},
		{"", "", ""},
	} {
		if got := kindOf(tt.typ, tt.title); got != tt.want {
			t.Errorf("kindOf(%q, %q): got %q, want %q", tt.typ, tt.title, got, tt.want)
		}
	}
}
