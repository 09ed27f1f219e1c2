package instagram

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/collector/collectortest"
	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
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

// A contract holds the names of the specification: see SOURCE.md beside them.
type contract map[string]json.RawMessage

func contractOf(t *testing.T) (c contract) {
	t.Helper()
	b, err := os.ReadFile("../sandbox/instagram/testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// names returns the names under a key; none if there is none.
func (c contract) names(key string) (names []string) {
	json.Unmarshal(c[key], &names)
	return names
}

func (c contract) metrics(key string) (kinds map[string][]string) {
	json.Unmarshal(c[key], &kinds)
	return kinds
}

// A recorder notes the requests that pass it.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	urls []*url.URL
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.urls = append(r.urls, req.URL)
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

// TestRequestsFitTheContract: every request that the connector sends names
// edges, parameters and fields of the published specification only. One that is
// not in it refuses the whole call.
func TestRequestsFitTheContract(t *testing.T) {
	c := contractOf(t)
	seen := map[string]int{}
	for _, access := range []schema.Access{schema.AccessOwner, schema.AccessPublic} {
		s, conn := startSandbox(t)
		rec := &recorder{next: s.Client().Transport}
		conn.HTTP = &http.Client{Transport: rec}
		a := sandboxAccount(t, s.World, access)
		job := collector.Job{Account: a, Depth: listed(s.World, a.Handle, sandboxNow)[150].PublishedAt, Comments: true, Leave: func(string) {}}
		m, _, err := collect(t, conn, job)
		if err != nil {
			t.Fatal(err)
		}
		posts := m.all().Posts
		if _, _, err := conn.Missing(t.Context(), job, posts[len(posts)-1:]); err != nil {
			t.Fatal(err)
		}
		for _, u := range rec.urls {
			_, path := graph.SplitPath(u.Path)
			node := "IGMedia"
			if path[0] == a.PlatformID || path[0] == conn.OfficeUserID {
				node = "IGUser"
			}
			of, params := node, []string{"fields"}
			if len(path) == 2 {
				if !slices.Contains(c.names(node+".edges"), path[1]) {
					t.Errorf("%s has no edge %s", node, path[1])
				}
				node += "." + path[1]
				params = c.names(node)
				if path[1] == "media" || path[1] == "stories" {
					of, params = "IGMedia", append(params, "fields", "after", "limit") // those of every list
				}
			}
			seen[node]++
			for name := range u.Query() {
				if !slices.Contains(params, name) {
					t.Errorf("%s takes no %s", node, name)
				}
			}
			fields, err := graph.ParseFields(u.Query().Get("fields"))
			if err != nil {
				t.Error(err)
			}
			checkFields(t, c, of, fields)
			metrics := c.metrics("ig_media.metrics")
			if node == "IGUser.insights" {
				metrics = c.metrics("ig_user.day")
			}
			for _, name := range graph.SplitList(u.Query().Get("metric")) {
				kind := u.Query().Get("metric_type")
				if kinds, ok := metrics[name]; !ok || kind != "" && !slices.Contains(kinds, kind) {
					t.Errorf("%s is no metric of %s as %q", name, node, kind)
				}
			}
		}
	}
	for _, node := range []string{"IGUser", "IGUser.media", "IGUser.stories", "IGUser.insights", "IGMedia", "IGMedia.insights"} {
		if seen[node] == 0 {
			t.Errorf("nothing was asked of %s: %v", node, seen)
		}
	}
}

// checkFields looks for fields that a node does not have, and within them.
func checkFields(t *testing.T, c contract, node string, fields []graph.Field) {
	t.Helper()
	for _, f := range fields {
		if !slices.Contains(c.names(node), f.Name) && !slices.Contains(c.names(node+".edges"), f.Name) {
			t.Errorf("%s has no %s", node, f.Name)
		}
		if inner := map[string]string{"business_discovery": "IGUser", "media": "IGMedia", "comments": "IGComment", "replies": "IGComment"}[f.Name]; inner != "" {
			checkFields(t, c, inner, f.Fields)
		}
	}
}
