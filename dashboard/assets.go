package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"
)

// static/vendor is made by assets.sh and may be missing when this compiles;
// loadAssets says so.
//
//go:embed static
var staticFiles embed.FS

// needed are the files of static/vendor that pages name.
var needed = []string{
	"vendor/echarts.js",
	"vendor/inter-400.woff2", "vendor/inter-600.woff2", "vendor/inter-700.woff2",
	"vendor/noto-naskh-arabic-400.woff2", "vendor/noto-naskh-arabic-700.woff2",
	"vendor/noto-nastaliq-urdu-400.woff2", "vendor/noto-nastaliq-urdu-700.woff2",
}

// An asset is one file that the browser may keep forever: its name changes
// with its content.
type asset struct {
	kind             string
	body, gzip, brot []byte // gzip and brot are nil where they save nothing
}

type assets struct {
	address map[string]string // by name under static: "css/app.css"
	byPath  map[string]*asset // by the path after /assets/
}

// loadAssets reads, names and compresses the embedded files, once.
var loadAssets = sync.OnceValues(func() (*assets, error) {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	return readAssets(files)
})

// inCSS finds the files that a style sheet names: url("vendor/inter-400.woff2").
var inCSS = regexp.MustCompile(`url\("([^"]+)"\)`)

func readAssets(files fs.FS) (*assets, error) {
	for _, name := range needed {
		if _, err := fs.Stat(files, name); err != nil {
			return nil, fmt.Errorf("static/%s is missing: run make build", name)
		}
	}
	a := &assets{address: map[string]string{}, byPath: map[string]*asset{}}
	var sheets []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch ext := path.Ext(name); {
		case strings.HasPrefix(name, "src/"): // what assets.sh builds from
		case ext == ".css":
			sheets = append(sheets, name) // after the files that they name
		case ext == ".js", ext == ".svg", ext == ".woff2", ext == ".txt":
			body, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			a.add(name, body)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range sheets {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var missing error
		body = inCSS.ReplaceAllFunc(body, func(m []byte) []byte {
			address, ok := a.address[string(inCSS.FindSubmatch(m)[1])]
			if !ok {
				missing = fmt.Errorf("static/%s names %s, which is missing", name, m)
			}
			return []byte(`url("` + address + `")`)
		})
		if missing != nil {
			return nil, missing
		}
		a.add(name, body)
	}
	return a, nil
}

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	file := strings.TrimSuffix(path.Base(name), ext) + "." + hex.EncodeToString(sum[:6]) + ext
	as := &asset{kind: kindOf(ext), body: body}
	if ext != ".woff2" { // compressed already
		as.gzip = shorter(body, gzipped(body))
		as.brot = shorter(body, brotlied(body))
	}
	a.byPath[file] = as
	a.address[name] = "/assets/" + file
}

// kindOf returns the content type, without asking the machine's own tables.
func kindOf(ext string) string {
	switch ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(ext)
}

func shorter(body, packed []byte) []byte {
	if len(packed) < len(body) {
		return packed
	}
	return nil
}

// A bytes.Buffer never refuses a write, so these two cannot fail.

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(body)
	w.Close()
	return b.Bytes()
}

func brotlied(body []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 9) // 11 saves 8 % more of ECharts and takes ten times as long
	w.Write(body)
	w.Close()
	return b.Bytes()
}

// url returns the address of the file, for templates.
func (a *assets) url(name string) (string, error) {
	address, ok := a.address[name]
	if !ok {
		return "", errors.New("no such asset: " + name)
	}
	return address, nil
}

// asset serves GET /assets/*.
func (s *Server) asset(c *fiber.Ctx) error {
	a, ok := s.static.byPath[c.Params("*")]
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return a.send(c)
}

// favicon serves GET /favicon.ico for what asks without reading the page.
func (s *Server) favicon(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return s.static.byPath[path.Base(s.static.address["img/icon.svg"])].send(c)
}

func (a *asset) send(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, a.kind)
	body := a.body
	if a.brot != nil || a.gzip != nil {
		c.Vary(fiber.HeaderAcceptEncoding)
		accepted := c.Get(fiber.HeaderAcceptEncoding)
		switch {
		case a.brot != nil && accepts(accepted, "br"):
			c.Set(fiber.HeaderContentEncoding, "br")
			body = a.brot
		case a.gzip != nil && accepts(accepted, "gzip"):
			c.Set(fiber.HeaderContentEncoding, "gzip")
			body = a.gzip
		}
	}
	return c.Send(body)
}

// accepts reports whether an Accept-Encoding header names the encoding and
// does not refuse it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, given := strings.CutPrefix(strings.TrimSpace(params), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !given || err == nil && weight > 0
	}
	return false
}
