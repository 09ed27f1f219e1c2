package dashboard

import (
	"bytes"
	"embed"
	"fmt"
	"hash/fnv"
	"html/template"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/dashboard/i18n"
	"github.com/hamawaz/hamawaz/schema"
)

//go:embed templates
var templateFiles embed.FS

// A page is what the layout needs; every page's struct has one.
type page struct {
	*i18n.Printer
	Title   string
	Person  *schema.Person // nil: nobody signed in
	Role    string         // the person's, in words
	Menu    []menuItem
	Token   string // of the forms on the page; empty: no form can be sent
	Back    string // where the language form comes back to
	Home    string // the first page, with the choices that were made last
	Other   string // the language to change to
	Demo    template.HTML
	Charts  bool   // the page draws some
	Script  string // under static, of this page alone; empty: none
	Version string
}

type menuItem struct {
	Name, Address string
	Current       bool
	Key           string // of the keyboard, after g
}

func (s *Server) printer(c *fiber.Ctx) *i18n.Printer {
	return i18n.New(language(c), s.Zone).WithDigits(digitsOf(person(c)))
}

// newPage returns the page's part that the layout shows.
func (s *Server) newPage(c *fiber.Ctx, title string) page {
	p := page{Printer: s.printer(c), Person: person(c), Back: backTo(c), Other: "ur", Version: s.Version}
	p.Title = p.Text(title)
	if p.RTL() {
		p.Other = "en"
	}
	if token, ok := c.Locals(tokenKey).(string); ok {
		p.Token = hideToken(token)
	}
	if p.Person != nil {
		p.Role = p.Text("role." + string(p.Person.Role))
		for _, r := range s.routes() {
			if r.menu != "" && r.rule.allows(p.Person) && !isOneTime(p.Person.PasswordHash) {
				p.Menu = append(p.Menu, menuItem{Name: p.Text(r.menu), Address: withChoices(c, r.path), Current: r.path == c.Path()})
			}
		}
		giveKeys(p.Menu)
		p.Home = withChoices(c, "/")
	}
	if s.Demo != nil {
		sentence := i18n.Words(s.Demo.Sentence.In(p.Lang))
		if f := s.Demo.Factor; f > 1 {
			p.Demo = p.HTML("demo.fast", "Sentence", sentence, "Factor", p.Count(&f))
		} else {
			p.Demo = p.HTML("demo.plain", "Sentence", sentence)
		}
	}
	return p
}

// views are the templates, one set for each page.
type views struct {
	byName map[string]*template.Template
}

// parseViews reads layout.html and parts/ with each file of views/.
func parseViews(static *assets) (*views, error) {
	base, err := template.New("").Funcs(template.FuncMap{"asset": static.url, "sheet": sheetAddress}).
		ParseFS(templateFiles, "templates/layout.html", "templates/parts/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/views/*.html")
	if err != nil {
		return nil, err
	}
	v := &views{map[string]*template.Template{}}
	for _, name := range names {
		t, err := template.Must(base.Clone()).ParseFS(templateFiles, name)
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		v.byName[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return v, nil
}

// render sends the whole page. Nothing is sent of a page that fails halfway.
func (s *Server) render(c *fiber.Ctx, status int, view string, data any) error {
	var b bytes.Buffer
	if err := s.views.byName[view].ExecuteTemplate(&b, "layout", data); err != nil {
		return fmt.Errorf("render %s: %w", view, err)
	}
	c.Status(status).Type("html", "utf-8")
	c.Set(fiber.HeaderContentLanguage, language(c))
	return c.Send(b.Bytes())
}

// renderLive sends the part of a page that changes while it is open, or 204 if
// it is what the script has already.
func (s *Server) renderLive(c *fiber.Ctx, view string, data any) error {
	var b bytes.Buffer
	if err := s.views.byName[view].ExecuteTemplate(&b, "live", data); err != nil {
		return fmt.Errorf("render %s: %w", view, err)
	}
	h := fnv.New64a()
	h.Write(b.Bytes())
	version := strconv.FormatUint(h.Sum64(), 36)
	c.Set("X-Version", version)
	if c.Get("X-Version") == version {
		return c.SendStatus(fiber.StatusNoContent)
	}
	c.Type("html", "utf-8")
	return c.Send(b.Bytes())
}
