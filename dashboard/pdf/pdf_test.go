package pdf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func printer(t *testing.T) *Printer {
	t.Helper()
	p := &Printer{Path: os.Getenv("CHROMIUM")}
	if _, err := p.Find(); err != nil {
		t.Fatal(err)
	}
	return p
}

// page returns a page of one sheet.
func page(complete bool, body string) []byte {
	return fmt.Appendf(nil, `<!doctype html><html lang="ur" dir="rtl"><head><meta charset="utf-8"><title>رپورٹ</title><link rel="stylesheet" href="/assets/a.css"></head>
<body data-complete="%v"><article class="sheet" lang="ur">%s</article></body></html>`, complete, body)
}

// files answers with a style sheet, and holds what is slow until the test ends.
func files(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/assets/a.css":
			w.Header().Set("Content-Type", "text/css")
			io.WriteString(w, "@page { size: A4; margin: 0 } body { margin: 0 } .sheet { width: 210mm; height: 297mm; overflow: hidden }")
		case "/assets/slow.png":
			<-r.Context().Done()
		default:
			http.NotFound(w, r)
		}
	})
}

func TestPrint(t *testing.T) {
	b, err := printer(t).Print(t.Context(), page(true, "<h1>تعاملات</h1>"), files(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"%PDF-", "/MarkInfo", "/Lang (ur)", "/Title"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the PDF lacks %s", want)
		}
	}
}

func TestPrintRefuses(t *testing.T) {
	p := printer(t)
	for _, tt := range []struct {
		name string
		page []byte
		want string
	}{
		{"not complete", page(false, "<p data-missing>no  reading\nyet</p><p data-missing>none</p>"), "not complete: no reading yet; none"},
		{"not complete, and no reason", page(false, ""), "does not say why"},
		{"no sheet", []byte(`<!doctype html><html lang="en"><title>x</title><body data-complete="true"></body></html>`), "no sheet"},
		{"more than fits", page(true, strings.Repeat("<p>line</p>", 200)), "more on a sheet than fits"},
		{"a picture that is not there", page(true, `<img src="/assets/none.png" alt="">`), "404"},
		{"another host", page(true, `<img src="http://example.org/x.png" alt="">`), "complains"},
		{"a script", page(true, `<script>document.title = "x"</script>`), "complains"},
	} {
		_, err := p.Print(t.Context(), tt.page, files(t))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.want)
		}
		var incomplete *IncompleteError
		if errors.As(err, &incomplete) != strings.HasPrefix(tt.name, "not complete") {
			t.Errorf("%s: %T", tt.name, err)
		}
	}
}

func TestNoChromium(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, p := range []*Printer{{}, {Path: "/nowhere/chromium"}} {
		_, err := p.Print(t.Context(), page(true, ""), files(t))
		if !errors.Is(err, ErrNoChromium) || !strings.Contains(err.Error(), "HAMAWAZ_CHROMIUM") {
			t.Errorf("%q: %v", p.Path, err)
		}
	}
}

// left returns how many processes were started with the folder.
func left(dir string) int {
	n := 0
	entries, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, e := range entries {
		b, err := os.ReadFile(e)
		if err == nil && strings.Contains(string(b), "TMPDIR="+dir) {
			n++
		}
	}
	return n
}

// However a print ends, the browser and all that it started are gone, and so
// are its files.
func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	p := printer(t)
	gone := func(name string) {
		t.Helper()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(5 * time.Second); left(dir) > 0 && time.Now().Before(end); <-tick.C {
		}
		if n := left(dir); n > 0 {
			t.Errorf("%s: %d processes are left", name, n)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%s: %s is left", name, entries[0].Name())
		}
	}
	if _, err := p.Print(t.Context(), page(true, ""), files(t)); err != nil {
		t.Fatal(err)
	}
	gone("well")

	hang := page(true, `<img src="/assets/slow.png" alt="">`)
	p.Timeout = 4 * time.Second
	if _, err := p.Print(t.Context(), hang, files(t)); err == nil || !strings.Contains(err.Error(), "not done after 4s") {
		t.Errorf("a page that never loads: %v", err)
	}
	gone("too slow")

	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	p.Timeout = 0
	if _, err := p.Print(ctx, hang, files(t)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a print that is given up: %v", err)
	}
	gone("given up")

	p.Memory = 1 << 20
	if _, err := p.Print(t.Context(), hang, files(t)); err == nil || !strings.Contains(err.Error(), "MiB, more than the 1") {
		t.Errorf("a browser that uses too much: %v", err)
	}
	gone("too large")
}

// TestOneBrowserAtATime asks for a second print while the first one loads its
// page: it waits for its turn until it gives up.
func TestOneBrowserAtATime(t *testing.T) {
	p := printer(t)
	var once sync.Once
	watch := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			never := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a second browser asks for its page") })
			if _, err := p.Print(ctx, page(true, ""), never); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a second print: %v, want that its turn did not come", err)
			}
		})
		files(t).ServeHTTP(w, r)
	})
	if _, err := p.Print(t.Context(), page(true, ""), watch); err != nil {
		t.Fatal(err)
	}
	// The turn is given back.
	if _, err := p.Print(t.Context(), page(true, ""), files(t)); err != nil {
		t.Error(err)
	}
}

// The page's address is secret and good once, and only by its own name.
func TestSite(t *testing.T) {
	s, err := serve([]byte("secret figures"), files(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	get := func(path, host string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			req.Host = host
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if !strings.HasPrefix(s.base, "http://127.0.0.1:") {
		t.Errorf("listens on %s", s.base)
	}
	for _, tt := range []struct {
		path, host string
		want       int
	}{
		{"/", "", 404}, {"/print/", "", 404}, {"/print/guess", "", 404}, {s.path, "evil.example", 421}, {s.path, "", 200}, {s.path, "", 410}, {"/assets/a.css", "", 200},
	} {
		if got := get(tt.path, tt.host); got != tt.want {
			t.Errorf("GET %s as %q: status %d, want %d", strings.Replace(tt.path, s.path, "(the page)", 1), tt.host, got, tt.want)
		}
	}
}
