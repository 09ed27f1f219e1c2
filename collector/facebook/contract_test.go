package facebook

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/schema"
)

func pageToken(context.Context, schema.Account) (string, error) { return testToken, nil }

func setup(account schema.Account) collectortest.Setup {
	return collectortest.Setup{
		Platform: newPlatform(4),
		New: func(_ *testing.T, o collectortest.Options) collector.Connector {
			return &Connector{
				BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody,
				Token: pageToken, AppSecret: testSecret, PageSize: 2,
			}
		},
		Account: account,
		Now:     testNow,
		Secrets: []string{testToken, testSecret, pagingLeak},
		Hidden: collectortest.Hidden{PostID: postID(3), Call: callPosts,
			Counter: func(c schema.Counters) *int64 { return c.Reactions }},
		Unauthorized: func(w http.ResponseWriter, _ *http.Request) {
			graphError(w, http.StatusBadRequest, 190, 460, "Error validating access token: "+testToken+" changed password")
		},
		RateLimited: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Business-Use-Case-Usage", `{"1":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":17}]}`)
			graphError(w, http.StatusForbidden, 80001, 0, "(#80001) There have been too many calls to this Page account")
		},
		List:   func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/published_posts") },
		Resend: 2, // a page of two: the post at the seam, and the one that had its insights when the page's other one failed
	}
}

func TestContractOwner(t *testing.T) { collectortest.Run(t, setup(ownerAccount)) }

func TestContractPublic(t *testing.T) { collectortest.Run(t, setup(publicAccount)) }
