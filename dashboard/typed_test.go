package dashboard

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/schema"
)

func typedSite(t *testing.T) (*site, string) {
	st := newSite(t)
	st.stats.post = analytics.Post{PostRow: analytics.PostRow{Account: "d01-a", AccountName: "Health", PostID: "C7x_1", Platform: schema.Instagram,
		Department: "d01", PublishedAt: noon.Add(-48 * time.Hour), PostDetails: analytics.PostDetails{Text: "Polio campaign"}}}
	return st, "/accounts/d01-a/posts/C7x_1/figures"
}

func TestTypedFigures(t *testing.T) {
	st, path := typedSite(t)
	b := st.as(t, schema.RoleAnalyst)
	page := b.get(path)
	if page.StatusCode != 200 || !strings.Contains(page.body, `value="2026-05-28"`) {
		t.Fatalf("form: %d\n%s", page.StatusCode, page.body)
	}
	token := b.token(path)
	form := func(pairs ...string) url.Values {
		f := url.Values{"token": {token}, "day": {"2026-05-27"}, "clock": {"18:30"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for _, tt := range []struct {
		name string
		form url.Values
		want string
	}{
		{"nothing", form(), "at least one figure"},
		{"below zero", form("reactions", "-3"), "cannot be below zero"},
		{"beyond 64 bits", form("reactions", "9223372036854775808"), "larger than any count"},
		{"shortened", form("reactions", "1.2K"), "want a whole number"},
		{"future", form("reactions", "1", "day", "2026-05-28", "clock", "12:01"), "in the future"},
		{"before publication", form("reactions", "1", "day", "2026-05-26", "clock", "11:59"), "before the post"},
		{"no moment", form("reactions", "1", "day", "2026-02-30"), "no date and time"},
	} {
		if a := b.post(path, tt.form); a.StatusCode != 400 || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: got %d, want 400 and %q", tt.name, a.StatusCode, tt.want)
		}
	}
	if len(st.typed.kept) > 0 {
		t.Fatalf("kept what was refused: %+v", st.typed.kept)
	}
	a := b.post(path, form("reactions", "1,284", "comments", "۴۲", "views", "12 000", "shares", "0"))
	if a.StatusCode != 303 || a.Header.Get("Location") != "/accounts/d01-a/posts/C7x_1" {
		t.Fatalf("good figures: %d %s", a.StatusCode, a.body)
	}
	n := func(v int64) *int64 { return &v }
	want := []schema.Observation{{AccountID: "d01-a", PostID: "C7x_1", Platform: schema.Instagram, ObservedAt: time.Date(2026, 5, 27, 13, 30, 0, 0, time.UTC), Call: "typed",
		RunID: "typed:2026-05-28T07:00:00Z p-analyst", Counters: schema.Counters{Reactions: n(1284), Comments: n(42), Views: n(12000), Shares: n(0)}}}
	if d := cmp.Diff(want, st.typed.kept); d != "" {
		t.Errorf("kept (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"d01-a 2026-05-27"}, st.queue.rolled); d != "" {
		t.Errorf("daily figures (-want +got):\n%s", d)
	}
	if log := st.people.entries(); log[len(log)-1] != "figures.type d01-a C7x_1" {
		t.Errorf("audit log: %q", log)
	}
	// A department's head sees the post, and may not type.
	head := st.as(t, schema.RoleDepartmentHead)
	if a := head.get(path); a.StatusCode != 403 {
		t.Errorf("head of the department: got %d, want 403", a.StatusCode)
	}
}

// The page of the post says who typed what in, and when, in words and in the
// CSV file; the figure is not called measured.
func TestTypedFiguresAreMarked(t *testing.T) {
	st, _ := typedSite(t)
	n := int64(7)
	at := noon.Add(-24 * time.Hour)
	st.stats.post.Reactions, st.stats.post.ReadAt = f(7), &at
	st.stats.post.Readings = []analytics.Reading{{At: at.Add(-time.Hour), Call: "media", RunID: "run-1", Comments: &n}, {At: at, Call: schema.CallTyped, RunID: schema.TypedRun("p-analyst", noon), Reactions: &n}}
	st.stats.post.Comments = f(7)
	b := st.as(t, schema.RoleAnalyst)
	page := b.get("/accounts/d01-a/posts/C7x_1")
	kpi := func(key string) string {
		_, rest, _ := strings.Cut(page.body, `id="kpi-`+key+`"`)
		card, _, _ := strings.Cut(rest, "</section>")
		return card
	}
	if !strings.Contains(page.body, "typed in by Person analyst, 28 May 12:00") || !strings.Contains(kpi("reactions"), "<small>typed in</small>") || strings.Contains(kpi("comments"), "typed in") {
		t.Errorf("page of the post:\n%s\n%s", kpi("reactions"), page.body)
	}
	if file := b.get("/accounts/d01-a/posts/C7x_1/post.csv"); !strings.Contains(file.body, "typed in by Person analyst") {
		t.Errorf("CSV: %s", file.body)
	}
}
