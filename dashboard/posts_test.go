package dashboard

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"html"
	"math"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

var postTexts = []string{
	"Polio campaign, round 3\nbegins on Monday in all districts; teams come to every house.",
	"محکمہ صحت: پولیو مہم کا تیسرا مرحلہ پیر سے شروع ہو گا، ٹیمیں ہر گھر آئیں گی (03-333 444)۔",
	"", "کوئٹہ: Wazir-e-Sehat کا Civil Hospital کا دورہ 🏥 https://health.example.pk/news/2026/05/18",
	"A text that goes on " + strings.Repeat("and on ", 60),
}

// samplePosts is n posts, every second one of department d01, the others of
// d02. Every seventh hides its likes. Number 8 is a quote, 9 a repost and 10 a
// joint post.
func samplePosts(n int) []analytics.PostRow {
	rows := make([]analytics.PostRow, n)
	for i := range rows {
		d := i % 2
		r := analytics.PostRow{
			Account: schema.AccountID(fmt.Sprintf("d%02d-a", d+1)), AccountName: departmentNames[d][0] + " Balochistan", Handle: fmt.Sprintf("balochistan.%d", d),
			Platform: platforms[i%3], Department: schema.DepartmentID(fmt.Sprintf("d%02d", d+1)), DepartmentEn: departmentNames[d][0], DepartmentUr: departmentNames[d][1],
			PostID: fmt.Sprintf("C7x_%03d", i), Format: append(slices.Clone(formats), "")[i%(len(formats)+1)],
			PostDetails: analytics.PostDetails{Text: postTexts[i%len(postTexts)], Permalink: fmt.Sprintf("https://social.example/p/C7x_%03d", i)}, PublishedAt: noon.Add(-time.Duration(i*7+3) * time.Hour),
			Reactions: f(float64(98200 / (i + 1))), Comments: f(float64(40 * (i % 9))), Views: f(float64(1200300 / (i + 1))), ReadAt: tm(noon.Add(-20 * time.Minute)),
			Audience: f(84120), Expected: f(820.5), Compared: 87,
		}
		if i%7 == 6 {
			r.Reactions = nil
		} else {
			r.Interactions = f(*r.Reactions + *r.Comments)
			r.Rate, r.Score = f(*r.Interactions / *r.Audience), f(*r.Interactions / *r.Expected)
		}
		if i%3 == 2 {
			r.Reach, r.Saves = f(float64(40000/(i+1))), f(float64(i))
			r.Expected, r.Score, r.Compared = nil, nil, 7
		}
		if i == 5 {
			r.DeletedAt = tm(noon.Add(-time.Hour))
		}
		switch i {
		case 0:
			r.Seconds, r.Captions, r.Paid = new(int64(187)), new(true), new(false)
		case 1:
			r.AltText, r.Paid = sp("A boat & its crew"), new(true)
		case 2:
			r.DeletedAt, r.Absence = tm(noon.Add(-time.Hour)), schema.AbsencePrivate
		case 8:
			r.Relation = schema.RelationQuote
		case 9, 10: // counted for another account: without figures
			r = analytics.PostRow{
				Account: r.Account, AccountName: r.AccountName, Handle: r.Handle, Platform: r.Platform, Department: r.Department, DepartmentEn: r.DepartmentEn,
				DepartmentUr: r.DepartmentUr, PostID: r.PostID, Format: r.Format, PublishedAt: r.PublishedAt, PostDetails: r.PostDetails,
				Relation: []schema.Relation{schema.RelationRepost, schema.RelationJoint}[i-9],
			}
		}
		rows[i] = r
	}
	return rows
}

// samplePost is a post read each hour on its first day but for a gap, then
// every six hours, with insights once, and edited once.
func samplePost() analytics.Post {
	published := time.Date(2026, 5, 24, 9, 30, 0, 0, karachi)
	p := analytics.Post{PostRow: samplePosts(1)[0], Hashtags: []string{"polio"}, Links: []string{"https://health.example.pk/polio", "javascript:alert(1)"},
		RawAnswers: 212, FirstSeen: published.Add(20 * time.Minute), LastSeen: noon.Add(-20 * time.Minute)}
	p.AltText = sp("A child is given drops by a vaccinator")
	p.PublishedAt, p.PostID, p.Format, p.Platform = published, "C7x_000", schema.FormatReel, schema.Instagram
	n := func(v float64) *int64 { i := int64(v); return &i }
	for age := time.Hour / 2; published.Add(age).Before(noon); {
		at := published.Add(age)
		grown := 1 - math.Exp(-age.Hours()/20)
		if age < 6*time.Hour || age > 11*time.Hour {
			r := analytics.Reading{At: at, Call: "media", Reactions: n(1270 * grown), Comments: n(40 * grown)}
			r.Interactions = n(float64(*r.Reactions + *r.Comments))
			p.Readings = append(p.Readings, r)
			p.Usual = append(p.Usual, analytics.Usual{Age: age, Expected: f(830 * (1 - math.Exp(-age.Hours()/24))), Compared: 87})
		}
		age += time.Hour
		if age > 24*time.Hour {
			p.Readings = append(p.Readings, analytics.Reading{At: at, Call: "insights", Reach: n(9800 * grown), Saves: n(33 * grown), Views: n(15400 * grown)})
			age += 5 * time.Hour
		}
	}
	last := p.Readings[len(p.Readings)-2]
	insights := p.Readings[len(p.Readings)-1]
	p.Reactions, p.Comments, p.Interactions = last.Figure("reactions"), last.Figure("comments"), last.Figure("interactions")
	p.Views, p.Reach, p.Saves = insights.Figure("views"), insights.Figure("reach"), insights.Figure("saves")
	p.ReadAt, p.InteractionsAt = &last.At, &last.At
	p.Audience, p.Expected, p.Compared = f(84120), f(800), 87
	p.Interactions = f(1250)
	p.Rate, p.Score = f(1250.0/84120), f(1250.0/800)
	p.Versions = []analytics.PostVersion{
		{Text: "Polio campaign, round 2\nbegins on Monday.", FirstSeen: published.Add(20 * time.Minute), LastSeen: published.Add(3 * time.Hour)},
		{Text: "Polio campaign, round 3\nbegins on Monday in all districts.", FirstSeen: published.Add(4 * time.Hour), LastSeen: noon.Add(-20 * time.Minute)},
	}
	p.Text = p.Versions[1].Text
	return p
}

func sp(s string) *string { return &s }

func withPosts(st *site) {
	st.stats.posts, st.stats.post = samplePosts(120), samplePost()
	for i := range 2 {
		st.stats.accounts = append(st.stats.accounts, schema.Account{ID: schema.AccountID(fmt.Sprintf("d%02d-a", i+1)), Name: departmentNames[i][0] + " Balochistan",
			Department: schema.DepartmentID(fmt.Sprintf("d%02d", i+1)), Platform: schema.Instagram, Handle: fmt.Sprintf("balochistan.%d", i), Status: schema.StatusApproved})
	}
}

func lastAsked(st *site) analytics.PostsQuestion {
	return st.stats.postsAsked[len(st.stats.postsAsked)-1]
}

func TestPostsTable(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/posts")
	got := text(a.body)
	for _, want := range []string{
		"1–28 May 2026, Pakistan time · 120 posts", "Posts 1–50 of 120", "by Published, newest first",
		"Polio campaign, round 3 …", "Without text", "format not told", "deleted", "98,200", "As of 28 May 11:40", "Next page",
		// 98200 + 0 of 84,120; ÷ 820.5
		"116.74%", "119.7×",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the table", want)
		}
	}
	if strings.Contains(a.body, "<img") || a.StatusCode != 200 {
		t.Errorf("status %d, or a picture of the platform", a.StatusCode)
	}
	if q := lastAsked(st); q.Limit != 50 || q.Offset != 0 || q.Sort != "published" || q.Ascending {
		t.Errorf("asked for %+v", q)
	}
	if n := strings.Count(a.body, `href="/accounts/d0`); n != 50 {
		t.Errorf("%d links to posts, want 50", n)
	}

	a = b.get("/posts?q=%20%D8%B5%D8%AD%D8%AA&account=d01-a&format=video&unknown=reach&sort=comments&order=asc&page=2&view=activity&platform=instagram&department=d01&period=90d")
	want := analytics.PostsQuestion{
		Selection: analytics.Selection{View: analytics.ViewActivity, Filter: analytics.Filter{Departments: []schema.DepartmentID{"d01"}, Platforms: []schema.Platform{"instagram"}}},
		Account:   "d01-a", Format: "video", Search: "صحت", Unknown: "reach", Sort: "comments", Ascending: true, Limit: 50, Offset: 50,
	}
	q := lastAsked(st)
	q.Period, q.Before, q.Metric = analytics.Period{}, analytics.Period{}, ""
	if d := cmp.Diff(want, q); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
	body := html.UnescapeString(a.body)
	base := "account=d01-a&department=d01&format=video&order=asc"
	rest := "&period=90d&platform=instagram&q=%D8%B5%D8%AD%D8%AA&sort=comments&unknown=reach&view=activity"
	for _, want := range []string{
		`href="/posts?` + base + rest + `"`,                                               // the first page
		`href="/posts.csv?` + base + rest + `"`, `href="/posts.xlsx?` + base + rest + `"`, // all pages
		`href="/posts?` + strings.Replace(base+rest, "&order=asc", "", 1) + `"`,    // turned around
		`href="/posts?department=d01&period=90d&platform=instagram&view=activity"`, // cleared
		`<input type="hidden" name="department" value="d01">`, `aria-sort="ascending"`, `value="صحت"`,
		`<option value="d01-a" selected>`, `<option value="video" selected>`, `<option value="reach" selected>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	// Figures of whole lives are none of days.
	if strings.Contains(body, `name="sort">`) && strings.Contains(body, `value="performance_score"`) {
		t.Error("activity offers the score")
	}
	if b.get("/posts?view=activity&sort=performance_score"); lastAsked(st).Sort != "interactions" {
		t.Errorf("activity sorted by %s", lastAsked(st).Sort)
	}
}

func TestPostsBadChoices(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	for query, want := range map[string]string{
		"sort=likes": "Posts cannot be sorted by this", "order=up": "This order is not known", "format=gif": "This format is not known",
		"account=none": "This account is not known", "unknown=published": "Posts have no such figure", "page=0": "This page is not known",
		"page=99999999999999999999": "This page is not known", "q=" + strings.Repeat("a", 201): "too long", "department=d99": "There is no department",
	} {
		a := b.get("/posts?" + query)
		if got := text(a.body); a.StatusCode != 400 || !strings.Contains(got, want) || !strings.Contains(got, "Posts 1–50 of 120") {
			t.Errorf("%s: status %d, want 400, %q and the table", query, a.StatusCode, want)
		}
		if a := b.get("/posts.csv?" + query); a.StatusCode != 400 && !strings.HasPrefix(query, "page") {
			t.Errorf("CSV with %s: status %d, want 400", query, a.StatusCode)
		}
	}
	for query, want := range map[string]string{
		"page=9": "There are only 120 posts", "account=d02-a&department=d01": "No post of the period matches",
	} {
		if a := b.get("/posts?" + query); a.StatusCode != 200 || !strings.Contains(text(a.body), want) {
			t.Errorf("%s: status %d, no %q", query, a.StatusCode, want)
		}
	}
	st.stats.posts = nil
	if got := text(b.get("/posts").body); !strings.Contains(got, "No post was published in this period") {
		t.Errorf("empty: %s", got)
	}
	if got := text(b.get("/posts?view=activity").body); !strings.Contains(got, "No post was read in this period") {
		t.Errorf("empty, activity: %s", got)
	}
	st.stats.err = errors.New("clickhouse: code 241")
	for _, path := range []string{"/posts", "/posts.csv", "/posts.xlsx", "/accounts/d01-a/posts/C7x_000"} {
		a := b.get(path)
		if a.StatusCode != 503 || !strings.Contains(a.body, a.Header.Get("X-Request-Id")) || strings.Contains(a.body, "clickhouse") {
			t.Errorf("%s, store down: %d", path, a.StatusCode)
		}
	}
}

func TestPostsOwnDepartment(t *testing.T) {
	st := newSite(t, withPosts)
	for _, role := range []schema.Role{schema.RoleDepartmentHead, schema.RoleOfficer} {
		b := st.as(t, role)
		for _, path := range []string{"/posts", "/posts.csv"} {
			a := b.get(path)
			if a.StatusCode != 200 || strings.Contains(a.body, "C7x_001") || !strings.Contains(a.body, "C7x_002") {
				t.Errorf("%s sees posts of others at %s, or not the own: %d", role, path, a.StatusCode)
			}
		}
		if a := b.get("/posts"); !strings.Contains(a.body, "You see the posts of your own department") || strings.Contains(a.body, `value="d02-a"`) {
			t.Errorf("%s: not told, or offered the accounts of others", role)
		}
		for _, path := range []string{"/posts?department=d02", "/posts?account=d02-a", "/posts.csv?department=d02"} {
			if a := b.get(path); a.StatusCode != 200 || strings.Contains(a.body, "C7x_0") {
				t.Errorf("%s at %s: %d, or a post", role, path, a.StatusCode)
			}
		}
		for _, path := range []string{"/accounts/d01-a/posts/C7x_000", "/accounts/d01-a/posts/C7x_000/post.csv"} {
			st.stats.post.Department = "d01"
			if a := b.get(path); a.StatusCode != 200 {
				t.Errorf("%s at the own %s: %d", role, path, a.StatusCode)
			}
			st.stats.post.Department = "d02"
			if a := b.get(path); a.StatusCode != 403 || strings.Contains(a.body, "Polio") {
				t.Errorf("%s at another's %s: %d, want 403", role, path, a.StatusCode)
			}
		}
	}
	if a := st.as(t, schema.RoleReader).get("/accounts/d01-a/posts/none"); a.StatusCode != 404 {
		t.Errorf("no such post: %d, want 404", a.StatusCode)
	}
	for i := range st.people.people {
		st.people.people[i].Department = ""
	}
	if got := text(st.as(t, schema.RoleOfficer).get("/posts").body); !strings.Contains(got, "No department is assigned to you") || strings.Contains(got, "Polio") {
		t.Errorf("officer without department: %s", got)
	}
}

func TestPostsFiles(t *testing.T) {
	st := newSite(t, withPosts)
	st.stats.posts[0].Text, st.stats.posts[0].AccountName = "=cmd|' /C calc'!A0\nsecond line", "@SUM(A1)"
	b := st.as(t, schema.RoleAnalyst)
	a := b.get("/posts.csv?sort=interactions")
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="hamawaz-posts-2026-05-01-2026-05-28.csv"` {
		t.Errorf("disposition %q", got)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) != 121 {
		t.Fatalf("%d rows, %v; want 121", len(rows), err)
	}
	want := [][]string{
		{"Published", "Department", "Account", "Handle", "Platform", "Format", "Text", "Link", "Key", "Deleted",
			"Reactions", "Comments", "Shares", "Interactions", "Views", "Reach", "Saves", "Clicks", "Engagement rate", "Performance score",
			"Followers when published", "Usual interactions at this age", "Posts compared", "Read at", "First day", "Last day", "Time zone", "View",
			"Relation", "Counted here", "Why it is absent", "Length in seconds", "Captions", "Description of the picture", "Advertising"},
		{"2026-05-28T09:00:00+05:00", "Health", "'@SUM(A1)", "balochistan.0", "x", "image", "'=cmd|' /C calc'!A0\nsecond line", "https://social.example/p/C7x_000", "C7x_000", "",
			"98200", "0", "", "98200", "1200300", "", "", "", "1.1673799334284356", "119.68312004875077",
			"84120", "820.5", "87", "2026-05-28T11:40:00+05:00", "2026-05-01", "2026-05-28", "Asia/Karachi", "life",
			"", "yes", "", "187", "yes", "", "no"},
	}
	if d := cmp.Diff(want, rows[:2]); d != "" {
		t.Errorf("CSV (-want +got):\n%s", d)
	}
	if rows[7][10] != "" || rows[7][13] != "" || rows[7][18] != "" {
		t.Errorf("unknown figures are %q, want empty", rows[7])
	}

	// The sheet has the same rows, numbers as numbers.
	for _, lang := range []string{"en", "ur"} {
		rows := rows
		if lang == "ur" {
			if rows, err = csv.NewReader(strings.NewReader(b.get("/posts.csv", "Accept-Language", lang).body)).ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
		x := b.get("/posts.xlsx", "Accept-Language", lang)
		book, err := excelize.OpenReader(bytes.NewReader([]byte(x.body)))
		if err != nil {
			t.Fatalf("sheet: status %d, %v", x.StatusCode, err)
		}
		sheet, err := book.GetRows("Sheet1", excelize.Options{RawCellValue: true})
		if err != nil || len(sheet) != len(rows) {
			t.Fatalf("sheet: %d rows, %v", len(sheet), err)
		}
		for i := range rows {
			for len(sheet[i]) < len(rows[i]) { // empty cells at the end are not read
				sheet[i] = append(sheet[i], "")
			}
			if d := cmp.Diff(rows[i], sheet[i], sameNumbers); d != "" {
				t.Fatalf("row %d of the sheet (-CSV +sheet):\n%s", i, d)
			}
		}
		if kind, err := book.GetCellType("Sheet1", "K2"); err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
			t.Errorf("a number's cell is of type %v, %v", kind, err)
		}
		if formula, err := book.GetCellFormula("Sheet1", "G2"); err != nil || formula != "" {
			t.Errorf("a formula %q, %v", formula, err)
		}
		view, err := book.GetSheetView("Sheet1", 0)
		if err != nil || (view.RightToLeft != nil && *view.RightToLeft) != (lang == "ur") {
			t.Errorf("%s: right to left %v, %v", lang, view.RightToLeft, err)
		}
	}

	rows, err = csv.NewReader(strings.NewReader(b.get("/accounts/d01-a/posts/C7x_000/post.csv").body)).ReadAll()
	if err != nil || len(rows) != len(st.stats.post.Readings)+1 {
		t.Fatalf("%d readings, %v; want %d", len(rows)-1, err, len(st.stats.post.Readings))
	}
	if d := cmp.Diff([]string{"2026-05-24T10:00:00+05:00", "0.5", "media", "31", "0", "", "31", "", "", "", "", "", "", "Health Balochistan", "C7x_000", "2026-05-24T09:30:00+05:00", "Asia/Karachi"}, rows[1]); d != "" {
		t.Errorf("first reading (-want +got):\n%s", d)
	}

	st.stats.posts = make([]analytics.PostRow, exportUpTo+1)
	if a := b.get("/posts.csv"); a.StatusCode != 400 || !strings.Contains(a.body, "more than 50,000 posts") {
		t.Errorf("too many posts: %d", a.StatusCode)
	}
}

// sameNumbers takes numbers for equal that differ after the 15 digits that a
// reader of sheets keeps.
var sameNumbers = cmp.Comparer(func(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return a == b || err == nil && err2 == nil && math.Abs(x-y) < 1e-12*math.Abs(x)
})

func TestClip32767(t *testing.T) {
	if got := clip32767(strings.Repeat("ص", 32767)); got != strings.Repeat("ص", 32767) {
		t.Errorf("what just fits was cut to %d letters", len([]rune(got)))
	}
	if got := []rune(clip32767(strings.Repeat("ص", 32768))); len(got) != 32767 || got[32766] != '…' {
		t.Errorf("cut to %d letters", len(got))
	}
	if got := []rune(clip32767(strings.Repeat("🏥", 20000))); len(got) != 16384 || got[len(got)-1] != '…' {
		t.Errorf("cut to %d letters of two units", len(got))
	}
}

var script = regexp.MustCompile(`(?s)<script.*?</script>`)

func TestPostPage(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	body := b.get("/accounts/d01-a/posts/C7x_000").body
	for id, wants := range map[string][]string{
		"text":                  {"Polio campaign, round 3 begins on Monday in all districts.", "https://health.example.pk/polio", "See it on Instagram", "A child is given drops"},
		"facts":                 {"Health Balochistan @balochistan.0", "Published24 May 09:30", "84,120", "212"},
		"kpi-interactions":      {"1,250", "As of 28 May 09:00"},
		"kpi-engagement_rate":   {"1.49%", "of 84,120 followers"},
		"kpi-performance_score": {"1.56×", "usually 800 interactions, from 87 posts"},
		"kpi-shares":            {"–", "not told"},
		"kpi-reach":             {"Reach", "People who saw the post."},
		"curve": {"Interactions: from 31 at 0.5 h to", "At the age of 4.0 days it had 1,250 interactions. Posts of this format by the account usually have 800 by then: 1.56× the usual, held against 87 posts.",
			"1 gap without a reading (grey)", "Download as CSV"},
		"versions": {"Wording 2: seen from 24 May 13:30 to 28 May 11:40", "Wording 1"},
		"calls":    {"media", "Reactions, Comments, Interactions", "insights", "Views, Reach, Saves"},
	} {
		got := text(script.ReplaceAllString(part(t, body, id), ""))
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in %q", id, want, got)
			}
		}
	}
	if got := part(t, body, "versions"); !strings.Contains(got, "<del>2</del><ins>3</ins>") || !strings.Contains(got, "<del>Monday.</del><ins>Monday in all districts.</ins>") {
		t.Errorf("what changed is not marked: %s", got)
	}
	if strings.Contains(body, "javascript:") || strings.Contains(body, "<img") {
		t.Error("a link that no browser may follow, or a picture of the platform")
	}
	// Instagram tells reach up to two days late.
	got := text(part(t, b.get("/accounts/d01-a/posts/C7x_000?metric=reach").body, "curve"))
	if !strings.Contains(got, "the last 48 h may still grow (amber)") || !strings.Contains(got, "up to 48 hours late") {
		t.Errorf("the platform's delay is not told: %s", got)
	}
	if a := b.get("/accounts/d01-a/posts/C7x_000?metric=likes"); a.StatusCode != 400 || !strings.Contains(a.body, `id="curve"`) {
		t.Errorf("unknown metric: %d", a.StatusCode)
	}

	// Little is known of it.
	p := &st.stats.post
	p.Expected, p.Score, p.Compared, p.Usual = nil, nil, 7, nil
	p.DeletedAt = tm(noon.Add(-time.Hour))
	body = b.get("/accounts/d01-a/posts/C7x_000").body
	for _, want := range []string{"7 of the account’s earlier posts of this format were read at the age of 4.0 days, 20 are needed", "not enough posts", "seen to be gone on 28 May 11:00"} {
		if !strings.Contains(text(body), want) {
			t.Errorf("no %q", want)
		}
	}
	*p = analytics.Post{PostRow: analytics.PostRow{Account: "d01-a", PostID: "a/b c", Department: "d01", PublishedAt: noon}}
	body = b.get("/accounts/d01-a/posts/" + url.PathEscape("a/b c")).body
	for _, want := range []string{"Interactions: no reading has told it.", "It has not been read yet.", "No wording has been kept.", "Without text", "cannot be compared"} {
		if !strings.Contains(text(body), want) {
			t.Errorf("a post without readings: no %q", want)
		}
	}
}

func TestPostInjectsNothing(t *testing.T) {
	st := newSite(t, withPosts)
	for i := range st.stats.posts {
		r := &st.stats.posts[i]
		r.Text, r.AccountName, r.DepartmentEn, r.DepartmentUr, r.Format, r.Platform, r.Permalink = evil, evil, evil, evil, schema.Format(evil), schema.Platform(evil), "javascript:alert(3)"
	}
	p := &st.stats.post
	p.PostRow = st.stats.posts[0]
	p.Versions[0].Text, p.Versions[1].Text, p.AltText, p.Handle = evil, evil+evil, sp(evil), evil
	for i := range p.Readings {
		p.Readings[i].Call = evil
	}
	b := st.as(t, schema.RoleAnalyst)
	for _, lang := range []string{"en", "ur"} {
		for _, path := range []string{"/posts", "/posts?q=%3Cscript%3Ealert(1)%3C/script%3E&sort=%22%3E%3Cscript%3Ealert(1)", "/accounts/d01-a/posts/C7x_000"} {
			a := b.get(path, "Accept-Language", lang)
			for _, bad := range []string{"<script>alert", "<img", "javascript:alert"} {
				if strings.Contains(a.body, bad) {
					t.Errorf("%s in %s: %s", path, lang, bad)
				}
			}
		}
	}
}

func TestDiffWords(t *testing.T) {
	for _, tt := range []struct {
		before, after string
		want          []diffPart
	}{
		{"a b c", "a b c", []diffPart{{"a b c", ""}}},
		{"a b c", "a x c", []diffPart{{"a ", ""}, {"b", "gone"}, {"x", "new"}, {" c", ""}}},
		{"", "a", []diffPart{{"a", "new"}}},
		{"a", "", []diffPart{{"a", "gone"}}},
		{"پہلا مرحلہ", "دوسرا مرحلہ", []diffPart{{"پہلا", "gone"}, {"دوسرا", "new"}, {" مرحلہ", ""}}},
		{"", "", nil},
	} {
		if d := cmp.Diff(tt.want, diffWords(tt.before, tt.after)); d != "" {
			t.Errorf("diffWords(%q, %q) (-want +got):\n%s", tt.before, tt.after, d)
		}
	}
	long := strings.Repeat("a b ", 3000)
	if got := diffWords(long, long+"c"); len(got) != 2 || got[0].Is != "gone" {
		t.Errorf("a very long text gives %d parts", len(got))
	}
}

// The exact text of both pages in both languages; read the difference in review.
func TestPostsGolden(t *testing.T) {
	st := newSite(t, withPosts)
	st.stats.posts = st.stats.posts[:11]
	b := st.as(t, schema.RoleAnalyst)
	for name, path := range map[string]string{"posts": "/posts", "post": "/accounts/d01-a/posts/C7x_000"} {
		for _, lang := range []string{"en", "ur"} {
			a := b.get(path, "Accept-Language", lang)
			_, body, _ := strings.Cut(a.body, "<main")
			body = script.ReplaceAllString(body, "")
			body = regexp.MustCompile(`</(p|h1|h2|td|th|li|summary|small|option|label|legend|div|a|dt|dd|span)>`).ReplaceAllString(body, "$0\n")
			var lines []string
			for line := range strings.SplitSeq(body, "\n") {
				if s := text(line); s != "" {
					lines = append(lines, s)
				}
			}
			got, file := strings.Join(lines, "\n")+"\n", "testdata/"+name+"."+lang+".txt"
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
}

func TestPostsOfOthers(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	got := text(b.get("/posts").body)
	for _, want := range []string{"120 posts · 2 of them are reposts and joint posts, which are not counted here", "repost · not counted here", "joint post · not counted here"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the table", want)
		}
	}
	for relation, want := range map[string]analytics.Whose{"": "", "own": analytics.Own, "others": analytics.Others} {
		if a := b.get("/posts?relation=" + relation); a.StatusCode != 200 || lastAsked(st).Whose != want {
			t.Errorf("relation=%s: status %d, asked for %q", relation, a.StatusCode, lastAsked(st).Whose)
		}
	}
	if a := b.get("/posts?relation=theirs"); a.StatusCode != 400 || !strings.Contains(text(a.body), "Posts cannot be chosen by this; all are shown.") {
		t.Errorf("relation=theirs: status %d", a.StatusCode)
	}
	if a := b.get("/posts?relation=others&view=activity"); !strings.Contains(text(a.body), "Reposts and joint posts gain nothing here") {
		t.Error("the days do not say that others' posts gain nothing")
	}
	rows, err := csv.NewReader(strings.NewReader(b.get("/posts.csv?relation=others").body)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("a file of %d rows, %v; want 3", len(rows), err)
	}
	relation, counted := slices.Index(rows[0], "Relation"), slices.Index(rows[0], "Counted here")
	for i, want := range []string{"repost", "joint"} {
		if r := rows[i+1]; r[relation] != want || r[counted] != "no" {
			t.Errorf("row %d: relation %q, counted %q; want %q, no", i+1, r[relation], r[counted], want)
		}
	}
}

func TestPostWhoseNumbers(t *testing.T) {
	st := newSite(t, withPosts)
	b := st.as(t, schema.RoleAnalyst)
	const path = "/accounts/d01-a/posts/C7x_000"
	for relation, want := range map[schema.Relation]string{
		schema.RelationRepost:    "belong to the account that wrote it, so they are not counted here",
		schema.RelationJoint:     "counted once, for the author, and not here",
		schema.RelationQuote:     "the quote’s own and are counted here",
		schema.RelationShare:     "the share’s own and are counted here",
		schema.RelationReply:     "the reply’s own and are counted here",
		schema.RelationCrosspost: "those of this one are counted here",
	} {
		st.stats.change(func() { st.stats.post.Relation, st.stats.post.RelatedID = relation, "other_1" })
		a := b.get(path)
		if got := text(a.body); !strings.Contains(got, want) || !strings.Contains(got, "other_1") {
			t.Errorf("%s: the page does not say %q, or of which post", relation, want)
		}
		if figures := strings.Contains(a.body, `id="curve"`); figures != relation.Counted() {
			t.Errorf("%s: figures are shown: %v", relation, figures)
		}
	}
	st.stats.change(func() { st.stats.post.Relation, st.stats.post.RelatedID = schema.RelationOwn, "" })
	if a := b.get(path); strings.Contains(a.body, `id="whose"`) || !strings.Contains(a.body, `id="curve"`) {
		t.Error("the account's own post is marked, or without figures")
	}
}

func TestMetricsSayWhatIsCounted(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleReader)
	for language, want := range map[string]string{"en": analytics.CountedOnce.En, "ur": analytics.CountedOnce.Ur} {
		if a := b.get("/metrics", "Accept-Language", language); !strings.Contains(html.UnescapeString(a.body), want) {
			t.Errorf("%s: the catalogue does not say what is counted", language)
		}
	}
}
