package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamawaz/hamawaz/collector/importer"
)

// TestImportFromTheCommandLine goes the way of an office: departments,
// accounts, posts, a look at what was refused, and back.
func TestImportFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	data := "--data=" + filepath.Join(dir, "data")
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	must := func(want string, args ...string) string {
		t.Helper()
		status, out, errs := hamawaz(t, nil, append(args, data)...)
		if status != 0 || !strings.Contains(out, want) {
			t.Fatalf("hamawaz %s: status %d, want output %q\n%s%s", strings.Join(args, " "), status, want, out, errs)
		}
		return out
	}
	refused := func(want string, args ...string) {
		t.Helper()
		status, _, errs := hamawaz(t, nil, append(args, data)...)
		if status == 0 || !strings.Contains(errs, want) || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
			t.Errorf("hamawaz %s: status %d, want one sentence with %q\n%s", strings.Join(args, " "), status, want, errs)
		}
	}

	departments := write("departments.csv", "id,name_en,name_ur\nhealth,Health Department,محکمہ صحت\n,,\nbad id,Bad,\n")
	must("2 rows read: 1 departments added", "import", "departments", departments, "--dry-run")
	must("1 rows refused", "import", "departments", departments)
	must("1 as they were", "import", "departments", departments)
	must("محکمہ صحت", "account", "departments")
	accounts := write("accounts.csv", "department;platform;handle;name\nHealth Department;x;HealthBal;Health\n")
	must("the approval is missing", "import", "accounts", accounts)
	must("1 accounts added", "import", "accounts", accounts, "--reason", "Letter 7")

	posts := write("posts.csv", "date,username,replies,retweets,favorites,text,id,permalink\n"+
		"2024-05-01 10:00:00,HealthBal,1,2,30,Clinics open,1271559161583714305,https://x.com/HealthBal/status/1271559161583714305\n"+
		"2024-05-02 10:00:00,HealthBal,-1,2,12,Clinics closed,1271559161583714306,https://x.com/HealthBal/status/1271559161583714306\n"+
		"\"=cmd|' /C calc'!A1\",HealthBal,1,2,3,x,1271559161583714307,\n")
	run := []string{"import", "posts", posts, "--platform", "x", "--map", "x-archive", "--as-of", "2024-06-01"}
	must("2 posts would be kept", append(run, "--dry-run")...)
	must("0", "query", "posts", "--from", "2024-05-01", "--to", "2024-06-01")
	list := filepath.Join(dir, "refused.csv")
	out := must("2 posts kept", append(run, "--refused", list)...)
	for _, want := range []string{"1 rows refused", "1 values unknown", "posts.csv:4: row refused", "posts.csv:3: comments unknown, post kept: -1 is negative"} {
		if !strings.Contains(out, want) {
			t.Errorf("import says %q, want %q", out, want)
		}
	}
	b, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), ",'=cmd|") || !strings.Contains(string(b), ",'-1") {
		t.Errorf("a formula stands in the list:\n%s", b)
	}
	must("42", "query", "reactions", "--from", "2024-05-01", "--to", "2024-06-01")
	must("2 posts kept", run...) // again

	var batches []importer.Batch
	if err := json.Unmarshal([]byte(must(`"state": "done"`, "import", "list", "--json")), &batches); err != nil || len(batches) != 1 {
		t.Fatalf("%d imports, %v", len(batches), err)
	}
	must("done", "import", "list")
	must("x-archive", "import", "maps")
	own := write("own.json", must(`"name": "x-archive"`, "import", "maps", "x-archive"))
	must("2 posts would be kept", "import", "posts", posts, "--platform", "x", "--map", own, "--as-of", "2024-06-01", "--dry-run")
	must("2 readings and 2 posts", "import", "undo", batches[0].ID)
	if out := must("", "query", "reactions", "--from", "2024-05-01", "--to", "2024-06-01"); strings.Contains(out, "42") {
		t.Errorf("after undo the figures are still there:\n%s", out)
	}
	must("undone", "import", "list")

	refused("fanpage-karma", "import", "posts", posts, "--platform", "x", "--map", "nothing")
	refused("is for x", "import", "posts", posts, "--platform", "youtube", "--map", "x-archive")
	refused("--as-of", "import", "posts", posts, "--platform", "x", "--map", "x-archive")
	refused("2024-02-30", "import", "posts", posts, "--platform", "x", "--map", "x-archive", "--as-of", "2024-02-30")
	refused("future", "import", "posts", posts, "--platform", "x", "--map", "x-archive", "--as-of", "2099-01-01")
	refused("posts.csv.none", "import", "posts", posts+".none", "--platform", "x", "--map", "x-archive", "--as-of", "2024-06-01")
	refused("published", "import", "posts", posts, "--platform", "x", "--map", write("bad.json", `{"columns":{"link":"Link"}}`), "--as-of", "2024-06-01")
	refused("import list", "import", "undo", "import-none")
	refused("platform", "import", "posts", posts, "--map", "x-archive", "--as-of", "2024-06-01")
}
