package x

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/schema"
)

func TestContract(t *testing.T) {
	tests := []struct {
		name       string
		account    schema.Account
		vocabulary Vocabulary
		inclusive  bool // of the post in until_id
		resend     int
	}{
		{"public, legacy names", publicAccount, Legacy, false, 0},
		{"public, new names, until_id comes again", publicAccount, New, true, 1},
		// The insights of a page are one call: without them the page is read again.
		{"owner, legacy names, until_id comes again", ownerAccount, Legacy, true, 2},
		{"owner, new names", ownerAccount, New, false, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(4)
			p.vocabulary, p.inclusive = tt.vocabulary, tt.inclusive
			// The checks repeat a pass for every value: one of each sort will do.
			delete(p.user, "entities")
			for _, t := range p.posts {
				t["non_public_metrics"], t["organic_metrics"] = object{"url_link_clicks": 5}, object{"impression_count": 6}
				delete(t["entities"].(object), "urls")
				delete(t["public_metrics"].(object), "bookmark_count")
			}
			collectortest.Run(t, collectortest.Setup{
				Platform: p,
				New: func(_ *testing.T, o collectortest.Options) collector.Connector {
					return &Connector{BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody, Token: tokenOf, Vocabulary: tt.vocabulary}
				},
				Account: tt.account,
				Now:     testNow,
				Secrets: []string{testToken},
				Hidden: collectortest.Hidden{PostID: postID(3), Call: callTweets,
					Counter: func(c schema.Counters) *int64 { return c.Reactions }},
				Unauthorized: func(w http.ResponseWriter, _ *http.Request) { send(w, 401, unauthorized) },
				RateLimited: func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("x-rate-limit-reset", strconv.FormatInt(testNow.Add(time.Minute).Unix(), 10))
					send(w, 429, tooMany)
				},
				List:   func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/"+testUser+"/tweets") },
				Resend: tt.resend,
			})
		})
	}
}
