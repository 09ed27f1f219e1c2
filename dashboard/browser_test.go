package dashboard

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/hamawaz/hamawaz/analytics"
	"github.com/hamawaz/hamawaz/dashboard/browsertest"
)

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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPagesInChromium(t *testing.T) {
	st := newSite(t, func(st *site) {
		st.Demo = &Demo{Sentence: analytics.Text{En: "Accounts and posts are real; their figures over time are modelled.",
			Ur: "اکاؤنٹس اور پوسٹیں حقیقی ہیں؛ ان کے وقت کے ساتھ اعداد ماڈل پر مبنی ہیں۔"},
			Email: "analyst@example.gov.pk", Password: testPassword, Factor: 60}
	})
	st.stats.collection.Accounts = slices.Clip(st.stats.collection.Accounts)
	st.Budgets = sampleBudgets()
	tb := browsertest.Start(t).Tab(t, st.serve(t))
	axe := browsertest.Axe(t, "..")
	tb.Looks(axe, "sign-in", "/sign-in", nil)

	tb.Look(1280, false, "en")
	tb.SignIn("analyst@example.gov.pk", testPassword)
	tb.Wait("document.getElementById('daily') !== null")
	tb.Quiet()

	tb.Looks(axe, "overview", "/", func(t *testing.T, lang string) {
		if got := browsertest.Eval[string](tb, `document.documentElement.lang + " " + document.documentElement.dir`); got != lang+" "+map[string]string{"en": "ltr", "ur": "rtl"}[lang] {
			t.Errorf("language and direction: got %s", got)
		}
		tb.Wait("document.querySelectorAll('#chart-daily svg path').length > 3")
		// The value axis stands where the script begins.
		side := browsertest.Eval[string](tb, `(() => { const box = document.getElementById("chart-daily").getBoundingClientRect();
			const labels = [...document.querySelectorAll("#chart-daily svg text")].filter((x) => /( k|ہزار)$/.test(x.textContent));
			if (!labels.length) return "no value axis";
			return labels.every((x) => x.getBoundingClientRect().left > box.left + box.width / 2) ? "right" : labels.every((x) => x.getBoundingClientRect().right < box.left + box.width / 2) ? "left" : "mixed"; })()`)
		if want := map[string]string{"en": "left", "ur": "right"}[lang]; side != want {
			t.Errorf("value axis: got %s, want %s", side, want)
		}
		// A bar begins where the script begins.
		if from := browsertest.Eval[string](tb, `document.querySelector(".league tbody tr:nth-child(2) rect").getAttribute("x")`); (from == "0.0%") != (lang == "en") {
			t.Errorf("second bar starts at %s in %s", from, lang)
		}
	})
	tb.Looks(axe, "collection", "/collection", nil)
	t.Run("dusk", func(t *testing.T) { // the chart follows without loading again
		tb.T = t
		tb.Look(1280, false, "en")
		tb.Open("/")
		tb.Look(1280, true, "en")
		tb.Wait(`getComputedStyle(document.documentElement).getPropertyValue("--accent") === "#4fc39a" && document.querySelector("#chart-daily svg path[stroke='#4fc39a']")`)
	})
	tb.T = t

	// What is not there every day.
	one := func(shot, path, lang string, width int64, then func()) {
		t.Run(shot, func(t *testing.T) {
			tb.T = t
			tb.Look(width, false, lang)
			tb.Open(path)
			if then != nil {
				then()
			}
			tb.Picture(shot)
			tb.Ignore("status of 400", "status of 503") // the page's own status is no fault
			tb.Check(axe, "")
		})
		tb.T = t
	}
	one("bad-ur-390", "/?from=2026-13-45&to=2026-05-01", "ur", 390, nil)
	one("activity-en-1280", "/?view=activity", "en", 1280, func() {
		tb.Wait("document.querySelector('#chart-daily svg path')")
		// The definition opens and closes by the keyboard.
		must(t, chromedp.Do(tb.Ctx, chromedp.Focus(chromedp.CSS("#kpi-engagement_rate summary")), chromedp.KeyEvent("\r")))
		tb.Wait("document.querySelector('#kpi-engagement_rate details').open")
		must(t, chromedp.Do(tb.Ctx, chromedp.KeyEvent(kb.Escape)))
		tb.Wait("!document.querySelector('#kpi-engagement_rate details').open && document.activeElement.closest('#kpi-engagement_rate')")
		must(t, chromedp.Do(tb.Ctx, chromedp.KeyEvent("\r"), chromedp.Click(chromedp.CSS("#daily-table summary")), chromedp.Click(chromedp.CSS(".menu summary"))))
		tb.Wait("document.getElementById('daily-table').open && document.querySelectorAll('details.menu[open], details.def[open]').length === 1")
	})
	st.stats.change(func() { st.stats.err = errors.New("down") })
	one("failed-en-390", "/", "en", 390, nil)
	one("error-ur-1280", "/collection", "ur", 1280, nil)
	full := st.stats.overview
	st.stats.change(func() { st.stats.err, st.stats.overview = nil, analytics.Overview{Total: 25} })
	one("empty-ur-1280", "/", "ur", 1280, nil)

	t.Run("refresh", func(t *testing.T) {
		tb.T = t
		tb.Look(1280, false, "en")
		tb.Open("/")
		// The first figures come by themselves, without loading the page again.
		browsertest.Eval[bool](tb, "window.same = true")
		st.stats.change(func() { st.stats.overview = full })
		const look = "document.dispatchEvent(new Event('visibilitychange'))"
		browsertest.Eval[bool](tb, look)
		tb.Wait("document.querySelectorAll('#chart-daily svg path').length > 3 && !document.getElementById('empty')")
		// A newer figure replaces its card only; what was open stays open, the
		// focus stays, and the chart that did not change is not drawn again.
		must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#departments-more summary"))))
		browsertest.Eval[bool](tb, "document.querySelector('#chart-daily svg').same = true")
		st.stats.change(func() {
			lines := slices.Clone(full.Departments)
			lines[0].Posts.Value = f(777)
			st.stats.overview.Departments = lines
		})
		browsertest.Eval[bool](tb, look)
		tb.Wait("document.getElementById('departments').textContent.includes('777')")
		if !browsertest.Eval[bool](tb, `window.same && document.querySelector("#chart-daily svg").same && document.getElementById("departments-more").open
			&& document.activeElement === document.querySelector("#departments-more summary")`) {
			t.Error("the page was loaded again, or lost what was open, its focus or its chart")
		}
		// Out of sight, it does not ask.
		before := len(st.stats.asked)
		browsertest.Eval[bool](tb, "Object.defineProperty(document, 'hidden', {value: true}), "+look)
		if len(st.stats.asked) != before {
			t.Error("a hidden page asks for figures")
		}
		tb.Quiet()
	})
}
