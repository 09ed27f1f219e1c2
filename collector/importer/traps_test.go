package importer

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// The traps that real exports hold, each in a few rows of our own. A test is
// named after what went wrong in the export.

var health = schema.Account{ID: "health", Platform: schema.Instagram, Handle: "health.dept", PlatformID: "348928556"}

const karmaHeadings = `Date,Message,Profile,Network,"Reactions, Comments & Shares",Likes per post,Comments per post,Message-ID,Profile-ID,Link` + "\n"

// karma returns a row of the format of Fanpage Karma, published at noon of 1
// January 2024.
func karma(total, likes, comments, code string) string {
	return "45292.5,Vaccination week,Health Department,INSTAGRAM," + total + "," + likes + "," + comments +
		",1.83542e+16,348928556,https://www.instagram.com/p/" + code + "/\n"
}

func karmaRequest(t *testing.T, content string) Request {
	t.Helper()
	return Request{Platform: schema.Instagram, Map: builtIn(t, "fanpage-karma"), AsOf: day(t, "2025-04-30"), Files: []File{file(t, "health.csv", content)}}
}

// reasons returns the lines and reasons of the refusals.
func reasons(r *Result) []string {
	var all []string
	for _, x := range r.Refusals {
		all = append(all, fmt.Sprintf("%d %s %s", x.Line, x.Field, x.Reason))
	}
	return all
}

func warned(r *Result, code string) bool {
	for _, w := range r.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

func TestZeroLikesAreHiddenNotZero(t *testing.T) {
	im := open(t, health)
	r := run(t, im, karmaRequest(t, karmaHeadings+karma("14", "0", "14", "C1md4iDg_K7")+karma("5", "-", "5", "C1sNGioAyY4")+karma("0", "7", "0", "C2PfWJ4gSFZ")))
	if n := r.Fields["reactions"]; r.Kept != 3 || n.Unknown != 2 || n.Known != 1 || n.Refused != 0 {
		t.Errorf("kept %d, likes %+v", r.Kept, n)
	}
	if n := ask(t, im, "SELECT countIf(reactions IS NULL) FROM observations FINAL"); n != 2 {
		t.Errorf("%d likes are unknown in the store, want 2", n)
	}
	if n := r.Fields["comments"]; n.Known != 3 {
		t.Errorf("comments %+v: no comments are none", n)
	}
}

func TestNegativeCommentsAreRefusedAndTheirPostsKept(t *testing.T) {
	im := open(t, health)
	r := run(t, im, karmaRequest(t, karmaHeadings+karma("263", "412", "-149", "C-XwrwavU5S")+karma("20", "18", "2", "C1md4iDg_K7")))
	if r.Kept != 2 || r.Refused != 0 || r.Unread != 1 {
		t.Errorf("kept %d, refused %d rows and %d values", r.Kept, r.Refused, r.Unread)
	}
	got, err := im.Refusals(t.Context(), r.ID, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []Refusal{{File: "health.csv", Line: 2, Field: "comments", Reason: ReasonNegative, Detail: "-149 is negative", Value: "-149"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("refusals (-want +got):\n%s", d)
	}
	if n := ask(t, im, "SELECT comments FROM observations FINAL WHERE post_id = 'C-XwrwavU5S'"); n != -1 {
		t.Errorf("comments = %d, want unknown", n)
	}
	if warned(r, "columns_shifted") {
		t.Error("the total was made with the negative number: nothing is shifted")
	}
}

func TestCountsBeyond64Bits(t *testing.T) {
	im := open(t, health)
	r := run(t, im, karmaRequest(t, karmaHeadings+
		karma("1", "9223372036854775807", "99999999999999999999", "C1")+karma("1", "9223372036854775808", "1E+05", "C2")))
	want := []string{"2 comments too_large", "3 reactions too_large", "3 comments shortened"}
	if d := cmp.Diff(want, reasons(r)); d != "" || r.Kept != 2 {
		t.Errorf("kept %d (-want +got):\n%s", r.Kept, d)
	}
	if n := ask(t, im, "SELECT max(reactions) FROM observations FINAL"); n != 9223372036854775807 {
		t.Errorf("reactions = %d", n)
	}
}

func TestMessageIDsAsFractionsAreNotRead(t *testing.T) {
	im := open(t, health)
	run(t, im, karmaRequest(t, karmaHeadings+karma("3", "2", "1", "C1md4iDg_K7")+karma("5", "4", "1", "C1sNGioAyY4")))
	if n := ask(t, im, "SELECT countIf(native_id = '' AND post_id IN ('C1md4iDg_K7', 'C1sNGioAyY4')) FROM posts FINAL"); n != 2 {
		t.Errorf("%d posts are known by their link", n)
	}
}

func TestIDsDestroyedByASpreadsheet(t *testing.T) {
	tests := []struct {
		name, id, link string
		want           string // id, or reason
	}{
		{"fraction, whole link", "1.83542e+16", "https://x.com/Agency/status/1463628496530546696", "1463628496530546696"},
		{"without its point", "146577e13", "https://twitter.com/Agency/status/1465769587815948289?s=20", "1465769587815948289"},
		{"comma of another country", "\"1,83542E+16\"", "", "damaged_id"},
		{"rounded to 15 digits", "1271559161583710000", "", "damaged_id"},
		{"no link", "147e16", "", "damaged_id"},
		{"link of no post", "147e16", "https://x.com/Agency", "damaged_id"},
		{"whole", "1271559161583714305", "", "1271559161583714305"},
		{"other post in the link", "1271559161583714305", "https://x.com/Agency/status/1463628496530546696", "ids_differ"},
		{"nothing", "", "", "no_id"},
		{"zero", "0", "", "no_id"},
		{"formula", "#NAME?", "", "damaged_id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cell := strings.Trim(tt.id, `"`)
			id, refused := findID(schema.X, ways(schema.X), parseLink(schema.X, tt.link), cell, "")
			if refused != nil {
				id = string(refused.Reason)
			}
			if id != tt.want {
				t.Errorf("findID(%q, %q) = %q, want %q", cell, tt.link, id, tt.want)
			}
		})
	}
}

func TestVideoIDsTakenForFormulas(t *testing.T) {
	im := open(t, schema.Account{ID: "tv", Platform: schema.YouTube, Handle: "tv"})
	m := parseMap(t, `{"name":"trending","zone":"UTC","columns":{"post_id":"video_id","published":"day","text":"title",
		"views":"views","reactions":{"headings":["likes"],"zero":"unknown"}}}`)
	content := "video_id,title,tags,views,likes,day,,,\n" +
		"XpVt6Z1Gjjo,\"One \"\"year\"\", again\",a|b|\"\"c,10,0,2017-09-13,,,\n" +
		"#NAME?,Minus,x,5,1,2017-09-13,,,\n" +
		"0,Zero,x,5,1,2017-09-13,,,\n" +
		"K4wEI5zhHB0,No year,x,5,1,10.1,,,\n" +
		"82t9Tk9dUHs,Glued,x,5,1,24.09xcaeyJTx4Co,,,\n" +
		"JLIAuvpdRTc,100,x,5,1,100,,,\n"
	r := run(t, im, Request{Platform: schema.YouTube, Map: m, Account: "tv", AsOf: day(t, "2017-10-22"), Files: []File{file(t, "v.csv", content)}})
	want := []string{"2  unreadable", "3 post_id damaged_id", "4 post_id no_id", "5 published bad_date", "6 published bad_date", "7 published bad_date"}
	if d := cmp.Diff(want, reasons(r)); d != "" {
		t.Errorf("refusals (-want +got):\n%s", d)
	}
}

func TestRenameKeepsOneAccount(t *testing.T) {
	im := open(t, health)
	row := karma("3", "2", "1", "C2")
	r := run(t, im, karmaRequest(t, karmaHeadings+karma("3", "2", "1", "C1")+strings.Replace(row, "Health Department", "Department of Health", 1)))
	if len(r.Accounts) != 1 || r.Accounts[0].Rows != 2 {
		t.Errorf("accounts %+v", r.Accounts)
	}
}

func TestPostsWithAnotherAgencyAreTheAccounts(t *testing.T) {
	im := open(t, health)
	r := run(t, im, karmaRequest(t, karmaHeadings+strings.Replace(karma("3", "2", "1", "C1"), "Health Department", "Lottery", 1)))
	if r.Kept != 1 {
		t.Errorf("kept %d: the id of the profile decides, not its name", r.Kept)
	}
}

func TestYearEndsWithTheZone(t *testing.T) {
	im := open(t, health)
	late := strings.Replace(karma("3", "2", "1", "C1"), "45292.5", "45657.97927083333", 1)
	run(t, im, karmaRequest(t, karmaHeadings+late))
	if n := ask(t, im, "SELECT toUnixTimestamp(published_at) FROM posts FINAL"); n != time.Date(2024, 12, 31, 23, 30, 9, 0, time.UTC).Unix() {
		t.Errorf("published at %d", n)
	}
	if n := ask(t, im, "SELECT toYear(published_at, 'Asia/Karachi') FROM posts FINAL"); n != 2025 {
		t.Errorf("in Karachi the year is %d", n)
	}
}

func TestSecondReadingWithWordsAndDots(t *testing.T) {
	im := open(t, health)
	m, err := LoadMap("testdata/maps/paraiba-second.json")
	if err != nil {
		t.Fatal(err)
	}
	content := "\ufeffPost;Curtidas;Link;Plataforma;QTD_Comentários;QTD_Compartilhamentos;Data;Prefeitura;PagFacebook\n" +
		"Um;15;https://www.instagram.com/p/DCRULv9JgvW/?img_index=1;Instagram;1;0;12/11/2024;;\n" +
		"Dois;1.568;https://www.instagram.com/p/DCPm8bip1BY/;Instagram;15;0;11/11/2024;;\n" +
		"Três;outras 512 pessoas;https://www.instagram.com/reel/DCAAA/;Instagram;3;0;10/11/2024;;\n" +
		"Quatro;outros 2;https://www.instagram.com/p/DCBBB/;Instagram;3;0;10/11/2024;;\n" +
		"Cinco;9;https://www.instagram.com/p/DCCCC/;Facebook;3;0;31/11/2024;;\n" +
		"Seis;9;https://www.instagram.com/p/DCDDD/;Instagram;3;0;31/11/2024;;\n"
	req := Request{Platform: schema.Instagram, Map: m, Account: "health", AsOf: day(t, "2024-11-12"), Files: []File{file(t, "PB.csv", content)}}
	r := run(t, im, req)
	want := []string{"4 reactions not_number", "5 reactions not_number", "6 platform platform", "7 published bad_date"}
	if d := cmp.Diff(want, reasons(r)); d != "" || r.Kept != 4 {
		t.Errorf("kept %d (-want +got):\n%s", r.Kept, d)
	}
	if n := ask(t, im, "SELECT reactions FROM observations FINAL WHERE post_id = 'DCPm8bip1BY'"); n != 1568 {
		t.Errorf("likes = %d, want 1568", n)
	}
}

// TestLikesGoDownAndOnlyMatchedPostsGrow has three posts in both readings, one
// in the first and one in the second alone.
func TestLikesGoDownAndOnlyMatchedPostsGrow(t *testing.T) {
	im := open(t, health)
	for _, reading := range []struct{ day, rows string }{
		{"2024-11-12", karma("15", "15", "0", "A") + karma("100", "100", "0", "B") + karma("0", "0", "3", "C") + karma("9", "9", "0", "OLD")},
		{"2025-04-30", karma("159", "159", "0", "A") + karma("90", "90", "0", "B") + karma("50", "50", "0", "C") + karma("700", "700", "0", "NEW")},
	} {
		req := karmaRequest(t, karmaHeadings+reading.rows)
		req.AsOf = day(t, reading.day)
		run(t, im, req)
	}
	const matched = ` FROM (SELECT argMax(reactions, observed_at) - argMin(reactions, observed_at) AS gain
		FROM observations FINAL WHERE reactions IS NOT NULL GROUP BY post_id HAVING uniqExact(observed_at) = 2)`
	if posts, gain := ask(t, im, "SELECT count()"+matched), ask(t, im, "SELECT sum(gain)"+matched); posts != 2 || gain != 144-10 {
		t.Errorf("%d matched posts gained %d, want 2 and 134", posts, gain)
	}
}

const metaHeadings = "\ufeffΑναγνωριστικό δημοσίευσης,Αναγνωριστικό σελίδας,Όνομα σελίδας,Τίτλος,Περιγραφή,Χρόνος δημοσίευσης,Μόνιμος σύνδεσμος,Τύπος δημοσίευσης," +
	"Ημερομηνία,Απήχηση,\"Αντιδράσεις, σχόλια και κοινοποιήσεις\",Αντιδράσεις,Σχόλια,Κοινοποιήσεις,Προβολές Δευτερόλεπτα,CPM\n"

func metaRow(id, page, kind, numbers string) string {
	return id + "," + page + ",Φεστιβάλ,\"Ένα\nκείμενο #βιβλίο\",,06/19/2024 05:38,https://www.facebook.com/f/posts/pfbid0" + id + "," + kind + ",Από την αρχή," + numbers + "\n"
}

func metaRequest(t *testing.T, content string) Request {
	t.Helper()
	return Request{Platform: schema.Facebook, Map: builtIn(t, "meta-business-suite"), AsOf: day(t, "2025-01-10"), Files: []File{file(t, "fb.csv", content)}}
}

var festival = schema.Account{ID: "festival", Platform: schema.Facebook, Handle: "festival", PlatformID: "100083351110174"}

func TestPublishTimesAreCalifornias(t *testing.T) {
	im := open(t, festival)
	run(t, im, metaRequest(t, metaHeadings+metaRow("440192328769134", "100083351110174", "Φωτογραφίες", "12,27,20,4,3,1.5,0")))
	if n := ask(t, im, "SELECT toHour(published_at, 'Europe/Athens') FROM posts FINAL"); n != 15 {
		t.Errorf("published at %d o'clock in Greece, want 15", n)
	}
	for query, want := range map[string]int64{
		"SELECT count() FROM posts FINAL WHERE post_id = '100083351110174_440192328769134' AND format = 'image' AND has(hashtags, 'βιβλίο')": 1,
		"SELECT watch_seconds FROM observations FINAL": 1, // rounded down
	} {
		if n := ask(t, im, query); n != want {
			t.Errorf("%s = %d, want %d", query, n, want)
		}
	}
}

func TestMissingFieldsAtTheEndAreUnknown(t *testing.T) {
	im := open(t, festival)
	r := run(t, im, metaRequest(t, metaHeadings+
		metaRow("1", "100083351110174", "Φωτογραφίες", "12,27,20,4,3,15,0")+
		metaRow("2", "100083351110174", "Φωτογραφίες", "12,27,20,4,3")))
	if n := r.Fields["watch_seconds"]; r.Kept != 2 || n.Known != 1 || n.Unknown != 1 || warned(r, "columns_shifted") {
		t.Errorf("kept %d, seconds %+v, warnings %v", r.Kept, n, r.Warnings)
	}
}

func TestHeadingsInTwoLanguagesInOneFile(t *testing.T) {
	im := open(t, schema.Account{ID: "festival", Platform: schema.Instagram, Handle: "festival", PlatformID: "17841454056970413"})
	content := "\ufeffΑναγνωριστικό λογαριασμού,Χρόνος δημοσίευσης,Μόνιμος σύνδεσμος,Τύπος δημοσίευσης,Μου αρέσει!,Κοινοποιήσεις,Απαντήσεις,Likes,Shares\n" +
		"17841454056970413,06/26/2024 05:46,https://www.instagram.com/stories/festival/3398946,Ιστορία στο Instagram,3,0,0\n" +
		"17841454056970413,02/02/2024 22:42,https://www.instagram.com/stories/festival/3294395,IG story,,,0,1,2\n"
	r := run(t, im, Request{Platform: schema.Instagram, Map: builtIn(t, "meta-business-suite"), AsOf: day(t, "2025-01-10"), Files: []File{file(t, "stories.csv", content)}})
	if r.Kept != 2 || r.Fields["reactions"].Known != 2 || r.Fields["shares"].Known != 2 {
		t.Errorf("kept %d, %+v", r.Kept, r.Fields)
	}
	for query, want := range map[string]int64{
		"SELECT sum(reactions) FROM observations FINAL":                         4,
		"SELECT count() FROM posts FINAL WHERE format = 'story'":                2,
		"SELECT countIf(mapContains(extra, 'replies')) FROM observations FINAL": 2,
		"SELECT count() FROM observations FINAL WHERE post_id IN ('3398946')":   1,
	} {
		if n := ask(t, im, query); n != want {
			t.Errorf("%s = %d, want %d", query, n, want)
		}
	}
}

func TestReachSmallerThanReactions(t *testing.T) {
	im := open(t, festival)
	content := metaHeadings
	for i := range 4 {
		content += metaRow(fmt.Sprint(i+1), "100083351110174", "Φωτογραφίες", "5,18,14,4,0,1,0")
	}
	if r := run(t, im, metaRequest(t, content)); !warned(r, "reach") {
		t.Errorf("warnings %v", r.Warnings)
	}
}

func TestEventsHaveNoMetricsAtAll(t *testing.T) {
	im := open(t, festival)
	r := run(t, im, metaRequest(t, metaHeadings+metaRow("1", "100083351110174", "Εκδηλώσεις", ",,,,,,")))
	if n := r.Fields["reactions"]; r.Kept != 1 || n.Unknown != 1 || r.Unread != 0 {
		t.Errorf("kept %d, reactions %+v", r.Kept, n)
	}
}

func TestPostSharedByTwoAccountsIsTheOthers(t *testing.T) {
	im := open(t, festival)
	content := metaHeadings + metaRow("1", "100083351110174", "Φωτογραφίες", "12,27,20,4,3,1,0") + metaRow("2", "100046868358482", "Φωτογραφίες", "12,27,20,4,3,1,0")
	r := run(t, im, metaRequest(t, content))
	if d := cmp.Diff([]string{"4 account_id account"}, reasons(r)); d != "" || r.Kept != 1 {
		t.Errorf("by columns: kept %d (-want +got):\n%s", r.Kept, d)
	}
	req := metaRequest(t, content)
	req.Account = "festival"
	r = run(t, im, req)
	if d := cmp.Diff([]string{"4 account_id other_account"}, reasons(r)); d != "" || r.Kept != 1 {
		t.Errorf("account chosen: kept %d (-want +got):\n%s", r.Kept, d)
	}
}

func TestShiftedColumns(t *testing.T) {
	im := open(t, health)
	content := karmaHeadings
	for i := range 10 {
		content += karma("30", "7", fmt.Sprint(i), fmt.Sprint("C", i))
	}
	r := run(t, im, karmaRequest(t, content))
	if !warned(r, "columns_shifted") || r.Kept != 10 {
		t.Errorf("kept %d, warnings %v", r.Kept, r.Warnings)
	}
}

func TestCommentsCappedByTheCollector(t *testing.T) {
	im := open(t, health)
	content := karmaHeadings
	for i := range 100 {
		comments := min(i%30, 15)
		content += karma(fmt.Sprint(5+comments), "5", fmt.Sprint(comments), fmt.Sprint("C", i))
	}
	r := run(t, im, karmaRequest(t, content))
	if !warned(r, "ceiling") {
		t.Errorf("warnings %v", r.Warnings)
	}
	for _, w := range r.Warnings {
		if w.Field == "reactions" {
			t.Errorf("%s: one value alone is no ceiling", w.Text)
		}
	}
}

func TestThousandsReadAsDecimals(t *testing.T) {
	im := open(t, health)
	r := run(t, im, karmaRequest(t, karmaHeadings+karma("x", "1.568", "2", "C1")+karma("x", "9.2K", "2", "C2")+karma("x", "2.000", "2", "C3")+karma("x", "7480.0", "2", "C4")))
	want := []string{"2 reactions not_whole", "3 reactions shortened", "4 reactions not_whole"}
	if d := cmp.Diff(want, reasons(r)); d != "" || !warned(r, "thousands") {
		t.Errorf("warnings %v (-want +got):\n%s", r.Warnings, d)
	}
	if n := ask(t, im, "SELECT sum(reactions) FROM observations FINAL"); n != 7480 {
		t.Errorf("likes = %d, want 7480", n)
	}
}

func TestJumpByAThousand(t *testing.T) {
	im := open(t, health)
	req := karmaRequest(t, karmaHeadings+karma("x", "9", "2", "C1")+karma("x", "800", "2", "C2"))
	req.AsOf = day(t, "2025-01-08")
	if r := run(t, im, req); warned(r, "jump") {
		t.Error("the first reading jumps")
	}
	r := run(t, im, karmaRequest(t, karmaHeadings+karma("x", "9200", "2", "C1")+karma("x", "900", "2", "C2")))
	if !warned(r, "jump") {
		t.Errorf("warnings %v", r.Warnings)
	}
}

func TestOneRowForEachShare(t *testing.T) {
	im := open(t, schema.Account{ID: "party", Platform: schema.TikTok, Handle: "party"})
	m, err := LoadMap("testdata/maps/tiktok.json")
	if err != nil {
		t.Fatal(err)
	}
	const headings = "video_id,video_timestamp,video_diggcount,video_sharecount,video_commentcount,video_playcount,video_description,author_username,tiktok_url,Share date\n"
	one := headings +
		"7143953006927645957,2022-09-16T14:26:23,29600,2420,1397,734800,Uno,party,https://vm.tiktok.com/ZMFeA8KLX/,2022-09-20.tiktok_data\n" +
		"7143953006927645957,2022-09-16T14:26:23,29600,2420,1397,734800,Uno,party,https://www.tiktok.com/@party/video/7143953006927645957?_t=8&_r=1,2022-09-21.tiktok_data\n" +
		"7144812189193473286,2022-09-18T22:00:27,310300,34700,5562,3500000,Due,party,https://vm.tiktok.com/ZMFeX3k9h/,2022-09-20.tiktok_data\n"
	two := headings + "7144812189193473286,2022-09-18T22:00:27,310400,34700,5562,3500000,Due,party,https://vm.tiktok.com/ZMFeZZZZZ/,2022-09-22.tiktok_data\n"
	r := run(t, im, Request{Platform: schema.TikTok, Map: m, AsOf: day(t, "2023-02-01"), Files: []File{file(t, "facebook.csv", one), file(t, "x.csv", two)}})
	if r.Read != 4 || r.Kept != 2 || r.Repeated != 1 || r.Refused != 1 {
		t.Errorf("read %d, kept %d, repeated %d, refused %d", r.Read, r.Kept, r.Repeated, r.Refused)
	}
	if d := cmp.Diff([]string{"4  replaced"}, reasons(r)); d != "" {
		t.Errorf("refusals (-want +got):\n%s", d)
	}
	if n := ask(t, im, "SELECT sum(reactions) FROM observations FINAL"); n != 29600+310400 {
		t.Errorf("likes = %d: the later row counts, once", n)
	}
}

func TestHTMLEntitiesAndHandlesOfAnyCase(t *testing.T) {
	im := open(t, schema.Account{ID: "cdh", Platform: schema.X, Handle: "CDHidaho"})
	content := "date,username,replies,retweets,favorites,text,hashtags,id,permalink\n" +
		"2020-06-12 21:45:03,cdhidaho,79,170,300,Rest &amp; recover #COVID19,#COVID19,1271559161583714305,https://twitter.com/CDHidaho/status/1271559161583714305\n" +
		"2020-06-11 21:45:03,cdhidaho,1,1,1,RT @CDCgov: rest,,1271559161583714306,https://twitter.com/CDHidaho/status/1271559161583714306\n"
	r := run(t, im, Request{Platform: schema.X, Map: builtIn(t, "x-archive"), AsOf: day(t, "2020-06-14"), Files: []File{file(t, "x.csv", content)}})
	if d := cmp.Diff([]string{"3 text excluded"}, reasons(r)); d != "" || r.Kept != 1 {
		t.Errorf("kept %d (-want +got):\n%s", r.Kept, d)
	}
	if n := ask(t, im, "SELECT count() FROM posts FINAL WHERE text = 'Rest & recover #COVID19' AND hashtags = ['COVID19']"); n != 1 {
		t.Error("the text is not as it was written")
	}
}

func TestArchiveOfX(t *testing.T) {
	im := open(t, schema.Account{ID: "cdh", Platform: schema.X, Handle: "CDHidaho"})
	content := `window.YTD.tweets.part0 = [
  {"tweet": {"id_str": "1463628496530546696", "id": 1.4636284965305467e18, "created_at": "Wed Nov 24 22:00:01 +0000 2021", "full_text": "Closed &amp; quiet", "favorite_count": "3", "retweet_count": "1", "entities": {"urls": []}}},
  {"tweet": {"id_str": "1463546264142770176", "created_at": "Wed Nov 31 22:00:01 +0000 2021", "full_text": "No such day"}},
  "nothing"
]`
	r := run(t, im, Request{Platform: schema.X, Map: builtIn(t, "x-archive"), Account: "cdh", AsOf: day(t, "2021-12-01"), Files: []File{file(t, "tweets.js", content)}})
	if d := cmp.Diff([]string{"2 published bad_date", "3  unreadable"}, reasons(r)); d != "" || r.Kept != 1 {
		t.Errorf("kept %d (-want +got):\n%s", r.Kept, d)
	}
	if n := ask(t, im, "SELECT count() FROM posts FINAL WHERE permalink = 'https://x.com/CDHidaho/status/1463628496530546696' AND toUnixTimestamp(published_at) = 1637791201"); n != 1 {
		t.Error("the post is not as it was")
	}
}

func TestJSONLinesWithNestedCountsAndNoDate(t *testing.T) {
	im := open(t, schema.Account{ID: "tv", Platform: schema.YouTube, Handle: "tv"})
	m := parseMap(t, `{"name":"best","columns":{"link":"url","published":"date","text":"text","views":"engagement.views","reactions":{"headings":["engagement.likes"],"zero":"unknown"}}}`)
	content := `{"id": null, "url": "https://www.youtube.com/watch?v=pQdoi2f7nPQ", "text": "Dated", "date": "2025-01-26", "engagement": {"likes": 0, "views": 704}}
{"url": "https://www.youtube.com/watch?v=RN1vVjkoXWQ", "text": "Undated", "date": null, "engagement": {"likes": 4, "views": 233}}
{"url": "https://www.youtube.com/watch?v=XL-1tc4Tjcc", "text": broken}
`
	r := run(t, im, Request{Platform: schema.YouTube, Map: m, Account: "tv", AsOf: day(t, "2026-01-08"), Files: []File{file(t, "best.jsonl", content)}})
	if d := cmp.Diff([]string{"2 published no_date", "3  unreadable"}, reasons(r)); d != "" || r.Kept != 1 || r.Fields["reactions"].Unknown != 1 {
		t.Errorf("kept %d, %+v (-want +got):\n%s", r.Kept, r.Fields, d)
	}
}

func TestBlankSharesAreUnknownAndIDsExceed32Bits(t *testing.T) {
	im := open(t, schema.Account{ID: "news", Platform: schema.Facebook, Handle: "news", PlatformID: "184096565021911"})
	m := parseMap(t, `{"name":"news","columns":{"account_id":"account_id","post_id":"post_id","link":"Post URL","published":"Date Published","format":"Post Type",
		"shares":"share_count","reactions":"reaction_count","comments":"comment_count"}}`)
	content := "account_id,post_id,Page,Post URL,Date Published,Post Type,share_count,reaction_count,comment_count\n" +
		"184096565021911,1035057923259100,News,https://www.facebook.com/news/posts/1035057923259100,2016-09-19,video,,146,15\n" +
		"184096565021911,1035269309904628,News,https://www.facebook.com/news/posts/1035269309904628,2016-09-19,link,,,\n"
	r := run(t, im, Request{Platform: schema.Facebook, Map: m, AsOf: day(t, "2016-10-11"), Files: []File{file(t, "p.csv", content)}})
	if n := r.Fields["shares"]; r.Kept != 2 || n.Unknown != 2 || n.Refused != 0 {
		t.Errorf("kept %d, shares %+v", r.Kept, n)
	}
	if n := ask(t, im, "SELECT count() FROM posts FINAL WHERE post_id = '184096565021911_1035057923259100'"); n != 1 {
		t.Error("the id is not whole")
	}
}

func TestRowNumbersAreNoIDsOfPosts(t *testing.T) {
	m := `{"name":"police","columns":{"published":"createdTime","text":"message","reactions":"likesCount"}}`
	if _, err := ParseMap([]byte(m)); err == nil || !strings.Contains(err.Error(), `"post_id"`) {
		t.Errorf("a map without id and link: %v", err)
	}
}

func TestCarriageReturnsOfExcelInTexts(t *testing.T) {
	if got := cleanText("one_x000D_\ntwo_x000D_three &amp; _x0041_", false); got != "one\ntwo\nthree &amp; _x0041_" {
		t.Errorf("cleanText = %q", got)
	}
}

func TestWorkbookWithTitlesAndAnEmptyFirstColumn(t *testing.T) {
	im := open(t, health)
	for _, single := range []struct {
		heading, call string
		value         any
	}{{"Likes per post", "import:reactions", 5835.0}, {"Comments per post", "import:comments", 97}} {
		f := excelize.NewFile()
		set := func(cell string, v any) {
			t.Helper()
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
		set("B1", "Posts over time Likes…")
		set("B2", "Jan 1, 2021 - Dec 31, 2024")
		set("L2", "April 30, 2025")
		for i, h := range []string{"Date", "Message", "Profile", "Network", single.heading, "Message-ID", "Profile-ID", "Link"} {
			cell, err := excelize.CoordinatesToCellName(i+2, 5)
			if err != nil {
				t.Fatal(err)
			}
			set(cell, h)
		}
		set("B6", 44648.55385416667)
		set("C6", "É mais que turismo")
		set("E6", "INSTAGRAM")
		set("F6", single.value)
		set("G6", "18024720898364020")
		set("H6", "348928556")
		set("I6", "https://www.instagram.com/p/Cbph040Bi4z/")
		set("B7", "")
		path := filepath.Join(t.TempDir(), "likes.xlsx")
		if err := f.SaveAs(path); err != nil {
			t.Fatal(err)
		}
		r := run(t, im, Request{Platform: schema.Instagram, Map: builtIn(t, "fanpage-karma"), Files: []File{{"likes.xlsx", path}}})
		if r.Read != 1 || r.Kept != 1 || r.Files[0].HeadingLine != 5 || !r.Files[0].AsOf.Equal(day(t, "2025-04-30")) {
			t.Errorf("read %d, kept %d: %+v", r.Read, r.Kept, r.Files[0])
		}
		if n := ask(t, im, "SELECT count() FROM observations FINAL WHERE call = '"+single.call+"'"); n != 1 {
			t.Errorf("no reading %s", single.call)
		}
	}
	if n := ask(t, im, "SELECT max(reactions) * 1000 + max(comments) FROM observations FINAL"); n != 5835097 {
		t.Errorf("likes and comments = %d: one export of a single figure replaced the other", n)
	}
	if n := ask(t, im, "SELECT toUnixTimestamp(published_at) FROM posts FINAL"); n != time.Date(2022, 3, 28, 13, 17, 33, 0, time.UTC).Unix() {
		t.Errorf("published at %d", n)
	}
}

func TestEncodings(t *testing.T) {
	portuguese := karmaHeadings + strings.Replace(karma("3", "2", "1", "C1"), "Vaccination week", "Vacinação já é amanhã e não à toa", 1)
	urdu := karmaHeadings + strings.Replace(karma("3", "2", "1", "C1"), "Vaccination week", "محكمة الصحة في كويتا تطلق حملة التطعيم", 1)
	chinese := karmaHeadings + strings.Replace(karma("3", "2", "1", "C1"), "Vaccination week", "卫生部门开始疫苗接种周", 1)
	encode := func(e encoding.Encoding, s string) string {
		b, err := e.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	utf16 := func(e unicode.Endianness, b unicode.BOMPolicy) encoding.Encoding { return unicode.UTF16(e, b) }
	tests := []struct {
		name, content, want string
	}{
		{"plain", urdu, "utf-8"},
		{"mark", "\ufeff" + urdu, "utf-8"},
		{"windows-1252", encode(charmap.Windows1252, portuguese), "windows-1252"},
		{"windows-1256", encode(charmap.Windows1256, urdu), "windows-1256"},
		{"gb18030", encode(simplifiedchinese.GB18030, chinese), "gb18030"},
		{"utf-16 with mark", encode(utf16(unicode.LittleEndian, unicode.UseBOM), urdu), "utf-16le"},
		{"utf-16 without", encode(utf16(unicode.BigEndian, unicode.IgnoreBOM), portuguese), "utf-16be"},
	}
	im := open(t, health)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := im.Preview(t.Context(), karmaRequest(t, tt.content), 10, nil)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			if len(p.Rows) == 1 {
				text = p.Rows[0].Post.Text
			}
			if p.Files[0].Encoding != tt.want || !strings.Contains(portuguese+urdu+chinese, ","+text+",") && !strings.Contains(portuguese, text) || text == "" {
				t.Errorf("read as %s: %q", p.Files[0].Encoding, text)
			}
		})
	}
}

func TestNULAndBrokenUTF8(t *testing.T) {
	im := open(t, health)
	good := strings.Replace(karma("3", "2", "1", "C1"), "Vaccination week", "صحت کا ہفتہ: ویکسین", 1)
	r := run(t, im, karmaRequest(t, karmaHeadings+good+
		strings.Replace(karma("3", "2", "1", "C2"), "week", "we\x00ek", 1)+strings.Replace(karma("3", "2", "1", "C3"), "week", "we\xffek", 1)))
	if d := cmp.Diff([]string{"3  bad_text", "4  bad_text"}, reasons(r)); d != "" || r.Kept != 1 {
		t.Errorf("kept %d (-want +got):\n%s", r.Kept, d)
	}
}

// zipped returns the text packed by gzip.
func zipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFilesThatCannotBe wants one clear sentence for each, and nothing written.
func TestFilesThatCannotBe(t *testing.T) {
	im := open(t, health)
	im.Limits = DefaultLimits
	im.Limits.Bytes, im.Limits.RecordBytes, im.Limits.FileBytes = 4<<20, 64<<10, 2<<20
	whole := karmaHeadings + karma("3", "2", "1", "C1") + karma("3", "2", "1", "C2")
	packed := zipped(t, strings.Repeat(whole, 50))
	book := workbook(t)
	tests := []struct{ name, file, content, want string }{
		{"empty", "a.csv", "", "is empty"},
		{"cut within gzip", "a.csv.gz", packed[:len(packed)/2], "cut off or damaged"},
		{"changed within gzip", "a.csv.gz", packed[:len(packed)-8] + "12345678", "cut off or damaged"},
		{"cut within quotes", "a.csv", whole + "45292.5,\"Vaccination wee", "ends within the quotation marks of line 4"},
		{"cut workbook", "a.xlsx", book[:len(book)/2], "cut off or damaged"},
		{"cut line of JSON", "a.jsonl", `{"Link": "https://www.instagram.com/p/C1/", "Date": "2024-01-01"}` + "\n" + `{"Link": "https`, "ends within line 2"},
		{"zip bomb", "a.csv.gz", zipped(t, karmaHeadings+strings.Repeat(karma("3", "2", "1", "C1"), 100_000)), "unpacks to more than"},
		{"quotes never closed", "a.csv", karmaHeadings + "45292.5,\"" + strings.Repeat("long\n", 40_000), "quotation mark"},
		{"too large", "a.csv", strings.Repeat("x", 3<<20), "split it"},
		{"packed twice", "a.gz", zipped(t, zipped(t, whole)), "packed twice"},
		{"old workbook", "a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 100), ".xlsx"},
		{"PDF", "a.pdf", "%PDF-1.7", "a PDF"},
		{"other headings", "a.csv", "When,What\n2024,1\n", `"Date"`},
		{"no rows of cells", "a.csv", strings.Repeat("\n", 100), "no line with the headings"},
		{"array that breaks", "a.json", `[{"Link": "https://www.instagram.com/p/C1/", "Date": "2024-01-01"}, {"Link"`, "no JSON after item 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := karmaRequest(t, "")
			req.Files = []File{file(t, tt.file, tt.content)}
			_, err := im.Import(t.Context(), req, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.file) {
				t.Errorf("error %v, want it to name %s and say %q", err, tt.file, tt.want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
	if n := ask(t, im, `SELECT (SELECT count() FROM posts) + (SELECT count() FROM observations) + (SELECT count() FROM imports)`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

// workbook returns a workbook with a row.
func workbook(t *testing.T) string {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range [][]any{{"Date", "Link"}, {45292.5, "https://www.instagram.com/p/C1/"}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLastLineCut(t *testing.T) {
	im := open(t, health)
	last := karma("3", "2", "1", "C2")
	r := run(t, im, karmaRequest(t, karmaHeadings+karma("3", "2", "1", "C1")+last[:strings.Index(last, ",1.83542")]))
	if d := cmp.Diff([]string{"3  cut"}, reasons(r)); d != "" || r.Kept != 1 {
		t.Errorf("kept %d (-want +got):\n%s", r.Kept, d)
	}
}
