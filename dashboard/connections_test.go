package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/schema"
)

const (
	secretCode = "CODE-that-nobody-may-see"
	publicURL  = "http://hamawaz.test"
)

// fakeConnections is a vault and the platforms behind it.
type fakeConnections struct {
	mu          sync.Mutex
	credentials []schema.Credential
	state       string // the last that was sent along
	verifiers   []string
	connected   []string // "account code verifier redirect by"
	refuse      error
	kept        bool // the platform does not take permissions back
}

func (f *fakeConnections) Credentials(context.Context) ([]schema.Credential, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.credentials), nil
}
func (f *fakeConnections) Connectable(p schema.Platform) bool { return p != schema.TikTok }
func (f *fakeConnections) Origins() []string                  { return []string{"https://platform.example"} }
func (f *fakeConnections) AuthorizeURL(a schema.Account, state, verifier, redirect string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state, f.verifiers = state, append(f.verifiers, verifier)
	return "https://platform.example/authorize?" + url.Values{"state": {state}, "redirect_uri": {redirect}, "a": {string(a.ID)}}.Encode(), nil
}
func (f *fakeConnections) Connect(_ context.Context, a schema.Account, code, verifier, redirect, by string) (schema.Credential, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return schema.Credential{}, f.refuse
	}
	f.connected = append(f.connected, strings.Join([]string{string(a.ID), code, verifier, redirect, by}, " "))
	c := schema.Credential{Account: a.ID, Platform: a.Platform, Status: schema.CredentialActive, By: by, At: noon}
	f.credentials = append(f.credentials, c)
	return c, nil
}
func (f *fakeConnections) Disconnect(_ context.Context, id schema.AccountID, _ string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.credentials)
	f.credentials = slices.DeleteFunc(f.credentials, func(c schema.Credential) bool { return c.Account == id })
	if len(f.credentials) == n {
		return false, fmt.Errorf("credential of %s: %w", id, schema.ErrNotFound)
	}
	return !f.kept, nil
}

// connectSite is a site with an account of each state.
func connectSite(t *testing.T) (*site, *fakeConnections) {
	t.Helper()
	in := func(d time.Duration) *time.Time { return tm(noon.Add(d)) }
	f := &fakeConnections{credentials: []schema.Credential{
		{Account: "good", Platform: schema.X, Status: schema.CredentialActive, By: "p-administrator", At: noon.Add(-48 * time.Hour)},
		{Account: "soon", Platform: schema.Instagram, Status: schema.CredentialActive, RefreshEnd: in(6 * 24 * time.Hour), By: "p-administrator", At: noon.Add(-54 * 24 * time.Hour)},
		{Account: "dead", Platform: schema.X, Status: schema.CredentialLapsed, Reason: schema.ReasonInterrupted, LastError: "TECHNICAL-WORDS", By: "p-gone", At: noon.Add(-time.Hour)},
		{Account: "left", Platform: schema.X, Status: schema.CredentialDisconnected, By: "p-gone", At: noon},
	}}
	st := newSite(t, func(s *site) {
		s.Connections, s.Public = f, publicURL
		account := func(id, name string, p schema.Platform, access schema.Access, status string) schema.Account {
			return schema.Account{ID: schema.AccountID(id), Department: "d01", Platform: p, Handle: id + "_handle", Name: name, Access: access, Status: status}
		}
		s.stats.accounts = []schema.Account{
			account("good", "Good account", schema.X, schema.AccessOwner, schema.StatusApproved),
			account("soon", "Soon account", schema.Instagram, schema.AccessOwner, schema.StatusApproved),
			account("dead", "Dead account", schema.X, schema.AccessOwner, schema.StatusApproved),
			account("left", "Left account", schema.X, schema.AccessOwner, schema.StatusApproved),
			account("public", "Public account", schema.YouTube, schema.AccessPublic, schema.StatusApproved),
			account("tiktok", "<b>TikTok</b> account", schema.TikTok, schema.AccessOwner, schema.StatusApproved),
			account("closed", "Closed account", schema.X, schema.AccessOwner, schema.StatusClosed),
		}
	})
	return st, f
}

func TestConnectionsShowEachState(t *testing.T) {
	st, _ := connectSite(t)
	b := st.as(t, schema.RoleAdministrator)
	a := b.get("/connections")
	if a.StatusCode != 200 {
		t.Fatalf("status %d", a.StatusCode)
	}
	last := -1
	for _, name := range []string{"Dead account", "Soon account", "Left account", "Good account"} { // who needs somebody comes first
		i := strings.Index(a.body, name)
		if i <= last {
			t.Errorf("%s stands at %d, not after %d", name, i, last)
		}
		last = i
	}
	for _, want := range []string{
		"A renewal was cut off halfway", "Ends soon", "in 6 days", "Not connected", "Public figures only", "Person administrator", "p-gone",
		`action="/connections/good/connect"`, `href="/connections/good/disconnect"`, "&lt;b&gt;TikTok&lt;/b&gt;", "Platforms that are not set up",
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"Closed account", `/connections/tiktok/connect`, `/connections/left/disconnect`, "TECHNICAL-WORDS"} {
		if strings.Contains(a.body, not) {
			t.Errorf("the page shows %q", not)
		}
	}
	if got := a.Header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' https://platform.example;") || !strings.Contains(got, "default-src 'none'") {
		t.Errorf("policy of the page: %s", got)
	}
	if got := b.get("/people").Header.Get("Content-Security-Policy"); got != policy {
		t.Errorf("policy of another page: %s", got)
	}
	// An analyst looks and changes nothing.
	an := st.as(t, schema.RoleAnalyst).get("/connections")
	if an.StatusCode != 200 || strings.Contains(an.body, "/connect\"") || strings.Contains(an.body, "/disconnect\"") || an.Header.Get("Content-Security-Policy") != policy {
		t.Errorf("an analyst may change connections, or not see them: status %d", an.StatusCode)
	}
	ur := b.get("/connections", "Cookie", "language=ur")
	if !strings.Contains(ur.body, "تجدید درمیان میں رک گئی") || strings.Contains(ur.body, "[connections.") {
		t.Error("the page in Urdu lacks its words")
	}
}

func TestConnectionsOfNobody(t *testing.T) {
	st := newSite(t) // no accounts, and nothing is set up
	if a := st.as(t, schema.RoleAdministrator).get("/connections"); a.StatusCode != 200 || !strings.Contains(a.body, "No account is approved yet") {
		t.Errorf("status %d, %s", a.StatusCode, a.body)
	}
	if _, err := (&Server{Connections: &fakeConnections{}, Imports: &fakeImports{}, Readings: &fakeReadings{}, Stats: &fakeStats{}, People: &fakePeople{}, Notes: &fakeNotes{}, Reports: &fakeReports{}, Sessions: &memory{m: map[string][]byte{}}, Queue: &fakeQueue{}}).App(); err == nil || !strings.Contains(err.Error(), "Public") {
		t.Errorf("a server with connections and no address of its own: %v", err)
	}
}

// start presses the button and returns the state that was sent along.
func (f *fakeConnections) start(t *testing.T, b *browser, account string) string {
	t.Helper()
	a := b.post("/connections/"+account+"/connect", url.Values{"token": {b.token("/connections")}})
	u, err := url.Parse(a.Header.Get("Location"))
	if a.StatusCode != 303 || err != nil || u.Host != "platform.example" {
		t.Fatalf("connect: status %d, to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if u.Query().Get("redirect_uri") != publicURL+"/connections/callback/x" {
		t.Errorf("redirect_uri %s", u.Query().Get("redirect_uri"))
	}
	for _, v := range f.verifiers {
		if len(v) < 43 || strings.Contains(a.Header.Get("Location"), v) {
			t.Error("the verifier is short, or leaves in the address")
		}
	}
	return u.Query().Get("state")
}

func callback(state string, more ...string) string {
	q := url.Values{"state": {state}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/connections/callback/x?" + q.Encode()
}

// back takes the answer of a callback to the page, and returns what it says.
func back(t *testing.T, b *browser, a answer) string {
	t.Helper()
	if a.StatusCode != 303 || a.Header.Get("Location") != "/connections" || strings.Contains(a.body, secretCode) {
		t.Fatalf("callback: status %d, to %q, %s", a.StatusCode, a.Header.Get("Location"), a.body)
	}
	page := b.get("/connections").body
	_, after, found := strings.Cut(page, `id="told"`)
	if !found {
		t.Fatal("the page says nothing")
	}
	say, _, _ := strings.Cut(after, "</section>")
	if strings.Contains(b.get("/connections").body, `id="told"`) {
		t.Error("it is said twice")
	}
	return say
}

func TestConnect(t *testing.T) {
	st, f := connectSite(t)
	b := st.as(t, schema.RoleAdministrator)
	state := f.start(t, b, "left")
	if say := back(t, b, b.get(callback(state, "code", secretCode))); !strings.Contains(say, "is connected") {
		t.Errorf("it says %s", say)
	}
	want := "left " + secretCode + " " + f.verifiers[0] + " " + publicURL + "/connections/callback/x p-administrator"
	if !slices.Equal(f.connected, []string{want}) {
		t.Errorf("connected %q, want %q", f.connected, want)
	}
	if !slices.Contains(st.queue.asked, "left") {
		t.Error("the account is not read at once")
	}
	if log := st.people.entries(); !slices.Contains(log, "credential.ask left") || !slices.Contains(log, "credential.connect left") {
		t.Errorf("audit log %q", log)
	}
	// Once.
	if say := back(t, b, b.get(callback(state, "code", secretCode))); !strings.Contains(say, "belongs to no request of yours") || len(f.connected) != 1 {
		t.Errorf("the same answer again: %s", say)
	}
	for _, where := range []string{st.log.String(), fmt.Sprint(st.people.log)} {
		if strings.Contains(where, secretCode) || strings.Contains(where, state) || strings.Contains(where, f.verifiers[0]) {
			t.Error("the log holds the code, the state or the verifier")
		}
	}
	for key := range st.store.m {
		if strings.Contains(key, state) {
			t.Error("the storage has the state in the open")
		}
	}
}

func TestAStateThatIsNotOurs(t *testing.T) {
	st, f := connectSite(t)
	b := st.as(t, schema.RoleAdministrator)
	state := f.start(t, b, "left")
	other := st.as(t, schema.RoleAdministrator) // the same person in another browser
	for name, a := range map[string]func() (*browser, string){
		"made up":          func() (*browser, string) { return b, callback("MADEUP", "code", secretCode) },
		"none":             func() (*browser, string) { return b, "/connections/callback/x?code=" + secretCode },
		"too long":         func() (*browser, string) { return b, callback(strings.Repeat("x", 200), "code", secretCode) },
		"another browser":  func() (*browser, string) { return other, callback(state, "code", secretCode) },
		"the hash instead": func() (*browser, string) { return b, callback(hashKey(state), "code", secretCode) },
	} {
		who, path := a()
		if say := back(t, who, who.get(path)); !strings.Contains(say, "belongs to no request of yours") || len(f.connected) != 0 {
			t.Errorf("%s: %s", name, say)
		}
	}
	// None of that used it up; another platform's callback does.
	if say := back(t, b, b.get(strings.Replace(callback(state, "code", secretCode), "/x?", "/tiktok?", 1))); !strings.Contains(say, "belongs to no request") {
		t.Errorf("on another platform: %s", say)
	}
	if say := back(t, b, b.get(callback(state, "code", secretCode))); !strings.Contains(say, "belongs to no request") || len(f.connected) != 0 {
		t.Errorf("after another platform: %s", say)
	}
	// Ten minutes.
	state = f.start(t, b, "left")
	key := "connect:" + hashKey(state)
	old := strings.Replace(string(st.store.m[key]), `"Ends":"20`, `"Ends":"19`, 1)
	st.store.m[key] = []byte(old)
	if say := back(t, b, b.get(callback(state, "code", secretCode))); !strings.Contains(say, "older than ten minutes") || len(f.connected) != 0 {
		t.Errorf("too late: %s", say)
	}
	// An answer that comes twice at once connects once.
	state = f.start(t, b, "left")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { b.get(callback(state, "code", secretCode)) })
	}
	wg.Wait()
	if len(f.connected) != 1 {
		t.Errorf("connected %d times by one state", len(f.connected))
	}
}

func TestRefusalsInWords(t *testing.T) {
	st, f := connectSite(t)
	b := st.as(t, schema.RoleAdministrator)
	for _, tt := range []struct {
		name   string
		refuse error
		answer []string
		says   string
	}{
		{"denied", nil, []string{"error", "access_denied", "error_description", "The+user+denied"}, "the owner said no"},
		{"settings", nil, []string{"error", "invalid_scope"}, "refuses our application"},
		{"nothing", nil, nil, "did not answer as it should"},
		{"wrong account", &schema.ConnectError{Reason: schema.ReasonWrongAccount, Got: "@<i>other", Want: "@left_handle"}, []string{"code", secretCode}, "<bdi>@&lt;i&gt;other</bdi> was chosen at the platform, but <bdi>@left_handle</bdi> is registered"},
		{"permission", fmt.Errorf("connect: %w", &schema.ConnectError{Reason: schema.ReasonPermission, Missing: "offline.access"}), []string{"code", secretCode}, "<bdi>offline.access</bdi> was not given"},
		{"code", &schema.ConnectError{Reason: schema.ReasonCode}, []string{"code", secretCode}, "good for a short time"},
	} {
		f.refuse = tt.refuse
		before := len(f.credentials)
		say := back(t, b, b.get(callback(f.start(t, b, "left"), tt.answer...)))
		if !strings.Contains(say, tt.says) || len(f.credentials) != before {
			t.Errorf("%s: %s", tt.name, say)
		}
		if log := st.people.entries(); log[len(log)-1] != "credential.refuse left" {
			t.Errorf("%s: audit log ends in %q", tt.name, log[len(log)-1])
		}
	}
	f.refuse = errors.New("store: connection refused")
	if a := b.get(callback(f.start(t, b, "left"), "code", secretCode)); a.StatusCode != 503 || strings.Contains(a.body, secretCode) {
		t.Errorf("a store that does not answer: status %d", a.StatusCode)
	}
}

func TestDisconnect(t *testing.T) {
	st, f := connectSite(t)
	b := st.as(t, schema.RoleAdministrator)
	ask := b.get("/connections/good/disconnect")
	if ask.StatusCode != 200 || !strings.Contains(ask.body, "Disconnect this account?") || !strings.Contains(ask.body, `action="/connections/good/disconnect"`) || len(f.credentials) != 4 {
		t.Fatalf("the question: status %d", ask.StatusCode)
	}
	form := url.Values{"token": {b.token("/connections/good/disconnect")}}
	if a := b.post("/connections/good/disconnect", url.Values{}); a.StatusCode != 403 || len(f.credentials) != 4 {
		t.Errorf("without the form's token: status %d", a.StatusCode)
	}
	if say := back(t, b, b.post("/connections/good/disconnect", form)); !strings.Contains(say, "is erased") || !strings.Contains(say, "took it back") {
		t.Errorf("it says %s", say)
	}
	f.kept = true
	if say := back(t, b, b.post("/connections/soon/disconnect", form)); !strings.Contains(say, "may still be listed") {
		t.Errorf("the platform did not take it: %s", say)
	}
	if log := st.people.entries(); !slices.Contains(log, "credential.disconnect good") {
		t.Errorf("audit log %q", log)
	}
	for _, id := range []string{"left", "nobody", "closed", "public"} {
		if a := b.get("/connections/" + id + "/disconnect"); a.StatusCode != 404 {
			t.Errorf("the question about %s: status %d, want 404", id, a.StatusCode)
		}
	}
	for _, id := range []string{"tiktok", "nobody", "closed", "public"} {
		if a := b.post("/connections/"+id+"/connect", form); a.StatusCode != 404 {
			t.Errorf("connect %s: status %d, want 404", id, a.StatusCode)
		}
	}
}

// Only administrators change connections; nobody is shown the code.
func TestConnectionsByRole(t *testing.T) {
	st, f := connectSite(t)
	admin := st.as(t, schema.RoleAdministrator)
	state := f.start(t, admin, "left")
	for _, role := range []schema.Role{schema.RoleAnalyst, schema.RoleDepartmentHead, schema.RoleOfficer, schema.RoleReader} {
		b := st.as(t, role)
		want := 403
		if role == schema.RoleAnalyst {
			want = 200
		}
		if a := b.get("/connections"); a.StatusCode != want {
			t.Errorf("%s sees the page: status %d, want %d", role, a.StatusCode, want)
		}
		token := url.Values{"token": {b.token("/me")}}
		for _, a := range []answer{
			b.post("/connections/left/connect", token), b.get("/connections/good/disconnect"), b.post("/connections/good/disconnect", token),
			b.get(callback(state, "code", secretCode)),
		} {
			if a.StatusCode != 403 || strings.Contains(a.body, secretCode) || strings.Contains(a.body, state) {
				t.Errorf("%s %s: status %d, want 403 and no code", role, "a route of connections", a.StatusCode)
			}
		}
	}
	out := st.browser(t).get(callback(state, "code", secretCode))
	if out.StatusCode != 303 || out.Header.Get("Location") != "/sign-in?next=%2Fconnections" {
		t.Errorf("signed out: status %d, to %q", out.StatusCode, out.Header.Get("Location"))
	}
	if len(f.connected) != 0 || len(f.credentials) != 4 {
		t.Error("somebody who may not has changed a connection")
	}
	if strings.Contains(st.log.String(), secretCode) {
		t.Error("the log holds the code")
	}
	if say := back(t, admin, admin.get(callback(state, "code", secretCode))); !strings.Contains(say, "is connected") {
		t.Errorf("the administrator's own answer: %s", say)
	}
}
