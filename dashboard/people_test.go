package dashboard

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/schema"
)

func (p *fakePeople) get(id string) schema.Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.people[slices.IndexFunc(p.people, func(q schema.Person) bool { return q.ID == id })]
}

// record is the form of a person as it is shown.
func record(token string, p schema.Person) url.Values {
	return url.Values{"token": {token}, "version": {strconv.FormatUint(p.Number, 10)}, "name": {p.Name}, "role": {string(p.Role)},
		"department": {string(p.Department)}, "language": {"en"}, "status": {"active"}}
}

var oneTime = regexp.MustCompile(`id="one-time">([a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4})<`)

func TestPeoplePage(t *testing.T) {
	st := newSite(t)
	st.as(t, schema.RoleReader)
	b := st.as(t, schema.RoleAdministrator)
	a := b.get("/people")
	got := text(a.body)
	for _, want := range []string{"5 people, of whom 5 may sign in", "Person officer", "officer@example.gov.pk", "Head of department", "Health", "just now", "never signed in"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if strings.Contains(a.body, "argon2id") {
		t.Error("the page holds a password hash")
	}
	// Find and order stand in the address.
	everybody := func(query string) []string {
		var names []string
		for _, m := range regexp.MustCompile(`<a href="/people/[^"]*"><bdi>Person ([a-z_]+)</bdi>`).FindAllStringSubmatch(b.get("/people"+query).body, -1) {
			names = append(names, m[1])
		}
		return names
	}
	for query, want := range map[string][]string{
		"":                        {"administrator", "analyst", "department_head", "officer", "reader"},
		"?sort=role":              {"administrator", "analyst", "department_head", "officer", "reader"},
		"?find=HEALTH":            {"department_head", "officer"},
		"?find=READER@&sort=seen": {"reader"},
		"?sort=nonsense":          {"administrator", "analyst", "department_head", "officer", "reader"},
		"?find=nobody":            nil,
	} {
		if got := everybody(query); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	if got := everybody("?sort=seen"); !slices.Contains(got[:2], "reader") || !slices.Contains(got[:2], "administrator") {
		t.Errorf("last seen first: %v", got)
	}
	st.people.err = nil
	st.stats.err = errors.New("down")
	if a := b.get("/people"); a.StatusCode != 503 {
		t.Errorf("departments down: %d", a.StatusCode)
	}
}

func TestAddPerson(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAdministrator)
	token := b.token("/people")
	form := url.Values{"token": {token}, "email": {" Naila@Health.gov.pk "}, "name": {"نائلہ بلوچ"}, "role": {"officer"}, "department": {"d02"}, "language": {"ur"}}
	a := b.post("/people", form)
	m := oneTime.FindStringSubmatch(a.body)
	if a.StatusCode != 200 || m == nil || !strings.Contains(a.body, "نائلہ بلوچ") || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("adding a person: %d\n%s", a.StatusCode, a.body)
	}
	q := st.people.people[len(st.people.people)-1]
	if q.Email != "naila@health.gov.pk" || q.Role != schema.RoleOfficer || q.Department != "d02" || q.ChangedBy != "p-administrator" || !isOneTime(q.PasswordHash) || strings.Contains(q.PasswordHash, m[1]) {
		t.Errorf("stored: %+v", q)
	}
	if !slices.Contains(st.people.entries(), "person.add "+q.ID) {
		t.Errorf("audit log: %v", st.people.entries())
	}
	for _, e := range st.people.log {
		if strings.Contains(e.Details, m[1]) || strings.Contains(e.Details, "argon2id") {
			t.Error("the audit log holds the password")
		}
	}

	for _, tt := range []struct{ name, field, value, want string }{
		{"address taken", "email", "ANALYST@example.gov.pk", "Somebody has this e-mail address already."},
		{"no address", "email", "naila", "This is no e-mail address."},
		{"no name", "name", " ", "Give a name"},
		{"officer of nothing", "department", "", "needs a department"},
		{"unknown department", "department", "d99", "This department is not known"},
		{"unknown role", "role", "king", "Choose one of the roles."},
		{"unknown language", "language", "fr", "Choose English or Urdu."},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = slices.Clone(v)
		}
		bad.Set("email", "new@health.gov.pk")
		bad.Set(tt.field, tt.value)
		before := len(st.people.people)
		if a := b.post("/people", bad); a.StatusCode != 400 || !strings.Contains(text(a.body), tt.want) || len(st.people.people) != before {
			t.Errorf("%s: %d, want 400 and %q", tt.name, a.StatusCode, tt.want)
		}
	}

	// The new person chooses an own password before anything else.
	n := st.browser(t)
	if a := n.signIn("naila@health.gov.pk", m[1]); a.StatusCode != 303 {
		t.Fatalf("signing in with the one-time password: %d", a.StatusCode)
	}
	for _, path := range []string{"/", "/metrics", "/overview.csv"} {
		if a := n.get(path); a.StatusCode != 303 || a.Header.Get("Location") != "/me" {
			t.Errorf("%s with a one-time password: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	if a := n.get("/", "X-Part", "live"); a.StatusCode != 403 {
		t.Errorf("a poll with a one-time password: %d", a.StatusCode)
	}
	if got := text(n.get("/me", "Accept-Language", "en").body); !strings.Contains(got, "ایک بار کے پاس ورڈ") && !strings.Contains(got, "one-time password") {
		t.Errorf("the page does not say what to do: %s", got)
	}
	change := url.Values{"token": {n.token("/me")}, "old": {m[1]}, "new": {testPassword}, "again": {testPassword}}
	if a := n.post("/me/password", change); a.StatusCode != 303 {
		t.Fatalf("own password: %d\n%s", a.StatusCode, text(a.body))
	}
	if a := n.get("/"); a.StatusCode != 200 {
		t.Errorf("after choosing an own password: %d", a.StatusCode)
	}
	if a := st.browser(t).signIn("naila@health.gov.pk", m[1]); a.StatusCode == 303 {
		t.Error("the one-time password is good twice")
	}
}

func TestChangePerson(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAdministrator)
	token := b.token("/people")
	officer := st.people.get("p-officer")
	form := record(token, officer)
	form.Set("name", "Gul Khan")
	form.Set("role", "department_head")
	form.Set("reason", "Order 12 of 1 May")
	a := b.post("/people/p-officer", form)
	if a.StatusCode != 303 || a.Header.Get("Location") != "/people/p-officer?saved=1" {
		t.Fatalf("change: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	q := st.people.get("p-officer")
	if q.Name != "Gul Khan" || q.Role != schema.RoleDepartmentHead || q.Reason != "Order 12 of 1 May" || q.ChangedBy != "p-administrator" || q.PasswordHash != officer.PasswordHash || q.Email != officer.Email {
		t.Errorf("stored: %+v", q)
	}
	last := st.people.log[len(st.people.log)-1]
	if last.Action != "person.change" || last.Subject != "p-officer" || !strings.Contains(last.Details, "officer → department_head") {
		t.Errorf("audit log: %+v", last)
	}
	page := b.get("/people/p-officer?saved=1")
	if got := text(page.body); !strings.Contains(got, "Saved.") || !strings.Contains(got, "changed by Person administrator on 28 May 12:00") {
		t.Errorf("after saving: %s", got)
	}

	// Nothing changed: no version, no entry.
	entries := len(st.people.log)
	if a := b.post("/people/p-officer", record(token, q)); a.StatusCode != 303 || st.people.get("p-officer").Number != q.Number || len(st.people.log) != entries {
		t.Errorf("an unchanged form: %d", a.StatusCode)
	}

	// Somebody was faster: both versions are shown, and the typed one is kept.
	old := record(token, officer)
	old.Set("name", "Gul Khan Mengal")
	a = b.post("/people/p-officer", old)
	if got := text(part(t, a.body, "conflict")); a.StatusCode != 409 || !strings.Contains(got, "changed by Person administrator at 28 May 12:00") ||
		!strings.Contains(got, "Gul Khan Mengal") || !strings.Contains(got, "Name Gul Khan MengalGul Khan") && !strings.Contains(got, "NameGul Khan MengalGul Khan") || !strings.Contains(got, "Head of department") {
		t.Errorf("conflict: %d %s", a.StatusCode, got)
	}
	if !strings.Contains(a.body, `name="version" value="1"`) || !strings.Contains(a.body, `value="Gul Khan Mengal"`) || st.people.get("p-officer").Name != "Gul Khan" {
		t.Error("the form of the conflict does not hold what was typed on top of what is stored")
	}

	if a := b.post("/people/p-nobody", record(token, q)); a.StatusCode != 404 {
		t.Errorf("nobody: %d", a.StatusCode)
	}
}

func TestLastAdministrator(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAdministrator)
	token := b.token("/people")
	admin := st.people.get("p-administrator")

	demote := record(token, admin)
	demote.Set("role", "analyst")
	if a := b.post("/people/p-administrator", demote); a.StatusCode != 400 || !strings.Contains(text(a.body), "This is the last active administrator.") {
		t.Errorf("the last administrator is made an analyst: %d", a.StatusCode)
	}
	end := record(token, admin)
	end.Set("status", "disabled")
	if a := b.post("/people/p-administrator", end); a.StatusCode != 400 || !strings.Contains(text(a.body), "You cannot close your own access.") {
		t.Errorf("closing oneself: %d", a.StatusCode)
	}
	// With a second one the first may step back.
	second := record(token, st.people.get("p-analyst"))
	second.Set("role", "administrator")
	if a := b.post("/people/p-analyst", second); a.StatusCode != 303 {
		t.Fatalf("second administrator: %d", a.StatusCode)
	}
	if a := b.post("/people/p-administrator", demote); a.StatusCode != 303 {
		t.Errorf("one of two steps back: %d", a.StatusCode)
	}
	if a := b.get("/people"); a.StatusCode != 403 {
		t.Errorf("people, by somebody who was an administrator: %d", a.StatusCode)
	}

	// A closed person's session ends.
	r := st.as(t, schema.RoleReader)
	c := st.as(t, schema.RoleAnalyst) // an administrator by now
	shut := record(c.token("/people"), st.people.get("p-reader"))
	shut.Set("status", "disabled")
	if a := c.post("/people/p-reader", shut); a.StatusCode != 303 {
		t.Fatalf("closing a reader: %d", a.StatusCode)
	}
	if a := r.get("/"); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
		t.Errorf("a closed person's session: %d", a.StatusCode)
	}
}

func TestNewPassword(t *testing.T) {
	st := newSite(t)
	reader := st.as(t, schema.RoleReader)
	b := st.as(t, schema.RoleAdministrator)
	a := b.post("/people/p-reader/password", url.Values{"token": {b.token("/people/p-reader")}})
	m := oneTime.FindStringSubmatch(a.body)
	if a.StatusCode != 200 || m == nil {
		t.Fatalf("new password: %d", a.StatusCode)
	}
	if strings.Contains(b.get("/people/p-reader").body, m[1]) {
		t.Error("the password is shown twice")
	}
	if a := reader.get("/"); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
		t.Errorf("a session with the old password: %d", a.StatusCode)
	}
	if !slices.Contains(st.people.entries(), "person.password p-reader") {
		t.Errorf("audit log: %v", st.people.entries())
	}
	if a := st.browser(t).signIn("reader@example.gov.pk", testPassword); a.StatusCode == 303 {
		t.Error("the old password is still good")
	}
}

func TestOwnPassword(t *testing.T) {
	st := newSite(t)
	b, other := st.as(t, schema.RoleReader), st.as(t, schema.RoleReader)
	token := b.token("/me")
	const fresh = "another long password"
	for _, tt := range []struct{ name, old, new, again, want string }{
		{"wrong", "wrong", fresh, fresh, "The present password is not right."},
		{"short", testPassword, "short", "short", "at least 12 characters"},
		{"long", testPassword, strings.Repeat("x", 1025), strings.Repeat("x", 1025), "at least 12 characters"},
		{"two", testPassword, fresh, fresh + "x", "The two new passwords differ."},
		{"the same", testPassword, testPassword, testPassword, "neither the present one"},
	} {
		a := b.post("/me/password", url.Values{"token": {token}, "old": {tt.old}, "new": {tt.new}, "again": {tt.again}})
		if a.StatusCode != 400 || !strings.Contains(text(a.body), tt.want) {
			t.Errorf("%s: %d, want 400 and %q in %s", tt.name, a.StatusCode, tt.want, text(a.body))
		}
	}
	if a := b.post("/me/password", url.Values{"token": {token}, "old": {testPassword}, "new": {fresh}, "again": {fresh}}); a.StatusCode != 303 {
		t.Fatalf("change: %d", a.StatusCode)
	}
	if a := b.get("/me?saved=password"); a.StatusCode != 200 || !strings.Contains(text(a.body), "The password was changed.") {
		t.Errorf("this session goes on: %d", a.StatusCode)
	}
	if a := other.get("/"); a.StatusCode != 303 {
		t.Errorf("the other session goes on: %d", a.StatusCode)
	}
	// Guessing ends.
	token = b.token("/me")
	status := 0
	for range 12 {
		status = b.post("/me/password", url.Values{"token": {token}, "old": {"guess"}, "new": {fresh + "1"}, "again": {fresh + "1"}}).StatusCode
	}
	if status != 429 {
		t.Errorf("twelve guesses: %d", status)
	}
}
