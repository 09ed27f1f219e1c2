package dashboard

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var tags = regexp.MustCompile(`<[^>]*>`)

// text returns what a reader sees of HTML, spaces joined.
func text(s string) string {
	s = html.UnescapeString(tags.ReplaceAllString(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// part returns the element with the id, up to the end of its section.
func part(t *testing.T, body, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `id="`+id+`"`)
	if !ok {
		t.Fatalf("no element %s in\n%s", id, body)
	}
	s, _, _ := strings.Cut(rest, "</section>")
	return "<" + s
}

func TestOverviewFigures(t *testing.T) {
	st := newSite(t)
	body := st.as(t, schema.RoleAnalyst).get("/").body
	for id, want := range map[string][]string{
		"kpi-interactions":    {"1,284,310", "+18.2% from 1,086,548", "unknown for 12 posts", "measured"},
		"kpi-engagement_rate": {"2.41%", "−0.3 pt from 2.71%", "unknown for 40 posts"},
		"kpi-followers":       {"8,412,077", "+61,204 in the period", "unknown for 3 accounts"},
		"kpi-posts":           {"1,432", "−4.6% from 1,501", "1,200,300 reactions · 84,010 comments"},
		"daily":               {"2 May stands out: one post by Health Department brought 39% of that day.", "History begins on 3 Jan 2021", "As of 28 May 11:40"},
		"departments":         {"Health leads with 29% of what is known. Of 2 departments nothing is known.", "Show 10 more departments"},
		"accounts":            {"30 of 30 accounts posted in this period."},
	} {
		got := text(part(t, body, id))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in %q", id, w, got)
			}
		}
	}
	if want := "1–28 May 2026, Pakistan time · as of 28 May 11:40 · 23 of 25 accounts reported"; !strings.Contains(text(body), want) {
		t.Errorf("no %q", want)
	}
	if !strings.Contains(text(body), "1 account is no longer connected") {
		t.Error("no notice of the account to reconnect")
	}
	if body := st.as(t, schema.RoleReader).get("/").body; strings.Contains(body, "no longer connected") {
		t.Error("a reader, who can do nothing about it, is told to reconnect")
	}
}

// The exact text of the page in both languages; read the difference in review.
func TestOverviewGolden(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	for _, lang := range []string{"en", "ur"} {
		a := b.get("/?period=28d", "Accept-Language", lang)
		_, body, _ := strings.Cut(a.body, "<main")
		body = regexp.MustCompile(`(?s)<script.*?</script>`).ReplaceAllString(body, "")
		body = regexp.MustCompile(`</(p|h1|h2|td|th|li|summary|small|option|label|legend|div|a)>`).ReplaceAllString(body, "$0\n")
		var lines []string
		for line := range strings.SplitSeq(body, "\n") {
			if s := text(line); s != "" {
				lines = append(lines, s)
			}
		}
		got, file := strings.Join(lines, "\n")+"\n", "testdata/overview."+lang+".txt"
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
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

func TestPeriods(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	for _, tt := range []struct{ query, want string }{
		{"", "2026-05-01 to 2026-05-28"}, {"?period=28d", "2026-05-01 to 2026-05-28"}, {"?period=today", "2026-05-28 to 2026-05-28"},
		{"?period=7d", "2026-05-22 to 2026-05-28"}, {"?period=month", "2026-05-01 to 2026-05-28"}, {"?period=last-month", "2026-04-01 to 2026-04-30"},
		{"?period=90d", "2026-02-28 to 2026-05-28"}, {"?period=year", "2026-01-01 to 2026-05-28"}, {"?from=2026-02-01&to=2026-02-28", "2026-02-01 to 2026-02-28"},
		{"?from=2026-02-01&to=2026-02-01", "2026-02-01 to 2026-02-01"},
	} {
		if a := b.get("/" + tt.query); a.StatusCode != 200 {
			t.Errorf("%s: status %d", tt.query, a.StatusCode)
		}
		if got := st.stats.periods[len(st.stats.periods)-1]; got.String() != tt.want || got.From.Location() != karachi {
			t.Errorf("%s: asked for %s, want %s", tt.query, got, tt.want)
		}
	}
	// Half past midnight in Pakistan is still yesterday in UTC.
	st.clock = time.Date(2026, 5, 31, 19, 30, 0, 0, time.UTC)
	b.get("/?period=today")
	if got := st.stats.periods[len(st.stats.periods)-1].String(); got != "2026-06-01 to 2026-06-01" {
		t.Errorf("today at 00:30 in Pakistan: %s", got)
	}
}

func TestBadChoices(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	for _, tt := range []struct {
		query, sentence string
		kept            []string
	}{
		{"?from=2026-13-45&to=2026-05-01", "The first day is not a date", []string{`type="text" dir="ltr" required value="2026-13-45"`, `type="date" dir="ltr" required value="2026-05-01"`}},
		{"?from=2026-05-01&to=soon", "The last day is not a date", []string{`value="soon"`}},
		{"?from=2026-05-10&to=2026-05-01", "The last day lies before the first", []string{`value="2026-05-10"`, `value="2026-05-01"`}},
		{"?from=2026-05-10", "Give both days", []string{`value="2026-05-10"`}},
		{"?from=1990-01-01&to=2026-05-01", "ten years at most", nil},
		{"?period=fortnight", "This period is not known", nil},
		{"?view=x", "This view is not known", nil},
		{"?department=d99", "There is no department “d99”", nil},
		{"?platform=myspace", "There is no platform “myspace”", nil},
	} {
		a := b.get("/" + tt.query)
		if a.StatusCode != 400 || !strings.Contains(text(a.body), tt.sentence) {
			t.Errorf("%s: status %d, want 400 and %q", tt.query, a.StatusCode, tt.sentence)
		}
		for _, k := range tt.kept {
			if !strings.Contains(a.body, k) {
				t.Errorf("%s: what was typed is not kept: %s", tt.query, k)
			}
		}
		if !strings.Contains(a.body, "1,284,310") {
			t.Errorf("%s: the rest of the page is missing", tt.query)
		}
	}
}

func TestFiltersStayInAddress(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/?view=activity&department=d02&platform=instagram&period=7d")
	if want := (analytics.Filter{Departments: []schema.DepartmentID{"d02"}, Platforms: []schema.Platform{"instagram"}}); !cmp.Equal(st.stats.asked[len(st.stats.asked)-1], want) {
		t.Errorf("asked for %v", st.stats.asked[len(st.stats.asked)-1])
	}
	if st.stats.views[len(st.stats.views)-1] != analytics.ViewActivity {
		t.Error("the view was not asked for")
	}
	body := html.UnescapeString(a.body)
	for _, want := range []string{
		`href="/?department=d02&period=90d&platform=instagram&view=activity"`, `href="/?department=d02&period=7d&platform=instagram"`,
		`href="/overview.csv?department=d02&period=7d&platform=instagram&table=days&view=activity"`, `href="/?period=7d&view=activity"`,
		`<option value="d02" selected>School Education`, `School Education · Instagram`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestOwnDepartment(t *testing.T) {
	st := newSite(t)
	for _, role := range []schema.Role{schema.RoleDepartmentHead, schema.RoleOfficer} {
		b := st.as(t, role)
		body := b.get("/").body
		if got := part(t, body, "accounts"); !strings.Contains(got, "@balochistan.health.1") || strings.Contains(got, "@balochistan.school.1") {
			t.Errorf("%s sees other accounts, or not the own: %s", role, text(got))
		}
		if got := part(t, body, "departments"); !strings.Contains(got, "School Education") {
			t.Errorf("%s does not see the others in comparison", role)
		}
		if got := text(part(t, b.get("/?department=d02").body, "accounts")); !strings.Contains(got, "You see the accounts of your own department.") || strings.Contains(got, "school") {
			t.Errorf("%s with another department's filter: %s", role, got)
		}
		if got := b.get("/overview.csv?table=accounts").body; strings.Contains(got, "d02-") || !strings.Contains(got, "d01-a") {
			t.Errorf("%s: the CSV has other accounts", role)
		}
	}
	for i := range st.people.people {
		st.people.people[i].Department = ""
	}
	if got := text(part(t, st.as(t, schema.RoleOfficer).get("/").body, "accounts")); !strings.Contains(got, "No department is assigned to you") || strings.Contains(got, "@") {
		t.Errorf("officer without department: %s", got)
	}
}

func TestOverviewStates(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	full := st.stats.overview

	st.stats.overview = analytics.Overview{Total: 25}
	a := b.get("/")
	if got := text(a.body); a.StatusCode != 200 || !strings.Contains(got, "No figures yet") || !strings.Contains(got, "no reading yet of 25 accounts") || !strings.Contains(a.body, `data-poll="4"`) {
		t.Errorf("empty: %d %s", a.StatusCode, got)
	}
	if strings.Contains(a.body, "<script defer src=\"/assets/echarts") {
		t.Error("the empty page loads the chart script")
	}

	st.stats.err = errors.New("clickhouse: code 241: memory limit")
	a = b.get("/")
	if got := text(a.body); a.StatusCode != 503 || !strings.Contains(got, "The figures could not be read") || !strings.Contains(got, "28 days") || strings.Contains(got, "clickhouse") {
		t.Errorf("failed: %d %s", a.StatusCode, got)
	}
	if !strings.Contains(st.log.String(), "memory limit") || !strings.Contains(st.log.String(), a.Header.Get("X-Request-Id")) {
		t.Error("the cause is not in the log")
	}
	if a := b.get("/", "X-Part", "live"); a.StatusCode != 503 || a.body != "" {
		t.Errorf("failed poll: %d %q", a.StatusCode, a.body)
	}
	st.stats.err = nil

	// Nothing known, nothing before, nothing at all.
	o := full
	o.Headline = analytics.Figures{Interactions: fig(f(5), f(0), 0), Posts: fig(f(0), f(0), 0), Followers: fig(nil, nil, 2)}
	o.Departments, o.Accounts = nil, nil
	st.stats.overview = o
	body := b.get("/").body
	for id, want := range map[string]string{
		"kpi-interactions": "5new: there was nothing before", "kpi-posts": "0none before either",
		"kpi-followers": "–", "kpi-engagement_rate": "period before: –", "departments": "No department matches the filter.", "accounts": "0 of 0 accounts",
	} {
		if got := text(part(t, body, id)); !strings.Contains(strings.ReplaceAll(got, " new", "new"), want) && !strings.Contains(got, strings.Replace(want, "0none", "0 none", 1)) {
			t.Errorf("%s: no %q in %q", id, want, got)
		}
	}
	// Activity: the rate belongs to the other view, and what was carried in is said.
	o.Headline.Interactions.Carried = f(12345)
	st.stats.overview = o
	body = b.get("/?view=activity").body
	if got := text(part(t, body, "kpi-interactions")); !strings.Contains(got, "12,345 more came with first readings") {
		t.Errorf("carried: %s", got)
	}
	if got := text(part(t, body, "kpi-engagement_rate")); !strings.Contains(got, "only for the posts of the period") {
		t.Errorf("rate in activity: %s", got)
	}
	if got := text(part(t, body, "daily")); !strings.Contains(got, "no reading on 2 days (shaded)") {
		t.Errorf("gaps: %s", got)
	}
}

func TestPoll(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	for _, path := range []string{"/", "/collection/table"} {
		a := b.get(path, "X-Part", "live")
		version := a.Header.Get("X-Version")
		if a.StatusCode != 200 || version == "" || strings.Contains(a.body, "<html") || !strings.Contains(a.body, `id="status"`) {
			t.Fatalf("poll of %s: %d\n%s", path, a.StatusCode, a.body)
		}
		if again := b.get(path, "X-Part", "live", "X-Version", version); again.StatusCode != 204 || again.body != "" {
			t.Errorf("poll of %s, nothing new: %d", path, again.StatusCode)
		}
		st.stats.overview.Headline.Posts.Value = f(1433)
		st.stats.collection.Posts++
		if again := b.get(path, "X-Part", "live", "X-Version", version); again.StatusCode != 200 {
			t.Errorf("poll of %s, something new: %d", path, again.StatusCode)
		}
	}
}

const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`

func TestNothingIsInjected(t *testing.T) {
	st := newSite(t)
	o := st.stats.overview
	for i := range o.Departments {
		o.Departments[i].NameEn, o.Departments[i].NameUr = evil, evil
	}
	for i := range o.Accounts {
		o.Accounts[i].NameEn, o.Accounts[i].Handle, o.Accounts[i].Platform = evil, evil, schema.Platform(evil)
	}
	o.Days[1].Top = &analytics.TopPost{Account: evil, Text: evil, Permalink: "javascript:alert(3)", Share: 0.5}
	st.stats.departments[0].NameEn, st.stats.departments[0].ID = evil, evil
	for i := range st.stats.collection.Accounts {
		a := &st.stats.collection.Accounts[i]
		a.Name, a.Handle, a.Error, a.Department, a.AccountID, a.Outcome = evil, evil, evil, evil, evil, evil
	}
	for i := range st.people.people {
		st.people.people[i].Name = evil
	}
	q := "?department=" + "%3Cscript%3Ealert(1)%3C/script%3E%22%27%3E%3Cimg%20src=x%20onerror=alert(2)%3E"
	for _, lang := range []string{"en", "ur"} {
		b := st.as(t, schema.RoleAnalyst)
		for _, path := range []string{"/", "/" + q, "/?from=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&to=%22%3E%3Cimg%20src=x%20onerror=alert(2)%3E",
			"/collection", "/collection?asked=%3Cscript%3Ealert(1)", "/nothing%3Cscript%3Ealert(1)%3C/script%3E"} {
			a := b.get(path, "Accept-Language", lang)
			for _, bad := range []string{"<script>alert", "<img", "javascript:alert"} {
				if strings.Contains(a.body, bad) {
					i := strings.Index(a.body, bad)
					t.Errorf("%s in %s: …%s…", path, lang, a.body[max(0, i-120):min(len(a.body), i+60)])
				}
			}
		}
		a := st.browser(t).get("/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "Accept-Language", lang)
		if strings.Contains(a.body, "<script>alert") {
			t.Error("sign-in: next is injected")
		}
	}
}

func TestCSV(t *testing.T) {
	st := newSite(t)
	o := &st.stats.overview
	o.Accounts[0].NameEn, o.Accounts[0].Handle = `=HYPERLINK("http://evil.example","x")`, "@SUM(A1)"
	o.Accounts[1].NameEn = "\t=1+1"
	o.Days[1].Top.Text = "-2+3\nsecond line"
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/overview.csv?table=accounts&period=last-month")
	if got := a.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/csv; charset=utf-8") {
		t.Errorf("content type %q", got)
	}
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="hamawaz-accounts-2026-04-01-2026-04-30.csv"` {
		t.Errorf("disposition %q", got)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"Key", "Name", "Platform", "Handle", "Interactions", "Interactions, period before", "Change", "Posts", "Reactions", "Comments", "Engagement rate", "Followers", "Followers gained", "Posts not known", "First day", "Last day", "Time zone", "View", "As of"},
		{"d01-a", `'=HYPERLINK("http://evil.example","x")`, "instagram", "'@SUM(A1)", "420000", "378000", "0.1111111111111111", "140", "", "", "0.031", "1900000", "", "0", "2026-04-01", "2026-04-30", "Asia/Karachi", "life", "2026-05-28T11:40:00+05:00"},
	}
	if d := cmp.Diff(want, rows[:2]); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if rows[2][1] != "'\t=1+1" {
		t.Errorf("name after a tab: %q", rows[2][1])
	}
	days, err := csv.NewReader(strings.NewReader(b.get("/overview.csv", "Accept-Language", "ur").body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(days) != 29 || days[0][0] != "دن" || days[2][5] != "'-2+3\nsecond line" || days[13][1] != "" {
		t.Errorf("days: %d rows, %q", len(days), days[:3])
	}
	for in, want := range map[string]string{"+92": "'+92", " =1": "' =1", "\u202f": "\u202f", "محکمہ": "محکمہ", "": "", "a=b": "a=b", "\r=1": "'\r=1", "＝1": "'＝1"} {
		if got := safeCell(in); got != want {
			t.Errorf("safeCell(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestSayDays(t *testing.T) {
	p := i18n.New("en", karachi)
	days := func(values ...float64) []analytics.Day {
		var list []analytics.Day
		for i, v := range values {
			d := analytics.Day{Day: time.Date(2026, 5, i+1, 0, 0, 0, 0, karachi), Value: f(v)}
			if v < 0 {
				d.Value = nil
			}
			list = append(list, d)
		}
		return list
	}
	top := days(10, 50, 11, 10, 12, 10, 9)
	top[1].Top = &analytics.TopPost{Account: "Health", Share: 0.39}
	small := days(10, 50, 11, 10, 12, 10, 9)
	small[1].Top = &analytics.TopPost{Account: "Health", Share: 0.1}
	for _, tt := range []struct {
		days []analytics.Day
		want string
	}{
		{nil, "No interactions are known in this period."},
		{days(-1, -1), "No interactions are known in this period."},
		{days(0, 0, 0, 0, 0, 0, 0), "There were no interactions in this period."},
		{days(5, 9, -1), "Only 2 days are known, 2 May the highest with 9: too few to say what stands out."},
		{days(5), "Only 1 day is known, 1 May with 5: too little to say what stands out."},
		{days(10, 12, 11, 13, 12, 10, 19), "No day stands out: all lie between 10 and 19."},
		{days(1, 1, 1, 1, 1, 1, 9), "No day stands out: all lie between 1 and 9."}, // too small to speak of
		{top, "2 May stands out: one post by Health brought 39% of that day."},
		{small, "2 May stands out with 5.0 times a usual day; no single post explains it."},
		{days(0, 0, 0, 0, 0, 0, 40), "7 May stands out with 40; most days have none."},
	} {
		s, _ := sayDays(p, analytics.Overview{Days: tt.days})
		if got := s.text(p); got != tt.want {
			t.Errorf("sayDays: got %q, want %q", got, tt.want)
		}
	}
}

func TestDayChart(t *testing.T) {
	o := sampleOverview(3)
	o.View = analytics.ViewActivity
	for lang, side := range map[string]string{"en": "left", "ur": "right"} {
		ch, err := dayChart(i18n.New(lang, karachi), o, "say", noon)
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			XAxis []struct {
				Data        []string
				BoundaryGap bool
			}
			YAxis   []struct{ Position string }
			Tooltip struct{ RenderMode string }
			Aria    struct {
				Enabled bool
				Label   struct{ Description string }
			}
			Series []struct {
				Data      []struct{ Value any }
				LineStyle struct{ Type, Color string }
				MarkArea  struct{ Data [][]struct{ XAxis int } }
			}
		}
		if err := json.Unmarshal([]byte(ch.Options), &m); err != nil {
			t.Fatal(err)
		}
		if m.YAxis[0].Position != side || m.Tooltip.RenderMode != "richText" || !m.Aria.Enabled || m.Aria.Label.Description != "say" {
			t.Errorf("%s: %+v", lang, m)
		}
		if m.Series[0].LineStyle.Type != "dashed" || m.Series[1].LineStyle.Color != "var(--accent)" {
			t.Errorf("%s: line styles %+v", lang, m.Series)
		}
		if v := m.Series[1].Data[1].Value; v != 98000.0 {
			t.Errorf("2 May: got %v", v)
		}
		if v := m.Series[1].Data[12].Value; v != "-" {
			t.Errorf("a day without reading: got %v, want no value", v)
		}
		if area := m.Series[1].MarkArea.Data; len(area) != 1 || area[0][0].XAxis != 11 || area[0][1].XAxis != 14 {
			t.Errorf("shaded: %v, want from 12 to 15 May", area)
		}
		if strings.Contains(string(ch.Options), "#") || strings.Contains(string(ch.Options), "function") {
			t.Error("options hold a colour or a function instead of a name")
		}
	}
	o.Days = o.Days[:2]
	if ch, err := dayChart(i18n.New("en", karachi), o, "", noon); err != nil || !strings.Contains(string(ch.Options), `"type":"bar"`) {
		t.Errorf("two days are no bars: %v %s", err, ch.Options)
	}
	// A name that breaks out of the script element must not.
	ch, _ := dayChart(i18n.New("en", karachi), o, "</script><script>alert(1)", noon)
	if strings.Contains(string(ch.Options), "</script") {
		t.Error("options end the script element")
	}
}

func TestCollectionPage(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	body := b.get("/collection").body
	got := text(body)
	for _, want := range []string{
		"3 accounts need somebody to act", "15,230", "612,044", "288", "7 did not end well",
		"Authorisation ended", "Ask the owner to authorise Hamawaz again.", "Waiting for the platform", "goes on by itself on 28 May 12:14",
		"Being collected now", "owner’s authorisation", "Not collected yet", "Account not found", "Request not accepted", "Passing trouble", "Interrupted",
		"4 min ago", "28 May 11:56", "next in 12 min", "56% of quota left", "quota not told", "not yet",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	// Who needs somebody comes first.
	var order []string
	for _, m := range regexp.MustCompile(`<span class="state (\w+)">`).FindAllStringSubmatch(body, -1) {
		order = append(order, m[1])
	}
	if want := []string{"act", "act", "act", "wait", "wait", "none", "ok", "ok", "wait", "run"}; !slices.Equal(order, want) {
		t.Errorf("order: got %v, want %v", order, want)
	}
	if strings.Contains(body, "style=") {
		t.Error("inline style")
	}
	if got := text(b.get("/collection?asked=acc-3").body); !strings.Contains(got, "Information Balochistan is to be collected now") {
		t.Error("no answer to collecting now")
	}
	if got := text(b.get("/collection?asked=nobody").body); strings.Contains(got, "is to be collected now") {
		t.Error("an account that does not exist is said to be collected")
	}

	st.stats.collection = analytics.Collection{}
	if got := text(b.get("/collection").body); !strings.Contains(got, "No account is registered yet") {
		t.Errorf("empty: %s", got)
	}
	st.stats.err = errors.New("down")
	if a := b.get("/collection"); a.StatusCode != 503 {
		t.Errorf("failed: %d", a.StatusCode)
	}
}

func TestCollectNow(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAdministrator)
	token := b.token("/collection")
	form := map[string][]string{"token": {token}}
	if a := b.post("/collection/acc-3/collect", form); a.StatusCode != 303 || a.Header.Get("Location") != "/collection?asked=acc-3" {
		t.Errorf("collect now: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := b.post("/collection/acc-99/collect", form); a.StatusCode != 404 {
		t.Errorf("unknown account: %d", a.StatusCode)
	}
	st.queue.err = errors.New("queue full")
	if a := b.post("/collection/acc-4/collect", form); a.StatusCode != 503 {
		t.Errorf("queue down: %d", a.StatusCode)
	}
	if got := st.people.entries(); !slices.Contains(got, "account.collect acc-3") {
		t.Errorf("audit log: %v", got)
	}
}
