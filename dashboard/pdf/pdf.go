// Package pdf prints a page of ours to PDF by a headless Chromium.
package pdf

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// ErrNoChromium means that there is no browser to print with. The error says
// what to install.
var ErrNoChromium = errors.New("no Chromium to print with")

// An IncompleteError says why a page may not be printed. The page itself said
// so: see Print.
type IncompleteError struct{ Reasons []string }

func (e *IncompleteError) Error() string {
	return "the page is not complete: " + strings.Join(e.Reasons, "; ")
}

// Incomplete tells this error from a fault, for those who do not know its type.
func (e *IncompleteError) Incomplete() bool { return true }

// Bounds of one print. A page that needs more is a fault.
const (
	defaultTimeout = 2 * time.Minute
	defaultMemory  = 640 << 20
	maxSize        = 1_000_000
)

// A Printer prints pages, one at a time: one browser runs, and none is kept.
// Its methods may be called at the same time.
type Printer struct {
	Path    string        // of the browser; empty: looked for on the PATH
	Timeout time.Duration // of one print; 0: two minutes
	Memory  int64         // bytes that the browser's processes may have for themselves together; 0: 640 MiB. Watched on Linux only

	once sync.Once
	turn chan struct{}
}

// names are what Chromium is called, the likeliest first.
var names = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// Find returns the path of the browser, or ErrNoChromium with what to do.
func (p *Printer) Find() (string, error) {
	if p.Path != "" {
		path, err := exec.LookPath(p.Path)
		if err != nil {
			return "", fmt.Errorf("%w: %s cannot be run: name another with HAMAWAZ_CHROMIUM", ErrNoChromium, p.Path)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: install it (Debian: apt-get install chromium), or name it with HAMAWAZ_CHROMIUM", ErrNoChromium)
}

// Print returns the page as PDF: tagged, with the title and the language of
// its HTML, on the paper that its style sheet names. files answers for what
// the page names, by paths that begin with /assets/; the browser reaches
// nothing else.
//
// The page says by data-complete="true" on its body that it may be printed,
// and otherwise why not, in elements with the attribute data-missing. Each
// element of the class sheet is one page of paper. A page that is not complete
// gives an *IncompleteError; one that the browser complains about, that does
// not fit its paper or that becomes larger than a megabyte gives an error.
func (p *Printer) Print(ctx context.Context, page []byte, files http.Handler) ([]byte, error) {
	path, err := p.Find()
	if err != nil {
		return nil, err
	}
	p.once.Do(func() { p.turn = make(chan struct{}, 1) })
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("print: wait for the browser: %w", ctx.Err())
	}
	timeout := p.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("print: not done after %s", timeout))
	defer cancel()

	site, err := serve(page, files)
	if err != nil {
		return nil, err
	}
	defer site.close()
	b, err := p.print(ctx, path, site)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // what ended it, not what that looked like to the browser
	}
	return b, err
}

func (p *Printer) print(ctx context.Context, path string, site *site) (pdf []byte, err error) {
	var (
		browser group
		output  lastWords
	)
	// All that the browser writes goes to a folder of its own: one that is
	// killed cleans nothing up.
	dir, err := os.MkdirTemp("", "hamawaz-print-")
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	defer remove(dir)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.Env("TMPDIR="+dir),
		chromedp.ModifyCmdFunc(browser.lead), chromedp.CombinedOutput(&output),
		// Nothing but our own listener is reached, whatever a page may name.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("renderer-process-limit", "1"), chromedp.Flag("js-flags", "--max-old-space-size=128"))
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	defer func() {
		browser.kill()
		stopAllocator()
	}()
	memory := p.Memory
	if memory == 0 {
		memory = defaultMemory
	}
	ctx, tooMuch := context.WithCancelCause(allocator)
	defer tooMuch(nil)
	go browser.watch(ctx, memory, func(used int64) {
		tooMuch(fmt.Errorf("print: the browser uses %d MiB, more than the %d that it may", used>>20, memory>>20))
		browser.kill()
	})
	tab, closeTab := chromedp.NewContext(ctx)
	defer closeTab()

	complaints := &complaints{own: site.base}
	if err := complaints.listen(tab); err != nil {
		return nil, fmt.Errorf("print: start %s: %w%s", path, cause(ctx, err), output.String())
	}
	// The page is looked at as it will be on paper.
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		return nil, fmt.Errorf("print: %w", cause(ctx, err))
	}
	if err := chromedp.Do(tab, chromedp.Navigate(site.base+site.path)); err != nil {
		return nil, fmt.Errorf("print: open the page: %w", cause(ctx, err))
	}
	state, err := chromedp.Run(tab, chromedp.Evaluate[state](look, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("print: read the page: %w", cause(ctx, err))
	}
	if err := state.check(); err != nil {
		return nil, err
	}
	if err := complaints.err(); err != nil {
		return nil, err
	}
	pdf, err = chromedp.Run(tab, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFMargin(0),
		chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground(), chromedp.PDFOutlineAndTagged()))
	switch {
	case err != nil:
		return nil, fmt.Errorf("print: %w", cause(ctx, err))
	case !bytes.HasPrefix(pdf, []byte("%PDF-")):
		return nil, errors.New("print: what came back is no PDF")
	case len(pdf) >= maxSize:
		return nil, fmt.Errorf("print: the PDF has %d bytes, %d are too many", len(pdf), maxSize)
	}
	return pdf, complaints.err()
}

// remove takes the folder away. What was just killed may still be writing.
func remove(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// cause returns why the context ended, if it did, else the error.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}

// A state is what the page says about itself.
type state struct {
	Complete bool
	Missing  []string
	Sheets   int
	Overflow string // the sheet that is higher than its paper; empty: all fit
	Fonts    string
}

// look reads the state, once the fonts have come.
const look = `document.fonts.ready.then(() => ({
	Complete: document.body.dataset.complete === "true",
	Missing: [...document.querySelectorAll("[data-missing]")].map((el) => el.textContent.trim().replace(/\s+/g, " ")),
	Sheets: document.querySelectorAll(".sheet").length,
	Overflow: [...document.querySelectorAll(".sheet")].filter((el) => el.scrollHeight > el.clientHeight + 1 || el.scrollWidth > el.clientWidth + 1)
		.map((el) => el.lang + ": " + el.scrollWidth + " × " + el.scrollHeight + " of " + el.clientWidth + " × " + el.clientHeight).join("; "),
	Fonts: [...document.fonts].filter((f) => f.status === "error").map((f) => f.family).join(", "),
}))`

func (s state) check() error {
	switch {
	case !s.Complete && len(s.Missing) == 0:
		return &IncompleteError{[]string{"it does not say why"}}
	case !s.Complete:
		return &IncompleteError{s.Missing}
	case s.Sheets == 0:
		return errors.New("print: the page has no sheet")
	case s.Overflow != "":
		return fmt.Errorf("print: more on a sheet than fits: %s", s.Overflow)
	case s.Fonts != "":
		return fmt.Errorf("print: fonts are missing: %s", s.Fonts)
	}
	return nil
}

// complaints are what the browser says of the page.
type complaints struct {
	own string // address of the site: all else is foreign

	mu  sync.Mutex
	all []string
}

func (c *complaints) listen(tab context.Context) error {
	err := chromedp.Listen(tab, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventConsoleAPICalled:
			if ev.Type == "error" || ev.Type == "assert" {
				c.note("console error")
			}
		case *runtime.EventExceptionThrown:
			c.note("exception: " + ev.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if ev.Entry.Level == "error" {
				c.note(ev.Entry.Text + " " + strings.TrimPrefix(ev.Entry.URL, c.own))
			}
		case *network.EventRequestWillBeSent:
			if u := ev.Request.URL; !strings.HasPrefix(u, c.own+"/") && !strings.HasPrefix(u, "data:") && u != "about:blank" {
				c.note("request to another host: " + u)
			}
		}
	})
	if err != nil {
		return err
	}
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	if _, err := chromedp.Call(tab, log.Enable, cdp.Empty{}); err != nil {
		return err
	}
	_, err = chromedp.Call(tab, runtime.Enable, cdp.Empty{})
	return err
}

func (c *complaints) note(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, s)
}

func (c *complaints) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) == 0 {
		return nil
	}
	return fmt.Errorf("print: the browser complains: %s", strings.Join(c.all, "; "))
}

// A site is one page on a loopback port, for the time of one print. Its address
// holds a secret and is good once: nobody else on the machine can read it, and
// no person's session is needed.
type site struct {
	base, path string
	server     *http.Server
}

func serve(page []byte, files http.Handler) (*site, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	s := &site{base: "http://" + l.Addr().String(), path: "/print/" + rand.Text()}
	var once sync.Once
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+s.path, func(w http.ResponseWriter, _ *http.Request) {
		fresh := false
		once.Do(func() { fresh = true })
		if !fresh {
			http.Error(w, "used", http.StatusGone)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		w.Write(page)
	})
	mux.Handle("GET /assets/", files)
	// The browser asks for this by itself.
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	host := l.Addr().String()
	s.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host != host { // a name of somebody else's that leads to us
				http.Error(w, "not here", http.StatusMisdirectedRequest)
				return
			}
			mux.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
	}
	go s.server.Serve(l)
	return s, nil
}

func (s *site) close() { s.server.Close() }

// lastWords keeps the end of what the browser printed, to say why it did not
// start.
type lastWords struct {
	mu sync.Mutex
	b  []byte
}

var _ io.Writer = (*lastWords)(nil)

func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = append(w.b, p...)
	if n := len(w.b); n > 600 {
		w.b = w.b[n-600:]
	}
	return len(p), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := strings.Join(strings.Fields(string(w.b)), " "); s != "" {
		return " (it says: " + s + ")"
	}
	return ""
}
