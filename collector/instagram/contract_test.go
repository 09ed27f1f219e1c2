package instagram

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/schema"
)

func officeToken(context.Context, schema.Account) (string, error) { return testToken, nil }

func setup(account schema.Account, resend int) collectortest.Setup {
	return collectortest.Setup{
		Platform: newPlatform(4),
		New: func(_ *testing.T, o collectortest.Options) collector.Connector {
			return &Connector{
				BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody,
				Token: officeToken, OfficeUserID: "17841499999999999", PageSize: 2,
			}
		},
		Account: account,
		Now:     testNow,
		Secrets: []string{testToken, pagingLeak},
		Hidden: collectortest.Hidden{PostID: "C00003", Call: callMedia,
			Counter: func(c schema.Counters) *int64 { return c.Reactions }},
		Unauthorized: func(w http.ResponseWriter, _ *http.Request) {
			graphError(w, http.StatusBadRequest, 190, 460, "Error validating access token: "+testToken+" changed password")
		},
		RateLimited: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Business-Use-Case-Usage", `{"1":[{"type":"instagram","call_count":100,"estimated_time_to_regain_access":17}]}`)
			graphError(w, http.StatusForbidden, 80002, 0, "(#80002) There have been too many calls")
		},
		List: func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/media") || strings.Contains(r.URL.RawQuery, "business_discovery")
		},
		Resend: resend,
	}
}

func TestContractOwner(t *testing.T) {
	// One page of two: the post at the seam, and the one that had its insights
	// when the page's other one failed.
	collectortest.Run(t, setup(ownerAccount, 2))
}

func TestContractPublic(t *testing.T) {
	collectortest.Run(t, setup(publicAccount, -1))
}
