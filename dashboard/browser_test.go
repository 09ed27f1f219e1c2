package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net"
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
	"github.com/chromedp/chromedp/kb"

	"github.com/hamawaz/hamawaz/analytics"
)

const chromiumHint = "install it: apt-get install chromium (or set CHROMIUM to its path)"

// A chromium is one running browser; tabs share it.
type chromium struct {
	ctx context.Context
}

func startChromium(t *testing.T) *chromium {
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
	return &chromium{ctx}
}

// serve puts the site on a port of this machine and returns its address.
func (st *site) serve(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- st.app.Listener(l) }()
	t.Cleanup(func() {
		if err := st.app.ShutdownWithTimeout(time.Second); err != nil {
			t.Log(err)
		}
		<-done
	})
	return "http://" + l.Addr().String()
}

// A tab is a page of its own profile that notes everything that goes wrong.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex
	problems []string
	requests []string
}

func (ch *chromium) tab(t *testing.T, base string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ch.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(stop)
	tb := &tab{t: t, ctx: ctx, base: base}
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

// look sets width, colours and language of the pages to come.
func (tb *tab) look(width int64, dark bool, lang string) {
	tb.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	height := int64(900)
	if width < 500 {
		height = 844
	}
	must(tb.t, chromedp.Do(tb.ctx, chromedp.EmulateViewport(width, height)))
	must(tb.t, call(tb.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}))
	must(tb.t, call(tb.ctx, network.SetCookie, network.SetCookieParams{Name: languageCookie, Value: lang, URL: tb.base}))
}

func (tb *tab) open(path string) {
	tb.t.Helper()
	if err := chromedp.Do(tb.ctx, chromedp.Navigate(tb.base+path)); err != nil {
		tb.t.Fatalf("open %s: %v", path, err)
	}
	tb.wait("document.readyState === 'complete' && document.fonts.status === 'loaded'")
}

// wait returns once the expression is true in the page.
func (tb *tab) wait(expression string) {
	tb.t.Helper()
	_, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool](`new Promise((done, fail) => {
		const end = performance.now() + 10000;
		const look = () => { if (`+expression+`) done(true); else if (performance.now() > end) fail(new Error("still not: " + `+strconv.Quote(expression)+`)); else requestAnimationFrame(look); };
		look(); })`, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.t.Fatalf("wait for %s: %v", expression, err)
	}
}

func eval[T any](tb *tab, expression string) T {
	tb.t.Helper()
	v, err := chromedp.Run(tb.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

// picture keeps what the page looks like, for the eye.
func (tb *tab) picture(name string) {
	tb.t.Helper()
	dir := os.Getenv("HAMAWAZ_SHOTS")
	if dir == "" {
		dir = tb.t.TempDir()
	}
	must(tb.t, os.MkdirAll(dir, 0o755))
	// A window as high as the page: a picture beyond the window's edge would
	// make Chromium lay the page out anew.
	size := eval[[]int64](tb, "[innerWidth, innerHeight, document.documentElement.scrollHeight]")
	must(tb.t, chromedp.Do(tb.ctx, chromedp.EmulateViewport(size[0], max(size[1], size[2]))))
	png, err := chromedp.Run(tb.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tb.t.Fatal(err)
	}
	must(tb.t, chromedp.Do(tb.ctx, chromedp.EmulateViewport(size[0], size[1])))
	must(tb.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

const noAxe = "none"

// check fails on everything that must hold for every page. The text of axe-core
// is needed once a page.
func (tb *tab) check(axe, rules string) {
	t := tb.t
	t.Helper()
	if over := eval[string](tb, `(() => { const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w && document.body.scrollWidth <= w) return "";
		const inside = (el) => { for (let p = el.parentElement; p; p = p.parentElement) if (["auto", "hidden", "scroll"].includes(getComputedStyle(p).overflowX)) return true; return false; };
		return [...document.querySelectorAll("body *")].filter((el) => { const r = el.getBoundingClientRect(); return r.width && (r.right > w + 1 || r.left < -1) && !inside(el); })
			.slice(0, 5).map((el) => el.tagName + "." + el.className + " " + el.textContent.slice(0, 30)).join(" | ") || "the page is wider than the window"; })()`); over != "" {
		t.Errorf("the page overflows: %s", over)
	}
	if bad := eval[string](tb, `(() => [...document.querySelectorAll("[style]")].filter((el) => !el.closest(".chart")).map((el) => el.outerHTML.slice(0, 80)).join(" | "))()`); bad != "" {
		t.Errorf("inline styles: %s", bad)
	}
	if wide := eval[string](tb, `innerWidth < 1280 ? "" : [...document.querySelectorAll(".scroll")].filter((s) => !s.closest("details:not([open])") && s.scrollWidth > s.clientWidth + 1).map((s) => s.getAttribute("aria-label") + " " + s.scrollWidth + " > " + s.clientWidth).join(" | ")`); wide != "" {
		t.Errorf("a table does not fit a wide window: %s", wide)
	}
	if narrow := eval[string](tb, `[...document.querySelectorAll(".chart")].filter((c) => Math.abs((c.querySelector("svg")?.getBoundingClientRect().width ?? 0) - c.clientWidth) > 1).map((c) => c.id + " is " + c.clientWidth + " wide, drawn " + c.querySelector("svg")?.getBoundingClientRect().width).join(" | ")`); narrow != "" {
		t.Errorf("a chart does not fill its place: %s", narrow)
	}
	// Headings must not be cut by their line or their card.
	if cut := eval[string](tb, `(() => [...document.querySelectorAll("h1, h2, .v, .item, .chip")].filter((el) => el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).overflow !== "visible" && el.tagName !== "SUMMARY")
		.map((el) => el.textContent).join(" | "))()`); cut != "" {
		t.Errorf("cut: %s", cut)
	}
	if axe != "" {
		if _, err := chromedp.Run(tb.ctx, chromedp.Evaluate[*runtime.RemoteObject](axe)); err != nil {
			t.Fatalf("load axe-core: %v", err)
		}
	}
	if rules == noAxe {
		tb.quiet()
		return
	}
	found := eval[string](tb, `axe.run(document, {`+rules+` preload: false, resultTypes: ["violations"]}).then((r) => r.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target + " " + n.failureSummary.split("\n").slice(1, 2)).join("; ")).join("\n"))`)
	if found != "" {
		t.Errorf("axe-core:\n%s", found)
	}
	tb.quiet()
}

// quiet fails if the page complained, or asked another host for something.
func (tb *tab) quiet() {
	tb.t.Helper()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, p := range tb.problems {
		tb.t.Errorf("the browser says: %s", p)
	}
	for _, r := range tb.requests {
		if u, err := url.Parse(r); err != nil || u.Scheme != "data" && tb.base != u.Scheme+"://"+u.Host {
			tb.t.Errorf("request to another host: %s", r)
		}
	}
	tb.problems, tb.requests = nil, nil
}

func TestPagesInChromium(t *testing.T) {
	st := newSite(t, func(st *site) {
		st.Demo = &Demo{Sentence: analytics.Text{En: "Accounts and posts are real; their figures over time are modelled.",
			Ur: "اکاؤنٹس اور پوسٹیں حقیقی ہیں؛ ان کے وقت کے ساتھ اعداد ماڈل پر مبنی ہیں۔"},
			Email: "analyst@example.gov.pk", Password: testPassword, Factor: 60}
	})
	st.stats.collection.Accounts = slices.Clip(st.stats.collection.Accounts)
	tb := startChromium(t).tab(t, st.serve(t))
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is missing: run npm ci: %v", err)
	}
	each := func(name, path string, also func(t *testing.T, lang string)) {
		for _, lang := range []string{"en", "ur"} {
			for _, width := range []int64{1280, 390} {
				shot := fmt.Sprintf("%s-%s-%d", name, lang, width)
				t.Run(shot, func(t *testing.T) {
					tb.t = t
					tb.look(width, false, lang)
					tb.open(path)
					if got := eval[string](tb, `document.documentElement.lang + " " + document.documentElement.dir`); got != lang+" "+map[string]string{"en": "ltr", "ur": "rtl"}[lang] {
						t.Errorf("language and direction: got %s", got)
					}
					if also != nil {
						also(t, lang)
					}
					tb.picture(shot)
					tb.check(string(axe), "")
					// The same page after dusk: it follows the system without loading again.
					tb.look(width, true, lang)
					if name == "overview" {
						tb.wait(`getComputedStyle(document.documentElement).getPropertyValue("--accent") === "#4fc39a" && document.querySelector("#chart-daily svg path[stroke='#4fc39a']")`)
					}
					if os.Getenv("HAMAWAZ_SHOTS") != "" {
						tb.picture(shot + "-dark")
					}
					rules := `runOnly: ["color-contrast"],`
					if width < 500 {
						rules = noAxe // the same colours were checked on the wide page
					}
					tb.check("", rules)
				})
			}
		}
		tb.t = t
	}
	each("sign-in", "/sign-in", nil)

	tb.look(1280, false, "en")
	tb.open("/sign-in?next=%2F")
	must(t, chromedp.Do(tb.ctx,
		chromedp.SendKeys(chromedp.ID("email"), "analyst@example.gov.pk"),
		chromedp.SendKeys(chromedp.ID("password"), testPassword)))
	if _, err := chromedp.RunResponse(tb.ctx, chromedp.Click(chromedp.CSS("form .button"))); err != nil {
		t.Fatal(err)
	}
	tb.wait("document.getElementById('daily') !== null")
	tb.quiet()

	each("overview", "/", func(t *testing.T, lang string) {
		tb.wait("document.querySelectorAll('#chart-daily svg path').length > 3")
		// The value axis stands where the script begins.
		side := eval[string](tb, `(() => { const box = document.getElementById("chart-daily").getBoundingClientRect();
			const labels = [...document.querySelectorAll("#chart-daily svg text")].filter((x) => /( k|ہزار)$/.test(x.textContent));
			if (!labels.length) return "no value axis";
			return labels.every((x) => x.getBoundingClientRect().left > box.left + box.width / 2) ? "right" : labels.every((x) => x.getBoundingClientRect().right < box.left + box.width / 2) ? "left" : "mixed"; })()`)
		if want := map[string]string{"en": "left", "ur": "right"}[lang]; side != want {
			t.Errorf("value axis: got %s, want %s", side, want)
		}
		// A bar begins where the script begins.
		if from := eval[string](tb, `document.querySelector(".league tbody tr:nth-child(2) rect").getAttribute("x")`); (from == "0.0%") != (lang == "en") {
			t.Errorf("second bar starts at %s in %s", from, lang)
		}
	})
	each("collection", "/collection", nil)

	// What is not there every day.
	one := func(shot, path, lang string, width int64, then func()) {
		t.Run(shot, func(t *testing.T) {
			tb.t = t
			tb.look(width, false, lang)
			tb.open(path)
			if then != nil {
				then()
			}
			tb.picture(shot)
			tb.ignore("status of 400", "status of 503") // the page's own status is no fault
			tb.check(string(axe), "")
		})
		tb.t = t
	}
	one("bad-ur-390", "/?from=2026-13-45&to=2026-05-01", "ur", 390, nil)
	one("activity-en-1280", "/?view=activity", "en", 1280, func() {
		tb.wait("document.querySelector('#chart-daily svg path')")
		// The definition opens and closes by the keyboard.
		must(t, chromedp.Do(tb.ctx, chromedp.Focus(chromedp.CSS("#kpi-engagement_rate summary")), chromedp.KeyEvent("\r")))
		tb.wait("document.querySelector('#kpi-engagement_rate details').open")
		must(t, chromedp.Do(tb.ctx, chromedp.KeyEvent(kb.Escape)))
		tb.wait("!document.querySelector('#kpi-engagement_rate details').open && document.activeElement.closest('#kpi-engagement_rate')")
		must(t, chromedp.Do(tb.ctx, chromedp.KeyEvent("\r"), chromedp.Click(chromedp.CSS("#daily-table summary")), chromedp.Click(chromedp.CSS(".menu summary"))))
		tb.wait("document.getElementById('daily-table').open && document.querySelectorAll('details.menu[open], details.def[open]').length === 1")
	})
	st.stats.change(func() { st.stats.err = errors.New("down") })
	one("failed-en-390", "/", "en", 390, nil)
	one("error-ur-1280", "/collection", "ur", 1280, nil)
	full := st.stats.overview
	st.stats.change(func() { st.stats.err, st.stats.overview = nil, analytics.Overview{Total: 25} })
	one("empty-ur-1280", "/", "ur", 1280, nil)

	t.Run("refresh", func(t *testing.T) {
		tb.t = t
		tb.look(1280, false, "en")
		tb.open("/")
		// The first figures come by themselves, without loading the page again.
		eval[bool](tb, "window.same = true")
		st.stats.change(func() { st.stats.overview = full })
		const look = "document.dispatchEvent(new Event('visibilitychange'))"
		eval[bool](tb, look)
		tb.wait("document.querySelectorAll('#chart-daily svg path').length > 3 && !document.getElementById('empty')")
		// A newer figure replaces its card only; what was open stays open, the
		// focus stays, and the chart that did not change is not drawn again.
		must(t, chromedp.Do(tb.ctx, chromedp.Click(chromedp.CSS("#departments-more summary"))))
		eval[bool](tb, "document.querySelector('#chart-daily svg').same = true")
		st.stats.change(func() {
			lines := slices.Clone(full.Departments)
			lines[0].Posts.Value = f(777)
			st.stats.overview.Departments = lines
		})
		eval[bool](tb, look)
		tb.wait("document.getElementById('departments').textContent.includes('777')")
		if !eval[bool](tb, `window.same && document.querySelector("#chart-daily svg").same && document.getElementById("departments-more").open
			&& document.activeElement === document.querySelector("#departments-more summary")`) {
			t.Error("the page was loaded again, or lost what was open, its focus or its chart")
		}
		// Out of sight, it does not ask.
		before := len(st.stats.asked)
		eval[bool](tb, "Object.defineProperty(document, 'hidden', {value: true}), "+look)
		if len(st.stats.asked) != before {
			t.Error("a hidden page asks for figures")
		}
		tb.quiet()
	})
}

// ignore forgets complaints that the test itself asked for.
func (tb *tab) ignore(parts ...string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.problems = slices.DeleteFunc(tb.problems, func(p string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(p, part) })
	})
}
