package i18n

import (
	"encoding/json"
	"html/template"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func messages(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	b, err := files.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatalf("%s.json: %v", lang, err)
	}
	list := map[string]map[string]string{}
	for key, m := range raw {
		var s string
		if json.Unmarshal(m, &s) == nil {
			list[key] = map[string]string{"": s}
			continue
		}
		forms := map[string]string{}
		if err := json.Unmarshal(m, &forms); err != nil {
			t.Fatalf("%s.json: %s: %v", lang, key, err)
		}
		list[key] = forms
	}
	return list
}

var placeholder = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

func placeholders(s string) []string {
	var list []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		list = append(list, m[1])
	}
	slices.Sort(list)
	return list
}

func TestLanguagesAgree(t *testing.T) {
	en, ur := messages(t, "en"), messages(t, "ur")
	for key, forms := range en {
		if _, ok := ur[key]; !ok {
			t.Errorf("ur.json: no %s", key)
			continue
		}
		for form, s := range forms {
			u := ur[key][form]
			if d := cmp.Diff(placeholders(s), placeholders(u)); d != "" {
				t.Errorf("%s %s: placeholders differ (-en +ur):\n%s", key, form, d)
			}
			if !regexp.MustCompile(`[\x{600}-\x{6ff}]`).MatchString(u) {
				t.Errorf("ur.json: %s is not in Urdu: %q", key, u)
			}
			for _, s := range []string{s, u} {
				if strings.ContainsAny(s, "<>&") {
					t.Errorf("%s: %q must not hold HTML", key, s)
				}
			}
			// Arabic's own kaf, yeh and digits look right and search wrong.
			if m := regexp.MustCompile(`[كيى٠-٩۰-۹]`).FindString(u); m != "" {
				t.Errorf("ur.json: %s has %q of Arabic", key, m)
			}
		}
	}
	for key := range ur {
		if _, ok := en[key]; !ok {
			t.Errorf("en.json: no %s", key)
		}
	}
}

// Every key that code or a template names exists, and every key is named.
func TestKeysAreUsed(t *testing.T) {
	en := messages(t, "en")
	var source strings.Builder
	for _, dir := range []string{"..", "."} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && strings.HasPrefix(name, "static") || dir == "." && d.IsDir() && name != "." {
				return fs.SkipDir
			}
			if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".html") {
				b, err := os.ReadFile(dir + "/" + name)
				source.Write(b)
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	text := source.String()
	for _, m := range regexp.MustCompile(`(?:\$?\.(?:Text|HTML)|p\.Text|p\.HTML|say|refuse\([^,]*,) ?\(?"([a-z_]+(?:\.[a-z0-9_-]+)+)"`).FindAllStringSubmatch(text, -1) {
		if _, ok := en[m[1]]; !ok && !strings.HasSuffix(m[1], "_") {
			t.Errorf("no text for %s", m[1])
		}
	}
	// Keys that are put together from a word of the data.
	built := regexp.MustCompile(`^(format|relation|whose|absence|post\.absent|sort|posts\.say_|posts\.short_|posts\.(none|whose)_|ago|in|role|period|view|platform|outcome|advice|access|csv|error|departments|accounts|daily\.means_|problem|weekday|unit|language|compare|platforms|account\.(access|status)|people\.(fault|sort)|connections\.(state|told|why)|metrics\.over|insights\.(california|utc)|reports\.(state|outcome|kind|advice)|report\.language|budget\.unit|imports\.(field|reason|state|warning|thousands))[._]?`)
	for key := range en {
		if !strings.Contains(text, `"`+key+`"`) && !built.MatchString(key) {
			t.Errorf("nobody says %s", key)
		}
	}
}

func TestPlurals(t *testing.T) {
	for _, tt := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 account is no longer connected: its authorisation has ended."},
		{"en", 2, "2 accounts are no longer connected: their authorisation has ended."},
		{"en", 1200, "1,200 accounts are no longer connected: their authorisation has ended."},
		{"ur", 1, "\u20661\u2069 اکاؤنٹ کا رابطہ منقطع ہے: اس کی اجازت ختم ہو چکی ہے۔"},
		{"ur", 2, "\u20662\u2069 اکاؤنٹس کا رابطہ منقطع ہے: ان کی اجازت ختم ہو چکی ہے۔"},
	} {
		if got := New(tt.lang, time.UTC).Text("notice.reconnect", "Count", tt.n); got != tt.want {
			t.Errorf("%s, %d: got %q, want %q", tt.lang, tt.n, got, tt.want)
		}
	}
}

func TestHTML(t *testing.T) {
	p := New("ur", time.UTC)
	got := p.HTML("say.days_post", "Day", Words("2 مئی"), "Account", "<b>&", "Share", Num("39%"))
	want := template.HTML(`2 مئی نمایاں ہے: <bdi>&lt;b&gt;&amp;</bdi> کی ایک پوسٹ اس دن کے <bdi class="num">39%</bdi> تعاملات لائی۔`)
	if got != want {
		t.Errorf("HTML: got %s, want %s", got, want)
	}
	if got := p.Text("no.such"); got != "[no.such]" {
		t.Errorf("a key that does not exist: %q", got)
	}
}

func f(v float64) *float64 { return &v }

func TestNumbers(t *testing.T) {
	p := New("en", time.UTC)
	for _, tt := range []struct {
		name      string
		got, want Num
	}{
		{"nil", p.Count(nil), "–"}, {"0", p.Count(f(0)), "0"}, {"999", p.Count(f(999)), "999"}, {"1000", p.Count(f(1000)), "1,000"},
		{"1284310", p.Count(f(1284310)), "1,284,310"}, {"−61204", p.Count(f(-61204)), "−61,204"}, {"−0.2", p.Count(f(-0.2)), "0"}, {"999.5", p.Count(f(999.5)), "1,000"},
		{"gain", p.Gain(f(61204)), "+61,204"}, {"loss", p.Gain(f(-5)), "−5"}, {"no gain", p.Gain(f(0)), "0"}, {"gain unknown", p.Gain(nil), "–"},
		{"rate", p.Percent(f(0.02411), 2), "2.41%"}, {"no rate", p.Percent(nil, 2), "–"}, {"whole", p.Percent(f(1), 0), "100%"},
		{"up", p.Change(f(0.182)), "+18.2%"}, {"down", p.Change(f(-0.0459)), "−4.6%"}, {"same", p.Change(f(0.0004)), "0.0%"}, {"barely down", p.Change(f(-0.0004)), "0.0%"},
		{"twelvefold", p.Change(f(11.2)), "+1,120%"}, {"no change known", p.Change(nil), "–"},
		{"points", p.Points(f(0.02411), f(0.02709)), "−0.3"}, {"few points", p.Points(f(0.0245), f(0.0241)), "+0.04"}, {"same points", p.Points(f(0.02), f(0.02)), "0.0"},
		{"no points", p.Points(f(0.02), nil), "–"}, {"uint", p.Uint(18446744073709551615), "18,446,744,073,709,551,615"}, {"int", p.Int(-1200), "−1,200"},
		{"decimal", p.Decimal(3.14159, 1), "3.1"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if got := Num("+18.2%").HTML(); got != `<bdi class="num">+18.2%</bdi>` {
		t.Errorf("HTML of a number: %s", got)
	}
}

func TestDates(t *testing.T) {
	zone := time.FixedZone("PKT", 5*3600)
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, zone) }
	now := time.Date(2026, 6, 2, 9, 40, 0, 0, zone)
	en, ur := New("en", zone), New("ur", zone)
	for _, tt := range []struct{ got, want Words }{
		{en.Days(day(2026, 5, 1), day(2026, 5, 31)), "1–31 May 2026"}, {ur.Days(day(2026, 5, 1), day(2026, 5, 31)), "1 تا 31 مئی 2026"},
		{en.Days(day(2026, 4, 26), day(2026, 5, 23)), "26 Apr – 23 May 2026"}, {en.Days(day(2025, 12, 20), day(2026, 1, 5)), "20 Dec 2025 – 5 Jan 2026"},
		{en.Days(day(2026, 5, 2), day(2026, 5, 2)), "2 May 2026"}, {ur.Days(day(2025, 12, 20), day(2026, 1, 5)), "20 دسمبر 2025 تا 5 جنوری 2026"},
		{en.Moment(now, now), "2 Jun 09:40"}, {ur.Moment(now, now), "2 جون، 09:40"}, {en.Moment(day(2025, 6, 2), now), "2 Jun 2025 00:00"},
		// 20:30 in UTC is the next day in Pakistan.
		{en.Date(time.Date(2026, 5, 31, 20, 30, 0, 0, time.UTC)), "1 Jun 2026"},
		{en.Ago(now, now), "just now"}, {en.Ago(now.Add(-61*time.Second), now), "1 min ago"}, {en.Ago(now.Add(-47*time.Hour), now), "47 h ago"},
		{en.Ago(now.Add(-72*time.Hour), now), "3 days ago"}, {en.Ago(now.Add(12*time.Minute), now), "in 12 min"}, {ur.Ago(now.Add(-3*time.Hour), now), "\u20663\u2069 گھنٹے پہلے"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{"": "en", "ur": "ur", "ur-PK,en;q=0.8": "ur", "en-GB,ur;q=0.8": "en", "fr,de": "en", "fr,ur;q=0.2": "ur", ";;;": "en", "*": "en"} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q): got %s, want %s", header, got, want)
		}
	}
}
