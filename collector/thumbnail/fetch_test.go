package thumbnail

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// site serves what each path is given.
type site struct {
	*httptest.Server
	mux  *http.ServeMux
	hits atomic.Int32
}

func newSite(t *testing.T, start func(http.Handler) *httptest.Server) *site {
	t.Helper()
	s := &site{mux: http.NewServeMux()}
	s.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) host() string {
	return strings.TrimPrefix(strings.TrimPrefix(s.URL, "http://"), "https://")
}

// give serves bytes at a path and returns its address.
func (s *site) give(path string, body []byte) string {
	s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
	return s.URL + path
}

// paint returns a picture whose left half is red.
func paint(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{B: 200, A: 255}
			if x < w/2 {
				c = color.NRGBA{R: 200, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func encoded(t *testing.T, encode func(b *bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, paint(w, h), nil) })
}

func pngOf(t *testing.T, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, paint(w, h)) })
}

// gifOf is one that moves: its second picture is white.
func gifOf(t *testing.T, w, h int) []byte {
	palette := color.Palette{color.White, color.NRGBA{R: 200, A: 255}, color.NRGBA{B: 200, A: 255}}
	first, second := image.NewPaletted(image.Rect(0, 0, w, h), palette), image.NewPaletted(image.Rect(0, 0, w, h), palette)
	for i := range first.Pix {
		first.Pix[i] = 2
		if i%w < w/2 {
			first.Pix[i] = 1
		}
	}
	return encoded(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{1, 1}})
	})
}

// webpOf is a lossless WebP in one colour: each of its five codes has a single
// symbol, which takes no bits.
// https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification
func webpOf(w, h int, c color.NRGBA) []byte {
	var bits []byte
	n := 0
	put := func(value, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(value>>i&1) << (n % 8)
			n++
		}
	}
	put(0x2f, 8)
	put(w-1, 14)
	put(h-1, 14)
	put(0, 1+3) // no alpha, version 0
	put(0, 1)   // no transform
	put(0, 1)   // no cache of colours
	put(0, 1)   // one group of codes
	for _, symbol := range []uint8{c.G, c.R, c.B, 255} {
		put(1, 1) // a simple code
		put(0, 1) // of one symbol
		put(1, 1) // of 8 bits
		put(int(symbol), 8)
	}
	put(1, 1)
	put(0, 3) // distances: one symbol of one bit
	if len(bits)%2 == 1 {
		bits = append(bits, 0)
	}
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(12+len(bits)))...)
	out = append(out, "WEBPVP8L"...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(bits))), bits...)
}

// bomb is a PNG that says it is so wide and high.
func bomb(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	header = append(header, 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, header...), crc32.ChecksumIEEE(header))
}

// Every format becomes a small JPEG that shows the same.
func TestFetch(t *testing.T) {
	s := newSite(t, httptest.NewServer)
	f := &Fetcher{Allowed: []string{s.host()}}
	s.mux.Handle("/pictures/", sandbox.Pictures())
	blue := color.NRGBA{B: 200, A: 255}
	for _, tt := range []struct {
		name, url     string
		width, height int
		left          byte // which colour: red, blue or any
	}{
		{"JPEG", s.give("/a", jpegOf(t, 800, 400)), 160, 80, 'r'},
		{"PNG", s.give("/b", pngOf(t, 300, 600)), 80, 160, 'r'},
		{"GIF that moves", s.give("/c", gifOf(t, 320, 320)), 160, 160, 'r'},
		{"WebP", s.give("/d", webpOf(640, 360, blue)), 160, 90, 'b'},
		{"small one", s.give("/e", pngOf(t, 40, 20)), 40, 20, 'r'},
		{"thread", s.give("/f", pngOf(t, 2000, 1)), 160, 1, 'r'},
		{"the sandbox's", s.URL + "/pictures/1f.jpg", 160, 90, 0},
	} {
		p, err := f.Fetch(t.Context(), tt.url)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
		if err != nil || img.Bounds().Dx() != tt.width || img.Bounds().Dy() != tt.height || p.Width != tt.width || p.Height != tt.height || len(p.JPEG) > 10_000 {
			t.Errorf("%s: %d×%d in %d bytes, error %v; want %d×%d", tt.name, p.Width, p.Height, len(p.JPEG), err, tt.width, tt.height)
			continue
		}
		r, _, b, _ := img.At(tt.width/4, tt.height/2).RGBA()
		if tt.left == 'r' && r < 3*b || tt.left == 'b' && b < 3*r {
			t.Errorf("%s: red %d, blue %d on the left", tt.name, r, b)
		}
	}
}

// What is see-through lies on white, and what a picture says besides is gone.
func TestFetchDrops(t *testing.T) {
	s := newSite(t, httptest.NewServer)
	f := &Fetcher{Allowed: []string{s.host()}}
	empty := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, image.NewNRGBA(image.Rect(0, 0, 50, 50))) })
	p, err := f.Fetch(t.Context(), s.give("/empty", empty))
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := img.At(25, 25).RGBA(); r < 0xf000 || g < 0xf000 || b < 0xf000 {
		t.Errorf("what is see-through became %x %x %x, want white", r, g, b)
	}
	plain := jpegOf(t, 64, 64)
	said := append([]byte("\xff\xd8\xff\xe1\x00\x16Exif\x00\x00taken at home"), plain[2:]...)
	said[5] = byte(2 + len("Exif\x00\x00taken at home"))
	p, err = f.Fetch(t.Context(), s.give("/exif", said))
	if err != nil || bytes.Contains(p.JPEG, []byte("home")) {
		t.Errorf("metadata: error %v, kept %v", err, bytes.Contains(p.JPEG, []byte("home")))
	}
}

func TestFetchRefuses(t *testing.T) {
	s, inside := newSite(t, httptest.NewServer), newSite(t, httptest.NewServer)
	secure := newSite(t, httptest.NewTLSServer)
	f := &Fetcher{Allowed: []string{s.host()}, Timeout: 10 * time.Second}
	good := jpegOf(t, 400, 300)
	inside.give("/", good)
	secure.give("/", good)
	redirect := func(path, to string) string {
		s.mux.Handle(path, http.RedirectHandler(to, http.StatusFound))
		return s.URL + path
	}
	s.mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(good)))
		w.Write(good[:len(good)/2])
	})
	s.mux.HandleFunc("/huge", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000000")
		w.Write(good)
	})
	s.mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	s.mux.HandleFunc("/zipped", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("a zip is asked for")
		}
		http.Error(w, "sorry", http.StatusForbidden)
	})
	for _, tt := range []struct{ name, url, want string }{
		{"bomb", s.give("/bomb", bomb(60_000, 60_000)), "40 megapixels"},
		{"bomb beyond counting", s.give("/bomb2", bomb(1<<31-1, 1<<31-1)), "picture"},
		{"thread beyond bounds", s.give("/bomb3", bomb(30_000_000, 1)), "40 megapixels"},
		{"bomb in WebP", s.give("/bomb4", webpOf(16_384, 16_384, color.NRGBA{})), "40 megapixels"},
		{"page", s.give("/page", []byte("<!DOCTYPE html>\n<html><body>Sorry</body></html>")), "no JPEG, PNG, GIF or WebP"},
		{"nothing", s.give("/nothing", nil), "no JPEG, PNG, GIF or WebP"},
		{"TIFF", s.give("/tiff", []byte("II*\x00\x08\x00\x00\x00")), "no JPEG, PNG, GIF or WebP"},
		{"half a file", s.give("/half", good[:len(good)/2]), "cut or broken"},
		{"cut body", s.URL + "/cut", "did not come whole"},
		{"huge body, as it says", s.URL + "/huge", "4 MiB"},
		{"huge body", s.URL + "/endless", "4 MiB"},
		{"refusal", s.URL + "/zipped", "status 403"},
		{"loop", redirect("/loop", s.URL+"/loop"), "too many redirects"},
		{"redirect to a private address", redirect("/in", secure.URL+"/"), "not public"},
		{"redirect to the cloud's own", redirect("/cloud", "https://169.254.169.254/latest/"), "not public"},
		{"redirect away from TLS", redirect("/plain", inside.URL+"/"), "not one of https"},
		{"redirect to a file", redirect("/file", "file:///etc/passwd"), "not one of https"},
		{"private address", secure.URL + "/", "not public"},
		{"private name", strings.Replace(secure.URL, "127.0.0.1", "localhost", 1) + "/", "not public"},
		{"private address in IPv6", strings.Replace(secure.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1) + "/", "not public"},
		{"no TLS", inside.URL + "/", "not one of https"},
		{"password", strings.Replace(s.URL, "http://", "http://a:b@", 1) + "/", "not one of https"},
		{"no address", "%", "not one of https"},
		{"no host", "https:///x", "not one of https"},
		{"script", "javascript:alert(1)", "not one of https"},
	} {
		p, err := f.Fetch(t.Context(), tt.url)
		if err == nil || p.JPEG != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: picture of %d bytes, error %v; want %q", tt.name, len(p.JPEG), err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "://") {
			t.Errorf("%s: the error tells the address: %v", tt.name, err)
		}
	}
	if a, b := inside.hits.Load(), secure.hits.Load(); a+b != 0 {
		t.Errorf("servers within were reached %d and %d times", a, b)
	}
}

// A server that says nothing is given up, and our own stop is told apart.
func TestFetchWaits(t *testing.T) {
	s := newSite(t, httptest.NewServer)
	s.mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	f := &Fetcher{Allowed: []string{s.host()}, Timeout: 50 * time.Millisecond}
	if _, err := f.Fetch(t.Context(), s.URL+"/slow"); !errors.Is(err, errTimeout) {
		t.Errorf("slow server: %v, want %v", err, errTimeout)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := f.Fetch(ctx, s.URL+"/slow"); !errors.Is(err, context.Canceled) {
		t.Errorf("our own stop: %v", err)
	}
}

// No bytes may panic or make a picture that is none of ours.
func FuzzShrink(f *testing.F) {
	t := new(testing.T)
	for _, seed := range [][]byte{jpegOf(t, 20, 10), pngOf(t, 20, 10), gifOf(t, 20, 10), webpOf(20, 10, color.NRGBA{G: 9}), bomb(1<<20, 1<<20), []byte("GIF89a"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := shrink(body)
		if err != nil {
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
		if err != nil || c.Width != p.Width || c.Height != p.Height || max(p.Width, p.Height) > maxSide {
			t.Errorf("picture of %d×%d: %v", p.Width, p.Height, err)
		}
	})
}
