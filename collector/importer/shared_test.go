//go:build data

package importer

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hamawaz/hamawaz/schema"
)

// engagement returns the files of a folder of the shared data.
func engagement(t testing.TB, pattern string) []File {
	t.Helper()
	shared := os.Getenv("HAMAWAZ_SHARED")
	if shared == "" {
		t.Fatal("HAMAWAZ_SHARED is not set: run make test-data")
	}
	paths, err := filepath.Glob(filepath.Join(shared, "data/engagement", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files like %s (%v)", pattern, err)
	}
	files := make([]File, len(paths))
	for i, p := range paths {
		files[i] = File{filepath.Base(p), p}
	}
	return files
}

// column returns the different values of a column, in order.
func column(t testing.TB, f File, name string) []string {
	t.Helper()
	r, err := os.Open(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], name)
	values := map[string]bool{}
	for _, row := range rows[1:] {
		values[row[at]] = true
	}
	return slices.Sorted(maps.Keys(values))
}

// states are the accounts of instagram-brazil-states, by the ids in its files.
var states = []struct {
	handle, id             string
	posts, likes, comments int64 // as the README has them
	hidden                 int64
}{
	{"GovernoSC", "2292348882", 671, 1075861, 46280, 0},
	{"governo.acre", "5053307389", 3569, 670884, 21758, 46},
	{"governoSP", "748805103", 5089, 10451195, 415316, 0},
	{"governo_Es", "198943478", 695, 294012, 11487, 0},
	{"governo_do_amazonas", "1543823434", 1706, 1388019, 71906, 7},
	{"governoamapa", "4860029244", 1781, 2387022, 177115, 0},
	{"governodealagoas", "1070276565", 802, 443583, 31984, 13},
	{"governodopiaui", "1260145191", 504, 155878, 5186, 0},
	{"governodorn", "348928556", 986, 491832, 28516, 144},
	{"governodotocantins", "588354037", 1993, 494675, 20067, 0},
	{"governogoias", "1553515782", 985, 758547, 33438, 0},
	{"governoma", "1257085059", 1468, 1735246, 89719, 7},
	{"governoms", "1698181915", 457, 125634, 5282, 1},
	{"governoparana", "8162993954", 1410, 2192341, 70438, 0},
	{"governope", "199207561", 1079, 2119514, 101109, 1},
	{"governoro", "610738994", 2072, 459109, 14056, 2},
	{"governosergipe", "294698753", 989, 1390861, 51274, 0},
	{"govmatogrosso", "11421995", 1221, 805084, 59320, 0},
	{"govparaiba", "10067115", 4618, 1984442, 99238, 2},
	{"govroraima", "38404558", 5790, 2782099, 136830, 1},
}

func stateAccounts() []schema.Account {
	accounts := make([]schema.Account, len(states))
	for i, s := range states {
		accounts[i] = schema.Account{ID: schema.AccountID(strings.ToLower(s.handle)), Platform: schema.Instagram, Handle: s.handle, PlatformID: s.id}
	}
	return accounts
}

func TestDataBrazilStates(t *testing.T) {
	im := open(t, stateAccounts()...)
	req := Request{Platform: schema.Instagram, Map: builtIn(t, "fanpage-karma"), AsOf: day(t, "2025-04-30"),
		Files: engagement(t, "instagram-brazil-states/posts/*.csv.gz")}
	r := run(t, im, req)
	if r.Read != 37885 || r.Kept != 37885 || r.Refused != 0 || r.Repeated != 0 || r.Unread != 2 {
		t.Errorf("read %d, kept %d, refused %d, repeated %d, values refused %d", r.Read, r.Kept, r.Refused, r.Repeated, r.Unread)
	}
	if n := r.Fields["reactions"]; n.Unknown != 224 {
		t.Errorf("%d likes unknown, want 224", n.Unknown)
	}
	refusals, err := im.Refusals(t.Context(), r.ID, 100, 0)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, x := range refusals {
		listed = append(listed, x.File+" "+x.Field+" "+x.Value+" "+string(x.Reason))
	}
	if d := cmp.Diff([]string{
		"governo_do_amazonas_2024.csv.gz comments -149 negative",
		"govparaiba_2021-2024.csv.gz comments -41 negative",
	}, listed); d != "" {
		t.Errorf("refused values (-want +got):\n%s", d)
	}
	const all = `SELECT %s FROM observations FINAL WHERE call = 'import'`
	for query, want := range map[string]int64{
		`SELECT count() FROM posts FINAL`:                                                   37885,
		fmt.Sprintf(all, "count()"):                                                         37885,
		fmt.Sprintf(all, "sum(reactions)"):                                                  32205838,
		fmt.Sprintf(all, "countIf(reactions IS NULL)"):                                      224,
		fmt.Sprintf(all, "sum(comments)"):                                                   1490509,
		fmt.Sprintf(all, "countIf(comments IS NULL)"):                                       2,
		`SELECT uniqExact(content_hash, post_id) FROM post_versions`:                        37885,
		`SELECT countIf(native_id != '') FROM posts FINAL`:                                  0,
		`SELECT countIf(toYear(published_at, 'America/Sao_Paulo') = 2025) FROM posts FINAL`: 0,
		`SELECT countIf(toYear(published_at, 'Asia/Karachi') = 2025) > 0 FROM posts FINAL`:  1,    // a year ends with the zone
		`SELECT count() FROM posts FINAL WHERE account_id = 'govroraima'`:                   5790, // under two names, with one id
	} {
		if got := ask(t, im, query); got != want {
			t.Errorf("%s = %d, want %d", query, got, want)
		}
	}
	for _, s := range states {
		var posts, likes, comments, hidden int64
		err := im.Store.Conn.QueryRow(t.Context(), `SELECT toInt64(count()), ifNull(sum(reactions), 0), ifNull(sum(comments), 0), toInt64(countIf(reactions IS NULL))
			FROM observations FINAL WHERE account_id = '`+strings.ToLower(s.handle)+`'`).Scan(&posts, &likes, &comments, &hidden)
		if err != nil {
			t.Fatal(err)
		}
		want := s.comments
		switch s.handle { // the README's sums hold the two negative counts
		case "governo_do_amazonas":
			want += 149
		case "govparaiba":
			want += 41
		}
		if posts != s.posts || likes != s.likes || comments != want || hidden != s.hidden {
			t.Errorf("%s: %d posts, %d likes, %d comments, %d hidden; want %d, %d, %d, %d", s.handle, posts, likes, comments, hidden, s.posts, s.likes, want, s.hidden)
		}
	}
	for _, w := range r.Warnings {
		t.Logf("warning: %s: %s", w.File, w.Text)
	}
	once, err := holds(t.Context(), im.Store)
	if err != nil {
		t.Fatal(err)
	}
	run(t, im, req)
	if twice, err := holds(t.Context(), im.Store); err != nil || twice != once {
		t.Errorf("importing twice changes something, %v (-once +twice):\n%s", err, cmp.Diff(once, twice))
	}
	if _, err := im.Undo(t.Context(), r.ID, "test"); err != nil {
		t.Fatal(err)
	}
	if n := ask(t, im, `SELECT (SELECT count() FROM posts) + (SELECT count() FROM observations) + (SELECT count() FROM post_versions)`); n != 0 {
		t.Errorf("%d rows are left after undo", n)
	}
}

func TestDataKilledBrazilStates(t *testing.T) {
	want := killAndRepeat(t, childJob{
		Files: engagement(t, "instagram-brazil-states/posts/*.csv.gz"), Map: "fanpage-karma", Accounts: stateAccounts(), AsOf: day(t, "2025-04-30"),
	}, 37885)
	if !strings.Contains(want, "likes 32205838 unknown 224 comments 1490509 unknown 2") {
		t.Errorf("the store holds %s", want)
	}
}

func TestDataParaibaGrowthOnMatchedPosts(t *testing.T) {
	im := open(t, schema.Account{ID: "paraiba", Platform: schema.Instagram, Handle: "govparaiba", PlatformID: "10067115"})
	second := Request{Platform: schema.Instagram, Map: fileMap(t, "paraiba-second.json"), AsOf: day(t, "2024-11-12"), Account: "paraiba",
		Files: engagement(t, "instagram-brazil-states/second-observation/*")}
	r := run(t, im, second)
	if r.Read != 1199 || r.Kept != 1199 || r.Fields["reactions"].Known != 1037 || r.Fields["reactions"].Refused != 162 {
		t.Errorf("second reading: %d read, %d kept, likes %+v", r.Read, r.Kept, r.Fields["reactions"])
	}
	run(t, im, Request{Platform: schema.Instagram, Map: builtIn(t, "fanpage-karma"), AsOf: day(t, "2025-04-30"),
		Files: engagement(t, "instagram-brazil-states/posts/govparaiba*")})
	const matched = `(SELECT post_id, argMin(reactions, observed_at) AS before, argMax(reactions, observed_at) AS after
		FROM observations FINAL WHERE reactions IS NOT NULL GROUP BY post_id HAVING uniqExact(observed_at) = 2)`
	for what, want := range map[string]int64{
		"count()": 1037, "sum(before)": 358414, "sum(after)": 339978, "countIf(after < before)": 705, "countIf(after > before)": 61,
		"countIf(after = before)": 271, "maxIf(before, post_id = 'DCRULv9JgvW')": 15, "maxIf(after, post_id = 'DCRULv9JgvW')": 159,
	} {
		if got := ask(t, im, "SELECT "+what+" FROM "+matched); got != want {
			t.Errorf("%s of matched posts = %d, want %d", what, got, want)
		}
	}
	if n := ask(t, im, `SELECT count() FROM (SELECT post_id FROM observations FINAL GROUP BY post_id HAVING count() = 2)`); n != 1194 {
		t.Errorf("%d posts have two readings, want 1194", n)
	}
}

func TestDataCountyHealthGrowthOnMatchedPosts(t *testing.T) {
	files := engagement(t, "x-us-county-health/snapshot_*.csv.gz")
	handles := map[string]bool{}
	for _, f := range files {
		for _, h := range column(t, f, "username") {
			handles[h] = true
		}
	}
	var accounts []schema.Account
	for _, h := range slices.Sorted(maps.Keys(handles)) {
		accounts = append(accounts, schema.Account{ID: schema.AccountID("x-" + h), Platform: schema.X, Handle: h})
	}
	im := open(t, accounts...)
	for i, want := range []struct {
		day                                   string
		rows, posts, likes, retweets, replies uint64
	}{
		{"2021-11-24", 9083, 6560, 9542, 5278, 2115},
		{"2021-11-30", 9916, 6576, 9511, 5189, 2164},
	} {
		r := run(t, im, Request{Platform: schema.X, Map: fileMap(t, "twint.json"), AsOf: day(t, want.day), Files: files[i : i+1]})
		if r.Read != want.rows || r.Kept != want.posts || r.Repeated != want.rows-want.posts || r.Refused != 0 {
			t.Errorf("%s: read %d, kept %d, repeated %d, refused %d: %v", want.day, r.Read, r.Kept, r.Repeated, r.Refused, r.Refusals)
		}
		for c, n := range map[string]uint64{"reactions": want.likes, "shares": want.retweets, "comments": want.replies} {
			if got := ask(t, im, "SELECT sum("+c+") FROM observations FINAL WHERE run_id = '"+r.ID+"'"); got != int64(n) {
				t.Errorf("%s: %s = %d, want %d", want.day, c, got, n)
			}
		}
	}
	const matched = `(SELECT post_id, argMin((reactions, shares, comments), observed_at) AS a, argMax((reactions, shares, comments), observed_at) AS b
		FROM observations FINAL GROUP BY post_id HAVING count() = 2)`
	for what, want := range map[string]int64{
		"count()": 3167, "sum(a.1)": 3963, "sum(b.1)": 4218, "sum(b.2 - a.2)": 123, "sum(b.3 - a.3)": 130,
		"countIf(b.1 > a.1)": 139, "countIf(b.1 < a.1)": 1,
	} {
		if got := ask(t, im, "SELECT "+what+" FROM "+matched); got != want {
			t.Errorf("%s of matched posts = %d, want %d", what, got, want)
		}
	}
	// One author wrote &amp; themselves: the file has &amp;amp; there.
	if n := ask(t, im, "SELECT countIf(position(text, '&amp;') > 0) FROM posts FINAL"); n != 1 {
		t.Errorf("%d texts hold &amp;, want 1", n)
	}
	// Eastern Standard and Daylight Time, both in words.
	if n := ask(t, im, "SELECT toUnixTimestamp(published_at) FROM posts FINAL WHERE post_id = '1463628496530546696'"); n != 1637791201 {
		t.Errorf("published at %d, want 1637791201 (22:00:01 UTC)", n)
	}
}

func TestDataMangledIDsOfCounties(t *testing.T) {
	f := engagement(t, "x-us-county-health/excel-mangled-ids.csv.gz")
	var accounts []schema.Account
	for _, h := range column(t, f[0], "twitter") {
		accounts = append(accounts, schema.Account{ID: schema.AccountID("x-" + h), Platform: schema.X, Handle: h})
	}
	im := open(t, accounts...)
	m := fileMap(t, "twint.json")
	m.Columns["account_handle"] = Column{Headings: []string{"twitter"}}
	r := run(t, im, Request{Platform: schema.X, Map: m, AsOf: day(t, "2021-11-30"), Files: f})
	t.Logf("read %d, kept %d, repeated %d, refused %d", r.Read, r.Kept, r.Repeated, r.Refused)
	if r.Read != 699 || r.Kept+r.Repeated != 699 {
		t.Errorf("read %d, kept %d, refused %d: %v", r.Read, r.Kept, r.Refused, r.Refusals)
	}
	if n := ask(t, im, "SELECT countIf(NOT match(post_id, '^[0-9]{10,19}$')) FROM posts FINAL"); n != 0 {
		t.Errorf("%d ids are invented", n)
	}
}

func TestDataCDC(t *testing.T) {
	im := open(t, schema.Account{ID: "cdc", Platform: schema.X, Handle: "CDCgov"})
	r := run(t, im, Request{Platform: schema.X, Map: builtIn(t, "x-archive"), AsOf: day(t, "2020-06-14"), Files: engagement(t, "x-cdcgov-2020/cdc.csv.gz")})
	if r.Kept != 904 || r.Refused+r.Unread != 0 {
		t.Errorf("kept %d, refused %v", r.Kept, r.Refusals)
	}
	for query, want := range map[string]int64{
		"SELECT sum(reactions) FROM observations FINAL":                                       769078,
		"SELECT sum(shares) FROM observations FINAL":                                          446986,
		"SELECT sum(comments) FROM observations FINAL":                                        68955,
		"SELECT max(reactions) FROM observations FINAL WHERE post_id = '1232431332220784640'": 27122,
		"SELECT countIf(position(text, '&amp;') > 0) FROM posts FINAL":                        0,
	} {
		if got := ask(t, im, query); got != want {
			t.Errorf("%s = %d, want %d", query, got, want)
		}
	}
}

func TestDataMetaBusinessSuite(t *testing.T) {
	m := builtIn(t, "meta-business-suite")
	im := open(t,
		schema.Account{ID: "festival-fb", Platform: schema.Facebook, Handle: "chaniabookfestival", PlatformID: "100083351110174"},
		schema.Account{ID: "festival-ig", Platform: schema.Instagram, Handle: "chaniabookfestival", PlatformID: "17841454056970413"})
	tests := []struct {
		file          string
		platform      schema.Platform
		asOf          string
		kept, refused uint64
		sums          map[string]int64
		known         map[string]uint64
		wantsWarning  string
	}{
		{"2024/facebook_posts", schema.Facebook, "2026-01-10", 221, 0,
			map[string]int64{"reach": 39812, "reactions": 6057, "comments": 132, "shares": 818}, map[string]uint64{"views": 0}, ""},
		{"2024/instagram_feed", schema.Instagram, "2026-01-11", 209, 0,
			map[string]int64{"reactions": 6314, "comments": 39, "saves": 102, "reach": 7007}, map[string]uint64{"views": 14}, "reach"},
		{"2024/instagram_stories", schema.Instagram, "2026-01-12", 383, 0, nil, map[string]uint64{"reactions": 383}, ""},
		{"2025/facebook_posts", schema.Facebook, "2026-01-13", 276, 1,
			map[string]int64{"views": 841803, "reach": 413566, "reactions": 20043, "comments": 741, "shares": 1084}, nil, ""},
		{"2025/instagram_feed", schema.Instagram, "2026-01-14", 267, 0,
			map[string]int64{"views": 590490, "reach": 221769, "reactions": 10383, "shares": 476, "comments": 75, "saves": 191}, nil, ""},
		{"2025/instagram_stories", schema.Instagram, "2026-01-15", 550, 0,
			map[string]int64{"views": 193533, "reach": 164871, "reactions": 2300}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			r := run(t, im, Request{Platform: tt.platform, Map: m, AsOf: day(t, tt.asOf), Files: engagement(t, "meta-business-suite-chania/"+tt.file+".csv.gz")})
			if r.Kept != tt.kept || r.Refused != tt.refused || r.Unread != 0 {
				t.Errorf("kept %d, refused %d, values refused %d; want %d, %d, 0: %v", r.Kept, r.Refused, r.Unread, tt.kept, tt.refused, r.Refusals)
			}
			for c, want := range tt.sums {
				if got := ask(t, im, "SELECT sum("+c+") FROM observations FINAL WHERE run_id = '"+r.ID+"'"); got != want {
					t.Errorf("%s = %d, want %d", c, got, want)
				}
			}
			for c, want := range tt.known {
				if got := r.Fields[c].Known; got != want {
					t.Errorf("%s known in %d rows, want %d", c, got, want)
				}
			}
			found := false
			for _, w := range r.Warnings {
				t.Logf("warning %s: %s", w.Code, w.Text)
				found = found || w.Code == tt.wantsWarning
				if w.Code == "columns_shifted" {
					t.Error("the first 24 columns are in line")
				}
			}
			if tt.wantsWarning != "" && !found {
				t.Errorf("no warning of %s", tt.wantsWarning)
			}
		})
	}
	if n := ask(t, im, "SELECT countIf(NOT match(post_id, '^100083351110174_[0-9]+$')) FROM posts FINAL WHERE platform = 'facebook'"); n != 0 {
		t.Errorf("%d Facebook posts have another key", n)
	}
	// Nobody posts at night: the file's hours are California's.
	if n := ask(t, im, "SELECT countIf(toHour(published_at, 'Europe/Athens') BETWEEN 1 AND 6) FROM posts FINAL"); n > 60 {
		t.Errorf("%d posts at night", n)
	}
}

func TestDataOriginalWorkbooks(t *testing.T) {
	im := open(t, schema.Account{ID: "ms", Platform: schema.Instagram, Handle: "governoms", PlatformID: "1698181915"})
	m := builtIn(t, "fanpage-karma")
	// The two workbooks say themselves when they were made.
	for _, name := range []string{"governoms_likes.xlsx", "governoms_rcs.xlsx"} {
		r := run(t, im, Request{Platform: schema.Instagram, Map: m, Files: engagement(t, "instagram-brazil-states/original-xlsx/"+name)})
		t.Logf("%s: read %d, kept %d, refused %d, fields %v, heading in line %d", name, r.Read, r.Kept, r.Refused, r.Fields, r.Files[0].HeadingLine)
		if r.Kept != 3925 || r.Refused != 0 || r.Files[0].HeadingLine != 5 || r.Files[0].AsOf == nil || !r.Files[0].AsOf.Equal(day(t, "2025-04-30")) {
			t.Errorf("%s: kept %d, refused %v, %+v", name, r.Kept, r.Refusals, r.Files[0])
		}
	}
	r := run(t, im, Request{Platform: schema.Instagram, Map: m, AsOf: day(t, "2025-04-30"), Files: engagement(t, "instagram-brazil-states/original-xlsx/governoms_2024.xlsx")})
	if r.Kept != 457 || r.Fields["reactions"].Unknown != 1 {
		t.Errorf("flat sheet: kept %d, %+v: %v", r.Kept, r.Fields, r.Refusals)
	}
	if n := ask(t, im, "SELECT sum(reactions) FROM observations FINAL WHERE call = 'import'"); n != 125634 {
		t.Errorf("%d likes, want 125634", n)
	}
	if n := ask(t, im, "SELECT count() FROM observations FINAL WHERE call = 'import:total' AND mapContains(extra, 'interactions')"); n != 3925 {
		t.Errorf("%d sums are kept", n)
	}
}

func TestDataLikesExport(t *testing.T) {
	im := open(t, stateAccounts()...)
	r := run(t, im, Request{Platform: schema.Instagram, Map: builtIn(t, "fanpage-karma"), AsOf: day(t, "2025-04-30"), Files: engagement(t, "instagram-brazil-states/likes-export/*")})
	t.Logf("read %d, kept %d, likes %+v", r.Read, r.Kept, r.Fields["reactions"])
	if n := ask(t, im, "SELECT countIf(reactions IS NULL) FROM observations FINAL WHERE account_id = 'governodorn'"); n != 144 {
		t.Errorf("%d likes of Rio Grande do Norte are hidden, want 144", n)
	}
	if r.Refused+r.Unread != 0 {
		t.Errorf("refused %v", r.Refusals)
	}
}

func TestDataTikTokItaly(t *testing.T) {
	handles := map[string]bool{}
	files := engagement(t, "tiktok-italy-2022/*.csv")
	for _, f := range files {
		r, err := os.Open(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rows, err := csv.NewReader(r).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(rows[0], "author_username")
		for _, row := range rows[1:] {
			handles[row[at]] = true
		}
	}
	var accounts []schema.Account
	for h := range handles {
		accounts = append(accounts, schema.Account{ID: schema.AccountID(h), Platform: schema.TikTok, Handle: h})
	}
	im := open(t, accounts...)
	r := run(t, im, Request{Platform: schema.TikTok, Map: fileMap(t, "tiktok.json"), AsOf: day(t, "2023-02-01"), Files: files})
	t.Logf("read %d, kept %d, repeated %d, refused %d: %v", r.Read, r.Kept, r.Repeated, r.Refused, r.Refusals)
	if r.Read != 395 || r.Kept != 99+112-21 {
		t.Errorf("read %d rows of %d videos, want 395 of 190", r.Read, r.Kept)
	}
	if n := ask(t, im, "SELECT count() FROM posts FINAL WHERE account_id = 'giorgiameloni_ufficiale'"); n < 23 || n > 31 {
		t.Errorf("%d videos of one account", n)
	}
}

// fileMap returns a map of testdata.
func fileMap(t testing.TB, name string) Map {
	t.Helper()
	m, err := LoadMap(filepath.Join("testdata", "maps", name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
