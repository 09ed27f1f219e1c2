package dashboard

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/hamawaz/hamawaz/dashboard/browsertest"
	"github.com/hamawaz/hamawaz/schema"
)

// choose puts files into the page's field.
func choose(tb *browsertest.Tab, paths ...string) {
	tb.T.Helper()
	field, err := chromedp.Run(tb.Ctx, chromedp.Evaluate[*runtime.RemoteObject](`document.getElementById("file")`))
	must(tb.T, err)
	_, err = chromedp.Call(tb.Ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, ObjectID: field.ObjectID})
	must(tb.T, err)
}

// arrive returns once the expression is true in whatever page is there.
func arrive(tb *browsertest.Tab, expression string) {
	tb.T.Helper()
	for end := time.Now().Add(15 * time.Second); ; {
		ok, err := chromedp.Run(tb.Ctx, chromedp.Evaluate[bool](expression))
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			tb.T.Fatalf("still not: %s (%v)", expression, err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// importTab returns a site, a tab in which an analyst is signed in, and what
// opens a page in both languages and widths and looks for what is wrong.
func importTab(t *testing.T) (st *site, tb *browsertest.Tab, each func(name, path string, before func())) {
	t.Helper()
	st = newSite(t)
	st.stats.accounts = []schema.Account{{ID: "d01-a", Platform: schema.Instagram, Handle: "balochistan.health", Name: "Health Balochistan"}}
	st.stats.post = samplePost()
	st.imports.preview, st.imports.result = samplePreview(), &samplePreview().Result
	st.imports.preview.Rows = slices.Repeat(st.imports.preview.Rows, 6)
	axe := browsertest.Axe(t, "..")
	tb = browsertest.Start(t).Tab(t, st.serve(t))
	tb.Look(1280, false, "en")
	tb.SignIn("analyst@example.gov.pk", testPassword)
	each = func(name, path string, before func()) {
		tb.Looks(axe, name, path, func(*testing.T, string) {
			if before != nil {
				before()
			}
		})
	}
	return st, tb, each
}

func TestImportsInChromium(t *testing.T) {
	st, tb, each := importTab(t)
	// A file goes in chunks; the line breaks in the middle, and sending goes on.
	content := bytes.Repeat([]byte("0123456789abcdef"), 100_000) // 1.6 MB
	path := filepath.Join(t.TempDir(), "posts.csv")
	must(t, os.WriteFile(path, content, 0o600))
	tb.Look(1280, false, "en")
	tb.Open("/imports/new")
	browsertest.Eval[bool](tb, `(() => { const real = window.fetch; let n = 0; window.cut = 0;
		window.fetch = async (a, o) => { if (o?.method === "PUT" && ++n === 2) { window.cut++; const r = await real(a, o); throw new TypeError("the answer was lost"); }
			if (o?.method === "PUT" && n === 3) { n++; window.cut++; throw new TypeError("the line broke"); } sessionStorage.cut = window.cut; return real(a, o); };
		document.getElementById("platform").value = "instagram"; document.getElementById("account").value = "d01-a"; document.getElementById("as_of").value = "2026-04-28"; return true; })()`)
	choose(tb, path)
	must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#send"))))
	arrive(tb, `document.getElementById("start") !== null`)
	if got := browsertest.Eval[string](tb, "sessionStorage.cut"); got != "2" {
		t.Errorf("the line broke %s times, want 2", got)
	}
	address := browsertest.Eval[string](tb, "location.pathname")
	stored, err := os.ReadFile(filepath.Join(st.spool.dir, filepath.Base(address), "0"))
	if err != nil || !bytes.Equal(stored, content) {
		t.Errorf("stored %d bytes of %d, %v", len(stored), len(content), err)
	}
	tb.Quiet()
	each("import-preview", address, nil)
	each("import-map", address, func() {
		browsertest.Eval[bool](tb, `document.getElementById("map-by-hand").open = document.getElementById("choices").open = true`)
	})

	// An upload of which half is here goes on with the same file.
	half := upload{Person: "p-analyst", Platform: schema.Instagram, Map: ownMap(), Files: []uploadedFile{{"other.csv", 5}, {"posts.csv", int64(len(content))}}}
	half, err = st.spool.begin(half)
	must(t, err)
	for i, b := range [][]byte{[]byte("a,b,c"), content[:500_000]} {
		_, err = st.spool.append(half, i, 0, b)
		must(t, err)
	}
	each("import-half", uploadAddress(half.ID), nil)
	tb.Look(1280, false, "en")
	tb.Open(uploadAddress(half.ID))
	choose(tb, path)
	must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#send"))))
	arrive(tb, `document.getElementById("start") !== null`)

	// While it is imported the page follows, and ends on what it brought.
	hold := make(chan struct{})
	st.imports.mu.Lock()
	st.imports.hold, st.imports.batches = hold, sampleBatches()
	st.imports.preview.ID, st.imports.result.ID = "import-done", "import-done"
	st.imports.mu.Unlock()
	tb.Open(address)
	must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#start"))))
	arrive(tb, `document.getElementById("told")?.textContent.includes("1,200 rows")`)
	tb.Picture("import-going-en-1280")
	each("import-going", address, nil)
	tb.Look(1280, false, "en")
	tb.Open(address)
	close(hold)
	arrive(tb, `location.pathname === "/imports/import-done"`)
}

func TestImportPagesInChromium(t *testing.T) {
	st, tb, each := importTab(t)
	each("imports-empty", "/imports", nil)
	each("import-new", "/imports/new", nil)

	st.imports.mu.Lock()
	st.imports.batches = sampleBatches()
	st.imports.mu.Unlock()
	st.imports.refusals = samplePreview().Refusals
	each("import-result", "/imports/import-done", nil)
	each("import-undo", "/imports/import-done/undo", nil)
	each("imports", "/imports", nil)
	each("typed", postPath(st.stats.post.Account, st.stats.post.PostID)+"/figures", nil)

	st.imports.mu.Lock()
	st.imports.err = noHeadings{"تاریخ", "لنک", "پسند"}
	st.imports.mu.Unlock()
	half, err := st.spool.begin(upload{Person: "p-analyst", Platform: schema.Instagram, Map: ownMap(), Files: []uploadedFile{{"posts.csv", 3}}})
	must(t, err)
	_, err = st.spool.append(half, 0, 0, []byte("a,b"))
	must(t, err)
	tb.Open(uploadAddress(half.ID))
	arrive(tb, `document.getElementById("fault") !== null`)
	each("import-fault", uploadAddress(half.ID), nil)
}
