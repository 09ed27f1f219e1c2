package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/collector"
	"github.com/hamawaz/hamawaz/schema"
)

func snapshot(t *testing.T, im *Importer) string {
	t.Helper()
	held, err := holds(t.Context(), im.Store)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

func manyRows(n int) string {
	var b strings.Builder
	b.WriteString(karmaHeadings)
	for i := range n {
		b.WriteString(karma(fmt.Sprint(i+i%7), fmt.Sprint(i), fmt.Sprint(i%7), fmt.Sprintf("C%06d", i)))
	}
	return b.String()
}

func TestImportTwiceChangesNothing(t *testing.T) {
	im := open(t, health)
	req := karmaRequest(t, manyRows(300)+karma("1", "2", "-3", "NEG")+karma("1", "1", "0", ""))
	first := run(t, im, req)
	once := snapshot(t, im)
	again := run(t, im, req)
	if first.ID != again.ID || first.Kept != 301 || first.Refused != 1 {
		t.Errorf("ids %s, %s; kept %d, refused %d", first.ID, again.ID, first.Kept, first.Refused)
	}
	if twice := snapshot(t, im); twice != once {
		t.Errorf("-once +twice:\n%s", cmp.Diff(once, twice))
	}
	// The same file by another way to the accounts is another import.
	req.Account = "health"
	if other := run(t, im, req); other.ID == first.ID {
		t.Error("another choice of accounts is the same import")
	}
}

func TestKilledImportIsCompletedByRepeatingIt(t *testing.T) {
	const rows = 60_000
	killAndRepeat(t, childJob{
		Files: []File{file(t, "health.csv", manyRows(rows)+karma("1", "2", "-3", "NEG"))}, Map: "fanpage-karma", AsOf: day(t, "2025-04-30"),
		Accounts: []schema.Account{health},
	}, rows)
}

func TestPostKnownFromTheAPIKeepsItsRecord(t *testing.T) {
	im := open(t, health)
	at := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	api := schema.Post{AccountID: "health", PostID: "C1", Platform: schema.Instagram, NativeID: "17896", Text: "As the API has it",
		PublishedAt: at.AddDate(0, 0, -10), CollectedAt: at}
	if err := collector.InsertPosts(t.Context(), im.Store.Conn, []schema.Post{api}); err != nil {
		t.Fatal(err)
	}
	r := run(t, im, karmaRequest(t, karmaHeadings+karma("3", "2", "1", "C1")+karma("3", "2", "1", "C2")))
	if n := ask(t, im, "SELECT count() FROM posts FINAL WHERE post_id = 'C1' AND text = 'As the API has it' AND native_id = '17896' AND run_id = ''"); n != 1 {
		t.Error("the import replaced the record of the API")
	}
	// A post that the API tells of later is the API's from then on.
	api.PostID, api.CollectedAt = "C2", testNow
	if err := collector.InsertPosts(t.Context(), im.Store.Conn, []schema.Post{api}); err != nil {
		t.Fatal(err)
	}
	if n := ask(t, im, "SELECT count() FROM posts FINAL WHERE text = 'As the API has it'"); n != 2 {
		t.Errorf("%d posts are the API's, want 2", n)
	}
	u, err := im.Undo(t.Context(), r.ID, "test")
	if err != nil {
		t.Fatal(err)
	}
	if n := ask(t, im, "SELECT count() FROM posts FINAL"); n != 2 || u.Readings != 2 {
		t.Errorf("%d posts are left, want the API's 2; %+v", n, u)
	}
	if n := ask(t, im, "SELECT count() FROM observations"); n != 0 {
		t.Errorf("%d readings are left", n)
	}
}

func TestUndoAndImportAgain(t *testing.T) {
	im := open(t, health)
	req := karmaRequest(t, manyRows(50)+karma("1", "2", "-3", "NEG"))
	r := run(t, im, req)
	once := snapshot(t, im)
	schemaExec(t, im, "INSERT INTO post_daily SELECT 'UTC', account_id, 'reactions', toDate(observed_at), post_id, reactions, 0, 0, now64(6) FROM observations")
	u, err := im.Undo(t.Context(), r.ID, "naila")
	if err != nil {
		t.Fatal(err)
	}
	if u.Posts != 51 || u.Readings != 51 || len(u.Accounts) != 1 || u.Accounts[0].ID != "health" {
		t.Errorf("undone %+v", u)
	}
	for _, table := range []string{"posts", "observations", "post_versions", "post_daily"} {
		if n := ask(t, im, "SELECT count() FROM "+table); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
	list, err := im.List(t.Context())
	if err != nil || len(list) != 1 || list[0].State != StateUndone || list[0].Kept != 51 {
		t.Errorf("List = %+v, %v", list, err)
	}
	if n := ask(t, im, "SELECT count() FROM audit_log WHERE action = 'import.undo' AND actor = 'naila'"); n != 1 {
		t.Errorf("%d entries in the audit log", n)
	}
	if _, err := im.Undo(t.Context(), r.ID, "naila"); err != nil {
		t.Errorf("undo again: %v", err)
	}
	run(t, im, req)
	if again := snapshot(t, im); again != once {
		t.Errorf("-once +imported again:\n%s", cmp.Diff(once, again))
	}
	if _, err := im.Undo(t.Context(), "import-none", "naila"); !errors.Is(err, schema.ErrNotFound) {
		t.Errorf("undo of none: %v", err)
	}
}

func TestUndoOfOneOfTwoImports(t *testing.T) {
	im := open(t, health)
	earlier := karmaRequest(t, karmaHeadings+karma("3", "2", "1", "A")+karma("3", "2", "1", "BOTH"))
	earlier.AsOf = day(t, "2024-11-12")
	first := run(t, im, earlier)
	second := run(t, im, karmaRequest(t, karmaHeadings+strings.Replace(karma("9", "8", "1", "BOTH"), "week", "month", 1)+karma("3", "2", "1", "B")))
	posts := func() string {
		t.Helper()
		var ids []string
		if err := im.Store.Conn.QueryRow(t.Context(), "SELECT groupArray(post_id) FROM (SELECT post_id FROM posts FINAL ORDER BY post_id)").Scan(&ids); err != nil {
			t.Fatal(err)
		}
		return strings.Join(ids, " ")
	}
	if _, err := im.Undo(t.Context(), first.ID, "test"); err != nil {
		t.Fatal(err)
	}
	if got := posts(); got != "B BOTH" {
		t.Errorf("after undo of the first: %s", got)
	}
	if _, err := im.Undo(t.Context(), second.ID, "test"); err != nil {
		t.Fatal(err)
	}
	if got := posts(); got != "" {
		t.Errorf("after undo of both: %s", got)
	}
	if n := ask(t, im, "SELECT (SELECT count() FROM observations) + (SELECT count() FROM post_versions)"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func schemaExec(t *testing.T, im *Importer, query string) {
	t.Helper()
	if err := im.Store.Conn.Exec(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestAccountsThatAreNotRegistered(t *testing.T) {
	im := open(t, health)
	stranger := strings.Replace(karma("3", "2", "1", "C2"), "348928556", "111111111", 1)
	damaged := strings.Replace(karma("3", "2", "1", "C3"), "348928556", "3.48929e+08", 1)
	content := karmaHeadings + karma("3", "2", "1", "C1") + stranger + damaged
	req := karmaRequest(t, content)
	first := run(t, im, req)
	if d := cmp.Diff([]string{"3 account_id account", "4  account"}, reasons(first)); d != "" || first.Kept != 1 {
		t.Errorf("kept %d (-want +got):\n%s", first.Kept, d)
	}
	// Registered in the meantime, the same import brings what was missing.
	a := schema.Account{ID: "other", Platform: schema.Instagram, Handle: "other", PlatformID: "111111111", Version: schema.Version{ChangedBy: "test"}}
	if err := im.Directory.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	again := run(t, im, req)
	refusals, err := im.Refusals(t.Context(), first.ID, 100, 0)
	if err != nil || again.ID != first.ID || again.Kept != 2 || len(refusals) != 1 {
		t.Errorf("kept %d, refusals %v, %v", again.Kept, refusals, err)
	}
	if _, err := open(t).Import(t.Context(), req, nil); err == nil || !strings.Contains(err.Error(), "account add") {
		t.Errorf("with no account at all: %v", err)
	}
}

func TestAccountByFileName(t *testing.T) {
	im := open(t, schema.Account{ID: "es", Platform: schema.Instagram, Handle: "governo_Es"}, schema.Account{ID: "sp", Platform: schema.Instagram, Handle: "governoSP"})
	for name, want := range map[string]string{
		"governo_Es_2024.csv.gz": "es", "governoSP_2021-2024.csv": "sp", "GovernoSP.xlsx": "sp", "sp.csv": "sp",
		"governoSP_old.csv": "", "governo.csv": "", "governoSPX_2024.csv": "",
	} {
		all, err := im.Directory.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a := newAccounts(schema.Instagram, all)
		err = a.chooseByFile(name)
		got := ""
		if a.chosen != nil {
			got = string(a.chosen.ID)
		}
		if got != want || (err == nil) != (want != "") {
			t.Errorf("chooseByFile(%s) = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestReadingsOfOnePostOnSeveralDays(t *testing.T) {
	im := open(t, schema.Account{ID: "tv", Platform: schema.YouTube, Handle: "tv"})
	m := parseMap(t, `{"name":"daily","columns":{"post_id":"id","published":"published","observed":"day","views":"views"}}`)
	content := "id,published,day,views\n82t9Tk9dUHs,2017-10-14,2017-10-15,631734\n82t9Tk9dUHs,2017-10-14,2017-11-16,1334103\n82t9Tk9dUHs,2017-10-14,2017-11-16,1334103\n82t9Tk9dUHs,2017-10-14,2017-10-01,7\n"
	r := run(t, im, Request{Platform: schema.YouTube, Map: m, Account: "tv", Files: []File{file(t, "d.csv", content)}})
	if d := cmp.Diff([]string{"5 published later_date"}, reasons(r)); d != "" || r.Kept != 2 || r.Repeated != 1 {
		t.Errorf("kept %d, repeated %d (-want +got):\n%s", r.Kept, r.Repeated, d)
	}
	if n := ask(t, im, "SELECT max(views) - min(views) FROM observations FINAL"); n != 702369 {
		t.Errorf("gain %d", n)
	}
}

func TestPreviewWritesNothing(t *testing.T) {
	im := open(t, health)
	var steps []Progress
	p, err := im.Preview(t.Context(), karmaRequest(t, manyRows(20)+karma("1", "2", "-3", "NEG")), 5, func(p Progress) { steps = append(steps, p) })
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != 5 || p.Kept != 21 || p.Unread != 1 || p.Rows[0].Post.PostID != "C000000" || p.Files[0].Fields["reactions"] != "Likes per post" {
		t.Errorf("%d rows, kept %d, %d values: %+v", len(p.Rows), p.Kept, p.Unread, p.Files)
	}
	if last := steps[len(steps)-1]; last.Rows != 21 || last.Bytes != last.TotalBytes && last.Bytes == 0 {
		t.Errorf("progress %+v", last)
	}
	if n := ask(t, im, "SELECT (SELECT count() FROM posts) + (SELECT count() FROM imports)"); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func TestRefusalsArePaged(t *testing.T) {
	im := open(t, health)
	content := karmaHeadings
	for i := range 30 {
		content += karma("1", "2", fmt.Sprint(-1-i), fmt.Sprint("C", i))
	}
	r := run(t, im, karmaRequest(t, content))
	page, err := im.Refusals(t.Context(), r.ID, 10, 20)
	if err != nil || len(page) != 10 || page[0].Line != 22 || page[9].Value != "-30" {
		t.Errorf("%v, %v", page, err)
	}
}

func TestRequestsThatCannotBe(t *testing.T) {
	im := open(t, health)
	good := karmaRequest(t, karmaHeadings+karma("3", "2", "1", "C1"))
	tests := []struct {
		name   string
		change func(*Request)
		want   string
	}{
		{"no platform", func(r *Request) { r.Platform = "myspace" }, "instagram"},
		{"map of another platform", func(r *Request) { r.Map = builtIn(t, "x-archive") }, "is for x"},
		{"no file", func(r *Request) { r.Files = nil }, "no file"},
		{"missing file", func(r *Request) { r.Files = []File{{"a.csv", "/nowhere/a.csv"}} }, "/nowhere/a.csv"},
		{"folder", func(r *Request) { r.Files = []File{{"folder", t.TempDir()}} }, "is no file"},
		{"unknown account", func(r *Request) { r.Account = "nobody" }, "nobody"},
		{"tomorrow", func(r *Request) { r.AsOf = testNow.AddDate(0, 0, 1) }, "future"},
		{"no moment", func(r *Request) { r.AsOf = time.Time{} }, "--as-of"},
		{"file after no account", func(r *Request) { r.AccountBy = ByFile; r.Files = []File{{"x.csv", r.Files[0].Path}} }, "x.csv"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := good
			tt.change(&req)
			_, err := im.Import(t.Context(), req, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line that says %q", err, tt.want)
			}
		})
	}
	if n := ask(t, im, "SELECT count() FROM imports"); n != 0 {
		t.Errorf("%d imports are noted", n)
	}
}

func TestMapsThatCannotBe(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"cut", `{"name":"x","columns":{"link"`, "cut off"},
		{"no JSON", `{"name":"x",}`, "byte 13"},
		{"unknown field", `{"name":"x","colums":{}}`, "columns"},
		{"unknown field of a column", `{"columns":{"link":{"heading":"Link"}}}`, "headings"},
		{"unknown target", `{"columns":{"likes":"Likes","link":"Link","published":"Date"}}`, "reactions"},
		{"no date", `{"columns":{"link":"Link"}}`, `"published"`},
		{"no id", `{"columns":{"published":"Date"}}`, `"link"`},
		{"one heading twice", `{"columns":{"link":"Link","published":"Date","views":"date"}}`, `"date"`},
		{"kind", `{"columns":{"link":7,"published":"Date"}}`, "number"},
		{"zone", `{"zone":"Mars","columns":{"link":"Link","published":"Date"}}`, "Asia/Karachi"},
		{"encoding", `{"encoding":"ebcdic","columns":{"link":"Link","published":"Date"}}`, "gb18030"},
		{"months as minutes", `{"dates":["dd/mm/yyyy"],"columns":{"link":"Link","published":"Date"}}`, "MM is the month"},
		{"date without a year", `{"dates":["dd.MM"],"columns":{"link":"Link","published":"Date"}}`, "yyyy"},
		{"separators", `{"thousands":".","decimal":".","columns":{"link":"Link","published":"Date"}}`, "both"},
		{"zero", `{"columns":{"link":"Link","published":"Date","views":{"headings":["V"],"zero":"hidden"}}}`, "unknown"},
		{"format", `{"formats":{"Foto":"photo"},"columns":{"link":"Link","published":"Date"}}`, "image"},
		{"two of them", `{"columns":{"link":"Link","published":"Date"}} {}`, "closing brace"},
		{"as of", `{"as_of":"yesterday","columns":{"link":"Link","published":"Date"}}`, "2025-04-30"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseMap([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseMap: error %v, want it to say %q", err, tt.want)
			}
		})
	}
	if _, err := LoadMap("no-such-map"); err == nil || !strings.Contains(err.Error(), "fanpage-karma") {
		t.Errorf("LoadMap: %v, want the names of the built-in maps", err)
	}
}

func TestMapUsedOnceIsKept(t *testing.T) {
	im := open(t, health)
	m := parseMap(t, `{"name":"ours","columns":{"link":"پتہ","published":"تاریخ","reactions":"پسند"},"thousands":","}`)
	content := "پتہ\tتاریخ\tپسند\nhttps://www.instagram.com/p/C1/\t۲۰۲۴-۰۱-۰۲\t۱٬۲۳۴\n"
	r := run(t, im, Request{Platform: schema.Instagram, Map: m, Account: "health", AsOf: day(t, "2025-04-30"), Files: []File{file(t, "o.tsv", content)}})
	if n := ask(t, im, "SELECT reactions FROM observations FINAL"); n != 1234 || r.Files[0].Separator != "\t" {
		t.Errorf("likes = %d, separator %q", n, r.Files[0].Separator)
	}
	if got, err := im.Map(t.Context(), "ours"); err != nil || cmp.Diff(m, got) != "" {
		t.Errorf("Map(ours): %v\n%s", err, cmp.Diff(m, got))
	}
	if _, err := im.Map(t.Context(), "theirs"); !errors.Is(err, schema.ErrNotFound) {
		t.Errorf("Map(theirs): %v", err)
	}
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		thousands, cell string
		sheet           bool
		want            int64 // -1: unknown
		reason          Reason
	}{
		{"", "0", false, 0, ""}, {"", " 17 ", false, 17, ""}, {"", "", false, -1, ""}, {"", "–", false, -1, ""}, {"", "n/a", false, -1, ""},
		{"", "7480.0", false, 7480, ""}, {"", "1.5", false, -1, ReasonNotWhole}, {"", "1,568", false, -1, ReasonNotWhole}, {"", "1.568", false, -1, ReasonNotWhole},
		{".", "1.568", false, 1568, ""}, {".", "1.568.000,0", false, 1568000, ""}, {".", "15.68", false, -1, ReasonNotNumber}, {",", "12,34", false, -1, ReasonNotNumber},
		{",", "1,234,567", false, 1234567, ""}, {" ", "1\u202f234", false, 1234, ""}, {"", "۱۲۳", false, 123, ""}, {"", "-149", false, -1, ReasonNegative},
		{"", "-0", false, 0, ""}, {"", "−5", false, -1, ReasonNegative}, {"", "+5", false, 5, ""}, {"", "9.2K", false, -1, ReasonShortened}, {"", "1E+05", false, -1, ReasonShortened},
		{"", "1E+05", true, 100000, ""}, {"", "1.8E+16", true, -1, ReasonShortened}, {"", "outros 2", false, -1, ReasonNotNumber}, {"", "=1+1", false, -1, ReasonNotNumber},
		{"", "1 2", false, -1, ReasonNotNumber}, {"", ".", false, -1, ReasonNotNumber}, {"", "NaN", false, -1, ReasonNotNumber}, {"", "Inf", true, -1, ReasonNotNumber}, {"", "0x10", false, -1, ReasonNotNumber},
	}
	for _, tt := range tests {
		m := Map{Thousands: tt.thousands, Unknown: []string{"N/A"}}
		n, err := m.numbers()
		if err != nil {
			t.Fatal(err)
		}
		c := n.parse(tt.cell, tt.sheet, false)
		got := int64(-1)
		if c.known {
			got = c.value
		}
		if got != tt.want || c.reason != tt.reason {
			t.Errorf("parse(%q), thousands %q: got %d %q, want %d %q", tt.cell, tt.thousands, got, c.reason, tt.want, tt.reason)
		}
	}
}

func TestDates(t *testing.T) {
	tests := []struct {
		zone, cell, want string
		formats          []string
	}{
		{"UTC", "45292.5", "2024-01-01 12:00:00", nil}, {"UTC", "45293.5983449074", "2024-01-02 14:21:37", nil},
		{"UTC", "2024-02-30", "", nil}, {"UTC", "2024-01-01T05:00:00+05:00", "2024-01-01 00:00:00", nil}, {"Asia/Karachi", "2024-01-01 05:00", "2024-01-01 00:00:00", nil},
		{"UTC", "2013-12-31T14:48:49+0000", "2013-12-31 14:48:49", nil}, {"UTC", "17", "", nil}, {"UTC", "1e9", "", nil}, {"UTC", "NaN", "", nil},
		{"America/Los_Angeles", "06/19/2024 05:38", "2024-06-19 12:38:00", []string{"MM/dd/yyyy HH:mm"}}, {"UTC", "31/11/2024", "", []string{"dd/MM/yyyy"}},
		{"UTC", "1/2/2024", "2024-02-01 00:00:00", []string{"dd/MM/yyyy"}}, {"UTC", "Wed Nov 24 22:00:01 +0000 2021", "2021-11-24 22:00:01", []string{"EEE MMM dd HH:mm:ss XX yyyy"}},
		{"UTC", "1704067200", "2024-01-01 00:00:00", []string{"unix"}}, {"-05:00", "2021-11-24 17:00:01 EST", "2021-11-24 22:00:01", []string{"yyyy-MM-dd HH:mm:ss 'EST'"}},
		{"UTC", "۲۰۲۴-۰۱-۰۲", "2024-01-02 00:00:00", nil}, {"UTC", "Από την αρχή", "", nil}, {"UTC", "10.1", "", nil},
	}
	for _, tt := range tests {
		m := Map{Zone: tt.zone, Dates: tt.formats}
		c, err := m.calendar(time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if at, _, err := c.parse(tt.cell, false); err == nil {
			got = at.Format(time.DateTime)
		}
		if got != tt.want {
			t.Errorf("parse(%q) in %s: got %q, want %q", tt.cell, tt.zone, got, tt.want)
		}
	}
}

func TestLinks(t *testing.T) {
	tests := []struct {
		platform schema.Platform
		link     string
		id       string
	}{
		{schema.Instagram, "https://www.instagram.com/p/DCPm8bip1BY/?img_index=1", "DCPm8bip1BY"}, {schema.Instagram, "https://instagram.com/health/reel/C8xyz", "C8xyz"},
		{schema.Instagram, "https://www.instagram.com/stories/health/3398946", "3398946"}, {schema.Instagram, "https://evil.example/p/C8xyz/", ""},
		{schema.Instagram, "https://instagram.com.evil.example/p/C8xyz/", ""}, {schema.Instagram, "C8xyz", ""}, {schema.Instagram, "https://www.instagram.com/p/<script>/", ""},
		{schema.X, "https://twitter.com/CDHidaho/status/1463628496530546696?s=20", "1463628496530546696"}, {schema.X, "https://x.com/i/web/status/12", "12"}, {schema.X, "https://x.com/a/status/12x", ""},
		{schema.YouTube, "https://www.youtube.com/watch?v=pQdoi2f7nPQ&t=3", "pQdoi2f7nPQ"}, {schema.YouTube, "https://youtu.be/-QdoiAf7n_Q", "-QdoiAf7n_Q"}, {schema.YouTube, "https://www.youtube.com/shorts/pQdoi2f7nP", ""},
		{schema.TikTok, "https://www.tiktok.com/@a.b/video/7145435366529551621?_t=8", "7145435366529551621"}, {schema.TikTok, "https://vm.tiktok.com/ZMFeA8KLX/", ""},
		{schema.Facebook, "https://www.facebook.com/permalink.php?story_fbid=12&id=34", "12"}, {schema.Facebook, "https://www.facebook.com/a/posts/pfbid0k3", ""}, {schema.Facebook, "https://www.facebook.com/a/videos/123/", ""},
	}
	for _, tt := range tests {
		if got := parseLink(tt.platform, tt.link).id; got != tt.id {
			t.Errorf("parseLink(%s, %s) = %q, want %q", tt.platform, tt.link, got, tt.id)
		}
	}
}
