package youtube

import (
	"net/http"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/schema"
)

func setup(account schema.Account, secret string) collectortest.Setup {
	return collectortest.Setup{
		Platform: newPlatform(4),
		New: func(_ *testing.T, o collectortest.Options) collector.Connector {
			return &Connector{
				BaseURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody,
				Key: officeKey, Token: ownerToken, PageSize: 2,
			}
		},
		Account: account,
		Now:     testNow,
		Secrets: []string{testKey, testToken},
		Hidden: collectortest.Hidden{PostID: "vid00000003", Call: callVideos,
			Counter: func(c schema.Counters) *int64 { return c.Reactions }},
		Unauthorized: func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusUnauthorized, "authError", "Invalid Credentials: "+secret)
		},
		RateLimited: func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusForbidden, "quotaExceeded", "you have exceeded your quota with "+secret)
		},
	}
}

func TestContractOwner(t *testing.T) {
	collectortest.Run(t, setup(ownerAccount, testToken))
}

func TestContractPublic(t *testing.T) {
	collectortest.Run(t, setup(publicAccount, testKey))
}
