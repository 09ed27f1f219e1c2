package dashboard

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/hamawaz/hamawaz/dashboard/browsertest"
	"github.com/hamawaz/hamawaz/schema"
)

// TestHabitsInChromium looks at the catalogue, people, one's own settings, the
// runs of an account and the notes on the chart, and presses the keys.
func TestHabitsInChromium(t *testing.T) {
	st := newSite(t)
	st.stats.runs, st.notes.list = sampleRuns(), sampleNotes()
	st.people.people[3].Status = schema.StatusDisabled
	st.people.people[1].Name = "نائلہ بلوچ"
	base, chromium := st.serve(t), browsertest.Start(t)
	axe := browsertest.Axe(t, "..")
	tb := chromium.Tab(t, base)
	tb.Look(1280, false, "en")
	tb.SignIn("administrator@example.gov.pk", testPassword)
	tb.Quiet()
	look := func(name, path string, then func(lang string)) {
		tb.Looks(axe, name, path, func(_ *testing.T, lang string) { then(lang) })
	}
	look("metrics", "/metrics", func(string) {
		browsertest.Eval[bool](tb, "location.hash = '#reach', true")
		tb.Wait("document.querySelector('.metric:target')?.id === 'reach'")
	})
	look("notes", "/?period=28d", func(lang string) {
		tb.Wait("document.querySelectorAll('#chart-daily svg path').length > 3")
		// A mark on each of the two days with notes.
		if got := browsertest.Eval[int](tb, `document.querySelectorAll('#chart-daily svg path[fill="' + getComputedStyle(document.documentElement).getPropertyValue("--warn").trim() + '"]').length`); got != 2 {
			t.Errorf("%s: %d marks on the chart, want 2", lang, got)
		}
	})
	look("notes-write", "/", func(string) {
		must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#notes-write summary"))))
		tb.Wait("document.getElementById('notes-write').open")
	})
	look("keys", "/metrics", func(string) {
		must(t, chromedp.Do(tb.Ctx, chromedp.KeyEvent("?")))
		tb.Wait("document.getElementById('keys').open")
	})

	t.Run("keys do what they say", func(t *testing.T) {
		tb.T = t
		tb.Look(1280, false, "en")
		press := func(keys string, how ...chromedp.KeyOption) {
			t.Helper()
			must(t, chromedp.Do(tb.Ctx, chromedp.KeyEvent(keys, how...)))
		}
		tb.Open("/")
		leads := func(key, to string) {
			t.Helper()
			press("g")
			if _, err := chromedp.RunResponse(tb.Ctx, chromedp.KeyEvent(key)); err != nil {
				t.Fatal(err)
			}
			tb.Wait("location.pathname === '" + to + "' && document.readyState === 'complete'")
		}
		leads("m", "/metrics")
		leads("e", "/people")
		press("/")
		tb.Wait("document.activeElement.id === 'find'")
		// The driver sends the letter of a key beside the key: what is typed so is not the page's doing.
		browsertest.Eval[bool](tb, "document.getElementById('find').value = '', true")
		press("g?/m")
		tb.Wait("document.getElementById('find').value === 'g?/m' && !document.getElementById('keys').open && location.pathname === '/people'")
		browsertest.Eval[bool](tb, "document.activeElement.blur(), true")
		// A key with a modifier is the browser's.
		press("g", chromedp.KeyModifiers(chromedp.ModifierCtrl))
		press("m")
		press("?")
		tb.Wait("document.getElementById('keys').open && location.pathname === '/people'")
		press(kb.Escape)
		tb.Wait("!document.getElementById('keys').open")
		// Without a search the key is the browser's.
		tb.Open("/metrics")
		if took := browsertest.Eval[bool](tb, `!document.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true, cancelable: true}))`); took {
			t.Error("/ is taken from the browser where there is no search")
		}
		// Urdu keyboard.
		browsertest.Eval[bool](tb, `document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "؟", code: "Slash", shiftKey: true, bubbles: true}))`)
		tb.Wait("document.getElementById('keys').open")
		// Switched off, they do nothing, also on the next page.
		must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#keys-switch"))))
		press(kb.Escape)
		tb.Open("/metrics")
		press("?")
		press("g")
		press("o")
		if browsertest.Eval[bool](tb, "document.getElementById('keys').open || location.pathname !== '/metrics'") {
			t.Error("keys that are switched off do something")
		}
		must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#keys-open"))))
		tb.Wait("document.getElementById('keys').open")
		must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#keys-switch"))))
		tb.Quiet()
	})

	t.Run("a note is written and taken away", func(t *testing.T) {
		tb.T = t
		tb.Look(1280, false, "en")
		tb.Open("/?period=7d")
		must(t, chromedp.Do(tb.Ctx, chromedp.Click(chromedp.CSS("#notes-write summary")), chromedp.SendKeys(chromedp.ID("note-text"), "Written in the browser")))
		if _, err := chromedp.RunResponse(tb.Ctx, chromedp.Click(chromedp.CSS("#notes-write .button"))); err != nil {
			t.Fatal(err)
		}
		tb.Wait("location.search === '?period=7d' && document.querySelector('.notes')?.textContent.includes('Written in the browser')")
		if _, err := chromedp.RunResponse(tb.Ctx, chromedp.Click(chromedp.CSS(".notes .link"))); err != nil {
			t.Fatal(err)
		}
		tb.Wait("document.getElementById('notes') && !document.querySelector('.notes')")
		tb.Quiet()
	})

	t.Run("urdu digits", func(t *testing.T) {
		st.people.mu.Lock()
		st.people.people[0].Digits = schema.DigitsUrdu
		st.people.mu.Unlock()
		tb.T = t
		look("digits", "/?period=28d", func(lang string) {
			tb.Wait("document.querySelectorAll('#chart-daily svg text').length > 3")
			latin := browsertest.Eval[bool](tb, `/[0-9]/.test([...document.querySelectorAll("#chart-daily svg text")].map((x) => x.textContent).join())`)
			if latin == (lang == "ur") {
				t.Errorf("%s: Latin digits on the chart: %v", lang, latin)
			}
		})
	})
}
