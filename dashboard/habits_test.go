package dashboard

import (
	"encoding/csv"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

// home returns the address of the overview in the menu.
func home(t *testing.T, body string) string {
	t.Helper()
	_, nav, ok := strings.Cut(body, "<nav")
	_, item, ok2 := strings.Cut(nav, `<a class="item" href="`)
	address, _, ok3 := strings.Cut(item, `"`)
	if !ok || !ok2 || !ok3 {
		t.Fatal("no menu")
	}
	return html.UnescapeString(address)
}

func TestChoicesAreRemembered(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	if got := home(t, b.get("/metrics").body); got != "/" {
		t.Errorf("at first the menu leads to %q", got)
	}
	b.get("/?period=7d&view=activity&compare=year&department=d02&platform=instagram")
	const kept = "/?compare=year&department=d02&period=7d&platform=instagram&view=activity"
	for _, page := range []string{"/metrics", "/collection", "/me"} {
		if got := home(t, b.get(page).body); got != kept {
			t.Errorf("from %s the menu leads to %q, want %q", page, got, kept)
		}
	}
	if !strings.Contains(html.UnescapeString(b.get("/metrics").body), `<a class="brand" href="`+kept) {
		t.Error("the brand leads somewhere else")
	}
	// Polls, files and what cannot be understood are no choice.
	b.get("/?period=90d", "X-Part", "live")
	b.get("/overview.csv?period=90d")
	b.get("/?period=fortnight")
	if got := home(t, b.get("/metrics").body); got != kept {
		t.Errorf("after a poll and a file the menu leads to %q", got)
	}
	// The way back to the start, and it forgets.
	body := b.get(kept).body
	if !strings.Contains(body, `<a class="chip" href="/" aria-label="Reset`) {
		t.Error("no way to reset")
	}
	body = b.get("/").body
	if got := home(t, body); got != "/" || strings.Contains(body, "Reset") {
		t.Errorf("after the reset the menu leads to %q", got)
	}
	// A typed period.
	b.get("/?from=2026-02-01&to=2026-02-28")
	if got := home(t, b.get("/metrics").body); got != "/?from=2026-02-01&to=2026-02-28" {
		t.Errorf("a typed period: %q", got)
	}
	// Somebody else in another session knows nothing of it.
	if got := home(t, st.as(t, schema.RoleAnalyst).get("/metrics").body); got != "/" {
		t.Errorf("another session: %q", got)
	}
	// Nor does who signs in after.
	if b.post("/sign-out", url.Values{"token": {b.token("/me")}}); b.signIn("reader@example.gov.pk", testPassword).StatusCode != 303 {
		t.Fatal("sign-in of the next person")
	}
	if got := home(t, b.get("/metrics").body); got != "/" {
		t.Errorf("the next person: %q", got)
	}
}

// Every page that carries the choices is one of the menu.
func TestFilteredPagesExist(t *testing.T) {
	st := newSite(t)
	known := map[string]bool{}
	for _, r := range st.routes() {
		known[r.path] = r.menu != ""
	}
	for _, path := range filtered {
		if !known[path] {
			t.Errorf("%s is no page of the menu", path)
		}
	}
}

func TestMenuKeys(t *testing.T) {
	menu := []menuItem{{Address: "/?period=7d"}, {Address: "/collection"}, {Address: "/report"}, {Address: "/reports"}, {Address: "/metrics"}, {Address: "/people"}, {Address: "/gg"}}
	giveKeys(menu)
	seen := map[string]bool{}
	for i, m := range menu {
		if m.Key == "" != (m.Address == "/gg") || seen[m.Key] {
			t.Errorf("%d %s has the key %q", i, m.Address, m.Key)
		}
		seen[m.Key] = true
	}
	if menu[0].Key != "o" || menu[4].Key != "m" {
		t.Errorf("keys: %+v", menu)
	}
}

func TestUrduDigitsOnPages(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleReader)
	if a := b.post("/me/digits", url.Values{"token": {b.token("/me")}, "digits": {"urdu"}}); a.StatusCode != 303 {
		t.Fatalf("choosing digits: %d", a.StatusCode)
	}
	if p := st.people.get("p-reader"); p.Digits != schema.DigitsUrdu || p.ChangedBy != "p-reader" {
		t.Errorf("stored: %+v", p)
	}
	a := b.get("/", "Accept-Language", "ur")
	if !strings.Contains(a.body, `lang="ur" dir="rtl" data-digits="urdu"`) || !strings.Contains(a.body, "۱٬۲۸۴٬۳۱۰") || !strings.Contains(a.body, "۲٫۴۱٪") || strings.Contains(a.body, "1,284,310") {
		t.Error("the overview in Urdu does not have Urdu digits")
	}
	if !strings.Contains(a.body, "۱ تا ۲۸ مئی ۲۰۲۶") {
		t.Error("dates are not in Urdu digits")
	}
	// A change keeps its colour, machines their numbers, names their digits.
	if !strings.Contains(a.body, `class="num up">+`) && !strings.Contains(a.body, `num up`) {
		t.Error("the change lost its colour")
	}
	for _, want := range []string{`value="2026-05-01"`, "@balochistan.health.1"} {
		if !strings.Contains(st.asIn(t, b, "/", "ur"), want) && want[0] != '@' {
			t.Errorf("no %s", want)
		}
	}
	en := b.get("/", "Accept-Language", "en").body
	if !strings.Contains(en, "1,284,310") || strings.Contains(en, "data-digits") {
		t.Error("the page in English changed")
	}
	rows, err := csv.NewReader(strings.NewReader(b.get("/overview.csv", "Accept-Language", "ur").body)).ReadAll()
	if err != nil || rows[1][0] != "2026-05-01" || strings.ContainsAny(rows[1][1], "۰۱۲۳۴۵۶۷۸۹") {
		t.Errorf("the file has %q, %v", rows[1], err)
	}
	if b.post("/me/digits", url.Values{"token": {b.token("/me")}, "digits": {""}}); strings.Contains(b.get("/", "Accept-Language", "ur").body, "۱٬۲۸۴") {
		t.Error("Latin digits cannot be chosen again")
	}
}

// asIn returns the page in the language.
func (st *site) asIn(t *testing.T, b *browser, path, lang string) string {
	t.Helper()
	return b.get(path, "Accept-Language", lang).body
}

func TestRunsPage(t *testing.T) {
	st := newSite(t)
	began := noon.Add(-2 * time.Hour)
	st.stats.runs = sampleRuns()
	b := st.as(t, schema.RoleAnalyst)
	if !strings.Contains(b.get("/collection").body, `<a href="/collection/acc-3">`) {
		t.Error("the table does not lead to the runs")
	}
	got := text(b.get("/collection/acc-3").body)
	for _, want := range []string{"Information Balochistan", "Authorisation ended", "next in 15 min", "56% of quota left", "the last 4 runs",
		"28 May 10:00", "30 s", "56%", "full pass ended", "Passing trouble", "instagram: status 503", "0.4 s", "Being collected now", "again on 28 May 12:30", "4 min"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if a := b.get("/collection/nobody"); a.StatusCode != 404 {
		t.Errorf("no such account: %d", a.StatusCode)
	}
	st.stats.runs = nil
	if got := text(b.get("/collection/acc-8").body); !strings.Contains(got, "has not been collected yet") {
		t.Errorf("no runs: %s", got)
	}
	st.stats.runs = []analytics.Run{{Started: began, Outcome: evil, Error: evil}}
	if strings.Contains(b.get("/collection/acc-3").body, "<script>alert") {
		t.Error("an outcome is injected")
	}
}

func sampleRuns() []analytics.Run {
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	return []analytics.Run{
		{Started: ago(time.Minute), Pages: 1, Posts: 25, Observations: 25, Calls: 2},
		{Started: ago(2 * time.Hour), Finished: tm(ago(2*time.Hour - 30*time.Second)), Outcome: "ok", Complete: true, Pages: 12, Posts: 1230, Observations: 2460, Calls: 26, Skipped: 3, Quota: f(44)},
		{Started: ago(3 * time.Hour), Finished: tm(ago(3*time.Hour - 400*time.Millisecond)), Outcome: "retry", Error: "instagram: status 503", Calls: 1},
		{Started: ago(26 * time.Hour), Finished: tm(ago(26*time.Hour - 4*time.Minute - 10*time.Second)), Outcome: "wait", RetryAt: tm(noon.Add(30 * time.Minute)), Calls: 200, Quota: f(100)},
	}
}

func TestMetricsPage(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleReader)
	a := b.get("/metrics")
	for _, m := range analytics.Catalogue() {
		got := text(part(t, a.body, m.Key))
		for _, want := range []string{m.Name.En, m.Key, m.Means.En, m.Unknown.En} {
			if !strings.Contains(got, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%s: no %q in %s", m.Key, want, got)
			}
		}
		if !strings.Contains(a.body, `href="#`+m.Key+`"`) {
			t.Errorf("nothing leads to %s", m.Key)
		}
	}
	matrix := html.UnescapeString(part(t, a.body, "matrix"))
	for _, want := range []string{"like_count + reply_count + retweet_count + quote_count", "subscriberCount", "Facebook", "TikTok", "post_media_view", ">–<"} {
		if !strings.Contains(matrix, want) {
			t.Errorf("matrix: no %q", want)
		}
	}
	for key, want := range map[string]string{
		"views":     "YouTubesince 24 Aug 2026: Of all videos",
		"reach":     "Adds up overnothing: it must not be summed",
		"followers": "Adds up overaccounts and platforms",
		"comments":  "Shown asPosts published and Activity",
	} {
		if got := text(part(t, a.body, key)); !strings.Contains(strings.ReplaceAll(got, " ", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("%s: no %q in %q", key, want, got)
		}
	}
	// What stands beside a figure leads here.
	if !strings.Contains(b.get("/").body, `<a href="/metrics#interactions">`) {
		t.Error("the definition on the overview does not lead to the catalogue")
	}
	rows, err := csv.NewReader(strings.NewReader(b.get("/metrics.csv").body)).ReadAll()
	if err != nil || len(rows) != len(analytics.Catalogue())+1 {
		t.Fatalf("CSV: %d rows, %v", len(rows), err)
	}
	x := slices.Index(rows[0], "X")
	i := slices.IndexFunc(rows, func(r []string) bool { return r[0] == "interactions" })
	if x < 0 || rows[i][x] != "like_count + reply_count + retweet_count + quote_count" || rows[i][6] != "yes" {
		t.Errorf("CSV: %q", rows[i])
	}
	for _, r := range rows {
		for _, cell := range r {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("a cell begins a formula: %q", cell)
			}
		}
	}
}

// The exact words of the pages in both languages; read the difference in
// review.
func TestHabitsGolden(t *testing.T) {
	st := newSite(t)
	st.stats.runs, st.notes.list = sampleRuns(), sampleNotes()
	b := st.as(t, schema.RoleAdministrator)
	for name, path := range map[string]string{"metrics": "/metrics", "people": "/people", "person": "/people/p-officer", "me": "/me", "runs": "/collection/acc-3"} {
		for _, lang := range []string{"en", "ur"} {
			_, body, _ := strings.Cut(b.get(path, "Accept-Language", lang).body, "<main")
			_, body, _ = strings.Cut(body, ">")
			body, _, _ = strings.Cut(body, "</main>")
			body = regexp.MustCompile(`</(p|h1|h2|td|th|li|summary|small|option|label|legend|dt|dd|a)>`).ReplaceAllString(body, "$0\n")
			var lines []string
			for line := range strings.SplitSeq(body, "\n") {
				if s := text(line); s != "" {
					lines = append(lines, s)
				}
			}
			golden(t, name+"."+lang+".txt", strings.Join(lines, "\n")+"\n")
		}
	}
}
