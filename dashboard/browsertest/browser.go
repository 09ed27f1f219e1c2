// Package browsertest drives the pages in a real Chromium, for tests.
package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const chromiumHint = "install it: apt-get install chromium (or set CHROMIUM to its path)"

// A step of a test that takes longer than patience hangs.
const patience = time.Minute

var errStuck = fmt.Errorf("the page did not get on for %s", patience)

// A Browser is one running browser; tabs share it.
type Browser struct {
	ctx context.Context
}

// Start starts Chromium for the test.
func Start(t *testing.T) *Browser {
	t.Helper()
	path := os.Getenv("CHROMIUM")
	for _, p := range []string{"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"} {
		if path == "" {
			if _, err := os.Stat(p); err == nil {
				path = p
			}
		}
	}
	if path == "" {
		t.Fatal("chromium is missing: " + chromiumHint)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(func() { stop(); stopAlloc() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v; %s", path, err, chromiumHint)
	}
	return &Browser{ctx}
}

// A Tab is a page of its own profile that notes everything that goes wrong.
type Tab struct {
	T    *testing.T      // whom to tell; set anew in a subtest
	Ctx  context.Context // of chromedp
	base string

	stuck *time.Timer // gives the tab up; each step sets it anew
	width int64

	mu       sync.Mutex
	problems []string
	requests []string
}

// Tab opens a tab on the site at base, such as http://127.0.0.1:8080.
func (b *Browser) Tab(t *testing.T, base string) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, hang := context.WithCancelCause(ctx)
	stuck := time.AfterFunc(patience, func() { hang(errStuck) })
	t.Cleanup(func() { stuck.Stop(); hang(nil) })
	tb := &Tab{T: t, Ctx: ctx, base: base, stuck: stuck}
	note := func(s string) {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		tb.problems = append(tb.problems, s)
	}
	chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventConsoleAPICalled:
			if ev.Type == "error" || ev.Type == "warning" {
				note(fmt.Sprintf("console.%s: %s", ev.Type, ev.Args[0].Value))
			}
		case *runtime.EventExceptionThrown:
			note("exception: " + ev.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if ev.Entry.Level == "error" || ev.Entry.Level == "warning" {
				note("log: " + ev.Entry.Text + " " + ev.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			tb.mu.Lock()
			tb.requests = append(tb.requests, ev.Request.URL)
			tb.mu.Unlock()
		}
	})
	must(t, call(ctx, network.Enable, network.EnableParams{}))
	must(t, call(ctx, log.Enable, cdp.Empty{}))
	must(t, call(ctx, runtime.Enable, cdp.Empty{}))
	return tb
}

func call[P, R any](ctx context.Context, cmd cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, cmd, params)
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Look sets width, colours and language of the pages to come.
func (tb *Tab) Look(width int64, dark bool, lang string) {
	tb.T.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	height := int64(900)
	if width < 500 {
		height = 844
	}
	tb.width = width
	must(tb.T, chromedp.Do(tb.Ctx, chromedp.EmulateViewport(width, height)))
	must(tb.T, call(tb.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}))
	must(tb.T, call(tb.Ctx, network.SetCookie, network.SetCookieParams{Name: "language", Value: lang, URL: tb.base}))
}

// Open goes to the path and waits until all is loaded.
func (tb *Tab) Open(path string) {
	tb.T.Helper()
	tb.stuck.Reset(patience)
	if err := chromedp.Do(tb.Ctx, chromedp.Navigate(tb.base+path)); err != nil {
		tb.T.Fatalf("open %s: %v", path, tb.why(err))
	}
	tb.Wait("document.readyState === 'complete' && document.fonts.status === 'loaded'")
}

// Wait returns once the expression is true in the page.
func (tb *Tab) Wait(expression string) {
	tb.T.Helper()
	tb.stuck.Reset(patience)
	_, err := chromedp.Run(tb.Ctx, chromedp.Evaluate[bool](`new Promise((done, fail) => {
		const end = performance.now() + 10000;
		const look = () => { if (`+expression+`) done(true); else if (performance.now() > end) fail(new Error("still not: " + `+strconv.Quote(expression)+`)); else requestAnimationFrame(look); };
		look(); })`, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.T.Fatalf("wait for %s: %v", expression, tb.why(err))
	}
}

// Eval returns what the expression is in the page; a promise is awaited.
func Eval[T any](tb *Tab, expression string) T {
	tb.T.Helper()
	tb.stuck.Reset(patience)
	v, err := chromedp.Run(tb.Ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.T.Fatalf("evaluate %s: %v", expression, tb.why(err))
	}
	return v
}

// why says that the tab was given up, if that is what err comes from.
func (tb *Tab) why(err error) error {
	if context.Cause(tb.Ctx) == errStuck {
		return errStuck
	}
	return err
}

// Picture keeps what the page looks like, for the eye, where HAMAWAZ_SHOTS
// names a folder for it.
func (tb *Tab) Picture(name string) {
	tb.T.Helper()
	dir := os.Getenv("HAMAWAZ_SHOTS")
	if dir == "" {
		return
	}
	must(tb.T, os.MkdirAll(dir, 0o755))
	// A window as high as the page: a picture beyond the window's edge would
	// make Chromium lay the page out anew.
	size := Eval[[]int64](tb, "[innerWidth, innerHeight, document.documentElement.scrollHeight]")
	must(tb.T, chromedp.Do(tb.Ctx, chromedp.EmulateViewport(size[0], max(size[1], size[2]))))
	png, err := chromedp.Run(tb.Ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tb.T.Fatal(err)
	}
	must(tb.T, chromedp.Do(tb.Ctx, chromedp.EmulateViewport(size[0], size[1])))
	must(tb.T, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

// Rules of axe-core for Check.
const (
	AllRules  = ""
	NoAxe     = "none"
	Contrast  = `runOnly: ["color-contrast"],`
	elseRules = `rules: {"color-contrast": {enabled: false}},`
)

// Check fails on everything that must hold for every page. The text of axe-core
// is needed once a page. All rules are AllRules but for contrast on a phone:
// colours do not change with the width, and they take longest.
func (tb *Tab) Check(axe, rules string) {
	t := tb.T
	t.Helper()
	if over := Eval[string](tb, `(() => { const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w && document.body.scrollWidth <= w) return "";
		const inside = (el) => { for (let p = el.parentElement; p; p = p.parentElement) if (["auto", "hidden", "scroll"].includes(getComputedStyle(p).overflowX)) return true; return false; };
		return [...document.querySelectorAll("body *")].filter((el) => { const r = el.getBoundingClientRect(); return r.width && (r.right > w + 1 || r.left < -1) && !inside(el); })
			.slice(0, 5).map((el) => el.tagName + "." + el.className + " " + el.textContent.slice(0, 30)).join(" | ") || "the page is wider than the window"; })()`); over != "" {
		t.Errorf("the page overflows: %s", over)
	}
	if bad := Eval[string](tb, `(() => [...document.querySelectorAll("[style]")].filter((el) => !el.closest(".chart")).map((el) => el.outerHTML.slice(0, 80)).join(" | "))()`); bad != "" {
		t.Errorf("inline styles: %s", bad)
	}
	if wide := Eval[string](tb, `innerWidth < 1280 ? "" : [...document.querySelectorAll(".scroll")].filter((s) => !s.closest("details:not([open])") && s.scrollWidth > s.clientWidth + 1).map((s) => s.getAttribute("aria-label") + " " + s.scrollWidth + " > " + s.clientWidth).join(" | ")`); wide != "" {
		t.Errorf("a table does not fit a wide window: %s", wide)
	}
	if narrow := Eval[string](tb, `[...document.querySelectorAll(".chart")].filter((c) => Math.abs((c.querySelector("svg")?.getBoundingClientRect().width ?? 0) - c.clientWidth) > 1).map((c) => c.id + " is " + c.clientWidth + " wide, drawn " + c.querySelector("svg")?.getBoundingClientRect().width).join(" | ")`); narrow != "" {
		t.Errorf("a chart does not fill its place: %s", narrow)
	}
	// Headings must not be cut by their line or their card.
	if cut := Eval[string](tb, `(() => [...document.querySelectorAll("h1, h2, .v, .item, .chip")].filter((el) => el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).overflow !== "visible" && el.tagName !== "SUMMARY")
		.map((el) => el.textContent).join(" | "))()`); cut != "" {
		t.Errorf("cut: %s", cut)
	}
	if axe != "" {
		if _, err := chromedp.Run(tb.Ctx, chromedp.Evaluate[*runtime.RemoteObject](axe)); err != nil {
			t.Fatalf("load axe-core: %v", err)
		}
	}
	switch {
	case rules == NoAxe:
		tb.Quiet()
		return
	case rules == AllRules && tb.width < 500:
		rules = elseRules
	}
	found := Eval[string](tb, `axe.run(document, {`+rules+` preload: false, resultTypes: ["violations"]}).then((r) => r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target + " " + n.failureSummary.split("\n").slice(1, 2)).join("; ")).join("\n"))`)
	if found != "" {
		t.Errorf("axe-core:\n%s", found)
	}
	tb.Quiet()
}

// Looks opens the page in both languages, wide and as on a phone, does then, if
// that is given, takes pictures and checks all that Check checks. The wide page
// is looked at after dusk too, without loading it again.
func (tb *Tab) Looks(axe, name, path string, then func(t *testing.T, lang string)) {
	for _, lang := range []string{"en", "ur"} {
		for _, width := range []int64{1280, 390} {
			tb.look(axe, name, path, lang, width, then)
		}
	}
}

// Glance is Looks at a page that other tests look at in every way: wide in
// English and as on a phone in Urdu. Where pictures are wanted it is Looks.
func (tb *Tab) Glance(axe, name, path string) {
	if os.Getenv("HAMAWAZ_SHOTS") != "" {
		tb.Looks(axe, name, path, nil)
		return
	}
	tb.look(axe, name, path, "en", 1280, nil)
	tb.look(axe, name, path, "ur", 390, nil)
}

func (tb *Tab) look(axe, name, path, lang string, width int64, then func(t *testing.T, lang string)) {
	all := tb.T
	defer func() { tb.T = all }()
	shot := fmt.Sprintf("%s-%s-%d", name, lang, width)
	all.Run(shot, func(t *testing.T) {
		tb.T = t
		tb.Look(width, false, lang)
		tb.Open(path)
		if then != nil {
			then(t, lang)
		}
		tb.Picture(shot)
		tb.Check(axe, AllRules)
		if width < 500 {
			return
		}
		tb.Look(width, true, lang)
		tb.Picture(shot + "-dark")
		if lang == "en" { // the colours are the same
			tb.Check("", Contrast)
		}
	})
}

// Quiet fails if the page complained, or asked another host for something.
func (tb *Tab) Quiet() {
	tb.T.Helper()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, p := range tb.problems {
		tb.T.Errorf("the browser says: %s", p)
	}
	for _, r := range tb.requests {
		if u, err := url.Parse(r); err != nil || u.Scheme != "data" && tb.base != u.Scheme+"://"+u.Host {
			tb.T.Errorf("request to another host: %s", r)
		}
	}
	tb.problems, tb.requests = nil, nil
}

// Ignore forgets complaints that the test itself asked for.
func (tb *Tab) Ignore(parts ...string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.problems = slices.DeleteFunc(tb.problems, func(p string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(p, part) })
	})
}

// Axe returns the text of axe-core from the node_modules of the project, whose
// folder is given.
func Axe(t *testing.T, project string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(project, "node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing: run npm ci: %v", err)
	}
	return string(b)
}

// SignIn opens a session by the form, and waits for the page behind it.
func (tb *Tab) SignIn(email, password string) {
	tb.T.Helper()
	tb.Open("/sign-in")
	must(tb.T, chromedp.Do(tb.Ctx,
		chromedp.SendKeys(chromedp.ID("email"), email),
		chromedp.SendKeys(chromedp.ID("password"), password)))
	if _, err := chromedp.RunResponse(tb.Ctx, chromedp.Click(chromedp.CSS("form .button"))); err != nil {
		tb.T.Fatal(err)
	}
	tb.Wait("!location.pathname.startsWith('/sign-in')")
}
