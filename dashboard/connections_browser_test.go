package dashboard

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/hamawaz/hamawaz/dashboard/browsertest"
	"github.com/hamawaz/hamawaz/schema"
)

// platformPage is a platform that permits everything at once.
type platformPage struct {
	*fakeConnections
	origin string
}

func (p *platformPage) Origins() []string { return []string{p.origin} }
func (p *platformPage) AuthorizeURL(_ schema.Account, state, _, redirect string) (string, error) {
	return p.origin + "/authorize?" + url.Values{"state": {state}, "redirect_uri": {redirect}}.Encode(), nil
}

// A real browser keeps to the page's policy, and comes back from another site
// with its session.
func TestBrowserConnects(t *testing.T) {
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"state": {q.Get("state")}, "code": {secretCode}}.Encode(), http.StatusFound)
	}))
	defer platform.Close()
	st, f := connectSite(t)
	st.Server.Connections = &platformPage{f, platform.URL}
	address := st.serve(t)
	st.Server.Public = address
	axe := browsertest.Axe(t, "..")
	tb := browsertest.Start(t).Tab(t, address)
	tb.Look(1280, false, "en")
	tb.SignIn("administrator@example.gov.pk", testPassword)
	tb.Looks(axe, "connections", "/connections", func(*testing.T, string) {})
	tb.Looks(axe, "disconnect", "/connections/good/disconnect", func(*testing.T, string) {})

	tb.Look(1280, false, "en")
	tb.Open("/connections")
	must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS(`form[action="/connections/left/connect"] button`))))
	arrive(tb, `location.pathname === "/connections" && !location.search && !!document.getElementById("told")`)
	if len(f.connected) != 1 {
		t.Errorf("connected %q", f.connected)
	}
}
