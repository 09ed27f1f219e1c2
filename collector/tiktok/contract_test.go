package tiktok

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/schema"
)

func TestContract(t *testing.T) {
	for _, business := range []bool{false, true} {
		name, call := "Display API", callVideos
		if business {
			name, call = "Accounts API", callBusinessVideos
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(4)
			// The checks repeat a pass for every value: one of each sort will do.
			for _, v := range p.videos {
				for _, field := range []string{"phone_number_clicks", "lead_submissions", "app_download_clicks", "email_clicks", "address_clicks", "new_followers", "profile_views"} {
					delete(v, field)
				}
			}
			collectortest.Run(t, collectortest.Setup{
				Platform: p,
				New: func(_ *testing.T, o collectortest.Options) collector.Connector {
					c := &Connector{BaseURL: o.BaseURL, BusinessURL: o.BaseURL, HTTP: o.HTTP, Now: o.Now, Log: o.Log, MaxBody: o.MaxBody, PageSize: 2, Token: tokenOf}
					if business {
						c.Business = tokenOf
					}
					return c
				},
				Account: testAccount,
				Now:     testNow,
				Secrets: []string{testToken},
				Hidden:  collectortest.Hidden{PostID: videoID(3), Call: call, Counter: func(c schema.Counters) *int64 { return c.Reactions }},
				Unauthorized: func(w http.ResponseWriter, _ *http.Request) {
					if business {
						send(w, 200, `{"code":40105,"message":"Access token is incorrect or has been revoked.","request_id":"1"}`)
						return
					}
					send(w, 401, refused("access_token_invalid"))
				},
				RateLimited: func(w http.ResponseWriter, _ *http.Request) {
					if business {
						send(w, 200, `{"code":40100,"message":"Too many requests.","request_id":"1"}`)
						return
					}
					send(w, 429, refused("rate_limit_exceeded"))
				},
				List: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/video/list/") },
			})
		})
	}
}
