package dashboard

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

// importSite is a site with accounts, and a browser of an analyst.
func importSite(t *testing.T) (*site, *browser) {
	t.Helper()
	st := newSite(t)
	st.stats.accounts = []schema.Account{
		{ID: "d01-a", Platform: schema.Instagram, Handle: "balochistan.health", Name: "Health Balochistan", Department: "d01"},
		{ID: "d02-x", Platform: schema.X, Handle: "EduBal", Department: "d02"},
	}
	st.imports.preview, st.imports.result = samplePreview(), &samplePreview().Result
	return st, st.as(t, schema.RoleAnalyst)
}

func samplePreview() *importer.Preview {
	n := func(v int64) *int64 { return &v }
	v := &importer.Preview{Result: importer.Result{ID: "import-new", Platform: schema.Instagram, Map: "fanpage-karma", Read: 9, Kept: 5, Repeated: 1, Refused: 3, Unread: 2,
		Fields:   map[string]importer.FieldSums{"reactions": {Known: 4, Unknown: 1, Refused: 1}, "comments": {Known: 5}},
		Accounts: []importer.AccountResult{{ID: "d01-a", Rows: 5, Earliest: noon.AddDate(0, -1, 0)}},
		Files: []importer.FileInfo{{Name: "posts.csv", Kind: "csv", Encoding: "utf-8", HeadingLine: 2, Rows: 9, AsOf: tm(noon.AddDate(0, -1, 0)),
			Fields: map[string]string{"published": "Date", "reactions": "Likes"}, Ignored: []string{"=Weight", "تبصرے"}}},
		Warnings: []importer.Warning{{Code: "columns_shifted", File: "posts.csv", Count: 3, Of: 9, Line: 4, Text: "3 of 9 rows do not add up"}},
		Refusals: []importer.Refusal{{File: "posts.csv", Line: 3, WholeRow: true, Reason: importer.ReasonBadDate, Field: "published", Detail: "2024-02-30 is no date", Value: "=2024-02-30"},
			{File: "posts.csv", Line: 5, Field: "reactions", Reason: importer.ReasonNegative, Detail: "-3 is negative", Value: "-3"}}}}
	v.Rows = []importer.Row{{File: "posts.csv", Line: 4, Post: schema.Post{AccountID: "d01-a", PostID: "C7x_1", Text: "پولیو مہم پیر سے", Permalink: "https://www.instagram.com/p/C7x_1/",
		Format: schema.FormatReel, PublishedAt: noon.AddDate(0, -2, 0)}, Observation: schema.Observation{ObservedAt: noon.AddDate(0, -1, 0), Counters: schema.Counters{Comments: n(12)}}}}
	return v
}

func (b *browser) put(path string, body []byte, header ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest("PUT", "http://hamawaz.test"+path, bytes.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.send(r)
}

// begin announces files as the script does, and returns the upload's address.
func (b *browser) begin(form url.Values, files ...uploadedFile) (string, answer) {
	b.t.Helper()
	form.Set("token", b.token("/imports/new"))
	for _, f := range files {
		form.Add("name", f.Name)
		form.Add("size", strconv.FormatInt(f.Size, 10))
	}
	a := b.post("/imports/uploads", form, "Accept", "application/json")
	var said struct{ Upload string }
	json.Unmarshal([]byte(a.body), &said)
	return said.Upload, a
}

func goodChoices() url.Values {
	return url.Values{"platform": {"instagram"}, "map": {"fanpage-karma"}, "account": {"d01-a"}, "as_of": {"2026-04-28"}}
}

// wait returns once nothing is under way.
func (st *site) wait(t *testing.T) {
	t.Helper()
	st.tasks.done.Wait()
}

func TestUploadResumes(t *testing.T) {
	st, b := importSite(t)
	content := make([]byte, 700_000)
	for i := range content {
		content[i] = byte(rand.IntN(256))
	}
	address, a := b.begin(goodChoices(), uploadedFile{`C:\Users\x\posts.csv`, int64(len(content))})
	if a.StatusCode != 201 || !strings.HasPrefix(address, "/imports/uploads/") {
		t.Fatalf("begin: %d %s", a.StatusCode, a.body)
	}
	token := b.token("/imports/new")
	size := func() int64 {
		t.Helper()
		var said struct{ Size int64 }
		if a := b.get(address + "/0"); a.StatusCode != 200 || json.Unmarshal([]byte(a.body), &said) != nil {
			t.Fatalf("size: %d %s", a.StatusCode, a.body)
		}
		return said.Size
	}
	send := func(offset int, body []byte, want int) string {
		t.Helper()
		a := b.put(fmt.Sprintf("%s/0?offset=%d", address, offset), body, "X-Token", token)
		if a.StatusCode != want {
			t.Errorf("PUT of %d bytes at %d: got %d %s, want %d", len(body), offset, a.StatusCode, a.body, want)
		}
		return a.body
	}
	send(0, content[:300_000], 200)
	if got := size(); got != 300_000 {
		t.Errorf("after a chunk: %d bytes", got)
	}
	// The answer was lost: the same chunk again is told where the file stands.
	if got := send(0, content[:300_000], 409); got != `{"size":300000}` {
		t.Errorf("repeated chunk: %s", got)
	}
	send(400_000, content[400_000:], 409) // a gap
	// Not in full: the page says how much is here, and offers to go on.
	if page := b.get(address); !strings.Contains(page.body, `data-size="700000"`) || !strings.Contains(page.body, "posts.csv") || strings.Contains(page.body, `C:`) {
		t.Errorf("page of half an upload:\n%s", page.body)
	}
	if len(st.imports.asked) != 0 {
		t.Error("half an upload was read")
	}
	send(300_000, append(content[300_000:], 'x'), 400) // longer than announced
	send(300_000, content[300_000:], 200)

	var b2 []byte
	entries, _ := filepath.Glob(filepath.Join(st.spool.dir, "*", "0"))
	if len(entries) == 1 {
		b2, _ = os.ReadFile(entries[0])
	}
	if !bytes.Equal(b2, content) {
		t.Errorf("stored: %d files, %d bytes, not what was sent", len(entries), len(b2))
	}
	for _, path := range append(entries, filepath.Dir(entries[0]), st.spool.dir, filepath.Join(filepath.Dir(entries[0]), recordName)) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, %v: others may look", path, info.Mode(), err)
		}
	}

	// It is read without being asked, and shown.
	b.get(address)
	st.wait(t)
	page := b.get(address)
	for _, want := range []string{"What was refused", "Below zero.", "The date cannot be", "Import?", "پولیو مہم پیر سے", "Columns may be shifted", "=Weight"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("preview lacks %q:\n%s", want, page.body)
		}
	}
	req := st.imports.asked[0]
	if req.Files[0].Name != "posts.csv" || req.Account != "d01-a" || req.Platform != schema.Instagram || req.Map.Name != "fanpage-karma" ||
		!req.AsOf.Equal(time.Date(2026, 4, 28, 23, 59, 59, 0, karachi)) || req.Actor != "p-analyst" {
		t.Errorf("asked for %+v", req)
	}

	if a := b.post(address+"/import", url.Values{"token": {token}}); a.StatusCode != 303 {
		t.Fatalf("start: %d %s", a.StatusCode, a.body)
	}
	st.wait(t)
	if a := b.get(address); a.StatusCode != 303 || a.Header.Get("Location") != "/imports/import-new?done=1" {
		t.Errorf("after the import: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if d := cmp.Diff([]string{"d01-a 2026-04-28"}, st.queue.rolled); d != "" {
		t.Errorf("daily figures asked for (-want +got):\n%s", d)
	}
	if entries, _ := os.ReadDir(st.spool.dir); len(entries) != 0 {
		t.Errorf("%d uploads are left after the import", len(entries))
	}
	log := st.people.entries()
	if !slices.ContainsFunc(log, func(s string) bool { return strings.HasPrefix(s, "import.upload ") }) || !slices.Contains(log, "import.start import-new") {
		t.Errorf("audit log: %q", log)
	}
}

func TestUploadRefuses(t *testing.T) {
	_, b := importSite(t)
	file := uploadedFile{"a.csv", 10}
	for _, tt := range []struct {
		name   string
		change url.Values
		files  []uploadedFile
		status int
		words  string
	}{
		{"no file", nil, nil, 400, "Choose at least one file"},
		{"empty", nil, []uploadedFile{{"a.csv", 0}}, 400, "A file is empty"},
		{"2 GB", nil, []uploadedFile{{"a.csv", 2 << 30}}, 413, "larger than 1 GB: split it"},
		{"too much together", nil, []uploadedFile{{"a.csv", 600 << 20}, {"b.csv", 600 << 20}}, 413, "together are larger than 1 GB"},
		{"below zero", nil, []uploadedFile{{"a.csv", -1}}, 400, "not complete"},
		{"too many", nil, slices.Repeat([]uploadedFile{file}, 1001), 400, "too many files"},
		{"platform", url.Values{"platform": {"myspace"}}, []uploadedFile{file}, 400, "Choose the platform"},
		{"map", url.Values{"map": {"nothing"}}, []uploadedFile{file}, 400, "no such kind of file"},
		{"map of another platform", url.Values{"map": {"x-archive"}}, []uploadedFile{file}, 400, "not for that platform"},
		{"account", url.Values{"account": {"nobody"}}, []uploadedFile{file}, 400, "no such account"},
		{"account of another platform", url.Values{"account": {"d02-x"}}, []uploadedFile{file}, 400, "of another platform"},
		{"no day", url.Values{"as_of": {"2026-02-30"}}, []uploadedFile{file}, 400, "is no date"},
		{"today without a time", url.Values{"as_of": {"2026-05-28"}}, []uploadedFile{file}, 400, "give the time too"},
		{"future", url.Values{"as_of": {"2026-05-29"}}, []uploadedFile{file}, 400, "lies in the future"},
		{"today with a time", url.Values{"as_of": {"2026-05-28"}, "clock": {"11:30"}}, []uploadedFile{file}, 201, "/imports/uploads/"},
		{"by file", url.Values{"account": {"file"}, "as_of": {""}}, []uploadedFile{file}, 201, "/imports/uploads/"},
	} {
		form := goodChoices()
		for k, v := range tt.change {
			form[k] = v
		}
		if _, a := b.begin(form, tt.files...); a.StatusCode != tt.status || !strings.Contains(a.body, tt.words) {
			t.Errorf("%s: got %d %s, want %d and %q", tt.name, a.StatusCode, a.body, tt.status, tt.words)
		}
	}
	token := b.token("/imports/new")
	for _, path := range []string{"/imports/uploads/nothing/0", "/imports/uploads/AAAAAAAAAAAAAAAAAAAAAAAAAA/0", "/imports/uploads/..%2f..%2fetc/0", "/imports/uploads/AAAAAAAAAAAAAAAAAAAAAAAAAA/-1"} {
		if a := b.put(path+"?offset=0", []byte("x"), "X-Token", token); a.StatusCode != 404 {
			t.Errorf("PUT %s: got %d, want 404", path, a.StatusCode)
		}
	}
	address, _ := b.begin(goodChoices(), file)
	if a := b.put(address+"/0?offset=0", []byte("x")); a.StatusCode != 403 {
		t.Errorf("a chunk without the token: got %d, want 403", a.StatusCode)
	}
	if a := b.put(address+"/0?offset=0", []byte("x"), "X-Token", token, "Content-Encoding", "gzip"); a.StatusCode != 415 {
		t.Errorf("a packed chunk: got %d, want 415", a.StatusCode)
	}
	if a := b.put(address+"/7?offset=0", []byte("x"), "X-Token", token); a.StatusCode != 404 {
		t.Errorf("a file that was not announced: got %d, want 404", a.StatusCode)
	}
}

// Without a script the form brings the files, up to a chunk.
func TestUploadByForm(t *testing.T) {
	st, b := importSite(t)
	post := func(files map[string]string) answer {
		t.Helper()
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, values := range goodChoices() {
			w.WriteField(name, values[0])
		}
		w.WriteField("token", b.token("/imports/new"))
		for name, content := range files {
			part, err := w.CreateFormFile("file", name)
			must(t, err)
			part.Write([]byte(content))
		}
		w.Close()
		r := httptest.NewRequest("POST", "http://hamawaz.test/imports/uploads", &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return b.send(r)
	}
	a := post(map[string]string{"../../posts.csv": strings.Repeat("line\n", 100_000)})
	address := a.Header.Get("Location")
	if a.StatusCode != 303 || !strings.HasPrefix(address, "/imports/uploads/") {
		t.Fatalf("form: %d %s", a.StatusCode, a.body)
	}
	b.get(address)
	st.wait(t)
	if page := b.get(address); !strings.Contains(page.body, "Import?") || st.imports.asked[0].Files[0].Name != "posts.csv" {
		t.Errorf("page: %s", page.body)
	}
	if a := post(nil); a.StatusCode != 400 || !strings.Contains(a.body, "Choose at least one file") || !strings.Contains(a.body, `value="fanpage-karma" selected`) {
		t.Errorf("form without a file: %d", a.StatusCode)
	}
	// Discarded, it is gone.
	if a := b.post(address+"/remove", url.Values{"token": {b.token("/imports")}}); a.StatusCode != 303 {
		t.Errorf("remove: %d", a.StatusCode)
	}
	if a := b.get(address); a.StatusCode != 404 {
		t.Errorf("after removing: got %d, want 404", a.StatusCode)
	}
}

// Only the routes of uploads take more than a form has.
func TestBodyLimits(t *testing.T) {
	st := newSite(t)
	address := strings.TrimPrefix(st.serve(t), "http://")
	for _, tt := range []struct {
		request string
		length  int
		refused bool
	}{
		{"POST /sign-in", bodyLimit + 1, true},
		{"POST /imports/uploads/x/import", bodyLimit + 1, true},
		{"POST /imports/uploadsx", bodyLimit + 1, true},
		{"GET /imports/uploads/x/0", bodyLimit + 1, true},
		{"PUT /imports/uploads/x/0?offset=0", chunkBytes + bodyLimit + 1, true},
		{"POST /imports/uploads", chunkBytes + bodyLimit + 1, true},
		{"PUT /imports/uploads/x/0?offset=0", chunkBytes, false},
		{"POST /imports/uploads?x", chunkBytes, false},
		{"PUT http://hamawaz.test/imports/uploads/x/0?offset=0", chunkBytes, false},
		{"POST http://hamawaz.test/sign-in?://x/imports/uploads", bodyLimit + 1, true},
	} {
		conn, err := net.Dial("tcp", address)
		must(t, err)
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: hamawaz.test\r\nContent-Length: %d\r\n\r\n", tt.request, tt.length)
		if !tt.refused {
			if _, err := conn.Write(make([]byte, tt.length)); err != nil {
				t.Errorf("%s with %d bytes: %v", tt.request, tt.length, err)
			}
		}
		a, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || (a.StatusCode == 413) != tt.refused {
			t.Errorf("%s with %d bytes: got %v %v, want 413: %v", tt.request, tt.length, a, err, tt.refused)
		}
		conn.Close()
	}
}

// A file that cannot be read says why, and its map can be made by hand.
func TestMapByHand(t *testing.T) {
	st, b := importSite(t)
	st.imports.err = fmt.Errorf("import: posts.csv %w", noHeadings{"تاریخ", "لنک", "پسند"})
	address, _ := b.begin(url.Values{"platform": {"instagram"}, "map": {"hamawaz"}}, uploadedFile{"posts.csv", 3})
	b.put(address+"/0?offset=0", []byte("a,b"), "X-Token", b.token("/imports/new"))
	b.get(address)
	st.wait(t)
	page := b.get(address)
	for _, want := range []string{"posts.csv has no line with the headings", `<option value="پسند">`, "cannot be imported as they are", `id="map-by-hand" open`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("page lacks %q:\n%s", want, page.body)
		}
	}
	form := url.Values{"token": {b.token(address)}, "name": {"ہماری فہرست"}, "heading.published": {"تاریخ"}, "heading.link": {"لنک"}, "heading.reactions": {"پسند"},
		"zero.reactions": {"1"}, "dates": {"dd/MM/yyyy\n\niso\n"}, "zone": {"Asia/Karachi"}, "thousands": {","}}
	bad := func(name, key, value, words string) {
		t.Helper()
		f := url.Values{}
		for k, v := range form {
			f[k] = v
		}
		f.Set(key, value)
		if a := b.post(address+"/map", f); a.StatusCode != 400 || !strings.Contains(a.body, words) || !strings.Contains(a.body, `value="پسند"`) {
			t.Errorf("%s: got %d, want 400 and %q\n%s", name, a.StatusCode, words, a.body)
		}
	}
	bad("a name that is taken", "name", "fanpage-karma", "a name of its own")
	bad("no name", "name", " ", "a name of its own")
	bad("a zone that is none", "zone", "Mars", "is not known: want a name such as Asia/Karachi")
	bad("a date that is none", "dates", "qq", "qq")

	st.imports.err = nil
	if a := b.post(address+"/map", form); a.StatusCode != 303 {
		t.Fatalf("map: %d %s", a.StatusCode, a.body)
	}
	st.wait(t)
	m := st.imports.asked[len(st.imports.asked)-1].Map
	if m.Name != "ہماری فہرست" || m.Columns["published"].Headings[0] != "تاریخ" || m.Columns["reactions"].Zero != "unknown" ||
		!cmp.Equal(m.Dates, []string{"dd/MM/yyyy", "iso"}) || m.Zone != "Asia/Karachi" || m.Thousands != "," {
		t.Errorf("map: %+v", m)
	}
	// A heading goes from one field to another.
	form.Set("heading.comments", " پسند ")
	form.Del("heading.reactions")
	b.post(address+"/map", form)
	st.wait(t)
	m = st.imports.asked[len(st.imports.asked)-1].Map
	if m.Columns["comments"].Headings[0] != "پسند" || slices.Contains(m.Columns["reactions"].Headings, "پسند") {
		t.Errorf("moved heading: %+v", m.Columns)
	}
	// Other choices keep the map.
	a := b.post(address+"/choices", url.Values{"token": {b.token(address)}, "platform": {"instagram"}, "map": {"ہماری فہرست"}, "account": {"columns"}, "as_of": {"2026-01-31"}})
	if a.StatusCode != 303 {
		t.Fatalf("choices: %d %s", a.StatusCode, a.body)
	}
	st.wait(t)
	if req := st.imports.asked[len(st.imports.asked)-1]; req.Map.Name != "ہماری فہرست" || req.AsOf.IsZero() || req.Account != "" {
		t.Errorf("asked for %+v", req)
	}
	if a := b.post(address+"/choices", url.Values{"token": {b.token(address)}, "platform": {"instagram"}, "map": {"ہماری فہرست"}, "as_of": {"2027-01-31"}}); a.StatusCode != 400 || !strings.Contains(a.body, "lies in the future") {
		t.Errorf("choices of the future: %d", a.StatusCode)
	}
}

type noHeadings []string

func (h noHeadings) Error() string      { return "has no line with the headings" }
func (h noHeadings) Headings() []string { return h }

// A fault that is not the file's shows no insides.
func TestImportFault(t *testing.T) {
	for _, err := range []error{&os.PathError{Op: "open", Path: "/var/secret", Err: os.ErrPermission}, fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: errors.New("refused")})} {
		if got := fault(fmt.Errorf("import: %w", err)); got != "" {
			t.Errorf("fault(%v): got %q, want nothing", err, got)
		}
	}
	if got := fault(errors.New("import: a.csv is empty")); got != "a.csv is empty" {
		t.Errorf("fault: got %q", got)
	}
}

func TestImportProgress(t *testing.T) {
	st, b := importSite(t)
	st.imports.hold = make(chan struct{})
	address, _ := b.begin(goodChoices(), uploadedFile{"posts.csv", 3})
	b.put(address+"/0?offset=0", []byte("a,b"), "X-Token", b.token("/imports/new"))
	b.get(address)
	var said struct {
		State   string
		Over    bool
		Percent int
		Say     string
	}
	for deadline := time.Now().Add(5 * time.Second); said.Percent == 0 && time.Now().Before(deadline); {
		a := b.get(address+"/progress", "X-Part", "progress")
		must(t, json.Unmarshal([]byte(a.body), &said))
	}
	if said.State != "checking" || said.Over || said.Percent != 30 || said.Say != "1,200 rows read, 30%" {
		t.Errorf("progress: %+v", said)
	}
	if page := b.get(address); !strings.Contains(page.body, `value="30"`) || !strings.Contains(page.body, "You may leave this page") {
		t.Errorf("page while it is read:\n%s", page.body)
	}
	if a := b.post(address+"/import", url.Values{"token": {b.token("/imports")}}); a.StatusCode != 400 {
		t.Errorf("import of what is not read: got %d, want 400", a.StatusCode)
	}
	close(st.imports.hold)
	st.wait(t)
	if a := b.get(address+"/progress", "X-Part", "progress"); !strings.Contains(a.body, `"over":true`) || !strings.Contains(a.body, `"state":"ready"`) {
		t.Errorf("progress at the end: %s", a.body)
	}
}

func TestImportsList(t *testing.T) {
	st, b := importSite(t)
	if page := b.get("/imports"); page.StatusCode != 200 || !strings.Contains(page.body, "Nothing was imported yet") {
		t.Errorf("empty list: %d\n%s", page.StatusCode, page.body)
	}
	st.imports.batches = sampleBatches()
	page := b.get("/imports")
	for _, want := range []string{"Not finished", "/imports/new?again=import-died", "Taken back", "37,885", "on the command line", "ہماری فہرست", "more files", "/imports/import-done/undo", "Person analyst"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("list lacks %q:\n%s", want, page.body)
		}
	}
	if strings.Contains(page.body, "/imports/import-undone/undo") {
		t.Error("an import that was taken back can be taken back")
	}
	if again := b.get("/imports/new?again=import-died"); !strings.Contains(again.body, "half.xlsx") || !strings.Contains(again.body, `value="d01-a" selected`) {
		t.Errorf("again:\n%s", again.body)
	}
	st.imports.down = errors.New("clickhouse: refused")
	if page := b.get("/imports"); page.StatusCode != 503 || strings.Contains(page.body, "clickhouse") {
		t.Errorf("store down: %d", page.StatusCode)
	}
}

func TestImportResultAndUndo(t *testing.T) {
	st, b := importSite(t)
	st.imports.batches = sampleBatches()
	for i := range 227 {
		st.imports.refusals = append(st.imports.refusals, importer.Refusal{File: "governo.csv", Line: uint64(i + 2), Field: "reactions", Reason: importer.ReasonNegative, Detail: "-149 is negative", Value: "-149"})
	}
	st.imports.refusals[0] = importer.Refusal{File: "=cmd.csv", Line: 1, WholeRow: true, Reason: importer.ReasonExcluded, Detail: "@left out", Value: "=HYPERLINK(1)"}
	page := b.get("/imports/import-done?page=2")
	for _, want := range []string{"32,205,838", "unknown in", "Health Balochistan", "101–200 of 227", "Below zero.", "0123456789ab", "do not add up", "Summed reach"} {
		if !strings.Contains(page.body, want) && !strings.Contains(strings.NewReplacer(`<bdi class="num">`, "", "</bdi>", "").Replace(page.body), want) {
			t.Errorf("page lacks %q:\n%s", want, page.body)
		}
	}
	file := b.get("/imports/import-done/refusals.csv")
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(rows) != 228 {
		t.Fatalf("CSV: %d rows, %v", len(rows), err)
	}
	for _, cell := range rows[1] {
		if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
			t.Errorf("CSV has a formula: %q", cell)
		}
	}
	ask := b.get("/imports/import-done/undo")
	if !strings.Contains(ask.body, "Take all of it back?") || !strings.Contains(ask.body, "37,885") {
		t.Errorf("confirmation:\n%s", ask.body)
	}
	a := b.post("/imports/import-done/undo", url.Values{"token": {b.token("/imports")}})
	if a.StatusCode != 303 || !cmp.Equal(st.imports.undone, []string{"import-done p-analyst"}) || !cmp.Equal(st.queue.rolled, []string{"d01-a all"}) {
		t.Errorf("undo: %d %q %q", a.StatusCode, st.imports.undone, st.queue.rolled)
	}
	if !slices.Contains(st.people.entries(), "import.ask_undo import-done") {
		t.Errorf("audit log: %q", st.people.entries())
	}
	if page := b.get("/imports/import-done"); !strings.Contains(page.body, "All that it brought was taken back") {
		t.Errorf("after undoing:\n%s", page.body)
	}
	if a := b.get("/imports/nothing"); a.StatusCode != 404 {
		t.Errorf("no such import: %d", a.StatusCode)
	}
}

// Uploads that nobody touches go after a day; what is in use stays.
func TestSpoolSweep(t *testing.T) {
	s := &spool{dir: filepath.Join(t.TempDir(), "uploads")}
	begin := func() upload {
		u, err := s.begin(upload{Files: []uploadedFile{{"a", 3}}})
		must(t, err)
		return u
	}
	old, busy, young := begin(), begin(), begin()
	past := time.Now().Add(-spoolFor - time.Minute)
	for _, u := range []upload{old, busy} {
		must(t, os.Chtimes(s.path(u.ID, recordName), past, past))
	}
	s.sweep(func(id string) bool { return id == busy.ID })
	for _, tt := range []struct {
		u    upload
		kept bool
	}{{old, false}, {busy, true}, {young, true}} {
		if _, err := s.upload(tt.u.ID); (err == nil) != tt.kept {
			t.Errorf("upload kept: %v, want %v", err == nil, tt.kept)
		}
	}
	must(t, os.Chmod(s.dir, 0o755))
	if _, err := s.begin(upload{}); err == nil || !strings.Contains(err.Error(), "mode 0700") {
		t.Errorf("a folder that others may use: %v", err)
	}
}

// Every reason of the importer, and every field, has words in both languages.
func TestReasonsHaveWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../collector/importer/refusal.go", nil, 0)
	must(t, err)
	var reasons []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		must(t, err)
		reasons = append(reasons, value)
		return true
	})
	if len(reasons) < 20 {
		t.Fatalf("only %d reasons were found", len(reasons))
	}
	for _, lang := range i18n.Languages() {
		p := i18n.New(lang, time.UTC)
		for _, r := range reasons {
			if words := reasonName(p, importer.Reason(r)); strings.HasPrefix(words, "[") {
				t.Errorf("%s: no words for the reason %s", lang, r)
			}
		}
		for _, f := range importer.Fields() {
			if words := fieldName(p, f); words == "" || strings.HasPrefix(words, "[") {
				t.Errorf("%s: no words for the field %s", lang, f)
			}
		}
		for _, w := range warningCodes {
			if words := p.Text("imports.warning_" + w); strings.HasPrefix(words, "[") {
				t.Errorf("%s: no words for the warning %s", lang, w)
			}
		}
	}
}

// Pages of other people's words break nothing.
func TestImportsInUrdu(t *testing.T) {
	st, b := importSite(t)
	b.header.Set("Accept-Language", "ur")
	st.imports.batches = sampleBatches()
	for path, want := range map[string]string{"/imports": "جو درآمد ہو چکا", "/imports/new": "بھیجیں اور جانچیں", "/imports/import-done": "اس سے کیا آیا", "/imports/import-done/undo": "کیا سب واپس لیا جائے؟"} {
		if page := b.get(path); page.StatusCode != 200 || !strings.Contains(page.body, want) || strings.Contains(page.body, ">[imports.") {
			t.Errorf("GET %s: %d, want %q\n%s", path, page.StatusCode, want, page.body)
		}
	}
}
