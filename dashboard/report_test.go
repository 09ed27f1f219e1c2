package dashboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/browsertest"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/dashboard/pdf"
	"github.com/hamawaz/hamawaz/schema"
)

// fakeReports keeps what it is given.
type fakeReports struct {
	mu         sync.Mutex
	schedules  []schema.ReportSchedule
	runs       []schema.ReportRun
	deliveries []schema.Delivery
	files      []schema.ReportFile
	err        error
}

func (r *fakeReports) ReportSchedules(context.Context) ([]schema.ReportSchedule, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.schedules), r.err
}

func (r *fakeReports) ReportSchedule(_ context.Context, id string) (schema.ReportSchedule, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.IndexFunc(r.schedules, func(s schema.ReportSchedule) bool { return s.ID == id }); i >= 0 {
		return r.schedules[i], r.err
	}
	return schema.ReportSchedule{}, fmt.Errorf("schedule: %w", schema.ErrNotFound)
}

func (r *fakeReports) SaveReportSchedule(_ context.Context, s schema.ReportSchedule) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := s.Check(); err != nil {
		return err
	}
	i := slices.IndexFunc(r.schedules, func(x schema.ReportSchedule) bool { return x.ID == s.ID })
	if i >= 0 && r.schedules[i].Number != s.Number {
		return schema.ErrConflict
	}
	s.Number++
	s.ChangedAt = noon
	if i >= 0 {
		r.schedules[i] = s
	} else {
		r.schedules = append(r.schedules, s)
	}
	return r.err
}

func (r *fakeReports) ReportRuns(context.Context, int) ([]schema.ReportRun, error) {
	return r.runs, r.err
}

func (r *fakeReports) Deliveries(_ context.Context, state string, _ int) ([]schema.Delivery, error) {
	return slices.DeleteFunc(slices.Clone(r.deliveries), func(d schema.Delivery) bool { return state != "" && d.State != state }), r.err
}

func (r *fakeReports) ReportFile(_ context.Context, run, language string) (schema.ReportFile, error) {
	for _, f := range r.files {
		if f.Run == run && f.Language == language {
			return f, r.err
		}
	}
	return schema.ReportFile{}, fmt.Errorf("report: %w", schema.ErrNotFound)
}

// april is a site whose figures are of April 2026, read on 28 May: see
// sampleOverview.
func april(t *testing.T, edit ...func(*site)) *site {
	t.Helper()
	return newSite(t, append([]func(*site){func(st *site) {
		first := time.Date(2026, 4, 1, 0, 0, 0, 0, karachi)
		st.stats.overview.Days = st.stats.overview.Days[:0]
		for i := range 30 {
			d := analytics.Day{Day: first.AddDate(0, 0, i), Covered: i != 12 && i != 13, Posts: f(40), Value: f(float64(20000 + 700*i))}
			if i == 1 {
				d.Value = f(98000)
				d.Top = &analytics.TopPost{AccountID: "d01-a", Account: "Health Department", PostID: "1", Text: "Polio campaign", Value: 38220, Share: 0.39}
			}
			st.stats.overview.Days = append(st.stats.overview.Days, d)
		}
		for i := range reportPosts {
			text := []string{"Polio campaign, round 3\nbegins on Monday 💉", "صوبے بھر میں انسدادِ پولیو مہم کا آغاز", "<script>alert(1)</script>", "Escola pública: matrículas abertas até sexta-feira, em todas as unidades da rede estadual, com apresentação de documentos originais", ""}[i]
			st.stats.posts = append(st.stats.posts, analytics.PostRow{Account: "d01-a", AccountName: "Health Department", Handle: "health", Platform: schema.Instagram,
				Department: "d01", PostID: fmt.Sprint(i), PostDetails: analytics.PostDetails{Text: text}, PublishedAt: first.AddDate(0, 0, i), Interactions: f(float64(38220 - 4000*i)), Rate: f(0.031)})
		}
	}}, edit...)...)
}

// seen returns what a reader sees of a report's page.
func seen(body string) string {
	_, body, _ = strings.Cut(body, "<main>")
	body = regexp.MustCompile(`</(p|h1|h2|td|th|li|text|span)>`).ReplaceAllString(body, "$0\n")
	var lines []string
	for line := range strings.SplitSeq(body, "\n") {
		if s := text(line); s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("testdata", file)
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

// The exact words of the page in both languages; read the difference in
// review.
func TestReportGolden(t *testing.T) {
	st := april(t)
	b := st.as(t, schema.RoleReader)
	for _, lang := range []string{"en", "ur"} {
		a := b.get("/report?month=2026-04&lang=" + lang)
		if a.StatusCode != 200 || !strings.Contains(a.body, `<body data-complete="true">`) {
			t.Errorf("%s: status %d, complete %v", lang, a.StatusCode, strings.Contains(a.body, `data-complete="true"`))
		}
		golden(t, "report."+lang+".txt", seen(a.body))
	}
	last := len(st.stats.periods) - 1
	if got := st.stats.periods[last].String(); got != "2026-04-01 to 2026-04-30" || st.stats.views[last] != analytics.ViewLife {
		t.Errorf("asked for %s, %s", got, st.stats.views[last])
	}
	both := b.get("/report?month=2026-04&lang=both").body
	if strings.Count(both, `class="sheet"`) != 2 || !strings.Contains(both, `lang="ur" dir="rtl"`) {
		t.Error("both languages: want two sheets")
	}
	if strings.Contains(both, "<script") {
		t.Error("the page has a script, or a post's text became one")
	}
	if got := st.stats.postsAsked[0]; got.Sort != "interactions" || got.Limit != reportPosts || got.View != analytics.ViewLife {
		t.Errorf("posts asked for: %+v", got)
	}
}

func TestReportSaysWhatIsMissing(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		edit        func(*analytics.Overview)
		want        string // empty: complete
	}{
		{"whole", "month=2026-04", func(*analytics.Overview) {}, ""},
		{"nothing collected", "month=2026-04", func(o *analytics.Overview) { o.AsOf = nil }, "Nothing has been collected yet."},
		{"nobody reported", "month=2026-04", func(o *analytics.Overview) { o.Reported = 0 }, "No account has reported"},
		{"read before its end", "month=2026-04", func(o *analytics.Overview) { o.AsOf = tm(time.Date(2026, 4, 20, 9, 0, 0, 0, karachi)) }, "The newest reading is of 20 Apr 09:00"},
		{"no interactions", "month=2026-04", func(o *analytics.Overview) { o.Headline.Interactions.Value = nil }, "Interactions: not known."},
		{"followers that nobody told", "month=2026-04", func(o *analytics.Overview) { o.Headline.Followers.Value = nil }, ""},
		{"a month to come", "month=2026-06", func(*analytics.Overview) {}, "The period has not begun."},
		{"this month", "month=2026-05", func(*analytics.Overview) {}, ""},
		{"a week", "week=2026-05-18", func(*analytics.Overview) {}, ""},
	} {
		st := april(t)
		tt.edit(&st.stats.overview)
		body := st.as(t, schema.RoleAnalyst).get("/report?lang=en&" + tt.query).body
		if complete := strings.Contains(body, `data-complete="true"`); complete != (tt.want == "") {
			t.Errorf("%s: complete %v", tt.name, complete)
		}
		if tt.want != "" && !strings.Contains(seen(body), tt.want) {
			t.Errorf("%s: no %q in\n%s", tt.name, tt.want, seen(body))
		}
		if tt.name == "this month" {
			if !strings.Contains(seen(body), "The period is not over: 1–28 May 2026 so far.") {
				t.Errorf("the month to date is not called so:\n%s", seen(body))
			}
			if got := st.stats.periods[0].String(); got != "2026-05-01 to 2026-05-28" {
				t.Errorf("month to date: asked for %s", got)
			}
		}
	}
}

func TestReportRefuses(t *testing.T) {
	st := april(t)
	b := st.as(t, schema.RoleAnalyst)
	for query, want := range map[string]string{
		"month=2026-13": "Choose it from the list", "month=soon": "Choose it from the list", "week=2026-05-19": "Choose it from the list", "month=0001-01": "Choose it from the list",
		"lang=fr": "in English, in Urdu or in both", "department=none": "There is no such department", "month=2026-04%00": "Choose it from the list",
	} {
		if a := b.get("/report?" + query); a.StatusCode != 400 || !strings.Contains(text(a.body), want) {
			t.Errorf("%s: status %d, no %q", query, a.StatusCode, want)
		}
	}
	st.stats.change(func() { st.stats.err = errors.New("down") })
	if a := b.get("/report?month=2026-04"); a.StatusCode != 503 {
		t.Errorf("figures not reachable: status %d, want 503", a.StatusCode)
	}
}

// People of a department see the league, and of the posts their own only.
func TestReportWithin(t *testing.T) {
	for _, tt := range []struct {
		role       schema.Role
		department string
		asked      string // departments of the posts asked for; "-": none was
		leak       bool   // the post that stands out may be named
	}{
		{schema.RoleAnalyst, "", "[]", true},
		{schema.RoleReader, "", "[]", true},
		{schema.RoleAnalyst, "d02", "[d02]", true},
		{schema.RoleDepartmentHead, "", "[d01]", false},
		{schema.RoleOfficer, "d01", "[d01]", true},
		{schema.RoleDepartmentHead, "d02", "-", false},
	} {
		st := april(t)
		a := st.as(t, tt.role).get("/report?month=2026-04&lang=en&department=" + tt.department)
		asked := "-"
		if len(st.stats.postsAsked) > 0 {
			asked = fmt.Sprint(st.stats.postsAsked[0].Filter.Departments)
		}
		if a.StatusCode != 200 || asked != tt.asked {
			t.Errorf("%s, department %q: status %d, posts of %s; want %s", tt.role, tt.department, a.StatusCode, asked, tt.asked)
		}
		words := seen(a.body)
		if !strings.Contains(words, "School Education") {
			t.Errorf("%s, department %q: no league", tt.role, tt.department)
		}
		if named := strings.Contains(a.body, "one post by"); named != tt.leak {
			t.Errorf("%s, department %q: the post that stands out is named: %v", tt.role, tt.department, named)
		}
		if asked == "-" && !strings.Contains(words, "Single posts are shown to their own department") {
			t.Errorf("%s, department %q: not said why there are no posts", tt.role, tt.department)
		}
	}
}

func TestMailGolden(t *testing.T) {
	st := april(t)
	r := st.reporter()
	r.Demo = nil
	for _, lang := range []string{"en", "ur", "both"} {
		page, err := r.page(t.Context(), schema.ReportQuestion{From: time.Date(2026, 4, 1, 0, 0, 0, 0, karachi), To: time.Date(2026, 5, 1, 0, 0, 0, 0, karachi), Language: lang}, everyPost)
		if err != nil {
			t.Fatal(err)
		}
		html, err := page.mailHTML()
		if err != nil {
			t.Fatal(err)
		}
		if lang == "both" {
			if strings.Count(html, "<h1") != 2 || !strings.Contains(page.mailText(), "----") {
				t.Error("a mail in both languages lacks one")
			}
			continue
		}
		golden(t, "mail."+lang+".txt", "Subject: "+page.mailSubject()+"\n\n"+page.mailText())
		golden(t, "mail."+lang+".html", html)
	}
}

// bare removes what does not show (white space and marks of direction) and
// vowel marks, which poppler puts before their letter or behind it.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '\u00a0' || r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff' || r >= '\u064b' && r <= '\u0652' {
			return -1
		}
		return r
	}, s)
}

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is missing: make test installs it, or apt-get install poppler-utils", name)
	}
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// The paper itself, as other programs read it.
func TestReportPDF(t *testing.T) {
	st := april(t)
	r := st.reporter()
	r.Printer = &pdf.Printer{Path: os.Getenv("CHROMIUM")}
	q := schema.ReportQuestion{From: time.Date(2026, 4, 1, 0, 0, 0, 0, karachi), To: time.Date(2026, 5, 1, 0, 0, 0, 0, karachi), Language: schema.ReportBoth}
	file, err := r.Report(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(file.PDF)
	if file.Name != "hamawaz-2026-04-both.pdf" || file.Size != uint64(len(file.PDF)) || file.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("file: %s, %d bytes, %s", file.Name, file.Size, file.SHA256)
	}
	if len(file.PDF) >= 1_000_000 {
		t.Errorf("the PDF has %d bytes", len(file.PDF))
	}
	dir := t.TempDir()
	if shots := os.Getenv("HAMAWAZ_SHOTS"); shots != "" {
		dir = shots
	}
	path := filepath.Join(dir, file.Name)
	must(t, os.WriteFile(path, file.PDF, 0o600))
	info := tool(t, "pdfinfo", path)
	for _, want := range []string{`Tagged: +yes`, `Title: +Social media report · April 2026 · سوشل میڈیا رپورٹ`, `Pages: +2`, `Page size: +59[45]\.\d+ x 84[12]\.\d+ pts \(A4\)`, `JavaScript: +no`} {
		if !regexp.MustCompile(want).MatchString(info) {
			t.Errorf("pdfinfo: no %s in\n%s", want, info)
		}
	}
	if !bytes.Contains(file.PDF, []byte("/Lang (en)")) {
		t.Error("the PDF does not say its language")
	}
	en, ur := bare(tool(t, "pdftotext", "-f", "1", "-l", "1", path, "-")), bare(tool(t, "pdftotext", "-f", "2", "-l", "2", path, "-"))
	for _, want := range []string{"Social media report: April 2026", "1,284,310", "+18.2%", "2.41%", "Health", "Provincial Disaster Management Authority", "23 of 25 accounts reported",
		"Polio campaign, round 3", "no reading on 2 days of the period", "matrículas abertas"} {
		if !strings.Contains(en, bare(want)) {
			t.Errorf("the English page lacks %q", want)
		}
	}
	p := i18n.New("ur", karachi)
	for _, want := range []string{"سوشل میڈیا رپورٹ", "اپریل", "1,284,310", "محکمہ صحت", "محکمہ تعلیم", p.Text("report.posts"), p.Text("report.rests_on"), p.Text("departments.caption"), "انسدادِ پولیو مہم", "حکومتِ بلوچستان", "خالی نشان کا مطلب نامعلوم", "ان اعداد کی بنیاد"} {
		if !strings.Contains(ur, bare(want)) {
			t.Errorf("the Urdu page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Logf("English:\n%s\nUrdu:\n%s", en, ur)
	}
	if os.Getenv("HAMAWAZ_SHOTS") != "" {
		tool(t, "pdftoppm", "-r", "110", "-png", path, filepath.Join(dir, "paper"))
	}

	// What is not complete is refused, with the reason.
	st.stats.overview.AsOf = nil
	var incomplete *pdf.IncompleteError
	if _, err := r.Report(t.Context(), q); !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "Nothing has been collected yet.") {
		t.Errorf("a report without readings: %v, want an IncompleteError", err)
	}
}

// The fullest report that there can be fits its paper.
func TestReportFits(t *testing.T) {
	st := april(t, func(st *site) {
		st.Demo = &Demo{Sentence: analytics.Text{En: strings.Repeat("Real: posts of other governments with their final likes and comments. Modelled: how their numbers grew. ", 3),
			Ur: strings.Repeat("حقیقی: دوسری حکومتوں کی پوسٹیں اور ان کے حتمی لائکس اور تبصرے۔ فرضی: اعداد کے بڑھنے کی رفتار۔ ", 3)}}
		o := &st.stats.overview
		o.Headline.Posts.Unknown, o.Headline.Followers.Previous = 1200, nil
		for i := range o.Departments {
			o.Departments[i].NameEn, o.Departments[i].NameUr = "Department of Local Government, Rural Development and Works", "محکمہ بلدیات، دیہی ترقی، مواصلات و تعمیرات، حکومتِ بلوچستان"
		}
		for i := range st.stats.posts {
			p := &st.stats.posts[i]
			p.Text, p.Department, p.Account = strings.Repeat("number ", 60), "d15", "d15-a"
		}
	})
	st.stats.departments[14].NameEn, st.stats.departments[14].NameUr = st.stats.overview.Departments[0].NameEn, st.stats.overview.Departments[0].NameUr
	r := st.reporter()
	r.Printer = &pdf.Printer{Path: os.Getenv("CHROMIUM")}
	f, err := r.Report(t.Context(), schema.ReportQuestion{From: time.Date(2026, 5, 1, 0, 0, 0, 0, karachi), To: time.Date(2026, 6, 1, 0, 0, 0, 0, karachi), Department: "d15", Language: schema.ReportBoth})
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("HAMAWAZ_SHOTS"); dir != "" {
		must(t, os.WriteFile(filepath.Join(dir, "full.pdf"), f.PDF, 0o600))
		tool(t, "pdftoppm", "-r", "100", "-png", filepath.Join(dir, "full.pdf"), filepath.Join(dir, "full"))
	}
}

func sampleReports() *fakeReports {
	r := &fakeReports{}
	april := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	may := april.AddDate(0, 1, 0)
	r.schedules = []schema.ReportSchedule{
		{ID: "monthly", Name: "Report for the Secretary", Kind: schema.ReportMonthly, Day: 3, Hour: 9, Language: "both", Recipients: []string{"p-reader", "chief@balochistan.gov.pk"},
			Languages: []string{"", "ur"}, Status: schema.ScheduleActive, Version: schema.Version{Number: 2, ChangedBy: "p-analyst", ChangedAt: noon}},
		{ID: "weekly", Name: "محکمہ صحت کی ہفتہ وار رپورٹ", Kind: schema.ReportWeekly, Day: 1, Hour: 8, Language: "ur", Department: "d01", Recipients: []string{"p-department_head"},
			Languages: []string{""}, Status: schema.ScheduleClosed, Version: schema.Version{Number: 1, ChangedBy: "p-analyst", ChangedAt: noon}},
	}
	finished := noon.Add(-time.Hour)
	r.runs = []schema.ReportRun{
		{ID: "r2", Schedule: "monthly", From: april, To: may, AskedBy: "p-analyst", Again: true, StartedAt: noon.Add(-time.Minute)},
		{ID: "r1", Schedule: "monthly", From: april, To: may, Languages: []string{"both", "ur"}, StartedAt: noon.Add(-2 * time.Hour), FinishedAt: &finished, Outcome: schema.ReportMade},
		{ID: "r0", Schedule: "weekly", From: april, To: april.AddDate(0, 0, 7), StartedAt: noon.Add(-3 * time.Hour), FinishedAt: &finished, Outcome: schema.ReportIncomplete, Error: "the page is not complete: Nothing has been collected yet."},
	}
	add := func(state, recipient, e string, step uint32) {
		r.deliveries = append(r.deliveries, schema.Delivery{Schedule: "monthly", From: april, To: may, Run: "r1", Recipient: recipient, Language: "ur", Step: step, At: noon.Add(-time.Duration(len(r.deliveries)) * time.Minute),
			State: state, Error: e, MessageID: "<r1.1@balochistan.gov.pk>", PDFSHA256: strings.Repeat("ab", 32), PDFSize: 100_123})
	}
	add(schema.DeliverySent, "reader@example.gov.pk", "", 4)
	add(schema.DeliverySending, "reader@example.gov.pk", "", 3)
	add(schema.DeliveryRetry, "reader@example.gov.pk", "451 4.7.1 greylisted, try again", 2)
	add(schema.DeliveryRefused, "chief@balochistan.gov.pk", "550 5.1.1 no such user", 2)
	add(schema.DeliveryNoServer, "=cmd@balochistan.gov.pk", "", 1)
	add(schema.DeliveryUnclear, "x@balochistan.gov.pk", "EOF", 2)
	add(schema.DeliveryNoAddress, "p-gone", "", 1)
	add(schema.DeliveryNotAllowed, "officer@example.gov.pk", "", 1)
	r.files = []schema.ReportFile{{Run: "r1", Language: "ur", Name: "hamawaz-2026-04-ur.pdf", PDF: []byte("%PDF-1.4 …")}}
	return r
}

func withReports(st *site) { st.reports = sampleReports(); st.Server.Reports = st.reports }

func TestReportsPage(t *testing.T) {
	st := newSite(t, withReports)
	b := st.as(t, schema.RoleAnalyst)
	words := text(b.get("/reports").body)
	for _, want := range []string{"Report for the Secretary", "monthly, on day 3 at 09:00", "All departments · English and Urdu", "3 Jun 09:00", "reader@example.gov.pk", "chief@balochistan.gov.pk · Urdu",
		"weekly, Monday at 08:00", "closed", "not complete: not sent", "Nothing has been collected yet.", "sent again, asked for by Person analyst",
		"not sent: no mail server is set", "550 5.1.1 no such user", "try 2", "HAMAWAZ_SMTP_HOST"} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in %s", want, words)
		}
	}
	if words := text(b.get("/reports?state=refused").body); !strings.Contains(words, "no such user") || strings.Contains(words, "greylisted") {
		t.Error("filter by state")
	}
	if a := b.get("/reports?state=none"); a.StatusCode != 400 {
		t.Errorf("unknown state: status %d", a.StatusCode)
	}
	a := b.get("/reports.csv")
	if a.StatusCode != 200 || !strings.Contains(a.body, "550 5.1.1") || !strings.Contains(a.body, "'=cmd@") {
		t.Errorf("CSV: status %d\n%s", a.StatusCode, a.body)
	}
	if a := b.get("/reports/runs/r1/ur"); a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.body, "%PDF") {
		t.Errorf("PDF: status %d, %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
	if a := b.get("/reports/runs/r1/en"); a.StatusCode != 404 {
		t.Errorf("a PDF that is not there: status %d", a.StatusCode)
	}
	st.reports.err = errors.New("down")
	if a := b.get("/reports"); a.StatusCode != 503 {
		t.Errorf("store down: status %d", a.StatusCode)
	}
}

func TestReportsForAnalystsOnly(t *testing.T) {
	st := newSite(t, withReports)
	for _, role := range schema.Roles() {
		b := st.as(t, role)
		want := 403
		if role == schema.RoleAdministrator || role == schema.RoleAnalyst {
			want = 200
		}
		for _, path := range []string{"/reports", "/reports.csv", "/reports/schedule", "/reports/runs/r1/ur"} {
			if a := b.get(path); a.StatusCode != want {
				t.Errorf("%s %s: status %d, want %d", role, path, a.StatusCode, want)
			}
		}
		if a := b.get("/report"); a.StatusCode != 200 {
			t.Errorf("%s /report: status %d, want 200", role, a.StatusCode)
		}
	}
}

func scheduleFields(b *browser, edit ...string) url.Values {
	v := url.Values{"token": {b.token("/reports/schedule")}, "name": {"Monthly"}, "kind": {"monthly"}, "day": {"5"}, "weekday": {"1"}, "hour": {"10"},
		"department": {""}, "language": {"ur"}, "recipients": {"Reader@example.gov.pk both\r\nsecretary@balochistan.gov.pk\r\n\r\n"}}
	for i := 0; i+1 < len(edit); i += 2 {
		v.Set(edit[i], edit[i+1])
	}
	return v
}

func TestSaveSchedule(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	if a := b.post("/reports/schedule", scheduleFields(b)); a.StatusCode != 303 {
		t.Fatalf("save: status %d\n%s", a.StatusCode, text(a.body))
	}
	got := st.reports.schedules[0]
	got.ID = ""
	want := schema.ReportSchedule{Name: "Monthly", Kind: schema.ReportMonthly, Day: 5, Hour: 10, Language: "ur", Recipients: []string{"p-reader", "secretary@balochistan.gov.pk"}, Languages: []string{"both", ""},
		Status: schema.ScheduleActive, Since: noon.UTC(), Version: schema.Version{Number: 1, ChangedBy: "p-analyst", Reason: "form", ChangedAt: noon}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("stored (-want +got):\n%s", d)
	}
	id := st.reports.schedules[0].ID
	if !strings.Contains(b.get("/reports/schedule?id="+id).body, "reader@example.gov.pk both\n") {
		t.Error("the form does not show the recipients")
	}

	// What cannot be used is said, and kept as typed.
	for _, tt := range []struct{ field, value, want string }{
		{"recipients", "nobody", "no mail address with a language: “nobody”"},
		{"recipients", "a@b.example fr", "“a@b.example fr”"},
		{"recipients", "", "at least one recipient"},
		{"recipients", "a@b.example\na@b.example", "twice"},
		{"recipients", "officer@example.gov.pk", "belongs to a department"},
		{"recipients", strings.Repeat("a@b.example", 1) + "\x00", "no mail address"},
		{"name", " ", "Give the schedule a name"},
		{"name", "a\r\nBcc: x@y.example", "keep the name on one line"},
		{"kind", "yearly", "Choose from the lists"},
		{"day", "31", "Choose from the lists"},
		{"day", "-1", "Choose the day and the hour"},
		{"hour", "24", "Choose from the lists"},
		{"department", "none", "no such department"},
		{"language", "fr", "Choose from the lists"},
	} {
		a := b.post("/reports/schedule", scheduleFields(b, tt.field, tt.value))
		if a.StatusCode != 400 || !strings.Contains(text(a.body), tt.want) {
			t.Errorf("%s=%q: status %d, no %q in %s", tt.field, tt.value, a.StatusCode, tt.want, text(a.body))
		}
	}
	if len(st.reports.schedules) != 1 {
		t.Errorf("%d schedules are stored", len(st.reports.schedules))
	}
	// A department's report may go to its own people.
	if a := b.post("/reports/schedule", scheduleFields(b, "recipients", "officer@example.gov.pk", "department", "d01")); a.StatusCode != 303 {
		t.Errorf("the officer's own department: status %d", a.StatusCode)
	}
}

func TestScheduleConflict(t *testing.T) {
	st := newSite(t, withReports)
	b := st.as(t, schema.RoleAnalyst)
	mine := scheduleFields(b, "id", "monthly", "version", "1", "name", "Mine")
	a := b.post("/reports/schedule", mine)
	words := text(a.body)
	if a.StatusCode != 409 || !strings.Contains(words, "Person analyst saved on 28 May 12:00: Report for the Secretary") || !strings.Contains(a.body, `value="Mine"`) || !strings.Contains(a.body, `name="version" value="2"`) {
		t.Fatalf("conflict: status %d\n%s", a.StatusCode, words)
	}
	// Having seen both, they save theirs.
	mine.Set("version", "2")
	if a := b.post("/reports/schedule", mine); a.StatusCode != 303 || st.reports.schedules[0].Name != "Mine" || st.reports.schedules[0].Number != 3 {
		t.Errorf("save after the conflict: status %d, %+v", a.StatusCode, st.reports.schedules[0])
	}
	// Closing what somebody changed shows it first.
	status := url.Values{"token": mine["token"], "status": {"closed"}, "version": {"2"}}
	if a := b.post("/reports/monthly/status", status); a.StatusCode != 303 || !strings.Contains(a.Header.Get("Location"), "changed=1") || st.reports.schedules[0].Status != schema.ScheduleActive {
		t.Errorf("close an old version: status %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	status.Set("version", "3")
	if a := b.post("/reports/monthly/status", status); a.StatusCode != 303 || st.reports.schedules[0].Status != schema.ScheduleClosed {
		t.Errorf("close: status %d", a.StatusCode)
	}
	// Opened again, nothing of the past becomes due.
	status = url.Values{"token": mine["token"], "status": {"active"}, "version": {"4"}}
	if a := b.post("/reports/monthly/status", status); a.StatusCode != 303 || !st.reports.schedules[0].Since.Equal(noon) {
		t.Errorf("open: status %d, since %s", a.StatusCode, st.reports.schedules[0].Since)
	}
}

func TestSendReportNow(t *testing.T) {
	st := newSite(t, withReports)
	b := st.as(t, schema.RoleAnalyst)
	form := url.Values{"token": {b.token("/reports")}, "from": {"2026-04-01"}}
	if a := b.post("/reports/monthly/send", form); a.StatusCode != 303 {
		t.Errorf("send: status %d", a.StatusCode)
	}
	form.Set("again", "1")
	b.post("/reports/monthly/send", form)
	if want := []string{"monthly 2026-04-01 false p-analyst", "monthly 2026-04-01 true p-analyst"}; !slices.Equal(st.queue.sent, want) {
		t.Errorf("queue: %q, want %q", st.queue.sent, want)
	}
	for _, bad := range []string{"2026-05-01", "2026-04-02", "soon", "1999-01-01"} {
		form.Set("from", bad)
		if a := b.post("/reports/monthly/send", form); a.StatusCode != 400 {
			t.Errorf("from %s: status %d, want 400", bad, a.StatusCode)
		}
	}
	form.Set("from", "2026-05-18")
	if a := b.post("/reports/weekly/send", form); a.StatusCode != 400 || !strings.Contains(text(a.body), "closed") {
		t.Errorf("a closed schedule: status %d", a.StatusCode)
	}
	if a := b.post("/reports/none/send", form); a.StatusCode != 404 {
		t.Errorf("no such schedule: status %d", a.StatusCode)
	}
	if !slices.Contains(st.people.entries(), "report.send monthly 2026-04-01 again") {
		t.Errorf("audit log: %q", st.people.entries())
	}
}

func TestReportsInChromium(t *testing.T) {
	st := april(t, withReports)
	tb := browsertest.Start(t).Tab(t, st.serve(t))
	axe := browsertest.Axe(t, "..")
	tb.Look(1280, false, "en")
	tb.SignIn("analyst@example.gov.pk", testPassword)
	for _, at := range []struct{ name, path string }{
		{"report", "/report?month=2026-04"}, {"reports", "/reports"}, {"schedule", "/reports/schedule?id=monthly"},
	} {
		tb.Looks(axe, at.name, at.path, func(_ *testing.T, lang string) {
			if lang == "ur" && at.name == "report" {
				tb.Wait(`[...document.fonts].some((f) => f.family.includes("Naskh") && f.status === "loaded")`)
			}
		})
	}
}
