package dashboard

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/browsertest"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// sampleReach is the reach of n departments, made to be checked by hand: the
// second has no reach at all, the third no earlier period, the fourth a
// coverage that does not compare, the last has never been read.
func sampleReach(n int) analytics.Reach {
	read := noon.Add(-20 * time.Minute)
	figures := func(posts, known, reach float64) analytics.ReachFigures {
		unknown := uint64(posts - known)
		return analytics.ReachFigures{
			Posts: fig(f(posts), f(posts), 0), Summed: fig(f(reach), f(reach/1.25), unknown),
			Net:   analytics.NetReach{Low: f(reach / 4), High: f(reach), Estimate: f(math.Round(reach * 0.9))},
			Views: fig(f(reach*2), nil, unknown), Impressions: fig(nil, nil, uint64(posts)), Followers: fig(f(reach/3), nil, 0),
			Coverage: analytics.Coverage{Known: uint64(known), Posts: uint64(posts)}, CoverageBefore: analytics.Coverage{Known: uint64(known), Posts: uint64(posts)},
			Accounts: 2, Oldest: tm(read.Add(-26 * time.Hour)),
		}
	}
	r := analytics.Reach{Population: 14_894_402, PopulationOf: analytics.Text{En: "people of Balochistan, census 2023", Ur: "بلوچستان کی آبادی، مردم شماری 2023"},
		AsOf: &read, Reported: 30}
	r.All = figures(1432, 1074, 3_600_000)
	r.All.Net = analytics.NetReach{Low: f(410_000), High: f(3_600_000), Estimate: f(3_212_345), Implausible: 1}
	r.All.Accounts, r.All.Followers.Unknown = 31, 2
	for i := range n {
		d := departmentNames[i%len(departmentNames)]
		l := analytics.ReachLine{Department: schema.DepartmentID(fmt.Sprintf("d%02d", i+1)), NameEn: d[0], NameUr: d[1],
			ReachFigures: figures(float64(100-i), float64(75-i), math.Round(1_200_000/float64(i+1)))}
		switch i {
		case 1:
			l.Summed, l.Net, l.Views, l.Coverage.Known = fig(nil, nil, 99), analytics.NetReach{}, fig(nil, nil, 99), 0
		case 2:
			l.CoverageBefore, l.Summed.Previous = analytics.Coverage{}, nil
		case 3:
			l.CoverageBefore = analytics.Coverage{Known: 1, Posts: 100}
		case n - 1:
			l.ReachFigures = analytics.ReachFigures{Followers: fig(nil, nil, 1), Accounts: 1, Unread: 1}
		}
		r.Departments = append(r.Departments, l)
		for k, platform := range []schema.Platform{schema.Instagram, schema.Facebook, schema.YouTube} {
			if (i+k)%3 == 2 {
				continue
			}
			c := l
			c.Platform = platform
			if platform == schema.YouTube {
				c.Summed, c.Net, c.Coverage.Known = fig(nil, nil, c.Coverage.Posts), analytics.NetReach{}, 0
			}
			r.Cells = append(r.Cells, c)
			a := c
			a.Account, a.NameEn, a.NameUr = schema.AccountID(fmt.Sprintf("%s-%s", l.Department, platform)), d[0]+" Balochistan", ""
			a.Handle = "balochistan." + strings.ToLower(strings.Fields(d[0])[0])
			r.Accounts = append(r.Accounts, a)
		}
	}
	for _, platform := range []schema.Platform{schema.Instagram, schema.Facebook} {
		r.Platforms = append(r.Platforms, analytics.ReachLine{Platform: platform, ReachFigures: figures(500, 300, 900_000)})
	}
	youtube := analytics.ReachLine{Platform: schema.YouTube, ReachFigures: figures(300, 0, 0)}
	youtube.Summed, youtube.Net = fig(nil, nil, 300), analytics.NetReach{}
	r.Platforms = append(r.Platforms, youtube)
	return r
}

func TestReachFigures(t *testing.T) {
	st := newSite(t)
	body := st.as(t, schema.RoleAnalyst).get("/reach").body
	for id, want := range map[string][]string{
		"kpi-reach":              {"3,600,000", "+25.0% from 2,880,000", "unknown for 358 posts", "views 7,200,000 · impressions –", "measured", "it is no number of people"},
		"kpi-net_reach_estimate": {"3,212,345", "between 410,000 and 3,600,000", "out of 14,894,402: people of Balochistan, census 2023", "1 post claims more", "estimate", "Sainsbury", "Net reach, at least:"},
		"kpi-reach_coverage":     {"75%", "known for 1,074 of 1,432 posts", "period compared with: 75%"},
		"kpi-followers":          {"1,200,000", "sum of audiences", "unknown for 2 accounts"},
		"reach":                  {"Health leads with 33% of the summed reach that is known; of 2 departments none is known.", "2 more departments in the table", "As of 28 May 11:40"},
		"matrix":                 {"1,200,000", "75% · 27 May 09:40", "All platforms", "3,600,000", "no account"},
		"reach-departments":      {"– none known", "– none known before", "coverage 74%, before 1%", "75 / 100", "300,000–1,200,000", "Show 6 more"},
		"reach-accounts":         {"@balochistan.health", "Show"},
	} {
		got := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(part(t, body, id), " "))), " ")
		got = strings.NewReplacer(" :", ":", " ,", ",").Replace(got)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in %q", id, w, got)
			}
		}
	}
	if want := "1–28 May 2026, Pakistan time · posts published in the period, as of 28 May 11:40 · oldest reading 27 May 09:40 · 30 of 31 accounts reported"; !strings.Contains(text(body), want) {
		t.Errorf("no %q in %q", want, text(body))
	}
	if strings.Contains(body, "style=") {
		t.Error("inline style")
	}
	if !strings.Contains(body, `href="/reach" aria-current="page"`) {
		t.Error("the menu does not lead here")
	}
	// Without a population there is no estimate, and it is said.
	st.stats.reach.Population, st.stats.reach.All.Net.Estimate = 0, nil
	body = st.as(t, schema.RoleAnalyst).get("/reach").body
	if got := text(part(t, body, "kpi-net_reach_estimate")); !strings.Contains(got, "no population is set, so there is no estimate") || strings.Contains(got, "14,894,402") {
		t.Errorf("without a population: %s", got)
	}
}

// The exact text of the page in both languages; read the difference in review.
func TestReachGolden(t *testing.T) {
	st := newSite(t)
	st.stats.reach = sampleReach(5)
	b := st.as(t, schema.RoleAnalyst)
	for _, lang := range []string{"en", "ur"} {
		_, body, _ := strings.Cut(b.get("/reach", "Accept-Language", lang).body, "<main")
		body, _, _ = strings.Cut(body, "</main>")
		body = regexp.MustCompile(`(?s)<script.*?</script>`).ReplaceAllString(body, "")
		body = regexp.MustCompile(`</(p|h1|h2|td|th|li|summary|small|option|label|legend|div|a)>`).ReplaceAllString(body, "$0\n")
		var lines []string
		for line := range strings.SplitSeq(body, "\n") {
			if s := text(line); s != "" {
				lines = append(lines, s)
			}
		}
		got, file := strings.Join(lines, "\n")+"\n", "testdata/reach."+lang+".txt"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got); rewrite with -update:\n%s", file, d)
		}
	}
}

func TestReachChoices(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/reach?view=activity&period=7d&compare=year&platform=instagram&measure=followers")
	sel := st.stats.selections[len(st.stats.selections)-1]
	if sel.View != analytics.ViewLife || sel.Before != sel.Period.YearBefore() || !cmp.Equal(sel.Filter.Platforms, []schema.Platform{"instagram"}) {
		t.Errorf("asked for %+v", sel)
	}
	if a.StatusCode != 200 || !strings.Contains(text(a.body), "Reach has no activity view") {
		t.Errorf("activity: %d, and the page does not say that it has none", a.StatusCode)
	}
	body := html.UnescapeString(a.body)
	for _, want := range []string{
		`href="/reach?compare=year&measure=followers&period=90d&platform=instagram"`,
		`href="/reach?compare=year&period=7d&platform=instagram#matrix"`, `href="/reach?compare=year&measure=posts&period=7d&platform=instagram#matrix"`,
		`href="/departments/d01?compare=year&period=7d&platform=instagram"`, `href="/departments/d02?compare=year&period=7d&platform=youtube"`,
		`href="/accounts/d01-instagram?compare=year&period=7d"`,
		`href="/reach.csv?compare=year&period=7d&platform=instagram&table=matrix"`, `<input type="hidden" name="measure" value="followers">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if got := text(part(t, a.body, "matrix")); !strings.Contains(got, "the share of accounts whose followers are known") || !strings.Contains(got, "400,000") {
		t.Errorf("matrix of followers: %s", got)
	}
	if got := text(part(t, b.get("/reach?measure=posts").body, "matrix")); !strings.Contains(got, "the share of accounts that have been read") || !strings.Contains(got, "1,432") {
		t.Errorf("matrix of posts: %s", got)
	}
	for query, sentence := range map[string]string{
		"?measure=likes": "This figure is not known; summed reach is shown.", "?from=2026-13-45&to=2026-05-01": "The first day is not a date",
		"?department=d99": "There is no department “d99”", "?compare=x": "This comparison is not known",
	} {
		if a := b.get("/reach" + query); a.StatusCode != 400 || !strings.Contains(text(a.body), sentence) || !strings.Contains(a.body, "3,600,000") {
			t.Errorf("%s: status %d, want 400, %q and the rest of the page", query, a.StatusCode, sentence)
		}
		if a := b.get("/reach.csv" + query); a.StatusCode != 400 {
			t.Errorf("CSV of %s: status %d", query, a.StatusCode)
		}
	}
}

// People of a department compare all departments, and see one by one only what
// is their own.
func TestReachOwnDepartment(t *testing.T) {
	st := newSite(t)
	for _, role := range schema.Roles() {
		b := st.as(t, role)
		body := b.get("/reach").body
		limited := role == schema.RoleDepartmentHead || role == schema.RoleOfficer
		if got := part(t, body, "reach-departments"); !strings.Contains(got, "School Education") {
			t.Errorf("%s does not see the others in comparison", role)
		}
		if got := part(t, body, "reach-accounts"); !strings.Contains(got, "/accounts/d01-instagram") || strings.Contains(got, "d03-") == limited {
			t.Errorf("%s sees the accounts of others, or not those they may: %s", role, text(got))
		}
		if got := part(t, body, "matrix"); !strings.Contains(got, "/departments/d01") || strings.Contains(got, "/departments/d03") == limited {
			t.Errorf("%s is led to departments that they may not see, or not to those they may", role)
		}
		file := b.get("/reach.csv?table=accounts").body
		if !strings.Contains(file, "d01-instagram") || strings.Contains(file, "d03-") == limited {
			t.Errorf("%s: the CSV has the accounts of others, or lacks some", role)
		}
		if got := b.get("/reach?department=d03").body; limited && strings.Contains(part(t, got, "reach-accounts"), "d03-") {
			t.Errorf("%s with another department's filter sees its accounts", role)
		}
	}
	for i := range st.people.people {
		st.people.people[i].Department = ""
	}
	if got := text(part(t, st.as(t, schema.RoleOfficer).get("/reach").body, "reach-accounts")); !strings.Contains(got, "No department is assigned to you") || strings.Contains(got, "@") {
		t.Errorf("officer without department: %s", got)
	}
}

func TestReachStates(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	st.stats.err = errors.New("clickhouse: code 241: memory limit")
	if a := b.get("/reach"); a.StatusCode != 503 || !strings.Contains(text(a.body), "The figures could not be read") || !strings.Contains(a.body, a.Header.Get("X-Request-Id")) || strings.Contains(a.body, "clickhouse") {
		t.Errorf("failed: %d %s", a.StatusCode, text(a.body))
	}
	if a := b.get("/reach.csv"); a.StatusCode != 503 {
		t.Errorf("failed CSV: %d", a.StatusCode)
	}
	st.stats.err = nil
	st.stats.reach = analytics.Reach{All: analytics.ReachFigures{Accounts: 25}}
	if a := b.get("/reach"); a.StatusCode != 200 || !strings.Contains(text(a.body), "No account has been read yet") || !strings.Contains(text(a.body), "no reading yet of 25 accounts") {
		t.Errorf("empty: %d %s", a.StatusCode, text(a.body))
	}
	// No reach is known of anything: no chart, and no 0.
	r := sampleReach(3)
	for i := range r.Departments {
		r.Departments[i].Summed, r.Departments[i].Net, r.Departments[i].Coverage.Known = fig(nil, nil, 9), analytics.NetReach{}, 0
	}
	r.All.Summed, r.All.Net, r.All.Coverage.Known = fig(nil, nil, 9), analytics.NetReach{}, 0
	st.stats.reach = r
	body := b.get("/reach").body
	if got := text(part(t, body, "reach")); !strings.Contains(got, "No reach is known of any post") || strings.Contains(body, "chart-reach") {
		t.Errorf("nothing known: %s", got)
	}
	if got := text(part(t, body, "kpi-reach")); !strings.Contains(got, "– no reach is known in this period") || strings.Contains(got, " 0") {
		t.Errorf("nothing known: %s", got)
	}
}

func TestReachCSV(t *testing.T) {
	st := newSite(t)
	st.stats.reach.Accounts[0].NameEn, st.stats.reach.Accounts[0].Handle = `=HYPERLINK("http://evil.example","x")`, "@SUM(A1)"
	b := st.as(t, schema.RoleAnalyst)
	read := func(table, lang string) [][]string {
		t.Helper()
		a := b.get("/reach.csv?period=last-month&table="+table, "Accept-Language", lang)
		if want := `attachment; filename="hamawaz-reach-` + table + `-2026-04-01-2026-04-30.csv"`; a.Header.Get("Content-Disposition") != want {
			t.Errorf("disposition %q", a.Header.Get("Content-Disposition"))
		}
		rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	end := []string{"2026-04-01", "2026-04-30", "Asia/Karachi", "life", "2026-05-28T11:40:00+05:00"}
	want := [][]string{
		append([]string{"Key", "Name", "Platform", "Handle", "Posts", "Posts with a known reach", "Coverage of reach", "Summed reach", "Summed reach, period before", "Change", "Why it is not compared",
			"Net reach, at least", "Net reach, estimate", "Net reach, at most", "Posts beyond the population", "Population", "Views", "Impressions", "Followers", "Oldest reading"},
			"First day", "Last day", "Time zone", "View", "As of"),
		append([]string{"d01", "Health", "", "", "100", "75", "0.75", "1200000", "960000", "0.25", "", "300000", "1080000", "1200000", "0", "14894402", "2400000", "", "400000", "2026-05-27T09:40:00+05:00"}, end...),
		append([]string{"d02", "School Education", "", "", "99", "0", "0", "", "", "", "no reach is known in this period", "", "", "", "0", "14894402", "", "", "200000", "2026-05-27T09:40:00+05:00"}, end...),
	}
	rows := read("departments", "en")
	if d := cmp.Diff(want, rows[:3]); d != "" {
		t.Errorf("departments (-want +got):\n%s", d)
	}
	if last := rows[16]; last[4] != "" || last[6] != "" || last[19] != "" {
		t.Errorf("a department that was never read: %q", last)
	}
	if rows := read("accounts", "en"); rows[1][0] != "d01-instagram" || rows[1][1] != `'=HYPERLINK("http://evil.example","x")` || rows[1][3] != "'@SUM(A1)" {
		t.Errorf("accounts: %q", rows[1])
	}
	if rows := read("platforms", "ur"); rows[0][7] != "مجموعی رسائی" || rows[1][0] != "instagram" || rows[1][1] != "انسٹاگرام" {
		t.Errorf("platforms: %q", rows[:2])
	}
	if rows := read("matrix", "en"); rows[1][0] != "d01" || rows[1][2] != "instagram" || len(rows) != 1+len(st.stats.reach.Cells) {
		t.Errorf("matrix: %d rows, %q", len(rows), rows[1])
	}
	if a := b.get("/reach.csv?table=posts"); a.StatusCode != 400 {
		t.Errorf("unknown table: %d", a.StatusCode)
	}
}

func TestReachChart(t *testing.T) {
	r := sampleReach(4)
	for lang, side := range map[string]string{"en": "left", "ur": "right"} {
		p := i18n.New(lang, karachi)
		ch, err := reachBarChart(p, []analytics.ReachLine{r.Departments[0], r.Departments[2]}, "before", "say")
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			XAxis []struct{ Inverse bool }
			YAxis []struct {
				Position string
				Data     []string
			}
			Tooltip struct{ RenderMode string }
			Series  []struct {
				Data []struct{ Value any }
			}
		}
		if err := json.Unmarshal([]byte(ch.Options), &m); err != nil {
			t.Fatal(err)
		}
		if m.XAxis[0].Inverse != (lang == "ur") || m.YAxis[0].Position != side || m.Tooltip.RenderMode != "richText" || len(m.YAxis[0].Data) != 2 {
			t.Errorf("%s: %+v", lang, m)
		}
		// The largest is on top; what does not compare has no bar.
		if got := []any{m.Series[0].Data[0].Value, m.Series[0].Data[1].Value, m.Series[1].Data[0].Value, m.Series[1].Data[1].Value}; !cmp.Equal(got, []any{"-", 960000.0, 400000.0, 1200000.0}) {
			t.Errorf("%s: %v", lang, got)
		}
		if strings.Contains(string(ch.Options), "#") || strings.Contains(string(ch.Options), "function") {
			t.Error("options hold a colour or a function instead of a name")
		}
	}
	r.Departments[0].NameEn = "</script><script>alert(1)"
	ch, _ := reachBarChart(i18n.New("en", karachi), r.Departments[:1], "", "")
	if strings.Contains(string(ch.Options), "</script") {
		t.Error("options end the script element")
	}
}

func TestReachInjection(t *testing.T) {
	st := newSite(t)
	r := &st.stats.reach
	r.PopulationOf = analytics.Text{En: evil}
	for _, lines := range [][]analytics.ReachLine{r.Departments, r.Platforms, r.Accounts, r.Cells} {
		for i := range lines {
			lines[i].NameEn, lines[i].NameUr, lines[i].Handle = evil, evil, evil
		}
	}
	r.Departments[0].Department, r.Accounts[0].Account, r.Platforms[0].Platform = evil, evil, evil
	for _, lang := range []string{"en", "ur"} {
		body := st.as(t, schema.RoleAnalyst).get("/reach?measure=%3Cscript%3Ealert(1)", "Accept-Language", lang).body
		for _, bad := range []string{"<script>alert", "<img", "javascript:alert"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %s is in the page", lang, bad)
			}
		}
	}
}

func TestReachInChromium(t *testing.T) {
	st := newSite(t, func(st *site) {
		st.Demo = &Demo{Sentence: analytics.Text{En: "Accounts and posts are real; their figures over time are modelled.", Ur: "اکاؤنٹس اور پوسٹیں حقیقی ہیں؛ ان کے وقت کے ساتھ اعداد ماڈل پر مبنی ہیں۔"}}
	})
	tb := browsertest.Start(t).Tab(t, st.serve(t))
	axe := browsertest.Axe(t, "..")
	tb.Look(1280, false, "en")
	tb.SignIn("analyst@example.gov.pk", testPassword)
	tb.Open("/reach")
	tb.Looks(axe, "reach", "/reach", func(t *testing.T, lang string) {
		tb.Wait("document.querySelectorAll('#chart-reach svg path').length > 10")
		// Bars grow from where the script begins.
		at := browsertest.Eval[string](tb, `(() => { const box = document.getElementById("chart-reach").getBoundingClientRect();
			const bars = [...document.querySelectorAll("#chart-reach svg path")].filter((x) => x.getAttribute("fill") === getComputedStyle(document.documentElement).getPropertyValue("--accent").trim()).map((x) => x.getBoundingClientRect());
			const edges = (side) => new Set(bars.map((b) => Math.round(b[side]))).size;
			return bars.length < 10 ? "no bars" : edges("left") === 1 ? "left" : edges("right") === 1 ? "right" : "mixed"; })()`)
		if want := map[string]string{"en": "left", "ur": "right"}[lang]; at != want {
			t.Errorf("bars grow from the %s, want the %s", at, want)
		}
	})
	one := func(shot, path, lang string, width int64, then func()) {
		t.Run(shot, func(t *testing.T) {
			tb.T = t
			tb.Look(width, false, lang)
			tb.Open(path)
			then()
			tb.Picture(shot)
			tb.Ignore("status of 400", "status of 503") // the page's own status is no fault
			tb.Check(axe, "")
		})
		tb.T = t
	}
	one("reach-open-en-1280", "/reach?measure=followers", "en", 1280, func() {
		must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#reach-table summary")), chromedp.Click(chromedp.CSS("#kpi-net_reach_estimate summary"))))
		tb.Wait("document.getElementById('reach-table').open && document.querySelector('#kpi-net_reach_estimate details').open")
	})
	one("reach-bad-ur-390", "/reach?view=activity&measure=x", "ur", 390, func() {})
	st.stats.change(func() { st.stats.reach = sampleReach(2) })
	one("reach-few-ur-1280", "/reach", "ur", 1280, func() {})
	st.stats.change(func() { st.stats.err = errors.New("down") })
	one("reach-failed-en-390", "/reach", "en", 390, func() {})
}
