package dashboard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// fakeNotes keeps notes in memory.
type fakeNotes struct {
	mu   sync.Mutex
	list []schema.Annotation
	err  error
}

func (n *fakeNotes) Annotations(_ context.Context, first, last time.Time) ([]schema.Annotation, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []schema.Annotation
	for _, a := range n.list {
		if day := a.Day.Format(time.DateOnly); day >= first.Format(time.DateOnly) && day <= last.Format(time.DateOnly) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b schema.Annotation) int { return cmp.Or(a.Day.Compare(b.Day), a.At.Compare(b.At)) })
	return list, n.err
}
func (n *fakeNotes) Annotation(_ context.Context, id string) (schema.Annotation, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range n.list {
		if a.ID == id {
			return a, nil
		}
	}
	return schema.Annotation{}, schema.ErrNotFound
}
func (n *fakeNotes) AddAnnotation(_ context.Context, a schema.Annotation) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	a.At = noon
	a.Day = time.Date(a.Day.Year(), a.Day.Month(), a.Day.Day(), 0, 0, 0, 0, time.UTC)
	n.list = append(n.list, a)
	return n.err
}
func (n *fakeNotes) RemoveAnnotation(_ context.Context, a schema.Annotation, _ string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = slices.DeleteFunc(n.list, func(b schema.Annotation) bool { return a.ID == b.ID })
	return n.err
}

func sampleNotes() []schema.Annotation {
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	return []schema.Annotation{
		{ID: "n1", Day: day(2), Text: "Polio campaign, round 3, begins", Author: "p-analyst", At: noon.Add(-48 * time.Hour)},
		{ID: "n2", Day: day(2), Text: "محکمہ صحت کی پریس کانفرنس", Department: "d01", Author: "p-administrator", At: noon.Add(-24 * time.Hour)},
		{ID: "n3", Day: day(13), Text: "Schools closed: heat", Department: "d02", Author: "p-analyst", At: noon.Add(-time.Hour)},
	}
}

func TestNotes(t *testing.T) {
	st := newSite(t)
	b := st.as(t, schema.RoleAnalyst)
	token := b.token("/")
	if a := b.post("/notes", url.Values{"token": {token}, "day": {"2026-05-02"}, "text": {"  Polio campaign\nbegins  "}, "department": {"d01"}, "next": {"/?period=7d"}}); a.StatusCode != 303 || a.Header.Get("Location") != "/?period=7d" {
		t.Fatalf("writing a note: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	got := st.notes.list[0]
	if got.Text != "Polio campaign begins" || got.Department != "d01" || got.Author != "p-analyst" || got.Day.Format(time.DateOnly) != "2026-05-02" {
		t.Errorf("kept: %+v", got)
	}
	if e := st.people.entries(); !slices.Contains(e, "note.add "+got.ID) {
		t.Errorf("audit log: %v", e)
	}
	body := b.get("/?period=28d").body
	if s := text(part(t, body, "notes")); !strings.Contains(s, "2 May 2026 Polio campaign begins Health Person analyst · 28 May 12:00 Take away") {
		t.Errorf("list: %s", s)
	}
	if !strings.Contains(body, `"note":"Polio campaign begins"`) {
		t.Error("the chart has no mark")
	}
	if s := text(part(t, b.get("/?period=7d").body, "notes")); !strings.Contains(s, "No notes on these days.") {
		t.Errorf("another period: %s", s)
	}

	for _, tt := range []struct{ name, day, text, department, want string }{
		{"no day", "", "x", "", "The day is not a date"},
		{"no day that can be", "2026-02-30", "x", "", "The day is not a date"},
		{"long ago", "1024-05-01", "x", "", "The day is not a date"},
		{"nothing", "2026-05-02", " \n ", "", "at most 200 letters"},
		{"too much", "2026-05-02", strings.Repeat("آ", 201), "", "at most 200 letters"},
		{"a broken letter", "2026-05-02", "a\xffb", "", "at most 200 letters"},
		{"a NUL", "2026-05-02", "a\x00b", "", "at most 200 letters"},
		{"no such department", "2026-05-02", "x", "d99", "This department is not known"},
	} {
		if a := b.post("/notes", url.Values{"token": {token}, "day": {tt.day}, "text": {tt.text}, "department": {tt.department}}); a.StatusCode != 400 || !strings.Contains(text(a.body), tt.want) {
			t.Errorf("%s: %d, want 400 and %q", tt.name, a.StatusCode, tt.want)
		}
	}
	if a := b.post("/notes", url.Values{"token": {token}, "day": {"2026-05-02"}, "text": {strings.Repeat("آ", 200)}}); a.StatusCode != 303 {
		t.Errorf("200 letters: %d", a.StatusCode)
	}

	// The note of another is not theirs to take away; an administrator may.
	st.notes.list = sampleNotes()
	if a := b.post("/notes/n2/remove", url.Values{"token": {token}}); a.StatusCode != 403 || len(st.notes.list) != 3 {
		t.Errorf("an analyst takes away an administrator's note: %d", a.StatusCode)
	}
	if a := b.post("/notes/n1/remove", url.Values{"token": {token}}); a.StatusCode != 303 || len(st.notes.list) != 2 {
		t.Errorf("an analyst takes away the own note: %d", a.StatusCode)
	}
	admin := st.as(t, schema.RoleAdministrator)
	if a := admin.post("/notes/n3/remove", url.Values{"token": {admin.token("/")}}); a.StatusCode != 303 || len(st.notes.list) != 1 {
		t.Errorf("an administrator takes away a note: %d", a.StatusCode)
	}
}

func TestNotesByRole(t *testing.T) {
	st := newSite(t)
	st.notes.list = sampleNotes()
	for role, want := range map[schema.Role][]string{
		schema.RoleAnalyst: {"Polio", "پریس", "Schools"}, schema.RoleReader: {"Polio", "پریس", "Schools"},
		schema.RoleDepartmentHead: {"Polio", "پریس"}, schema.RoleOfficer: {"Polio", "پریس"}, // of d01
	} {
		b := st.as(t, role)
		body := b.get("/").body
		for _, word := range []string{"Polio", "پریس", "Schools"} {
			if strings.Contains(body, word+" ") != slices.Contains(want, word) && strings.Contains(part(t, body, "notes"), word) != slices.Contains(want, word) {
				t.Errorf("%s, note %q: want it %v", role, word, slices.Contains(want, word))
			}
		}
		if got := strings.Contains(body, `id="note-text"`); got != (role == schema.RoleAnalyst) {
			t.Errorf("%s may write: %v", role, got)
		}
		if role != schema.RoleAnalyst && strings.Contains(body, "/remove") {
			t.Errorf("%s is offered to take a note away", role)
		}
	}
	if s := part(t, st.as(t, schema.RoleAnalyst).get("/?department=d01").body, "notes"); !strings.Contains(s, "Polio") || strings.Contains(s, "Schools") {
		t.Errorf("notes of d01: %s", text(s))
	}
	// A reader of a period without notes sees no empty card.
	if strings.Contains(st.as(t, schema.RoleReader).get("/?period=today").body, `id="notes"`) {
		t.Error("a reader sees a card without notes")
	}
	st.notes.err = errors.New("clickhouse: down")
	a := st.as(t, schema.RoleReader).get("/")
	if s := text(part(t, a.body, "notes")); a.StatusCode != 200 || !strings.Contains(s, "could not be read") || !strings.Contains(a.body, "1,284,310") {
		t.Errorf("notes that cannot be read: %d %s", a.StatusCode, s)
	}
}

func TestNoteMarks(t *testing.T) {
	o := sampleOverview(3)
	for _, days := range []int{28, 3} { // a line and bars
		o.Days = o.Days[:days]
		ch, err := dayChart(i18n.New("en", karachi), o, "say", noon, sampleNotes()...)
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			Series []struct {
				Type string
				Data []json.RawMessage
			}
		}
		if err := json.Unmarshal([]byte(ch.Options), &m); err != nil {
			t.Fatal(err)
		}
		last := m.Series[len(m.Series)-1]
		if len(m.Series) != 3 || last.Type != "line" || len(last.Data) != days {
			t.Fatalf("%d days: series %d, the last %+v", days, len(m.Series), last)
		}
		if got := string(last.Data[1]); !strings.Contains(got, `"value":98000`) || !strings.Contains(got, `Polio campaign, round 3, begins\nمحکمہ`) {
			t.Errorf("mark of 2 May: %s", got)
		}
		if got := string(last.Data[0]); got != `"-"` {
			t.Errorf("mark of 1 May: %s", got)
		}
	}
	if noteSeries(i18n.New("en", karachi), []analytics.Day{}, sampleNotes()) != nil {
		t.Error("marks without days")
	}
}
