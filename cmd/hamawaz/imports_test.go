package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport says which of our packages, by their first folder, a package may
// import. Facts flow one way.
var mayImport = map[string][]string{
	"schema":    {"schema"},
	"collector": {"collector", "schema"},
	"analytics": {"analytics", "schema"},
	"dashboard": {"dashboard", "analytics", "schema"},
	"jobs":      {"jobs", "collector", "analytics", "schema"},
	"cmd":       {"cmd", "jobs", "dashboard", "collector", "analytics", "schema"},
}

// mayAlsoImport names single packages. The dashboard shows what the importer
// makes of a file before and after it is stored: maps, previews, refusals. A
// second set of those types would say the same.
var mayAlsoImport = map[string][]string{
	"dashboard": {"collector/importer"},
}

func TestImports(t *testing.T) {
	const module = "github.com/hamawaz/hamawaz/"
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages++
		from, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, module), "/")
		allowed, ok := mayImport[from]
		if !ok {
			t.Errorf("%s lies outside the folders of the project", p.ImportPath)
		}
		for _, i := range p.Imports {
			name, ours := strings.CutPrefix(i, module)
			to, _, _ := strings.Cut(name, "/")
			if ours && !slices.Contains(allowed, to) && !slices.Contains(mayAlsoImport[from], name) {
				t.Errorf("%s imports %s: %s may import %s only", p.ImportPath, i, from, strings.Join(allowed, ", "))
			}
			if last := name[strings.LastIndex(name, "/")+1:]; ours && (last == "util" || last == "common") {
				t.Errorf("%s: a package must be called after what it is for", i)
			}
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages were looked at", packages)
	}
}
