package facebook

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

// contractOf returns the names of the specification: see SOURCE.md beside them.
func contractOf(t *testing.T) (c map[string][]string) {
	t.Helper()
	b, err := os.ReadFile("../sandbox/facebook/testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
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
		job := collector.Job{Account: a, Depth: s.World.Posts(a.Handle, sandboxNow)[150].PublishedAt, Comments: true, Leave: func(string) {}}
		m, _, err := collect(t, conn, job)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.Missing(t.Context(), job, m.all().Posts[:1]); err != nil {
			t.Fatal(err)
		}
		for _, u := range rec.urls {
			_, path := graph.SplitPath(u.Path)
			node, post := "Page", strings.Contains(path[0], "_")
			if post {
				node = "Post"
			}
			params := []string{"fields", "appsecret_proof"}
			if len(path) == 2 {
				node += "." + path[1]
				params = append(c[node], "appsecret_proof")
				if path[1] == "published_posts" {
					params = append(params, "fields", "after", "until") // those of every list
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
			of := "Page"
			if post || node == "Page.published_posts" {
				of = "Post"
			}
			for _, f := range fields {
				if !slices.Contains(c[of], f.Name) && !slices.Contains(c[of+".edges"], f.Name) {
					t.Errorf("a %s has no %s", of, f.Name)
				}
				for _, sub := range f.Fields {
					if f.Name == "comments" && !slices.Contains(c["Comment"], sub.Name) {
						t.Errorf("a comment has no %s", sub.Name)
					}
				}
				for _, arg := range f.Args {
					if values := c[f.Name+"."+arg.Name]; values != nil && !slices.Contains(values, arg.Value) {
						t.Errorf("%s of %s may not be %s", arg.Name, f.Name, arg.Value)
					}
				}
			}
			for _, name := range graph.SplitList(u.Query().Get("metric")) {
				if list := c[map[bool]string{true: "fb_post.lifetime", false: "fb_page.day"}[post]]; !slices.Contains(list, name) {
					t.Errorf("%s is no metric of %s", name, node)
				}
			}
		}
	}
	for _, node := range []string{"Page", "Page.published_posts", "Page.insights", "Post", "Post.insights"} {
		if seen[node] == 0 {
			t.Errorf("nothing was asked of %s: %v", node, seen)
		}
	}
}
