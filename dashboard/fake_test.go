package dashboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

var (
	karachi = time.FixedZone("Asia/Karachi", 5*3600)
	// noon is when the tests take place: 28 May 2026, 12:00 in Pakistan.
	noon = time.Date(2026, 5, 28, 12, 0, 0, 0, karachi)
)

func f(v float64) *float64      { return &v }
func tm(t time.Time) *time.Time { return &t }
func fig(v, p *float64, unknown uint64) analytics.Figure {
	return analytics.Figure{Value: v, Previous: p, Unknown: unknown}
}

// fakeStats answers with what it holds, and remembers what it was asked.
type fakeStats struct {
	mu          sync.Mutex
	overview    analytics.Overview
	collection  analytics.Collection
	departments []schema.Department
	accounts    []schema.Account
	err         error
	asked       []analytics.Filter
	periods     []analytics.Period
	views       []analytics.View
	reach       analytics.Reach
	selections  []analytics.Selection
	posts       []analytics.PostRow
	postsAsked  []analytics.PostsQuestion
	runs        []analytics.Run
	post        analytics.Post
	pictures    map[string]analytics.Thumbnail // by account/post
	comments    []analytics.Thread
	commentsErr error
	status      []analytics.MetricStatus
	insights    []analytics.Insight
}

func (s *fakeStats) Overview(_ context.Context, sel analytics.Selection) (analytics.Overview, error) {
	p, v, fl := sel.Period, sel.View, sel.Filter
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.periods, s.views = append(s.asked, fl), append(s.periods, p), append(s.views, v)
	o := s.overview
	o.Period, o.Previous, o.View, o.Metric = p, sel.Before, v, sel.Metric
	if len(fl.Departments) > 0 {
		o.Accounts = slices.DeleteFunc(slices.Clone(o.Accounts), func(l analytics.Line) bool {
			return !strings.HasPrefix(l.Key, string(fl.Departments[0])+"-")
		})
	}
	return o, s.err
}

func (s *fakeStats) Posts(_ context.Context, q analytics.PostsQuestion) (analytics.PostsPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.postsAsked = append(s.postsAsked, q)
	all := slices.DeleteFunc(slices.Clone(s.posts), func(r analytics.PostRow) bool {
		return len(q.Filter.Departments) > 0 && r.Department != "" && !slices.Contains(q.Filter.Departments, r.Department) ||
			q.Account != "" && r.Account != "" && r.Account != q.Account ||
			q.Whose != "" && r.Relation.Counted() != (q.Whose == analytics.Own)
	})
	rows := all[min(q.Offset, len(all)):]
	if q.Limit > 0 {
		rows = rows[:min(q.Limit, len(rows))]
	}
	others := 0
	for _, r := range all {
		if !r.Relation.Counted() {
			others++
		}
	}
	return analytics.PostsPage{Rows: rows, Total: len(all), Others: others, AsOf: s.overview.AsOf}, s.err
}

func (s *fakeStats) Post(_ context.Context, account schema.AccountID, post string) (analytics.Post, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && (account != s.post.Account || post != s.post.PostID) {
		return analytics.Post{}, fmt.Errorf("post: %w", schema.ErrNotFound)
	}
	p := s.post
	p.Readings = slices.Clone(p.Readings)
	return p, s.err
}

func (s *fakeStats) Thumbnail(_ context.Context, account schema.AccountID, post string) (analytics.Thumbnail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.pictures[string(account)+"/"+post]
	if s.err == nil && !ok {
		return t, fmt.Errorf("picture: %w", schema.ErrNotFound)
	}
	return t, s.err
}

func (s *fakeStats) Comments(_ context.Context, _ schema.AccountID, _ string, offset int) (analytics.CommentsPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := analytics.CommentsPage{Begun: len(s.comments), Unanswered: 3, ReadAt: tm(noon.Add(-time.Hour))}
	for _, t := range s.comments {
		page.Total += 1 + len(t.Answers)
		page.Official += len(t.Answers)
	}
	page.Threads = s.comments[min(offset, len(s.comments)):min(offset+analytics.CommentsPerPage, len(s.comments))]
	return page, s.commentsErr
}

func (s *fakeStats) AllComments(_ context.Context, _ schema.AccountID, _ string, limit int) ([]schema.Comment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []schema.Comment
	for _, t := range s.comments {
		all = append(append(all, t.Comment), t.Answers...)
	}
	return all[:min(limit, len(all))], s.commentsErr
}

func (s *fakeStats) MetricStatus(context.Context) ([]analytics.MetricStatus, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status, s.err
}

func (s *fakeStats) Insights(context.Context, schema.AccountID, analytics.Period) ([]analytics.Insight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.insights, s.err
}

func (s *fakeStats) Reach(_ context.Context, sel analytics.Selection) (analytics.Reach, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.selections = append(s.selections, sel)
	r := s.reach
	r.Period, r.Before = sel.Period, sel.Before
	return r, s.err
}

func (s *fakeStats) Collection(context.Context) (analytics.Collection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.collection, s.err
}

func (s *fakeStats) Runs(context.Context, schema.AccountID, int) ([]analytics.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs, s.err
}

func (s *fakeStats) Accounts(context.Context) ([]schema.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts, s.err
}

func (s *fakeStats) Departments(context.Context) ([]schema.Department, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.departments, s.err
}

func (s *fakeStats) change(edit func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit()
}

type fakePeople struct {
	mu     sync.Mutex
	people []schema.Person
	log    []schema.AuditEntry
	err    error
}

func (p *fakePeople) find(match func(schema.Person) bool) (schema.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return schema.Person{}, p.err
	}
	if i := slices.IndexFunc(p.people, match); i >= 0 {
		return p.people[i], nil
	}
	return schema.Person{}, fmt.Errorf("person: %w", schema.ErrNotFound)
}
func (p *fakePeople) PersonByEmail(_ context.Context, email string) (schema.Person, error) {
	return p.find(func(q schema.Person) bool { return q.Email == email })
}
func (p *fakePeople) Person(_ context.Context, id string) (schema.Person, error) {
	return p.find(func(q schema.Person) bool { return q.ID == id })
}
func (p *fakePeople) SavePerson(_ context.Context, q schema.Person) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.people, func(r schema.Person) bool { return r.ID == q.ID })
	var stored uint64
	if i >= 0 {
		stored = p.people[i].Number
	}
	if q.Number != stored {
		return fmt.Errorf("person %s: %w", q.ID, schema.ErrConflict)
	}
	q.Number, q.ChangedAt = stored+1, noon
	if i >= 0 {
		p.people[i] = q
	} else {
		p.people = append(p.people, q)
	}
	return nil
}
func (p *fakePeople) People(context.Context) ([]schema.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.people), p.err
}
func (p *fakePeople) LastAudit(_ context.Context, action string) (map[string]time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := map[string]time.Time{}
	for _, e := range p.log {
		if e.Action == action {
			last[e.Actor] = e.At
		}
	}
	return last, nil
}
func (p *fakePeople) CountPeople(context.Context) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.people), nil
}
func (p *fakePeople) Audit(_ context.Context, e schema.AuditEntry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, e)
	return nil
}
func (p *fakePeople) CountAudit(_ context.Context, action, subject string, since time.Time) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, e := range p.log {
		if e.Action == action && e.Subject == subject && !e.At.Before(since) {
			n++
		}
	}
	return n, nil
}

// entries returns the audit log in short: "action subject".
func (p *fakePeople) entries() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, e := range p.log {
		list = append(list, e.Action+" "+e.Subject)
	}
	return list
}

type fakeQueue struct {
	mu     sync.Mutex
	asked  []schema.AccountID
	sent   []string // "schedule day again by"
	rolled []string // "account day"
	err    error
}

func (q *fakeQueue) SendReport(_ context.Context, schedule string, from time.Time, again bool, by string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent = append(q.sent, fmt.Sprintf("%s %s %v %s", schedule, from.Format(time.DateOnly), again, by))
	return q.err
}

func (q *fakeQueue) CollectNow(_ context.Context, id schema.AccountID) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, id)
	return q.err
}

// memory is a fiber.Storage that forgets nothing.
type memory struct {
	mu   sync.Mutex
	m    map[string][]byte
	fail bool
}

func (m *memory) Get(key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail {
		return nil, errors.New("storage: connection refused")
	}
	return m.m[key], nil
}
func (m *memory) Set(key string, val []byte, _ time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.m[key] = slices.Clone(val)
	return nil
}
func (m *memory) Delete(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m, key)
	return nil
}
func (m *memory) forgetLimits() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.m {
		if strings.HasPrefix(key, "limit:") {
			delete(m.m, key)
		}
	}
}
func (m *memory) Reset() error { clear(m.m); return nil }
func (m *memory) Close() error { return nil }

const testPassword = "صحیح horse battery"

// weakHash is a hash that costs a test nothing.
var weakHash = func() string {
	salt := []byte("test salt of ours")[:16]
	return "$argon2id$v=19$m=8,t=1,p=1$" + b64.EncodeToString(salt) + "$" +
		b64.EncodeToString(argonHash(testPassword, salt, 1, 8, 1, 32))
}()

// A site is a server with fakes behind it.
type site struct {
	*Server
	app     *fiber.App
	stats   *fakeStats
	people  *fakePeople
	notes   *fakeNotes
	queue   *fakeQueue
	reports *fakeReports
	imports *fakeImports
	typed   *fakeReadings
	store   *memory
	log     *strings.Builder
	clock   time.Time
}

func newSite(t *testing.T, edit ...func(*site)) *site {
	t.Helper()
	st := &site{stats: &fakeStats{}, people: &fakePeople{}, notes: &fakeNotes{}, queue: &fakeQueue{}, store: &memory{m: map[string][]byte{}},
		log: &strings.Builder{}, clock: noon}
	for _, role := range schema.Roles() {
		p := schema.Person{ID: "p-" + string(role), Email: string(role) + "@example.gov.pk", Name: "Person " + string(role),
			Role: role, PasswordHash: weakHash, Status: "active"}
		if role == schema.RoleDepartmentHead || role == schema.RoleOfficer {
			p.Department = "d01"
		}
		st.people.people = append(st.people.people, p)
	}
	st.stats.overview, st.stats.departments = sampleOverview(20), sampleDepartments(20)
	st.stats.collection, st.stats.reach = sampleCollection(), sampleReach(16)
	st.reports = &fakeReports{}
	st.imports, st.typed = &fakeImports{}, &fakeReadings{}
	st.Server = &Server{Imports: st.imports, Readings: st.typed, Uploads: filepath.Join(t.TempDir(), "uploads"), Stats: st.stats, People: st.people, Notes: st.notes, Reports: st.reports, Sessions: st.store, Queue: st.queue,
		Now: func() time.Time { return st.clock }, Zone: karachi, Version: "test",
		Log: slog.New(slog.NewTextHandler(&lockedWriter{w: st.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, e := range edit {
		e(st)
	}
	app, err := st.Server.App()
	if err != nil {
		t.Fatalf("App: %v", err)
	}
	st.app = app
	return st
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// A browser keeps cookies, as one does.
type browser struct {
	t      *testing.T
	site   *site
	jar    http.CookieJar
	header http.Header
}

func (st *site) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, st, jar, http.Header{}}
}

// An answer is a response, read whole.
type answer struct {
	*http.Response
	body string
}

func (b *browser) send(r *http.Request) answer {
	b.t.Helper()
	for name, values := range b.header {
		r.Header[name] = values
	}
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	resp, err := b.site.app.Test(r, -1)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	b.jar.SetCookies(r.URL, resp.Cookies())
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	return answer{resp, string(body)}
}

func (b *browser) get(path string, header ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest("GET", "http://hamawaz.test"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.send(r)
}

func (b *browser) post(path string, form url.Values, header ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest("POST", "http://hamawaz.test"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.send(r)
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// token returns the form token of the page.
func (b *browser) token(path string) string {
	b.t.Helper()
	m := tokenField.FindStringSubmatch(b.get(path).body)
	if m == nil {
		b.t.Fatalf("no form token on %s", path)
	}
	return m[1]
}

func (b *browser) signIn(email, password string) answer {
	b.t.Helper()
	return b.post("/sign-in", url.Values{"token": {b.token("/sign-in")}, "email": {email}, "password": {password}})
}

// as returns a browser in which somebody of the role is signed in.
func (st *site) as(t *testing.T, role schema.Role) *browser {
	t.Helper()
	b := st.browser(t)
	st.store.forgetLimits()
	if a := b.signIn(string(role)+"@example.gov.pk", testPassword); a.StatusCode != 303 {
		t.Fatalf("sign-in as %s: status %d, want 303", role, a.StatusCode)
	}
	return b
}

var departmentNames = [][2]string{
	{"Health", "محکمہ صحت"}, {"School Education", "محکمہ تعلیم (اسکول)"}, {"Provincial Disaster Management Authority", "صوبائی ڈیزاسٹر مینجمنٹ اتھارٹی"},
	{"Information", "محکمہ اطلاعات"}, {"Police", "بلوچستان پولیس"}, {"Agriculture", "محکمہ زراعت"}, {"Irrigation", "محکمہ آبپاشی"},
	{"Culture, Tourism & Archives", "محکمہ ثقافت، سیاحت و آثار"}, {"Local Government & Rural Development", "محکمہ بلدیات و دیہی ترقی"},
	{"Home & Tribal Affairs", "محکمہ داخلہ و قبائلی امور"}, {"Finance", "محکمہ خزانہ"}, {"Mines & Mineral Development", "محکمہ معدنیات"},
	{"Livestock & Dairy Development", "محکمہ لائیو اسٹاک"}, {"Women Development", "محکمہ ترقیِ نسواں"}, {"Transport", "محکمہ ٹرانسپورٹ"},
	{"Energy", "محکمہ توانائی"}, {"Fisheries", "محکمہ ماہی گیری"}, {"Labour & Manpower", "محکمہ محنت و افرادی قوت"},
	{"Science & Information Technology", "محکمہ سائنس و انفارمیشن ٹیکنالوجی"}, {"Religious Affairs", "محکمہ مذہبی امور"},
}

func sampleDepartments(n int) []schema.Department {
	var list []schema.Department
	for i := range n {
		d := departmentNames[i%len(departmentNames)]
		list = append(list, schema.Department{ID: schema.DepartmentID(fmt.Sprintf("d%02d", i+1)), NameEn: d[0], NameUr: d[1]})
	}
	return list
}

// sampleOverview is 28 days of n departments, the last two without figures.
// The headline is made to be checked by hand: 1,284,310 from 1,086,548 is
// +18.2 %, and 2.41 % from 2.71 % is −0.3 points.
func sampleOverview(n int) analytics.Overview {
	o := analytics.Overview{
		Headline: analytics.Figures{
			Interactions: fig(f(1284310), f(1086548), 12), Reactions: fig(f(1200300), f(1000000), 12), Comments: fig(f(84010), f(86548), 0),
			Posts: fig(f(1432), f(1501), 0), Followers: fig(f(8412077), f(8350873), 3), Gained: fig(f(61204), f(70000), 3),
			Rate: fig(f(0.02411), f(0.02709), 40),
		},
		AsOf: tm(noon.Add(-20 * time.Minute)), HistoryBegins: tm(time.Date(2021, 1, 3, 8, 0, 0, 0, karachi)), Reported: 23, Total: 25, Reconnect: 1,
	}
	first := time.Date(2026, 5, 1, 0, 0, 0, 0, karachi)
	for i := range 28 {
		d := analytics.Day{Day: first.AddDate(0, 0, i), Covered: true, Posts: f(float64(40 + i%7)),
			Value: f(math.Round(32000 + 8000*math.Sin(float64(i)/3))), Previous: f(math.Round(28000 + 6000*math.Cos(float64(i)/4)))}
		if i == 1 {
			d.Value = f(98000)
			d.Top = &analytics.TopPost{AccountID: "d01-a", Account: "Health Department", PostID: "1",
				Text: "Polio campaign, round 3\nbegins on Monday", Permalink: "https://social.example/p/1", Value: 38220, Share: 0.39}
		}
		if i == 12 || i == 13 {
			d.Value, d.Covered = nil, false
		}
		o.Days = append(o.Days, d)
	}
	for i := range n {
		d := departmentNames[i%len(departmentNames)]
		l := analytics.Line{Key: fmt.Sprintf("d%02d", i+1), NameEn: d[0], NameUr: d[1]}
		v := math.Round(420000 / float64(i+1))
		l.Interactions, l.Posts = fig(f(v), f(math.Round(v*0.9+float64(i*i)*40)), uint64(i%4)), fig(f(float64(140-6*i)), f(120), 0)
		l.Rate, l.Followers = fig(f(0.031-float64(i)*0.0011), f(0.03), 0), fig(f(math.Round(1900000/float64(i+1))), nil, 0)
		switch {
		case i == 4:
			l.Interactions.Previous = f(0)
		case i >= n-2:
			l.Interactions, l.Rate, l.Followers = fig(nil, nil, 9), fig(nil, nil, 0), fig(nil, nil, 1)
		}
		o.Departments = append(o.Departments, l)
		for k := range 1 + i%2 {
			a := l
			a.Key, a.Platform, a.Handle = fmt.Sprintf("%s-%c", l.Key, 'a'+k), schema.Instagram, fmt.Sprintf("balochistan.%s.%d", strings.ToLower(strings.Fields(d[0])[0]), k+1)
			a.NameUr = ""
			a.NameEn = d[0] + " Balochistan"
			o.Accounts = append(o.Accounts, a)
		}
	}
	return o
}

func sampleCollection() analytics.Collection {
	ago := func(d time.Duration) *time.Time { return tm(noon.Add(-d)) }
	acc := func(i int, outcome, e string) analytics.AccountCollection {
		d := departmentNames[i]
		return analytics.AccountCollection{AccountID: schema.AccountID(fmt.Sprintf("acc-%d", i)), Name: d[0] + " Balochistan",
			Handle: "balochistan." + strings.ToLower(strings.Fields(d[0])[0]), Platform: schema.Instagram, Access: schema.AccessPublic,
			Department: d[0], DepartmentUr: d[1], Posts: uint64(1200 + i*7), Observations: uint64(45210 + i*311), Newest: ago(time.Duration(3+i) * time.Minute),
			LastRun: ago(time.Duration(4+i) * time.Minute), LastFinished: ago(time.Duration(3+i) * time.Minute), Outcome: outcome, Error: e,
			Complete: i%3 != 0, NextDue: tm(noon.Add(time.Duration(12+i) * time.Minute)), Calls24h: uint64(96 + i), Quota: f(float64(8 + 12*i))}
	}
	c := analytics.Collection{Posts: 15230, Observations: 612044, Runs: 288, Failed: 7}
	c.Accounts = []analytics.AccountCollection{
		acc(0, "ok", ""), acc(1, "ok", ""), acc(2, "wait", "instagram: rate limited, retry after 12m0s"),
		acc(3, "reconnect", "instagram: code 190: Error validating access token: Session has expired"), acc(4, "retry", "instagram: status 500"),
		acc(5, "gone", "instagram: code 100: user not found"), acc(6, "fix_request", "instagram: code 100: unsupported field"), acc(7, "interrupted", ""),
	}
	never := acc(8, "", "")
	never.LastRun, never.LastFinished, never.Newest, never.NextDue, never.Quota, never.Posts, never.Observations = nil, nil, nil, nil, nil, 0, 0
	running := acc(9, "ok", "")
	running.LastFinished, running.Access = nil, schema.AccessOwner
	c.Accounts = append(c.Accounts, never, running)
	return c
}
