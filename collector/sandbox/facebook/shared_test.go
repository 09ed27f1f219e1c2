//go:build data

package facebook_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDataContractIsThePlatforms holds testdata/contract.json against the
// specification, and the list of metrics, that it was taken from.
func TestDataContractIsThePlatforms(t *testing.T) {
	shared := os.Getenv("HAMAWAZ_SHARED")
	if shared == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	read := func(name string, to any) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(shared, "platforms/contracts/meta", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, to); err != nil {
			t.Fatal(err)
		}
	}
	type named struct{ Name string }
	type spec struct {
		Fields []named
		Apis   []struct {
			Endpoint string
			Params   []named
		}
	}
	var page, post, pagePost, insights, comment spec
	read("Comment.json", &comment)
	read("Page.json", &page)
	read("Post.json", &post)
	read("PagePost.json", &pagePost)
	read("InsightsResult.json", &insights)
	names := func(lists ...[]named) (out []string) {
		for _, list := range lists {
			for _, n := range list {
				out = append(out, n.Name)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	edges := func(specs ...spec) (out []string) {
		for _, s := range specs {
			for _, a := range s.Apis {
				if a.Endpoint != "" {
					out = append(out, a.Endpoint)
				}
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	params := func(s spec, edge string) (out []string) {
		for _, a := range s.Apis {
			if a.Endpoint == edge {
				out = names(a.Params)
			}
		}
		return out
	}
	var enums []struct {
		Name   string
		Values []string
	}
	read("enum_types.trimmed.json", &enums)
	enum := func(name string) []string {
		for _, e := range enums {
			if e.Name == name {
				return e.Values
			}
		}
		t.Fatalf("no values of %s", name)
		return nil
	}
	var catalogue struct {
		Metrics []struct {
			Object, Metric, Status string
			Periods                []string
		}
	}
	read("insights-metrics.json", &catalogue)
	metrics := func(object, period string) (out []string) {
		for _, m := range catalogue.Metrics {
			if m.Object == object && (period == "" && m.Status == "removed" || m.Status == "valid" && slices.Contains(m.Periods, period)) {
				out = append(out, m.Metric)
			}
		}
		return out
	}
	want := contract{
		Page: names(page.Fields), PageEdges: edges(page), PublishedPosts: params(page, "published_posts"),
		Post: names(post.Fields, pagePost.Fields), PostEdges: edges(post, pagePost), PostInsights: params(pagePost, "insights"),
		Insights:      names(insights.Fields),
		ReactionTypes: enum("pagepostreactions_type_enum_param"), Filters: enum("pagepostcomments_filter_enum_param"),
		Orders: enum("pagepostcomments_order_enum_param"), Comment: names(comment.Fields), PageInsights: params(page, "insights"),
		PostLifetime: metrics("fb_post", "lifetime"), PostRemoved: metrics("fb_post", ""),
		PageDay: metrics("fb_page", "day"), PageRemoved: metrics("fb_page", ""),
	}
	var got contract
	readJSON(t, "contract.json", &got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("contract (-theirs +ours):\n%s", d)
	}
	t.Logf("%d fields of a Page, %d of a post, %d metrics", len(got.Page), len(got.Post), len(got.PostLifetime)+len(got.PageDay))
}
