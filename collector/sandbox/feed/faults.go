package feed

import (
	"bytes"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// Faults are what goes wrong on a server. Some change what it says from now
// on; others spoil the next answers: see Spoil. All may be changed while the
// server runs.
type Faults struct {
	sandbox.FaultQueue

	mu    sync.Mutex
	sites map[string]siteFaults // by name
}

// siteFaults are what holds of a website from now on.
type siteFaults struct {
	status int  // of its feed; 0: the right one
	moved  bool // its feed
}

func newFaults() *Faults { return &Faults{sites: make(map[string]siteFaults)} }

func (f *Faults) of(name string) siteFaults {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sites[name]
}

func (f *Faults) change(name string, change func(*siteFaults)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sites[name]
	change(&s)
	f.sites[name] = s
}

// Clear makes everything right again.
func (f *Faults) Clear() {
	f.Drop()
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.sites)
}

// Kill makes a website's feed be gone: 410 for ever.
func (f *Faults) Kill(name string) {
	f.change(name, func(s *siteFaults) { s.status = http.StatusGone })
}

// Lose makes a website's feed be not found: 404.
func (f *Faults) Lose(name string) {
	f.change(name, func(s *siteFaults) { s.status = http.StatusNotFound })
}

// Move moves a website's feed for good: 301 to another path.
func (f *Faults) Move(name string) {
	f.change(name, func(s *siteFaults) { s.moved = true })
}

// OnFeed matches the requests for the feed of a website.
func OnFeed(name string) func(*http.Request) bool {
	return func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/feeds/"+name+"/") }
}

// persian are the letters of Urdu that Windows-1256 has in their Arabic form
// alone.
var persian = strings.NewReplacer("ی", "ي")

// Windows1256 sends the right body in the encoding in which Urdu was written
// before, and says so. What that lacks is written as references.
func Windows1256() sandbox.Fault {
	return sandbox.Fault{
		Header: http.Header{"Content-Type": {"application/rss+xml; charset=windows-1256"}},
		Mangle: func(b []byte) []byte { return relabel(toWindows1256(b), "windows-1256") },
	}
}

// Unlabelled sends the right body in Windows-1256 and says that it is UTF-8.
func Unlabelled() sandbox.Fault { return sandbox.Fault{Mangle: toWindows1256} }

// WrongCharset sends the right body in UTF-8 and says twice that it is not.
func WrongCharset() sandbox.Fault {
	return sandbox.Fault{
		Header: http.Header{"Content-Type": {"application/rss+xml; charset=windows-1256"}},
		Mangle: func(b []byte) []byte { return relabel(b, "iso-8859-1") },
	}
}

func toWindows1256(b []byte) []byte {
	out, err := encoding.HTMLEscapeUnsupported(charmap.Windows1256.NewEncoder()).Bytes([]byte(persian.Replace(string(b))))
	if err != nil {
		return b
	}
	return out
}

// relabel changes the encoding in the declaration.
func relabel(b []byte, name string) []byte {
	return bytes.Replace(b, []byte(`encoding="UTF-8"`), []byte(`encoding="`+name+`"`), 1)
}
