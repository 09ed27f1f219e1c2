package dashboard

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/hamawaz/hamawaz/dashboard/browsertest"
)

func TestPostsInChromium(t *testing.T) {
	st := newSite(t, withPosts)
	tb := browsertest.Start(t).Tab(t, st.serve(t))
	axe := browsertest.Axe(t, "..")

	tb.Look(1280, false, "en")
	tb.SignIn("analyst@example.gov.pk", testPassword)
	tb.Open("/posts")
	tb.Wait("document.getElementById('posts') !== null")

	for _, page := range []struct{ name, path string }{
		{"posts", "/posts?sort=interactions"}, {"posts-none", "/posts?account=d02-a&department=d01"},
		{"post", "/accounts/d01-a/posts/C7x_000"}, {"post-reach", "/accounts/d01-a/posts/C7x_000?metric=reach"},
	} {
		tb.Looks(axe, page.name, page.path, func(*testing.T, string) {
			if strings.HasPrefix(page.path, "/accounts/") {
				tb.Wait("document.querySelectorAll('#chart-curve svg path').length > 3")
			}
		})
	}

	t.Run("in use", func(t *testing.T) {
		tb.T = t
		tb.Look(1280, false, "en")
		tb.Open("/posts")
		click := func(selector string) {
			t.Helper()
			if _, err := chromedp.RunResponse(tb.Ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
				t.Fatal(err)
			}
		}
		// The figures of the table by a click on their heading, then turned around.
		click("table.posts thead th:nth-child(6) a")
		tb.Wait(`location.search === "?sort=interactions" && document.querySelector("th[aria-sort=descending]")`)
		click("table.posts thead th:nth-child(6) a")
		tb.Wait(`location.search === "?order=asc&sort=interactions" && document.querySelector("th[aria-sort=ascending]")`)
		click(".pages a[rel=next]")
		tb.Wait(`location.search.includes("page=2") && document.querySelector(".pages").textContent.includes("51–100 of 120")`)
		click("table.posts tbody tr:first-child th a")
		tb.Wait(`location.pathname.startsWith("/accounts/d0")`)
		tb.Ignore("status of 404") // only one post is known to the fake
		tb.Quiet()
	})
}
