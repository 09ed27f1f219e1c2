package dashboard

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

func TestPassword(t *testing.T) {
	hash, err := HashPassword(testPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=3,p=2$") {
		t.Errorf("HashPassword: got %s", hash)
	}
	for _, tt := range []struct {
		hash, pw  string
		want, bad bool
	}{
		{hash, testPassword, true, false}, {hash, testPassword + " ", false, false}, {hash, "", false, false}, {weakHash, testPassword, true, false},
		{decoy, "", false, false},
		{"", "x", false, true}, {"$2a$10$abc", "x", false, true}, {"$argon2id$v=16$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA", "x", false, true},
		{"$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA", "x", false, true},
		{"$argon2id$v=19$m=8,t=0,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAA", "x", false, true},
		{"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$", "", false, true},
	} {
		if got, err := CheckPassword(tt.hash, tt.pw); got != tt.want || (err != nil) != tt.bad {
			t.Errorf("CheckPassword(%q, %q): got %v, %v", tt.hash, tt.pw, got, err)
		}
	}
	if _, err := HashPassword(""); err == nil {
		t.Error("HashPassword of nothing: no error")
	}
}

func TestSignIn(t *testing.T) {
	st := newSite(t)
	b := st.browser(t)
	b.get("/sign-in")
	before := b.jar.Cookies(must1(url.Parse("http://hamawaz.test/")))
	if a := b.signIn(" Analyst@Example.gov.pk ", testPassword); a.StatusCode != 303 || a.Header.Get("Location") != "/" {
		t.Fatalf("sign-in: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	after := b.jar.Cookies(must1(url.Parse("http://hamawaz.test/")))
	if len(before) != 1 || len(after) != 1 || before[0].Value == after[0].Value {
		t.Errorf("the session id is not new after signing in: %v, %v", before, after)
	}
	if len(st.store.m) != 2 { // the session, and the count of tries: the old session is gone
		t.Errorf("storage: got %d records, want 2", len(st.store.m))
	}
	for key := range st.store.m {
		if strings.Contains(key, after[0].Value) {
			t.Error("the storage shows session ids")
		}
	}
	if a := b.get("/"); a.StatusCode != 200 || !strings.Contains(a.body, "Person analyst") {
		t.Errorf("overview after sign-in: %d", a.StatusCode)
	}

	// A new password, or a person who was disabled, ends the session.
	for _, edit := range []func(*schema.Person){
		func(p *schema.Person) { p.PasswordHash = decoy },
		func(p *schema.Person) { p.Status = "disabled" },
	} {
		i := slices.IndexFunc(st.people.people, func(p schema.Person) bool { return p.Role == schema.RoleAnalyst })
		kept := st.people.people[i]
		edit(&st.people.people[i])
		if a := b.get("/"); a.StatusCode != 303 {
			t.Errorf("after the change the session is still good: %d", a.StatusCode)
		}
		st.people.people[i] = kept
	}

	old := b.jar
	if a := b.post("/sign-out", url.Values{"token": {b.token("/")}}); a.StatusCode != 303 || a.Header.Get("Location") != "/sign-in" {
		t.Errorf("sign-out: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	b.jar = old
	if a := b.get("/"); a.StatusCode != 303 {
		t.Errorf("after sign-out the old cookie is still good: %d", a.StatusCode)
	}
	want := []string{"session.open analyst@example.gov.pk", "session.close analyst@example.gov.pk"}
	if d := cmp.Diff(want, st.people.entries()); d != "" {
		t.Errorf("audit log (-want +got):\n%s", d)
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Whatever is wrong, the answer is the same.
func TestSignInRefused(t *testing.T) {
	st := newSite(t)
	st.people.people[1].Status = "disabled" // the analyst
	var pages []string
	for _, tt := range [][2]string{
		{"administrator@example.gov.pk", "wrong"}, {"nobody@example.gov.pk", testPassword}, {"analyst@example.gov.pk", testPassword},
	} {
		a := st.browser(t).signIn(tt[0], tt[1])
		if a.StatusCode != 401 || !strings.Contains(a.body, "The e-mail address or the password is not right.") {
			t.Errorf("sign-in %v: %d", tt, a.StatusCode)
		}
		if strings.Contains(a.body, tt[1]) {
			t.Error("the page shows the password again")
		}
		page := tokenField.ReplaceAllString(a.body, "")
		pages = append(pages, strings.ReplaceAll(page, tt[0], "EMAIL"))
	}
	if pages[0] != pages[1] || pages[0] != pages[2] {
		t.Error("the pages tell a known address from an unknown one")
	}
	if got := st.people.entries(); len(got) != 3 || got[1] != "session.refuse nobody@example.gov.pk" {
		t.Errorf("audit log: %v", got)
	}
}

func TestLockOut(t *testing.T) {
	st := newSite(t)
	const email = "administrator@example.gov.pk"
	for i := range lockAfter {
		if a := st.browser(t).signIn(email, fmt.Sprint("wrong ", i)); a.StatusCode != 401 {
			t.Fatalf("try %d: %d", i, a.StatusCode)
		}
	}
	a := st.browser(t).signIn(email, testPassword)
	if a.StatusCode != 429 || !strings.Contains(a.body, "Try again in 15 minutes") {
		t.Errorf("right password after %d refusals: %d", lockAfter, a.StatusCode)
	}
	if a := st.browser(t).signIn("analyst@example.gov.pk", testPassword); a.StatusCode != 303 {
		t.Errorf("somebody else is locked out too: %d", a.StatusCode)
	}
	// Trying while locked does not make it longer.
	st.clock = st.clock.Add(lockFor + time.Second)
	if a := st.browser(t).signIn(email, testPassword); a.StatusCode != 303 {
		t.Errorf("after 15 minutes: %d", a.StatusCode)
	}
}

func TestSignInLimitPerAddress(t *testing.T) {
	st := newSite(t)
	b := st.browser(t)
	for i := range signInsPerMinute {
		if a := b.post("/sign-in", url.Values{}); a.StatusCode != 403 { // no token
			t.Fatalf("try %d: %d", i, a.StatusCode)
		}
	}
	a := b.signIn("analyst@example.gov.pk", testPassword)
	if a.StatusCode != 429 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, "Too many tries") {
		t.Errorf("try %d: %d, Retry-After %q", signInsPerMinute+1, a.StatusCode, a.Header.Get("Retry-After"))
	}
	if a := b.get("/sign-in"); a.StatusCode != 200 {
		t.Errorf("the page itself: %d", a.StatusCode)
	}
}

// Many sign-ins at once must not take 64 MiB each.
func TestHashingTakesTurns(t *testing.T) {
	if cap(hashing) > 2 {
		t.Errorf("%d hashes at once", cap(hashing))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { argonHash("x", []byte("saltsaltsalt"), 1, 64, 1, 32) })
	}
	wg.Wait()
	if len(hashing) != 0 {
		t.Errorf("%d turns are not given back", len(hashing))
	}
}

func TestForms(t *testing.T) {
	st := newSite(t)
	b, other := st.as(t, schema.RoleAnalyst), st.as(t, schema.RoleReader)
	token := b.token("/")
	if again := b.token("/"); again == token {
		t.Error("the token looks the same on every page")
	}
	collect := "/collection/acc-3/collect"
	for _, tt := range []struct {
		name   string
		form   url.Values
		header []string
		status int
	}{
		{"no token", url.Values{}, nil, 403},
		{"somebody else's token", url.Values{"token": {other.token("/")}}, nil, 403},
		{"a damaged token", url.Values{"token": {token[2:]}}, nil, 403},
		{"from another origin", url.Values{"token": {token}}, []string{"Origin", "https://evil.example"}, 403},
		{"from another site", url.Values{"token": {token}}, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"from a sandboxed frame", url.Values{"token": {token}}, []string{"Origin", "null"}, 403},
		{"as it should be", url.Values{"token": {token}}, []string{"Origin", "http://hamawaz.test", "Sec-Fetch-Site", "same-origin"}, 303},
	} {
		if a := b.post(collect, tt.form, tt.header...); a.StatusCode != tt.status {
			t.Errorf("%s: got %d, want %d", tt.name, a.StatusCode, tt.status)
		}
	}
	if want := []schema.AccountID{"acc-3"}; !slices.Equal(st.queue.asked, want) {
		t.Errorf("queue: got %v, want %v", st.queue.asked, want)
	}
}

func TestSafeNext(t *testing.T) {
	for next, want := range map[string]string{
		"/": "/", "/collection": "/collection", "/?from=2026-05-01&to=2026-05-31": "/?from=2026-05-01&to=2026-05-31",
		"": "/", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/", "javascript:alert(1)": "/", "collection": "/",
		"/\t/evil.example": "/", "/%5cevil": "/%5cevil", "/sign-in?next=/": "/sign-in?next=/", "/x\r\nSet-Cookie: a=b": "/", "/" + strings.Repeat("a", 3000): "/",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("safeNext(%q): got %q, want %q", next, got, want)
		}
	}
	st := newSite(t)
	b := st.browser(t)
	a := b.post("/sign-in", url.Values{"token": {b.token("/sign-in")}, "email": {"reader@example.gov.pk"}, "password": {testPassword}, "next": {"//evil.example/"}})
	if to := a.Header.Get("Location"); to != "/" {
		t.Errorf("sign-in sends to %q", to)
	}
	b = st.browser(t)
	to := b.get("/?view=activity").Header.Get("Location")
	a = b.get(to)
	if !strings.Contains(a.body, `name="next" value="/?view=activity"`) {
		t.Errorf("%s does not keep where to go:\n%s", to, a.body)
	}
}

func TestFirstRun(t *testing.T) {
	st := newSite(t, func(st *site) { st.people.people = nil })
	if a := st.browser(t).get("/sign-in"); !strings.Contains(a.body, "hamawaz user add") {
		t.Errorf("nobody exists, and the page does not say how to begin:\n%s", a.body)
	}
}

func TestLanguage(t *testing.T) {
	st := newSite(t)
	b := st.browser(t)
	if a := b.get("/sign-in", "Accept-Language", "ur-PK,ur;q=0.9,en;q=0.5"); !strings.Contains(a.body, `<html lang="ur" dir="rtl">`) {
		t.Error("Accept-Language: ur is not followed")
	}
	if a := b.get("/sign-in", "Accept-Language", "fr"); !strings.Contains(a.body, `<html lang="en" dir="ltr">`) {
		t.Error("an unknown language does not give English")
	}
	b = st.as(t, schema.RoleReader)
	a := b.post("/language", url.Values{"token": {b.token("/")}, "language": {"ur"}, "next": {"/?period=7d"}})
	if a.StatusCode != 303 || a.Header.Get("Location") != "/?period=7d" {
		t.Errorf("POST /language: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := b.get("/"); !strings.Contains(a.body, `lang="ur"`) {
		t.Error("the cookie is not followed")
	}
	if p, _ := st.people.Person(t.Context(), "p-reader"); p.Language != "ur" {
		t.Errorf("the person's language is %q", p.Language)
	}
	// On another machine, without the cookie, the person's own choice counts.
	if a := st.as(t, schema.RoleReader).get("/"); !strings.Contains(a.body, `lang="ur"`) {
		t.Error("the person's language is not followed")
	}
}

func TestDemo(t *testing.T) {
	st := newSite(t, func(st *site) {
		st.Demo = &Demo{Sentence: analytics.Text{En: "Figures are modelled.", Ur: "اعداد ماڈل پر مبنی ہیں۔"}, Email: "a@b.pk", Password: "open-sesame", Factor: 720}
	})
	en := st.browser(t).get("/sign-in").body
	ur := st.browser(t).get("/sign-in", "Accept-Language", "ur").body
	for _, want := range []string{"Figures are modelled.", "a@b.pk", "open-sesame", `<bdi class="num">720</bdi> times as fast`} {
		if !strings.Contains(en, want) {
			t.Errorf("sign-in page of the demo: no %q", want)
		}
	}
	if !strings.Contains(ur, "اعداد ماڈل پر مبنی ہیں۔") {
		t.Error("the Urdu page has no demo notice")
	}
	if body := newSite(t).browser(t).get("/sign-in").body; strings.Contains(body, "open-sesame") || strings.Contains(body, `class="demo"`) {
		t.Error("a production page speaks of a demo")
	}
}

func TestSessionIsNotKeptAliveByPolls(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	st.clock = st.clock.Add(time.Hour)
	if a := b.get("/collection/table"); a.StatusCode != 200 || len(a.Cookies()) != 0 {
		t.Errorf("a poll renews the session: %v", a.Cookies())
	}
	if a := b.get("/"); len(a.Cookies()) != 1 || a.Cookies()[0].MaxAge != int(sessionIdle.Seconds()) {
		t.Errorf("a page does not renew the session: %v", a.Cookies())
	}
}
